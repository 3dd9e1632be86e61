package guard

import "strings"

// eval follows a path from cur and appends its results to the buffer. style is
// the spelling that a key of this path needed before, or -1.
func (r *run) eval(q *query, i int, cur *Value, s *scope, style int) error {
	for ; i < len(q.parts); i++ {
		if err := r.step(); err != nil {
			return err
		}
		t := &q.parts[i]
		switch t.kind {
		case partThis:
			continue
		case partVar:
			if i == 0 {
				return r.fromVariable(q, s, style)
			}
			return r.interpolate(q, i, cur, s, style)
		case partKey:
			next, used := lookup(cur, t, style)
			if next == nil {
				r.unresolved(q, i, cur)
				return nil
			}
			cur, style = next, used
		case partIndex:
			next := element(cur, t.index)
			if next == nil {
				r.unresolved(q, i, cur)
				return nil
			}
			cur = next
		case partAllIndices, partAllValues:
			if cur.kind == KindList {
				return r.each(q, i, cur, s, style)
			}
			if cur.kind == KindMap && (t.kind == partAllValues || t.capture >= 0) {
				return r.eachValue(q, i, cur, s, style)
			}
		case partFilter:
			done, err := r.filter(q, i, cur, s, style)
			if done || err != nil {
				return err
			}
		case partKeys:
			return r.selectKeys(q, i, cur, s, style)
		}
	}
	r.buf = append(r.buf, result{kind: resolved, value: cur})
	return nil
}

func (r *run) unresolved(q *query, i int, at *Value) {
	r.buf = append(r.buf, result{kind: unresolved, value: at, query: q, part: i})
}

// fromVariable evaluates a path that begins with a variable: for each of its
// values, the rest of the path with the value as context.
func (r *run) fromVariable(q *query, s *scope, style int) error {
	list, err := r.variable(q.parts[0].id, s)
	if err != nil {
		return err
	}
	next := 1
	if len(q.parts) > 1 && q.parts[1].kind == partAllIndices {
		next = 2
	}
	for _, one := range list {
		if one.kind == unresolved || next >= len(q.parts) {
			r.buf = append(r.buf, one)
			continue
		}
		err := r.eval(q, next, one.value, r.push(one.value, s, nil), style)
		r.pop()
		if err != nil {
			return err
		}
	}
	return nil
}

// lookup finds a key of a map, in another spelling if need be. A key that
// reads as a number is an index.
func lookup(cur *Value, t *part, style int) (*Value, int) {
	if t.numeric {
		return element(cur, t.index), style
	}
	if cur.kind != KindMap {
		return nil, style
	}
	if i := cur.find(t.name); i >= 0 {
		return cur.items[i], style
	}
	if style >= 0 {
		if i := cur.find(casings[style](t.name)); i >= 0 {
			return cur.items[i], style
		}
		return nil, style
	}
	for _, other := range t.spellings() {
		if i := cur.find(other.key); i >= 0 {
			return cur.items[i], other.style
		}
	}
	return nil, style
}

// element returns an element of a list. A negative index counts as its
// absolute value.
func element(cur *Value, index int64) *Value {
	if index < 0 {
		index = -index
	}
	if cur.kind != KindList || index < 0 || index >= int64(len(cur.items)) {
		return nil
	}
	return cur.items[index]
}

// each goes on with the elements of a list.
func (r *run) each(q *query, i int, list *Value, s *scope, style int) error {
	if len(list.items) == 0 {
		r.unresolved(q, i, list)
	}
	for _, item := range list.items {
		if err := r.eval(q, i+1, item, s, style); err != nil {
			return err
		}
	}
	return nil
}

// eachValue goes on with the values of a map, each as its own context.
func (r *run) eachValue(q *query, i int, m *Value, s *scope, style int) error {
	if len(m.items) == 0 {
		r.unresolved(q, i, m)
	}
	for n, item := range m.items {
		if id := q.parts[i].capture; id >= 0 {
			r.capture(id, m, n)
		}
		err := r.eval(q, i+1, item, r.push(item, s, nil), style)
		r.pop()
		if err != nil {
			return err
		}
	}
	return nil
}

// filter tests what the path has reached. done tells that the path was
// followed to its end here; otherwise it goes on with the same value.
func (r *run) filter(q *query, i int, cur *Value, s *scope, style int) (done bool, err error) {
	t, before := &q.parts[i], q.parts[i-1].kind
	switch cur.kind {
	case KindList:
		for _, item := range cur.items {
			pass, err := r.passes(t.filter, item, s)
			if err != nil {
				return true, err
			}
			if pass {
				if err := r.eval(q, i+1, item, s, style); err != nil {
					return true, err
				}
			}
		}
		return true, nil
	case KindMap:
		switch before {
		case partAllValues, partAllIndices:
			// The map is tested in the context around it, which is the map
			// itself only after the values of a map or of a variable.
			st, err := r.gate(t.filter, s)
			return st != Pass, err
		case partKey:
			return true, r.filterValues(q, i, cur, s, style)
		}
		return true, &evalError{at: t.at, msg: "a filter cannot follow an index, `this` or another filter"}
	}
	if before == partAllIndices {
		pass, err := r.passes(t.filter, cur, s)
		return !pass, err
	}
	r.unresolved(q, i, cur)
	return true, nil
}

