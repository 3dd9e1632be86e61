// Package emulate makes the events that CloudFormation would send to the hook
// for a template or a change set, hands them to the hook in process, and says
// what CloudFormation would do with the answers. It makes no AWS call.
//
// Values that exist only once something is deployed (identifiers, attributes,
// imports) are placeholders in the events: [Unknown] in those of resources, and
// what CloudFormation itself writes in those of change sets.
package emulate

import (
	"encoding/json"

	"github.com/fsxns3ap/guardhook/hook"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
)

// payloadURL is where events say that their document is. Nothing is fetched
// from it.
const payloadURL = "https://bucket.s3.eu-west-1.amazonaws.com/template"

// Form is how an event is written. The zero Form is a managed Lambda hook's,
// with scalars of their own types.
type Form struct {
	// Private makes the event one of a private registered hook.
	Private bool
	// Strings writes numbers and booleans as strings, as CloudFormation may.
	Strings bool
}

// Event is a call of the hook.
type Event struct {
	Kind   hook.Kind
	Action string // rules.ActionCreate, ActionUpdate or ActionDelete
	// ID is the logical id, or the name of the stack; Type the resource type,
	// empty for stacks and change sets.
	ID, Type string
	// When describes the deployments with this event, where values that are not
	// known before decide whether there is one.
	When validate.Scenario
	// Unknown are the properties with placeholders.
	Unknown []rules.Path
	// Body is the event, Document what stands behind its URL: nil if it has none.
	Body, Document map[string]any
}

// Encode returns the event and its document as JSON; payload is nil if there is
// none.
func (e *Event) Encode() (body, payload []byte, err error) {
	if body, err = json.Marshal(e.Body); err != nil || e.Document == nil {
		return body, nil, err
	}
	payload, err = json.Marshal(e.Document)
	return body, payload, err
}

// Change is what happens to a resource.
type Change struct {
	Action   string
	ID, Type string
	Line     int // of the template; 0 if it is not known
	// Before and After are the properties in the two states; nil if there is no
	// such state.
	Before, After map[string]any
	When          validate.Scenario
}

// envelope is what all events have. They carry no credentials.
func envelope(values map[string]string, action string, form Form, data map[string]any) map[string]any {
	var model map[string]any
	if !form.Private {
		model = map[string]any{"LambdaFunction": "arn:aws:lambda:eu-west-1:111122223333:function:guard:live"}
	}
	return map[string]any{
		"clientRequestToken": "3f0c2f8e-0000-4000-8000-000000000000", "awsAccountId": values["AWS::AccountId"],
		"stackId": values["AWS::StackId"], "changeSetId": nil, "hookTypeName": "FSxNS3AP::Guard::Hook", "hookTypeVersion": "00000001",
		"hookModel": model, "actionInvocationPoint": action + "_PRE_PROVISION", "requestData": data,
		"requestContext": map[string]any{"invocation": 1, "callbackContext": nil},
	}
}

// ResourceEvent is the event of a resource: kind is hook.Resource or
// hook.CloudControl. values are those of the stack's pseudo parameters. A
// deletion has no properties, as documented for managed hooks:
// https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/lambda-hooks-create-lambda-function.html
func ResourceEvent(values map[string]string, kind hook.Kind, c Change, form Form) Event {
	targetType := c.Type
	if form.Private || kind == hook.CloudControl {
		targetType = string(hook.Resource)
	}
	model := map[string]any{}
	if c.Action != rules.ActionDelete {
		model["resourceProperties"] = form.write(c.After)
	}
	if c.Action == rules.ActionUpdate {
		model["previousResourceProperties"] = form.write(c.Before)
	}
	body := envelope(values, c.Action, form, map[string]any{
		"targetName": c.Type, "targetType": targetType, "targetLogicalId": c.ID, "targetModel": model,
	})
	if kind == hook.CloudControl {
		body["stackId"] = ""
	}
	return Event{Kind: kind, Action: c.Action, ID: c.ID, Type: c.Type, When: c.When, Body: body}
}

func (f Form) write(properties map[string]any) any {
	if f.Strings {
		return stringified(properties)
	}
	return properties
}

// StackEvent is the event of a stack. src and previous are the texts of the
// template and of the one before; a deletion has none.
func StackEvent(values map[string]string, action string, src, previous []byte) Event {
	return templateEvent(values, hook.Stack, action, map[string]any{"template": string(src), "previousTemplate": string(previous)})
}

// ChangeSetEvent is the event of a change set. Its action is CREATE, whatever
// the changes are.
func ChangeSetEvent(values map[string]string, src []byte, changes []Change) Event {
	list := make([]any, len(changes))
	for i, c := range changes {
		var line any
		if c.Line > 0 {
			line = c.Line
		}
		list[i] = map[string]any{
			"logicalResourceId": c.ID, "resourceType": c.Type, "action": c.Action, "lineNumber": line,
			"beforeContext": state(c.Before), "afterContext": state(c.After),
		}
	}
	return templateEvent(values, hook.ChangeSet, rules.ActionCreate, map[string]any{"template": string(src), "changedResources": list})
}

func templateEvent(values map[string]string, kind hook.Kind, action string, document map[string]any) Event {
	name := values["AWS::StackName"]
	body := envelope(values, action, Form{}, map[string]any{
		"targetName": string(kind), "targetType": string(kind), "targetLogicalId": name, "payload": payloadURL,
	})
	return Event{Kind: kind, Action: action, ID: name, Body: body, Document: document}
}

// state is a state of a changed resource: a JSON document in a string, null if
// there is no such state.
type state map[string]any

// MarshalJSON implements json.Marshaler.
func (s state) MarshalJSON() ([]byte, error) {
	if s == nil {
		return []byte("null"), nil
	}
	text, err := json.Marshal(map[string]any{"Properties": stringified(map[string]any(s))})
	if err != nil {
		return nil, err
	}
	return json.Marshal(string(text))
}
