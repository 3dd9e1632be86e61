package rules

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/fsxns3ap/guardhook/rules/guard"
)

// Budget bounds one evaluation of one rule.
type Budget struct {
	// Steps is the number of expressions that may be evaluated, built-ins that
	// loop included; 2 million if zero. It does not depend on the machine. Guard
	// rules, whose steps are smaller, have ten times as many.
	Steps int
	// Bytes is how much text and how many array elements the functions may make
	// that can make much out of little; 128 MiB if zero.
	Bytes int
	// Time is how long it may take; 5 seconds if zero.
	Time time.Duration
	// Violations is how many the deny set may hold; 1000 if zero.
	Violations int
}

func (b Budget) withDefaults() Budget {
	b.Steps = cmp.Or(b.Steps, 2_000_000)
	b.Bytes = cmp.Or(b.Bytes, 128<<20)
	b.Time = cmp.Or(b.Time, 5*time.Second)
	b.Violations = cmp.Or(b.Violations, 1000)
	return b
}

// ErrBudget is wrapped by errors of evaluations that exceeded their Budget.
var ErrBudget = errors.New("evaluation budget exceeded")

// EvaluationError says that a rule could not be evaluated.
type EvaluationError struct {
	Rule string // the rule's id
	// Err is the cause. Its text may quote values of the input; the text of the
	// EvaluationError does not.
	Err error
}

// Error returns the rule's id, and what went wrong where.
func (e *EvaluationError) Error() string {
	text := e.Err.Error()
	var t *topdown.Error
	var g *guard.Error
	if errors.As(e.Err, &g) {
		return "rule " + e.Rule + ": " + guardErrorText(g)
	}
	if p := (panicError{}); errors.As(e.Err, &p) {
		text = "panic"
	}
	if errors.As(e.Err, &t) {
		// Further lines, and a built-in's own text, quote values.
		text, _, _ = strings.Cut(t.Message, "\n")
		text = strings.TrimSuffix(text, ":")
		if t.Code == topdown.BuiltinErr {
			name, _, _ := strings.Cut(text, ":")
			text = "built-in function " + name + " failed"
		}
		if t.Location != nil {
			text = (&LoadError{t.Location.File, t.Location.Row, t.Location.Col, text}).Error()
		}
	}
	return "rule " + e.Rule + ": " + text
}

// Unwrap returns the cause.
func (e *EvaluationError) Unwrap() error { return e.Err }

// Judge evaluates a rule on an input and returns its violations, sorted: none
// where a Guard rule passes or has nothing to judge. An error is an *EvaluationError: the rule has given no verdict.
func (s *Set) Judge(ctx context.Context, r *Rule, input ast.Value) (out []Violation, err error) {
	out, _, err = s.verdict(ctx, r, input)
	return out, err
}

// verdict is Judge; skipped means that a Guard rule found nothing to judge.
func (s *Set) verdict(ctx context.Context, r *Rule, input ast.Value) (out []Violation, skipped bool, err error) {
	defer func() { err = evaluationError(r, recover(), err, func() { out = nil }) }()
	if r.guard != nil {
		return s.judgeGuard(ctx, r, input)
	}
	out, err = s.judgeRego(ctx, r, input)
	return out, false, err
}

