package schema

import (
	"strings"
	"testing"
)

func TestTableParses(t *testing.T) {
	t.Parallel()
	for name, lines := range indexTable(newerTable) {
		if s, err := parseType(lines); err != nil || s.Kind != Object {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
}

func TestIndexTable(t *testing.T) {
	t.Parallel()
	got := indexTable("# comment\nA::B {X:@D}\n D {Y:s}\nC::D {}\n")
	if len(got) != 2 || got["A::B"] != "{X:@D}\n D {Y:s}\n" || got["C::D"] != "{}\n" {
		t.Errorf("got %q", got)
	}
	if got := indexTable(""); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

func TestParseType(t *testing.T) {
	t.Parallel()
	s, err := parseType("{A:[<n>],B:@D,C:{},E:a}\n D {Y:b,Z:[@D]}\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Field("A").Element().Element().Kind; got != Number {
		t.Errorf("A: got %v", got)
	}
	d := s.Field("B")
	if d.Field("Y").Kind != Bool || d.Field("Z").Element() != d {
		t.Errorf("B: got %v", d)
	}
	if s.Field("C").Kind != Object || s.Field("E").Kind != Any {
		t.Errorf("got %v", s)
	}
}

func TestParseTypeErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"":                  `expected an expression at ""`,
		"x":                 `expected an expression at "x"`,
		"{":                 `expected a property at ""`,
		"{A}":               `expected a property at "}"`,
		"{A:s":              `expected a comma at ""`,
		"{A:s B:s}":         `expected a comma at " B:s}"`,
		"{A:q}":             `expected an expression at "q}"`,
		"[s>":               `expected "]" at ">"`,
		"<s]":               `expected ">" at "]"`,
		"[q]":               `expected an expression at "q]"`,
		"{A:s}}":            `unexpected "}"`,
		"{A:@D}":            `no object is named "D"`,
		"{A:@D}\n D s\n":    `no object is named "D"`,
		"{A:@D}\n D {A:q\n": `expected an expression at "q"`,
	}
	for lines, want := range tests {
		if _, err := parseType(lines); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", lines, err, want)
		}
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	parse := func(lines string) *Shape {
		s, err := parseType(lines)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	base := parse("{Old:s,Wrong:{X:s},List:[{Old:n}],Map:<{Old:n}>,Self:@R}\n R {Old:b,Self:@R}\n")
	got := merger{}.merge(base, parse("{New:n,Old:s,Wrong:s,List:[{New:b}],Map:<{New:b}>,Self:@R}\n R {New:s,Self:@R}\n"))
	for _, test := range []struct {
		at   *Shape
		want Kind
	}{
		{got.Field("Old"), String},
		{got.Field("New"), Number},
		{got.Field("Wrong"), String},
		{got.Field("List").Element().Field("Old"), Number},
		{got.Field("List").Element().Field("New"), Bool},
		{got.Field("Map").Field("key").Field("Old"), Number},
		{got.Field("Map").Field("key").Field("New"), Bool},
		{got.Field("Self").Field("Self").Field("Self").Field("Old"), Bool},
		{got.Field("Self").Field("Self").Field("Self").Field("New"), String},
		{base.Field("New"), Any},
		{base.Field("Self").Field("New"), Any},
	} {
		if test.at.Kind != test.want {
			t.Errorf("got %v, want %v", test.at.Kind, test.want)
		}
	}
	if (merger{}).merge(nil, base) != base || (merger{}).merge(base, nil) != base {
		t.Error("merging with nothing changes something")
	}
}
