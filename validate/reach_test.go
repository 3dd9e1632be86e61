package validate

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// smallPattern draws a pattern over a and b.
func smallPattern(t *rapid.T, depth int) string {
	if depth == 0 {
		return rapid.SampledFrom([]string{"a", "b", "[ab]", "ab", ".", ""}).Draw(t, "leaf")
	}
	inner := func() string { return smallPattern(t, depth-1) }
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0:
		return inner() + inner()
	case 1:
		return "(?:" + inner() + "|" + inner() + ")"
	case 2:
		return "(?:" + inner() + ")*"
	case 3:
		return "(?:" + inner() + ")?"
	case 4:
		return "(?:" + inner() + "){2}"
	}
	return "^" + inner() + "$"
}

// smallTexts are all texts of at most n of a and b, the short ones first.
func smallTexts(n int) []string {
	texts := []string{""}
	for from := 0; n > 0; n-- {
		to := len(texts)
		for _, text := range texts[from:to] {
			texts = append(texts, text+"a", text+"b")
		}
		from = to
	}
	return texts
}

// TestReach compares what is found with all there is: where a short value is
// admitted in which the text stands where it should, one is found, and no longer one.
func TestReach(t *testing.T) {
	t.Parallel()
	const longest = 6
	texts := smallTexts(longest)
	stands := map[goal]func(string, string) bool{begins: strings.HasPrefix, ends: strings.HasSuffix, within: strings.Contains}
	rapid.Check(t, func(t *rapid.T) {
		pattern := smallPattern(t, 3)
		whole, err := regexp.Compile("^(?:" + pattern + ")$")
		if err != nil {
			t.Fatal(err)
		}
		least, most := rapid.IntRange(0, 4).Draw(t, "least"), rapid.IntRange(3, longest).Draw(t, "most")
		s := &symbol{pattern: whole, patternText: pattern, minLen: &least, maxLen: &most}
		g := rapid.SampledFrom([]goal{begins, ends, within}).Draw(t, "goal")
		text := rapid.SampledFrom(smallTexts(3)).Draw(t, "text")
		want, exists := "", false
		for _, v := range texts {
			if len(v) >= least && len(v) <= most && whole.MatchString(v) && stands[g](v, text) {
				want, exists = v, true
				break
			}
		}
		got, found := s.reach(g, text)
		if found != exists {
			// A dot stands for characters besides a and b.
			if !found || !strings.Contains(pattern, ".") || !whole.MatchString(got) || !stands[g](got, text) {
				t.Fatalf("%s with %q: found %v %q, there is %v %q", pattern, text, found, got, exists, want)
			}
			return
		}
		if found && (len(got) != len(want) || !whole.MatchString(got) || !stands[g](got, text)) {
			t.Fatalf("%s with %q: %q is found, want one as %q", pattern, text, got, want)
		}
	})
}

// TestReachLimits: a search that is too large, and a pattern that is none, end.
func TestReachLimits(t *testing.T) {
	t.Parallel()
	for pattern, text := range map[string]string{
		"(?:[a-y]{0,900}z[a-y]{0,900}){2}": strings.Repeat("z", 3), `(?<x>a)\k<x>`: "a", `a\bb`: "b",
	} {
		s := &symbol{pattern: regexp.MustCompile(""), patternText: pattern}
		if got, ok := s.reach(within, text); ok {
			t.Errorf("%s: %q", pattern, got)
		}
	}
}
