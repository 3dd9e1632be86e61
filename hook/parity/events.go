package parity

import (
	"context"

	"github.com/fsxns3ap/guardhook/hook"
	"github.com/fsxns3ap/guardhook/hook/emulate"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// event is an event in one form.
type event struct {
	emulate.Event
	name string
	// decides means that the event has properties beside the template.
	decides bool
}

// resourceEvents are the events that a resource can come in.
func resourceEvents(values map[string]string, d *validate.Deployment) []event {
	var out []event
	change := emulate.Change{Action: rules.ActionCreate, ID: d.Resource.ID, Type: d.Resource.Type, After: d.Properties}
	for _, form := range []struct {
		name string
		kind hook.Kind
		emulate.Form
	}{
		{"RESOURCE typed", hook.Resource, emulate.Form{}},
		{"RESOURCE strings", hook.Resource, emulate.Form{Private: true, Strings: true}},
		{"CLOUD_CONTROL typed", hook.CloudControl, emulate.Form{}},
		{"CLOUD_CONTROL strings", hook.CloudControl, emulate.Form{Strings: true}},
	} {
		out = append(out, event{Event: emulate.ResourceEvent(values, form.kind, change, form.Form), name: form.name})
	}
	return out
}

// stackEvents are the events that a template comes in. changes are the changed
// resources of one of its change sets; nil for none.
func stackEvents(values map[string]string, src []byte, changes []emulate.Change) []event {
	out := []event{
		{Event: emulate.StackEvent(values, rules.ActionCreate, src, nil), name: "STACK"},
		{Event: emulate.ChangeSetEvent(values, src, nil), name: "CHANGE_SET"},
	}
	if len(changes) > 0 {
		out = append(out, event{Event: emulate.ChangeSetEvent(values, src, changes), name: "CHANGE_SET with properties", decides: true})
	}
	return out
}

// changes are the changed resources of a change set that creates a stack with
// the given values.
func changes(t *template.Template, values map[string]string) []emulate.Change {
	deployments, err := validate.Resolve(t, values, "")
	if err != nil {
		return nil
	}
	var out []emulate.Change
	for _, d := range deployments {
		out = append(out, emulate.Change{
			Action: rules.ActionCreate, ID: d.Resource.ID, Type: d.Resource.Type, Line: d.Resource.Line,
			After: emulate.NewCloser(t, values).Properties(d.Resource.Type, d.Properties),
		})
	}
	return out
}

// send hands an event to the hook.
func (r *Replayer) send(ctx context.Context, e *event) (emulate.Answer, error) {
	r.counts.Events++
	body, payload, err := e.Encode()
	if err != nil {
		return emulate.Answer{}, err
	}
	return r.hook.Send(ctx, body, payload), nil
}
