package rules

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/fsxns3ap/guardhook/internal/schema"
)

// TestPolicy runs the Rego tests of the built-in policy set. Every module must
// have a test file beside it, every test must pass, and together they must
// reach every line; every rule has fixtures of both verdicts. Each module is a subtest: -run TestPolicy/iam/admin_access.
func TestPolicy(t *testing.T) {
	t.Parallel()
	modules, paths := policyModules(t)
	failures := map[string][]string{} // by module without .rego
	fail := func(file, format string, args ...any) {
		p := strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(file, "policy/"), ".rego"), "_test")
		failures[p] = append(failures[p], fmt.Sprintf(format, args...))
	}

	coverage := cover.New()
	results, err := tester.NewRunner().
		SetCompiler(ast.NewCompiler().WithEnablePrintStatements(true)).
		SetModules(modules).
		SetCoverageQueryTracer(coverage).
		RaiseBuiltinErrors(true).
		SetTimeout(time.Minute).
		RunTests(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	tested := map[string]bool{}
	for r := range results {
		tested[strings.TrimSuffix(r.Location.File, "_test.rego")] = true
		if !r.Pass() {
			fail(r.Location.File, "%s:%d: %s failed (error: %v)", r.Location.File, r.Location.Row, r.Name, r.Error)
		}
	}
	report := coverage.Report(modules)
	for _, p := range paths {
		name := "policy/" + p + ".rego"
		if !tested["policy/"+p] {
			fail(name, "%s:1: no test in a file beside it", name)
		}
		file, ok := report.Files[name]
		if !ok {
			fail(name, "%s:1: no line is covered", name)
			continue
		}
		for _, r := range file.NotCovered {
			fail(name, "%s:%d: not covered", name, r.Start.Row)
		}
		family, rule := path.Split(p)
		if family == library+"/" {
			continue
		}
		for _, verdict := range []string{"pass", "fail"} {
			pattern := "policy/" + family + "testdata/" + rule + "/" + verdict + "_*.yaml"
			if fixtures, err := filepath.Glob(pattern); err != nil || len(fixtures) == 0 {
				fail(name, "%s:1: no fixture %s", name, pattern)
			}
		}
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

// policyModules parses the built-in set with its tests. The paths are those of
// the modules that are no tests, without policy/ and .rego.
func policyModules(t *testing.T) (modules map[string]*ast.Module, paths []string) {
	t.Helper()
	names, err := filepath.Glob("policy/*/*.rego")
	if err != nil {
		t.Fatal(err)
	}
	modules = map[string]*ast.Module{}
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		modules[name], err = ast.ParseModuleWithOpts(name, string(src), ast.ParserOptions{RegoVersion: ast.RegoV1, ProcessAnnotation: true})
		if err != nil {
			t.Fatal(err)
		}
		if p := strings.TrimSuffix(filepath.ToSlash(name), ".rego"); !strings.HasSuffix(p, "_test") {
			paths = append(paths, strings.TrimPrefix(p, "policy/"))
		}
	}
	return modules, paths
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
