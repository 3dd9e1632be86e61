package validate

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/fsxns3ap/guardhook/internal/schema"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// verdicts remembers a rule's outcomes by input: resources that are alike in
// all that a rule reads are judged once.
type verdicts struct {
	mu      sync.Mutex
	entries map[int][]*verdict
	gates   map[int][]*verdict
}

type verdict struct {
	input      ast.Value
	violations []rules.Violation
	holds      bool // of a gate
	err        error
}

func (v *Validator) judge(ctx context.Context, rule *rules.Rule, input ast.Value) ([]rules.Violation, error) {
	if rule.Kind == rules.KindGuard && rule.Scope == rules.ScopeTemplate {
		// Its input is a template with everything that it writes: no other is alike.
		return v.set.Judge(ctx, rule, input)
	}
	m := v.remembered(rule)
	hash := input.Hash()
	m.mu.Lock()
	for _, e := range m.entries[hash] {
		if e.input.Compare(input) == 0 {
			m.mu.Unlock()
			return e.violations, e.err
		}
	}
	m.mu.Unlock()
	violations, err := v.set.Judge(ctx, rule, input)
	if err != nil && ctx.Err() != nil {
		return nil, err
	}
	m.mu.Lock()
	m.entries[hash] = append(m.entries[hash], &verdict{input: input, violations: violations, err: err})
	m.mu.Unlock()
	return violations, err
}

// gate is judge for the gate of a rule.
func (v *Validator) gate(ctx context.Context, rule *rules.Rule, input ast.Value) (bool, error) {
	m := v.remembered(rule)
	hash := input.Hash()
	m.mu.Lock()
	for _, e := range m.gates[hash] {
		if e.input.Compare(input) == 0 {
			m.mu.Unlock()
			return e.holds, e.err
		}
	}
	m.mu.Unlock()
	holds, err := v.set.Relevant(ctx, rule, input)
	if err != nil && ctx.Err() != nil {
		return false, err
	}
	m.mu.Lock()
	m.gates[hash] = append(m.gates[hash], &verdict{input: input, holds: holds, err: err})
	m.mu.Unlock()
	return holds, err
}

func (v *Validator) remembered(rule *rules.Rule) *verdicts {
	v.mu.Lock()
	defer v.mu.Unlock()
	m := v.memo[rule]
	if m == nil {
		m = &verdicts{entries: map[int][]*verdict{}, gates: map[int][]*verdict{}}
		v.memo[rule] = m
	}
	return m
}

func (v *Validator) lexicon(rule *rules.Rule) *lexicon {
	v.mu.Lock()
	defer v.mu.Unlock()
	l := v.lexicons[rule]
	if l == nil {
		l = newLexicon(v.set.Vocabulary(rule), rule.Literals)
		v.lexicons[rule] = l
	}
	return l
}

// judgement is the work on one template.
type judgement struct {
	v      *Validator
	r      *resolver
	result *Result
	found  *descent
	// inline are the waivers that resources carry, once they are needed.
	inline map[*template.Resource][]rules.Waiver
}

// judged is the outcome of one run.
type judged struct {
	violations []rules.Violation
	// absent means that the resource is not created.
	absent bool
	// open means that the verdict was given without knowing a value that the
	// rule computes with.
	open bool
}

func (j *judgement) resource(ctx context.Context, res *template.Resource, inTemplate []*rules.Rule) {
	applicable := j.v.set.For(res.Type)
	if reason := reasonNotJudged(res.Type); reason != "" && !j.found.follows(res) {
		j.result.NotJudged = append(j.result.NotJudged, NotJudged{Resource: res.ID, Type: res.Type, Pos: res.Pos, Reason: reason})
	} else if len(applicable) == 0 && !slices.ContainsFunc(inTemplate, func(r *rules.Rule) bool { return r.AppliesTo(res.Type) }) {
		j.result.Uncovered++
	}
	most := 1
	for _, rule := range applicable {
		if !j.v.judges(rule) {
			continue
		}
		x := j.exploreResource(ctx, rule, res)
		most = max(most, x.runs)
		j.report(x)
	}
	j.result.Scenarios += most
}

func (j *judgement) template(ctx context.Context, rule *rules.Rule) {
	j.report(j.exploreTemplate(ctx, rule))
}

// exploration is the tree of deployments that a rule can tell apart.
type exploration struct {
	ctx   context.Context
	rule  *rules.Rule
	res   *template.Resource // nil in template scope
	world *world
	root  *branch
	runs  int
	err   error
	// prepare computes the rule's input, for the choices that it makes.
	prepare func()
}

