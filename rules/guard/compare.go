package guard

import (
	"cmp"
	"strings"
)

// outcome is the result of comparing two values.
type outcome uint8

const (
	no outcome = iota
	yes
	incomparable
)

func is(b bool) outcome {
	if b {
		return yes
	}
	return no
}

// not flips yes and no.
func (o outcome) not(negate bool) outcome {
	if negate && o != incomparable {
		return 1 - o
	}
	return o
}

// order compares two values of the same ordered kind.
func order(a, b *Value) (int, bool) {
	if a.kind != b.kind {
		return 0, false
	}
	switch a.kind {
	case KindNull:
		return 0, true
	case KindInt:
		return cmp.Compare(a.Int(), b.Int()), true
	case KindFloat:
		x, y := a.Float(), b.Float()
		if x != x || y != y {
			return 0, false
		}
		return cmp.Compare(x, y), true
	case KindString:
		return strings.Compare(a.str, b.str), true
	case KindChar:
		return cmp.Compare(a.num, b.num), true
	}
	return 0, false
}

// search reports whether a pattern occurs in a text. An error is kept for the
// clause that asked.
func (r *run) search(re *pattern, text string) bool {
	ok, err := re.match(text)
	if err != nil && r.err == nil {
		r.err = err
	}
	return ok
}

// equal is the comparison of ==. Values of different types are incomparable,
// but for a text and a regular expression, and a value and a range.
func (r *run) equal(a, b *Value) outcome {
	if !r.tick() {
		return incomparable
	}
	switch {
	case a.kind == KindString && b.kind == KindString:
		return is(a.str == b.str)
	case a.kind == KindString && b.kind == KindRegex:
		return is(r.search(b.lit.(*pattern), a.str))
	case a.kind == KindRegex && b.kind == KindString:
		return is(r.search(a.lit.(*pattern), b.str))
	case b.kind == KindRange:
		rng := b.lit.(*interval)
		if a.kind == rng.lower.kind {
			return is(rng.contains(a))
		}
		return incomparable
	case a.kind != b.kind:
		return incomparable
	}
	switch a.kind {
	case KindBool:
		return is(a.num == b.num)
	case KindRegex:
		return is(a.lit.(*pattern).source == b.lit.(*pattern).source)
	case KindMap:
		if len(a.items) != len(b.items) {
			return no
		}
		for i := range a.keys {
			other := b.Get(a.keys[i].Name)
			if other == nil {
				return no
			}
			if o := r.equal(a.items[i], other); o != yes {
				return o
			}
		}
		return yes
	case KindList:
		if len(a.items) != len(b.items) {
			return no
		}
		for i := range a.items {
			if o := r.equal(a.items[i], b.items[i]); o != yes {
				return o
			}
		}
		return yes
	}
	if c, ok := order(a, b); ok {
		return is(c == 0)
	}
	return incomparable
}

// same is the comparison of membership: like equal, but values of different
// types are simply not the same.
func (r *run) same(a, b *Value) bool {
	if !r.tick() {
		return false
	}
	if a.kind == b.kind {
		switch a.kind {
		case KindMap:
			if len(a.items) != len(b.items) {
				return false
			}
			for i := range a.keys {
				other := b.Get(a.keys[i].Name)
				if other == nil || !r.same(a.items[i], other) {
					return false
				}
			}
			return true
		case KindList:
			if len(a.items) != len(b.items) {
				return false
			}
			for i := range a.items {
				if !r.same(a.items[i], b.items[i]) {
					return false
				}
			}
			return true
		}
	}
	return r.equal(a, b) == yes
}

// contains reports whether a list has an element that is the same as v.
func (r *run) contains(list []*Value, v *Value) bool {
	for _, item := range list {
		if r.same(item, v) {
			return true
		}
		if r.err != nil {
			break
		}
	}
	return false
}

// member is the test of in. found tells, for a list on the left, whether any
// of its elements was found.
func (r *run) member(left, right *Value) (o outcome, found bool) {
	if left.kind == KindList {
		if right.kind != KindList {
			return incomparable, false
		}
		if len(right.items) > 0 && right.items[0].kind == KindList {
			ok := r.contains(right.items, left)
			return is(ok), ok
		}
		all := true
		for _, item := range left.items {
			if r.contains(right.items, item) {
				found = true
			} else {
				all = false
			}
		}
		return is(all), found
	}
	if right.kind == KindList {
		ok := r.contains(right.items, left)
		return is(ok), ok
	}
	o = r.equal(left, right)
	return o, o == yes
}

// ordered is the test of <, <=, > and >=.
func ordered(op operator, a, b *Value) outcome {
	c, ok := order(a, b)
	if !ok {
		return incomparable
	}
	switch op {
	case opLt:
		return is(c < 0)
	case opLe:
		return is(c <= 0)
	case opGt:
		return is(c > 0)
	}
	return is(c >= 0)
}
