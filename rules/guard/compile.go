package guard

// compile resolves names after parsing.
func (f *File) compile() {
	c := &compiler{file: f, ids: make(map[string]varID), called: make(map[string]*Rule)}
	f.named = make(map[string]int)
	for _, r := range f.Rules {
		if r.isDefault {
			// Nothing can refer to the default rule.
			r.group = len(f.groups)
			f.groups = append(f.groups, []*Rule{r})
			continue
		}
		group, ok := f.named[r.Name]
		if !ok {
			group = len(f.groups)
			f.named[r.Name] = group
			f.groups = append(f.groups, nil)
		}
		r.group = group
		f.groups[group] = append(f.groups[group], r)
	}
	for _, r := range f.Called {
		c.called[r.Name] = r // the last one counts
	}
	top := block{lets: f.lets}
	c.block(&top)
	f.top = top.vars
	for _, list := range [...][]*Rule{f.Called, f.Rules} {
		for _, r := range list {
			for _, name := range r.Params {
				r.params = append(r.params, c.id(name))
			}
			c.cnf(r.when)
			c.block(&r.body)
		}
	}
	f.findTypes()
}

type compiler struct {
	file   *File
	ids    map[string]varID
	called map[string]*Rule
}

func (c *compiler) id(name string) varID {
	id, ok := c.ids[name]
	if !ok {
		id = varID(len(c.file.vars))
		c.ids[name] = id
		c.file.vars = append(c.file.vars, name)
	}
	return id
}

// effectiveLets selects the assignment that counts for each name: literals
// before calls before paths, and of the same kind the last.
func effectiveLets(lets []*let) []*let {
	var out []*let
	rank := func(l *let) int {
		switch {
		case l.value.literal != nil:
			return 2
		case l.value.call != nil:
			return 1
		}
		return 0
	}
next:
	for _, l := range lets {
		for i, old := range out {
			if old.id == l.id {
				if rank(l) >= rank(old) {
					out[i] = l
				}
				continue next
			}
		}
		out = append(out, l)
	}
	return out
}

func (c *compiler) block(b *block) {
	for _, l := range b.lets {
		l.id = c.id(l.name)
		c.operand(&l.value)
		l.fixed = l.value.fixed
	}
	b.vars = effectiveLets(b.lets)
	c.cnf(b.cnf)
}

func (c *compiler) operand(o *operand) {
	switch {
	case o.literal != nil:
		if o.fixed == nil {
			o.fixed = []result{{kind: literal, value: o.literal}}
		}
	case o.query != nil:
		c.query(o.query)
	case o.call != nil:
		for i := range o.call.args {
			c.operand(&o.call.args[i])
		}
	}
}

func (c *compiler) cnf(list cnf) {
	for _, d := range list {
		for _, item := range d {
			c.clause(item)
		}
	}
}

func (c *compiler) clause(item clause) {
	switch item := item.(type) {
	case *accessClause:
		item.id = c.count(item)
		c.query(item.query)
		if item.rhs != nil {
			c.operand(item.rhs)
		}
	case *queryBlock:
		c.query(item.query)
		c.block(&item.body)
	case *whenBlock:
		c.cnf(item.when)
		c.block(&item.body)
	case *typeBlock:
		c.cnf(item.when)
		c.block(&item.body)
		item.query = typeQuery(item)
		c.query(item.query)
	case *ruleCall:
		item.id = c.count(item)
		item.rule = c.called[item.name]
		for i := range item.args {
			c.operand(&item.args[i])
		}
	case *ruleRef:
		item.id = c.count(item)
		item.group = -1
		if group, ok := c.file.named[item.name]; ok {
			item.group = group
		}
	}
}

// count numbers a clause that is written in the file.
func (c *compiler) count(item clause) int {
	if a, ok := item.(*accessClause); ok && a.end == a.at {
		return -1 // the test of a type block
	}
	c.file.counted = append(c.file.counted, item)
	return len(c.file.counted) - 1
}

// typeQuery makes the path of a type block: Resources.*[ Type == "name" ].
func typeQuery(t *typeBlock) *query {
	test := &accessClause{
		query: &query{parts: []part{{kind: partKey, name: "Type", capture: -1}}},
		op:    opEq,
		rhs:   &operand{literal: String(Pos{}, t.name)},
		at:    t.at,
		end:   t.at,
	}
	return &query{
		parts: []part{
			{kind: partKey, name: "Resources", capture: -1},
			{kind: partAllValues, capture: -1},
			{kind: partFilter, capture: -1, filter: cnf{disj{test}}},
		},
		at:  t.at,
		end: t.at,
	}
}

func (c *compiler) query(q *query) {
	for i := range q.parts {
		t := &q.parts[i]
		switch t.kind {
		case partVar:
			t.id = c.id(t.name)
		case partKey:
			t.index, t.numeric = readsAsIndex(t.name)
			t.cases = &caseCache{}
		case partFilter:
			c.cnf(t.filter)
		case partKeys:
			c.operand(t.rhs)
		}
		if t.capName != "" {
			t.capture = c.id(t.capName)
			c.file.captureNames = append(c.file.captureNames, t.capName)
		}
	}
}
