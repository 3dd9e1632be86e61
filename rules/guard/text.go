package guard

import "strings"

// The normal form of clauses, on one line.

func (o *operand) text() string {
	switch {
	case o.literal != nil:
		return o.literal.source()
	case o.call != nil:
		args := make([]string, len(o.call.args))
		for i := range o.call.args {
			args[i] = o.call.args[i].text()
		}
		return o.call.name + "(" + strings.Join(args, ", ") + ")"
	}
	return o.query.String()
}

// source renders a literal as a rule file writes it.
func (v *Value) source() string {
	switch v.kind {
	case KindString:
		return quote(v.str)
	case KindFloat:
		return sourceFloat(v.Float())
	case KindRegex:
		return "/" + strings.ReplaceAll(v.lit.(*pattern).source, "/", `\/`) + "/"
	case KindRange:
		return "r" + v.lit.(*interval).source()
	case KindList:
		parts := make([]string, len(v.items))
		for i, item := range v.items {
			parts[i] = item.source()
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case KindMap:
		if len(v.keys) == 0 {
			return "{}"
		}
		parts := make([]string, len(v.keys))
		for i, item := range v.items {
			parts[i] = mapKeyText(v.keys[i].Name) + ": " + item.source()
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	}
	return v.String()
}

func mapKeyText(s string) string {
	if s == "" {
		return `""`
	}
	for _, c := range s {
		if !isNameRune(c) && c != '-' {
			return quote(s)
		}
	}
	return s
}

func (c *accessClause) text() string {
	var b strings.Builder
	if c.not {
		b.WriteString("not ")
	}
	b.WriteString(c.query.String())
	b.WriteByte(' ')
	if c.negated {
		b.WriteString("not ")
	}
	b.WriteString(c.op.String())
	if c.rhs != nil {
		b.WriteByte(' ')
		b.WriteString(c.rhs.text())
	}
	return b.String()
}

func (c *ruleRef) text() string {
	if c.not {
		return "not " + c.name
	}
	return c.name
}

func (c *ruleCall) text() string {
	args := make([]string, len(c.args))
	for i := range c.args {
		args[i] = c.args[i].text()
	}
	text := c.name + "(" + strings.Join(args, ", ") + ")"
	if c.not {
		return "not " + text
	}
	return text
}

// text renders a condition with a separator between its conjuncts.
func (c cnf) text(separator string) string {
	parts := make([]string, len(c))
	for i, d := range c {
		alternatives := make([]string, len(d))
		for j, item := range d {
			alternatives[j] = clauseText(item)
		}
		parts[i] = strings.Join(alternatives, " or ")
	}
	return strings.Join(parts, separator)
}

func clauseText(item clause) string {
	switch item := item.(type) {
	case *accessClause:
		return item.text()
	case *ruleRef:
		return item.text()
	case *ruleCall:
		return item.text()
	case *queryBlock:
		if item.notEmpty {
			return item.query.String() + " !empty { " + item.body.text() + " }"
		}
		return item.query.String() + " { " + item.body.text() + " }"
	case *whenBlock:
		return "when " + item.when.text(" ") + " { " + item.body.text() + " }"
	case *typeBlock:
		if item.hasWhen {
			return item.withType + " when " + item.when.text(" ") + " { " + item.body.text() + " }"
		}
		return item.withType + " { " + item.body.text() + " }"
	}
	return ""
}

func (b *block) text() string {
	var parts []string
	for _, l := range b.lets {
		parts = append(parts, "let "+l.name+" = "+l.value.text())
	}
	if len(b.cnf) > 0 {
		parts = append(parts, b.cnf.text(" "))
	}
	return strings.Join(parts, " ")
}
