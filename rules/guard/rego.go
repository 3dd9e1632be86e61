package guard

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// RegoModule is a rule translated to Rego.
type RegoModule struct {
	// Name is the last element of the package.
	Name string
	Text []byte
}

// Rego translates those rules that judge resources one at a time, by paths,
// conditions, filters and comparisons with literals: what most rules are made
// of. A rule that needs more is refused, with the place of the first thing that
// has no counterpart. family is the second element of the packages.
//
// The translation is a start for people, to be read and tested. Waiving rules by
// Metadata is left out of it; conversions of spelling are too.
func (f *File) Rego(family string) (modules []RegoModule, refused Errors) {
	if !regoName.MatchString(family) {
		return nil, Errors{{File: f.Name, Msg: "the family " + strconv.Quote(family) + " is no name in Rego: small letters, digits and _"}}
	}
	done := map[string]bool{}
	for _, r := range f.Rules {
		if done[r.Name] {
			continue
		}
		done[r.Name] = true
		text, err := f.regoModule(r.Name, family)
		if err != nil {
			refused = append(refused, err)
			continue
		}
		modules = append(modules, RegoModule{Name: strings.ToLower(r.Name), Text: text})
	}
	return modules, refused
}

var (
	regoName  = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	regoField = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
)

// The functions that [*] and .* become.
const (
	regoItems  = "items"
	regoValues = "values"
)

func regoFunction(name string) string {
	if name == regoItems {
		return "items(x) := x if is_array(x)\n\nitems(x) := [x] if not is_array(x)\n"
	}
	return "values(x) := x if is_array(x)\n\nvalues(x) := x if is_object(x)\n\n" +
		"values(x) := [x] if {\n\tnot is_array(x)\n\tnot is_object(x)\n}\n"
}

func regoKeyword(name string) bool {
	return slices.Contains([]string{"as", "contains", "data", "default", "else", "every", "false", "if", "import", "in", "input", "not", "null", "package", "set", "some", "true", "with"}, name)
}

// regoWriter translates the rules of one name.
type regoWriter struct {
	file    *File
	name    string
	types   []string // of the rule
	denies  []string
	helpers []string
	count   int
	uses    map[string]bool // functions of regoFunctions
	lets    [][]*let
	hops    int // variables followed
	err     *Error
}

// regoPlace is a value that clauses are about: an expression, what has to hold
// before it is one, and its path within the properties.
type regoPlace struct {
	before   []string
	value    string
	path     []string
	resource bool // the value is the resource
}

func (f *File) regoModule(name, family string) ([]byte, *Error) {
	w := &regoWriter{file: f, name: name, lets: [][]*let{f.top}}
	var own []*Rule
	for _, r := range f.Rules {
		if r.Name == name {
			own = append(own, r)
		}
	}
	if !regoName.MatchString(strings.ToLower(name)) {
		return nil, f.errorf(own[0].at, "rule "+name+": the name is no name in Rego")
	}
	for _, r := range own {
		types, all := r.RuleTypes()
		if all {
			return nil, f.errorf(r.at, "rule "+name+": it is not clear which resource types it is about")
		}
		w.types = append(w.types, types...)
	}
	slices.Sort(w.types)
	w.types = slices.Compact(w.types)
	for _, r := range own {
		w.ruleCondition(r.when)
		w.body(&r.body, nil)
	}
	if w.err != nil {
		return nil, w.err
	}
	return w.module(family), nil
}

func (w *regoWriter) refuse(at int, why string) {
	if w.err == nil {
		w.err = w.file.errorf(at, "rule "+w.name+": "+why)
	}
}

func (w *regoWriter) module(family string) []byte {
	var b bytes.Buffer
	quoted := make([]string, len(w.types))
	for i, t := range w.types {
		quoted[i] = strconv.Quote(t)
	}
	fmt.Fprintf(&b, "# METADATA\n# title: %s\n# description: Translated from the Guard rule %s.\n# custom:\n#   id: %s\n#   severity: MEDIUM\n#   scope: resource\n#   resource_types: [%s]\npackage guardhook.%s.%s\n",
		w.name, w.name, strings.ToUpper(w.name), strings.Join(quoted, ", "), family, strings.ToLower(w.name))
	for _, part := range append(w.denies, w.helpers...) {
		b.WriteString("\n" + part)
	}
	for _, name := range [...]string{regoItems, regoValues} {
		if w.uses[name] {
			b.WriteString("\n" + regoFunction(name))
		}
	}
	return b.Bytes()
}

