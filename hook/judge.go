package hook

import (
	"context"
	"strings"
	"time"

	"github.com/fsxns3ap/guardhook/internal/schema"
	"github.com/fsxns3ap/guardhook/rules"
)

// verdict is a finding, and what it does here.
type verdict struct {
	rules.Finding
	// blocks means that the target is refused for it.
	blocks bool
	// where adds to the place: the deployments, or the line of a template.
	where string
}

// judgement is what came of judging a target.
type judgement struct {
	verdicts []verdict
	// judged is how many resources there were.
	judged int
	// notes say what could not be judged, and why that is no reason to refuse.
	notes []string
}

func (j *judgement) add(v verdict) { j.verdicts = append(j.verdicts, v) }

// judge evaluates one event with one policy set.
type judge struct {
	set    *rules.Set
	event  *Event
	stack  rules.Stack
	strict bool
	now    func() time.Time
}

// resource judges a resource that the event has with all its values.
func (j *judge) resource(ctx context.Context) (*judgement, error) {
	e := j.event
	out := &judgement{judged: 1}
	if !e.Managed && !schema.Known(e.TypeName) && len(j.set.For(e.TypeName)) == 0 && !strings.HasPrefix(e.TypeName, "AWS::") {
		// Wildcard targets match types that do not exist.
		return nil, failf(UnsupportedTarget, "%s is no resource type that is known, and no rule is about it", cut(e.TypeName, 200))
	}
	verdicts, err := j.evaluate(ctx, e.Kind, e.Action, &rules.Resource{
		ID: e.LogicalID, Type: e.TypeName, Properties: e.properties, Previous: e.previous,
	})
	out.verdicts = verdicts
	return out, err
}

// evaluate judges a resource as it was sent.
func (j *judge) evaluate(ctx context.Context, k Kind, action string, r *rules.Resource) ([]verdict, error) {
	sent := r.Properties != nil
	shape := schema.Of(r.Type)
	now, problems := canonical(shape, r.Properties)
	r.Properties = now
	if r.Previous != nil {
		// What is there already may be in any state.
		r.Previous, _ = canonical(shape, r.Previous)
	}
	findings, err := j.set.Evaluate(ctx, &rules.Target{Kind: string(k), Action: action, Stack: j.stack, Resource: r})
	if err != nil {
		return nil, failf(InternalFailure, "%s of %s: %v", action, r.Type, err)
	}
	out := make([]verdict, len(findings))
	for i, f := range findings {
		v := &out[i]
		v.Finding = f
		if f.Status == rules.Pass || f.Status == rules.Fail {
			switch misfit := j.misfit(f.Rule, problems, now); {
			case !sent:
				v.replace(rules.Undecided, nil, "CloudFormation sends no properties of what it deletes.")
			case f.Status == rules.Pass && action == rules.ActionUpdate && r.Previous == nil && j.readsPrevious(f.Rule):
				v.replace(rules.Undecided, nil, "The event has no properties of the state before the update.")
			case j.readsUnsent(f.Rule):
				v.replace(rules.Undecided, nil, "The rule reads attributes that CloudFormation sends only with stacks and change sets.")
			case misfit != nil:
				v.replace(misfit.Status, misfit.Path, misfit.Message)
			}
		}
		v.blocks = v.Status == rules.Errored || v.Status == rules.Fail && v.Level == rules.Block
	}
	return out, nil
}

func (v *verdict) replace(status rules.Status, path rules.Path, message string) {
	v.Status, v.Path, v.Message = status, path, message
}

func canonical(shape *schema.Shape, properties map[string]any) (map[string]any, []schema.Diagnostic) {
	if properties == nil {
		return map[string]any{}, nil
	}
	v, problems := schema.Canonical(shape, properties)
	out, _ := v.(map[string]any)
	return out, problems
}

// misfit returns the outcome of a rule that reads a value that is not of the
// type that its schema has, or nil: the rule compares it with what it cannot
// equal. A dynamic reference has a value of the type later.
func (j *judge) misfit(r *rules.Rule, problems []schema.Diagnostic, properties map[string]any) *rules.Finding {
	for _, p := range problems {
		switch {
		case !j.readsAt(r, p.Path):
		case isDynamicReference(at(properties, p.Path)):
			return &rules.Finding{Status: rules.Undecided, Path: p.Path, Message: "The value is a dynamic reference."}
		default:
			return &rules.Finding{Status: rules.Errored, Path: p.Path, Message: "The property is not of its type: " + p.Message + "."}
		}
	}
	return nil
}

// readsAt tells whether a rule reads the property at a path, or a part of it.
func (j *judge) readsAt(r *rules.Rule, path rules.Path) bool {
	reads := j.set.Reads(r).At("resource", "properties")
	for _, e := range path {
		if name, ok := e.(string); ok {
			reads = reads.Field(name)
		} else {
			reads = reads.Element()
		}
	}
	return reads != nil
}

func at(v any, path rules.Path) any {
	for _, e := range path {
		switch e := e.(type) {
		case string:
			object, _ := v.(map[string]any)
			v = object[e]
		case int:
			list, _ := v.([]any)
			if e >= len(list) {
				return nil
			}
			v = list[e]
		}
	}
	return v
}

func isDynamicReference(v any) bool {
	text, ok := v.(string)
	return ok && strings.Contains(text, "{{resolve:")
}

// readsUnsent tells whether a rule reads something of a resource that is not
// part of a resource event.
func (j *judge) readsUnsent(r *rules.Rule) bool {
	reads := j.set.Reads(r).Field("resource")
	for _, name := range unsent() {
		if reads.Field(name) != nil {
			return true
		}
	}
	return false
}
