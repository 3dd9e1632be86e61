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
	"maps"
	"slices"
	"time"

	"github.com/fsxns3ap/guardhook/hook"
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
	set      *rules.Set
	handler  *hook.Handler
	payload  payload
	decision *hook.Decision
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
	r.handler = hook.New(hook.Options{
		Set: set, Config: config, Now: now, Transport: &r.payload,
		Decided: func(_ context.Context, d *hook.Decision) { r.decision = d },
	})
	return r
}

// Template replays a template and returns what was compared.
func (r *Replayer) Template(ctx context.Context, file string, src []byte) (Counts, error) {
	r.counts, r.file, r.scenario = Counts{}, file, ""
	base := pseudo()
	t, err := template.Load(file, src, template.Options{Parameters: base})
	if errors.Is(err, template.ErrNotTemplate) {
		return r.counts, nil
	}
	r.counts.Templates++
	if err != nil {
		r.refused(ctx, base, src)
		return r.counts, nil
	}
	open, err := validate.New(r.set, validate.Options{Parameters: base, Now: r.now}).Validate(ctx, t)
	if err != nil {
		return r.counts, err
	}
	all := assignments(t)
	r.stack(ctx, base, src, open, changes(t, all[0]))
	shown := shownBy(open)
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
		d.Properties, _ = closed(t, values, d.Properties).(map[string]any)
		want := r.expected(result, d.Resource)
		for _, e := range resourceEvents(values, &d) {
			r.resource(ctx, e, d.Resource.ID, want, seen)
		}
	}
	return ctx.Err()
}

// finding is what both gates say of a finding.
type finding struct{ rule, status string }

// expected returns what validate found on a resource, by id. Findings that are
// undecided may be there or not.
func (r *Replayer) expected(result *validate.Result, res *template.Resource) map[string]finding {
	out := map[string]finding{}
	for _, f := range result.Findings {
		if f.Resource == res.ID && f.Rule.Scope == rules.ScopeResource && !r.unsent(f.Rule) {
			out[f.ID] = finding{f.Rule.ID, string(f.Status)}
		}
	}
	return out
}

// unsent tells whether a rule reads what resource events do not carry.
func (r *Replayer) unsent(rule *rules.Rule) bool {
	reads := r.set.Reads(rule).Field("resource")
	return reads.Field("metadata") != nil || reads.Field("deletion_policy") != nil || reads.Field("update_replace_policy") != nil
}

func (r *Replayer) resource(ctx context.Context, e event, id string, want map[string]finding, seen shown) {
	response := r.send(ctx, e.body)
	if response.ErrorCode == hook.InternalFailure && len(r.decision.Findings) == 0 {
		r.difference(e.name, id, "the hook: "+response.Message)
		return
	}
	got := map[string]finding{}
	for _, f := range r.decision.Findings {
		if !r.unsent(r.set.Rule(f.Rule)) {
			got[f.ID] = finding{f.Rule, string(f.Status)}
		}
	}
	r.compare(e.name, id, want, got)
	for _, f := range r.decision.Findings {
		if f.Blocks && seen != nil && !seen[[2]string{f.Rule, f.Resource}] {
			r.difference(e.name, id, "blocked by "+f.Rule+", which validate does not show without pinned parameters")
		}
	}
}

// compare reports findings that one gate has. Where validate is undecided, the
// hook decides.
func (r *Replayer) compare(name, id string, want, got map[string]finding) {
	undecided := map[string]bool{}
	for _, f := range want {
		if f.status == string(rules.Undecided) {
			undecided[f.rule] = true
		}
	}
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if _, ok := got[k]; !ok && !undecided[want[k].rule] {
			r.difference(name, id, fmt.Sprintf("only validate has %s %s (%s)", want[k].rule, k, want[k].status))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(got)) {
		if have, ok := want[k]; (!ok || have.status != got[k].status) && !undecided[got[k].rule] {
			r.difference(name, id, fmt.Sprintf("only the hook has %s %s (%s)", got[k].rule, k, got[k].status))
		}
	}
}

// stack replays a template as a stack and as a change set.
func (r *Replayer) stack(ctx context.Context, values map[string]string, src []byte, result *validate.Result, changes []any) {
	want := map[string]finding{}
	undecided := map[[2]string]bool{}
	for _, f := range result.Findings {
		want[f.ID] = finding{f.Rule.ID, string(f.Status)}
		if f.Status == rules.Undecided {
			undecided[[2]string{f.Rule.ID, f.Resource}] = true
		}
	}
	for _, e := range stackEvents(values, src, changes) {
		r.payload.body = e.payload
		response := r.send(ctx, e.body)
		if len(result.Problems) > 0 {
			if response.Status != hook.Failed {
				r.difference(e.name, "the template", "validate has problems, and the hook none")
			}
			continue
		}
		got := map[string]finding{}
		for _, f := range r.decision.Findings {
			if e.decides && undecided[[2]string{f.Rule, f.Resource}] {
				// The properties of the change set settle it.
				got[f.ID] = want[f.ID]
				if _, ok := want[f.ID]; !ok {
					delete(got, f.ID)
				}
				continue
			}
			got[f.ID] = finding{f.Rule, string(f.Status)}
		}
		if !maps.Equal(want, got) {
			r.difference(e.name, "the template", fmt.Sprintf("validate: %v, the hook: %v (%s)", want, got, response.Message))
		}
	}
}

// refused expects that a template that validate refuses is refused.
func (r *Replayer) refused(ctx context.Context, values map[string]string, src []byte) {
	for _, e := range stackEvents(values, src, nil) {
		r.payload.body = e.payload
		if response := r.send(ctx, e.body); response.Status != hook.Failed {
			r.difference(e.name, "the template", "refused by validate, and not by the hook")
		}
	}
}

func (r *Replayer) send(ctx context.Context, body []byte) hook.Response {
	r.counts.Events++
	return r.handler.Respond(ctx, body)
}

func (r *Replayer) difference(name, resource, detail string) {
	r.counts.Differences++
	r.differ(Difference{File: r.file, Scenario: r.scenario, Event: name, Resource: resource, Detail: detail})
}
