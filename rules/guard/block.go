package guard

import (
	"errors"
	"fmt"
)

func (r *run) rule(rule *Rule, s *scope) (Status, error) {
	if rule.when != nil {
		st, err := r.gate(rule.when, s)
		if err != nil {
			return Fail, err
		}
		if st != Pass {
			return Skip, nil
		}
	}
	return r.body(&rule.body, s.root, s)
}

// body evaluates a block in a scope of its own.
func (r *run) body(b *block, root *Value, s *scope) (Status, error) {
	inner := s
	if len(b.vars) > 0 || root != s.root {
		inner = r.push(root, s, b.vars)
		defer r.pop()
	}
	return r.cnf(b.cnf, inner)
}

// cnf evaluates all its parts, whatever the first ones give.
func (r *run) cnf(c cnf, s *scope) (Status, error) {
	total := Skip
	for _, d := range c {
		st, err := r.disj(d, s)
		if err != nil {
			return Fail, err
		}
		total = total.and(st)
	}
	return total, nil
}

// and joins statuses: Fail wins over Pass, Pass over Skip.
func (s Status) and(other Status) Status { return max(s, other) }

// disj evaluates alternatives up to the first that passes.
func (r *run) disj(d disj, s *scope) (Status, error) {
	if len(d) == 1 {
		return r.clause(d[0], s)
	}
	total := Skip
	mark := len(r.failures)
	for _, c := range d {
		st, err := r.clause(c, s)
		if err != nil {
			return Fail, err
		}
		if st == Pass {
			r.failures = r.failures[:mark]
			return Pass, nil
		}
		total = total.and(st)
	}
	return total, nil
}

func (r *run) clause(c clause, s *scope) (Status, error) {
	var st Status
	var err error
	switch c := c.(type) {
	case *accessClause:
		st, err = r.access(c, s)
		r.cover(c.id, st, err)
	case *queryBlock:
		st, err = r.queryBlock(c, s)
	case *whenBlock:
		st, err = r.whenBlock(c.when, &c.body, s)
	case *typeBlock:
		st, err = r.typeBlock(c, s)
	case *ruleCall:
		st, err = r.ruleCall(c, s)
		r.cover(c.id, st, err)
	case *ruleRef:
		st, err = r.ruleRef(c)
		r.cover(c.id, st, err)
	}
	if err == nil && r.err != nil {
		err, r.err = &evalError{err: r.err}, nil
	}
	if err != nil {
		var one *evalError
		if errors.As(err, &one) && one.at == 0 {
			one.at = c.offset()
		}
	}
	return st, err
}

func (r *run) whenBlock(when cnf, b *block, s *scope) (Status, error) {
	st, err := r.gate(when, s)
	if err != nil {
		return Fail, err
	}
	if st != Pass {
		return Skip, nil
	}
	return r.body(b, s.root, s)
}

// queryBlock evaluates the body for each value of the path.
func (r *run) queryBlock(c *queryBlock, s *scope) (Status, error) {
	mark := len(r.buf)
	if err := r.eval(c.query, 0, s.root, s, -1); err != nil {
		return Fail, err
	}
	end := len(r.buf)
	defer func() { r.buf = r.buf[:mark] }()
	if end == mark {
		if c.notEmpty {
			r.fail(failure{block: c})
			return Fail, nil
		}
		return Skip, nil
	}
	passed, failed := false, false
	before := len(r.failures)
	for i := mark; i < end; i++ {
		one := r.buf[i]
		st := Fail
		if one.kind == unresolved {
			r.fail(failure{block: c, left: one})
		} else {
			var err error
			if st, err = r.body(&c.body, one.value, s); err != nil {
				return Fail, err
			}
		}
		passed = passed || st == Pass
		failed = failed || st == Fail
	}
	return r.collect(c.query.some, passed, failed, before), nil
}

// collect joins the statuses of several values. When some is enough, what
// failed is no finding if others passed.
func (r *run) collect(some, passed, failed bool, before int) Status {
	switch {
	case some && passed:
		r.failures = r.failures[:before]
		return Pass
	case failed:
		return Fail
	case passed:
		return Pass
	}
	return Skip
}

