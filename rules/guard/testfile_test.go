package guard_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/rules/guard"
)

// TestFSxN runs the test files beside the rules in testdata/fsxn.
func TestFSxN(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/fsxn/*.guard")
	if err != nil || len(paths) != 5 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			f := parse(t, path)
			if problems, warnings := f.Check(); len(problems)+len(warnings) > 0 {
				t.Error(problems, warnings)
			}
			formatted, err := guard.Format(path, read(t, path))
			if err != nil || string(formatted) != string(read(t, path)) {
				t.Errorf("not formatted: %v\n%s", err, formatted)
			}
			tests, err := guard.LoadTests("tests.yaml", read(t, strings.TrimSuffix(path, ".guard")+"_tests.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			coverage := guard.NewCoverage(f)
			results, err := f.RunTests(context.Background(), tests, guard.Options{Coverage: coverage})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range results {
				if !r.OK || r.Unknown() {
					t.Error(r.String(), r.Findings)
				}
			}
			for _, c := range coverage.Clauses() {
				if !c.Reached() {
					t.Errorf("%s: never reached: %s", c.Pos, c.Text)
				}
			}
			for _, r := range f.Rules {
				if types, all := r.RuleTypes(); all || len(types) == 0 {
					t.Errorf("%s has no types", r.Name)
				}
			}
		})
	}
}

func TestRunTests(t *testing.T) {
	t.Parallel()
	f := mustParse(t, `rule a when x exists { x == 1 }
rule a { x == 1 or z == 1 }
rule broken { %undefined exists }
rule unreached when x == 9 { z == 1 z exists }
`)
	tests, err := guard.LoadTests("t.yaml", []byte(`
- name: first
  input: {x: 1}
  expectations: {rules: {a: PASS, broken: PASS, nobody: FAIL}}
- input: {x: True}
  expectations: {rules: {a: SKIP}}
- name: third
  input: {z: 1}
  expectations: {rules: {a: PASS, unreached: SKIP}}
`))
	if err != nil {
		t.Fatal(err)
	}
	coverage := guard.NewCoverage(f)
	results, err := f.RunTests(context.Background(), tests, guard.Options{Coverage: coverage})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, r := range results {
		mark := "not ok "
		if r.OK {
			mark = "ok "
		}
		b.WriteString(mark + r.String() + "\n")
	}
	if err := coverage.Print(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/tests/report.want", b.String())
}

func TestLoadTestsErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a: 1":         "t.yaml:1:1: a test file is a list of tests, not a map",
		"- x":          "t.yaml:1:3: a test is a map, not a string",
		"- input: {}":  "t.yaml:1:3: the test has no expectations",
		"- inputs: {}": "t.yaml:1:3: unknown key inputs in a test; it has name, input and expectations",
		"- name: a\n  expectations: {rules: {a: PASS}}":  "t.yaml:1:3: the test has no input",
		"- input: 1\n  expectations: {a: PASS}":          "t.yaml:2:17: expectations needs the map `rules` from rules to statuses",
		"- input: 1\n  expectations: {rules: {a: pass}}": "t.yaml:2:29: the status of a rule is PASS, FAIL or SKIP",
		"- input: 1\n  input: 2":                         `t.yaml:2:3: duplicate key "input"`,
		"":                                               "t.yaml: the document is empty",
		"- input: 1\n  expectations: {rules: {a: PASS}}\n  x: ": "t.yaml:3:3: unknown key x in a test; it has name, input and expectations",
	} {
		if _, err := guard.LoadTests("t.yaml", []byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: want %s, got %v", text, want, err)
		}
	}
}
