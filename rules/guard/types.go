package guard

import "slices"

// RuleTypes returns the resource types that the rule judges, sorted. It is a
// promise: the rule gives SKIP for every document whose Resources has
// resources, all of them maps, and none of these types. all is true when there
// is no such promise; then types is nil.
//
// The promise comes from the guards that rules have: a condition
// `%v !empty` on a variable for Resources.*[ Type == "..." ], type blocks,
// blocks and clauses on such paths, and references to rules that have these.
func (r *Rule) RuleTypes() (types []string, all bool) {
	return slices.Clone(r.types), r.anyType
}

// findTypes sets the types of all rules.
func (f *File) findTypes() {
	for _, r := range f.Rules {
		w := guards{file: f, scopes: [][]*let{f.top}, busy: make(map[*Rule]bool)}
		types, ok := w.rule(r)
		if !ok {
			r.anyType = true
			continue
		}
		slices.Sort(types)
		r.types = slices.Compact(types)
	}
}

// guards finds out without which types something gives SKIP, or for a
// condition, does not pass.
type guards struct {
	file   *File
	scopes [][]*let // assignments whose context is the root of the document
	busy   map[*Rule]bool
	hops   int // variables followed
}

// maxHops bounds variables that are defined by variables.
const maxHops = 32

func (g *guards) rule(r *Rule) ([]string, bool) {
	if g.busy[r] {
		return nil, false
	}
	g.busy[r] = true
	defer delete(g.busy, r)
	if types, ok := g.condition(r.when); ok {
		return types, true
	}
	return g.block(&r.body)
}

// condition is guarded when one of its conjuncts is.
func (g *guards) condition(c cnf) ([]string, bool) {
	for _, d := range c {
		if types, ok := union(d, g.test); ok {
			return types, true
		}
	}
	return nil, false
}

// union joins the types of all elements, if all have some.
func union[T any](list []T, f func(T) ([]string, bool)) ([]string, bool) {
	var all []string
	for _, one := range list {
		types, ok := f(one)
		if !ok {
			return nil, false
		}
		all = append(all, types...)
	}
	return all, len(list) > 0
}

// test is a clause of a condition.
func (g *guards) test(c clause) ([]string, bool) {
	switch c := c.(type) {
	case *accessClause:
		if c.op == opEmpty && c.query.counts() {
			if c.negated == c.not {
				return nil, false
			}
			return g.selected(c.query)
		}
		return g.clause(c)
	case *ruleRef:
		if c.not || c.group < 0 {
			return nil, false
		}
		return g.elsewhere(c.group)
	}
	return nil, false
}

// elsewhere gives the types of the rules of a name, which do not see the
// assignments around the reference.
func (g *guards) elsewhere(group int) ([]string, bool) {
	scopes := g.scopes
	g.scopes = g.scopes[:1]
	types, ok := union(g.file.groups[group], g.rule)
	g.scopes = scopes
	return types, ok
}

// block is guarded when all its clauses are.
func (g *guards) block(b *block) ([]string, bool) {
	g.scopes = append(g.scopes, b.vars)
	types, ok := union(b.cnf, func(d disj) ([]string, bool) { return union(d, g.clause) })
	g.scopes = g.scopes[:len(g.scopes)-1]
	return types, ok
}

func (g *guards) clause(c clause) ([]string, bool) {
	switch c := c.(type) {
	case *accessClause:
		if c.op == opEmpty && c.query.counts() {
			return nil, false // never SKIP
		}
		return g.selected(c.query)
	case *queryBlock:
		if c.notEmpty {
			return nil, false
		}
		return g.selected(c.query)
	case *typeBlock:
		return []string{c.name}, true
	case *whenBlock:
		if types, ok := g.condition(c.when); ok {
			return types, true
		}
		return g.block(&c.body)
	}
	return nil, false
}

// selected gives the types of the resources that a path leads through.
func (g *guards) selected(q *query) ([]string, bool) {
	first := &q.parts[0]
	if first.kind == partVar {
		l := g.assigned(first.id)
		if l == nil || l.value.query == nil || g.hops == maxHops {
			return nil, false
		}
		g.hops++
		defer func() { g.hops-- }()
		return g.selected(l.value.query)
	}
	if first.kind != partKey || first.name != "Resources" {
		return nil, false
	}
	for i, t := range q.parts[1:] {
		switch {
		case t.kind == partAllValues && i == 0:
		case t.kind == partFilter && i <= 1:
			for _, d := range t.filter {
				if types, ok := union(d, g.typeTest); ok {
					return types, true
				}
			}
			return nil, false
		default:
			return nil, false
		}
	}
	return nil, false
}

// assigned returns the assignment of a variable that starts at the root.
func (g *guards) assigned(id varID) *let {
	for i := len(g.scopes) - 1; i >= 0; i-- {
		for _, l := range g.scopes[i] {
			if l.id == id {
				return l
			}
		}
	}
	return nil
}

// typeTest gives the types that a clause of a filter lets pass.
func (g *guards) typeTest(item clause) ([]string, bool) {
	c, ok := item.(*accessClause)
	if !ok || c.negated || c.op != opEq && c.op != opIn || c.rhs == nil ||
		len(c.query.parts) != 1 || c.query.parts[0].kind != partKey || c.query.parts[0].name != "Type" {
		return nil, false
	}
	v := c.rhs.literal
	if q := c.rhs.query; q != nil && len(q.parts) == 1 && q.parts[0].kind == partVar {
		if l := g.assigned(q.parts[0].id); l != nil {
			v = l.value.literal
		}
	}
	if v == nil {
		return nil, false
	}
	list := v.items
	switch {
	case v.kind == KindString && c.op == opEq:
		list = []*Value{v}
	case v.kind != KindList:
		return nil, false
	}
	return union(list, func(one *Value) ([]string, bool) { return []string{one.str}, one.kind == KindString })
}
