package guard

import (
	"maps"
	"slices"
	"strings"
)

// Usage says what a rule makes of a document, as far as that can be told from
// its text. Reads and constants are never too few: what is computed while the
// rule is evaluated counts as everything that it can be.
type Usage struct {
	// Reads are the places of the document that the verdict can depend on.
	Reads []Read
	// Relates means that the verdict on a document can be another one than the
	// verdicts on its resources, one at a time: the rule compares resources
	// with each other, counts them, names one by its logical id, or wants one
	// to be there.
	Relates bool
	// Types are the resource types of which the rule reads more than Type,
	// sorted. AnyType means that it may be any.
	// Types is empty then.
	Types   []string
	AnyType bool
	// Strings, Patterns and Numbers are the constants that values are compared
	// with; Patterns are regular expressions of the standard library.
	Strings, Patterns []string
	Numbers           []float64
	// Opaque means that the rule computes with values in a way that constants
	// do not describe.
	Opaque bool
}

// Read is a place of a document.
type Read struct {
	// Path leads there by keys; "" stands for any key or index.
	Path []string
	// Whole means that everything below is read. Otherwise only the kind of
	// the value, and how many elements a list has, count.
	Whole bool
}

// Bounds of the analysis: past them, a rule is taken to read everything.
const (
	maxPlaces   = 512    // that one path can lead to
	maxReads    = 20_000 // places read
	maxAnalysis = 50_000 // paths looked at
	maxFollowed = 64     // variables, calls and references within each other
)

// resourcesKey is the section that holds resources.
const resourcesKey = "Resources"

// Usage analyses all rules of the rule's name.
func (f *File) Usage(name string) *Usage {
	w := &usageWalker{file: f, out: &Usage{}, reads: map[string]Read{}, types: map[string]bool{}, busy: map[*Rule]bool{}}
	w.root = &usageScope{context: []spot{{}}, lets: f.top}
	for _, r := range f.Rules {
		if r.Name == name {
			w.rule(r, w.root)
		}
	}
	return w.finish()
}

// spot is a place that a path can lead to, and the resource types that it can
// be in: "" outside of resources, "*" for any.
type spot struct {
	path  []string
	types string
}

// selection are the kinds of resources that a construct ranges over, each as
// the types that it selects.
type selection map[string]bool

// add returns what is in either.
func (s selection) add(o selection) selection {
	switch {
	case len(o) == 0:
		return s
	case len(s) == 0:
		return o
	}
	out := maps.Clone(s)
	maps.Copy(out, o)
	return out
}

// binding is what a variable stands for.
type binding struct {
	spots []spot
	// over are the resources it ranges over.
	over selection
}

// usageScope is a scope of evaluation: what paths start from, and variables.
type usageScope struct {
	context []spot
	inside  bool // the context is a resource, or in one
	parent  *usageScope
	lets    []*let
	params  map[varID]binding
}

type usageWalker struct {
	file    *File
	out     *Usage
	root    *usageScope
	reads   map[string]Read
	types   map[string]bool
	anyType bool
	busy    map[*Rule]bool
	depth   int
	looked  int
	gaveUp  bool
}

func (w *usageWalker) finish() *Usage {
	u := w.out
	if w.gaveUp {
		w.reads = map[string]Read{"": {Whole: true}}
		u.Relates, u.Opaque, w.anyType = true, true, true
	}
	for _, key := range slices.Sorted(maps.Keys(w.reads)) {
		u.Reads = append(u.Reads, w.reads[key])
	}
	if u.AnyType = w.anyType; !u.AnyType {
		u.Types = slices.Sorted(maps.Keys(w.types))
	}
	slices.Sort(u.Strings)
	u.Strings = slices.Compact(u.Strings)
	slices.Sort(u.Patterns)
	u.Patterns = slices.Compact(u.Patterns)
	slices.Sort(u.Numbers)
	u.Numbers = slices.Compact(u.Numbers)
	return u
}

