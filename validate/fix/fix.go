package fix

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// Change is what was done to a resource for the sake of a rule.
type Change struct {
	Rule     string `json:"rule"`
	Resource string `json:"resource"`
	// Settings are the paths that were written, below the resource.
	Settings []string `json:"settings"`
}

// Left is a finding for which there is a fix that could not be made.
type Left struct {
	Rule     string `json:"rule"`
	Resource string `json:"resource"`
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

// target is what a fix is for.
type target struct{ rule, resource string }

// Fix changes the text of a template. Findings that are undecided, waived, or
// no failure stay. An error is one of loading or judging the template as it was.
func Fix(ctx context.Context, v *validate.Validator, file string, src []byte, opts template.Options) (*Result, error) {
	f := fixer{validator: v, file: file, opts: opts}
	judged, err := f.judge(ctx, src)
	if err != nil {
		return nil, err
	}
	r := &Result{Source: src}
	for _, t := range r.targets(judged) {
		// What is found may have other places in the text by now.
		change, next, after, err := f.change(ctx, r.Source, judged, t)
		if err != nil {
			r.Left = append(r.Left, Left{t.rule, t.resource, err.Error()})
			continue
		}
		if next != nil {
			r.Source, judged = next, after
			r.Changes = append(r.Changes, change)
		}
	}
	return r, nil
}

// targets lists what there is a fix for, and counts the rest.
func (r *Result) targets(judged *validate.Result) []target {
	var out []target
	for i := range judged.Findings {
		f := &judged.Findings[i]
		if f.Status != rules.Fail {
			continue
		}
		t := target{f.Rule.ID, f.Resource}
		if len(catalog(t.rule)) == 0 {
			r.Other++
		} else if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
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
	out := src
	for _, s := range catalog(t.rule) {
		if !s.concerns(before, t) {
			continue
		}
		var err error
		if out, err = set(out, t.resource, s); err != nil {
			return c, nil, nil, err
		}
		c.Settings = append(c.Settings, strings.Join(s.path, "."))
	}
	if c.Settings == nil {
		return c, nil, nil, nil
	}
	after, err := f.judge(ctx, out)
	if err != nil {
		return c, nil, nil, fmt.Errorf("the changed template does not load: %w", err)
	}
	return c, out, after, f.better(before, after, t)
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
		for i, step := range f.Path {
			if i+1 < len(s.path) && fmt.Sprint(step) != s.path[i+1] {
				return false
			}
		}
		return true
	})
}
