// Package nested makes of the template of a nested stack what its parent deploys:
// references to its parameters are what the parent passes for them, and
// everything in it exists only where the nested stack does.
//
// What comes from the parent has a name that begins with [template.Outer], so
// that it is no name of the child; its position is that of the reference in the
// child that it stands for. A parameter that the parent does not pass has its
// default. Names that CloudFormation generates for a nested stack
// (AWS::StackName, AWS::StackId) are its own, and not known.
package nested

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/validate/template"
)

// StackType is the resource type of nested stacks.
const StackType = "AWS::CloudFormation::Stack"

// ErrTooLarge means that the values that are passed make a template larger than
// a template may be.
var ErrTooLarge = errors.New("the values that are passed to it make it too large")

// shared are the pseudo parameters that have one value in all stacks of a
// hierarchy.
var shared = [...]string{"AWS::AccountId", "AWS::NoValue", "AWS::Partition", "AWS::Region", "AWS::URLSuffix"}

func isShared(name string) bool { return slices.Contains(shared[:], name) }

// Known returns the values of a nested stack's parameters that are known from the
// template of the parent and its pinned parameters, with the pseudo parameters
// that both have in common.
func Known(parent map[string]string, stack *template.Resource) map[string]string {
	out := map[string]string{}
	for name, value := range parent {
		if isShared(name) {
			out[name] = value
		}
	}
	parameters := stack.Properties.Get("Parameters")
	if parameters == nil || parameters.Kind != template.Map {
		return out
	}
	for i, key := range parameters.Keys {
		n := parameters.Items[i]
		if name, ok := refName(n); ok {
			if value, pinned := parent[name]; pinned {
				out[key.Name] = value
			}
		} else if isScalar(n) {
			out[key.Name] = n.Text
		}
	}
	return out
}

// Passed returns what a parent passes for a parameter of a nested stack where its
// own parameters are pinned or have their defaults, for [template.Options].
func Passed(parent *template.Template, pinned map[string]string, stack *template.Resource) func(name string) (value string, passed, known bool) {
	return func(name string) (string, bool, bool) {
		n, sure := passed(stack.Properties.Get("Parameters"), name)
		if n == nil {
			return "", !sure, false
		}
		value, known := constant(parent, pinned, n)
		return value, true, known
	}
}

// constant is the text of a value of the parent.
func constant(parent *template.Template, pinned map[string]string, n *template.Node) (string, bool) {
	name, isRef := refName(n)
	switch {
	case isScalar(n):
		return n.Text, true
	case isRef:
		if value, ok := pinned[name]; ok {
			return value, true
		}
		p := parent.Parameter(name)
		if p == nil || p.Default == nil || strings.HasPrefix(p.Type, "AWS::SSM::Parameter::Value<") {
			return "", false
		}
		return *p.Default, true
	case n.Kind == template.List:
		return joined(parent, pinned, n.Items, ",")
	case isCall(n, "Fn::Join") && n.Items[1].Kind == template.List:
		return joined(parent, pinned, n.Items[1].Items, n.Items[0].Text)
	case isCall(n, "Fn::Join"):
		text, known := constant(parent, pinned, n.Items[1])
		items := strings.Split(text, ",")
		for i := range items {
			items[i] = strings.TrimSpace(items[i])
		}
		return strings.Join(items, n.Items[0].Text), known
	}
	return "", false
}

func joined(parent *template.Template, pinned map[string]string, items []*template.Node, delimiter string) (string, bool) {
	texts := make([]string, len(items))
	for i, item := range items {
		var known bool
		if texts[i], known = constant(parent, pinned, item); !known {
			return "", false
		}
	}
	return strings.Join(texts, delimiter), true
}

// Derive returns the template of a nested stack as its parent deploys it, and the
// pinned values of its parameters. pinned are those of the parent. The error is
// ErrTooLarge.
func Derive(parent *template.Template, pinned map[string]string, stack *template.Resource, child *template.Template) (*template.Template, map[string]string, error) {
	b := &builder{
		lifter: &lifter{
			parent: parent, parameters: map[string]*template.Parameter{}, outside: map[string]*template.Resource{},
			mappings: map[string]map[string]map[string]*template.Node{}, conditions: map[string]*template.Node{},
		},
		child: child, bound: map[string]*binding{}, pins: pins(pinned),
	}
	b.bind(stack)
	out := b.template(stack)
	if b.nodes > template.MaxNodes {
		return nil, nil, ErrTooLarge
	}
	return out, b.pins, nil
}

// pins are the pinned values of a parent, by the names that they have in a nested
// stack.
func pins(parent map[string]string) map[string]string {
	out := make(map[string]string, len(parent))
	for name, value := range parent {
		if !isShared(name) {
			name = template.Outer + name
		}
		out[name] = value
	}
	return out
}

// builder makes the derived template.
type builder struct {
	*lifter
	child *template.Template
	// bound are the parameters of the child that the parent passes.
	bound map[string]*binding
	pins  map[string]string
}

// template puts the parts together.
func (b *builder) template(stack *template.Resource) *template.Template {
	out := template.Nested{Conditions: map[string]*template.Node{}}
	for _, name := range b.child.ConditionNames {
		out.Conditions[name] = b.rewrite(b.child.Conditions[name])
		out.ConditionNames = append(out.ConditionNames, name)
	}
	exists := ""
	if stack.Condition != "" {
		exists = b.condition(stack.Condition)
	}
	for _, r := range b.child.Resources {
		condition := r.Condition
		switch {
		case exists == "":
		case condition == "":
			condition = exists
		default:
			condition += template.Outer
			if out.Conditions[condition] == nil {
				out.Conditions[condition] = call(template.Pos{}, "Fn::And", conditionRef(exists), conditionRef(r.Condition))
				out.ConditionNames = append(out.ConditionNames, condition)
			}
		}
		out.Resources = append(out.Resources, b.resource(r, condition))
	}
	// What the child refers to is complete now.
	for _, name := range b.conditionNames {
		out.Conditions[name] = b.conditions[name]
		out.ConditionNames = append(out.ConditionNames, name)
	}
	for _, name := range slices.Sorted(maps.Keys(b.parameters)) {
		out.Parameters = append(out.Parameters, b.parameters[name])
	}
	for _, p := range b.child.Parameters {
		if v := b.bound[p.Name]; v == nil || v.absent {
			out.Parameters = append(out.Parameters, p)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(b.outside)) {
		out.Outside = append(out.Outside, b.outside[id])
	}
	out.Mappings = b.mappings
	return b.child.Nest(out)
}

func (b *builder) resource(r *template.Resource, condition string) *template.Resource {
	out := *r
	out.Condition = condition
	for _, n := range [...]**template.Node{&out.Properties, &out.Metadata, &out.DeletionPolicy, &out.UpdateReplacePolicy} {
		if *n != nil {
			*n = b.rewrite(*n)
		}
	}
	return &out
}

// Label is what a name in a derived template is called. path are the logical ids
// of the stacks that lead to it: names of the outermost stack are as they are
// there, names of the others have the path of their stack before them.
func Label(name string, path []string) string {
	level := len(name) - len(strings.TrimLeft(name, template.Outer))
	name = Text(name[level:])
	if level >= len(path) || isShared(name) || strings.ContainsAny(name, "({") {
		return name
	}
	return strings.Join(path[:len(path)-level], "/") + "/" + name
}

// Text is a text of a derived template, for people.
func Text(s string) string {
	const reference = "${" + template.Outer
	for strings.Contains(s, reference) {
		s = strings.ReplaceAll(s, reference, "${")
	}
	return s
}
