package guard

// Tree returns the syntax tree as plain maps and slices for encoding/json, in
// the shape that `cfn-guard parse-tree` prints. Regular expressions and ranges
// are strings there.
func (f *File) Tree() any { return treeMaker{f}.tree(f) }

func (t treeMaker) tree(f *File) any {
	tree := map[string]any{
		"assignments":         t.lets(f.lets),
		"guard_rules":         t.rules(f.Rules),
		"parameterized_rules": []any{},
	}
	called := []any{}
	for _, r := range f.Called {
		names := []any{}
		for _, p := range r.Params {
			names = append(names, p)
		}
		called = append(called, map[string]any{"parameter_names": names, "rule": t.rule(r)})
	}
	tree["parameterized_rules"] = called
	return tree
}

// treeMaker makes a tree, without places if it has no file.
type treeMaker struct{ file *File }

type object = map[string]any

func (t treeMaker) rules(list []*Rule) any {
	out := []any{}
	for _, r := range list {
		out = append(out, t.rule(r))
	}
	return out
}

func (t treeMaker) rule(r *Rule) any {
	return object{
		"rule_name":  r.Name,
		"conditions": t.conditions(r.when, r.when != nil),
		"block":      t.block(&r.body, t.ruleClause),
	}
}

func (t treeMaker) conditions(c cnf, present bool) any {
	if !present {
		return nil
	}
	return t.cnf(c, t.guardClause)
}

func (t treeMaker) lets(list []*let) any {
	out := []any{}
	for _, l := range list {
		out = append(out, object{"var": l.name, "value": t.operand(&l.value)})
	}
	return out
}

func (t treeMaker) block(b *block, item func(clause) any) any {
	return object{"assignments": t.lets(b.lets), "conjunctions": t.cnf(b.cnf, item)}
}

func (t treeMaker) cnf(c cnf, item func(clause) any) any {
	out := []any{}
	for _, d := range c {
		alternatives := []any{}
		for _, one := range d {
			alternatives = append(alternatives, item(one))
		}
		out = append(out, alternatives)
	}
	return out
}

func (t treeMaker) location(offset int) any {
	if t.file == nil {
		return nil
	}
	pos := t.file.position(offset)
	return object{"line": pos.Line, "column": pos.Col}
}

// ruleClause is an item of the body of a rule.
func (t treeMaker) ruleClause(c clause) any {
	switch c := c.(type) {
	case *whenBlock:
		return t.whenBlock(c)
	case *typeBlock:
		return object{"TypeBlock": object{
			"type_name":  c.name,
			"conditions": t.conditions(c.when, c.hasWhen),
			"block":      t.block(&c.body, t.guardClause),
			"query":      t.parts(c.query),
		}}
	}
	return object{"Clause": t.guardClause(c)}
}

func (t treeMaker) whenBlock(c *whenBlock) any {
	return object{"WhenBlock": []any{t.cnf(c.when, t.guardClause), t.block(&c.body, t.guardClause)}}
}

func (t treeMaker) guardClause(c clause) any {
	switch c := c.(type) {
	case *accessClause:
		access := object{
			"query":          t.query(c.query),
			"comparator":     comparator(c.op, c.negated),
			"compare_with":   nil,
			"custom_message": message(c.message, c.hasMsg),
			"location":       t.location(c.at),
		}
		if c.rhs != nil {
			access["compare_with"] = t.operand(c.rhs)
		}
		return object{"Clause": object{"access_clause": access, "negation": c.not}}
	case *queryBlock:
		return object{"BlockClause": object{
			"query":     t.query(c.query),
			"block":     t.block(&c.body, t.guardClause),
			"location":  t.location(c.at),
			"not_empty": c.notEmpty,
		}}
	case *whenBlock:
		return t.whenBlock(c)
	case *ruleCall:
		args := []any{}
		for i := range c.args {
			args = append(args, t.operand(&c.args[i]))
		}
		return object{"ParameterizedNamedRule": object{
			"parameters": args,
			"named_rule": t.named(c.name, c.not, c.message, c.hasMsg, c.at),
		}}
	case *ruleRef:
		return object{"NamedRule": t.named(c.name, c.not, c.message, c.hasMsg, c.at)}
	}
	return nil
}

func (t treeMaker) named(name string, not bool, msg string, hasMsg bool, at int) any {
	return object{
		"dependent_rule": name,
		"negation":       not,
		"custom_message": message(msg, hasMsg),
		"location":       t.location(at),
	}
}

func message(text string, present bool) any {
	if !present {
		return nil
	}
	return text
}

var comparators = [...]string{
	"Eq", "Eq", "Lt", "Le", "Gt", "Ge", "In", "Exists", "Empty",
	"IsString", "IsList", "IsMap", "IsBool", "IsInt", "IsNull", "IsFloat",
}

func comparator(op operator, negated bool) any {
	return []any{comparators[op], negated || op == opNe}
}

func (t treeMaker) operand(o *operand) any {
	switch {
	case o.literal != nil:
		return object{"Value": object{"path": "", "value": plainJSON(o.literal)}}
	case o.call != nil:
		args := []any{}
		for i := range o.call.args {
			args = append(args, t.operand(&o.call.args[i]))
		}
		return object{"FunctionCall": object{
			"parameters": args,
			"name":       o.call.name,
			"location":   t.location(o.call.at),
		}}
	}
	return object{"AccessClause": t.query(o.query)}
}

func plainJSON(v *Value) any {
	switch v.kind {
	case KindNull:
		return nil
	case KindBool:
		return v.Bool()
	case KindInt:
		return v.Int()
	case KindFloat:
		return v.Float()
	case KindString:
		return v.str
	case KindList:
		out := []any{}
		for _, item := range v.items {
			out = append(out, plainJSON(item))
		}
		return out
	case KindMap:
		out := object{}
		for i, item := range v.items {
			out[v.keys[i].Name] = plainJSON(item)
		}
		return out
	case KindRegex:
		return "/" + v.lit.(*pattern).source + "/"
	case KindRange:
		return v.lit.(*interval).String()
	}
	return v.String()
}

func (t treeMaker) query(q *query) any {
	return object{"query": t.parts(q), "match_all": !q.some}
}

func (t treeMaker) parts(q *query) any {
	out := []any{}
	for i := range q.parts {
		out = append(out, t.part(&q.parts[i]))
	}
	return out
}

func (t treeMaker) part(p *part) any {
	capture := message(p.capName, p.capName != "")
	switch p.kind {
	case partThis:
		return "This"
	case partKey:
		return object{"Key": p.name}
	case partVar:
		return object{"Key": "%" + p.name}
	case partIndex:
		return object{"Index": p.index}
	case partAllIndices:
		return object{"AllIndices": capture}
	case partAllValues:
		return object{"AllValues": capture}
	case partFilter:
		return object{"Filter": []any{capture, t.cnf(p.filter, t.guardClause)}}
	}
	return object{"MapKeyFilter": []any{capture, object{
		"comparator":   comparator(p.op, p.negated),
		"compare_with": t.operand(p.rhs),
	}}}
}
