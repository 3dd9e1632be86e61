package validate

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/fsxns3ap/guardhook/internal/schema"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// resolver knows everything about one template that does not depend on a
// choice. It is used by one goroutine.
type resolver struct {
	t       *template.Template
	pinned  map[string]string
	symbols map[string]*symbol
	// constants holds, per condition symbol, what derived values are compared
	// with; filled on first use.
	constants sync.Once
	// computed are the symbols of values that a function could not compute, by
	// their tokens.
	computed map[string]*symbol
	pure     map[pureKey]ast.Value
	problems []Problem
	seen     map[string]bool
	// source is the template as Guard reads it.
	source guardSource
}

type pureKey struct {
	node  *template.Node
	shape *schema.Shape
}

// Problem is something that kept a part of a template from being judged.
type Problem struct {
	template.Pos
	File    string
	Message string
}

func (p Problem) String() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.File, p.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Col, p.Message)
}

func newResolver(t *template.Template, pinned map[string]string) *resolver {
	return &resolver{
		t: t, pinned: pinned, symbols: map[string]*symbol{},
		computed: map[string]*symbol{}, pure: map[pureKey]ast.Value{}, seen: map[string]bool{},
	}
}

func (r *resolver) newWorld(cand *candidates) *world {
	return &world{r: r, cand: cand, domains: map[*symbol]domain{}, values: map[*symbol]string{}, conds: map[string]bool{}}
}

// problem records a problem once.
func (r *resolver) problem(pos template.Pos, format string, args ...any) {
	p := Problem{Pos: pos, File: r.t.File, Message: fmt.Sprintf(format, args...)}
	if s := p.String(); !r.seen[s] {
		r.seen[s] = true
		r.problems = append(r.problems, p)
	}
}

// symbol returns the symbol of a parameter, a pseudo parameter or anything
// else that has a name and no value.
func (r *resolver) symbol(name string) *symbol {
	if s, ok := r.symbols[name]; ok {
		return s
	}
	var pinned *string
	if v, ok := r.pinned[name]; ok {
		pinned = &v
	}
	var s *symbol
	if p := r.t.Parameter(name); p != nil {
		s = parameterSymbol(p, pinned)
	} else if s = pseudoSymbol(strings.TrimLeft(name, template.Outer), pinned); s == nil {
		s = r.outsideSymbol(name)
	}
	for _, v := range rare[s.name] {
		if pinned == nil && r.names(v) {
			s.initial.values = append(s.initial.values, v)
		}
	}
	if s.name != name {
		// A pseudo parameter of a stack around this one.
		s.name, s.token = name, "${"+name+"}"
	}
	r.symbols[name] = s
	return s
}

// names tells whether a condition compares with a text, or a mapping has it as a key.
func (r *resolver) names(text string) bool {
	var within func(n *template.Node) bool
	within = func(n *template.Node) bool {
		return n != nil && (n.Text == text || slices.ContainsFunc(n.Items, within))
	}
	for _, n := range r.t.Conditions {
		if within(n) {
			return true
		}
	}
	for _, m := range r.t.Mappings {
		for top, inner := range m {
			if _, second := inner[text]; second || top == text {
				return true
			}
		}
	}
	return false
}

// outsideSymbol is the symbol of a resource's identifier or attribute, of an
// import or a dynamic reference.
func (r *resolver) outsideSymbol(name string) *symbol {
	s := &symbol{name: name, token: "${" + name + "}"}
	if strings.HasPrefix(name, "{{resolve:") {
		s.token = name
		return s
	}
	id, path, attribute := strings.Cut(name, ".")
	res := r.t.Resource(id)
	switch {
	case res == nil:
		// An import, a transform or a value that cannot be computed.
		s.plain = r.generated(id)
	case strings.HasPrefix(res.Type, "Custom::"), res.Type == "AWS::CloudFormation::CustomResource",
		strings.HasSuffix(res.Type, "::MODULE"), !strings.HasPrefix(res.Type, "AWS::"):
	case attribute && holdsAnything(res.Type, path):
	default:
		// Identifiers that AWS assigns are never a wildcard, a boolean, a
		// number or any other constant that a rule names.
		s.plain = true
	}
	return s
}

// holdsAnything tells whether an attribute is a value that somebody wrote, and no
// identifier.
func holdsAnything(resourceType, attribute string) bool {
	switch resourceType {
	case "AWS::CloudFormation::Stack":
		return true
	case "AWS::SSM::Parameter":
		return attribute == "Value" || attribute == "*"
	case "AWS::CloudFormation::WaitCondition":
		return attribute == "Data" || attribute == "*"
	case "AWS::ServiceCatalog::CloudFormationProvisionedProduct":
		return attribute == "*" || strings.HasPrefix(attribute, "Outputs.")
	}
	return false
}

// generated reports whether a logical id is one that the serverless transform
// makes.
func (r *resolver) generated(id string) bool {
	for _, t := range r.t.Transforms {
		if strings.HasPrefix(t, "AWS::Serverless") {
			return !strings.Contains(id, "(") && !strings.HasPrefix(id, "Fn::")
		}
	}
	return false
}

func (r *resolver) factSymbol(a, b *symbol) *symbol {
	name := a.name + " = " + b.name
	if s, ok := r.symbols[name]; ok {
		return s
	}
	s := &symbol{name: name, token: name, initial: domain{values: []string{"true", "false"}}, fact: &[2]string{a.name, b.name}}
	r.symbols[name] = s
	return s
}

