// Package policytest runs the Rego tests of a policy set with OPA's own test
// runner, and measures which lines of the rules they reach.
//
// Errors of built-in functions end a test: what a rule would report as an error
// is no silent failure here either.
package policytest

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// TestExt ends the names of files with tests; they stand beside the module of
// the same name.
const TestExt = "_test.rego"

const moduleExt = ".rego"

// Options change how tests are run. The zero value works.
type Options struct {
	// Params are what tests and rules read at data.params.
	Params map[string]any
	// Run selects tests by their full names, as data.guardhook.a.b_test.test_x;
	// all if nil.
	Run *regexp.Regexp
	// Timeout is how long one test may take; a minute if zero.
	Timeout time.Duration
}

// Status is the outcome of a test.
type Status string

// The outcomes. A test is skipped that is named todo_test_....
const (
	Passed  Status = "pass"
	Failed  Status = "fail"
	Skipped Status = "skip"
)

// Test is one test that was run.
type Test struct {
	Name   string // in full
	File   string
	Line   int
	Status Status
	// Message says what went wrong: the error, or the expression that was not
	// true, whose line At is. Output is what the test printed.
	Message string
	At      int
	Output  string
}

// Line is a line of a file.
type Line struct {
	File string `json:"file"`
	Line int    `json:"line"`
}

// String returns "file:line".
func (l Line) String() string { return fmt.Sprintf("%s:%d", l.File, l.Line) }

// Report is what came of the tests.
type Report struct {
	// Tests are sorted by file and line.
	Tests []Test
	// Untested are the modules without a test in the file beside them, sorted.
	// Those are not counted that Options.Run leaves out.
	Untested []string
	// Lines counts the lines of the modules that are no tests and do something,
	// NotCovered are those of them that no test reached, sorted.
	Lines      int
	NotCovered []Line
}

// Coverage is the share of lines that tests reached, in percent; 100 where there
// are none.
func (r *Report) Coverage() float64 {
	if r.Lines == 0 {
		return 100
	}
	return 100 * float64(r.Lines-len(r.NotCovered)) / float64(r.Lines)
}

// Run runs the tests in a policy set, whose modules are given by file name. The
// error is not nil where nothing could be run: a module does not parse or
// compile, or ctx ends.
func Run(ctx context.Context, sources map[string]string, opts Options) (*Report, error) {
	modules, err := parse(sources)
	if err != nil {
		return nil, err
	}
	s := &suite{modules: modules, opts: opts}
	coverage := cover.New()
	results, err := s.run(ctx, func(r *tester.Runner) { r.SetCoverageQueryTracer(coverage).SetCoverageRuns(nil) })
	if err != nil {
		return nil, err
	}
	out := &Report{}
	tested := map[string]bool{}
	for _, r := range results {
		tested[r.Location.File] = true
		out.Tests = append(out.Tests, s.test(r))
	}
	if err := s.explain(ctx, out.Tests); err != nil {
		return nil, err
	}
	slices.SortFunc(out.Tests, func(a, b Test) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Name, b.Name))
	})
	out.cover(modules, coverage.Report(modules))
	for name := range modules {
		if !isTest(name) && !tested[strings.TrimSuffix(name, moduleExt)+TestExt] {
			out.Untested = append(out.Untested, name)
		}
	}
	slices.Sort(out.Untested)
	return out, nil
}

func isTest(name string) bool { return strings.HasSuffix(name, TestExt) }

