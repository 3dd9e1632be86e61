package parity_test

import (
	"testing"
	"time"

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
	total := replay(t, set, "../../rules/policy/*/testdata/*/*.yaml", "../../testdata/templates/*.yaml", "../../templates/hook/*.yaml")
	if total.Events < total.Templates*4 {
		t.Errorf("hardly anything was compared: %s", total)
	}
}
