package guard

import (
	"fmt"
	"slices"
	"strings"
)

// Check looks for mistakes that the reference engine finds only while it
// evaluates a rule, or never. problems make a file useless: a file without
// rules, a variable that is not defined where it is used, a reference to a
// rule that does not exist, the wrong number of arguments. warnings are places
// where the language does not do what is written.
func (f *File) Check() (problems, warnings Errors) {
	c := &checker{file: f, seen: make(map[int]bool), done: make(map[string]bool)}
	if len(f.Rules) == 0 {
		msg := "the file has no rules"
		if len(f.Called) > 0 {
			msg = "the file has no rules but parameterised ones, which nothing calls"
		}
		c.problems = append(c.problems, &Error{File: f.Name, Pos: Pos{1, 1}, Msg: msg})
	}
	c.env(f.lets)
	for _, l := range f.lets {
		c.operand(&l.value)
	}
	for _, r := range f.Rules {
		c.rule(r)
	}
	for _, r := range f.Called {
		if !c.reached[r] {
			c.rule(r)
		}
	}
	byPlace := func(a, b *Error) int {
		if a.Pos.Line != b.Pos.Line {
			return a.Pos.Line - b.Pos.Line
		}
		return a.Pos.Col - b.Pos.Col
	}
	slices.SortStableFunc(c.problems, byPlace)
	slices.SortStableFunc(c.warnings, byPlace)
	return c.problems, c.warnings
}

type checker struct {
	file     *File
	known    []string // variables of the scopes around
	problems Errors
	warnings Errors
	seen     map[int]bool    // offsets reported
	done     map[string]bool // called rules checked with the same variables
	reached  map[*Rule]bool
	captures map[string]bool
}

func (c *checker) env(lets []*let) {
	for _, l := range lets {
		c.known = append(c.known, l.name)
	}
}

func (c *checker) problem(at int, format string, args ...any) {
	if !c.seen[at] {
		c.seen[at] = true
		c.problems = append(c.problems, c.file.errorf(at, fmt.Sprintf(format, args...)))
	}
}

func (c *checker) warn(at int, format string, args ...any) {
	if !c.seen[^at] {
		c.seen[^at] = true
		c.warnings = append(c.warnings, c.file.errorf(at, fmt.Sprintf(format, args...)))
	}
}

func (c *checker) rule(r *Rule) {
	mark := len(c.known)
	c.known = append(c.known, r.Params...)
	c.cnf(r.when)
	c.block(&r.body)
	c.known = c.known[:mark]
}

func (c *checker) block(b *block) {
	mark := len(c.known)
	c.env(b.lets)
	for _, l := range b.lets {
		c.operand(&l.value)
	}
	c.cnf(b.cnf)
	c.known = c.known[:mark]
}

func (c *checker) cnf(list cnf) {
	for _, d := range list {
		for _, item := range d {
			c.clause(item)
		}
	}
}

func (c *checker) clause(item clause) {
	switch item := item.(type) {
	case *accessClause:
		c.query(item.query)
		if item.rhs != nil {
			c.operand(item.rhs)
			if item.not {
				c.warn(item.at, "the negation before a comparison is ignored; write `!=`, `not in` or the opposite operator")
			}
		}
	case *queryBlock:
		c.query(item.query)
		c.block(&item.body)
	case *whenBlock:
		c.cnf(item.when)
		c.block(&item.body)
	case *typeBlock:
		if item.hasWhen {
			c.typeCondition(item)
		}
		c.cnf(item.when)
		c.block(&item.body)
	case *ruleCall:
		c.call(item)
	case *ruleRef:
		if item.group >= 0 {
			return
		}
		if c.file.hasParams(item.name) {
			c.problem(item.at, "the rule %s takes arguments: write %s(...)", item.name, item.name)
			return
		}
		c.problem(item.at, "there is no rule %s%s", item.name, c.suggest(item.name))
	}
}

