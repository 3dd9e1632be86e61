package hook

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
)

// optional lists what an event may lack, or have null, by path.
func optional(k Kind) map[string]bool {
	out := map[string]bool{}
	for _, path := range []string{
		"clientRequestToken", "awsAccountId", "stackId", "changeSetId", "hookTypeName", "hookTypeVersion", "hookModel",
		"requestContext", "requestContext.invocation", "requestContext.callbackContext",
		"requestData.targetType", "requestData.callerCredentials", "requestData.providerCredentials",
		"requestData.providerLogGroupName", "requestData.targetModel.previousResourceProperties",
	} {
		out[path] = true
	}
	if k == Stack || k == ChangeSet {
		out["requestData.targetModel"], out["requestData.targetLogicalId"] = true, true
	}
	if k == ChangeSet {
		out["actionInvocationPoint"] = true
	}
	return out
}

// bases are well-formed events with every field of the protocol.
func bases() map[Kind]map[string]any {
	bucket := resourceEvent("UPDATE_PRE_PROVISION", "AWS::S3::Bucket", goodBucket())
	cloud := resourceEvent("CREATE_PRE_PROVISION", "AWS::S3::Bucket", goodBucket())
	cloud["stackId"] = ""
	out := map[Kind]map[string]any{
		Resource: bucket, CloudControl: cloud,
		Stack: payloadEvent("CREATE_PRE_PROVISION", Stack), ChangeSet: payloadEvent("CREATE_PRE_PROVISION", ChangeSet),
	}
	for _, e := range out {
		e["changeSetId"] = "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/c/1"
		e["hookModel"] = map[string]any{}
		e["requestContext"] = map[string]any{"invocation": 1, "callbackContext": map[string]any{}}
		data := e["requestData"].(map[string]any)
		data["callerCredentials"], data["providerCredentials"] = "{}", "{}"
		data["providerLogGroupName"] = "logs"
		data["targetModel"].(map[string]any)["previousResourceProperties"] = map[string]any{}
	}
	return out
}

const goodTemplate = `{"template": "{\"Resources\":{\"Vault\":{\"Type\":\"AWS::Backup::BackupVault\",\"DeletionPolicy\":\"Retain\"}}}"}`

// TestMalformedEvents takes each field out of each kind of event, makes it
// null, and gives it every type that it does not have.
func TestMalformedEvents(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, func(o *Options) { o.Transport = payloadTransport(goodTemplate) })
	cases := 0
	for kind, base := range bases() {
		if got := r.respond(context.Background(), base); got.Status != Success {
			t.Fatalf("%s: the event itself: %s", kind, got.Message)
		}
		may := optional(kind)
		for _, path := range paths(base, "") {
			for name, v := range wrong(get1(base, path)) {
				e := change1(base, path, v)
				got := r.respond(context.Background(), e)
				want := Failed
				if may[path] && (name == "missing" || name == "null") {
					want = Success
				} else {
					cases++
				}
				if got.Status != want {
					t.Errorf("%s: %s %s: %s: %s", kind, path, name, got.Status, got.Message)
				}
				if want == Failed && !strings.Contains(got.Message, lastName(path)) && !strings.Contains(got.Message, "requestData") {
					t.Errorf("%s: %s %s: the message does not name it: %s", kind, path, name, got.Message)
				}
			}
		}
	}
	if cases < 200 {
		t.Errorf("%d cases", cases)
	}
}

type missing struct{}

// wrong returns what a field can be instead.
func wrong(v any) map[string]any {
	all := map[string]any{
		"missing": missing{}, "null": nil, "text": "planted", "number": json.Number("12"), "fraction": 1.5,
		"boolean": true, "list": []any{}, "filled list": []any{map[string]any{"a": 1}}, "object": map[string]any{"unknown": "x"},
	}
	out := maps.Clone(all)
	switch v.(type) {
	case string:
		delete(out, "text")
	case map[string]any:
		delete(out, "object")
	case json.Number, int:
		delete(out, "number")
		delete(out, "fraction")
	}
	return out
}

// paths lists the fields of the protocol in an event.
func paths(v any, at string) []string {
	var out []string
	object, ok := v.(map[string]any)
	if !ok || strings.HasSuffix(at, "Properties.") || strings.HasSuffix(at, "callbackContext.") {
		return nil
	}
	for name, v := range object {
		out = append(out, at+name)
		out = append(out, paths(v, at+name+".")...)
	}
	return out
}

func lastName(path string) string { return path[strings.LastIndex(path, ".")+1:] }

func get1(e map[string]any, path string) any {
	name, rest, more := strings.Cut(path, ".")
	if !more {
		return e[name]
	}
	return get1(e[name].(map[string]any), rest)
}

