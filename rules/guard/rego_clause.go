package guard

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// access translates a clause that stands alone.
func (w *regoWriter) access(c *accessClause, at *regoPlace) {
	p, ok := w.head(c.query, at, c.at)
	if !ok {
		return
	}
	if c.op == opEmpty && c.query.counts() {
		if c.negated != c.not {
			w.refuse(c.at, "a resource that has to be there")
			return
		}
		// No resource may pass the filters.
		w.deny(p, nil, "", regoMessage(disj{c}))
		return
	}
	groups := w.groups(c.query, c.at)
	if c.query.some || len(groups) == 1 || c.op == opExists {
		w.deny(w.follow(p, groups[0].names, c.at), &p, "not "+w.holds(disj{c}, p), regoMessage(disj{c}))
		return
	}
	last := groups[len(groups)-1].names
	heads := *c.query
	heads.parts = heads.parts[:len(heads.parts)-len(last)]
	w.each(false, p, &heads, c.at, func(p regoPlace) {
		lines := w.test(c, w.follow(p, last, c.at).value)
		w.deny(w.follow(p, last, c.at), &p, "not "+w.helper("# "+c.text(), lines...), regoMessage(disj{c}))
	})
}

// deny writes a violation at a place. from is where what holds before is taken
// from, if not from the place.
func (w *regoWriter) deny(p regoPlace, from *regoPlace, condition, text string) {
	before := p.before
	if from != nil {
		before = from.before
	}
	lines := slices.Clone(before)
	if condition != "" {
		lines = append(lines, condition)
	}
	lines = append(lines, fmt.Sprintf("finding := {\"path\": [%s], \"message\": %s}", strings.Join(p.path, ", "), strconv.Quote(text)))
	w.denies = append(w.denies, "deny contains finding if {\n"+indented(lines)+"}\n")
}

func indented(lines []string) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString("\t" + strings.ReplaceAll(l, "\n", "\n\t") + "\n")
	}
	return b.String()
}

func regoMessage(d disj) string {
	texts := make([]string, len(d))
	for i, c := range d {
		a, ok := c.(*accessClause)
		if !ok {
			continue
		}
		if m := strings.Join(strings.Fields(a.message), " "); m != "" {
			return m
		}
		texts[i] = a.text()
	}
	return "The Guard clause fails: " + strings.Join(texts, " or ")
}

// helper writes a rule that holds where the lines do, or names the one that
// says the same. It takes the loop variables that the lines use.
func (w *regoWriter) helper(comment string, lines ...string) string {
	return w.function(comment, [][]string{lines})
}

var loopVariable = regexp.MustCompile(`\b[iv][0-9]+\b`)

func (w *regoWriter) function(comment string, alternatives [][]string) string {
	var params []string
	for _, lines := range alternatives {
		for _, l := range lines {
			for _, v := range loopVariable.FindAllString(l, -1) {
				if v[0] == 'v' && !slices.Contains(params, v) && !bound(v, lines) {
					params = append(params, v)
				}
			}
		}
	}
	w.count++
	name := fmt.Sprintf("holds_%d", w.count)
	head := name
	if len(params) > 0 {
		head += "(" + strings.Join(params, ", ") + ")"
	}
	var b strings.Builder
	b.WriteString(comment + "\n")
	for i, lines := range alternatives {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(head + " if {\n" + indented(lines) + "}\n")
	}
	w.helpers = append(w.helpers, b.String())
	return head
}

// bound tells whether lines make a variable themselves.
func bound(v string, lines []string) bool {
	return slices.ContainsFunc(lines, func(l string) bool {
		return strings.Contains(l, "every "+v+" in ") || strings.Contains(l, "some "+v+" in ")
	})
}

// holds writes a helper for alternatives that hold at a place.
func (w *regoWriter) holds(d disj, p regoPlace) string {
	texts := make([]string, 0, len(d))
	alternatives := make([][]string, 0, len(d))
	for _, c := range d {
		alternatives = append(alternatives, w.passes(c, p))
		if a, ok := c.(*accessClause); ok {
			texts = append(texts, a.text())
		}
	}
	return w.function("# "+strings.Join(texts, " or "), alternatives)
}

// passes gives the lines that hold where a clause passes.
func (w *regoWriter) passes(c clause, p regoPlace) []string {
	switch c := c.(type) {
	case *accessClause:
		if c.op == opEmpty && c.query.counts() {
			w.refuse(c.at, "a test for resources within another clause")
			return nil
		}
		if c.op == opExists && c.negated != c.not {
			if len(w.groups(c.query, c.at)) > 1 {
				w.refuse(c.at, "`not exists` behind [*]")
				return nil
			}
			q := w.follow(p, w.groups(c.query, c.at)[0].names, c.at)
			return []string{"not " + w.helper("# "+c.query.String()+" exists", "_ = "+q.value)}
		}
		return w.through(c.query, c.at, p, func(at regoPlace) []string { return w.test(c, at.value) })
	case *queryBlock:
		return w.through(c.query, c.at, p, func(at regoPlace) []string {
			w.lets = append(w.lets, c.body.vars)
			defer func() { w.lets = w.lets[:len(w.lets)-1] }()
			var lines []string
			for _, d := range c.body.cnf {
				lines = append(lines, w.holds(d, at))
			}
			return lines
		})
	}
	w.refuse(c.offset(), "a condition or a reference within alternatives")
	return nil
}