func (j *judgement) exploreResource(ctx context.Context, rule *rules.Rule, res *template.Resource) *exploration {
	reads, lexicon := j.v.set.Reads(rule), j.v.lexicon(rule)
	x := &exploration{ctx: ctx, rule: rule, res: res}
	c := newCandidates(lexicon)
	c.collect = func() { j.r.collectResource(res, reads.Field("resource"), c) }
	j.explore(x, c, func(reads *rules.Reads, _ bool) (ast.Value, bool, error) {
		exists, err := x.world.exists(res)
		if err != nil || !exists {
			return nil, false, err
		}
		input, err := x.world.resourceInput(res, reads)
		return input, true, err
	})
	return x
}

func (j *judgement) exploreTemplate(ctx context.Context, rule *rules.Rule) *exploration {
	reads, lexicon := j.v.set.Reads(rule), j.v.lexicon(rule)
	x := &exploration{ctx: ctx, rule: rule}
	c := newCandidates(lexicon)
	c.collect = func() {
		all := reads.At("template", "resources")
		for _, res := range j.r.t.Resources {
			if rule.LooksAt(res.Type) {
				j.r.collectResource(res, all.Field(res.ID), c)
			}
		}
	}
	j.explore(x, c, func(reads *rules.Reads, gate bool) (ast.Value, bool, error) {
		input, err := x.world.templateInput(rule, reads, gate)
		return input, true, err
	})
	return x
}

// explore judges a rule in every deployment that it can tell apart. input
// builds the rule's document, or that of its gate; created is false where there
// is nothing to judge.
//
// The gate's document has less in it than the rule's, so values that it does not
// ask for are not tried where it does not hold.
func (j *judgement) explore(x *exploration, c *candidates, input func(reads *rules.Reads, gate bool) (doc ast.Value, created bool, err error)) {
	reads, gate := j.v.set.Reads(x.rule), j.v.set.Gate(x.rule)
	x.world = j.r.newWorld(c)
	step := func(ctx context.Context) (doc ast.Value, created bool, err error) {
		if gate != nil {
			// What is remembered of a node is what the gate reads of it.
			c.stable, c.gateStable = c.gateStable, c.stable
			doc, created, err = input(gate, true)
			c.stable, c.gateStable = c.gateStable, c.stable
			if err != nil || !created {
				return nil, created, err
			}
			if holds, err := j.v.gate(ctx, x.rule, doc); err != nil || !holds {
				return nil, true, err
			}
		}
		return input(reads, false)
	}
	x.prepare = func() { _, _, _ = step(x.ctx) }
	x.root, x.err = x.world.explore(x.ctx, func() (any, error) {
		x.runs++
		doc, created, err := step(x.ctx)
		if err != nil || doc == nil {
			return judged{absent: !created}, err
		}
		violations, err := j.v.judge(x.ctx, x.rule, doc)
		return judged{violations: violations, open: c.vocabulary.Opaque && !c.literals && x.world.metOpen}, err
	})
}

// again makes the deployment of a run current and calls f. Everything that the
// run chose is chosen before f can ask for something the run did not.
func (x *exploration) again(l *leaf, f func()) {
	x.world.replay(x.root, l, func() {
		x.prepare()
		f()
	})
}

// collectResource finds the uses of symbols in what is read of a resource.
func (r *resolver) collectResource(res *template.Resource, reads *rules.Reads, c *candidates) {
	r.collectAffixes(res.Properties, reads.Field("properties"), schema.Of(res.Type), c)
	r.collectAffixes(res.Metadata, reads.Field("metadata"), nil, c)
	r.collectAffixes(res.DeletionPolicy, reads.Field("deletion_policy"), nil, c)
	r.collectAffixes(res.UpdateReplacePolicy, reads.Field("update_replace_policy"), nil, c)
}

// place identifies what a finding is about within one rule.
type place struct {
	resource, path string
}

