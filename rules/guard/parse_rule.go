package guard

// parseFile reads everything.
func (p *parser) parseFile() {
	def := &Rule{Name: DefaultRule, isDefault: true}
	add := func(d disj) {
		if len(def.body.cnf) == 0 {
			def.at = d[0].offset()
			def.Pos = p.here(def.at)
		}
		def.body.cnf = append(def.body.cnf, d)
		def.end = p.pos
	}
	for {
		p.space()
		if p.pos >= len(p.src) {
			break
		}
		start := p.pos
		if l, ok := p.assignment(); ok {
			p.file.lets = append(p.file.lets, l)
			continue
		}
		if p.err != nil {
			return
		}
		p.pos = start
		if r, ok := p.rule(); ok {
			if r.Params != nil {
				p.file.Called = append(p.file.Called, r)
			} else {
				p.file.Rules = append(p.file.Rules, r)
			}
			continue
		}
		if p.err != nil {
			return
		}
		p.pos = start
		d, ok := p.topLevel()
		if !ok {
			p.pos = start
			what := ""
			if p.far <= start {
				what, p.want = "a rule, an assignment or a clause", nil
			}
			p.fail(what)
			return
		}
		add(d)
	}
	if len(def.body.cnf) > 0 {
		p.file.Rules = append([]*Rule{def}, p.file.Rules...)
	}
}

// topLevel reads an item of the default rule.
func (p *parser) topLevel() (disj, bool) {
	start := p.pos
	if d, ok := p.disj(p.typeBlock); ok || p.err != nil {
		return d, ok
	}
	p.pos = start
	if w, ok := p.whenBlock(p.clauseOrRef); ok || p.err != nil {
		return disj{w}, ok
	}
	p.pos = start
	return p.disj(p.clause)
}

// assignment reads a let.
func (p *parser) assignment() (*let, bool) {
	l := &let{at: p.pos}
	if !p.take("let") || !p.space() {
		return nil, false
	}
	var ok bool
	if l.name, ok = p.name("the name of a variable"); !ok {
		return nil, false
	}
	p.space()
	if !p.take("=", ":=") {
		return nil, p.fail("`=`")
	}
	if l.value, ok = p.operand(); !ok {
		return nil, p.fail("")
	}
	return l, true
}

// operand reads a value, a function call or a path, after optional blank
// space.
func (p *parser) operand() (operand, bool) {
	p.space()
	o := operand{at: p.pos}
	if v, ok := p.value(); ok {
		o.literal, o.end = v, p.pos
		return o, true
	}
	if p.err != nil {
		return o, false
	}
	p.pos = o.at
	if c, ok := p.call(); ok {
		o.call, o.end = c, p.pos
		return o, true
	}
	if p.err != nil {
		return o, false
	}
	p.pos = o.at
	q, ok := p.query()
	o.query, o.end = q, p.pos
	return o, ok
}

// call reads a call of a known function with the right number of arguments.
func (p *parser) call() (*call, bool) {
	c := &call{at: p.pos}
	var ok bool
	if c.name, ok = p.name("a path"); !ok {
		return nil, false
	}
	open := p.pos
	args, ok := p.args(true)
	if !ok {
		return nil, false
	}
	c.args, c.end = args, p.pos
	c.fn = functionNamed(c.name)
	if problem := c.fn.problem(c.name, len(args)); problem != "" {
		p.hint = hint{open, p.pos, problem}
		return nil, false
	}
	if c.name == "regex_replace" && args[1].literal != nil && args[1].literal.kind == KindString {
		// A pattern that does not compile is an error only when it is used.
		c.re, _ = compilePattern(args[1].literal.str)
	}
	return c, true
}

// args reads arguments in parentheses.
func (p *parser) args(empty bool) ([]operand, bool) {
	if !p.token("(") {
		return nil, false
	}
	defer func() { p.depth-- }()
	if !p.nest() {
		return nil, false
	}
	args := []operand{}
	if empty && p.spaced(")") {
		return args, true
	}
	for {
		o, ok := p.operand()
		if !ok {
			return nil, false
		}
		args = append(args, o)
		if p.spaced(",") {
			continue
		}
		return args, p.spaced(")")
	}
}

// rule reads a rule, with parameters or without.
func (p *parser) rule() (*Rule, bool) {
	r := &Rule{at: p.pos, Pos: p.here(p.pos)}
	if !p.take("rule") || !p.space() {
		return nil, false
	}
	var ok bool
	if r.Name, ok = p.name("the name of a rule"); !ok {
		return nil, p.fail("the name of a rule")
	}
	if p.take("(") {
		if !p.params(r) {
			return nil, false
		}
	} else if r.when, ok = p.when(); !ok && p.err != nil {
		return nil, false
	}
	if r.body, ok = p.block(p.ruleItem); !ok {
		return nil, p.fail("`{`")
	}
	r.end = p.pos
	return r, true
}

func (p *parser) params(r *Rule) bool {
	for {
		p.space()
		name, ok := p.name("the name of a parameter")
		if !ok {
			return p.fail("the name of a parameter")
		}
		known := false
		for _, other := range r.Params {
			known = known || other == name
		}
		if !known {
			r.Params = append(r.Params, name)
		}
		if !p.spaced(",") {
			return p.must(")")
		}
	}
}

// when reads a condition after optional blank space.
func (p *parser) when() (cnf, bool) {
	start := p.pos
	p.space()
	if !p.take("when", "WHEN") {
		p.pos = start
		return nil, p.miss("`when`")
	}
	if !p.space() {
		return nil, p.fail("blank space after `when`")
	}
	return p.cnf(p.condition)
}

// block reads a body in braces after optional blank space.
func (p *parser) block(item func() (clause, bool)) (block, bool) {
	var b block
	if !p.spaced("{") {
		return b, false
	}
	b.at = p.pos - 1
	defer func() { p.depth-- }()
	if !p.nest() {
		return b, false
	}
	for {
		mark := p.pos
		p.space()
		if l, ok := p.assignment(); ok {
			b.lets = append(b.lets, l)
			continue
		}
		if p.err != nil {
			return b, false
		}
		p.pos = mark
		d, ok := p.disj(item)
		if p.err != nil {
			return b, false
		}
		if !ok {
			p.pos = mark
			break
		}
		b.cnf = append(b.cnf, d)
	}
	if len(b.cnf) == 0 && len(b.lets) == 0 {
		p.space()
		return b, p.miss("a clause")
	}
	if !p.must("}") {
		return b, false
	}
	b.end = p.pos
	return b, true
}

// cnf reads at least one disjunction or fails for good.
func (p *parser) cnf(item func() (clause, bool)) (cnf, bool) {
	var c cnf
	for {
		mark := p.pos
		d, ok := p.disj(item)
		if p.err != nil {
			return nil, false
		}
		if !ok {
			p.pos = mark
			break
		}
		c = append(c, d)
	}
	if len(c) == 0 {
		return nil, p.fail("a clause")
	}
	return c, true
}

func (p *parser) disj(item func() (clause, bool)) (disj, bool) {
	p.space()
	first, ok := item()
	if !ok {
		return nil, false
	}
	d := disj{first}
	for {
		mark := p.pos
		if !p.or() {
			return d, true
		}
		p.space()
		next, ok := item()
		if p.err != nil {
			return nil, false
		}
		if !ok {
			p.pos = mark
			return d, true
		}
		d = append(d, next)
	}
}
