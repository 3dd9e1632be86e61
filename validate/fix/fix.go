package fix

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// Change is what was done to a resource for the sake of a rule.
type Change struct {
	Rule     string `json:"rule"`
	Resource string `json:"resource"`
	// Findings counts those that are gone.
	Findings int `json:"findings"`
	// Settings are the paths that were written: below the resource, or below
	// Resources for another one.
	Settings []string `json:"settings"`
}

// Left is a finding for which there is a fix that could not be made.
type Left struct {
	Rule     string `json:"rule"`
	Resource string `json:"resource"`
	Findings int    `json:"findings"`
	Reason   string `json:"reason"`
}

// Result is what came of a template.
type Result struct {
	// Source is the changed text, or the text as it was.
	Source  []byte
	Changes []Change
	Left    []Left
	// Other counts the findings that no fix exists for.
	Other int
}

// Options say how a template is loaded and what of it is fixed. The zero value is
// usable.
type Options struct {
	Template template.Options
	// Wanted tells which of the findings that fail to fix; nil is all. It is
	// called once for each.
	Wanted func(*template.Template, *validate.Finding) bool
}

// target is what a fix is for.
type target struct{ rule, resource string }

// Fix changes the text of a template. Findings that are undecided, waived, or
// no failure stay. An error is one of loading or judging the template as it was.
func Fix(ctx context.Context, v *validate.Validator, file string, src []byte, opts Options) (*Result, error) {
	f := fixer{validator: v, file: file, opts: opts.Template}
	judged, err := f.judge(ctx, src)
	if err != nil {
		return nil, err
	}
	r := &Result{Source: src}
	targets, findings := r.targets(judged, opts.Wanted)
	for _, t := range targets {
		// What is found may have other places in the text by now.
		change, next, after, err := f.change(ctx, r.Source, judged, t)
		if err != nil {
			r.Left = append(r.Left, Left{t.rule, t.resource, findings[t], err.Error()})
			continue
		}
		if next != nil {
			r.Source, judged = next, after
			change.Findings = findings[t]
			r.Changes = append(r.Changes, change)
		}
	}
	return r, ctx.Err()
}

// targets lists what there is a fix for, with the number of findings of each, and
// counts the rest.
func (r *Result) targets(judged *validate.Result, wanted func(*template.Template, *validate.Finding) bool) ([]target, map[target]int) {
	var out []target
	findings := map[target]int{}
	for i := range judged.Findings {
		f := &judged.Findings[i]
		if f.Status != rules.Fail || wanted != nil && !wanted(judged.Template, f) {
			continue
		}
		t := target{f.Rule.ID, f.Resource}
		if !Rules(t.rule) {
			r.Other++
			continue
		}
		if findings[t]++; findings[t] == 1 {
			out = append(out, t)
		}
	}
	return out, findings
}

type fixer struct {
	validator *validate.Validator
	file      string
	opts      template.Options
}

func (f *fixer) judge(ctx context.Context, src []byte) (*validate.Result, error) {
	t, err := template.Load(f.file, src, f.opts)
	if err != nil {
		return nil, err
	}
	return f.validator.Validate(ctx, t)
}

// change makes one fix. No text means that there is nothing left to do.
func (f *fixer) change(ctx context.Context, src []byte, before *validate.Result, t target) (Change, []byte, *validate.Result, error) {
	c := Change{Rule: t.rule, Resource: t.resource}
	edits, err := f.edits(src, before, t)
	if err != nil || len(edits) == 0 {
		return c, nil, nil, err
	}
	out := src
	for _, e := range edits {
		if out, err = e.apply(out); err != nil {
			return c, nil, nil, err
		}
		c.Settings = append(c.Settings, e.name(t.resource))
	}
	after, err := f.judge(ctx, out)
	if err != nil {
		return c, nil, nil, fmt.Errorf("the changed template does not load: %w", err)
	}
	return c, out, after, f.better(before, after, t)
}

// edits are the changes that make a rule pass for a resource. None means that it
// passes by now.
func (f *fixer) edits(src []byte, before *validate.Result, t target) ([]edit, error) {
	if !slices.ContainsFunc(before.Findings, func(found validate.Finding) bool { return found.Rule.ID == t.rule && found.Resource == t.resource }) {
		return nil, nil
	}
	if err := written(src, t.resource); err != nil {
		return nil, err
	}
	if t.rule == tlsOnlyRule {
		return tlsOnly(before.Template, t.resource)
	}
	var out []edit
	for _, s := range catalog(t.rule) {
		if s.concerns(before, t) {
			out = append(out, edit{path: append([]string{resources, t.resource}, s.path...), value: s.value})
		}
	}
	if len(out) == 0 {
		return nil, errors.New("the fix sets something else")
	}
	return out, nil
}

// better tells why a changed template is not better than the one before.
func (f *fixer) better(before, after *validate.Result, t target) error {
	known := map[string]bool{}
	for i := range before.Findings {
		known[before.Findings[i].ID] = true
	}
	for i := range after.Findings {
		finding := &after.Findings[i]
		switch {
		case finding.Rule.ID == t.rule && finding.Resource == t.resource:
			return fmt.Errorf("the change does not make the rule pass")
		case !known[finding.ID]:
			return fmt.Errorf("the change makes %s fail for %s", finding.Rule.ID, finding.Resource)
		}
	}
	if len(after.Problems) > len(before.Problems) {
		return fmt.Errorf("the changed template cannot be judged: %s", after.Problems[0])
	}
	return nil
}

// concerns tells whether a finding is about the setting, or about what it is
// part of.
func (s *setting) concerns(judged *validate.Result, t target) bool {
	return slices.ContainsFunc(judged.Findings, func(f validate.Finding) bool {
		if f.Rule.ID != t.rule || f.Resource != t.resource {
			return false
		}
		if s.path[0] != properties {
			return true
		}
		return leads(f.Path, s.path[1:]) || s.instead != nil && leads(f.Path, s.instead[1:])
	})
}

// leads tells whether a path is the way to another, or to something in it.
func leads(path rules.Path, to []string) bool {
	for i, step := range path {
		if i < len(to) && fmt.Sprint(step) != to[i] {
			return false
		}
	}
	return true
}