// read records that a place is read.
func (w *usageWalker) read(spots []spot, whole bool) {
	for _, s := range spots {
		if len(w.reads) > maxReads {
			w.gaveUp = true
			return
		}
		key := strings.Join(s.path, "\x00")
		if have, ok := w.reads[key]; !ok || whole && !have.Whole {
			w.reads[key] = Read{Path: s.path, Whole: whole}
		}
		if len(s.path) > 0 && s.path[0] == resourcesKey {
			w.inResources(s, whole)
		}
	}
}

// inResources notes what a read says of types, and whether it names a resource.
func (w *usageWalker) inResources(s spot, whole bool) {
	switch {
	case len(s.path) == 1:
		w.anyType = w.anyType || whole
	case s.path[1] != "":
		w.out.Relates, w.anyType = true, true
	case len(s.path) == 3 && s.path[2] == "Type":
	case len(s.path) == 2 && !whole:
	case s.types == "*" || s.types == "":
		w.anyType = true
	default:
		for _, t := range strings.Split(s.types, ",") {
			w.types[t] = true
		}
	}
}

func (w *usageWalker) rule(r *Rule, s *usageScope) selection {
	if w.busy[r] || w.depth > maxFollowed || w.gaveUp {
		w.gaveUp = w.gaveUp || w.depth > maxFollowed
		return nil // a rule that refers to itself ends in an error
	}
	w.busy[r] = true
	w.depth++
	defer func() { delete(w.busy, r); w.depth-- }()
	return w.guarded(r.when, &r.body, s)
}

// guarded is a body under a condition. A condition on one kind of resource
// decides about another only where the rule relates them.
func (w *usageWalker) guarded(when cnf, b *block, s *usageScope) selection {
	condition := w.condition(when, s)
	return w.decides(when, condition, w.block(b, s, s.context, s.inside))
}

// decides joins the resources of a condition and of what it decides about.
func (w *usageWalker) decides(when cnf, condition, body selection) selection {
	n := len(condition)
	both := condition.add(body)
	if n > 0 && len(both) > 1 && (!presence(when) || len(both) > n) {
		w.out.Relates = true
	}
	return both
}

// condition walks a condition. One that resources of any of several kinds are
// there relates none of them.
func (w *usageWalker) condition(when cnf, s *usageScope) selection {
	if !presence(when) {
		return w.cnf(when, s, true)
	}
	var over selection
	for _, c := range when[0] {
		over = over.add(w.clause(c, s, true))
	}
	return over
}

// presence tells whether a condition is `%a !empty or %b !empty ...`.
func presence(when cnf) bool {
	return len(when) == 1 && !slices.ContainsFunc(when[0], func(c clause) bool {
		a, ok := c.(*accessClause)
		return !ok || a.op != opEmpty || !a.query.counts() || a.negated == a.not
	})
}

func (w *usageWalker) block(b *block, s *usageScope, context []spot, inside bool) selection {
	inner := &usageScope{context: context, inside: inside, parent: s, lets: b.vars}
	return w.cnf(b.cnf, inner, false)
}

func (w *usageWalker) cnf(list cnf, s *usageScope, condition bool) selection {
	var over selection
	for _, d := range list {
		var one selection
		for _, c := range d {
			one = one.add(w.clause(c, s, condition))
		}
		if len(d) > 1 && len(one) > 1 {
			w.out.Relates = true
		}
		over = over.add(one)
	}
	return over
}

func (w *usageWalker) clause(c clause, s *usageScope, condition bool) selection {
	switch c := c.(type) {
	case *accessClause:
		return w.access(c, s, condition)
	case *queryBlock:
		b := w.query(c.query, s)
		w.read(b.spots, false)
		if len(b.over) > 0 && (c.query.some || c.notEmpty) {
			w.out.Relates = true
		}
		return b.over.add(w.within(&c.body, s, b))
	case *whenBlock:
		return w.guarded(c.when, &c.body, s)
	case *typeBlock:
		condition := w.condition(c.when, s)
		b := w.query(c.query, s)
		return w.decides(c.when, condition, b.over.add(w.within(&c.body, s, b)))
	case *ruleCall:
		return w.call(c, s)
	case *ruleRef:
		if c.group < 0 {
			return nil
		}
		var over selection
		for _, r := range w.file.groups[c.group] {
			over = over.add(w.rule(r, w.root))
		}
		return over
	}
	return nil
}

