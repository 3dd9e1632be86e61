package validate

import (
	"context"
	"errors"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/fsxns3ap/guardhook/internal/schema"
	"github.com/fsxns3ap/guardhook/internal/typed"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate/nested"
	"github.com/fsxns3ap/guardhook/validate/sam"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// Deployment is a resource as CloudFormation would provision it, in the
// deployments that When describes.
type Deployment struct {
	Resource *template.Resource
	When     Scenario
	// Properties are canonical. What is not known before a deployment stands
	// as "${Name}".
	Properties map[string]any
}

// Resolve lists the resources of a template as they would be provisioned, one
// entry per distinguishable deployment. Open values are not tried: they stand
// as "${Name}", or as their default. id selects one resource; "" is all.
//
// NoEcho parameters stand as "${Name}" too.
func Resolve(t *template.Template, params map[string]string, id string) ([]Deployment, error) {
	t, _ = sam.Expand(t, params)
	r := newResolver(t, params)
	var out []Deployment
	for _, res := range t.Resources {
		if id != "" && res.ID != id {
			continue
		}
		list, err := r.deployments(res)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	if id != "" && len(out) == 0 && t.Resource(id) == nil {
		return nil, fmt.Errorf("%s: there is no resource %q", t.File, id)
	}
	return out, nil
}

// branchesOnly tells conditions apart, and no values.
func branchesOnly() *candidates {
	c := newCandidates(newLexicon(&rules.Vocabulary{}, false))
	c.branches = true
	return c
}

func (r *resolver) deployments(res *template.Resource) ([]Deployment, error) {
	w := r.newWorld(branchesOnly())
	w.masked = true
	all := &rules.Reads{All: true}
	root, err := w.explore(context.Background(), func() (any, error) {
		exists, err := w.exists(res)
		if err != nil || !exists {
			return nil, err
		}
		v, err := w.canonical(res.Properties, schema.Of(res.Type), all)
		if err != nil {
			return nil, err
		}
		if v == nil {
			v = ast.NewObject()
		}
		return ast.JSON(v)
	})
	if err != nil {
		return nil, fmt.Errorf("%s:%d:%d: %s: %w", r.t.File, res.Line, res.Col, res.ID, err)
	}
	var out []Deployment
	var walk func(b *branch, t term)
	walk = func(b *branch, t term) {
		if b.choice == nil {
			if b.leaf.err != nil {
				err = errors.Join(err, b.leaf.err)
				return
			}
			if p, ok := b.leaf.outcome.(map[string]any); ok {
				out = append(out, Deployment{Resource: res, When: t.scenario(), Properties: p})
			}
			return
		}
		for i, next := range b.choice.next {
			n := term{domains: map[*symbol]domain{}}
			for s, d := range t.domains {
				n.domains[s] = d
			}
			n.domains[b.choice.sym] = b.choice.alts[i].dom
			walk(next, n)
		}
	}
	walk(root, term{})
	return out, err
}

// Typed decodes a deployment into goformation's struct for the type. The error
// says which type or property goformation does not know.
func (d *Deployment) Typed() (cloudformation.Resource, error) {
	return typed.Typed(d.Resource.Type, d.Properties)
}

// Explanation is what a rule was given in some deployments, and what it said.
type Explanation struct {
	When    Scenario
	Witness []Assignment
	// Absent means that the resource is not created.
	Absent bool
	// Input is the part of the input that the rule can read; the document of a
	// Guard rule.
	Input      any
	Violations []rules.Violation
	Err        error
}

// Explain evaluates one rule on the resource of a path, as Locate finds it, and
// returns what happened in every distinguishable deployment. For a rule of template
// scope, violations of other resources are left out.
func (v *Validator) Explain(ctx context.Context, t *template.Template, path string, rule *rules.Rule) ([]Explanation, error) {
	at, err := v.Locate(t, path)
	if err != nil {
		return nil, err
	}
	if at.Resource == nil {
		return nil, fmt.Errorf("%s: %s is a stack and no resource", t.File, path)
	}
	out, err := at.v.explain(ctx, at.Template, at.Resource, rule)
	for i := range out {
		at.label(out[i].When)
		out[i].Input = at.texts(out[i].Input)
		for j := range out[i].Witness {
			if len(at.Path) > 0 {
				out[i].Witness[j].Symbol = nested.Label(out[i].Witness[j].Symbol, at.Path)
			}
		}
		for j := range out[i].Violations {
			out[i].Violations[j].Message = nested.Text(out[i].Violations[j].Message)
		}
	}
	return out, err
}

func (v *Validator) explain(ctx context.Context, t *template.Template, res *template.Resource, rule *rules.Rule) ([]Explanation, error) {
	if !rule.AppliesTo(res.Type) {
		return nil, fmt.Errorf("%s is not about %s (it is about %v)", rule.ID, res.Type, rule.ResourceTypes)
	}
	if err := v.set.Prepare(ctx, typesOf(t)); err != nil {
		return nil, err
	}
	j := &judgement{v: v, r: newResolver(t, v.params), result: &Result{}}
	var x *exploration
	if rule.Scope == rules.ScopeTemplate {
		x = j.exploreTemplate(ctx, rule)
	} else {
		x = j.exploreResource(ctx, rule, res)
	}
	if x.err != nil {
		return nil, fmt.Errorf("%s on %s: %w", rule.ID, res.ID, x.err)
	}
	var out []Explanation
	var walk func(b *branch, t term)
	walk = func(b *branch, t term) {
		if b.choice == nil {
			out = append(out, j.explanation(x, b.leaf, t, res))
			return
		}
		for i, next := range b.choice.next {
			a := b.choice.alts[i]
			if b.choice.open && a.assumed {
				walk(next, t.assuming(b.choice.sym, a))
				continue
			}
			n := term{domains: map[*symbol]domain{}, assumed: t.assumed}
			for s, d := range t.domains {
				n.domains[s] = d
			}
			n.domains[b.choice.sym] = a.dom
			walk(next, n)
		}
	}
	walk(x.root, term{})
	return out, nil
}

func (j *judgement) explanation(x *exploration, l *leaf, t term, res *template.Resource) Explanation {
	e := Explanation{When: t.scenario(), Witness: t.witness(), Err: l.err}
	o, ok := l.outcome.(judged)
	if !ok || l.err != nil {
		return e
	}
	e.Absent = o.absent
	for _, violation := range o.violations {
		if x.res != nil || violation.Resource == res.ID {
			e.Violations = append(e.Violations, violation)
		}
	}
	if o.absent {
		return e
	}
	reads := j.v.set.Reads(x.rule)
	x.world.masked = true
	x.again(l, func() {
		var input ast.Value
		if x.res != nil {
			input, e.Err = x.world.resourceInput(res, reads)
		} else {
			input, e.Err = x.world.templateInput(x.rule, reads, false)
		}
		switch {
		case e.Err != nil:
		case x.rule.Kind == rules.KindGuard:
			e.Input, e.Err = rules.Document(x.rule, input)
		default:
			e.Input, e.Err = ast.JSON(input)
		}
	})
	x.world.masked = false
	return e
}

func typesOf(t *template.Template) []string {
	var types []string
	seen := map[string]bool{}
	for _, res := range t.Resources {
		if !seen[res.Type] {
			seen[res.Type] = true
			types = append(types, res.Type)
		}
	}
	return types
}
