package template

import "slices"

// mappings reads Mappings, which hold no functions.
func (l *loader) mappings(n *Node) {
	l.entries(n, "mapping", MaxMappings, func(key Key, top *Node) {
		m := map[string]map[string]*Node{}
		l.t.Mappings[key.Name] = m
		if !l.mappingLevel(key, top) {
			return
		}
		for i, second := range top.Keys {
			if second.Name == fnTransform || !l.mappingLevel(second, top.Items[i]) {
				continue
			}
			m[second.Name] = map[string]*Node{}
			for j, name := range top.Items[i].Keys {
				if name.Name == fnTransform {
					continue
				}
				value := top.Items[i].Items[j]
				l.mappingValue(value)
				m[second.Name][name.Name] = value
			}
		}
	})
}

func (l *loader) mappingLevel(key Key, n *Node) bool {
	switch {
	case n.Kind != Map:
		l.errorf(n.Pos, "Mappings: %s must be a map, not %s", key.Name, describe(n))
		return false
	case n.Get(fnTransform) != nil:
		l.include(Key{Name: fnTransform, Pos: n.Pos}, n.Get(fnTransform))
	case len(n.Keys) > MaxMappingKeys:
		l.errorf(key.Pos, "Mappings: %s has more than %d keys", key.Name, MaxMappingKeys)
	}
	return true
}

func (l *loader) mappingValue(n *Node) {
	l.asWritten(n)
	if n.isScalar() {
		return
	}
	if n.Kind == List && !slices.ContainsFunc(n.Items, func(item *Node) bool { return !item.isScalar() }) {
		return
	}
	l.errorf(n.Pos, "Mappings: a value must be a string or a list of strings, not %s", describe(n))
}
