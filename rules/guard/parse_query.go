package guard

import (
	"strconv"
	"strings"
)

// query reads a path. Paths are remembered by place, because several
// alternatives of a clause begin with one.
func (p *parser) query() (*query, bool) {
	start := p.pos
	if known, ok := p.queries[start]; ok {
		if known.query == nil {
			return nil, false
		}
		p.pos = known.end
		return known.query, true
	}
	q, ok := p.readQuery()
	if !ok {
		if p.err == nil {
			p.queries[start] = parsedQuery{}
			p.pos = start
		}
		return nil, false
	}
	p.queries[start] = parsedQuery{q, p.pos}
	return q, true
}

func (p *parser) readQuery() (*query, bool) {
	q := &query{}
	mark := p.pos
	p.space()
	q.at = p.pos
	if p.take("some", "SOME") && p.space() {
		q.some = true
	} else {
		p.pos = mark
	}
	mark = p.pos
	p.space()
	first := part{capture: -1, at: p.pos}
	if p.take("this", "THIS") {
		first.kind = partThis
	} else {
		p.pos = mark
		first.at = p.pos
		if p.take("%") {
			name, ok := p.name("the name of a variable")
			if !ok {
				return nil, false
			}
			first.kind, first.name = partVar, name
		} else if name, ok := p.name("a path"); ok {
			first.kind, first.name = partKey, name
		} else if name, ok := p.quoted(); ok {
			first.quoted = true
			first.setKey(name)
		} else {
			return nil, false
		}
	}
	first.end = p.pos
	q.parts = append(q.parts, first)
	for {
		mark := p.pos
		next, ok := p.part()
		if p.err != nil {
			return nil, false
		}
		if !ok {
			p.pos = mark
			break
		}
		next.end = p.pos
		q.parts = append(q.parts, next)
	}
	q.end = p.pos
	// A variable stands for its values, so a path that goes on from it goes on
	// from each of them.
	if q.parts[0].kind == partVar && len(q.parts) > 1 && q.parts[1].kind != partAllIndices {
		q.parts = append(q.parts, part{})
		copy(q.parts[2:], q.parts[1:])
		q.parts[1] = part{kind: partAllIndices, capture: -1, implicit: true, at: first.end, end: first.end}
	}
	return q, true
}

// setKey makes the part a key. A key that begins with % is a variable, even a
// quoted one.
func (t *part) setKey(name string) {
	if v, ok := strings.CutPrefix(name, "%"); ok {
		t.kind, t.name = partVar, v
		return
	}
	t.kind, t.name = partKey, name
}

// readsAsIndex reports whether a key looks like a number of 32 bits.
func readsAsIndex(name string) (int64, bool) {
	if name == "" || name[0] != '+' && name[0] != '-' && (name[0] < '0' || name[0] > '9') {
		return 0, false
	}
	i, err := strconv.ParseInt(name, 10, 32)
	return i, err == nil
}

// part reads one step of a path.
func (p *parser) part() (part, bool) {
	t := part{capture: -1, at: p.pos}
	p.space()
	t.at = p.pos
	switch {
	case p.take("."):
		return t, p.dotted(&t)
	case p.take("["):
		return t, p.bracketed(&t)
	}
	return t, p.miss("an operator")
}

func (p *parser) dotted(t *part) bool {
	if i, ok := p.integer(); ok {
		t.kind, t.index = partIndex, i
		return true
	}
	if name, ok := p.name("a key"); ok {
		t.setKey(name)
		return true
	}
	if name, ok := p.quoted(); ok || p.err != nil {
		t.quoted = true
		t.setKey(name)
		return ok
	}
	if p.take("%") {
		name, ok := p.name("the name of a variable")
		t.kind, t.name = partVar, name
		return ok
	}
	t.kind = partAllValues
	return p.token("*")
}

// bracketed reads what follows an opening bracket. The alternatives are tried
// in this order; no blank space may stand before an index or a quoted key.
func (p *parser) bracketed(t *part) bool {
	open := p.pos
	// [*] and [name]
	p.space()
	if p.take("*") && p.spaced("]") {
		t.kind = partAllIndices
		return true
	}
	p.pos = open
	if name, ok := p.name("a key"); ok && p.spaced("]") {
		t.kind, t.capName = partAllIndices, name
		return true
	}
	p.pos = open
	// [0]
	if i, ok := p.integer(); ok {
		t.kind, t.index = partIndex, i
		return p.must("]")
	}
	// ["key"] and [ name ]
	if name, ok := p.quoted(); p.err != nil {
		return false
	} else if ok && p.spaced("]") {
		t.quoted = true
		t.setKey(name)
		return true
	}
	p.pos = open
	p.space()
	if name, ok := p.name("a key"); ok && p.spaced("]") {
		t.kind, t.capName = partAllValues, name
		return true
	}
	p.pos = open
	if name, ok := p.captureName(); ok {
		t.capName = name
	}
	return p.selection(t)
}

// captureName reads `name |`.
func (p *parser) captureName() (string, bool) {
	start := p.pos
	p.space()
	if name, ok := p.name("a clause"); ok {
		p.blanks()
		if p.take("|") {
			return name, true
		}
	}
	p.pos = start
	return "", false
}

// selection reads a keys filter or a filter up to the closing bracket.
func (p *parser) selection(t *part) bool {
	defer func() { p.depth-- }()
	if !p.nest() {
		return false
	}
	start := p.pos
	p.space()
	if p.take("keys", "KEYS") {
		if p.keysFilter(t) || p.err != nil {
			return p.err == nil
		}
	}
	p.pos = start
	t.kind = partFilter
	filter, ok := p.cnf(p.clause)
	if !ok {
		return false
	}
	t.filter = filter
	return p.must("]")
}

func (p *parser) keysFilter(t *part) bool {
	p.space()
	switch {
	case p.take("=="):
		t.op = opEq
	case p.take("!="):
		t.op = opNe
	default:
		t.op = opIn
		t.negated = p.not()
		if !p.take("in", "IN") {
			return p.fail("`==`, `!=`, `in` or `not in`")
		}
	}
	p.space()
	rhs := &operand{at: p.pos}
	if v, ok := p.value(); ok {
		rhs.literal = v
	} else if p.err == nil {
		p.pos = rhs.at
		q, ok := p.query()
		if !ok {
			return p.fail("")
		}
		rhs.query = q
	} else {
		return false
	}
	rhs.end = p.pos
	t.kind, t.rhs = partKeys, rhs
	return p.spaced("]")
}
