package validate

import (
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/fsxns3ap/guardhook/internal/schema"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// canonical computes the canonical value of a node, as far as it is read. It
// is nil when the value is absent. Branches and values that are not read are
// not looked at, so that they make no scenarios.
func (w *world) canonical(n *template.Node, shape *schema.Shape, reads *rules.Reads) (ast.Value, error) {
	if n == nil || reads == nil {
		return nil, nil
	}
	n = n.Beside()
	if n.Pure && reads.All && !hasDynamicReference(n) {
		key := pureKey{n, shape}
		if v, ok := w.r.pure[key]; ok {
			return v, nil
		}
		v, err := w.container(n, shape, reads)
		if err == nil {
			w.r.pure[key] = v
		}
		return v, err
	}
	if n.Kind == template.String || w.masked || w.cand == nil {
		return w.changing(n, shape, reads)
	}
	key := pureKey{n, shape}
	if s, ok := w.cand.stable[key]; ok {
		w.metOpen = w.metOpen || s.open
		return s.value, nil
	}
	touched, open := w.touched, w.metOpen
	w.touched, w.metOpen = false, false
	v, err := w.changing(n, shape, reads)
	if err == nil && !w.touched {
		w.cand.stable[key] = stableValue{v, w.metOpen}
	}
	w.touched, w.metOpen = w.touched || touched, w.metOpen || open
	return v, err
}

// changing computes a value that may depend on what has been chosen.
func (w *world) changing(n *template.Node, shape *schema.Shape, reads *rules.Reads) (ast.Value, error) {
	if n.Kind == template.Call {
		if n.Fn == "Fn::If" {
			branch, err := w.branch(n)
			if err != nil {
				return nil, err
			}
			return w.canonical(branch, shape, reads)
		}
		v, err := w.call(n)
		if err != nil {
			return nil, err
		}
		return w.fromCall(n, v, shape)
	}
	return w.container(n, shape, reads)
}

func (w *world) fromCall(n *template.Node, v any, shape *schema.Shape) (ast.Value, error) {
	switch v.(type) {
	case noValue, nil:
		return nil, nil
	}
	out, diagnostics := schema.Canonical(shape, v)
	for _, d := range diagnostics {
		if !w.open(v) {
			w.r.problem(n.Pos, "%s", d.Message)
		}
	}
	return ast.InterfaceToValue(out)
}

// open reports whether a value holds text that stands for something unknown,
// which need not convert.
func (w *world) open(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(v, "${") || strings.Contains(v, "{{resolve:")
	case list:
		for _, item := range v {
			if w.open(item) {
				return true
			}
		}
	case object:
		for _, item := range v {
			if w.open(item) {
				return true
			}
		}
	}
	return false
}

func (w *world) container(n *template.Node, shape *schema.Shape, reads *rules.Reads) (ast.Value, error) {
	kind := schema.Any
	if shape != nil {
		kind = shape.Kind
	}
	if kind == schema.List && n.Kind != template.List && n.Kind != template.Null {
		// One item in the place of a list.
		item, err := w.container(n, shape.Element(), reads.Element())
		if err != nil || item == nil {
			return ast.NewArray(), err
		}
		return ast.NewArray(ast.NewTerm(item)), nil
	}
	switch n.Kind {
	case template.Map:
		if kind != schema.Any && kind != schema.Map && kind != schema.Object {
			w.r.problem(n.Pos, "expected %v, found an object", kind)
			shape = nil
		}
		out := ast.NewObjectWithCapacity(len(n.Items))
		saved := w.cell
		defer func() { w.cell = saved }()
		for i, k := range n.Keys {
			if kind == schema.Map {
				w.cell = n.Items[i]
			}
			v, err := w.canonical(n.Items[i], shape.Field(k.Name), reads.Field(k.Name))
			if err != nil {
				return nil, err
			}
			if v != nil {
				out.Insert(ast.InternedTerm(k.Name), ast.NewTerm(v))
			}
		}
		return out, nil
	case template.List:
		if kind != schema.Any && kind != schema.List {
			w.r.problem(n.Pos, "expected %v, found a list", kind)
			shape = nil
		}
		terms := make([]*ast.Term, 0, len(n.Items))
		saved := w.cell
		defer func() { w.cell = saved }()
		for _, item := range n.Items {
			if item.Kind == template.Map {
				w.cell = item
			}
			v, err := w.canonical(item, shape.Element(), reads.Element())
			if err != nil {
				return nil, err
			}
			switch {
			case v != nil:
				terms = append(terms, ast.NewTerm(v))
			case item.Kind == template.Null && reads.Element() != nil:
				terms = append(terms, ast.NullTerm())
			case reads.Element() == nil:
				// Not read, but it counts.
				terms = append(terms, ast.InternedEmptyObject)
			}
		}
		return ast.NewArray(terms...), nil
	default:
		return w.scalar(n, shape)
	}
}

func (w *world) scalar(n *template.Node, shape *schema.Shape) (ast.Value, error) {
	kind, text := schema.TextScalar, n.Text
	switch n.Kind {
	case template.Null:
		return nil, nil
	case template.Bool:
		kind = schema.BoolScalar
	case template.Number:
		kind = schema.NumberScalar
	default:
		text = w.literal(text)
	}
	kind, text, ok := shape.Scalar(kind, text)
	if !ok && !w.open(text) {
		w.r.problem(n.Pos, "expected %v", shape.Kind)
	}
	switch kind {
	case schema.BoolScalar:
		return ast.InternedTerm(text == "true").Value, nil
	case schema.NumberScalar:
		return ast.NumberChecked(text)
	default:
		return ast.String(text), nil
	}
}

