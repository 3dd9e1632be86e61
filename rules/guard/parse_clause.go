package guard

import (
	"regexp"
	"strings"
)

// ruleItem reads an item of a rule's body.
func (p *parser) ruleItem() (clause, bool) {
	return p.choose(p.typeBlock, func() (clause, bool) { return p.whenBlock(p.clauseOrRef) }, p.clause, p.ruleRef)
}

// clauseOrRef reads an item of a when block directly in a rule.
func (p *parser) clauseOrRef() (clause, bool) { return p.choose(p.clause, p.ruleRef) }

// condition reads an item of a when condition.
func (p *parser) condition() (clause, bool) {
	start := p.pos
	c, ok := p.choose(p.access, p.ruleCall, p.ruleRef)
	if !ok && p.err == nil {
		p.loneVariable(start)
	}
	return c, ok
}

// loneVariable explains a condition that is a variable and nothing else.
func (p *parser) loneVariable(start int) {
	p.pos = start
	p.space()
	at := p.pos
	if q, ok := p.query(); ok && len(q.parts) == 1 && q.parts[0].kind == partVar {
		name := q.parts[0].name
		msg := "the variable %" + name + " alone is no condition; write `%" + name + " !empty`"
		if !regexp.MustCompile(`(?m)(^|[\s{])let\s+` + name + `\b|[\[(,|]\s*` + name + `\s*[\])|,]`).MatchString(p.src) {
			msg = undefined(name, nil)
		}
		p.hint = hint{at, max(p.far, p.pos), msg}
	}
	p.pos = start
}

// clause reads an item of an inner block or of a filter.
func (p *parser) clause() (clause, bool) {
	return p.choose(func() (clause, bool) { return p.whenBlock(p.clause) }, p.queryBlock, p.ruleCall, p.access)
}

func (p *parser) choose(items ...func() (clause, bool)) (clause, bool) {
	start := p.pos
	for _, item := range items {
		p.pos = start
		if c, ok := item(); ok || p.err != nil {
			return c, ok
		}
	}
	p.pos = start
	return nil, false
}

func (p *parser) whenBlock(item func() (clause, bool)) (clause, bool) {
	w := &whenBlock{}
	mark := p.pos
	p.space()
	w.at = p.pos
	p.pos = mark
	var ok bool
	if w.when, ok = p.when(); !ok {
		return nil, false
	}
	w.body, ok = p.block(item)
	return w, ok
}

func (p *parser) queryBlock() (clause, bool) {
	q, ok := p.query()
	if !ok {
		return nil, false
	}
	b := &queryBlock{query: q, at: q.at}
	mark := p.pos
	p.space()
	if p.not() && p.take("empty", "EMPTY") {
		b.notEmpty = true
	} else {
		p.pos = mark
	}
	b.body, ok = p.block(p.clause)
	return b, ok
}

func (p *parser) ruleCall() (clause, bool) {
	c := &ruleCall{at: p.pos}
	c.not = p.not()
	var ok bool
	if c.name, ok = p.name("a clause"); !ok {
		return nil, false
	}
	if c.args, ok = p.args(false); !ok {
		return nil, false
	}
	c.end = p.pos
	c.message, c.hasMsg = p.spacedMessage()
	return c, true
}

func (p *parser) ruleRef() (clause, bool) {
	c := &ruleRef{at: p.pos, group: -1}
	c.not = p.not()
	var ok bool
	if c.name, ok = p.name("a clause"); !ok {
		return nil, false
	}
	c.end = p.pos
	if p.pos == len(p.src) {
		return c, true
	}
	mark := p.pos
	if p.or() {
		p.pos = mark
		return c, true
	}
	p.blanks()
	rest := p.src[p.pos:]
	if strings.HasPrefix(rest, "\n") || strings.HasPrefix(rest, "\r\n") ||
		strings.HasPrefix(rest, "#") || strings.HasPrefix(rest, "{") {
		p.pos = mark
		return c, true
	}
	if c.message, c.hasMsg = p.message(); !c.hasMsg {
		return nil, p.fail("the end of the line, `or` or a message after the reference to rule " + c.name)
	}
	return c, true
}

// typeName reads AWS::Service::Type or Custom::Type.
func (p *parser) typeName() (string, bool) {
	start := p.pos
	if _, ok := p.name("a clause"); !ok {
		return "", false
	}
	for n := 1; ; n++ {
		mark := p.pos
		if n == 3 {
			p.take("::MODULE")
			return p.src[start:p.pos], true
		}
		if !p.take("::") {
			return p.src[start:p.pos], n > 1
		}
		if _, ok := p.name("a type name"); !ok {
			p.pos = mark
			return p.src[start:p.pos], n > 1
		}
	}
}

func (p *parser) typeBlock() (clause, bool) {
	t := &typeBlock{at: p.pos}
	var ok bool
	if t.withType, ok = p.typeName(); !ok {
		return nil, false
	}
	t.name = strings.TrimSuffix(t.withType, "::MODULE")
	if !p.space() {
		return nil, p.fail("blank space after " + t.withType)
	}
	if t.when, ok = p.when(); p.err != nil {
		return nil, false
	}
	t.hasWhen = ok
	mark := p.pos
	t.body, ok = p.block(p.clause)
	if ok {
		t.braces = true
		return t, true
	}
	if p.err != nil || t.hasWhen {
		return nil, false
	}
	p.pos = mark
	p.space()
	at := p.pos
	c, ok := p.clause()
	if !ok {
		return nil, p.fail("a block or a clause after " + t.withType)
	}
	t.body = block{cnf: cnf{disj{c}}, at: at, end: p.pos}
	return t, true
}

// comparison reads an operator.
func (p *parser) comparison() (op operator, negated, ok bool) {
	if strings.HasPrefix(p.src[p.pos:], "<<") {
		return 0, false, p.miss("an operator")
	}
	for _, o := range [...]operator{opEq, opNe, opGe, opLe, opGt, opLt} {
		if p.take(o.String()) {
			return o, false, true
		}
	}
	start := p.pos
	negated = p.not()
	for o := opIn; o <= opIsFloat; o++ {
		if p.take(o.String(), strings.ToUpper(o.String())) {
			return o, negated, true
		}
	}
	p.pos = start
	return 0, false, p.miss("an operator")
}

// access reads a clause that tests values.
func (p *parser) access() (clause, bool) {
	p.space()
	c := &accessClause{at: p.pos}
	c.not = p.not()
	var ok bool
	if c.query, ok = p.query(); !ok {
		return nil, false
	}
	p.space()
	c.opAt = p.pos
	if c.op, c.negated, ok = p.comparison(); !ok {
		return nil, false
	}
	if !c.op.unary() {
		rhs, ok := p.operand()
		if !ok {
			return nil, p.fail("")
		}
		c.rhs = &rhs
	}
	c.end = p.pos
	c.message, c.hasMsg = p.spacedMessage()
	return c, true
}
