package rules

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the expectations in testdata")

// TestRefused loads each policy set of testdata/refused. The comment of an
// archive is the whole error.
func TestRefused(t *testing.T) {
	t.Parallel()
	located := regexp.MustCompile(`^[^ :]+:\d+(:\d+)?: .`)
	archives(t, "testdata/refused", func(t *testing.T, dir string) string {
		_, err := LoadDir(dir, Options{})
		if err == nil {
			t.Fatal("the policy set is accepted")
		}
		got := strings.ReplaceAll(err.Error(), dir+"/", "") + "\n"
		for line := range strings.Lines(got) {
			if !located.MatchString(line) && !strings.HasSuffix(line, "the policy set has no rules\n") {
				t.Errorf("no file and line: %s", line)
			}
		}
		return strings.ReplaceAll(got, dir, "DIR")
	})
}

// TestAccepted loads each policy set of testdata/accepted. The comment of an
// archive lists its rules, parameters and warnings.
func TestAccepted(t *testing.T) {
	t.Parallel()
	archives(t, "testdata/accepted", func(t *testing.T, dir string) string {
		s, err := LoadDir(dir, Options{KnownType: func(p string) bool { return strings.HasPrefix(p, "AWS::") }})
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, r := range s.Rules() {
			b.WriteString(r.ID + " " + r.Package + " " + r.Severity.String() + " " + r.DefaultLevel.String() + " " + s.Level(r, Stack{}).String() +
				" " + strings.Join(r.ResourceTypes, ",") + " " + strings.Join(r.Actions, ",") + "\n")
		}
		b.WriteString(marshal(t, s.Params()) + "\n")
		for _, w := range s.Warnings() {
			b.WriteString(strings.ReplaceAll(w.String(), dir+"/", "") + "\n")
		}
		return b.String()
	})
}

// archives unpacks each txtar file of a folder and compares what run returns
// with the file's comment.
func archives(t *testing.T, folder string, run func(t *testing.T, dir string) string) {
	t.Helper()
	names, err := filepath.Glob(folder + "/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %d archives, %v", folder, len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			if err := txtar.Write(archive, dir); err != nil {
				t.Fatal(err)
			}
			got := run(t, dir)
			if *update {
				archive.Comment = []byte(got)
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(archive.Comment), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		})
	}
}
