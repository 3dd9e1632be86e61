package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fsxns3ap/guardhook/internal/policyset"
	"github.com/fsxns3ap/guardhook/internal/schema"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/rules/guard"
	"github.com/fsxns3ap/guardhook/rules/policytest"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/fixture"
)

type testArgs struct {
	Dir         string `arg:"" name:"dir" optional:""`
	Run         string `placeholder:"REGEXP"`
	Coverage    bool
	MinCoverage float64       `placeholder:"PERCENT"`
	Timeout     time.Duration `default:"1m"`
	JSON        bool          `name:"json"`
}

// trouble is a line of the output of tests.
type trouble struct {
	Kind troubleKind `json:"kind"`
	File string      `json:"file"`
	Line int         `json:"line,omitempty"`
	// Message may have several lines.
	Message string `json:"message"`
}

type troubleKind string

const (
	testFailed  troubleKind = "failed"
	testMissing troubleKind = "missing" // a rule lacks a test or a fixture
	testBroken  troubleKind = "error"   // nothing could be judged
)

func (t trouble) String() string {
	at := t.File
	if t.Line > 0 {
		at += fmt.Sprintf(":%d", t.Line)
	}
	return at + ": " + string(t.Kind) + ": " + strings.ReplaceAll(t.Message, "\n", "\n  ")
}

// testRun is what came of the tests of a policy set.
type testRun struct {
	set     *rules.Set
	dir     string
	run     *regexp.Regexp // nil is all
	report  *policytest.Report
	passed  int
	skipped int
	// tests, fails and passes are what rules have: a test, a template or an
	// input that they refuse, and one that they accept.
	tests, fails, passes map[*rules.Rule]bool
	troubles             []trouble
}

// testPolicy runs the tests of a policy set: those in Rego, those of Guard rules,
// and the fixtures.
func (c *Command) testPolicy(ctx context.Context, g *grammar) (int, error) {
	args := &g.Test
	run, err := args.check()
	if err != nil {
		return 0, err
	}
	dir, err := testedFolder(g)
	if err != nil {
		return 0, err
	}
	set, err := rules.LoadDir(dir, rules.Options{KnownType: schema.Match, Now: c.Now, Unenforced: true})
	if err != nil {
		return 0, err
	}
	t := &testRun{set: set, dir: dir, run: run, tests: map[*rules.Rule]bool{}, fails: map[*rules.Rule]bool{}, passes: map[*rules.Rule]bool{}}
	for _, part := range []func(context.Context) error{
		func(ctx context.Context) error { return t.rego(ctx, args.Timeout) },
		t.guard,
		func(ctx context.Context) error { return t.fixtures(ctx, c.Now) },
	} {
		if err := part(ctx); err != nil {
			return 0, err
		}
	}
	if run == nil {
		t.missing()
	}
	if t.passed+t.skipped+len(t.troubles) == 0 {
		return 0, fmt.Errorf("%s: no test matches --run", dir)
	}
	slices.SortStableFunc(t.troubles, func(a, b trouble) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	if args.JSON {
		return t.code(args.MinCoverage), writeJSON(c.Stdout, t.document(args.MinCoverage))
	}
	return t.code(args.MinCoverage), t.write(c.Stdout, args)
}

// check reads the arguments; run is nil for all tests.
func (a *testArgs) check() (run *regexp.Regexp, err error) {
	switch {
	case a.MinCoverage < 0 || a.MinCoverage > 100:
		return nil, usagef("--min-coverage: want a number from 0 to 100")
	case a.Timeout <= 0:
		return nil, usagef("--timeout: want a duration above 0, as 30s")
	case a.Run == "":
		return nil, nil
	case a.MinCoverage > 0:
		return nil, usagef("--min-coverage: some tests, which --run selects, do not reach all that the rest does")
	}
	if run, err = regexp.Compile(a.Run); err != nil {
		return nil, usagef("--run: %w", err)
	}
	return run, nil
}

// testedFolder is the policy folder that the command line or the configuration
// names.
func testedFolder(g *grammar) (string, error) {
	dir := g.Test.Dir
	if dir == "" {
		var err error
		if dir, _, err = policyset.Locate(policyset.Source{Policy: g.Policy, Config: g.Config}); err != nil {
			return "", err
		}
	}
	if dir == policyset.Embedded {
		return "", usagef("validate test: name a folder; the tests of the built-in policy set are with its sources")
	}
	stat, err := os.Stat(dir)
	if err != nil {
		return "", err
	}
	if !stat.IsDir() {
		return "", usagef("validate test %s: want a folder; a bundle has no tests", dir)
	}
	return dir, nil
}

// selects tells whether --run selects a test by its name.
func (t *testRun) selects(name string) bool { return t.run == nil || t.run.MatchString(name) }

func (t *testRun) trouble(kind troubleKind, file string, line int, format string, args ...any) {
	t.troubles = append(t.troubles, trouble{kind, file, line, fmt.Sprintf(format, args...)})
}

// rego runs the tests in Rego.
func (t *testRun) rego(ctx context.Context, timeout time.Duration) error {
	sources, err := policytest.ReadDir(t.dir)
	if err != nil {
		return err
	}
	t.report, err = policytest.Run(ctx, sources, policytest.Options{Params: t.set.Params(), Run: t.run, Timeout: timeout})
	if err != nil {
		return err
	}
	for i := range t.report.Tests {
		switch test := &t.report.Tests[i]; test.Status {
		case policytest.Passed:
			t.passed++
		case policytest.Skipped:
			t.skipped++
		default:
			message := test.Name + ": " + test.Message
			if test.Output != "" {
				message += "\n" + test.Output
			}
			t.trouble(testFailed, test.File, cmp.Or(test.At, test.Line), "%s", message)
		}
	}
	for _, r := range t.set.Rules() {
		t.tests[r] = t.tests[r] || r.Kind != rules.KindGuard && !slices.Contains(t.report.Untested, r.File)
	}
	return nil
}

// guard runs the tests of Guard rules.
func (t *testRun) guard(ctx context.Context) error {
	files, err := guardTests([]string{t.dir})
	if err != nil {
		return err
	}
	for _, file := range files {
		rel, err := filepath.Rel(t.dir, file)
		if err != nil {
			return err
		}
		if slices.Contains(strings.Split(filepath.ToSlash(rel), "/"), "testdata") {
			continue // a fixture whose name ends alike
		}
		results, err := runGuardTests(ctx, file)
		if err != nil {
			t.trouble(testBroken, file, 0, "%s", strings.TrimPrefix(err.Error(), file+": "))
			continue
		}
		for i := range results {
			t.guardTest(file, &results[i])
		}
	}
	return nil
}

func (t *testRun) guardTest(file string, result *guard.TestResult) {
	for _, r := range t.set.Rules() {
		if tests(file, r) && r.ID[strings.LastIndex(r.ID, "/")+1:] == result.Rule {
			t.tests[r] = true
			t.fails[r] = t.fails[r] || result.Status == guard.Fail
			t.passes[r] = t.passes[r] || result.Status == guard.Pass
		}
	}
	switch {
	case !t.selects(file + ":" + result.Test.Name):
	case result.OK && !result.Unknown():
		t.passed++
	default:
		lines := []string{result.String()}
		for i := range result.Findings {
			lines = append(lines, result.Findings[i].Describe())
		}
		t.trouble(testFailed, file, result.Pos.Line, "%s", strings.Join(lines, "\n"))
	}
}

// tests tells whether a test file is about a Guard rule: it is named after the
// rule's file, and beside it or in a folder below.
func tests(file string, r *rules.Rule) bool {
	dir := filepath.Dir(r.File)
	stem := strings.TrimSuffix(filepath.Base(r.File), filepath.Ext(r.File))
	return r.Kind == rules.KindGuard && testedName(file) == stem &&
		(filepath.Dir(file) == dir || filepath.Dir(filepath.Dir(file)) == dir)
}

// fixtures judges the fixtures.
func (t *testRun) fixtures(ctx context.Context, now func() time.Time) error {
	policy := fixture.Policy{FS: os.DirFS(t.dir), Name: filepath.ToSlash(t.dir)}
	all, problems, err := policy.Find(t.set)
	if err != nil {
		return err
	}
	v := validate.New(t.set, validate.Options{Now: now})
	for i := range all {
		f := &all[i]
		if f.Fails {
			t.fails[f.Rule] = true
		} else {
			t.passes[f.Rule] = true
		}
		if !t.selects(policy.Path(f.File)) {
			continue
		}
		found, err := policy.Judge(ctx, v, f)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			t.passed++
		}
		problems = append(problems, found...)
	}
	for _, p := range problems {
		kind := testFailed
		if p.Broken {
			kind = testBroken
		}
		t.trouble(kind, p.File, p.Line, "%s", p.Message)
	}
	return nil
}

