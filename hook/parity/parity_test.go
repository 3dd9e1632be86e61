package parity_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fsxns3ap/guardhook/hook/parity"
	"github.com/fsxns3ap/guardhook/rules"
)

func now() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// TestFixtures replays the templates of the built-in rules and the bundled
// ones.
func TestFixtures(t *testing.T) {
	t.Parallel()
	set, err := rules.Embedded(rules.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	var total parity.Counts
	for _, pattern := range []string{"../../rules/policy/*/testdata/*/*.yaml", "../../testdata/templates/*.yaml", "../../templates/hook/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files: %v", pattern, len(files), err)
		}
		r := parity.New(set, now, func(d parity.Difference) { t.Error(d) })
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			counts, err := r.Template(context.Background(), file, src)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			total.Add(counts)
		}
	}
	t.Log(total)
	if total.Events < total.Templates*4 {
		t.Errorf("hardly anything was compared: %s", total)
	}
}