func (r *run) typeBlock(c *typeBlock, s *scope) (Status, error) {
	if c.hasWhen {
		st, err := r.gate(c.when, s)
		if err != nil {
			return Fail, err
		}
		if st != Pass {
			return Skip, nil
		}
	}
	mark := len(r.buf)
	if err := r.eval(c.query, 0, s.root, s, -1); err != nil {
		return Fail, err
	}
	end := len(r.buf)
	defer func() { r.buf = r.buf[:mark] }()
	passed, failed := false, false
	for i := mark; i < end; i++ {
		one := r.buf[i]
		if one.kind == unresolved {
			return Fail, &evalError{at: c.at, msg: "the block of " + c.name + " needs a Resources map whose entries are maps"}
		}
		st, err := r.body(&c.body, one.value, s)
		if err != nil {
			return Fail, err
		}
		passed = passed || st == Pass
		failed = failed || st == Fail
	}
	return r.collect(false, passed, failed, 0), nil
}

// ruleRef evaluates a reference to a rule: at the root of the document, once.
func (r *run) ruleRef(c *ruleRef) (Status, error) {
	if c.group < 0 {
		return Fail, &evalError{at: c.at, msg: "there is no rule " + c.name}
	}
	n := &r.named[c.group]
	if n.busy {
		return Fail, &evalError{at: c.at, msg: "the rule " + c.name + " refers to itself"}
	}
	if !n.done {
		n.busy = true
		r.quiet++
		status := Skip
		for _, rule := range r.file.groups[c.group] {
			st, err := r.rule(rule, r.scopes[0])
			if err != nil {
				r.quiet--
				n.busy = false
				return Fail, err
			}
			if st != Skip {
				status = st
				break
			}
		}
		r.quiet--
		*n = namedState{done: true, status: status}
	}
	if (n.status == Pass) != c.not {
		return Pass, nil
	}
	r.fail(failure{ref: c})
	return Fail, nil
}

// ruleCall evaluates the body of a parameterised rule in the context of the
// caller.
func (r *run) ruleCall(c *ruleCall, s *scope) (Status, error) {
	if c.rule == nil {
		return Fail, &evalError{at: c.at, msg: "there is no rule " + c.name + " with parameters"}
	}
	if len(c.args) != len(c.rule.params) {
		return Fail, &evalError{at: c.at, msg: fmt.Sprintf("the rule %s takes %s, not %d", c.name, arguments(len(c.rule.params)), len(c.args))}
	}
	if r.calls++; r.calls > maxCalls {
		return Fail, &evalError{at: c.at, msg: "the calls of rules are nested too deeply"}
	}
	if err := r.step(); err != nil {
		return Fail, err
	}
	defer func() { r.calls-- }()
	mark := len(r.buf)
	inner := r.push(s.root, s, nil)
	defer r.pop()
	for i := range c.args {
		// The arguments are evaluated outside of the new scope, which has no
		// names yet.
		list, err := r.operandResults(&c.args[i], s)
		if err != nil {
			return Fail, err
		}
		if c.args[i].literal != nil {
			r.buf = append(r.buf, result{kind: resolved, value: c.args[i].literal})
			list = r.keep(mark)
		}
		inner.args = append(inner.args, list)
	}
	inner.params = c.rule.params
	before := len(r.failures)
	st, err := r.rule(c.rule, inner)
	if c.hasMsg {
		for i := before; i < len(r.failures); i++ {
			if r.failures[i].call == nil {
				r.failures[i].call = c
			}
		}
	}
	return st, err
}

// operandResults gives the results of an operand. They stay valid for the run.
func (r *run) operandResults(o *operand, s *scope) ([]result, error) {
	mark := len(r.buf)
	var err error
	switch {
	case o.literal != nil:
		return o.fixed, nil
	case o.call != nil:
		err = r.call(o.call, s)
	default:
		err = r.eval(o.query, 0, s.root, s, -1)
	}
	if err != nil {
		r.buf = r.buf[:mark]
		return nil, err
	}
	return r.keep(mark), nil
}
