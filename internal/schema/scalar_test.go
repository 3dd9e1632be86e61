package schema_test

import (
	"math/big"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fsxns3ap/guardhook/internal/schema"
)

const (
	text   = schema.TextScalar
	truth  = schema.BoolScalar
	number = schema.NumberScalar
)

func TestScalar(t *testing.T) {
	t.Parallel()
	tests := []struct {
		shape schema.Kind
		kind  schema.ScalarKind
		in    string
		want  schema.ScalarKind
		out   string
		ok    bool
	}{
		{schema.String, text, "x", text, "x", true},
		{schema.String, text, "", text, "", true},
		{schema.String, text, " 900 ", text, " 900 ", true},
		{schema.String, text, "1e3", text, "1e3", true},
		{schema.String, number, "900", text, "900", true},
		{schema.String, number, "1.50", text, "1.5", true},
		{schema.String, number, "8.0", text, "8.0", true},
		{schema.String, number, "1e3", text, "1000", true},
		{schema.String, number, "1.0e3", text, "1000", true},
		{schema.String, number, "123456789012345678901234567890", text, "123456789012345678901234567890", true},
		{schema.String, number, "1e999999999", text, "1e999999999", true},
		{schema.String, truth, "true", text, "true", true},

		{schema.Any, text, "x", text, "x", true},
		{schema.Any, number, "-0", text, "0", true},
		{schema.Any, number, "0.10", text, "0.1", true},
		{schema.Any, truth, "false", text, "false", true},

		{schema.Number, number, "900", number, "900", true},
		{schema.Number, text, "900", number, "900", true},
		{schema.Number, text, " 900\n", number, "900", true},
		{schema.Number, text, "-7", number, "-7", true},
		{schema.Number, text, "1e3", number, "1000", true},
		{schema.Number, text, "1E+3", number, "1000", true},
		{schema.Number, text, "125e-2", number, "1.25", true},
		{schema.Number, text, "1e-3", number, "0.001", true},
		{schema.Number, text, "1.50", number, "1.5", true},
		{schema.Number, text, "8.0", number, "8", true},
		{schema.Number, text, "-0", number, "0", true},
		{schema.Number, text, "-0.0e5", number, "0", true},
		{schema.Number, text, "0e99999999999999999999", number, "0", true},
		{schema.Number, number, "98765432109876543210", number, "98765432109876543210", true},
		{schema.Number, text, "", text, "", false},
		{schema.Number, text, "x", text, "x", false},
		{schema.Number, text, "+5", text, "+5", false},
		{schema.Number, text, "007", text, "007", false},
		{schema.Number, text, "0x10", text, "0x10", false},
		{schema.Number, text, "1_000", text, "1_000", false},
		{schema.Number, text, "1,5", text, "1,5", false},
		{schema.Number, text, ".5", text, ".5", false},
		{schema.Number, text, "5.", text, "5.", false},
		{schema.Number, text, "5.e1", text, "5.e1", false},
		{schema.Number, text, "1e", text, "1e", false},
		{schema.Number, text, "1e+", text, "1e+", false},
		{schema.Number, text, "1e+-5", text, "1e+-5", false},
		{schema.Number, text, "1e5x", text, "1e5x", false},
		{schema.Number, text, "--1", text, "--1", false},
		{schema.Number, text, "NaN", text, "NaN", false},
		{schema.Number, text, "Infinity", text, "Infinity", false},
		{schema.Number, text, "١", text, "١", false},
		{schema.Number, number, "1e399", number, "1" + strings.Repeat("0", 399), true},
		{schema.Number, number, "1e400", number, "1e400", false},
		{schema.Number, number, "1e-400", number, "0." + strings.Repeat("0", 399) + "1", true},
		{schema.Number, number, "1e-401", number, "1e-401", false},
		{schema.Number, text, "1e999999999", text, "1e999999999", false},
		{schema.Number, text, "1e99999999999999999999", text, "1e99999999999999999999", false},
		{schema.Number, text, "1e-999999999", text, "1e-999999999", false},
		{schema.Number, truth, "true", truth, "true", false},

		{schema.Bool, truth, "true", truth, "true", true},
		{schema.Bool, text, "true", truth, "true", true},
		{schema.Bool, text, "True", truth, "true", true},
		{schema.Bool, text, "FALSE", truth, "false", true},
		{schema.Bool, text, "yes", text, "yes", false},
		{schema.Bool, text, "", text, "", false},
		{schema.Bool, text, " true", text, " true", false},
		{schema.Bool, text, "1", text, "1", false},
		{schema.Bool, number, "1", number, "1", false},

		{schema.Map, text, "x", text, "x", false},
		{schema.Object, number, "1", number, "1", false},
	}
	for _, test := range tests {
		s := &schema.Shape{Kind: test.shape}
		kind, out, ok := s.Scalar(test.kind, test.in)
		if kind != test.want || out != test.out || ok != test.ok {
			t.Errorf("%v, kind %d %q: got kind %d %q %v, want kind %d %q %v",
				test.shape, test.kind, test.in, kind, out, ok, test.want, test.out, test.ok)
		}
	}
}

func TestScalarOfList(t *testing.T) {
	t.Parallel()
	s := &schema.Shape{Kind: schema.List, Elem: &schema.Shape{Kind: schema.List, Elem: &schema.Shape{Kind: schema.Number}}}
	if kind, out, ok := s.Scalar(text, "5"); kind != number || out != "5" || !ok {
		t.Errorf("got %d %q %v", kind, out, ok)
	}
	var none *schema.Shape
	if kind, out, ok := none.Scalar(truth, "true"); kind != text || out != "true" || !ok {
		t.Errorf("nil shape: got %d %q %v", kind, out, ok)
	}
}

// numbers draws numbers in JSON syntax.
func numbers() *rapid.Generator[string] {
	return rapid.StringMatching(`-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,8})?([eE][+-]?[0-9]{1,2})?`)
}

var plain = regexp.MustCompile(`^(0|-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?)$`)

// The decimal notation has the same value, is unique and is stable.
func TestNumberKeepsValue(t *testing.T) {
	t.Parallel()
	s := &schema.Shape{Kind: schema.Number}
	rapid.Check(t, func(t *rapid.T) {
		in := numbers().Draw(t, "number")
		kind, out, ok := s.Scalar(text, in)
		if kind != number || !ok || !plain.MatchString(out) || out == "-0" {
			t.Fatalf("%q: got kind %d %q %v", in, kind, out, ok)
		}
		before, _ := new(big.Rat).SetString(in)
		after, valid := new(big.Rat).SetString(out)
		if !valid || before.Cmp(after) != 0 {
			t.Fatalf("%q became %q", in, out)
		}
		if _, again, ok := s.Scalar(number, out); !ok || again != out {
			t.Fatalf("%q became %q", out, again)
		}
	})
}