// missing names the rules without a test, or without a fixture of either kind.
func (t *testRun) missing() {
	for _, r := range t.set.Rules() {
		lacks := t.lacks(r)
		for i, there := range [...]bool{t.tests[r], t.fails[r], t.passes[r]} {
			if !there {
				t.trouble(testMissing, r.File, r.Line, "rule %s has no %s", r.ID, lacks[i])
			}
		}
	}
}

// lacks describes what a rule is to have: a test, one that it refuses, and one
// that it accepts.
func (t *testRun) lacks(r *rules.Rule) [3]string {
	stem := strings.TrimSuffix(filepath.Base(r.File), filepath.Ext(r.File))
	if r.Kind == rules.KindGuard {
		return [...]string{"test in " + stem + "_tests.yaml", "test that expects FAIL", "test that expects PASS"}
	}
	folder := filepath.ToSlash(filepath.Join(t.dir, fixture.Folder(r)))
	return [...]string{
		"test in " + stem + policytest.TestExt,
		"failing fixture (" + folder + "/fail_*.yaml)",
		"passing fixture (" + folder + "/pass_*.yaml)",
	}
}

func (t *testRun) count(kind troubleKind) int {
	n := 0
	for _, trouble := range t.troubles {
		if trouble.Kind == kind {
			n++
		}
	}
	return n
}

// code is the exit code: what could not be judged is stronger than what failed.
func (t *testRun) code(least float64) int {
	switch {
	case t.count(testBroken) > 0:
		return exitUnjudged
	case len(t.troubles) > 0, t.report.Coverage() < least:
		return exitFindings
	}
	return exitClean
}

// percent rounds down: 100 is all.
func percent(share float64) float64 { return math.Floor(share*10) / 10 }
