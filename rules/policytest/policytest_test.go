package policytest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const rule = `package guardhook.a.rule

late if input.seconds > data.params.jobs.limit

late if input.seconds < 0

deny contains "late" if late
`

const tests = `package guardhook.a.rule_test

import data.guardhook.a.rule

test_late if count(rule.deny) == 1 with input as {"seconds": 61}

test_wrong if {
	some s in [1, 2]
	print("tried", s)
	rule.late with input as {"seconds": s}
}

test_error if net.cidr_contains("x", "y")

todo_test_later if false
`

func sources() map[string]string {
	return map[string]string{
		"a/rule.rego": rule, "a/rule_test.rego": tests,
		"lib/none.rego": "package guardhook.lib.none\n\nf(x) := x + 1\n",
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	params := map[string]any{"jobs": map[string]any{"limit": 60}}
	r, err := Run(t.Context(), sources(), Options{Params: params})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, test := range r.Tests {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s:%d %s %d %s %s", test.File, test.Line, test.Status, test.At, test.Message, strings.ReplaceAll(test.Output, "\n", "; "))))
	}
	want := []string{
		"a/rule_test.rego:5 pass 0",
		`a/rule_test.rego:7 fail 10 not true: rule.late with input as {"seconds": s} tried 1; tried 2`,
		"a/rule_test.rego:13 fail 0 a/rule_test.rego:13: eval_builtin_error: net.cidr_contains: invalid CIDR address: x",
		"a/rule_test.rego:15 skip 0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"lib/none.rego"}, r.Untested); diff != "" {
		t.Errorf("untested: %s", diff)
	}
	// What is never true is not covered.
	if diff := cmp.Diff([]Line{{"a/rule.rego", 5}, {"lib/none.rego", 3}}, r.NotCovered); diff != "" || r.Lines != 4 || r.Coverage() != 50 {
		t.Errorf("%d lines, %g %%: %s", r.Lines, r.Coverage(), diff)
	}

	// The parameters are those of the set: without them nothing is late.
	r, err = Run(t.Context(), sources(), Options{Run: regexp.MustCompile(`\.test_late$`)})
	if err != nil || len(r.Tests) != 1 || r.Tests[0].Status != Failed {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestRunRefused(t *testing.T) {
	t.Parallel()
	for want, src := range map[string]string{
		"b.rego:3:6: unexpected": "package b\n\np if if\n",
		"b.rego:3:6: var x":      "package b\n\np if x\n",
	} {
		if r, err := Run(t.Context(), map[string]string{"b.rego": src}, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v, %v: want %s", r, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := Run(ctx, sources(), Options{}); err == nil {
		t.Errorf("a run that was stopped: %+v", r)
	}
}

func TestReadDir(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"a/x.rego", "a/x_test.rego", "a/x.yaml", "a/testdata/y.rego", ".git/z.rego", "a/.hidden.rego"} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{filepath.Join(dir, "a", "x.rego"): "a/x.rego", filepath.Join(dir, "a", "x_test.rego"): "a/x_test.rego"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := ReadDir(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a folder that is not there")
	}
}