// report turns an exploration into findings.
func (j *judgement) report(x *exploration) {
	j.result.Verdicts += x.runs
	if x.world.itemwise {
		j.result.Itemwise++
	}
	j.result.Rules[x.rule] = true
	if x.err != nil {
		j.limit(x)
		return
	}
	var places []place
	violations := map[place]rules.Violation{}
	open := false
	feasible := false
	x.root.leaves(func(l *leaf) {
		if l.err != nil {
			j.failed(x, l)
			return
		}
		feasible = true
		o := l.outcome.(judged)
		open = open || o.open && len(o.violations) == 0
		for _, violation := range o.violations {
			p := place{violation.Resource, violation.Path.String()}
			if _, seen := violations[p]; !seen {
				violations[p] = violation
				places = append(places, p)
			}
		}
	})
	for _, p := range places {
		has := func(l *leaf) bool {
			o, ok := l.outcome.(judged)
			return ok && l.err == nil && slices.ContainsFunc(o.violations, func(v rules.Violation) bool {
				return v.Resource == p.resource && v.Path.String() == p.path
			})
		}
		j.finding(x, violations[p], x.root.decide(has), x.root.first(has))
	}
	if open && feasible {
		l := x.root.first(func(l *leaf) bool {
			o, ok := l.outcome.(judged)
			return ok && l.err == nil && o.open && len(o.violations) == 0
		})
		j.add(x, l, rules.Finding{
			Rule: x.rule, Status: rules.Undecided,
			Message: "the rule computes with a value that the template leaves open",
		}, nil, []Scenario{{}}, nil)
	}
}

// limit reports an exploration that was given up.
func (j *judgement) limit(x *exploration) {
	f := rules.Finding{Rule: x.rule, Status: rules.Errored, Message: x.err.Error() + ": pin parameters to judge this"}
	if errors.Is(x.err, errCandidates) {
		f.Status = rules.Undecided
	}
	j.add(x, nil, f, nil, []Scenario{{}}, nil)
}

// failed reports a run that ended in an error.
func (j *judgement) failed(x *exploration, l *leaf) {
	var resolve *resolveError
	if errors.As(l.err, &resolve) {
		j.r.problem(resolve.Pos, "%s", resolve.Message)
		return
	}
	j.add(x, nil, rules.Finding{Rule: x.rule, Status: rules.Errored, Message: l.err.Error()}, []Scenario{{}}, nil, nil)
}

func (j *judgement) finding(x *exploration, violation rules.Violation, o outcome, l *leaf) {
	f := rules.Finding{Rule: x.rule, Status: rules.Fail, Path: violation.Path, Message: violation.Message, Resource: violation.Resource}
	if len(o.holds) == 0 {
		f.Status = rules.Undecided
	}
	var when, possible []Scenario
	for _, t := range o.holds {
		when = appendScenario(when, t.scenario())
	}
	var witness []Assignment
	for _, t := range o.may {
		if witness == nil {
			witness = t.witness()
		}
		possible = appendScenario(possible, t.scenario())
	}
	added := j.add(x, l, f, when, possible, witness)
	if at := violation.At; len(at) > 2 && len(f.Path) == 0 && at[2] != "Properties" {
		added.Pos = j.r.writtenPos(at) // an attribute of the resource
	}
}

func appendScenario(list []Scenario, s Scenario) []Scenario {
	text := s.String()
	for _, have := range list {
		if have.String() == text {
			return list
		}
	}
	return append(list, s)
}

// add completes a finding: where it is, at what level, and whether it is
// waived. l is the run that it comes from, or nil.
func (j *judgement) add(x *exploration, l *leaf, f rules.Finding, when, possible []Scenario, witness []Assignment) *Finding {
	res := x.res
	if res == nil {
		res = j.r.t.Resource(f.Resource)
	}
	out := Finding{Finding: f, When: when, Possible: possible, Witness: witness}
	out.Level = j.v.set.Level(x.rule, j.v.stack)
	if f.Status == rules.Undecided {
		if u := j.v.set.Config().Undecided; u != 0 {
			out.Level = min(out.Level, u)
		}
	}
	if f.Status == rules.Errored {
		out.Level = rules.Block
	}
	if res != nil {
		out.Resource, out.Type = res.ID, res.Type
		out.Construct = j.v.constructOf(j.r.t.File, res)
		out.Pos = res.Pos
		if l != nil {
			x.again(l, func() { out.Pos = x.world.locate(res, f.Path) })
		}
		if f.Status != rules.Errored {
			j.waive(x, res, &out)
		}
	} else {
		out.Pos = j.r.writtenPos(f.Path)
	}
	out.StackPath = j.result.StackPath
	out.ID = out.Finding.ID(out.StackPath)
	j.result.Findings = append(j.result.Findings, out)
	return &j.result.Findings[len(j.result.Findings)-1]
}

func (j *judgement) finish() {
	r := j.result
	j.reviewWaivers()
	r.Problems = j.r.problems
	slices.SortStableFunc(r.Problems, func(a, b Problem) int { return comparePos(a.Pos, b.Pos) })
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(comparePos(a.Pos, b.Pos), cmp.Compare(b.Rule.Severity, a.Rule.Severity),
			cmp.Compare(a.Rule.ID, b.Rule.ID), cmp.Compare(a.Path.String(), b.Path.String()))
	})
}

func comparePos(a, b template.Pos) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
}
