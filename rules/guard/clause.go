package guard

// tally counts the outcomes of a clause.
type tally struct {
	passed, failed int
}

// access evaluates a clause that tests the values of a path.
func (r *run) access(c *accessClause, s *scope) (Status, error) {
	mark := len(r.buf)
	defer func() { r.buf = r.buf[:mark] }()
	before := len(r.failures)
	if c.op.unary() {
		if err := r.eval(c.query, 0, s.root, s, -1); err != nil {
			return Fail, err
		}
		t, skip, err := r.unary(c, r.buf[mark:])
		if err != nil || skip {
			return Skip, err
		}
		return r.judge(c, t, before), nil
	}
	right := c.rhs.fixed
	if c.rhs.literal == nil {
		if err := r.operand(c.rhs, s); err != nil {
			return Fail, err
		}
	}
	split := len(r.buf)
	if err := r.eval(c.query, 0, s.root, s, -1); err != nil {
		return Fail, err
	}
	left := r.buf[split:]
	if c.rhs.literal == nil {
		right = r.buf[mark:split]
	}
	if len(left) == 0 || len(right) == 0 {
		return Skip, nil
	}
	if err := r.step(); err != nil {
		return Fail, err
	}
	t := r.compare(c, left, right)
	return r.judge(c, t, before), nil
}

// judge makes a status of the outcomes.
func (r *run) judge(c *accessClause, t tally, before int) Status {
	if c.query.some {
		if t.passed > 0 {
			r.failures = r.failures[:before]
			return Pass
		}
		return Fail
	}
	if t.failed > 0 {
		return Fail
	}
	return Pass
}

// operand appends the results of a path or a call to the buffer.
func (r *run) operand(o *operand, s *scope) error {
	if o.call != nil {
		return r.call(o.call, s)
	}
	return r.eval(o.query, 0, s.root, s, -1)
}

// counts reports whether emptiness of the list of results is what an empty
// clause tests: for a variable alone and for a path that ends in a filter.
func (q *query) counts() bool {
	last := q.parts[len(q.parts)-1].kind
	return len(q.parts) == 1 && last == partVar || last == partFilter || last == partKeys
}

func (r *run) unary(c *accessClause, left []result) (t tally, skip bool, err error) {
	negate := c.negated != c.not
	note := func(holds bool, one result) {
		if holds != negate {
			t.passed++
			return
		}
		t.failed++
		r.fail(failure{access: c, left: one})
	}
	counts := c.op == opEmpty && c.query.counts()
	if len(left) == 0 {
		if !counts {
			return t, true, nil
		}
		note(true, result{})
		return t, false, nil
	}
	for _, one := range left {
		if counts {
			note(one.kind == unresolved || one.value.kind == KindNull, one)
			continue
		}
		holds, ok := test(c.op, one)
		if !ok {
			return t, false, &evalError{at: c.at, msg: "empty cannot test " + one.value.kind.article()}
		}
		note(holds, one)
	}
	return t, false, nil
}

// test applies a unary operator. ok is false for what empty cannot test.
func test(op operator, one result) (holds, ok bool) {
	if one.kind == unresolved {
		return op == opEmpty, true
	}
	v := one.value
	switch op {
	case opExists:
		return true, true
	case opEmpty:
		switch v.kind {
		case KindList, KindMap:
			return len(v.items) == 0, true
		case KindString:
			return v.str == "", true
		case KindBool:
			return false, true
		}
		return false, false
	case opIsString:
		return v.kind == KindString, true
	case opIsList:
		return v.kind == KindList, true
	case opIsStruct:
		return v.kind == KindMap, true
	case opIsBool:
		return v.kind == KindBool, true
	case opIsInt:
		return v.kind == KindInt, true
	case opIsFloat:
		return v.kind == KindFloat, true
	}
	return v.kind == KindNull, true
}
