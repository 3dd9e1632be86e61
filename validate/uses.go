package validate

import (
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// parameters is what a rule about templates sees of the parameters: how each is
// declared, and the properties of the rule's resources whose whole value it is.
func (r *resolver) parameters(rule *rules.Rule) ast.Value {
	uses := map[string][]*ast.Term{}
	for _, res := range r.t.Resources {
		if rule.AppliesTo(res.Type) {
			eachUse(res.Properties, nil, func(name string, path []*ast.Term) {
				uses[name] = append(uses[name], ast.ObjectTerm(
					[2]*ast.Term{ast.StringTerm("resource"), ast.StringTerm(res.ID)},
					[2]*ast.Term{ast.StringTerm("path"), ast.ArrayTerm(path...)},
				))
			})
		}
	}
	out := ast.NewObject()
	for _, p := range r.t.Parameters {
		out.Insert(ast.StringTerm(p.Name), ast.ObjectTerm(
			[2]*ast.Term{ast.StringTerm("type"), ast.StringTerm(p.Type)},
			[2]*ast.Term{ast.StringTerm("no_echo"), ast.BooleanTerm(p.NoEcho)},
			[2]*ast.Term{ast.StringTerm("uses"), ast.ArrayTerm(uses[p.Name]...)},
		))
	}
	return out
}

// eachUse calls f for every value that is a reference and nothing else, in all
// branches of conditions.
func eachUse(n *template.Node, path []*ast.Term, f func(name string, path []*ast.Term)) {
	if n = n.Beside(); n == nil || n.Pure {
		return
	}
	// A path that is passed on must not be written to by a sibling.
	below := func(step *ast.Term) []*ast.Term { return append(path[:len(path):len(path)], step) }
	switch {
	case n.Kind == template.Map:
		for i, key := range n.Keys {
			eachUse(n.Items[i], below(ast.StringTerm(key.Name)), f)
		}
	case n.Kind == template.List:
		for i, item := range n.Items {
			eachUse(item, below(ast.IntNumberTerm(i)), f)
		}
	case n.Fn == "Ref" && len(n.Items) == 1:
		f(n.Items[0].Text, path)
	case n.Fn == "Fn::Sub" && len(n.Items) == 1 && len(n.Parts) == 1 && n.Parts[0].Name != "":
		f(n.Parts[0].Name, path)
	case n.Fn == "Fn::If" && len(n.Items) == 3:
		eachUse(n.Items[1], path, f)
		eachUse(n.Items[2], path, f)
	}
}
