package validate

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/rules/guard"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// GuardInput says what Guard rules are given.
type GuardInput int

const (
	// GuardResolved gives them every deployment, in the shape that the hook has:
	// what passes here is never blocked there.
	GuardResolved GuardInput = iota
	// GuardTemplate gives them the template as it is written, with intrinsic
	// functions in their long form, as cfn-guard does.
	GuardTemplate
)

// judges tells whether a rule is evaluated in deployments of a template.
func (v *Validator) judges(r *rules.Rule) bool {
	return v.inForce(r) && (r.Kind != rules.KindGuard || v.guard == GuardResolved)
}

func (v *Validator) inForce(r *rules.Rule) bool {
	return r.Judges(rules.ActionCreate) && v.set.Level(r, v.stack) != rules.Off
}

// guardSource is the template as Guard reads it, once it is needed.
type guardSource struct {
	once     sync.Once
	doc      *guard.Value
	err      error
	sections ast.Value
}

// written reads the template as cfn-guard does and, where its reader refuses
// what CloudFormation accepts, as a YAML 1.2 reader does.
func (r *resolver) written() (*guard.Value, error) {
	s := &r.source
	s.once.Do(func() {
		if s.doc, s.err = guard.Load(r.t.File, r.t.Source, guard.Strict); s.err != nil {
			s.doc, s.err = guard.Load(r.t.File, r.t.Source, guard.Core)
		}
	})
	return s.doc, s.err
}

// asWritten judges the template by the Guard rules that some of its resources,
// or none, make relevant.
func (j *judgement) asWritten(ctx context.Context) {
	types := typesOf(j.r.t)
	for _, rule := range j.v.set.Rules() {
		if rule.Kind != rules.KindGuard || !j.v.inForce(rule) || !slices.ContainsFunc(types, rule.AppliesTo) {
			continue
		}
		j.result.Rules[rule], j.result.AsWritten[rule] = true, true
		j.result.Verdicts++
		x := &exploration{ctx: ctx, rule: rule}
		doc, err := j.r.written()
		var violations []rules.Violation
		if err == nil {
			violations, err = j.v.set.JudgeDocument(ctx, rule, doc)
		}
		if err != nil {
			f := j.add(x, nil, rules.Finding{Rule: rule, Status: rules.Errored, Message: err.Error()}, []Scenario{{}}, nil, nil)
			var located *guard.Error
			if errors.As(err, &located) && located.File == j.r.t.File && located.Pos.Line > 0 {
				f.Pos = template.Pos{Line: located.Pos.Line, Col: located.Pos.Col}
			}
			continue
		}
		for _, v := range violations {
			f := j.add(x, nil, rules.Finding{
				Rule: rule, Status: rules.Fail, Path: v.Path, Message: v.Message, Resource: v.Resource,
			}, []Scenario{{}}, nil, nil)
			f.Pos = j.r.writtenPos(v.At)
		}
	}
}

// sections are the sections of the template but Resources, as they are written:
// no deployment changes them.
func (r *resolver) sections() (ast.Value, error) {
	doc, err := r.written()
	if err != nil || r.source.sections != nil {
		return r.source.sections, err
	}
	out := ast.NewObject()
	for i, key := range doc.Keys() {
		if key.Name == "Resources" {
			continue
		}
		v, err := ast.ValueFromReader(strings.NewReader(doc.Items()[i].String()))
		if err != nil {
			return nil, err
		}
		out.Insert(ast.StringTerm(key.Name), ast.NewTerm(v))
	}
	r.source.sections = out
	return out, nil
}

// writtenPos finds a path from the root of the template in the source: the value,
// or the key where the value is a block of its own, or what is closest to it.
func (r *resolver) writtenPos(path rules.Path) template.Pos {
	at := template.Pos{Line: 1, Col: 1}
	if len(path) == 0 {
		return at
	}
	v, err := r.written()
	if err != nil {
		return at
	}
	for _, step := range path {
		pos := v.Pos()
		switch step := step.(type) {
		case string:
			i := slices.IndexFunc(v.Keys(), func(k guard.Key) bool { return k.Name == step })
			if i < 0 {
				return at
			}
			pos, v = v.Keys()[i].Pos, v.Items()[i]
			if v.Kind() != guard.KindMap && v.Kind() != guard.KindList {
				pos = v.Pos()
			}
		case int:
			if v.Kind() != guard.KindList || step >= len(v.Items()) {
				return at
			}
			v = v.Items()[step]
			pos = v.Pos()
		}
		at = template.Pos{Line: pos.Line, Col: pos.Col}
	}
	return at
}