// change1 returns a copy of an event with one field changed.
func change1(e map[string]any, path string, v any) map[string]any {
	e = maps.Clone(e)
	name, rest, more := strings.Cut(path, ".")
	if more {
		e[name] = change1(e[name].(map[string]any), rest, v)
		return e
	}
	if _, gone := v.(missing); gone {
		delete(e, name)
	} else {
		e[name] = v
	}
	return e
}

// TestBrokenEvents sends what is no event at all.
func TestBrokenEvents(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	valid := string(encodeJSON(t, resourceEvent("CREATE_PRE_PROVISION", "AWS::S3::Bucket", goodBucket())))
	events := []string{
		"", " ", "null", "0", `""`, "[]", "{}", "{", "}", `{"a":1}{"b":2}`, valid + "x", valid[:len(valid)/2],
		"\xff\xfe", `{"stackId":"` + "\xff" + `"}`, `{"a":1,"a":2}`, `[[[[`, strings.Repeat("[", 100_000), strings.Repeat(`{"a":`, 100_000),
		strings.Replace(valid, `"stackId"`, `"StackID":"x","stackId"`, 1),
		strings.Replace(valid, `"BucketName"`, `"BucketName":"x","BucketName"`, 1),
		strings.Replace(valid, "CREATE_PRE_PROVISION", "CREATE_POST_PROVISION", 1),
		strings.Replace(valid, "CREATE_PRE_PROVISION", "create_pre_provision", 1),
		strings.Replace(valid, `"AWS::S3::Bucket"`, `"HOOK"`, 1),
		strings.Replace(valid, `"RESOURCE"`, `"PLANET"`, 1),
	}
	for i := range 40 {
		events = append(events, valid[:i*len(valid)/40])
	}
	for i, e := range events {
		if got := r.respond(context.Background(), []byte(e)); got.Status != Failed {
			t.Errorf("event %d: %s", i, got.Message)
		}
	}
}

// TestMalformedDocuments sends broken documents behind a payload URL.
func TestMalformedDocuments(t *testing.T) {
	t.Parallel()
	change := func(entry string) string {
		return fmt.Sprintf(`{"template": "Resources: {A: {Type: AWS::SNS::Topic}, P: {Type: AWS::SNS::TopicPolicy}}", "changedResources": [%s]}`, entry)
	}
	for name, doc := range map[string]string{
		"nothing": "", "no JSON": "<html>", "null": "null", "list": "[]", "empty": "{}", "twice": `{"template":"a","Template":"b"}`,
		"template a number": `{"template":1}`, "template a list": `{"template":[]}`, "no template": `{"template":"hello"}`,
		"previous a number": `{"template":"Resources: {A: {Type: AWS::SNS::Topic}}","previousTemplate":1}`,
		"changes an object": `{"template":"Resources: {A: {Type: AWS::SNS::Topic}}","changedResources":{}}`,
		"change a text":     change(`"x"`), "change null": change(`null`), "change empty": change(`{}`),
		"no id":              change(`{"resourceType":"AWS::S3::Bucket","action":"CREATE"}`),
		"unknown action":     change(`{"logicalResourceId":"A","resourceType":"AWS::S3::Bucket","action":"IMPLODE"}`),
		"line a text":        change(`{"logicalResourceId":"A","resourceType":"AWS::S3::Bucket","action":"CREATE","lineNumber":"1"}`),
		"context no JSON":    change(`{"logicalResourceId":"A","resourceType":"AWS::S3::Bucket","action":"CREATE","afterContext":"{"}`),
		"context a list":     change(`{"logicalResourceId":"A","resourceType":"AWS::S3::Bucket","action":"CREATE","afterContext":"[]"}`),
		"context a number":   change(`{"logicalResourceId":"A","resourceType":"AWS::S3::Bucket","action":"CREATE","afterContext":7}`),
		"properties a text":  change(`{"logicalResourceId":"A","resourceType":"AWS::S3::Bucket","action":"CREATE","afterContext":"{\"Properties\":\"x\"}"}`),
		"properties twice":   change(`{"logicalResourceId":"A","resourceType":"AWS::S3::Bucket","action":"CREATE","afterContext":"{\"Properties\":{},\"properties\":{}}"}`),
		"a property twice":   change(`{"logicalResourceId":"A","resourceType":"AWS::S3::Bucket","action":"CREATE","afterContext":"{\"Properties\":{\"A\":1,\"A\":2}}"}`),
		"unknown macro name": `{"template":"Transform: 7\nResources: {A: {Type: AWS::SNS::Topic}}"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil, func(o *Options) { o.Transport = payloadTransport(doc) })
			if got := r.respond(context.Background(), payloadEvent("CREATE_PRE_PROVISION", ChangeSet)); got.Status != Failed {
				t.Errorf("%s", got.Message)
			}
		})
	}
}
