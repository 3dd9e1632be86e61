package guard

import (
	"slices"
	"strings"
)

// query follows a path from the context, and says where it can lead.
func (w *usageWalker) query(q *query, s *usageScope) binding {
	if w.looked++; w.looked > maxAnalysis {
		w.gaveUp = true
	}
	if w.gaveUp {
		return binding{}
	}
	first := 0
	b := binding{spots: s.context}
	switch {
	case q.parts[0].kind == partVar:
		b, first = w.variable(q.parts[0].id, s), 1
		if len(q.parts) > 1 && q.parts[1].kind == partAllIndices {
			first = 2
		}
	case q.parts[0].kind == partThis:
		first = 1
	}
	around := b.spots
	for i := first; i < len(q.parts); i++ {
		b.spots = w.step(q, i, b.spots, around, s)
		if q.parts[i].kind == partAllValues {
			around = w.either(around, b.spots) // the values of a map are contexts
		}
	}
	if q.parts[0].kind != partVar && !s.inside {
		b.over = overOf(b.spots)
	}
	return b
}

// overOf gives the kinds of resources that places are in.
func overOf(spots []spot) selection {
	var over selection
	for _, s := range spots {
		if len(s.path) > 1 && s.path[0] == resourcesKey {
			types := s.types
			if types == "" {
				types = "*"
			}
			over = over.add(selection{types: true})
		}
	}
	return over
}

// variable gives what a variable stands for, where it is used.
func (w *usageWalker) variable(id varID, s *usageScope) binding {
	for ; s != nil; s = s.parent {
		if b, ok := s.params[id]; ok {
			return b
		}
		for _, l := range s.lets {
			if l.id != id {
				continue
			}
			if w.depth > maxFollowed {
				w.gaveUp = true
				return binding{}
			}
			w.depth++
			defer func() { w.depth-- }()
			if q := l.value.query; q != nil && q.some && w.rangesOver(q, s) {
				w.out.Relates = true
			}
			return w.operand(&l.value, s)
		}
	}
	return binding{} // captured keys
}

func (w *usageWalker) rangesOver(q *query, s *usageScope) bool { return len(w.query(q, s).over) > 0 }

// step follows one step of a path. around are the contexts that a filter can
// have when it is not that of an element.
func (w *usageWalker) step(q *query, i int, from, around []spot, s *usageScope) []spot {
	t := &q.parts[i]
	switch t.kind {
	case partKey:
		if t.numeric {
			return w.extend(from, "")
		}
		w.otherSpellings(t, from)
		return w.extend(from, t.name)
	case partVar:
		w.read(w.variable(t.id, s).spots, true)
		if slices.ContainsFunc(from, func(at spot) bool { return len(at.path) == 1 && at.path[0] == resourcesKey }) {
			w.out.Relates = true // resources that something names
		}
		return w.extend(from, "")
	case partIndex, partAllValues:
		return w.extend(from, "")
	case partAllIndices:
		// Of a map it is the map, or its values when it captures keys.
		return w.either(from, w.extend(from, ""))
	case partKeys:
		w.read(w.operand(t.rhs, s).spots, true)
		return w.extend(from, "")
	case partFilter:
		return w.filter(q, i, from, around, s)
	}
	return from
}

// otherSpellings records what a lookup falls back on. Sections and attributes of
// resources have one spelling only; properties do not differ by spelling.
func (w *usageWalker) otherSpellings(t *part, from []spot) {
	for _, s := range from {
		if len(s.path) < 3 || s.path[0] != resourcesKey {
			continue
		}
		for _, other := range t.spellings() {
			w.read(w.extend([]spot{s}, other.key), true)
		}
	}
}

// filter tests the elements of a list, the values of a map or, after [*] and .*,
// the context around.
func (w *usageWalker) filter(q *query, i int, from, around []spot, s *usageScope) []spot {
	t := &q.parts[i]
	to, context := from, from
	star := q.parts[i-1].kind == partAllValues || q.parts[i-1].kind == partAllIndices
	switch {
	case !star:
		to = w.extend(from, "")
		context = to
	case !allAt(from, resourcesKey, ""):
		to = w.either(from, w.extend(from, ""))
		context = w.either(to, around)
	}
	if types := w.filterTypes(t.filter, s); types != "" {
		// What the filter asks of other types changes nothing.
		to, context = typed(to, types), typed(context, types)
	}
	w.read(to, false)
	tested := &usageScope{context: context, inside: true, parent: s}
	if len(w.cnf(t.filter, tested, false)) > 0 {
		w.out.Relates = true
	}
	return to
}

// typed gives the places with the types of those that are resources.
func typed(spots []spot, types string) []spot {
	out := slices.Clone(spots)
	for i := range out {
		if len(out[i].path) == 2 && out[i].path[0] == resourcesKey {
			out[i].types = types
		}
	}
	return out
}

// filterTypes gives the resource types that a filter lets pass, or "".
func (w *usageWalker) filterTypes(filter cnf, s *usageScope) string {
	g := guards{file: w.file, scopes: [][]*let{w.file.top}}
	for at := s; at != nil; at = at.parent {
		if len(at.lets) > 0 && at != w.root {
			g.scopes = append(g.scopes, at.lets)
		}
	}
	for _, d := range filter {
		if types, ok := union(d, g.typeTest); ok {
			slices.Sort(types)
			return strings.Join(slices.Compact(types), ",")
		}
	}
	return ""
}

// extend follows a key from all places; "" is any.
func (w *usageWalker) extend(from []spot, name string) []spot {
	out := make([]spot, len(from))
	for i, s := range from {
		out[i] = spot{path: append(s.path[:len(s.path):len(s.path)], name), types: s.types}
	}
	return w.bounded(out)
}

func (w *usageWalker) either(a, b []spot) []spot {
	out := slices.Clone(a)
	for _, s := range b {
		if !slices.ContainsFunc(out, func(have spot) bool { return have.types == s.types && slices.Equal(have.path, s.path) }) {
			out = append(out, s)
		}
	}
	return w.bounded(out)
}

func (w *usageWalker) bounded(spots []spot) []spot {
	if len(spots) > maxPlaces {
		w.gaveUp = true
		return nil
	}
	return spots
}
