package sam

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/validate/template"
)

// transform is the name of the transform that this package knows.
const transform = "AWS::Serverless-2016-10-31"

// typePrefix begins the resource types that the transform replaces.
const typePrefix = "AWS::Serverless::"

// Gap is a part of a serverless resource that is not expanded, so that what it
// generates is not judged.
type Gap struct {
	Resource, Type string
	template.Pos
	Reason string
}

// Expand returns the template with its serverless resources replaced by what
// they generate, and what it could not expand. A template without the transform
// is returned as it is; so is a resource of a type that is not expanded. params
// are the pinned values of parameters and pseudo parameters.
func Expand(t *template.Template, params map[string]string) (*template.Template, []Gap) {
	if !slices.Contains(t.Transforms, transform) || !slices.ContainsFunc(t.Resources, isServerless) {
		return t, nil
	}
	x := &expander{
		in: t, params: params,
		refs: map[reference]string{}, apis: map[string]*api{}, conditions: map[string]*template.Node{},
		noted: map[string]bool{}, edited: map[string]*edit{}, recordSets: map[string]*draft{}, emitted: map[string]bool{},
	}
	x.checkGlobals()
	x.collectAPIs()
	for _, r := range t.Resources {
		x.resource(r)
	}
	x.implicitAPIs()
	x.deploymentApplication()
	return x.result(), x.gaps
}

func isServerless(r *template.Resource) bool { return strings.HasPrefix(r.Type, typePrefix) }

// expander is the work on one template.
type expander struct {
	in     *template.Template
	params map[string]string

	out  []*draft
	gaps []Gap
	// refs are the logical ids that references such as Function.Version stand
	// for.
	refs map[reference]string
	// emitted are the logical ids of out.
	emitted map[string]bool
	// merged counts the values that Globals were merged into.
	merged int
	// apis are the APIs that events can name, by logical id, the implicit ones
	// included.
	apis map[string]*api
	// edited are the resources of the template that events change.
	edited map[string]*edit
	// deployments are the functions that are deployed gradually.
	deployments []deployment
	// shared is the usage plan that APIs share.
	shared *usagePlan
	// recordSets are the groups of DNS records that APIs share.
	recordSets map[string]*draft

	conditions     map[string]*template.Node
	conditionNames []string
	notes          []template.Note
	noted          map[string]bool
}

// reference is a logical id and what is asked of it: Function, "Version".
type reference struct{ id, property string }

// draft is a resource under construction.
type draft struct {
	id, typ string
	pos     template.Pos
	props   object
	// source is the resource of the template that is copied, or nil.
	source *template.Resource

	condition                             string
	dependsOn                             []string
	metadata, deletion, replace, onUpdate *template.Node
}

// resource expands a resource of the template, or keeps it.
func (x *expander) resource(r *template.Resource) {
	expand, ok := expansions[r.Type]
	if !ok {
		x.emit(&draft{id: r.ID, source: r})
		return
	}
	s := x.source(r)
	if s.props.present() && !s.props.isMap() {
		s.gap(s.props.at, "Properties is given by a function")
		x.emit(&draft{id: r.ID, source: r})
		return
	}
	x.expand(s, expand)
}

// expand expands a resource, and adds its tags to what it generates if it says
// so.
func (x *expander) expand(s *source, f func(*source)) {
	s.checkTags()
	first := len(x.out)
	f(s)
	if s.propagates() {
		s.propagate(x.out[first:])
	}
}

// expansions are the types that are expanded.
var expansions = map[string]func(*source){
	typePrefix + "Function":     (*source).function,
	typePrefix + "Api":          (*source).restAPI,
	typePrefix + "HttpApi":      (*source).httpAPI,
	typePrefix + "SimpleTable":  (*source).simpleTable,
	typePrefix + "StateMachine": (*source).stateMachine,
	typePrefix + "LayerVersion": (*source).layerVersion,
	typePrefix + "Application":  (*source).application,
}

// note records a remark on the expansion, once.
func (x *expander) note(pos template.Pos, format string, args ...any) {
	n := template.Note{Pos: pos, Message: fmt.Sprintf(format, args...)}
	if len(x.in.Notes)+len(x.notes) >= template.MaxNotes {
		n = template.Note{Message: fmt.Sprintf("more than %d notes; the others are left out", template.MaxNotes)}
	}
	if key := fmt.Sprint(n); !x.noted[key] {
		x.noted[key] = true
		x.notes = append(x.notes, n)
	}
}

// condition adds a condition and returns its name.
func (x *expander) condition(name string, n *template.Node) string {
	if x.conditions[name] == nil {
		x.conditions[name] = n
		x.conditionNames = append(x.conditionNames, name)
	}
	return name
}

