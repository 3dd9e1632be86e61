package parity

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fsxns3ap/guardhook/hook"
	"github.com/fsxns3ap/guardhook/hook/emulate"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// Captured is an event that was sent to the hook, and what it answered.
type Captured struct {
	Set    *rules.Set
	Now    func() time.Time
	Body   []byte
	Answer emulate.Answer
}

// Comparison is what the two gates say of one event.
type Comparison struct {
	// NotCompared is why there is nothing to compare; empty if there is.
	NotCompared string
	// Findings are those that the gates differ in.
	Findings []string
	// Values are properties that a template gives another value than the event.
	Values []ValueDifference
}

// Differences counts what the gates differ in.
func (c *Comparison) Differences() int { return len(c.Findings) + len(c.Values) }

// message is what is read of an event, in any of its forms: encoding/json
// matches names in any case, as the hook does.
type message struct {
	RequestData struct {
		TargetModel struct {
			ResourceProperties, PreviousResourceProperties map[string]any
			Template                                       any
		}
	}
}

// Compare judges with validate what the event has, and compares: the resource,
// alone in a template, or the template of a stack or change set.
func (c *Captured) Compare(ctx context.Context) (*Comparison, error) {
	if reason := c.unjudged(); reason != "" {
		return &Comparison{NotCompared: reason}, nil
	}
	m, err := c.message()
	if err != nil {
		return nil, err
	}
	if d := c.Answer.Decision; d.Kind == hook.Resource || d.Kind == hook.CloudControl {
		return c.resource(ctx, m)
	}
	return c.template(ctx, m)
}

// unjudged tells why the hook has no findings to compare, or "".
func (c *Captured) unjudged() string {
	d := c.Answer.Decision
	switch {
	case d.Status == hook.Failed && len(d.Findings) == 0 && d.Passed == 0:
		return "the hook did not judge the event: " + c.Answer.Response.Message
	case d.Action == rules.ActionDelete:
		return "validate judges what is created or updated, not what is deleted"
	}
	return ""
}

func (c *Captured) message() (*message, error) {
	var m message
	if err := decode(c.Body, &m); err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	return &m, nil
}

// decode decodes JSON, digits of numbers as they are.
func decode(src []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(src))
	d.UseNumber()
	return d.Decode(into)
}

// pinned are the pseudo parameters that the hook knows of an event's stack.
func (c *Captured) pinned() map[string]string {
	d := c.Answer.Decision
	out := emulate.KnownValues(d.StackID, d.Account)
	if out["AWS::StackName"] == "" && d.Kind == hook.Stack {
		out["AWS::StackName"] = d.LogicalID
	}
	return out
}

func (c *Captured) validate(ctx context.Context, t *template.Template, params map[string]string) (*validate.Result, error) {
	return validate.New(c.Set, validate.Options{Parameters: params, Now: c.Now}).Validate(ctx, t)
}

func (c *Captured) resource(ctx context.Context, m *message) (*Comparison, error) {
	d := c.Answer.Decision
	src, err := json.Marshal(map[string]any{"Resources": map[string]any{
		d.LogicalID: map[string]any{"Type": d.TypeName, "Properties": m.RequestData.TargetModel.ResourceProperties},
	}})
	if err != nil {
		return nil, err
	}
	pinned := c.pinned()
	t, err := template.Load("event.json", src, template.Options{Parameters: pinned})
	if err != nil {
		return &Comparison{NotCompared: "its properties cannot stand in a template: " + err.Error()}, nil
	}
	result, err := c.validate(ctx, t, pinned)
	if err != nil {
		return nil, err
	}
	if len(result.Problems) > 0 {
		return &Comparison{NotCompared: "validate cannot judge its properties: " + result.Problems[0].String()}, nil
	}
	want, got := c.findings(result)
	return &Comparison{Findings: want.differences(got)}, nil
}

// bothAsk tells whether both gates can ask a rule about an action: it judges that
// and the creation, and reads nothing of the state before an update.
func (c *Captured) bothAsk(rule *rules.Rule, action string) bool {
	return rule.Judges(rules.ActionCreate) && rule.Judges(action) && c.Set.Reads(rule).At("resource", "previous") == nil
}

// findings are those of the two gates, by the rules that both can ask.
func (c *Captured) findings(result *validate.Result) (want, got findings) {
	d := c.Answer.Decision
	want, got = expected(c.Set, result, d.LogicalID), given(c.Set, d.Findings)
	for _, list := range [...]findings{want, got} {
		for id, f := range list {
			if !c.bothAsk(c.Set.Rule(f.rule), d.Action) {
				delete(list, id)
			}
		}
	}
	return want, got
}

func (c *Captured) template(ctx context.Context, m *message) (*Comparison, error) {
	src, changes, err := c.document(m)
	switch {
	case err != nil:
		return nil, err
	case src == "":
		return &Comparison{NotCompared: "the event has no template"}, nil
	}
	pinned := c.pinned()
	t, err := template.Load("template", []byte(src), template.Options{Parameters: pinned})
	if err != nil {
		return &Comparison{NotCompared: "validate refuses the template: " + err.Error()}, nil
	}
	result, err := c.validate(ctx, t, pinned)
	if err != nil {
		return nil, err
	}
	answer := c.Answer
	if c.updates(changes) {
		result, answer = c.ofBoth(result)
	}
	return &Comparison{Findings: templateDifferences(result, answer, len(changes) > 0)}, nil
}

// changeList are the actions of the entries of a change set.
type changeList []struct{ Action string }

// updates tells whether anything is there already that the template has, so that
// it is not judged as one that is created.
func (c *Captured) updates(list changeList) bool {
	d := c.Answer.Decision
	return d.Kind == hook.Stack && d.Action == rules.ActionUpdate ||
		d.Kind == hook.ChangeSet && slices.ContainsFunc(list, func(of struct{ Action string }) bool { return of.Action != rules.ActionCreate })
}

// ofBoth leaves the findings that both gates can have in an update: those of
// rules that bothAsk, on what is in the template.
func (c *Captured) ofBoth(result *validate.Result) (*validate.Result, emulate.Answer) {
	both, answer, decision := *result, c.Answer, *c.Answer.Decision
	both.Findings = slices.DeleteFunc(slices.Clone(result.Findings), func(f validate.Finding) bool {
		return !c.bothAsk(f.Rule, rules.ActionUpdate)
	})
	decision.Findings = slices.DeleteFunc(slices.Clone(decision.Findings), func(f hook.DecisionFinding) bool {
		return !c.bothAsk(c.Set.Rule(f.Rule), rules.ActionUpdate) || f.Resource != "" && result.Template.Resource(f.Resource) == nil
	})
	answer.Decision = &decision
	return &both, answer
}

// document returns the template of a stack or change set, and the changes that
// come with it.
func (c *Captured) document(m *message) (src string, list changeList, err error) {
	var d struct {
		Template         any
		ChangedResources changeList
	}
	inline, _ := m.RequestData.TargetModel.ResourceProperties["template"]
	if inline == nil {
		inline = m.RequestData.TargetModel.Template
	}
	switch {
	case c.Answer.Payload != nil:
		err = decode(c.Answer.Payload, &d)
	case inline != nil:
		d.Template = inline
	default:
		err = errors.New("the event has no document")
	}
	if err != nil {
		return "", nil, err
	}
	switch v := d.Template.(type) {
	case nil:
		return "", d.ChangedResources, nil
	case string:
		return v, d.ChangedResources, nil
	}
	text, err := json.Marshal(d.Template)
	return string(text), d.ChangedResources, err
}