func (s *Set) judgeRego(ctx context.Context, r *Rule, input ast.Value) (out []Violation, err error) {
	p, err := s.ready(r)
	if err != nil {
		return nil, err
	}
	deny, err := s.evaluate(ctx, p, p.query, input)
	if err != nil {
		return nil, err
	}
	set, ok := deny.(ast.Set)
	if !ok {
		return nil, errors.New("deny is no set")
	}
	if set.Len() > s.budget.Violations {
		return nil, fmt.Errorf("%w: more than %d violations", ErrBudget, s.budget.Violations)
	}
	for _, t := range set.Slice() {
		v, err := violation(r, t.Value, input)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	slices.SortFunc(out, compareViolations)
	return out, nil
}

// Relevant evaluates the gate of a rule that has one. An error is an
// *EvaluationError.
func (s *Set) Relevant(ctx context.Context, r *Rule, input ast.Value) (holds bool, err error) {
	if r.guard != nil {
		return true, nil
	}
	defer func() { err = evaluationError(r, recover(), err, func() { holds = true }) }()
	p, err := s.ready(r)
	if err != nil || p.gate == nil {
		return true, err
	}
	v, err := s.evaluate(ctx, p, p.gate, input)
	if err != nil || v == nil {
		return false, err
	}
	b, ok := v.(ast.Boolean)
	if !ok {
		return false, fmt.Errorf("%s is no boolean", gateName)
	}
	return bool(b), nil
}

// panicError is a panic's value, which may quote the input.
type panicError struct{ value any }

func (p panicError) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// evaluationError says which rule has given no verdict; p is a panic's value.
func evaluationError(r *Rule, p any, err error, undo func()) error {
	if p != nil {
		err = panicError{p}
	}
	if err == nil {
		return nil
	}
	undo()
	return &EvaluationError{Rule: r.ID, Err: err}
}

// evaluate runs a query for one value, which is nil when it is undefined.
func (s *Set) evaluate(ctx context.Context, p *prepared, query ast.Body, input ast.Value) (v ast.Value, err error) {
	m := meter{ctx: ctx, budget: s.budget, texts: &s.texts}
	err = topdown.NewQuery(query).
		WithCompiler(p.compiler).
		WithStore(s.store).
		WithTransaction(s.txn).
		WithInput(ast.NewTerm(input)).
		WithCancel(&m).
		WithMetrics(metrics.NoOp()).
		WithTime(time.Unix(0, 0)).
		WithStrictBuiltinErrors(true).
		Iter(ctx, func(qr topdown.QueryResult) error {
			v = qr[resultVar].Value
			return nil
		})
	if m.err != nil {
		return nil, m.err
	}
	return v, err
}

// violation reads an element of a deny set: exactly path and message, and
// resource in rules of scope template.
func violation(r *Rule, v ast.Value, input ast.Value) (out Violation, err error) {
	obj, ok := v.(ast.Object)
	if !ok {
		return out, fmt.Errorf("an element of deny is no object (%s)", ast.ValueName(v))
	}
	seen := 0
	err = obj.Iter(func(k, v *ast.Term) error {
		key, _ := k.Value.(ast.String)
		switch {
		case key == "message":
			text, ok := v.Value.(ast.String)
			if !ok || strings.TrimSpace(string(text)) == "" {
				return errors.New("the message of an element of deny is no text")
			}
			out.Message = string(text)
		case key == "path":
			if out.Path, ok = pathOf(v.Value); !ok {
				return errors.New("the path of an element of deny is no array of strings and numbers from 0")
			}
		case key == "resource" && r.Scope == ScopeTemplate:
			text, _ := v.Value.(ast.String)
			if !inTemplate(input, text) {
				return errors.New("the resource of an element of deny is not in input.template.resources")
			}
			out.Resource = string(text)
		default:
			return fmt.Errorf("an element of deny has the unknown key %s", k)
		}
		seen++
		return nil
	})
	want := 2
	if r.Scope == ScopeTemplate {
		want = 3
	}
	if err == nil && seen != want {
		err = errors.New("an element of deny lacks path or message")
		if r.Scope == ScopeTemplate {
			err = errors.New("an element of deny lacks path, message or resource")
		}
	}
	return out, err
}

func pathOf(v ast.Value) (Path, bool) {
	arr, ok := v.(*ast.Array)
	if !ok {
		return nil, false
	}
	out := make(Path, 0, arr.Len())
	for i := range arr.Len() {
		switch e := arr.Elem(i).Value.(type) {
		case ast.String:
			out = append(out, string(e))
		case ast.Number:
			n, ok := e.Int()
			if !ok || n < 0 {
				return nil, false
			}
			out = append(out, n)
		default:
			return nil, false
		}
	}
	return out, true
}

func inTemplate(input ast.Value, id ast.String) bool {
	_, err := input.Find(ast.Ref{ast.StringTerm("template"), ast.StringTerm("resources"), ast.NewTerm(id)})
	return err == nil
}

func compareViolations(a, b Violation) int {
	if c := cmp.Compare(a.Resource, b.Resource); c != 0 {
		return c
	}
	if c := comparePaths(a.Path, b.Path); c != 0 {
		return c
	}
	return cmp.Compare(a.Message, b.Message)
}

// comparePaths orders paths element by element; indexes come before keys.
func comparePaths(a, b Path) int {
	return slices.CompareFunc(a, b, func(x, y any) int {
		xi, xIsInt := x.(int)
		yi, yIsInt := y.(int)
		switch {
		case xIsInt && yIsInt:
			return cmp.Compare(xi, yi)
		case xIsInt:
			return -1
		case yIsInt:
			return 1
		}
		xs, _ := x.(string)
		ys, _ := y.(string)
		return cmp.Compare(xs, ys)
	})
}

// meter stops an evaluation that exceeds its budget or whose context ends. OPA
// asks it before every expression and inside built-ins that loop.
type meter struct {
	ctx      context.Context
	budget   Budget
	steps    int
	bytes    int
	deadline time.Time
	texts    *texts
	err      error
}

// Cancel implements topdown.Cancel. Nothing calls it: the meter stops itself.
func (m *meter) Cancel() { m.err = context.Canceled }

// Cancelled implements topdown.Cancel.
func (m *meter) Cancelled() bool {
	if m.err != nil {
		return true
	}
	m.steps++
	switch {
	case m.steps > m.budget.Steps:
		m.err = fmt.Errorf("%w: more than %d steps", ErrBudget, m.budget.Steps)
	case m.steps == 1:
		m.err = m.ctx.Err()
	case m.steps%256 == 0:
		if m.err = m.ctx.Err(); m.err != nil {
			break
		}
		// Most evaluations end before they need a clock.
		if now := time.Now(); m.deadline.IsZero() {
			m.deadline = now.Add(m.budget.Time)
		} else if now.After(m.deadline) {
			m.err = fmt.Errorf("%w: more than %s", ErrBudget, m.budget.Time)
		}
	}
	return m.err != nil
}