// ruleCondition accepts conditions that only ask for resources of the types.
func (w *regoWriter) ruleCondition(when cnf) {
	for _, d := range when {
		for _, c := range d {
			a, ok := c.(*accessClause)
			switch {
			case ok && a.op == opExists && a.negated == a.not && len(a.query.parts) == 1 && a.query.parts[0].name == resourcesKey:
			case ok && presence(cnf{disj{c}}):
				if _, _, ok := w.selection(a.query); !ok {
					w.refuse(c.offset(), "the condition is no test for resources of a type")
				}
			default:
				w.refuse(c.offset(), "the condition of the rule is more than a test for resources of a type")
			}
		}
	}
}

// selection resolves a path that goes through Resources.*[ filter ]: the
// filters on the way, and the steps after them.
func (w *regoWriter) selection(q *query) (filters []cnf, rest []part, ok bool) {
	parts := q.parts
	if parts[0].kind == partVar {
		l := w.assigned(parts[0].id)
		if l == nil || l.value.query == nil || w.hops == maxHops {
			return nil, nil, false
		}
		w.hops++
		defer func() { w.hops-- }()
		inner, after, ok := w.selection(l.value.query)
		if !ok || len(after) > 0 {
			return nil, nil, false
		}
		filters, parts = inner, parts[1:]
		if len(parts) > 0 && parts[0].kind == partAllIndices {
			parts = parts[1:]
		}
	} else {
		if len(parts) < 2 || parts[0].kind != partKey || parts[0].name != resourcesKey {
			return nil, nil, false
		}
		parts = parts[1:]
		if parts[0].kind == partAllValues {
			parts = parts[1:]
		}
		if len(parts) == 0 || parts[0].kind != partFilter {
			return nil, nil, false
		}
	}
	for len(parts) > 0 && parts[0].kind == partFilter {
		filters, parts = append(slices.Clone(filters), parts[0].filter), parts[1:]
	}
	return filters, parts, true
}

func (w *regoWriter) assigned(id varID) *let {
	g := guards{scopes: w.lets}
	return g.assigned(id)
}

// resourcePlace is the resource, where the filters let it pass.
func (w *regoWriter) resourcePlace(filters []cnf) regoPlace {
	p := regoPlace{value: "input.resource", resource: true}
	for _, filter := range filters {
		for _, d := range filter {
			if suppresses(d) {
				continue
			}
			g := guards{file: w.file, scopes: w.lets}
			if types, ok := union(d, g.typeTest); ok {
				slices.Sort(types)
				if !slices.Equal(slices.Compact(types), w.types) {
					p.before = append(p.before, "input.resource.type in "+regoSet(types))
				}
				continue
			}
			p.before = append(p.before, w.holds(d, p))
		}
	}
	return p
}

func regoSet(texts []string) string {
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = strconv.Quote(t)
	}
	return "{" + strings.Join(quoted, ", ") + "}"
}

// suppresses tells whether alternatives only ask whether Metadata turns the rule
// off.
func suppresses(d disj) bool {
	return !slices.ContainsFunc(d, func(c clause) bool {
		a, ok := c.(*accessClause)
		return !ok || len(a.query.parts) < 2 || a.query.parts[0].name != "Metadata" ||
			a.query.parts[1].name != "guard" && a.query.parts[1].name != "cfn_nag"
	})
}

// body translates clauses that have to pass at a place; nil is the document.
func (w *regoWriter) body(b *block, at *regoPlace) {
	w.lets = append(w.lets, b.vars)
	for _, d := range b.cnf {
		w.conjunct(d, at)
	}
	w.lets = w.lets[:len(w.lets)-1]
}

func (w *regoWriter) conjunct(d disj, at *regoPlace) {
	if w.err != nil {
		return
	}
	if len(d) > 1 {
		place := at
		if place == nil {
			if place = w.common(d); place == nil {
				w.refuse(d[0].offset(), "alternatives at the root of the document are about different resources")
				return
			}
		}
		w.deny(*place, nil, "not "+w.holds(d, *place), regoMessage(d))
		return
	}
	switch c := d[0].(type) {
	case *accessClause:
		w.access(c, at)
	case *queryBlock:
		if place, ok := w.head(c.query, at, c.offset()); ok {
			w.each(c.query.some, place, c.query, c.offset(), func(p regoPlace) { w.body(&c.body, &p) })
		}
	case *typeBlock:
		if len(c.when) > 0 {
			w.refuse(c.at, "a type block with a condition")
			return
		}
		place := w.resourcePlace([]cnf{c.query.parts[2].filter})
		w.body(&c.body, &place)
	case *whenBlock:
		if at == nil {
			w.refuse(c.at, "a condition at the root of the document")
			return
		}
		place := *at
		place.before = slices.Clone(place.before)
		for _, d := range c.when {
			place.before = append(place.before, w.holds(d, place))
		}
		w.body(&c.body, &place)
	default:
		w.refuse(c.offset(), "references to rules and calls of rules")
	}
}