// through gives the lines that hold where f does for all values of a path, or
// for some.
func (w *regoWriter) through(q *query, offset int, p regoPlace, f func(regoPlace) []string) []string {
	groups := w.groups(q, offset)
	var step func(i int, p regoPlace) []string
	step = func(i int, p regoPlace) []string {
		p = w.follow(p, groups[i].names, offset)
		if i == len(groups)-1 || w.err != nil {
			return f(p)
		}
		list := w.elements(groups[i+1].step, p.value)
		w.count++
		v := fmt.Sprintf("v%d", w.count)
		inner := step(i+1, regoPlace{value: v})
		if q.some {
			return append([]string{"some " + v + " in " + list}, inner...)
		}
		return []string{"count(" + list + ") > 0", "every " + v + " in " + list + " {\n" + strings.TrimRight(indented(inner), "\n") + "\n}"}
	}
	return step(0, p)
}

// test gives the lines that hold where a value passes a comparison.
func (w *regoWriter) test(c *accessClause, value string) []string {
	negated := c.negated
	if c.op.unary() {
		negated = c.negated != c.not
		return w.unaryTest(c, value, negated)
	}
	v := w.literal(c.rhs)
	if v == nil {
		w.refuse(c.rhs.at, "a comparison with something else than a literal")
		return nil
	}
	if v.kind == KindList && len(v.items) == 1 && (c.op == opEq) {
		v = v.items[0]
	}
	if c.op == opNe {
		negated = !negated
	}
	switch {
	case c.op.orders():
		if v.kind != KindInt && v.kind != KindFloat {
			w.refuse(c.opAt, "an order of something else than numbers")
			return nil
		}
		op := c.op.String()
		return []string{"is_number(" + value + ")", value + " " + op + " " + v.String()}
	case c.op == opIn && v.kind == KindList:
		return w.among(c, value, v.items, negated)
	case c.op == opIn || v.kind == KindList:
		w.refuse(c.opAt, "this comparison with a list or a text")
		return nil
	case v.kind == KindBool && !negated, (v.kind == KindInt || v.kind == KindFloat) && !negated:
		return []string{value + " == " + v.String()}
	case v.kind == KindBool:
		return []string{"is_boolean(" + value + ")", value + " != " + v.String()}
	}
	return w.among(c, value, []*Value{v}, negated)
}

// among gives the lines that hold where a value, or each element of it, is or is
// not one of the literals.
func (w *regoWriter) among(c *accessClause, value string, list []*Value, negated bool) []string {
	var alternatives [][]string
	var plain []string
	w.count++
	v := fmt.Sprintf("v%d", w.count)
	for _, one := range list {
		switch one.kind {
		case KindString, KindInt, KindFloat, KindBool:
			plain = append(plain, one.String())
		case KindRegex:
			p := one.lit.(*pattern)
			if p.linear == nil || p.words {
				w.refuse(c.rhs.at, "a regular expression that Rego does not have")
				return nil
			}
			alternatives = append(alternatives, []string{"regex.match(" + strconv.Quote(p.linear.String()) + ", " + v + ")"})
		default:
			w.refuse(c.rhs.at, "a comparison with "+one.kind.article())
			return nil
		}
	}
	if len(plain) > 0 {
		alternatives = append([][]string{{v + " in {" + strings.Join(plain, ", ") + "}"}}, alternatives...)
	}
	if len(alternatives) == 0 {
		w.refuse(c.rhs.at, "a comparison with an empty list")
		return nil
	}
	test := alternatives[0][0]
	if len(alternatives) > 1 {
		test = w.function("# "+c.rhs.text(), alternatives)
	}
	if negated {
		test = "not " + test
	}
	return []string{"every " + v + " in " + w.elements(regoItems, value) + " {\n\t" + test + "\n}"}
}

func (w *regoWriter) unaryTest(c *accessClause, value string, negated bool) []string {
	builtin := map[operator]string{
		opIsString: "is_string", opIsList: "is_array", opIsStruct: "is_object", opIsBool: "is_boolean",
		opIsInt: "is_number", opIsFloat: "is_number", opIsNull: "is_null",
	}[c.op]
	switch {
	case c.op == opExists && !negated:
		return []string{"_ = " + value}
	case c.op == opEmpty && negated:
		return []string{"count(" + value + ") > 0"}
	case c.op == opEmpty:
		return []string{"count(" + value + ") == 0"}
	case builtin != "" && negated:
		return []string{"_ = " + value, "not " + builtin + "(" + value + ")"}
	case builtin != "":
		return []string{builtin + "(" + value + ")"}
	}
	w.refuse(c.opAt, "this use of "+c.op.String())
	return nil
}

// literal gives the literal that an operand is, or that its variable stands for.
func (w *regoWriter) literal(o *operand) *Value {
	if o.literal != nil {
		return o.literal
	}
	if q := o.query; q != nil && len(q.parts) == 1 && q.parts[0].kind == partVar {
		if l := w.assigned(q.parts[0].id); l != nil {
			return l.value.literal
		}
	}
	return nil
}
