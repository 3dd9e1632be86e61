package guard

// comparison is a binary clause while it is evaluated.
type comparison struct {
	*run
	clause *accessClause
	negate bool
	tally
}

// note counts an outcome and remembers what failed.
func (c *comparison) note(o outcome, left result, right *Value) {
	if o == yes {
		c.passed++
		return
	}
	c.failed++
	c.fail(failure{access: c.clause, left: left, right: right})
}

// compare applies a binary operator to results of which there is at least one
// on each side.
func (r *run) compare(clause *accessClause, left, right []result) tally {
	c := comparison{run: r, clause: clause, negate: clause.negated || clause.op == opNe}
	leftLiteral := len(left) == 1 && left[0].kind == literal
	rightLiteral := len(right) == 1 && right[0].kind == literal
	if clause.op >= opLt && clause.op <= opGe {
		c.orders(left, right)
		return c.tally
	}
	left, right = c.resolve(left, right)
	switch clause.op {
	case opEq, opNe:
		switch {
		case leftLiteral && rightLiteral:
			c.equality(left[0], left[0].value, right[0].value)
		case rightLiteral:
			c.equalsLiteral(left, right[0].value)
		case leftLiteral:
			c.literalEquals(left[0], right)
		default:
			c.sameSets(left, right)
		}
	case opIn:
		switch {
		case rightLiteral && !leftLiteral:
			c.inLiteral(left, right[0].value)
		case rightLiteral:
			c.literalInLiteral(left[0], right[0].value)
		case leftLiteral:
			c.literalIn(left[0], right)
		default:
			c.subset(left, right)
		}
	}
	return c.tally
}

// resolve notes the failures of unresolved results and returns the others.
func (c *comparison) resolve(left, right []result) (l, r []result) {
	unresolvedIn := func(list []result) bool {
		for i := range list {
			if list[i].kind == unresolved {
				return true
			}
		}
		return false
	}
	l, r = left, right
	if unresolvedIn(left) {
		l = nil
		for _, one := range left {
			if one.kind == unresolved {
				c.note(incomparable, one, nil)
			} else {
				l = append(l, one)
			}
		}
	}
	if unresolvedIn(right) {
		r = nil
		for _, one := range right {
			if one.kind != unresolved {
				r = append(r, one)
				continue
			}
			for _, v := range l {
				c.failed++
				c.fail(failure{access: c.clause, left: v, rightLost: one})
			}
		}
	}
	return l, r
}

func (c *comparison) equality(left result, a, b *Value) {
	left.value = a
	c.note(c.equal(a, b).not(c.negate), left, b)
}

func (v *Value) scalar() bool { return v.kind != KindList && v.kind != KindMap }

func (c *comparison) equalsLiteral(left []result, r *Value) {
	for _, one := range left {
		v := one.value
		switch {
		case r.kind == KindList && v.scalar() && len(r.items) == 1:
			c.note(c.equal(v, r.items[0]).not(c.negate), one, r)
		case r.kind != KindList && v.kind == KindList:
			for _, item := range v.items {
				c.note(c.equal(item, r).not(c.negate), result{value: item}, r)
			}
		default:
			c.note(c.equal(v, r).not(c.negate), one, r)
		}
	}
}

func (c *comparison) literalEquals(left result, right []result) {
	l := left.value
	for _, one := range right {
		if l.kind != KindList && one.value.kind == KindList {
			for _, item := range one.value.items {
				c.equality(left, l, item)
			}
			continue
		}
		c.equality(left, l, one.value)
	}
}

// has reports whether a list of results has a value that is the same.
func (c *comparison) has(list []result, v *Value) bool {
	for i := range list {
		if c.same(list[i].value, v) {
			return true
		}
	}
	return false
}

// missing returns those of list that are not among others.
func (c *comparison) missing(list, others []result) []result {
	var out []result
	for _, one := range list {
		if !c.has(others, one.value) {
			out = append(out, one)
		}
	}
	return out
}

