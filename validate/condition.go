package validate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/validate/template"
)

// condition decides a named condition.
func (w *world) condition(name string) (bool, error) {
	w.touched = true
	if v, ok := w.conds[name]; ok {
		return v, nil
	}
	n := w.r.t.Conditions[name]
	if n == nil {
		return false, fmt.Errorf("condition %q is not declared", name)
	}
	v, err := w.holds(n)
	if err == nil {
		w.conds[name] = v
	}
	return v, err
}

// holds decides a condition function.
func (w *world) holds(n *template.Node) (bool, error) {
	if n.Kind == template.Bool || n.Kind == template.String {
		switch n.Text {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
	}
	if n.Kind != template.Call {
		return false, w.r.errorf(n.Pos, "not a condition")
	}
	switch n.Fn {
	case "Condition":
		return w.condition(n.Items[0].Text)
	case "Fn::Not":
		v, err := w.holds(n.Items[0])
		return !v, err
	case "Fn::And":
		for _, item := range n.Items {
			if v, err := w.holds(item); err != nil || !v {
				return false, err
			}
		}
		return true, nil
	case "Fn::Or":
		for _, item := range n.Items {
			if v, err := w.holds(item); err != nil || v {
				return v, err
			}
		}
		return false, nil
	case "Fn::Equals":
		return w.compare(n.Items[0], n.Items[1])
	case "Fn::If":
		v, err := w.condition(n.Items[0].Text)
		if err != nil {
			return false, err
		}
		if v {
			return w.holds(n.Items[1])
		}
		return w.holds(n.Items[2])
	default:
		return false, w.r.errorf(n.Pos, "%s is not a condition function", n.Fn)
	}
}

// bare returns the symbol that a node refers to with nothing around it, or
// nil.
func (w *world) bare(n *template.Node) *symbol {
	if n.Kind != template.Call {
		return nil
	}
	switch {
	case n.Fn == "Ref", n.Fn == "Fn::ImportValue", n.Fn == "Fn::GetAtt":
		if s := w.r.symbol(w.r.externalName(n)); !s.list {
			return s
		}
	case n.Fn == "Fn::Sub" && len(n.Parts) == 1 && n.Parts[0].Name != "" && len(n.Items) == 1:
		if s := w.r.symbol(n.Parts[0].Name); !s.list {
			return s
		}
	}
	return nil
}

// compare decides Fn::Equals.
func (w *world) compare(a, b *template.Node) (bool, error) {
	sa, sb := w.bare(a), w.bare(b)
	if sa != nil && sb != nil {
		return w.compareSymbols(sa, sb), nil
	}
	if sb != nil {
		a, b, sa = b, a, sb
	}
	if sa != nil {
		v, err := w.conditionText(b)
		if err != nil {
			return false, err
		}
		if s := w.r.computed[v]; s != nil {
			return w.compareSymbols(sa, s), nil
		}
		return w.equals(sa, v), nil
	}
	va, err := w.conditionText(a)
	if err != nil {
		return false, err
	}
	vb, err := w.conditionText(b)
	if err != nil {
		return false, err
	}
	// What a function could not compute is open.
	switch sa, sb := w.r.computed[va], w.r.computed[vb]; {
	case sa != nil && sb != nil:
		return w.compareSymbols(sa, sb), nil
	case sa != nil:
		return w.equals(sa, vb), nil
	case sb != nil:
		return w.equals(sb, va), nil
	}
	if s, part := w.r.inside(va, vb); s != nil {
		return w.equals(s, part), nil
	}
	if s, part := w.r.inside(vb, va); s != nil {
		return w.equals(s, part), nil
	}
	return va == vb, nil
}

// inside finds the only value in a text that a function could not compute, and what
// it has to be for the text to be another one; nil where there is none.
func (r *resolver) inside(text, want string) (s *symbol, part string) {
	for token, c := range r.computed {
		before, after, found := strings.Cut(text, token)
		if !found {
			continue
		}
		part, found = affix{pre: before, post: after}.cut(want)
		if s != nil || !found || strings.Contains(after, token) {
			return nil, ""
		}
		s = c
	}
	return s, part
}

func (w *world) compareSymbols(a, b *symbol) bool {
	if a == b {
		return true
	}
	va, oka := w.domain(a).single()
	vb, okb := w.domain(b).single()
	switch {
	case oka && okb:
		return va == vb
	case oka:
		return w.equals(b, va)
	case okb:
		return w.equals(a, vb)
	}
	// The side with fewer values is settled first.
	if w.domain(a).values == nil && w.domain(b).values != nil {
		a, b = b, a
	}
	if values := w.domain(a).values; values != nil {
		for _, v := range values {
			if w.equals(a, v) {
				return w.equals(b, v)
			}
		}
	}
	return w.fact(a, b)
}

// conditionText is the text of an operand of Fn::Equals.
func (w *world) conditionText(n *template.Node) (string, error) {
	saved := w.cand
	w.cand = nil
	defer func() { w.cand = saved }()
	w.settle(n)
	v, err := w.eval(n)
	if err != nil {
		return "", err
	}
	return text(v), nil
}

// settle chooses values for the symbols in an operand that a condition looks
// at through another function: each constant it may be compared with, the
// default, and anything else.
func (w *world) settle(n *template.Node) { w.r.eachSymbol(n, w.settleSymbol) }

// settleListed is settle for the symbols whose values are listed, where a function
// computes with them: values that a rule does not tell apart may become others that
// it does.
func (w *world) settleListed(n *template.Node) {
	if w.cand != nil && w.cand.branches {
		return
	}
	w.r.eachSymbol(n, func(s *symbol) {
		if w.domain(s).values != nil {
			w.settleSymbol(s)
		}
	})
}

// eachSymbol calls f for the symbols in a value.
func (r *resolver) eachSymbol(n *template.Node, f func(*symbol)) {
	if n.Kind == template.Call {
		switch n.Fn {
		case "Ref", "Fn::GetAtt", "Fn::ImportValue":
			f(r.symbol(r.externalName(n)))
			return
		}
		for _, p := range n.Parts {
			if p.Name != "" && !isVariable(n, p.Name) {
				f(r.symbol(p.Name))
			}
		}
	}
	for _, item := range n.Items {
		r.eachSymbol(item, f)
	}
}

func (w *world) settleSymbol(s *symbol) {
	w.r.conditionConstants()
	d := w.domain(s)
	if _, ok := d.single(); ok {
		return
	}
	if d.values != nil {
		alts := make([]alternative, len(d.values))
		for i, v := range d.values {
			alts[i] = alternative{dom: domain{values: []string{v}}, value: v}
		}
		w.choose(s, alts, false)
		return
	}
	if s.plain && s.def == nil && len(s.conditionValues) == 0 {
		return
	}
	var alts []alternative
	not := slices.Clone(d.not)
	add := func(v string) {
		if !slices.Contains(not, v) && s.admits(v) {
			alts = append(alts, alternative{dom: domain{values: []string{v}}, value: v})
			not = append(not, v)
		}
	}
	if s.def != nil {
		add(*s.def)
	}
	for _, v := range s.conditionValues {
		add(v)
	}
	alts = append(alts, alternative{dom: domain{not: not}, value: s.token})
	w.choose(s, alts, false)
}
