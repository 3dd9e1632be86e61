package guard

import (
	"bytes"
	"math"
	"strings"
)

// disj writes alternatives, one a line.
func (p *printer) disj(d disj) {
	for i, item := range d {
		if i > 0 {
			p.depth++
		}
		p.before(item.offset())
		p.begin()
		p.clauseHead(item)
		end := p.clauseEnd(item)
		p.message(item)
		if i+1 < len(d) {
			p.out.WriteString(" or")
		}
		p.finish(end)
		if i > 0 {
			p.depth--
		}
	}
}

// lineWidth is the width up to which a message stays behind its clause.
const lineWidth = 100

// message writes the message of a clause: behind it when it fits there. That of
// a reference must be there.
func (p *printer) message(item clause) {
	text, ok := "", false
	switch item := item.(type) {
	case *accessClause:
		text, ok = item.message, item.hasMsg
	case *ruleCall:
		text, ok = item.message, item.hasMsg
	case *ruleRef:
		text, ok = item.message, item.hasMsg
	}
	if !ok {
		return
	}
	if _, ref := item.(*ruleRef); ref || !strings.Contains(text, "\n") && p.column()+len(text)+5 <= lineWidth {
		p.out.WriteString(" <<" + text + ">>")
		return
	}
	p.out.WriteByte('\n')
	p.begin()
	p.out.WriteString(indent + "<<" + text + ">>")
}

// column is the length of the line so far, in bytes.
func (p *printer) column() int {
	return p.out.Len() - 1 - bytes.LastIndexByte(p.out.Bytes(), '\n')
}

// clauseEnd is where a clause ends in the source, with its message.
func (p *printer) clauseEnd(item clause) int {
	var end int
	has := false
	switch item := item.(type) {
	case *accessClause:
		end, has = item.end, item.hasMsg
	case *ruleCall:
		end, has = item.end, item.hasMsg
	case *ruleRef:
		end, has = item.end, item.hasMsg
	case *queryBlock:
		return item.body.end
	case *whenBlock:
		return item.body.end
	case *typeBlock:
		return item.body.end
	}
	if has {
		if n := strings.Index(p.file.src[end:], ">>"); n >= 0 {
			end += n + 2
		}
	}
	return end
}

func (p *printer) clauseHead(item clause) {
	switch item := item.(type) {
	case *accessClause:
		if item.not {
			p.out.WriteString("not ")
		}
		p.subject(item.query)
		p.out.WriteByte(' ')
		if item.negated {
			p.out.WriteString("not ")
		}
		p.out.WriteString(item.op.String())
		if item.rhs != nil {
			p.out.WriteByte(' ')
			p.operand(item.rhs)
		}
	case *ruleRef:
		p.out.WriteString(item.text())
	case *ruleCall:
		if item.not {
			p.out.WriteString("not ")
		}
		p.args(item.name, item.args)
	case *queryBlock:
		p.subject(item.query)
		if item.notEmpty {
			p.out.WriteString(" not empty")
		}
		p.body(&item.body)
	case *whenBlock:
		p.condition("when ", item.when)
		p.body(&item.body)
	case *typeBlock:
		p.out.WriteString(item.withType)
		if item.hasWhen {
			p.condition(" when ", item.when)
		}
		if item.braces {
			p.body(&item.body)
			return
		}
		p.out.WriteByte(' ')
		p.clauseHead(item.body.cnf[0][0])
		p.message(item.body.cnf[0][0])
	}
}

func (p *printer) args(name string, args []operand) {
	p.out.WriteString(name + "(")
	for i := range args {
		if i > 0 {
			p.out.WriteString(", ")
		}
		p.operand(&args[i])
	}
	p.out.WriteByte(')')
}

func (p *printer) operand(o *operand) {
	switch {
	case o.query != nil:
		p.query(o.query)
	case o.call != nil:
		p.args(o.call.name, o.call.args)
	default:
		p.literal(o.literal)
	}
}

// wide is the length from which on a list or map is written one element a
// line.
const wide = 80

func (p *printer) literal(v *Value) {
	text := v.source()
	if len(text) <= wide || v.kind != KindList && v.kind != KindMap {
		p.out.WriteString(text)
		return
	}
	open, closing := "[", "]"
	if v.kind == KindMap {
		open, closing = "{", "}"
	}
	p.out.WriteString(open)
	p.depth++
	for i, item := range v.items {
		if i > 0 {
			p.out.WriteByte(',')
		}
		p.out.WriteByte('\n')
		p.begin()
		if v.kind == KindMap {
			p.out.WriteString(mapKeyText(v.keys[i].Name) + ": ")
		}
		p.literal(item)
	}
	p.depth--
	p.out.WriteByte('\n')
	p.begin()
	p.out.WriteString(closing)
}

// subject writes the path on the left side of a clause. A key alone that is a
// keyword before blank space goes in quotes.
func (p *printer) subject(q *query) {
	if first := &q.parts[0]; len(q.parts) == 1 && first.kind == partKey && !first.quoted {
		switch strings.ToLower(first.name) {
		case "rule", "let", "some", "not", "or":
			if q.some {
				p.out.WriteString("some ")
			}
			p.out.WriteString(quote(first.name))
			return
		}
	}
	p.query(q)
}

func (p *printer) query(q *query) {
	if q.some {
		p.out.WriteString("some ")
	}
	for i := range q.parts {
		t := &q.parts[i]
		if t.implicit {
			continue
		}
		if i > 0 && t.dotted() {
			p.out.WriteByte('.')
		}
		switch {
		case t.kind == partFilter && !t.filter.simple():
			p.filter(t)
		case t.kind == partFilter:
			p.out.WriteString("[ " + t.captureText())
			p.inlineDisj(t.filter[0])
			p.out.WriteString(" ]")
		case t.quoted && t.kind == partVar:
			p.out.WriteString(quote("%" + t.name))
		case t.quoted:
			p.out.WriteString(quote(t.name))
		default:
			var b strings.Builder
			t.write(&b)
			p.out.WriteString(b.String())
		}
	}
}

// simple reports whether a filter fits on a line: one comparison or call.
func (c cnf) simple() bool {
	if len(c) != 1 || len(c[0]) != 1 {
		return false
	}
	switch item := c[0][0].(type) {
	case *accessClause:
		return !item.hasMsg
	case *ruleCall:
		return !item.hasMsg
	}
	return false
}

// filter writes one conjunct a line.
func (p *printer) filter(t *part) {
	p.out.WriteString("[ " + strings.TrimSuffix(t.captureText(), " "))
	p.trimBlank()
	p.finish(t.at + 1)
	p.depth++
	p.top = true
	for _, d := range t.filter {
		p.disj(d)
	}
	p.before(t.end - 1)
	p.depth--
	p.begin()
	p.out.WriteByte(']')
	p.end = t.end
}

func (p *printer) trimBlank() {
	for b := p.out.Bytes(); len(b) > 0 && b[len(b)-1] == ' '; b = p.out.Bytes() {
		p.out.Truncate(len(b) - 1)
	}
}

// sourceFloat writes a number that the grammar reads as one with a fraction.
func sourceFloat(f float64) string {
	if math.IsInf(f, 0) {
		return "1.0e999"
	}
	return string(appendFloat(nil, f))
}