// common gives the place of alternatives that are about the same resources.
func (w *regoWriter) common(d disj) *regoPlace {
	var place *regoPlace
	for _, c := range d {
		a, ok := c.(*accessClause)
		if !ok || a.query.parts[0].kind != partVar {
			return nil
		}
		filters, _, ok := w.selection(a.query)
		if !ok {
			return nil
		}
		one := w.resourcePlace(filters)
		if place != nil && !slices.Equal(place.before, one.before) {
			return nil
		}
		place = &one
	}
	return place
}

// head is where a path starts: a resource, or the place around.
func (w *regoWriter) head(q *query, at *regoPlace, offset int) (regoPlace, bool) {
	if at != nil && q.parts[0].kind != partVar {
		return *at, true
	}
	filters, _, ok := w.selection(q)
	if !ok {
		w.refuse(offset, "the path "+q.String()+" does not begin with resources of a type")
		return regoPlace{}, false
	}
	return w.resourcePlace(filters), true
}

// regoGroup are keys of a path, and the step before them that opens a list: the
// function that it becomes, "" for the first.
type regoGroup struct {
	step  string
	names []string
}

// groups splits the steps of a path behind its head at [*] and .*.
func (w *regoWriter) groups(q *query, offset int) []regoGroup {
	parts := q.parts
	if _, rest, ok := w.selection(q); ok {
		parts = rest
	}
	out := []regoGroup{{}}
	for i := range parts {
		t := &parts[i]
		switch {
		case t.kind == partThis:
		case t.kind == partKey && !t.numeric:
			last := &out[len(out)-1]
			last.names = append(last.names, t.name)
		case t.kind == partAllIndices && t.capture < 0:
			out = append(out, regoGroup{step: regoItems})
		case t.kind == partAllValues && t.capture < 0:
			out = append(out, regoGroup{step: regoValues})
		default:
			w.refuse(offset, "the step "+q.rest(i)+" of a path")
			return out
		}
	}
	return out
}

// follow goes on from a place by keys.
func (w *regoWriter) follow(p regoPlace, names []string, offset int) regoPlace {
	p.path = slices.Clone(p.path)
	for _, name := range names {
		switch {
		case p.resource && name == "Properties":
			p.value, p.resource = p.value+".properties", false
			continue
		case p.resource && name == "Type":
			p.value, p.resource = p.value+".type", false
			continue
		case p.resource:
			w.refuse(offset, "the attribute "+name+" of a resource")
			return p
		case regoField.MatchString(name) && !regoKeyword(name):
			p.value += "." + name
		default:
			p.value += "[" + strconv.Quote(name) + "]"
		}
		p.path = append(p.path, strconv.Quote(name))
	}
	return p
}

// each translates what has to hold for each value of a path: that it leads
// somewhere, and f for the values.
func (w *regoWriter) each(some bool, p regoPlace, q *query, offset int, f func(regoPlace)) {
	if some {
		w.refuse(offset, "`some` before a block")
		return
	}
	groups := w.groups(q, offset)
	for i, g := range groups {
		p = w.follow(p, g.names, offset)
		if w.err != nil {
			return
		}
		if i == len(groups)-1 {
			if len(g.names) > 0 && p.value != "input.resource.properties" {
				w.deny(p, nil, "not "+w.helper("# "+q.String()+" exists", "_ = "+p.value), q.String()+" does not exist.")
			}
			f(p)
			return
		}
		w.deny(p, nil, "not "+w.helper("# "+q.String()+" has elements", "count("+w.elements(groups[i+1].step, p.value)+") > 0"), q.String()+" does not exist.")
		p = w.element(groups[i+1].step, p)
	}
}

// element goes on to each element of the value.
func (w *regoWriter) element(step string, p regoPlace) regoPlace {
	w.count++
	key, v := fmt.Sprintf("i%d", w.count), fmt.Sprintf("v%d", w.count)
	p.before = append(slices.Clone(p.before), fmt.Sprintf("some %s, %s in %s", key, v, w.elements(step, p.value)))
	p.path = append(slices.Clone(p.path), key)
	p.value = v
	return p
}

// elements gives the list of the elements that a step makes of a value.
func (w *regoWriter) elements(step, value string) string {
	if w.uses == nil {
		w.uses = map[string]bool{}
	}
	w.uses[step] = true
	return step + "(" + value + ")"
}