// sameSets compares the results of two paths as sets.
func (c *comparison) sameSets(left, right []result) {
	larger, smaller := right, left
	if len(left) > len(right) {
		larger, smaller = left, right
	}
	diff := c.missing(larger, smaller)
	if !c.negate {
		if len(diff) == 0 {
			c.passed += len(left)
			return
		}
		for _, one := range diff {
			c.differs(one, left, right)
		}
		return
	}
	if len(diff) == 0 {
		for _, one := range left {
			c.differs(one, left, right)
		}
		return
	}
	base := left
	if len(right) >= len(left) {
		base = right
	}
	shared := c.missing(base, diff)
	if len(shared) == 0 {
		c.passed += len(left)
		return
	}
	for _, one := range shared {
		c.differs(one, left, right)
	}
}

// differs notes a member of one side that makes two sets fail.
func (c *comparison) differs(one result, left, right []result) {
	var other *Value
	if len(right) == 1 {
		other = right[0].value
	}
	if len(left) == 1 {
		one = left[0]
	}
	c.note(no, one, other)
}

// membership notes the outcome of in or not in.
func (c *comparison) membership(one result, l, r *Value) {
	o, found := c.member(l, r)
	switch {
	case !c.negate || o == incomparable:
	case l.kind != KindList || o == yes:
		o = o.not(true)
	case len(r.items) > 0 && r.items[0].kind == KindList:
		// A list that is not among the lists counts as partly found, unless
		// it is empty.
		o = is(len(l.items) == 0)
	default:
		o = is(!found && !c.strange(l.items))
	}
	c.note(o, one, r)
}

// strange reports whether a list has a range or NaN, which are not even the
// same as themselves. The reference takes these as found when it negates.
func (c *comparison) strange(list []*Value) bool {
	for _, v := range list {
		if !c.same(v, v) {
			return true
		}
	}
	return false
}

func (c *comparison) inLiteral(left []result, r *Value) {
	for _, one := range left {
		v := one.value
		switch {
		case r.kind != KindString:
			c.membership(one, v, r)
		case v.kind == KindList:
			for _, item := range v.items {
				c.note(within(item, r).not(c.negate), result{value: item}, r)
			}
		default:
			c.note(within(v, r).not(c.negate), one, r)
		}
	}
}

// within is the test for a part of a text.
func within(v, text *Value) outcome {
	if v.kind != KindString {
		return incomparable
	}
	return is(containsText(text.str, v.str))
}

func (c *comparison) literalInLiteral(left result, r *Value) {
	l := left.value
	if l.kind == KindString && r.kind == KindString && within(l, r) == yes {
		c.note(yes.not(c.negate), left, r)
		return
	}
	c.membership(left, l, r)
}

func (c *comparison) literalIn(left result, right []result) {
	l := left.value
	lists := false
	for i := range right {
		lists = lists || right[i].value.kind == KindList
	}
	if lists || l.kind != KindList {
		for _, one := range right {
			c.membership(left, l, one.value)
		}
		return
	}
	all := !c.negate // not in fails whatever the elements are
	for _, item := range l.items {
		all = all && c.has(right, item)
	}
	c.note(is(all), left, nil)
}

// subset tests whether all results of one path are among those of another.
func (c *comparison) subset(left, right []result) {
	var lost, found []result
	for _, one := range left {
		in := false
		for i := range right {
			if o, _ := c.member(one.value, right[i].value); o == yes {
				in = true
				break
			}
		}
		if in {
			found = append(found, one)
		} else {
			lost = append(lost, one)
		}
	}
	bad := lost
	if c.negate {
		bad = found
	}
	if len(bad) == 0 && (len(left) > 0 || !c.negate) {
		c.passed += len(left)
		return
	}
	var other *Value
	if len(right) == 1 {
		other = right[0].value
	}
	for _, one := range bad {
		c.note(no, one, other)
	}
}

// flat replaces lists among results by their elements.
func flat(list []result) []result {
	lists := false
	for i := range list {
		lists = lists || list[i].kind != unresolved && list[i].value.kind == KindList
	}
	if !lists {
		return list
	}
	var out []result
	for _, one := range list {
		if one.kind == unresolved || one.value.kind != KindList {
			out = append(out, one)
			continue
		}
		for _, item := range one.value.items {
			out = append(out, result{kind: one.kind, value: item})
		}
	}
	return out
}

func (c *comparison) orders(left, right []result) {
	left, right = c.resolve(flat(left), flat(right))
	for _, l := range left {
		for _, r := range right {
			if !c.tick() {
				return
			}
			c.note(ordered(c.clause.op, l.value, r.value), l, r.value)
		}
	}
}
