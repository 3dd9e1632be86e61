package ruledoc

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/rules"
)

var update = flag.Bool("update", false, "write docs/rules anew")

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
	if *update {
		write(t, pages)
	}
	const hint = "go test ./internal/ruledoc -update writes it"
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
			t.Errorf("docs/rules/%s is of no rule", entry.Name())
		}
	}
}

func write(t *testing.T, pages map[string][]byte) {
	t.Helper()
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, page := range pages {
		if err := os.WriteFile(filepath.Join(folder, name), page, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
