// Package parity checks the promise that validate and the hook give the same
// verdicts. It replays a template: every resource, in deployments that the
// template allows, becomes the events that CloudFormation would send, typed and
// with all scalars as strings, and what the hook finds has to be what validate
// found.
//
// Compared are the ids of findings. A value that is not known before the
// deployment is replaced by an identifier; where validate decides without
// knowing it, the hook has to agree. Left out is what only one gate can know:
// what validate is undecided about, rules that read attributes that resource
// events do not carry, and, for these events, rules of template scope.
package parity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fsxns3ap/guardhook/hook"
	"github.com/fsxns3ap/guardhook/hook/emulate"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// Counts says how much was compared.
type Counts struct {
	Templates, Scenarios, Events, Differences int
}

// Add adds other counts.
func (c *Counts) Add(o Counts) {
	c.Templates += o.Templates
	c.Scenarios += o.Scenarios
	c.Events += o.Events
	c.Differences += o.Differences
}

// String is the last line of a report.
func (c Counts) String() string {
	return fmt.Sprintf("parity: %d templates, %d scenarios, %d events, %d differences", c.Templates, c.Scenarios, c.Events, c.Differences)
}

// Difference is a disagreement of the two gates.
type Difference struct {
	File, Scenario, Event, Resource string
	// Detail says which findings only one gate has.
	Detail string
}

// String puts a difference on one line.
func (d Difference) String() string {
	return fmt.Sprintf("%s: [%s] %s of %s: %s", d.File, d.Scenario, d.Event, d.Resource, d.Detail)
}

// Replayer compares the gates. It is for one goroutine.
type Replayer struct {
	set  *rules.Set
	hook *emulate.Runner
	// differ is told of each difference.
	differ func(Difference)
	now    func() time.Time

	counts   Counts
	file     string
	scenario string
}

// New returns a Replayer for a policy set.
func New(set *rules.Set, now func() time.Time, differ func(Difference)) *Replayer {
	r := &Replayer{set: set, differ: differ, now: now}
	config := hook.DefaultConfig()
	config.PayloadBytes = 64 << 20
	r.hook = emulate.NewRunner(emulate.Options{Set: set, Config: config, Now: now})
	return r
}

// Template replays a template and returns what was compared.
func (r *Replayer) Template(ctx context.Context, file string, src []byte) (Counts, error) {
	r.counts, r.file, r.scenario = Counts{}, file, ""
	base := emulate.Pseudo()
	t, err := template.Load(file, src, template.Options{Parameters: base})
	if errors.Is(err, template.ErrNotTemplate) {
		return r.counts, nil
	}
	r.counts.Templates++
	if err != nil {
		return r.counts, r.refused(ctx, base, src)
	}
	open, err := validate.New(r.set, validate.Options{Parameters: base, Now: r.now}).Validate(ctx, t)
	if err != nil {
		return r.counts, err
	}
	all := assignments(t)
	if err := r.stack(ctx, base, src, open, changes(t, all[0])); err != nil {
		return r.counts, err
	}
	// Deployments differ in their Region and account, too.
	anywhere, err := validate.New(r.set, validate.Options{Now: r.now}).Validate(ctx, t)
	if err != nil {
		return r.counts, err
	}
	shown := shownBy(anywhere)
	for _, values := range all {
		if err := r.assignment(ctx, t, values, shown); err != nil {
			return r.counts, err
		}
	}
	return r.counts, ctx.Err()
}

// shown are the places that a validation without pinned parameters reports, by
// rule and resource; nil if it could not judge everything.
type shown map[[2]string]bool

func shownBy(result *validate.Result) shown {
	if len(result.Problems) > 0 {
		return nil
	}
	out := shown{}
	for _, f := range result.Findings {
		out[[2]string{f.Rule.ID, f.Resource}] = true
	}
	return out
}

// assignment replays the resources of one deployment.
func (r *Replayer) assignment(ctx context.Context, t *template.Template, values map[string]string, seen shown) error {
	r.scenario = describe(values)
	// A template with loops is another one with other values.
	t, err := template.Load(t.File, t.Source, template.Options{Parameters: values})
	if err != nil {
		return nil
	}
	result, err := validate.New(r.set, validate.Options{Parameters: values, Now: r.now}).Validate(ctx, t)
	if err != nil {
		return err
	}
	deployments, err := validate.Resolve(t, values, "")
	if err != nil || len(result.Problems) > 0 {
		// Not to be decided by validate, which says so.
		return ctx.Err()
	}
	r.counts.Scenarios++
	perResource := map[string]int{}
	for _, d := range deployments {
		perResource[d.Resource.ID]++
	}
	for _, d := range deployments {
		if perResource[d.Resource.ID] > 1 {
			continue
		}
		d.Properties = emulate.NewCloser(t, values).Properties(d.Resource.Type, d.Properties)
		want := expected(r.set, result, d.Resource.ID)
		for _, e := range resourceEvents(values, &d) {
			if err := r.resource(ctx, &e, want, seen); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

func (r *Replayer) resource(ctx context.Context, e *event, want findings, seen shown) error {
	answer, err := r.send(ctx, e)
	if err != nil {
		return err
	}
	found := answer.Decision.Findings
	if answer.Response.ErrorCode == hook.InternalFailure && len(found) == 0 {
		r.difference(e.name, e.ID, "the hook: "+answer.Response.Message)
		return nil
	}
	for _, detail := range want.differences(given(r.set, found)) {
		r.difference(e.name, e.ID, detail)
	}
	for _, f := range found {
		if f.Blocks && seen != nil && !seen[[2]string{f.Rule, f.Resource}] {
			r.difference(e.name, e.ID, "blocked by "+f.Rule+", which validate does not show without pinned parameters")
		}
	}
	return nil
}

// stack replays a template as a stack and as a change set.
func (r *Replayer) stack(ctx context.Context, values map[string]string, src []byte, result *validate.Result, changes []emulate.Change) error {
	for _, e := range stackEvents(values, src, changes) {
		answer, err := r.send(ctx, &e)
		if err != nil {
			return err
		}
		for _, detail := range templateDifferences(result, answer, e.decides) {
			r.difference(e.name, "the template", detail)
		}
	}
	return nil
}

// refused expects that a template that validate refuses is refused.
func (r *Replayer) refused(ctx context.Context, values map[string]string, src []byte) error {
	for _, e := range stackEvents(values, src, nil) {
		answer, err := r.send(ctx, &e)
		if err != nil {
			return err
		}
		if answer.Response.Status != hook.Failed {
			r.difference(e.name, "the template", "refused by validate, and not by the hook")
		}
	}
	return nil
}

func (r *Replayer) difference(name, resource, detail string) {
	r.counts.Differences++
	r.differ(Difference{File: r.file, Scenario: r.scenario, Event: name, Resource: resource, Detail: detail})
}