func (r *run) filterValues(q *query, i int, m *Value, s *scope, style int) error {
	t := &q.parts[i]
	for n, item := range m.items {
		inner := r.push(item, s, nil)
		st, err := r.gate(t.filter, inner)
		if err == nil && st == Pass {
			if t.capture >= 0 {
				r.capture(t.capture, m, n)
			}
			err = r.eval(q, i+1, item, inner, style)
		}
		r.pop()
		if err != nil {
			return err
		}
	}
	return nil
}

// passes reports whether a filter passes with v as context.
func (r *run) passes(filter cnf, v *Value, s *scope) (bool, error) {
	st, err := r.gate(filter, r.push(v, s, nil))
	r.pop()
	return st == Pass, err
}

// gate evaluates a condition: what fails in it is no finding.
func (r *run) gate(c cnf, s *scope) (Status, error) {
	r.quiet++
	st, err := r.cnf(c, s)
	r.quiet--
	return st, err
}

// interpolate goes on with the keys that a variable names.
func (r *run) interpolate(q *query, i int, cur *Value, s *scope, style int) error {
	t := &q.parts[i]
	if cur.kind != KindMap {
		r.unresolved(q, i, cur)
		return nil
	}
	names, err := r.variable(t.id, s)
	if err != nil {
		return err
	}
	if i+1 < len(q.parts) {
		switch next := &q.parts[i+1]; next.kind {
		case partIndex:
			n := next.index
			if n < 0 {
				n = -n
			}
			if n < 0 || n >= int64(len(names)) {
				r.unresolved(q, i, cur)
				return nil
			}
			names = names[n : n+1]
		case partAllValues, partFilter, partKeys:
			return &evalError{at: t.at, msg: "an interpolated key can be followed by a key, an index or [*] only"}
		}
	}
	one := func(v *Value) error {
		if v.kind != KindString {
			return &evalError{at: t.at, msg: "the variable %" + t.name + " gives " + v.kind.article() + " where the name of a key is needed"}
		}
		n := cur.find(v.str)
		if n < 0 {
			r.unresolved(q, i, cur)
			return nil
		}
		return r.eval(q, i+1, cur.items[n], s, style)
	}
	for _, name := range names {
		switch {
		case name.kind == unresolved:
			r.unresolved(q, i, cur)
		case name.value.kind == KindList:
			for _, item := range name.value.items {
				if err := one(item); err != nil {
					return err
				}
			}
		default:
			if err := one(name.value); err != nil {
				return err
			}
		}
	}
	return nil
}

// selectKeys goes on with the values whose keys match.
func (r *run) selectKeys(q *query, i int, cur *Value, s *scope, style int) error {
	t := &q.parts[i]
	if cur.kind != KindMap {
		r.unresolved(q, i, cur)
		return nil
	}
	rhs := t.rhs.fixed
	if t.rhs.query != nil {
		mark := len(r.buf)
		if err := r.eval(t.rhs.query, 0, cur, s, style); err != nil {
			return err
		}
		rhs = r.keep(mark)
	}
	for n := range cur.keys {
		if !r.keyMatches(cur.keys[n].Name, t, rhs) {
			continue
		}
		if err := r.eval(q, i+1, cur.items[n], s, style); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) keyMatches(key string, t *part, rhs []result) bool {
	in := t.op == opIn || len(rhs) > 1
	negate := t.negated || t.op == opNe
	for _, one := range rhs {
		if one.kind == unresolved {
			continue
		}
		v := one.value
		if one.kind == literal && v.kind == KindList && len(v.items) == 1 && (!in || v.items[0].kind == KindList) {
			v = v.items[0] // a list of one stands for its element
		}
		var o outcome
		switch {
		case in && v.kind == KindString:
			o = is(strings.Contains(v.str, key))
		case in && v.kind == KindList:
			o = r.keyIn(key, v.items)
		default:
			o = r.keyEqual(key, v)
		}
		if o.not(negate) == yes {
			return true
		}
	}
	return false
}

// keyIn looks for a key in a list. One element of another type spoils the
// whole list.
func (r *run) keyIn(key string, list []*Value) outcome {
	found := no
	for _, item := range list {
		switch r.keyEqual(key, item) {
		case yes:
			found = yes
		case incomparable:
			return incomparable
		}
	}
	return found
}

func (r *run) keyEqual(key string, v *Value) outcome {
	switch v.kind {
	case KindString:
		return is(key == v.str)
	case KindRegex:
		return is(r.search(v.lit.(*pattern), key))
	}
	return incomparable
}
