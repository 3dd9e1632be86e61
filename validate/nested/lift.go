package nested

import (
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/validate/template"
)

// lifter takes values of the parent into the child: names get the prefix, and
// what they name is remembered.
type lifter struct {
	parent     *template.Template
	parameters map[string]*template.Parameter
	outside    map[string]*template.Resource
	mappings   map[string]map[string]map[string]*template.Node
	conditions map[string]*template.Node
	// conditionNames are those of conditions, in the order in which they were met.
	conditionNames []string
	// nodes counts the values that were made.
	nodes int
}

// full tells that no more values are worth making: the template is refused.
func (l *lifter) full() bool { return l.nodes > template.MaxNodes }

// lift copies a value of the parent. Everything in the copy is at pos.
func (l *lifter) lift(n *template.Node, pos template.Pos) *template.Node {
	l.nodes++
	if l.full() {
		return scalar(pos, "")
	}
	out := *n
	out.Pos, out.Keys, out.Items = pos, slices.Clone(n.Keys), slices.Clone(n.Items)
	for i := range out.Keys {
		out.Keys[i].Pos = pos
	}
	from := 0
	if n.Kind == template.Call {
		rename := l.renaming(n)
		if rename != nil {
			if len(n.Items) == 0 || n.Items[0].Kind == template.Call {
				// A name that is computed: which one is not known here.
				return ref(pos, template.Outer+"("+describe(n)+")")
			}
			out.Items[0] = scalar(pos, rename(n.Items[0].Text))
			from = 1
		}
		if n.Fn == fnSub {
			l.liftParts(n, &out, pos)
			from = 1
		}
	}
	for i := from; i < len(n.Items); i++ {
		out.Items[i] = l.lift(n.Items[i], pos)
	}
	return &out
}

// renaming tells what to do with the first argument of a function that is a
// name; nil for other functions.
func (l *lifter) renaming(n *template.Node) func(string) string {
	switch n.Fn {
	case fnRef:
		return l.reference
	case "Fn::GetAtt":
		return l.resource
	case "Fn::FindInMap":
		return l.mapping
	case fnIf, "Condition":
		return l.condition
	}
	return nil
}

// liftParts renames what the text of a Fn::Sub refers to.
func (l *lifter) liftParts(n, out *template.Node, pos template.Pos) {
	out.Parts = slices.Clone(n.Parts)
	for i, part := range out.Parts {
		if part.Name != "" && !isVariable(n, part.Name) {
			out.Parts[i].Name = l.dotted(part.Name)
		}
		out.Parts[i].Pos = pos
	}
	out.Items[0] = scalar(pos, partsText(out.Parts))
}

// dotted renames "Stage" or "Bucket.Arn".
func (l *lifter) dotted(name string) string {
	if id, attribute, ok := strings.Cut(name, "."); ok {
		return l.resource(id) + "." + attribute
	}
	return l.reference(name)
}

// reference renames a parameter, pseudo parameter or resource.
func (l *lifter) reference(name string) string {
	if isShared(name) {
		return name
	}
	if l.parent.Parameter(name) != nil {
		return l.parameter(name).Name
	}
	return l.resource(name)
}

// parameter is the declaration of a parameter of the parent.
func (l *lifter) parameter(name string) *template.Parameter {
	to := template.Outer + name
	if l.parameters[to] == nil {
		p := *l.parent.Parameter(name)
		p.Name, p.Also = to, slices.Clone(p.Also)
		if p.File == "" {
			p.File = l.parent.File
		}
		l.parameters[to] = &p
	}
	return l.parameters[to]
}

// resource renames a resource of the parent.
func (l *lifter) resource(id string) string {
	to := template.Outer + id
	if l.outside[to] != nil {
		return to
	}
	if r := l.parent.Resource(id); r != nil {
		l.outside[to] = &template.Resource{ID: to, Type: r.Type}
	} else if l.serverless() && !strings.ContainsAny(id, "(:") {
		// What the serverless transform generates is of some type of AWS.
		l.outside[to] = &template.Resource{ID: to, Type: "AWS::Serverless"}
	}
	return to
}

func (l *lifter) serverless() bool {
	return slices.ContainsFunc(l.parent.Transforms, func(t string) bool { return strings.HasPrefix(t, "AWS::Serverless") })
}

// mapping takes a mapping of the parent over. What it holds has no functions.
func (l *lifter) mapping(name string) string {
	to := template.Outer + name
	if m, ok := l.parent.Mappings[name]; ok {
		l.mappings[to] = m
	}
	return to
}

// condition takes a condition of the parent over, with those that it names. It
// has no place in the child.
func (l *lifter) condition(name string) string {
	to := template.Outer + name
	n := l.parent.Conditions[name]
	if _, known := l.conditions[to]; known || n == nil {
		return to
	}
	l.conditions[to] = nil
	l.conditionNames = append(l.conditionNames, to)
	l.conditions[to] = l.lift(n, template.Pos{})
	return to
}
