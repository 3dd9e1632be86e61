package policytest

import (
	"context"
	"regexp"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// maxExplained bounds how many failed tests are run again to be explained.
const maxExplained = 20

// explain runs tests that failed without an error again, with a trace, and says
// which of their expressions was not true.
func (s *suite) explain(ctx context.Context, tests []Test) error {
	failed := map[string]*Test{}
	var names []string
	for i := range tests {
		if t := &tests[i]; t.Status == Failed && t.Message == "" {
			t.Message = "the test is not true"
			if len(names) < maxExplained {
				failed[t.Name] = t
				names = append(names, regexp.QuoteMeta(t.Name))
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	again := suite{modules: s.modules, opts: s.opts}
	again.opts.Run = regexp.MustCompile("^(" + strings.Join(names, "|") + ")$")
	results, err := again.run(ctx, func(r *tester.Runner) { r.EnableTracing(true) })
	if err != nil {
		return err
	}
	for _, r := range results {
		t := failed[r.Package+"."+r.Name]
		if t == nil {
			continue
		}
		if e := lastFailed(r.Trace, s.body(t)); e != nil {
			text, _, _ := strings.Cut(strings.TrimSpace(string(e.Location.Text)), "\n")
			t.Message, t.At = "not true: "+text, e.Location.Row
		}
	}
	return nil
}

// body gives the rows of the expressions of a test.
func (s *suite) body(t *Test) map[int]bool {
	rows := map[int]bool{}
	for _, rule := range s.modules[t.File].Rules {
		if rule.Location.Row != t.Line {
			continue
		}
		for _, e := range rule.Body {
			rows[e.Location.Row] = true
		}
	}
	return rows
}

// lastFailed finds the expression in one of the rows that was the last not to be
// true.
func lastFailed(trace []*topdown.Event, rows map[int]bool) *ast.Expr {
	for i := len(trace) - 1; i >= 0; i-- {
		e, ok := trace[i].Node.(*ast.Expr)
		if ok && trace[i].Op == topdown.FailOp && e.Location != nil && rows[e.Location.Row] {
			return e
		}
	}
	return nil
}