// resourceInput is the input document of a resource-scope rule.
func (w *world) resourceInput(res *template.Resource, reads *rules.Reads) (ast.Value, error) {
	resource, err := w.resource(res, reads.Field("resource"))
	if err != nil {
		return nil, err
	}
	return w.input("RESOURCE", "resource", resource, reads), nil
}

// resource is the document of one resource, as far as it is read.
func (w *world) resource(res *template.Resource, reads *rules.Reads) (ast.Value, error) {
	out := ast.NewObjectWithCapacity(4)
	put := func(name string, v ast.Value) {
		if v != nil {
			out.Insert(ast.InternedTerm(name), ast.NewTerm(v))
		}
	}
	if reads.Field("id") != nil {
		put("id", ast.String(res.ID))
	}
	if reads.Field("type") != nil {
		put("type", ast.String(res.Type))
	}
	if p := reads.Field("properties"); p != nil {
		v, err := w.canonical(res.Properties, schema.Of(res.Type), p)
		if err != nil {
			return nil, err
		}
		if v == nil {
			v = ast.NewObject()
		}
		put("properties", v)
	}
	for _, attribute := range []struct {
		name string
		node *template.Node
	}{
		{"metadata", res.Metadata},
		{"deletion_policy", res.DeletionPolicy},
		{"update_replace_policy", res.UpdateReplacePolicy},
	} {
		v, err := w.canonical(attribute.node, nil, reads.Field(attribute.name))
		if err != nil {
			return nil, err
		}
		put(attribute.name, v)
	}
	if reads.Field("depends_on") != nil {
		terms := make([]*ast.Term, len(res.DependsOn))
		for i, id := range res.DependsOn {
			terms[i] = ast.StringTerm(id)
		}
		put("depends_on", ast.NewArray(terms...))
	}
	return out, nil
}

// input completes the document that a rule sees.
func (w *world) input(target, part string, v ast.Value, reads *rules.Reads) ast.Value {
	out := ast.NewObject([2]*ast.Term{ast.InternedTerm(part), ast.NewTerm(v)})
	if reads.Field("target") != nil {
		out.Insert(ast.InternedTerm("target"), ast.StringTerm(target))
	}
	if reads.Field("action") != nil {
		out.Insert(ast.InternedTerm("action"), ast.StringTerm(rules.ActionCreate))
	}
	if stack := reads.Field("stack"); stack != nil {
		s := ast.NewObject()
		for _, field := range [...][2]string{
			{"account", "AWS::AccountId"},
			{"name", "AWS::StackName"},
			{"partition", "AWS::Partition"},
			{"region", "AWS::Region"},
		} {
			if stack.Field(field[0]) != nil {
				s.Insert(ast.StringTerm(field[0]), ast.StringTerm(w.value(w.r.symbol(field[1]))))
			}
		}
		out.Insert(ast.InternedTerm("stack"), ast.NewTerm(s))
	}
	return out
}

// templateInput is the input document of a template-scope rule: the resources
// of its types that exist in the current world. For a gate, resources that have
// nothing the gate reads are left out, whether they exist or not.
func (w *world) templateInput(rule *rules.Rule, reads *rules.Reads, gate bool) (ast.Value, error) {
	resources := ast.NewObject()
	all := reads.At("template", "resources")
	guard := rule.Kind == rules.KindGuard
	for _, res := range w.r.t.Resources {
		each := all.Field(res.ID)
		if guard && !rule.LooksAt(res.Type) {
			// That there are other resources is part of a document.
			resources.Insert(ast.StringTerm(res.ID), ast.ObjectTerm([2]*ast.Term{ast.InternedTerm("type"), ast.StringTerm(res.Type)}))
			continue
		}
		if each == nil || !guard && !rule.AppliesTo(res.Type) || gate && nothingRead(res, each) {
			continue
		}
		if exists, err := w.exists(res); err != nil || !exists {
			if err != nil {
				return nil, err
			}
			continue
		}
		v, err := w.resource(res, each)
		if err != nil {
			return nil, err
		}
		resources.Insert(ast.StringTerm(res.ID), ast.NewTerm(v))
	}
	t := ast.NewObject([2]*ast.Term{ast.StringTerm("resources"), ast.NewTerm(resources)})
	if !guard && reads.At("template", "parameters") != nil {
		t.Insert(ast.StringTerm("parameters"), ast.NewTerm(w.r.parameters(rule)))
	}
	if guard {
		sections, err := w.r.sections()
		if err != nil {
			return nil, err
		}
		t.Insert(ast.StringTerm("sections"), ast.NewTerm(sections))
	}
	return w.input("STACK", "template", t, reads), nil
}

// nothingRead tells whether a resource has none of the properties that are read
// by name, where nothing else of it is read: no reference can reach it.
func nothingRead(res *template.Resource, reads *rules.Reads) bool {
	if reads.All || reads.Any != nil || len(reads.Fields) != 1 {
		return false
	}
	p := reads.Field("properties")
	if p == nil || p.All || p.Any != nil {
		return false
	}
	if res.Properties == nil {
		return true
	}
	if res.Properties.Kind != template.Map {
		return false
	}
	for name := range p.Fields {
		if res.Properties.Get(name) != nil {
			return false
		}
	}
	return true
}

// exists reports whether a resource is created in the current world.
func (w *world) exists(res *template.Resource) (bool, error) {
	if res.Condition == "" {
		return true, nil
	}
	v, err := w.condition(res.Condition)
	if err != nil {
		return false, w.r.errorf(res.Pos, "%v", err)
	}
	return v, nil
}