func parse(sources map[string]string) (map[string]*ast.Module, error) {
	modules := make(map[string]*ast.Module, len(sources))
	var errs ast.Errors
	for name, src := range sources {
		m, err := ast.ParseModuleWithOpts(name, src, ast.ParserOptions{RegoVersion: ast.RegoV1, ProcessAnnotation: true})
		switch err := err.(type) {
		case nil:
			modules[name] = m
		case ast.Errors:
			errs = append(errs, err...)
		default:
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if len(errs) > 0 {
		return nil, located(errs)
	}
	return modules, nil
}

// located writes each error on a line of its own, in order.
func located(errs ast.Errors) error {
	lines := make([]string, len(errs))
	for i, e := range errs {
		lines[i] = e.Message
		if e.Location != nil {
			lines[i] = fmt.Sprintf("%s:%d:%d: %s", e.Location.File, e.Location.Row, e.Location.Col, e.Message)
		}
	}
	slices.Sort(lines)
	return fmt.Errorf("%s", strings.Join(slices.Compact(lines), "\n"))
}

// suite runs the tests of modules.
type suite struct {
	modules map[string]*ast.Module
	opts    Options
}

func (s *suite) run(ctx context.Context, with func(*tester.Runner)) ([]*tester.Result, error) {
	// The compiler changes what it compiles.
	copies := make(map[string]*ast.Module, len(s.modules))
	for name, m := range s.modules {
		copies[name] = m.Copy()
	}
	runner := tester.NewRunner().
		SetCompiler(ast.NewCompiler().WithEnablePrintStatements(true)).
		SetStore(inmem.NewFromObject(map[string]any{"params": s.params()})).
		SetModules(copies).
		RaiseBuiltinErrors(true).
		SetTimeout(s.timeout())
	if s.opts.Run != nil {
		runner.Filter(s.opts.Run.String())
	}
	with(runner)
	ch, err := runner.RunTests(ctx, nil)
	if err != nil {
		if errs, ok := err.(ast.Errors); ok {
			return nil, located(errs)
		}
		return nil, err
	}
	var out []*tester.Result
	for r := range ch {
		out = append(out, r)
	}
	return out, ctx.Err()
}

func (s *suite) timeout() time.Duration { return cmp.Or(s.opts.Timeout, time.Minute) }

func (s *suite) params() map[string]any {
	if s.opts.Params == nil {
		return map[string]any{}
	}
	return s.opts.Params
}

func (s *suite) test(r *tester.Result) Test {
	t := Test{
		Name: r.Package + "." + r.Name, File: r.Location.File, Line: r.Location.Row,
		Status: Passed, Output: strings.TrimSpace(string(r.Output)),
	}
	switch {
	case r.Skip:
		t.Status = Skipped
	case topdown.IsCancel(r.Error):
		t.Status, t.Message = Failed, fmt.Sprintf("it took longer than %s", s.timeout())
	case r.Error != nil:
		t.Status, t.Message = Failed, r.Error.Error()
	case r.Fail:
		t.Status = Failed
	}
	return t
}

// cover counts the lines of modules that are no tests.
func (r *Report) cover(modules map[string]*ast.Module, report cover.Report) {
	for name := range modules {
		file := report.Files[name]
		if isTest(name) || file == nil {
			continue
		}
		missing := map[int]bool{}
		for _, at := range file.NotCovered {
			for line := at.Start.Row; line <= at.End.Row; line++ {
				missing[line] = true
			}
		}
		lines := map[int]bool{}
		for _, at := range file.Covered {
			for line := at.Start.Row; line <= at.End.Row; line++ {
				lines[line] = true
			}
		}
		for line := range missing {
			lines[line] = true
			r.NotCovered = append(r.NotCovered, Line{name, line})
		}
		r.Lines += len(lines)
	}
	slices.SortFunc(r.NotCovered, func(a, b Line) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
}

// ReadDir reads the modules of the policy set in a folder, with their tests.
// Hidden files and folders, and folders named testdata, are no part of it.
func ReadDir(dir string) (map[string]string, error) {
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		hidden := name != dir && strings.HasPrefix(filepath.Base(name), ".")
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (hidden || filepath.Base(name) == "testdata" && name != dir):
			return filepath.SkipDir
		case entry.IsDir(), hidden, filepath.Ext(name) != moduleExt:
			return nil
		}
		src, err := os.ReadFile(name)
		out[name] = string(src)
		return err
	})
	return out, err
}