func (f *File) hasParams(name string) bool {
	return slices.ContainsFunc(f.Called, func(r *Rule) bool { return r.Name == name })
}

// suggest helps with names that are run into each other.
func (c *checker) suggest(name string) string {
	for _, r := range c.file.Rules {
		if strings.EqualFold(r.Name, name) {
			return "; did you mean " + r.Name + "?"
		}
	}
	return "; a word that stands alone refers to a rule"
}

func (c *checker) typeCondition(t *typeBlock) {
	for _, d := range t.when {
		for _, item := range d {
			a, ok := item.(*accessClause)
			if ok && a.query.parts[0].kind == partKey {
				switch a.query.parts[0].name {
				case "Properties", "Metadata", "DependsOn", "Type":
					c.warn(a.at, "the condition of a type block is evaluated on the template, not on each resource; put a `when` into the block")
				}
			}
		}
	}
}

func (c *checker) call(item *ruleCall) {
	for i := range item.args {
		c.operand(&item.args[i])
	}
	if item.not {
		c.warn(item.at, "the negation of a call is ignored")
	}
	switch {
	case item.rule == nil:
		c.problem(item.at, "there is no rule %s with parameters", item.name)
		return
	case len(item.args) != len(item.rule.Params):
		c.problem(item.at, "the rule %s takes %s, not %d", item.name, arguments(len(item.rule.Params)), len(item.args))
		return
	}
	if c.reached == nil {
		c.reached = make(map[*Rule]bool)
	}
	c.reached[item.rule] = true
	// The body sees the variables of the caller.
	around := slices.Clone(c.known)
	slices.Sort(around)
	key := fmt.Sprintf("%d %s", item.rule.at, strings.Join(slices.Compact(around), " "))
	if c.done[key] {
		return
	}
	c.done[key] = true
	c.rule(item.rule)
}

func (c *checker) operand(o *operand) {
	switch {
	case o.query != nil:
		c.query(o.query)
	case o.call != nil:
		for i := range o.call.args {
			c.operand(&o.call.args[i])
		}
	}
}

func (c *checker) query(q *query) {
	for i := range q.parts {
		t := &q.parts[i]
		switch t.kind {
		case partVar:
			if !slices.Contains(c.known, t.name) && !c.captured(t.name) {
				c.problem(t.at, "%s", undefined(t.name, c.known))
			}
		case partIndex:
			if t.index < 0 {
				c.warn(t.at, "a negative index counts as its absolute value: [%d] is the element %d", t.index, -t.index)
			}
		case partFilter:
			c.afterStar(q, i)
			c.cnf(t.filter)
		case partKeys:
			c.operand(t.rhs)
		}
	}
}

// afterStar warns of filters that test the context around instead of elements.
func (c *checker) afterStar(q *query, i int) {
	if before := &q.parts[i-1]; before.kind == partAllIndices && !before.implicit && q.parts[0].kind != partVar {
		c.warn(q.parts[i].at, "after [*] on a list of maps the filter tests the context around the path, not the elements; leave the [*] out")
	}
}

// captured reports whether any path of the file captures keys in a variable.
func (c *checker) captured(name string) bool {
	if c.captures == nil {
		c.captures = make(map[string]bool)
		for _, n := range c.file.captureNames {
			c.captures[n] = true
		}
	}
	return c.captures[name]
}

// undefined explains an undefined variable.
func undefined(name string, known []string) string {
	msg := "undefined variable %" + name
	for _, k := range known {
		if strings.EqualFold(k, name) {
			return msg + "; did you mean %" + k + "?"
		}
	}
	if strings.EqualFold(name, "input") {
		return msg + ": there is no variable for the document, paths begin at its root. " + noInput
	}
	return msg + "; define it with `let " + name + " = ...`"
}

// noInput is how to write a condition on %INPUT.
const noInput = "Remove the condition `when %INPUT`, or write `when Resources exists`"
