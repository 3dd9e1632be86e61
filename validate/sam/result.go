package sam

import (
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/validate/template"
)

// result makes the expanded template.
func (x *expander) result() *template.Template {
	d := template.Derived{Conditions: x.conditions, ConditionNames: x.conditionNames, Notes: x.notes}
	for _, draft := range x.out {
		d.Resources = append(d.Resources, x.finish(draft))
	}
	for _, out := range x.in.Outputs {
		if value := x.rewrite(out.Value); value != out.Value {
			changed := *out
			changed.Value = value
			out = &changed
		}
		d.Outputs = append(d.Outputs, out)
	}
	return x.in.Derive(d)
}

// finish makes a resource of a draft.
func (x *expander) finish(d *draft) *template.Resource {
	if d.source != nil {
		return x.keep(d.source)
	}
	r := &template.Resource{
		ID: d.id, Type: d.typ, Condition: d.condition, DependsOn: x.dependsOn(d.dependsOn),
		Metadata: x.rewrite(d.metadata), DeletionPolicy: d.deletion, UpdateReplacePolicy: d.replace,
		Properties: x.rewrite(build(d.pos, d.props)), Pos: d.pos, TypePos: d.pos,
	}
	r.Node = entry(r, d.onUpdate)
	return r
}

// keep takes a resource over, with the changes that events make to it and with
// the references to what is generated.
func (x *expander) keep(r *template.Resource) *template.Resource {
	out := *r
	if e := x.edited[r.ID]; e != nil {
		out.Properties = e.apply(r)
		out.DependsOn = append(slices.Clone(r.DependsOn), e.dependsOn...)
	}
	out.Properties, out.Metadata = x.rewrite(out.Properties), x.rewrite(out.Metadata)
	out.DependsOn = x.dependsOn(out.DependsOn)
	if out.Properties == r.Properties && out.Metadata == r.Metadata && slices.Equal(out.DependsOn, r.DependsOn) {
		return r
	}
	out.Node = entry(&out, prop{node: r.Node}.get("UpdatePolicy").node)
	return &out
}

// entry makes the node of a whole resource.
func entry(r *template.Resource, updatePolicy *template.Node) *template.Node {
	e := object{
		"Type": scalar(r.TypePos, template.String, r.Type), "Properties": prop{r.Pos, r.Properties}, "Metadata": prop{r.Pos, r.Metadata},
		"DeletionPolicy": prop{r.Pos, r.DeletionPolicy}, "UpdateReplacePolicy": prop{r.Pos, r.UpdateReplacePolicy},
		"UpdatePolicy": prop{r.Pos, updatePolicy},
	}
	if r.Condition != "" {
		e["Condition"] = r.Condition
	}
	if len(r.DependsOn) > 0 {
		ids := list{}
		for _, id := range r.DependsOn {
			ids = append(ids, id)
		}
		e["DependsOn"] = ids
	}
	return build(r.Pos, e)
}

// dependsOn replaces the logical ids that the transform changes.
func (x *expander) dependsOn(ids []string) []string {
	for i, id := range ids {
		if to, ok := x.refs[reference{id, ""}]; ok {
			ids = slices.Clone(ids)
			ids[i] = to
		}
	}
	return ids
}

// rewrite replaces the references to properties of serverless resources, such
// as Function.Version, by references to what is generated. It returns n itself
// when there are none.
func (x *expander) rewrite(n *template.Node) *template.Node {
	if n == nil || n.Pure {
		return n
	}
	switch {
	case isCall(n, fnRef):
		return x.rewriteRef(n)
	case isCall(n, fnGetAtt):
		return x.rewriteGetAtt(n)
	}
	out, changed := n.Replacing(x.rewrite)
	if x.rewriteParts(n, &out, changed) || changed {
		return &out
	}
	return n
}

// rewriteParts replaces the references in the text of a Fn::Sub, of which out is
// a copy. owned tells that the copy has items of its own.
func (x *expander) rewriteParts(n, out *template.Node, owned bool) bool {
	changed := false
	for i, part := range n.Parts {
		name := x.rewriteName(n, part.Name)
		if name == part.Name {
			continue
		}
		if !changed {
			out.Parts, changed = slices.Clone(n.Parts), true
			if !owned {
				out.Items = slices.Clone(n.Items)
			}
		}
		out.Parts[i].Name = name
		text := *out.Items[0]
		text.Text = strings.ReplaceAll(text.Text, "${"+part.Name+"}", "${"+name+"}")
		out.Items[0] = &text
	}
	return changed
}

func (x *expander) rewriteRef(n *template.Node) *template.Node {
	name, ok := refName(n)
	if !ok {
		return n
	}
	id, property, _ := strings.Cut(name, ".")
	if to, ok := x.refs[reference{id, property}]; ok {
		return ref(n.Pos, to)
	}
	return n
}

// rewriteGetAtt replaces Function.Alias.Name, in both ways to split it.
func (x *expander) rewriteGetAtt(n *template.Node) *template.Node {
	if len(n.Items) != 2 || n.Items[0].Kind != template.String || n.Items[1].Kind != template.String {
		return n
	}
	to := x.rewriteAttribute(n.Items[0].Text + "." + n.Items[1].Text)
	id, attribute, ok := strings.Cut(to, ".")
	if !ok || id == n.Items[0].Text && attribute == n.Items[1].Text {
		return n
	}
	return getAtt(n.Pos, id, attribute)
}

// rewriteAttribute replaces the beginning of "Function.Alias.Name" or
// "Layer.Arn".
func (x *expander) rewriteAttribute(name string) string {
	id, rest, _ := strings.Cut(name, ".")
	if property, attribute, ok := strings.Cut(rest, "."); ok {
		if to, ok := x.refs[reference{id, property}]; ok {
			return to + "." + attribute
		}
	}
	if to, ok := x.refs[reference{id, ""}]; ok {
		return to + "." + rest
	}
	return name
}

// rewriteName replaces a name in the text of a Fn::Sub, unless the function has
// a variable of that name.
func (x *expander) rewriteName(n *template.Node, name string) string {
	if name == "" || len(n.Items) > 1 && n.Items[1].Get(name) != nil {
		return name
	}
	id, property, _ := strings.Cut(name, ".")
	if to, ok := x.refs[reference{id, property}]; ok {
		return to
	}
	if property == "" {
		return name
	}
	return x.rewriteAttribute(name)
}
