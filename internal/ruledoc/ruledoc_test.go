package ruledoc

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/rules"
)

const folder = "../../docs/rules"

// TestPages compares the checked-in pages with what the rules and their
// fixtures give now.
func TestPages(t *testing.T) {
	t.Parallel()
	set, err := rules.Embedded(rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := (&Book{Set: set, Dir: os.DirFS("../../rules/policy")}).Pages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const hint = "make generate writes it"
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		got, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Errorf("%v: %s", err, hint)
			continue
		}
		if diff := cmp.Diff(string(got), string(pages[name])); diff != "" {
			t.Errorf("docs/rules/%s is out of date: %s\n%s", name, hint, diff)
		}
		if rule := strings.TrimSuffix(name, ".md"); name != IndexName && !strings.Contains(string(pages[name]), "$ validate") {
			t.Errorf("%s: no refused template", rule)
		}
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if pages[entry.Name()] == nil {
			t.Errorf("docs/rules/%s is of no rule: delete it", entry.Name())
		}
	}
}
