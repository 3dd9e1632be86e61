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
		w.settle(n)
		v, err := w.eval(n)
		return text(v), err
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
			return "", w.r.errorf(n.Pos, "Fn::FindInMap: no value of %s is a key of the mapping", strings.TrimLeft(s.name, template.Outer))
		}
		value := s.token
		if rest.values != nil {
			value = rest.values[0]
		}
		alts = append(alts, alternative{dom: rest, value: value})
	}
	if len(alts) == 0 {
		return "", w.r.errorf(n.Pos, "Fn::FindInMap: no value of %s is a key of the mapping", strings.TrimLeft(s.name, template.Outer))
	}
	return w.choose(s, alts, false).value, nil
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
