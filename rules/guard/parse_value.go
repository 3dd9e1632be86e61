package guard

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

func (p *parser) here(offset int) Pos { return p.file.position(offset) }

// value reads a literal after optional blank space.
func (p *parser) value() (*Value, bool) {
	p.space()
	start := p.pos
	at := func() Pos { return p.here(start) }
	if p.take("null", "NULL") {
		return Null(at()), true
	}
	if s, ok := p.quoted(); ok || p.err != nil {
		return String(at(), s), ok
	}
	if f, ok := p.float(); ok {
		return Float(at(), f), true
	}
	if i, ok := p.integer(); ok {
		return Int(at(), i), true
	}
	if p.take("true", "True") {
		return Bool(at(), true), true
	}
	if p.take("false", "False") {
		return Bool(at(), false), true
	}
	if p.pos >= len(p.src) {
		return nil, p.miss("a value")
	}
	switch p.src[p.pos] {
	case '/':
		return p.regex()
	case 'r':
		if v, ok := p.interval(); ok || p.err != nil {
			return v, ok
		}
	case '[':
		if v, ok := p.listValue(); ok || p.err != nil {
			return v, ok
		}
	case '{':
		if v, ok := p.mapValue(); ok || p.err != nil {
			return v, ok
		}
	}
	p.pos = start
	return nil, p.miss("a value")
}

// quoted reads a string. Only the delimiter can be escaped, and a backslash
// before it always escapes it.
func (p *parser) quoted() (string, bool) {
	if p.pos >= len(p.src) || p.src[p.pos] != '\'' && p.src[p.pos] != '"' {
		return "", false
	}
	start, delim := p.pos, p.src[p.pos]
	var b strings.Builder
	rest := p.src[p.pos+1:]
	for {
		end := strings.IndexByte(rest, delim)
		if end < 0 {
			return "", p.stop(start, "the string that begins here does not end")
		}
		if end == 0 || rest[end-1] != '\\' {
			b.WriteString(rest[:end])
			p.pos = len(p.src) - len(rest) + end + 1
			return b.String(), true
		}
		b.WriteString(rest[:end-1])
		b.WriteByte(delim)
		rest = rest[end+1:]
	}
}

func (p *parser) digits() bool {
	start := p.pos
	for p.pos < len(p.src) && p.src[p.pos] >= '0' && p.src[p.pos] <= '9' {
		p.pos++
	}
	return p.pos > start
}

func (p *parser) integer() (int64, bool) {
	start := p.pos
	p.take("-")
	if !p.digits() {
		p.pos = start
		return 0, false
	}
	i, err := strconv.ParseInt(p.src[start:p.pos], 10, 64)
	if err != nil {
		p.pos = start
		return 0, p.miss("an integer of 64 bits")
	}
	return i, true
}

// float reads a number with a fraction, or with an exponent that has a sign.
// After a fraction, the sign is optional. There are no negative ones.
func (p *parser) float() (float64, bool) {
	start := p.pos
	if !p.digits() {
		return 0, false
	}
	fraction := false
	mark := p.pos
	if p.take(".") {
		if p.digits() {
			fraction = true
		} else {
			p.pos = mark
		}
	}
	mark = p.pos
	exponent := false
	if p.take("e", "E") {
		sign := p.take("+", "-")
		if (sign || fraction) && p.digits() {
			exponent = true
		} else {
			p.pos = mark
		}
	}
	if !fraction && !exponent {
		p.pos = start
		return 0, false
	}
	f, _ := strconv.ParseFloat(p.src[start:p.pos], 64) // out of range is infinite
	return f, true
}

func (p *parser) regex() (*Value, bool) {
	start := p.pos
	p.pos++
	var b strings.Builder
	for {
		end := strings.IndexByte(p.src[p.pos:], '/')
		if end < 0 {
			p.pos = start
			return nil, p.miss("a regular expression that ends in `/`")
		}
		piece := p.src[p.pos : p.pos+end]
		p.pos += end + 1
		if !strings.HasSuffix(piece, `\`) {
			b.WriteString(piece)
			break
		}
		b.WriteString(piece[:len(piece)-1])
		b.WriteByte('/')
	}
	if b.Len() == 0 {
		p.pos = start
		return nil, p.miss("a regular expression that is not empty")
	}
	re, err := compilePattern(b.String())
	if err != nil {
		return nil, p.stop(start, "invalid regular expression: "+err.Error())
	}
	return &Value{kind: KindRegex, lit: re, pos: p.here(start)}, true
}

func (p *parser) interval() (*Value, bool) {
	start := p.pos
	p.pos++ // the r
	r := &interval{}
	switch {
	case p.take("("):
		r.openLower = true
	case !p.take("["):
		p.pos = start
		return nil, false
	}
	var ok bool
	if r.lower, ok = p.bound(); !ok || !p.take(",") {
		p.pos = start
		return nil, false
	}
	upperAt := p.pos
	if r.upper, ok = p.bound(); !ok || r.upper.kind != r.lower.kind {
		return nil, p.stop(upperAt, "the bounds of a range are two integers, two numbers with a fraction that are not negative, or two characters")
	}
	switch {
	case p.take(")"):
		r.openUpper = true
	case !p.take("]"):
		return nil, p.stop(p.pos, "expected `]` or `)` after the bounds of a range")
	}
	return &Value{kind: KindRange, lit: r, pos: p.here(start)}, true
}

// bound reads one bound of a range.
func (p *parser) bound() (*Value, bool) {
	p.blanks()
	start := p.pos
	var v *Value
	if f, ok := p.float(); ok {
		v = Float(p.here(start), f)
	} else if i, ok := p.integer(); ok {
		v = Int(p.here(start), i)
	} else {
		r, size := utf8.DecodeRuneInString(p.src[p.pos:])
		if size == 0 {
			return nil, false
		}
		p.pos += size
		v = char(p.here(start), r)
	}
	p.blanks()
	return v, true
}

func (p *parser) listValue() (*Value, bool) {
	start := p.pos
	p.pos++
	defer func() { p.depth-- }()
	if !p.nest() {
		return nil, false
	}
	items := []*Value{}
	for !p.spaced("]") {
		if len(items) > 0 && !p.spaced(",") {
			return nil, false
		}
		v, ok := p.value()
		if !ok {
			return nil, false
		}
		items = append(items, v)
	}
	return List(p.here(start), items), true
}

func (p *parser) mapValue() (*Value, bool) {
	start := p.pos
	p.pos++
	defer func() { p.depth-- }()
	if !p.nest() {
		return nil, false
	}
	var keys []Key
	var items []*Value
	for !p.spaced("}") {
		if len(keys) > 0 && !p.spaced(",") {
			return nil, false
		}
		p.space()
		keyAt := p.here(p.pos)
		name, ok := p.quoted()
		if !ok && p.err == nil {
			name, ok = p.mapKey()
		}
		if !ok || !p.spaced(":") {
			return nil, false
		}
		v, ok := p.value()
		if !ok {
			return nil, false
		}
		keys = append(keys, Key{name, keyAt})
		items = append(items, v)
	}
	return Map(p.here(start), keys, items), true
}

func (p *parser) mapKey() (string, bool) {
	start := p.pos
	for p.pos < len(p.src) {
		r, size := utf8.DecodeRuneInString(p.src[p.pos:])
		if !isNameRune(r) && r != '-' {
			break
		}
		p.pos += size
	}
	if p.pos == start {
		return "", p.miss("a key")
	}
	return p.src[start:p.pos], true
}
