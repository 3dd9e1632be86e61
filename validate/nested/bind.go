package nested

import (
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/validate/template"
)

// binding is what the parent passes for a parameter of the child.
type binding struct {
	declared *template.Parameter
	value    *template.Node // of the parent
	// absent means that the value may be AWS::NoValue, so that the parameter has
	// its default.
	absent bool
}

// bind finds what the parent passes.
func (b *builder) bind(stack *template.Resource) {
	parameters := stack.Properties.Get("Parameters")
	for _, p := range b.child.Parameters {
		if strings.HasPrefix(p.Type, "AWS::SSM::Parameter::Value<") {
			continue // What is passed is the name of a parameter, not its value.
		}
		value, known := passed(parameters, p.Name)
		if value != nil {
			v := &binding{declared: p, value: value, absent: mayBeAbsent(value)}
			b.bound[p.Name] = v
			b.narrow(v)
		}
		if p.Default != nil && known && (value == nil || b.bound[p.Name].absent) {
			b.pins[p.Name] = *p.Default
		}
	}
}

// passed finds the value for a parameter in what a nested stack has as
// Parameters: nil where there is none. known is false where that is given by a
// function whose outcome is not known.
func passed(n *template.Node, name string) (value *template.Node, known bool) {
	switch {
	case n == nil || isNoValue(n):
		return nil, true
	case n.Kind == template.Map:
		if value = n.Get(name); value != nil && (value.Kind == template.Null || isNoValue(value)) {
			value = nil
		}
		return value, true
	case isCall(n, fnIf) && len(n.Items) == 3:
		yes, knownYes := passed(n.Items[1], name)
		no, knownNo := passed(n.Items[2], name)
		if !knownYes || !knownNo || yes == nil && no == nil {
			return nil, knownYes && knownNo
		}
		if yes == nil {
			yes = ref(n.Pos, noValue)
		}
		if no == nil {
			no = ref(n.Pos, noValue)
		}
		return call(n.Pos, fnIf, n.Items[0], yes, no), true
	}
	return nil, false
}

// mayBeAbsent tells whether a branch of a value is AWS::NoValue.
func mayBeAbsent(n *template.Node) bool {
	return isNoValue(n) || isCall(n, fnIf) && slices.ContainsFunc(n.Items[1:], mayBeAbsent)
}

// narrow notes that a parameter of the parent can only have values that the
// child's declaration allows: with any other, there is no nested stack.
func (b *builder) narrow(v *binding) {
	name, ok := refName(v.value)
	if !ok {
		return
	}
	if p := b.parent.Parameter(name); p == nil || p.IsList() != v.declared.IsList() {
		return
	}
	p := b.parameter(name)
	p.Also = append(append(p.Also, v.declared), v.declared.Also...)
	p.NoEcho = p.NoEcho || v.declared.NoEcho
}

// text is the value of a parameter, for a reference at pos.
func (b *builder) text(v *binding, n *template.Node, pos template.Pos) *template.Node {
	switch {
	case isNoValue(n):
		return ref(pos, v.declared.Name)
	case isScalar(n):
		b.nodes++
		return scalar(pos, n.Text)
	case isCall(n, fnIf):
		return b.choose(n, pos, func(branch *template.Node) *template.Node { return b.text(v, branch, pos) })
	case n.Kind == template.List:
		return call(pos, "Fn::Join", scalar(pos, ","), b.lift(n, pos))
	}
	return b.lift(n, pos)
}

// list is the value of a parameter that is a list, which is passed as a text.
func (b *builder) list(v *binding, n *template.Node, pos template.Pos) *template.Node {
	switch {
	case isNoValue(n):
		return ref(pos, v.declared.Name)
	case isScalar(n):
		return b.split(n.Text, pos)
	case isCall(n, fnIf):
		return b.choose(n, pos, func(branch *template.Node) *template.Node { return b.list(v, branch, pos) })
	case n.Kind == template.List:
		return b.lift(n, pos)
	case isCall(n, "Fn::Join") && len(n.Items) == 2 && n.Items[0].Text == "," && withoutCommas(n.Items[1]):
		return b.lift(n.Items[1], pos)
	}
	if name, ok := refName(n); ok && b.parent.Parameter(name) != nil && b.parent.Parameter(name).IsList() {
		return b.lift(n, pos)
	}
	return call(pos, "Fn::Split", scalar(pos, ","), b.lift(n, pos))
}

