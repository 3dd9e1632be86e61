package validate

import (
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/validate/template"
)

// findInMap looks up a mapping. A key that is an open symbol can only be one of
// the keys that the mapping has: any other fails the deployment.
func (w *world) findInMap(n *template.Node) (any, error) {
	var fallback *template.Node
	if len(n.Items) > 3 {
		fallback = n.Items[3].Get("DefaultValue")
	}
	w.settle(n.Items[0])
	name, err := w.eval(n.Items[0])
	if err != nil {
		return nil, err
	}
	mapping, ok := w.r.t.Mappings[text(name)]
	if !ok {
		if fallback != nil {
			return w.eval(fallback)
		}
		return nil, w.r.errorf(n.Pos, "Fn::FindInMap: there is no mapping %q", text(name))
	}
	top, err := w.mapKey(n.Items[1], keysOf(mapping), fallback != nil, func(key string) string {
		if second := n.Items[2]; second.Kind != template.Call {
			if v := mapping[key][second.Text]; v != nil && v.Kind != template.List {
				return v.Text
			}
		}
		return key
	})
	if err != nil {
		return nil, err
	}
	inner := mapping[top]
	second, err := w.mapKey(n.Items[2], keysOf(inner), fallback != nil, func(key string) string {
		if v := inner[key]; v.Kind != template.List {
			return v.Text
		}
		return key
	})
	if err != nil {
		return nil, err
	}
	if v := inner[second]; v != nil {
		return w.eval(v)
	}
	if fallback != nil {
		return w.eval(fallback)
	}
	return nil, w.r.errorf(n.Pos, "Fn::FindInMap: mapping %q has no entry %q, %q", text(name), top, second)
}

func keysOf[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// mapKey evaluates a key. outcome tells which keys lead to the same value, so
// that they need not be told apart.
func (w *world) mapKey(n *template.Node, keys []string, hasDefault bool, outcome func(string) string) (string, error) {
	s := w.bare(n)
	if s == nil {
		return w.computedKey(n, keys, hasDefault)
	}
	d := w.domain(s)
	if v, ok := d.single(); ok {
		return v, nil
	}
	groups := map[string]int{}
	var alts []alternative
	for _, key := range keys {
		if !d.has(key) || !s.admits(key) {
			continue
		}
		o := outcome(key)
		i, ok := groups[o]
		if !ok {
			i = len(alts)
			groups[o] = i
			alts = append(alts, alternative{value: key})
		}
		alts[i].dom.values = append(alts[i].dom.values, key)
		if s.def != nil && *s.def == key {
			alts[i].value = key
		}
	}
	if rest, ok := without(d, keys); ok && (hasDefault || len(alts) == 0) {
		if !hasDefault {
			return "", w.noKey(n, s)
		}
		value := s.token
		if rest.values != nil {
			value = rest.values[0]
		}
		alts = append(alts, alternative{dom: rest, value: value})
	}
	if len(alts) == 0 {
		return "", w.noKey(n, s)
	}
	return w.choose(s, alts, false).value, nil
}

func (w *world) noKey(n *template.Node, s *symbol) error {
	return w.r.errorf(n.Pos, "Fn::FindInMap: no value of %s is a key of the mapping", strings.TrimLeft(s.name, template.Outer))
}

// computedKey evaluates a key that a function computes. Where one symbol in it is
// open, its values are those that make a key of the mapping, and with a default
// any other.
func (w *world) computedKey(n *template.Node, keys []string, hasDefault bool) (string, error) {
	if n.Kind != template.Call {
		return n.Text, nil
	}
	saved := w.cand
	w.cand = nil
	defer func() { w.cand = saved }()
	w.r.conditionConstants()
	var open []*symbol
	w.r.eachSymbol(n, func(s *symbol) {
		if _, single := w.domain(s).single(); !single && !slices.Contains(open, s) {
			open = append(open, s)
		}
	})
	if len(open) == 0 || n.Fn == "Fn::FindInMap" {
		// A mapping in a key settles its own.
		v, err := w.eval(n)
		return text(v), err
	}
	// For now, the constants that matter are the keys.
	conditions := make([][]string, len(open))
	for i, s := range open {
		conditions[i], s.conditionValues = s.conditionValues, nil
	}
	for _, key := range keys {
		w.r.noteConstant(n, key)
	}
	var err error
	if len(open) == 1 && !branches(n) {
		err = w.settleKey(n, open[0], keys, hasDefault)
	} else {
		w.settle(n)
	}
	for i, s := range open {
		s.conditionValues = conditions[i]
	}
	if err != nil {
		return "", err
	}
	v, err := w.eval(n)
	return text(v), err
}

// settleKey chooses a value for the only open symbol in a key.
func (w *world) settleKey(n *template.Node, s *symbol, keys []string, hasDefault bool) error {
	d := w.domain(s)
	values := d.values
	if values == nil {
		if s.def != nil {
			values = append(values, *s.def)
		}
		values = append(values, s.conditionValues...)
	}
	var alts []alternative
	rest := domain{not: slices.Clone(d.not)}
	seen := map[string]bool{}
	for _, v := range values {
		if seen[v] || !d.has(v) || !s.admits(v) {
			continue
		}
		seen[v] = true
		w.domains[s] = domain{values: []string{v}}
		key, err := w.eval(n)
		w.domains[s] = d
		if err != nil {
			continue // there is no such deployment
		}
		switch {
		case slices.Contains(keys, text(key)):
			alts = append(alts, alternative{dom: domain{values: []string{v}}, value: v})
			rest.not = append(rest.not, v)
		case d.values != nil:
			rest.values = append(rest.values, v)
		}
	}
	switch {
	case d.values == nil:
		alts = append(alts, alternative{dom: rest, value: s.token})
	case len(rest.values) > 0:
		alts = append(alts, alternative{dom: domain{values: rest.values}, value: rest.values[0]})
	}
	if !hasDefault && (d.values == nil || len(rest.values) > 0) {
		alts = alts[:len(alts)-1]
	}
	if len(alts) == 0 {
		return w.noKey(n, s)
	}
	w.choose(s, alts, false)
	return nil
}

// branches tells whether a condition has a say in a value.
func branches(n *template.Node) bool {
	return n.Kind == template.Call && n.Fn == "Fn::If" || slices.ContainsFunc(n.Items, branches)
}

// without removes values from a domain; ok is false when nothing is left.
func without(d domain, values []string) (domain, bool) {
	if d.values == nil {
		return domain{not: append(slices.Clone(d.not), values...)}, true
	}
	var out []string
	for _, v := range d.values {
		if !slices.Contains(values, v) {
			out = append(out, v)
		}
	}
	return domain{values: out}, len(out) > 0
}
