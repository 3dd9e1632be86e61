package guard_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/rules/guard"
)

var update = flag.Bool("update", false, "write the expectations anew")

// golden compares text with a file.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func parse(t testing.TB, path string) *guard.File {
	t.Helper()
	f, err := guard.Parse(filepath.Base(path), read(t, path))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func load(t testing.TB, path string) *guard.Value {
	t.Helper()
	v, err := guard.Load(filepath.Base(path), read(t, path), guard.Strict)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestVerdicts evaluates every testdata/verdicts/NAME.guard on NAME.yaml, or
// on common.yaml, and compares with NAME.want.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/verdicts/*.guard")
	if err != nil || len(paths) == 0 {
		t.Fatal("no cases", err)
	}
	for _, path := range paths {
		base := strings.TrimSuffix(path, ".guard")
		t.Run(filepath.Base(base), func(t *testing.T) {
			t.Parallel()
			data := base + ".yaml"
			if _, err := os.Stat(data); errors.Is(err, fs.ErrNotExist) {
				data = "testdata/verdicts/common.yaml"
			}
			clock := func() time.Time { return time.Unix(1_700_000_000, 0) }
			results, err := parse(t, path).Evaluate(context.Background(), load(t, data), guard.Options{Now: clock})
			if err != nil {
				t.Fatal(err)
			}
			golden(t, base+".want", report(results))
		})
	}
}

func report(results []guard.Result) string {
	var b strings.Builder
	for _, r := range results {
		fmt.Fprintf(&b, "%s %s\n", r.Rule.Name, r.Status)
		if r.Err != nil {
			fmt.Fprintf(&b, "  %v\n", r.Err)
		}
		for _, f := range r.Findings {
			fmt.Fprintf(&b, "  %s %s", f.At, f.Describe())
			if f.Value != nil {
				fmt.Fprintf(&b, " (at %q, %s)", f.Path, f.Value.Pos())
			}
			if f.Other != nil {
				fmt.Fprintf(&b, " not %s", f.Other)
			}
			if f.Message != "" {
				fmt.Fprintf(&b, " <<%s>>", f.Message)
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}
