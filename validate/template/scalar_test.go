package template

import "testing"

func TestPlainScalar(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in        string
		kind      Kind
		text      string
		rewritten bool
	}{
		{"true", Bool, "true", false},
		{"True", Bool, "true", false},
		{"TRUE", Bool, "true", false},
		{"yes", Bool, "true", false},
		{"On", Bool, "true", false},
		{"false", Bool, "false", false},
		{"No", Bool, "false", false},
		{"off", Bool, "false", false},
		{"y", String, "y", false},
		{"N", String, "N", false},
		{"tRUE", String, "tRUE", false},
		{"", Null, "", false},
		{"~", Null, "", false},
		{"null", Null, "", false},
		{"Null", Null, "", false},
		{"nULL", String, "nULL", false},
		{"0", Number, "0", false},
		{"443", Number, "443", false},
		{"-1", Number, "-1", false},
		{"0.25", Number, "0.25", false},
		{"5.10", Number, "5.10", false},
		{"1e3", Number, "1e3", false},
		{"1.5E-7", Number, "1.5E-7", false},
		{"18446744073709551616", Number, "18446744073709551616", false},
		{"123456789012", Number, "123456789012", false},
		{"+5", Number, "5", false},
		{".5", Number, "0.5", false},
		{"-.5", Number, "-0.5", false},
		{"5.", Number, "5", false},
		{"5.e3", Number, "5e3", false},
		{"1_000", Number, "1000", false},
		{"0777", Number, "511", true},
		{"00", Number, "0", true},
		{"012345670123", Number, "1402433619", true},
		{"012345678901", String, "012345678901", false},
		{"08", String, "08", false},
		{"-010", Number, "-8", true},
		{"0x1F", Number, "31", true},
		{"0xZZ", String, "0xZZ", false},
		{"0x", String, "0x", false},
		{"0b101", Number, "5", true},
		{"0o17", String, "0o17", false},
		{"12:30:45", Number, "45045", true},
		{"22:22", Number, "1342", true},
		{"-1:30", Number, "-90", true},
		{"8080:80", String, "8080:80", false},
		{"02:30", String, "02:30", false},
		{"1::2", String, "1::2", false},
		{".nan", String, ".nan", false},
		{".inf", String, ".inf", false},
		{"-.inf", String, "-.inf", false},
		{"2012-10-17", String, "2012-10-17", false},
		{"2001-12-14t21:59:43.10-05:00", String, "2001-12-14t21:59:43.10-05:00", false},
		{"10.0.0.0/16", String, "10.0.0.0/16", false},
		{"1.2.3", String, "1.2.3", false},
		{"1e", String, "1e", false},
		{"1e+", String, "1e+", false},
		{"-", String, "-", false},
		{"+", String, "+", false},
		{"--1", String, "--1", false},
		{"-_1", Number, "-1", false},
		{"_", String, "_", false},
		{".", String, ".", false},
		{"...", String, "...", false},
		{"hello", String, "hello", false},
	}
	for _, test := range tests {
		kind, text, rewritten := plainScalar(test.in)
		if kind != test.kind || text != test.text || rewritten != test.rewritten {
			t.Errorf("%q is %d %q %t; want %d %q %t", test.in, kind, text, rewritten, test.kind, test.text, test.rewritten)
		}
		if kind == Number && !isJSONNumber(text) {
			t.Errorf("%q becomes %q, which is no JSON number", test.in, text)
		}
	}
}
