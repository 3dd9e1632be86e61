package template

import (
	"maps"
	"slices"
)

// Outer begins the names of what belongs to the stack around a nested one, once
// for every level: "^Stage" is Stage of the parent, "^^Stage" that of its
// parent. No name in a template has it.
const Outer = "^"

// Nested is what a template is as a nested stack, with the values that its
// parent passes in the place of references to its parameters.
type Nested struct {
	// Parameters, Resources and Conditions replace those of the template; its
	// outputs are left out. ConditionNames gives the order of Conditions.
	Parameters     []*Parameter
	Resources      []*Resource
	Conditions     map[string]*Node
	ConditionNames []string
	// Mappings are added to those of the template.
	Mappings map[string]map[string]map[string]*Node
	// Outside are resources of the stacks around it that values refer to. They
	// can be found by their ID, and are no part of the template.
	Outside []*Resource
}

// Nest returns a template as a nested stack. t stays as it is.
func (t *Template) Nest(n Nested) *Template {
	out := *t
	out.Parameters, out.Resources, out.Outputs = n.Parameters, n.Resources, nil
	out.Conditions, out.ConditionNames = n.Conditions, n.ConditionNames
	if len(n.Mappings) > 0 {
		out.Mappings = maps.Clone(t.Mappings)
		maps.Copy(out.Mappings, n.Mappings)
	}
	out.parameters = make(map[string]*Parameter, len(n.Parameters))
	for _, p := range n.Parameters {
		out.parameters[p.Name] = p
	}
	out.resources = make(map[string]*Resource, len(n.Resources)+len(n.Outside))
	for _, r := range n.Outside {
		out.resources[r.ID] = r
	}
	for _, r := range n.Resources {
		out.resources[r.ID] = r
	}
	return &out
}

// Replacing returns a copy of the node with what f makes of each of its items,
// and whether that is another one. The copy shares the items where it is not.
func (n *Node) Replacing(f func(*Node) *Node) (out Node, changed bool) {
	out = *n
	for i, item := range n.Items {
		to := f(item)
		if to == item {
			continue
		}
		if !changed {
			out.Items, changed = slices.Clone(n.Items), true
		}
		out.Items[i] = to
	}
	return out, changed
}
