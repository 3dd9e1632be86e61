package parity

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/fsxns3ap/guardhook/hook"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

var token = regexp.MustCompile(`\$\{[^{}]*\}`)

// event is an event and, for stacks, the document behind its URL.
type event struct {
	name          string
	body, payload []byte
	// decides means that the event has properties beside the template.
	decides bool
}

// envelope is what all events have. A managed hook's has no credentials.
func envelope(values map[string]string, data map[string]any, managed bool) map[string]any {
	var model map[string]any
	if managed {
		model = map[string]any{"LambdaFunction": "arn:aws:lambda:eu-west-1:111122223333:function:guard:live"}
	}
	return map[string]any{
		"clientRequestToken": "3f0c2f8e-0000-4000-8000-000000000000", "awsAccountId": values["AWS::AccountId"],
		"stackId": values["AWS::StackId"], "changeSetId": nil, "hookTypeName": "FSxNS3AP::Guard::Hook", "hookTypeVersion": "00000001",
		"hookModel": model, "actionInvocationPoint": "CREATE_PRE_PROVISION", "requestData": data,
		"requestContext": map[string]any{"invocation": 1, "callbackContext": nil},
	}
}

// resourceEvents are the events that a resource can come in.
func resourceEvents(values map[string]string, d *validate.Deployment) []event {
	var out []event
	for _, form := range []struct {
		name    string
		managed bool
		cloud   bool
		strings bool
	}{
		{name: "RESOURCE typed", managed: true},
		{name: "RESOURCE strings", strings: true},
		{name: "CLOUD_CONTROL typed", cloud: true, managed: true},
		{name: "CLOUD_CONTROL strings", cloud: true, managed: true, strings: true},
	} {
		var properties any = d.Properties
		if form.strings {
			properties = stringified(properties)
		}
		kind := d.Resource.Type
		if !form.managed || form.cloud {
			kind = string(hook.Resource)
		}
		body := envelope(values, map[string]any{
			"targetName": d.Resource.Type, "targetType": kind, "targetLogicalId": d.Resource.ID,
			"targetModel": map[string]any{"resourceProperties": properties},
		}, form.managed)
		if form.cloud {
			body["stackId"] = ""
		}
		out = append(out, event{name: form.name, body: encode(body)})
	}
	return out
}

// stackEvents are the events that a template comes in. changes are the changed
// resources of one of its change sets; nil for none.
func stackEvents(values map[string]string, src []byte, changes []any) []event {
	newEvent := func(kind hook.Kind, name string, changes []any) event {
		body := envelope(values, map[string]any{
			"targetName": string(kind), "targetType": string(kind), "targetLogicalId": values["AWS::StackName"],
			"payload": "https://bucket.s3.eu-west-1.amazonaws.com/template",
		}, true)
		document := map[string]any{"template": string(src)}
		if kind == hook.ChangeSet {
			document["changedResources"] = changes
		}
		return event{name: name, body: encode(body), payload: encode(document), decides: len(changes) > 0}
	}
	out := []event{newEvent(hook.Stack, "STACK", nil), newEvent(hook.ChangeSet, "CHANGE_SET", []any{})}
	if len(changes) > 0 {
		out = append(out, newEvent(hook.ChangeSet, "CHANGE_SET with properties", changes))
	}
	return out
}

// changes are the changed resources of a change set that creates a stack with
// the given values.
func changes(t *template.Template, values map[string]string) []any {
	deployments, err := validate.Resolve(t, values, "")
	if err != nil {
		return nil
	}
	var out []any
	for _, d := range deployments {
		after := encode(map[string]any{"Properties": stringified(closed(t, values, d.Properties))})
		out = append(out, map[string]any{
			"logicalResourceId": d.Resource.ID, "resourceType": d.Resource.Type, "action": "CREATE", "lineNumber": d.Resource.Line,
			"beforeContext": nil, "afterContext": string(after),
		})
	}
	return out
}

// closed replaces what stands for a value that is not known.
func closed(t *template.Template, values map[string]string, v any) any {
	switch v := v.(type) {
	case string:
		return token.ReplaceAllStringFunc(v, func(text string) string {
			name := strings.TrimSuffix(strings.TrimPrefix(text, "${"), "}")
			if known, ok := values[name]; ok {
				return known
			}
			name, _, _ = strings.Cut(name, ".")
			if t.Resource(name) == nil && t.Parameter(name) == nil {
				// A text of the template.
				return text
			}
			return "id-0a1b2c3d4e5f60718"
		})
	case map[string]any:
		out := map[string]any{}
		for k, item := range v {
			out[k] = closed(t, values, item)
		}
		return out
	case []any:
		out := []any{}
		for _, item := range v {
			out = append(out, closed(t, values, item))
		}
		return out
	}
	return v
}

func encode(v any) []byte {
	out, err := json.Marshal(v)
	if err != nil {
		// Unreachable: the values come from JSON.
		panic(err)
	}
	return out
}

// stringified turns every number and boolean into a string, the way
// CloudFormation may send them.
func stringified(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			out[k] = stringified(item)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = stringified(item)
		}
		return out
	case bool:
		return strconv.FormatBool(v)
	case nil, string:
		return v
	default:
		return fmt.Sprint(v)
	}
}

// payload answers every request with one document.
type payload struct{ body []byte }

// RoundTrip implements http.RoundTripper.
func (p *payload) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Request: r, ContentLength: int64(len(p.body)), Body: io.NopCloser(bytes.NewReader(p.body)),
	}, nil
}
