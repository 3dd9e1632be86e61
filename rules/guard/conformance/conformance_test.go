package conformance_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/rules/guard/conformance"
)

var update = flag.Bool("update", false, "write the expectations anew")

func TestCommand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		args []string
		code int
	}{
		{"agree", []string{"-rules", "testdata/cases.jsonl"}, 0},
		{"differ", []string{"testdata/cases.jsonl", "testdata/cross.jsonl"}, 1},
		{"trees", []string{"-trees", "testdata/trees.jsonl", "testdata/cases.jsonl"}, 1},
		{"unknown", []string{"testdata/unknown.jsonl"}, 2},
		{"broken", []string{"testdata/broken.jsonl"}, 2},
		{"absent", []string{"testdata/absent.jsonl"}, 2},
		{"usage", nil, 2},
		{"flag", []string{"-nosuch"}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			if code := (conformance.Command{Stdout: &out, Stderr: &errs}).Main(c.args); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			path := "testdata/" + c.name + ".want"
			got := out.String() + errs.String()
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
				t.Error(diff)
			}
		})
	}
}
