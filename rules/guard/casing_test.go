package guard

import (
	"os"
	"strings"
	"testing"
)

// TestCasings reads lines of tab-separated spellings: the key, then camel,
// class, kebab, pascal, snake, title and train.
func TestCasings(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/casings.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != len(casings)+1 {
			t.Fatalf("line %q has %d fields", line, len(fields))
		}
		for i, convert := range casings {
			if got := convert(fields[0]); got != fields[i+1] {
				t.Errorf("%s: style %d: want %q, got %q", fields[0], i, fields[i+1], got)
			}
		}
	}
}

func TestSpellingsAreDistinct(t *testing.T) {
	t.Parallel()
	p := part{name: "bucket_names", cases: &caseCache{}}
	seen := map[string]bool{p.name: true}
	for _, s := range p.spellings() {
		if seen[s.key] {
			t.Errorf("%s twice", s.key)
		}
		seen[s.key] = true
	}
	if len(seen) != 7 {
		t.Errorf("%d spellings", len(seen))
	}
}