// within is the body of a block for each value of a path.
func (w *usageWalker) within(b *block, s *usageScope, head binding) selection {
	inside := s.inside || len(head.over) > 0
	over := w.block(b, s, head.spots, inside)
	if len(over) > 0 && inside {
		w.out.Relates = true
	}
	return over
}

func (w *usageWalker) access(c *accessClause, s *usageScope, condition bool) selection {
	left := w.query(c.query, s)
	counting := c.op == opEmpty && c.query.counts()
	onlyKind := c.op == opExists || c.op >= opIsString || counting || c.op == opEmpty && allAt(left.spots, resourcesKey)
	w.read(left.spots, !onlyKind)
	if len(left.over) > 0 {
		wanted := c.negated != c.not // `!empty`
		if c.query.some || s.inside || counting && condition != wanted {
			w.out.Relates = true
		}
	}
	if c.rhs == nil {
		return left.over
	}
	before := len(w.out.Strings)
	right := w.operand(c.rhs, s)
	w.read(right.spots, true)
	if len(right.over) > 0 {
		w.out.Relates = true
	}
	switch {
	case allAt(left.spots, resourcesKey, "", "Type"):
		w.out.Strings = w.out.Strings[:before]
	case c.op == opIn && c.rhs.literal != nil && c.rhs.literal.kind == KindString, c.op.orders() && len(w.out.Strings) > before:
		w.out.Opaque = true // parts of a text; the order of texts
	}
	return left.over.add(right.over)
}

func (o operator) orders() bool { return o == opLt || o == opLe || o == opGt || o == opGe }

// allAt tells whether all places are at a path.
func allAt(spots []spot, path ...string) bool {
	return len(spots) > 0 && !slices.ContainsFunc(spots, func(s spot) bool { return !slices.Equal(s.path, path) })
}

func (w *usageWalker) call(c *ruleCall, s *usageScope) selection {
	if c.rule == nil || len(c.args) != len(c.rule.params) {
		return nil // an error when it is evaluated
	}
	inner := &usageScope{context: s.context, inside: s.inside, parent: s, params: map[varID]binding{}}
	for i := range c.args {
		inner.params[c.rule.params[i]] = w.operand(&c.args[i], s)
	}
	return w.rule(c.rule, inner)
}

func (w *usageWalker) operand(o *operand, s *usageScope) binding {
	switch {
	case o.literal != nil:
		w.constant(o.literal)
	case o.query != nil:
		return w.query(o.query, s)
	case o.call != nil:
		return w.function(o.call, s)
	}
	return binding{}
}

// function reads its arguments whole. What it makes of them is no part of the
// document.
func (w *usageWalker) function(c *call, s *usageScope) binding {
	var over selection
	for i := range c.args {
		b := w.operand(&c.args[i], s)
		w.read(b.spots, true)
		over = over.add(b.over)
	}
	if c.name != "count" {
		w.out.Opaque = true
	}
	if len(over) > 0 && (c.fn == nil || c.fn.all != nil) {
		w.out.Relates = true
	}
	return binding{over: over}
}

// constant notes what values are compared with.
func (w *usageWalker) constant(v *Value) {
	switch v.kind {
	case KindString:
		w.out.Strings = append(w.out.Strings, v.str)
	case KindInt:
		w.out.Numbers = append(w.out.Numbers, float64(v.Int()))
	case KindFloat:
		w.out.Numbers = append(w.out.Numbers, v.Float())
	case KindRegex:
		if p := v.lit.(*pattern); p.linear != nil && !p.words {
			w.out.Patterns = append(w.out.Patterns, p.linear.String())
		} else {
			w.out.Opaque = true
		}
	case KindRange:
		r := v.lit.(*interval)
		w.constant(r.lower)
		w.constant(r.upper)
	}
	for _, item := range v.items {
		w.constant(item)
	}
}
