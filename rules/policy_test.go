package rules

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fsxns3ap/guardhook/internal/schema"
	"github.com/fsxns3ap/guardhook/rules/policytest"
)

// TestPolicy runs the Rego tests of the built-in policy set. Every module must
// have a test file beside it, every test must pass, and together they must
// reach every line; validate's tests judge the fixtures. Each module is a
// subtest: -run TestPolicy/iam/admin_access.
func TestPolicy(t *testing.T) {
	t.Parallel()
	sources, paths := policySources(t)
	params, err := builtinParams()
	if err != nil {
		t.Fatal(err)
	}
	report, err := policytest.Run(t.Context(), sources, policytest.Options{Params: params})
	if err != nil {
		t.Fatal(err)
	}
	failures := map[string][]string{} // by path
	fail := func(file, format string, args ...any) {
		p := strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(file, "policy/"), ".rego"), "_test")
		failures[p] = append(failures[p], fmt.Sprintf(format, args...))
	}
	for _, test := range report.Tests {
		if test.Status != policytest.Passed {
			fail(test.File, "%s:%d: %s: %s: %s", test.File, test.Line, test.Name, test.Status, test.Message)
		}
	}
	for _, file := range report.Untested {
		fail(file, "%s:1: no test in a file beside it", file)
	}
	for _, at := range report.NotCovered {
		fail(at.File, "%s: not covered", at)
	}
	for _, p := range paths {
		t.Run(p, func(t *testing.T) {
			t.Parallel()
			for _, f := range failures[p] {
				t.Error(f)
			}
		})
	}
}

// policySources reads the built-in set with its tests. The paths are those of
// the modules that are no tests, without policy/ and .rego.
func policySources(t *testing.T) (sources map[string]string, paths []string) {
	t.Helper()
	names, err := filepath.Glob("policy/*/*.rego")
	if err != nil {
		t.Fatal(err)
	}
	sources = map[string]string{}
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources[filepath.ToSlash(name)] = string(src)
		if p := strings.TrimSuffix(filepath.ToSlash(name), ".rego"); !strings.HasSuffix(p, "_test") {
			paths = append(paths, strings.TrimPrefix(p, "policy/"))
		}
	}
	return sources, paths
}

// TestPolicyStrict loads the built-in set with all checks, which the embedded
// set leaves out at run time, and compares the two.
func TestPolicyStrict(t *testing.T) {
	t.Parallel()
	strict, err := LoadDir("policy", Options{KnownType: schema.Match})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range strict.Warnings() {
		t.Error(w)
	}
	builtin, err := Embedded(Options{})
	if err != nil {
		t.Fatal(err)
	}
	const hint = "run go generate in the rules folder"
	if strict.Digest() != builtin.Digest() {
		t.Errorf("index_gen.go is out of date: %s", hint)
	}
	ignore := cmp.Options{cmpopts.IgnoreUnexported(Rule{}), cmpopts.IgnoreFields(Rule{}, "File"), cmpopts.EquateEmpty()}
	if diff := cmp.Diff(strict.Rules(), builtin.Rules(), ignore); diff != "" {
		t.Errorf("index_gen.go is out of date: %s\n%s", hint, diff)
	}
	for _, r := range builtin.Rules() {
		if err := builtin.prepare(t.Context(), r); err != nil {
			t.Errorf("%s does not compile with the modules that the index names: %v", r.ID, err)
		}
		if r.Remediation == "" || r.Description == "" || len(r.RelatedResources) == 0 {
			t.Errorf("%s:%d: a built-in rule has description, remediation and related_resources", r.File, r.Line)
		}
	}
}
