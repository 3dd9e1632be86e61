package template

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestSourcePlaces turns every offset of a text into a position and back.
func TestSourcePlaces(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", markDistance) + strings.Repeat("x", 3*markDistance)
	text := "a\r\nb\rc\n\n" + long + "\u0085d\u2028e\u2029" + long + "\nf"
	s := newSource([]byte(text))
	line, col := 1, 1
	for off := 0; off < len(text); {
		want := Pos{line, col}
		if got := s.pos(off); got != want {
			t.Fatalf("offset %d is at %v; want %v", off, got, want)
		}
		if got := s.offset(want); got != off {
			t.Fatalf("%v is at offset %d; want %d", want, got, off)
		}
		if n := breakLen([]byte(text[off:])); n > 0 {
			off += n
			line++
			col = 1
			continue
		}
		_, n := utf8.DecodeRuneInString(text[off:])
		off += n
		col++
	}
	if line != len(s.lines) {
		t.Errorf("%d lines; want %d", len(s.lines), line)
	}
	if s.offset(Pos{}) != 0 || s.offset(Pos{line + 1, 1}) != len(text) {
		t.Error("a place outside of the text is not at its ends")
	}
}

// TestSyntaxLine finds the line that breaks a YAML file, also far behind the
// start of what it breaks.
func TestSyntaxLine(t *testing.T) {
	t.Parallel()
	for _, lines := range []int{0, 1, 3, 50, 999} {
		src := "Resources:\n  A:\n" + strings.Repeat("    - x\n", lines) + "  b\n" + strings.Repeat("  C: d\n", 500)
		_, err := Load("x.yaml", []byte(src), Options{})
		errs, ok := err.(Errors)
		if !ok || len(errs) != 1 {
			t.Fatalf("%d lines: %v", lines, err)
		}
		if got := errs[0].Line; got < lines+3 || got > lines+4 {
			t.Errorf("the error after %d lines is on line %d: %v", lines, got, err)
		}
	}
}