// not returns the name of the negation of a condition.
func (x *expander) not(name, condition string, pos template.Pos) string {
	return x.condition(name, call(pos, "Fn::Not", conditionRef(pos, condition)))
}

func conditionRef(pos template.Pos, name string) *template.Node {
	return call(pos, "Condition", scalar(pos, template.String, name))
}

// any returns the name of a condition that holds when one of several does; ""
// is a condition that always holds.
func (x *expander) any(name string, conditions []string, pos template.Pos) string {
	slices.Sort(conditions)
	conditions = slices.Compact(conditions)
	switch {
	case len(conditions) == 0 || conditions[0] == "":
		return ""
	case len(conditions) == 1:
		return conditions[0]
	}
	n := conditionRef(pos, conditions[0])
	for _, c := range conditions[1:] {
		n = call(pos, "Fn::Or", n, conditionRef(pos, c))
	}
	return x.condition(name, n)
}

// source is a serverless resource that is being expanded.
type source struct {
	*expander
	res *template.Resource
	// open counts the gaps.
	open int
	// props are its properties, those of Globals included.
	props prop
}

func (x *expander) source(r *template.Resource) *source {
	s := &source{expander: x, res: r}
	s.props = x.withGlobals(r, prop{r.Pos, r.Properties})
	return s
}

func (s *source) get(name string) prop { return s.props.get(name) }

// maxGaps is how many gaps of one resource are listed.
const maxGaps = 100

// gap records what is not expanded.
func (s *source) gap(pos template.Pos, format string, args ...any) {
	if pos == (template.Pos{}) {
		pos = s.res.Pos
	}
	s.open++
	switch {
	case s.open > maxGaps+1:
		return
	case s.open == maxGaps+1:
		format, args = "more than %d parts are not expanded; the others are left out", []any{maxGaps}
	}
	s.gaps = append(s.gaps, Gap{Resource: s.res.ID, Type: s.res.Type, Pos: pos, Reason: fmt.Sprintf(format, args...)})
}

// config returns a property that is a map. One that is given by a function is a
// gap, and absent; so is an empty one.
func (s *source) config(name string) prop {
	p := s.get(name)
	if !p.truthy() {
		return prop{}
	}
	if !p.isMap() {
		s.gap(p.at, "%s is given by a function", name)
		return prop{}
	}
	return p
}

// mapOf returns an entry of a map that has to be a map itself. One that is given
// by a function is a gap, and absent.
func (s *source) mapOf(p prop, what, name string) prop {
	value := p.get(name)
	if value.present() && !value.isMap() {
		s.gap(value.at, "%s%s is given by a function, or no map", what, name)
		return prop{}
	}
	return value
}

// known records a gap for each entry of a map that is in none of the tables.
func (s *source) known(p prop, what string, tables ...map[string]bool) {
	p.entries(func(name string, value prop) {
		for _, table := range tables {
			if table[name] {
				return
			}
		}
		s.gap(value.at, "%s%s is not expanded", what, name)
	})
}

func names(list string) map[string]bool {
	out := map[string]bool{}
	for _, name := range strings.Fields(list) {
		out[name] = true
	}
	return out
}

// add adds a generated resource. It exists when the serverless resource does,
// and is kept as that is.
func (s *source) add(id, typ string, pos template.Pos, props object) *draft {
	d := &draft{
		id: id, typ: typ, pos: pos, props: props,
		condition: s.res.Condition, deletion: s.res.DeletionPolicy, replace: s.res.UpdateReplacePolicy,
	}
	s.emit(d)
	return d
}

// primary adds the resource that has the logical id of the serverless one.
func (s *source) primary(typ string, props object) *draft {
	d := s.add(s.res.ID, typ, s.res.Pos, props)
	d.dependsOn, d.metadata = s.res.DependsOn, s.res.Metadata
	if p := (prop{node: s.res.Node}).get("UpdatePolicy"); p.present() {
		d.onUpdate = p.node
	}
	if connectors := (prop{node: s.res.Node}).get("Connectors"); connectors.present() {
		s.gap(connectors.at, "Connectors are not expanded")
	}
	return d
}

// emit adds a draft. A logical id that is taken, as by two events that make one
// queue, is kept once.
func (x *expander) emit(d *draft) {
	if !x.emitted[d.id] {
		x.emitted[d.id] = true
		x.out = append(x.out, d)
	}
}

// pass takes properties over as they are.
func (s *source) pass(names ...string) object {
	out := object{}
	for _, name := range names {
		out[name] = s.get(name)
	}
	return out
}
