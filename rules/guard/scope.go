package guard

// resultKind says how a path ended.
type resultKind uint8

const (
	// resolved is a value of the document, or one that a function made.
	resolved resultKind = iota
	// literal is a value of the rule file. Comparisons treat it differently.
	literal
	// unresolved is a path that ended early; value is how far it came.
	unresolved
)

// result is one of the results of a path.
type result struct {
	kind  resultKind
	value *Value
	query *query // of unresolved: the path, and
	part  int    // the first step that failed
}

// scope is a context of evaluation: the value that paths start from, and the
// variables of a block or a call.
type scope struct {
	root   *Value
	parent *scope
	lets   []*let
	slots  []slot // one for each of lets
	params []varID
	args   [][]result // one for each of params
}

// slot is the cached result of an assignment.
type slot struct {
	state slotState
	list  []result
}

type slotState uint8

const (
	slotEmpty slotState = iota
	slotBusy
	slotDone
)

// push opens a scope. Scopes are reused, and closed in reverse order.
func (r *run) push(root *Value, parent *scope, lets []*let) *scope {
	if r.open == len(r.scopes) {
		r.scopes = append(r.scopes, &scope{})
	}
	s := r.scopes[r.open]
	r.open++
	s.root, s.parent, s.lets = root, parent, lets
	s.params, s.args = nil, s.args[:0]
	s.slots = s.slots[:0]
	for range lets {
		s.slots = append(s.slots, slot{})
	}
	return s
}

func (r *run) pop() { r.open-- }

// keep copies results out of the buffer from mark on and empties it there.
func (r *run) keep(mark int) []result {
	list := r.buf[mark:]
	if len(list) == 0 {
		r.buf = r.buf[:mark]
		return nil
	}
	if len(r.arena)+len(list) > cap(r.arena) {
		r.arena = make([]result, 0, max(arenaSize, len(list)))
	}
	start := len(r.arena)
	r.arena = append(r.arena, list...)
	r.buf = r.buf[:mark]
	return r.arena[start:len(r.arena):len(r.arena)]
}

const arenaSize = 256

// variable returns the results of a variable. They stay valid for the run.
func (r *run) variable(id varID, s *scope) ([]result, error) {
	for ; s != nil; s = s.parent {
		for i, p := range s.params {
			if p == id {
				return s.args[i], nil
			}
		}
		for i, l := range s.lets {
			if l.id == id {
				return r.assigned(s, i)
			}
		}
		if s.parent == nil {
			if list, ok := r.captured[id]; ok {
				return list, nil
			}
		}
	}
	return nil, &evalError{msg: "undefined variable %" + r.file.vars[id]}
}

// assigned returns the results of an assignment of a scope and computes them
// on first use.
func (r *run) assigned(s *scope, i int) ([]result, error) {
	l := s.lets[i]
	if l.fixed != nil {
		return l.fixed, nil
	}
	switch c := &s.slots[i]; c.state {
	case slotDone:
		return c.list, nil
	case slotBusy:
		if len(c.list) > 0 { // captured meanwhile
			return c.list, nil
		}
		return nil, &evalError{msg: "the variable %" + l.name + " is defined by itself"}
	}
	s.slots[i] = slot{state: slotBusy}
	mark := len(r.buf)
	// The slot is looked up again each time: the scope may be reused by then
	// if an error ended it.
	var err error
	if l.value.call != nil {
		err = r.call(l.value.call, s)
	} else {
		err = r.eval(l.value.query, 0, s.root, s, -1)
	}
	if err != nil {
		r.buf = r.buf[:mark]
		if i < len(s.slots) {
			s.slots[i] = slot{}
		}
		return nil, err
	}
	if q := l.value.query; q != nil && q.some {
		kept := r.buf[:mark]
		for _, one := range r.buf[mark:] {
			if one.kind == resolved {
				kept = append(kept, one)
			}
		}
		r.buf = kept
	}
	list := r.keep(mark)
	s.slots[i] = slot{slotDone, list}
	return list, nil
}

// capture adds a key to a variable of the file. It is never reset.
func (r *run) capture(id varID, at *Value, key int) {
	k := at.keys[key]
	v := String(k.Pos, k.Name)
	v.parent, v.slot = at, key
	one := result{kind: resolved, value: v}
	s := r.scopes[0]
	for i, l := range s.lets {
		if l.id != id {
			continue
		}
		if l.fixed == nil {
			c := &s.slots[i]
			c.list = append(c.list[:len(c.list):len(c.list)], one)
			if c.state == slotEmpty {
				c.state = slotDone
			}
		}
		return
	}
	if r.captured == nil {
		r.captured = make(map[varID][]result)
	}
	list := r.captured[id]
	r.captured[id] = append(list[:len(list):len(list)], one)
}
