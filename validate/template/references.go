package template

import (
	"slices"
	"strings"
)

// names is what references can name, known before any value is read.
type names struct {
	conditions map[string]bool
	logicalIDs map[string]int // index in resources
	// resources are the names and types in source order, to find cycles and
	// what AWS::Serverless generates.
	resources []declared
	// extensions and serverless are true when the template has the transform.
	extensions, serverless bool
	// open is true when a macro or an include may add entries that the text
	// does not have; openMappings, when it may add mappings.
	open, openMappings bool
}

// declared is a resource as its references see it.
type declared struct {
	id, typ string
	pos     Pos
	// conditional is true when it has a Condition.
	conditional bool
	edges       []edge
}

// edge is a reference from one resource to another.
type edge struct {
	to  int
	pos Pos
}

// callRef checks a Ref.
func (l *loader) callRef(n, arg *Node, p place) {
	l.value(arg, p)
	arg = l.folded(arg)
	n.Items[0] = arg
	switch {
	case arg.isScalar():
		l.reference(arg.Text, arg.Pos, p)
	case arg.Kind == Call && l.extensions:
	case arg.Kind == Null && !p.nulls:
	default:
		l.errorf(arg.Pos, "Ref needs a name, not %s", describe(arg))
	}
}

// folded returns the text of a Fn::Sub that has no references left, as after
// the expansion of a loop, or n itself. Names that are calls need the language
// extensions.
func (l *loader) folded(n *Node) *Node {
	if !l.extensions || n.Kind != Call || n.Fn != fnSub || len(n.Items) != 1 {
		return n
	}
	text := ""
	for _, part := range n.Parts {
		if part.Name != "" {
			return n
		}
		text += part.Text
	}
	s := l.new(String, n.Pos)
	s.Text, s.Pure = text, true
	return s
}

// callGetAtt makes both forms of Fn::GetAtt a call with two arguments.
func (l *loader) callGetAtt(n, arg *Node, p place) {
	switch arg.Kind {
	case String:
		id, attr, ok := strings.Cut(arg.Text, ".")
		if !ok || id == "" || attr == "" {
			l.errorf(arg.Pos, "Fn::GetAtt needs a logical id and an attribute, as in Bucket.Arn, not %q", arg.Text)
			return
		}
		first, second := l.new(String, arg.Pos), l.new(String, arg.Pos)
		first.Text, second.Text = id, attr
		n.Items = []*Node{first, second}
	case List:
		if !l.arguments(n, functions[fnGetAtt], arg) {
			return
		}
		n.Items = slices.Clone(n.Items)
	default:
		l.errorf(arg.Pos, "Fn::GetAtt needs a logical id and an attribute, not %s", describe(arg))
		return
	}
	for i, a := range n.Items {
		l.value(a, p)
		n.Items[i] = l.folded(a)
	}
	id, attr := n.Items[0], n.Items[1]
	if id.Kind != String && (id.Kind != Call || !l.extensions) {
		l.errorf(id.Pos, "Fn::GetAtt: the logical id must be a string, not %s", describe(id))
		return
	}
	if !attr.isScalar() && (attr.Kind != Call || !l.extensions && attr.Fn != fnRef) {
		l.errorf(attr.Pos, "Fn::GetAtt: the attribute must be a string, not %s", describe(attr))
		return
	}
	if id.Kind == String {
		l.attribute(id.Text, id.Pos, fnGetAtt, p)
	}
}

// reference checks the name in a Ref, or in a Fn::Sub when it has no dot.
func (l *loader) reference(name string, pos Pos, p place) {
	if pseudoParameters[name] || l.t.parameters[name] != nil {
		return
	}
	if l.linked(name, pos, p) {
		return
	}
	l.errorf(pos, "there is no parameter or resource %q%s", name, l.suggest(name, pseudoParameters, l.t.parameters, l.logicalIDs))
}

// attribute checks the logical id of an attribute.
func (l *loader) attribute(id string, pos Pos, what string, p place) {
	if !l.linked(id, pos, p) {
		l.errorf(pos, "%s: there is no resource %q%s", what, id, l.suggest(id, l.logicalIDs))
	}
}

// linked reports whether there is, or may be, a resource with the logical id,
// and records the dependency.
func (l *loader) linked(id string, pos Pos, p place) bool {
	to, ok := l.logicalIDs[id]
	switch {
	case ok && p.section&inConditionals != 0:
		l.errorf(pos, "%q is a resource; only parameters can be used %s", id, p.section)
	case ok && p.resource >= 0 && !p.guarded:
		from := &l.resources[p.resource]
		from.edges = append(from.edges, edge{to: to, pos: pos})
	}
	return ok || l.open || l.generated(id)
}

// generated reports whether AWS::Serverless may make a resource with the
// logical id: FunctionRole, Api.Stage, ServerlessRestApi.
func (l *loader) generated(id string) bool {
	if !l.serverless {
		return false
	}
	for _, implicit := range []string{"ServerlessRestApi", "ServerlessHttpApi", "ServerlessDeploymentApplication", "CodeDeployServiceRole"} {
		if strings.HasPrefix(id, implicit) {
			return true
		}
	}
	for _, r := range l.resources {
		if strings.HasPrefix(r.typ, "AWS::Serverless::") && strings.HasPrefix(id, r.id) {
			return true
		}
	}
	return false
}

// cycles refuses resources that depend on each other. Resources of
// AWS::Serverless are left out: what they expand to decides.
func (l *loader) cycles() {
	const (
		open = iota + 1
		done
	)
	state := make([]uint8, len(l.resources))
	var path []int
	var visit func(i int)
	visit = func(i int) {
		state[i] = open
		path = append(path, i)
		for _, e := range l.resources[i].edges {
			switch state[e.to] {
			case open:
				l.cycle(path[slices.Index(path, e.to):], e.pos)
			case done:
			default:
				visit(e.to)
			}
		}
		path = path[:len(path)-1]
		state[i] = done
	}
	for i, r := range l.resources {
		if strings.HasPrefix(r.typ, "AWS::Serverless::") {
			state[i] = done
		}
	}
	for i := range l.resources {
		if state[i] == 0 {
			visit(i)
		}
	}
}

func (l *loader) cycle(path []int, pos Pos) {
	ids := make([]string, 0, len(path)+1)
	for _, i := range path {
		ids = append(ids, l.resources[i].id)
	}
	ids = append(ids, ids[0])
	l.errorf(pos, "resources depend on each other: %s", strings.Join(ids, " -> "))
}
