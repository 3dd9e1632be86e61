package keys_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/fsxns3ap/guardhook/lambda/internal/keys"
)

func TestOutput(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 1014) // with prefix and suffix 1024 bytes
	hash := "~" + strings.Repeat("0", 64)
	for _, c := range []struct{ key, want string }{
		{"a/b.jpg", "tags/a/b.jpg.json"},
		{"a/b.png", "tags/a/b.png.json"},
		{"日本/写真 1.jpg", "tags/日本/写真 1.jpg.json"},
		{long, "tags/" + long + ".json"},
		// The hash is of the whole key, here as sha256sum prints it.
		{"x" + hash, "tags/x" + hash + "~cd3da465ad7c4718ae950d2d41c592a43e8daf0609d961fbce35cc22b15dfe7f.json"},
	} {
		got := keys.Output("tags/", c.key, ".json")
		if got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

// TestDistinct: neither a long key nor one that looks like what becomes of it
// meets another.
func TestDistinct(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := strings.Repeat(rapid.StringMatching(`[aé/]{1,3}`).Draw(t, "piece"), rapid.IntRange(1, 600).Draw(t, "times"))
		b := rapid.SampledFrom([]string{a + "a", strings.TrimSuffix(keys.Output("tags/", a, ".json"), ".json")[len("tags/"):]}).Draw(t, "other")
		first, second := keys.Output("tags/", a, ".json"), keys.Output("tags/", b, ".json")
		if a != b && first == second {
			t.Fatalf("%q and %q share %q", a, b, first)
		}
		if len(first) > keys.MaxLength || !utf8.ValidString(first) || first != keys.Output("tags/", a, ".json") {
			t.Fatalf("%q: %q", a, first)
		}
	})
}