// withoutCommas tells whether a value that is joined by commas is, split at
// commas, the same again.
func withoutCommas(n *template.Node) bool {
	return n.Kind == template.Call || n.Kind == template.List && !slices.ContainsFunc(n.Items, func(item *template.Node) bool {
		return item.Kind == template.Call || strings.Contains(item.Text, ",")
	})
}

// split makes a list of a text as CloudFormation does: at commas, without the
// spaces around.
func (b *builder) split(text string, pos template.Pos) *template.Node {
	out := &template.Node{Kind: template.List, Pure: true, Pos: pos}
	if strings.TrimSpace(text) == "" {
		return out
	}
	for _, item := range strings.Split(text, ",") {
		b.nodes++
		out.Items = append(out.Items, scalar(pos, strings.TrimSpace(item)))
	}
	return out
}

// choose is a Fn::If of the parent, with other branches.
func (b *builder) choose(n *template.Node, pos template.Pos, branch func(*template.Node) *template.Node) *template.Node {
	b.nodes++
	return call(pos, fnIf, scalar(pos, b.condition(n.Items[0].Text)), branch(n.Items[1]), branch(n.Items[2]))
}

// rewrite replaces the references to parameters that the parent passes. It
// returns n itself when there are none.
func (b *builder) rewrite(n *template.Node) *template.Node {
	if n.Pure || b.full() {
		return n
	}
	if name, ok := refName(n); ok {
		v := b.bound[name]
		switch {
		case v == nil:
			return n
		case v.declared.IsList():
			return b.list(v, v.value, n.Pos)
		}
		return b.text(v, v.value, n.Pos)
	}
	out, changed := n.Replacing(b.rewrite)
	if isCall(n, fnSub) {
		return b.rewriteSub(n, &out, changed)
	}
	if !changed {
		return n
	}
	b.nodes++
	out.Pure = n.Kind != template.Call && !slices.ContainsFunc(out.Items, func(item *template.Node) bool { return !item.Pure })
	return &out
}

// rewriteSub replaces the references in the text of a Fn::Sub, of which out is a
// copy; changed tells that the copy has other items. A value that is no text and
// no reference becomes a variable.
func (b *builder) rewriteSub(n, out *template.Node, changed bool) *template.Node {
	refers := func(p template.Part) bool { return p.Name != "" && !isVariable(n, p.Name) && b.bound[p.Name] != nil }
	if !slices.ContainsFunc(n.Parts, refers) {
		if !changed {
			return n
		}
		return out
	}
	out.Parts = nil
	variables := &template.Node{Kind: template.Map, Pos: n.Pos}
	if len(out.Items) > 1 {
		*variables = *out.Items[1]
		variables.Keys, variables.Items = slices.Clone(variables.Keys), slices.Clone(variables.Items)
	}
	for _, part := range n.Parts {
		b.nodes++
		if !refers(part) {
			out.Parts = append(out.Parts, part)
			continue
		}
		v := b.bound[part.Name]
		value := b.text(v, v.value, n.Pos)
		if parts, ok := inline(value, part.Pos); ok {
			out.Parts = append(out.Parts, parts...)
			continue
		}
		out.Parts = append(out.Parts, part)
		if variables.Get(part.Name) == nil {
			variables.Keys = append(variables.Keys, template.Key{Name: part.Name, Pos: part.Pos})
			variables.Items = append(variables.Items, value)
		}
	}
	if !slices.ContainsFunc(out.Parts, func(p template.Part) bool { return p.Name != "" }) {
		return scalar(n.Pos, partsText(out.Parts))
	}
	out.Items = []*template.Node{scalar(n.Items[0].Pos, partsText(out.Parts))}
	if len(variables.Keys) > 0 {
		out.Items = append(out.Items, variables)
	}
	return out
}

// inline writes a value as parts of a Fn::Sub, where that can be done.
func inline(n *template.Node, pos template.Pos) ([]template.Part, bool) {
	name, isRef := refName(n)
	switch {
	case isScalar(n):
		if n.Text == "" {
			return nil, true
		}
		return []template.Part{{Text: n.Text, Pos: pos}}, true
	case isRef && name != noValue:
		return []template.Part{{Name: name, Pos: pos}}, true
	case isCall(n, "Fn::GetAtt") && len(n.Items) == 2 && isScalar(n.Items[0]) && isScalar(n.Items[1]):
		return []template.Part{{Name: n.Items[0].Text + "." + n.Items[1].Text, Pos: pos}}, true
	case isCall(n, fnSub) && len(n.Items) == 1:
		parts := slices.Clone(n.Parts)
		for i := range parts {
			parts[i].Pos = pos
		}
		return parts, true
	}
	return nil, false
}
