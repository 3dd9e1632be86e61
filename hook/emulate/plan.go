package emulate

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/hook"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// Operation is what is done with a stack.
type Operation struct {
	Action string // rules.ActionCreate, ActionUpdate or ActionDelete
	// Template is the stack's template, the one to be deleted in a deletion;
	// Previous the one before an update.
	Template, Previous *template.Template
	// Values are those of Template's parameters and of the pseudo parameters,
	// PreviousValues those of Previous, as from Values.
	Values, PreviousValues map[string]string
	// Kinds are the targets that events are made for.
	Kinds []hook.Kind
}

// Kinds returns the targets that CloudFormation asks about for an action on a
// stack, in its order: change sets are only created.
func Kinds(action string) []hook.Kind {
	if action == rules.ActionDelete {
		return []hook.Kind{hook.Stack, hook.Resource}
	}
	return []hook.Kind{hook.ChangeSet, hook.Stack, hook.Resource}
}

// Events returns the events of an operation: of the change set, of the stack, of
// its resources in the order in which CloudFormation may create or delete them,
// and of Cloud Control calls for the same resources.
func (o *Operation) Events() ([]Event, error) {
	changes, err := o.changes(NewCloser)
	if err != nil {
		return nil, err
	}
	var out []Event
	for _, kind := range [...]hook.Kind{hook.ChangeSet, hook.Stack, hook.Resource, hook.CloudControl} {
		if !slices.Contains(o.Kinds, kind) {
			continue
		}
		switch kind {
		case hook.ChangeSet:
			// Of a change set more is hidden.
			shown, err := o.changes(newChangeSetCloser)
			if err != nil {
				return nil, err
			}
			out = append(out, ChangeSetEvent(o.Values, o.Template.Source, plain(shown)))
		case hook.Stack:
			out = append(out, o.stackEvent())
		default:
			out = append(out, resourceEvents(o.Values, kind, changes)...)
		}
	}
	return out, nil
}

func (o *Operation) stackEvent() Event {
	var src, previous []byte
	if o.Action != rules.ActionDelete {
		src = o.Template.Source
	}
	if o.Previous != nil {
		previous = o.Previous.Source
	}
	return StackEvent(o.Values, o.Action, src, previous)
}

// closedChange is a Change, and the places of its placeholders.
type closedChange struct {
	Change
	unknown []rules.Path
}

func plain(list []closedChange) []Change {
	out := make([]Change, len(list))
	for i, c := range list {
		out[i] = c.Change
	}
	return out
}

func resourceEvents(values map[string]string, kind hook.Kind, changes []closedChange) []Event {
	out := make([]Event, 0, len(changes))
	for _, c := range changes {
		e := ResourceEvent(values, kind, c.Change, Form{})
		if c.Action != rules.ActionDelete {
			e.Unknown = c.unknown
		}
		out = append(out, e)
	}
	return out
}

type newCloser func(*template.Template, map[string]string) *Closer

// changes lists what happens to resources, in order: what others refer to is
// created before them and deleted after them, and an update deletes last.
func (o *Operation) changes(closer newCloser) ([]closedChange, error) {
	after, err := states(o.Template, o.Values, closer)
	if err != nil {
		return nil, err
	}
	if o.Action == rules.ActionDelete {
		return deletions(after), nil
	}
	if o.Action == rules.ActionCreate {
		return after, nil
	}
	before, err := states(o.Previous, o.PreviousValues, closer)
	if err != nil {
		return nil, err
	}
	return updates(o.Template, before, after)
}

// updates compares the resources of two templates.
func updates(t *template.Template, before, after []closedChange) ([]closedChange, error) {
	var out []closedChange
	for _, c := range after {
		i := slices.IndexFunc(before, func(b closedChange) bool { return b.ID == c.ID })
		switch {
		case i < 0:
		case before[i].Type != c.Type:
			return nil, fmt.Errorf("%s:%d: %s was a %s: CloudFormation does not change the type of a resource", t.File, c.Line, c.ID, before[i].Type)
		case reflect.DeepEqual(before[i].After, c.After):
			continue
		default:
			c.Action, c.Before = rules.ActionUpdate, before[i].After
		}
		out = append(out, c)
	}
	gone := slices.DeleteFunc(before, func(b closedChange) bool {
		return slices.ContainsFunc(after, func(c closedChange) bool { return c.ID == b.ID })
	})
	return append(out, deletions(gone)...), nil
}

func deletions(list []closedChange) []closedChange {
	out := make([]closedChange, 0, len(list))
	for _, c := range slices.Backward(list) {
		c.Action, c.Before, c.After = rules.ActionDelete, c.After, nil
		out = append(out, c)
	}
	return out
}

// replaced tells whether a transform puts other resources in the place of those
// of a type. They are not known here.
func replaced(resourceType string) bool {
	return strings.HasPrefix(resourceType, "AWS::Serverless::") || strings.HasSuffix(resourceType, "::MODULE")
}

// states lists the resources of a stack as they are created, in order. One whose
// form depends on what is not known before is there in each.
func states(t *template.Template, values map[string]string, closer newCloser) ([]closedChange, error) {
	deployments, err := validate.Resolve(t, values, "")
	if err != nil {
		return nil, err
	}
	out := make([]closedChange, 0, len(deployments))
	for _, d := range ordered(deployments) {
		if replaced(d.Resource.Type) {
			continue
		}
		c := closer(t, values)
		out = append(out, closedChange{
			Change: Change{
				Action: rules.ActionCreate, ID: d.Resource.ID, Type: d.Resource.Type, Line: d.Resource.Line,
				After: c.Properties(d.Resource.Type, d.Properties), When: d.When,
			},
			unknown: c.paths,
		})
	}
	return out, nil
}