// externalName is the symbol name of a Ref, GetAtt, ImportValue or Transform.
func (r *resolver) externalName(n *template.Node) string {
	switch n.Fn {
	case "Ref":
		if n.Items[0].Kind == template.Call {
			return render(n) // a name that is computed
		}
		return n.Items[0].Text
	case "Fn::GetAtt":
		if n.Items[0].Kind == template.Call {
			return render(n)
		}
		if n.Items[1].Kind == template.String {
			return n.Items[0].Text + "." + n.Items[1].Text
		}
		return n.Items[0].Text + ".*"
	default:
		return render(n)
	}
}

// render writes an intrinsic function in short form, to name a value that is
// not known.
func render(n *template.Node) string {
	switch n.Kind {
	case template.Call:
		if n.Fn == "Ref" && len(n.Items) == 1 && n.Items[0].Kind != template.Call {
			return "${" + n.Items[0].Text + "}"
		}
		if n.Fn == "Fn::GetAtt" && len(n.Items) == 2 && n.Items[0].Kind != template.Call {
			return "${" + n.Items[0].Text + "." + n.Items[1].Text + "}"
		}
		args := make([]string, len(n.Items))
		for i, item := range n.Items {
			args[i] = render(item)
		}
		return n.Fn + "(" + strings.Join(args, ", ") + ")"
	case template.List:
		args := make([]string, len(n.Items))
		for i, item := range n.Items {
			args[i] = render(item)
		}
		return "[" + strings.Join(args, ", ") + "]"
	case template.Map:
		args := make([]string, len(n.Items))
		for i, item := range n.Items {
			args[i] = n.Keys[i].Name + ": " + render(item)
		}
		return "{" + strings.Join(args, ", ") + "}"
	default:
		return n.Text
	}
}

// dynamicParts splits a text at its SSM dynamic references. References to
// secrets stay text: CloudFormation never reveals their values to a hook.
func dynamicParts(text string) []template.Part {
	const open = "{{resolve:ssm:"
	if !strings.Contains(text, open) {
		return nil
	}
	var parts []template.Part
	for {
		start := strings.Index(text, open)
		if start < 0 {
			break
		}
		end := strings.Index(text[start:], "}}")
		if end < 0 {
			break
		}
		end += start + len("}}")
		if start > 0 {
			parts = append(parts, template.Part{Text: text[:start]})
		}
		parts = append(parts, template.Part{Name: text[start:end]})
		text = text[end:]
	}
	if text != "" {
		parts = append(parts, template.Part{Text: text})
	}
	return parts
}

// hasDynamicReference reports whether a text below the node holds an SSM
// dynamic reference, which makes the node depend on more than the template.
func hasDynamicReference(n *template.Node) bool {
	if n.Kind == template.String {
		return strings.Contains(n.Text, "{{resolve:ssm:")
	}
	for _, item := range n.Items {
		if hasDynamicReference(item) {
			return true
		}
	}
	return false
}

// conditionConstants notes, for every symbol that a condition compares through
// another function, the constants on the other side.
func (r *resolver) conditionConstants() {
	r.constants.Do(func() {
		var walk func(n *template.Node)
		walk = func(n *template.Node) {
			if n.Kind == template.Call && n.Fn == "Fn::Equals" && len(n.Items) == 2 {
				for i, side := range n.Items {
					other := n.Items[1-i]
					if side.Kind == template.Call && other.Kind != template.Call && other.Kind != template.Map && other.Kind != template.List {
						r.noteConstant(side, other.Text)
					}
				}
			}
			for _, item := range n.Items {
				walk(item)
			}
		}
		for _, name := range r.t.ConditionNames {
			walk(r.t.Conditions[name])
		}
	})
}

func (r *resolver) noteConstant(n *template.Node, text string) { r.noteWithin(n, affix{}, text) }

// noteWithin notes a constant for the symbols in a node whose value stands inside
// a text that is compared with it.
func (r *resolver) noteWithin(n *template.Node, a affix, text string) {
	note := func(name string, a affix) {
		s := r.symbol(name)
		if v, ok := a.cut(text); ok {
			s.conditionValues = append(s.conditionValues, v)
		}
		s.conditionValues = append(s.conditionValues, text)
	}
	switch {
	case n.Kind != template.Call:
		for _, item := range n.Items {
			r.noteWithin(item, affix{}, text)
		}
	case n.Fn == "Ref", n.Fn == "Fn::GetAtt", n.Fn == "Fn::ImportValue":
		note(r.externalName(n), a)
	case n.Fn == "Fn::Sub":
		for i, p := range n.Parts {
			switch inner := a.within(surround(n.Parts, i)); {
			case p.Name == "":
			case isVariable(n, p.Name):
				r.noteWithin(n.Items[1].Get(p.Name), inner, text)
			default:
				note(p.Name, inner)
			}
		}
	case n.Fn == "Fn::Join" && len(n.Items) == 2 && n.Items[1].Kind == template.List:
		for i, item := range n.Items[1].Items {
			r.noteWithin(item, a.within(joinSurround(n.Items[1].Items, i, n.Items[0].Text)), text)
		}
	case n.Fn == "Fn::If":
		for _, item := range n.Items[1:] {
			r.noteWithin(item, a, text)
		}
	default:
		for _, item := range n.Items {
			r.noteWithin(item, affix{}, text)
		}
	}
}

// within is what is around a symbol whose text, with inner around it, is inside
// a longer one.
func (a affix) within(inner affix) affix {
	if !inner.preAny {
		inner.pre, inner.preAny = a.pre+inner.pre, a.preAny
	}
	if !inner.postAny {
		inner.post, inner.postAny = inner.post+a.post, a.postAny
	}
	return inner
}

// isVariable tells whether a name in the text of a Fn::Sub is one of its
// variables.
func isVariable(n *template.Node, name string) bool {
	return len(n.Items) > 1 && n.Items[1].Get(name) != nil
}
