package guard

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Status is the outcome of a rule or a clause.
type Status uint8

// The statuses.
const (
	// Skip means that a rule had nothing to judge.
	Skip Status = iota
	// Pass means that all that was judged is as it should be.
	Pass
	// Fail means that something is not.
	Fail
	// Errored means that a rule could not be evaluated.
	Errored
)

var statusNames = [...]string{"SKIP", "PASS", "FAIL", "ERROR"}

func (s Status) String() string { return statusNames[s] }

// DefaultSteps is the number of steps that a rule may take when Options do not
// say otherwise. A step is one move along a path or one comparison.
const DefaultSteps = 20_000_000

// MaxFindings is the number of findings that a rule has at most.
const MaxFindings = 1000

// maxCalls bounds calls of rules within each other.
const maxCalls = 200

// ErrSteps is in the error of a rule that takes more steps than allowed.
var ErrSteps = errors.New("the rule takes too many steps")

// Options change an evaluation. The zero Options are good.
type Options struct {
	// Steps is the number of steps that one rule may take; 0 means
	// DefaultSteps.
	Steps int
	// Now is the clock of the function now; nil means time.Now.
	Now func() time.Time
	// Coverage counts the clauses evaluated. It must be made for the same
	// file.
	Coverage *Coverage
	// Only selects the rules to evaluate; nil means all. Rules that those
	// refer to are evaluated as needed.
	Only func(*Rule) bool
}

// Result is the outcome of one rule on one document.
type Result struct {
	Rule   *Rule
	Status Status
	// Findings say what failed, up to MaxFindings. There may be none although
	// the rule failed: then it failed because there was nothing to compare.
	Findings []Finding
	// Err is set when Status is Errored: it has the place in the rule
	// file.
	Err *Error
}

// evalError is an error of a rule before its place is known.
type evalError struct {
	at  int // offset, 0 when it is that of the clause
	msg string
	err error
}

func (e *evalError) Error() string {
	if e.err != nil {
		return e.err.Error()
	}
	return e.msg
}

func (e *evalError) Unwrap() error { return e.err }

// run is the state of the evaluation of a file on a document.
type run struct {
	file  *File
	ctx   context.Context
	root  *Value
	opts  *Options
	limit int
	steps int
	check int // steps at which to look at the context
	err   error

	buf      []result // results on the way
	arena    []result // results that stay
	scopes   []*scope
	open     int
	captured map[varID][]result
	named    []namedState
	calls    int
	quiet    int
	failures []failure
}

// namedState caches what references to rules of one name gave.
type namedState struct {
	busy, done bool
	status     Status
}

var runs = sync.Pool{New: func() any { return new(run) }}

// Evaluate applies the rules of the file to a document, in the order of Rules.
// The error is that of the context; whatever is wrong with a rule is in its
// Result.
func (f *File) Evaluate(ctx context.Context, doc *Value, opts Options) ([]Result, error) {
	r := runs.Get().(*run)
	defer r.release()
	r.file, r.ctx, r.root, r.opts = f, ctx, doc, &opts
	r.limit = opts.Steps
	if r.limit <= 0 {
		r.limit = DefaultSteps
	}
	if cap(r.named) < len(f.groups) {
		r.named = make([]namedState, len(f.groups))
	}
	r.named = r.named[:len(f.groups)]
	clear(r.named)
	top := r.push(doc, nil, f.top)
	results := make([]Result, 0, len(f.Rules))
	for _, rule := range f.Rules {
		if opts.Only != nil && !opts.Only(rule) {
			continue
		}
		res := r.top(rule, top)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		results = append(results, res)
	}
	return results, nil
}

// release gives the state back without what it points at.
func (r *run) release() {
	for _, s := range r.scopes {
		clear(s.slots[:cap(s.slots)])
		clear(s.args[:cap(s.args)])
		*s = scope{slots: s.slots[:0], args: s.args[:0]}
	}
	clear(r.buf[:cap(r.buf)])
	clear(r.failures[:cap(r.failures)])
	clear(r.arena)
	*r = run{buf: r.buf[:0], arena: r.arena[:0], scopes: r.scopes, named: r.named[:0], failures: r.failures[:0]}
	runs.Put(r)
}

// top evaluates a rule for its own sake.
func (r *run) top(rule *Rule, file *scope) Result {
	res := Result{Rule: rule}
	r.steps, r.check, r.err = 0, 0, nil
	st, err := r.rule(rule, file)
	if err != nil {
		r.buf, r.open, r.calls, r.quiet = r.buf[:0], 1, 0, 0
		for i := range r.named {
			r.named[i].busy = false
		}
		for i := range file.slots {
			if file.slots[i].state == slotBusy {
				file.slots[i] = slot{}
			}
		}
		res.Status, res.Err = Errored, r.located(rule, err)
	} else {
		res.Status = st
		if st == Fail {
			res.Findings = r.findings(rule)
		}
	}
	r.failures = r.failures[:0]
	return res
}

func (r *run) located(rule *Rule, err error) *Error {
	e := &Error{File: r.file.Name, Pos: rule.Pos, Msg: "rule " + rule.Name + ": " + err.Error()}
	var one *evalError
	if errors.As(err, &one) {
		e.Cause = one.err
		if one.at > 0 {
			e.Pos = r.file.position(one.at)
		}
	}
	return e
}

// step counts a step and looks at the limits.
func (r *run) step() error {
	r.steps++
	if r.steps < r.check {
		return nil
	}
	if r.steps > r.limit {
		return &evalError{err: fmt.Errorf("%w (more than %d)", ErrSteps, r.limit)}
	}
	r.check = min(r.steps+4096, r.limit+1)
	if err := r.ctx.Err(); err != nil {
		return &evalError{err: err}
	}
	return nil
}

// tick counts a comparison. It reports false, and keeps the error for the
// clause, when a limit is reached.
func (r *run) tick() bool {
	if r.err == nil {
		if r.steps++; r.steps >= r.check {
			r.steps--
			if err := r.step(); err != nil {
				r.err = err
			}
		}
	}
	return r.err == nil
}
