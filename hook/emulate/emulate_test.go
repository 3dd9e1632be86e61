package emulate_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/fsxns3ap/guardhook/hook"
	"github.com/fsxns3ap/guardhook/hook/emulate"
	"github.com/fsxns3ap/guardhook/hook/parity"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate/template"
)

func now() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func load(t *testing.T, file, src string) *template.Template {
	t.Helper()
	tmpl, err := template.Load(file, []byte(src), template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

func embedded(t *testing.T) *rules.Set {
	t.Helper()
	set, err := rules.Embedded(rules.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func newRunner(set *rules.Set) *emulate.Runner {
	return emulate.NewRunner(emulate.Options{Set: set, Config: hook.DefaultConfig(), Now: now})
}

// operation is an operation on a new or an updated stack.
func operation(t *testing.T, src, previous string, kinds ...hook.Kind) *emulate.Operation {
	t.Helper()
	op := &emulate.Operation{Action: rules.ActionCreate, Template: load(t, "app.yaml", src), Kinds: kinds}
	var err error
	if op.Values, err = emulate.Values(op.Template, nil); err != nil {
		t.Fatal(err)
	}
	if previous == "" {
		return op
	}
	op.Action, op.Previous = rules.ActionUpdate, load(t, "before.yaml", previous)
	if op.PreviousValues, err = emulate.Values(op.Previous, nil); err != nil {
		t.Fatal(err)
	}
	return op
}

// TestVerdicts runs the events of the bundled templates, and expects that
// validate says the same of each.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	set := embedded(t)
	given := map[string]string{
		"PartnerAccount": "111122223333", "PublicDownloads": "true", "VpcId": "vpc-0a1b2c3d4e5f60718", "AdminCidr": "0.0.0.0/0",
	}
	files, err := filepath.Glob("../../testdata/templates/*.yaml")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	refused := 0
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tmpl := load(t, file, string(src))
		values, err := emulate.Values(tmpl, given)
		if err != nil {
			t.Fatal(err)
		}
		op := emulate.Operation{
			Action: rules.ActionCreate, Template: tmpl, Values: values,
			Kinds: []hook.Kind{hook.ChangeSet, hook.Stack, hook.Resource, hook.CloudControl},
		}
		events, err := op.Events()
		if err != nil {
			t.Fatal(err)
		}
		if want := 2 + 2*len(tmpl.Resources); len(events) != want {
			t.Errorf("%s: %d events, want %d", file, len(events), want)
		}
		results, err := newRunner(set).Run(t.Context(), events, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			if r.Refused() {
				refused++
			}
			compare(t, set, &r, tmpl, values)
		}
	}
	if refused < 8 {
		t.Errorf("only %d targets are refused", refused)
	}
}

// compare expects that validate says of an event what the hook says: judged by
// itself, and in the template.
func compare(t *testing.T, set *rules.Set, r *emulate.Result, tmpl *template.Template, values map[string]string) {
	t.Helper()
	body, _, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	captured := parity.Captured{Set: set, Now: now, Body: body, Answer: r.Answer}
	got, err := captured.Compare(t.Context())
	if err != nil || got.NotCompared != "" || got.Differences() > 0 {
		t.Errorf("%s: %s of %s: %+v, %v", tmpl.File, r.Kind, r.ID, got, err)
	}
	if r.Type == "" {
		return
	}
	got, err = captured.CompareTemplate(t.Context(), tmpl, values)
	if err != nil || got.NotCompared != "" || got.Differences() > 0 {
		t.Errorf("%s: %s of %s in the template: %+v, %v", tmpl.File, r.Kind, r.ID, got, err)
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	const a, b, c = "AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::S3::Bucket"
	for name, test := range map[string]struct{ src, previous, want string }{
		"as written": {
			src:  "Resources: {A: {Type: " + a + "}, B: {Type: " + b + "}}",
			want: "CREATE A, CREATE B",
		},
		"references": {
			src:  "Resources: {A: {Type: " + a + ", Properties: {TopicName: !Sub 'x-${B.QueueName}', DisplayName: !Ref C}}, B: {Type: " + b + "}, C: {Type: " + c + "}}",
			want: "CREATE C, CREATE B, CREATE A",
		},
		"depends on": {
			src:  "Resources: {A: {Type: " + a + ", DependsOn: [C]}, B: {Type: " + b + "}, C: {Type: " + c + "}}",
			want: "CREATE C, CREATE A, CREATE B",
		},
		"inside a function that is not computed": {
			src:  "Resources: {A: {Type: " + a + ", Properties: {TopicName: !Select [0, !Split ['-', !GetAtt B.QueueName]]}}, B: {Type: " + b + "}}",
			want: "CREATE B, CREATE A",
		},
		"the branch that holds": {
			src: "Conditions: {Never: !Equals [a, b]}\nResources: {A: {Type: " + a + ", Properties: {TopicName: !If [Never, !Ref B, x]}}, " +
				"B: {Type: " + b + ", Properties: {QueueName: !Ref A}}, C: {Type: " + c + ", Condition: Never}}",
			want: "CREATE A, CREATE B",
		},
		"deletions last and in reverse": {
			src:      "Resources: {A: {Type: " + a + ", Properties: {DisplayName: x}}, N: {Type: " + b + "}}",
			previous: "Resources: {B: {Type: " + b + "}, C: {Type: " + c + ", DependsOn: B}, A: {Type: " + a + "}}",
			want:     "UPDATE A, CREATE N, DELETE C, DELETE B",
		},
		"modules become others": {
			src:  "Resources: {M: {Type: Acme::Own::Thing::MODULE}, A: {Type: " + a + "}}",
			want: "CREATE A",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			events, err := operation(t, test.src, test.previous, hook.Resource).Events()
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range events {
				got = append(got, e.Action+" "+e.ID)
			}
			if text := strings.Join(got, ", "); text != test.want {
				t.Errorf("%s, want %s", text, test.want)
			}
		})
	}
}

// TestPlaceholders expects that what is not known has a value of its type.
func TestPlaceholders(t *testing.T) {
	t.Parallel()
	events, err := operation(t, `
Parameters:
  Image: {Type: "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", Default: /image}
Resources:
  Q:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: !ImportValue delay
      FifoQueue: !ImportValue fifo
      QueueName: !Sub "${AWS::Region}-${T.TopicName}-${!Literal}-${Image}"
      Tags: [{Key: own, Value: !Ref "AWS::StackName"}]
  T: {Type: AWS::SNS::Topic}
`, "", hook.Resource).Events()
	if err != nil {
		t.Fatal(err)
	}
	e := events[1]
	body, _, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"DelaySeconds":1,"FifoQueue":true,"QueueName":"eu-west-1-` + emulate.Unknown + "-${Literal}-" + emulate.Unknown +
		`","Tags":[{"Key":"own","Value":"app"}]}`
	if !strings.Contains(string(body), want) {
		t.Errorf("%s\nhas not %s", body, want)
	}
	if len(e.Unknown) != 3 {
		t.Errorf("unknown: %v", e.Unknown)
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	tmpl := load(t, "app.yaml", `
Parameters:
  Given: {Type: String}
  Default: {Type: String, Default: d}
  Stored: {Type: "AWS::SSM::Parameter::Value<String>", Default: /name}
Resources: {A: {Type: AWS::SNS::Topic}}
`)
	if _, err := emulate.Values(tmpl, nil); err == nil || !strings.Contains(err.Error(), "app.yaml: an event has final values, and these parameters have none: Given;") {
		t.Errorf("error: %v", err)
	}
	got, err := emulate.Values(tmpl, map[string]string{"Given": "g", "AWS::Region": "cn-north-1"})
	if err != nil {
		t.Fatal(err)
	}
	_, stored := got["Stored"]
	if got["Given"] != "g" || got["Default"] != "d" || stored || got["AWS::Partition"] != "aws-cn" ||
		!strings.HasPrefix(got["AWS::StackId"], "arn:aws-cn:cloudformation:cn-north-1:111122223333:stack/app/") {
		t.Errorf("%v", got)
	}
}

// TestDescribedChangeSet reads what the SDK's own types write.
func TestDescribedChangeSet(t *testing.T) {
	t.Parallel()
	change := func(action types.ChangeAction, id, before, after string) types.Change {
		c := &types.ResourceChange{Action: action, LogicalResourceId: &id, ResourceType: aws.String("AWS::SQS::Queue")}
		if before != "" {
			c.BeforeContext = &before
		}
		if after != "" {
			c.AfterContext = &after
		}
		return types.Change{Type: types.ChangeTypeResource, ResourceChange: c}
	}
	src, err := json.Marshal(cloudformation.DescribeChangeSetOutput{
		ChangeSetName: aws.String("release"), ChangeSetId: aws.String("arn:change"), StackName: aws.String("shop"),
		StackId: aws.String("arn:aws:cloudformation:eu-west-1:444455556666:stack/shop/1"),
		Changes: []types.Change{
			change(types.ChangeActionAdd, "New", "", `{"Properties":{"DelaySeconds":"{{changeSet:KNOWN_AFTER_APPLY}}"}}`),
			change(types.ChangeActionModify, "Same", `{"Properties":{"QueueName":"a"}}`, `{"Properties":{"QueueName":"b"}}`),
			change(types.ChangeActionRemove, "Old", `{"Properties":{}}`, ""),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	set, err := emulate.ParseChangeSet("described.json", src)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range set.Events([]hook.Kind{hook.ChangeSet, hook.Resource}) {
		body, payload, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(body), `"awsAccountId":"444455556666"`) {
			t.Errorf("%s", body)
		}
		got = append(got, string(e.Kind)+" "+e.Action+" "+e.ID)
		switch e.ID {
		case "shop":
			if !strings.Contains(string(payload), "KNOWN_AFTER_APPLY") || !strings.Contains(string(body), `"changeSetId":"arn:change"`) {
				t.Errorf("%s %s", body, payload)
			}
		case "New":
			if !strings.Contains(string(body), `"DelaySeconds":1`) || len(e.Unknown) != 1 {
				t.Errorf("%s, unknown %v", body, e.Unknown)
			}
		}
	}
	const want = "CHANGE_SET CREATE shop, RESOURCE CREATE New, RESOURCE UPDATE Same, RESOURCE DELETE Old"
	if text := strings.Join(got, ", "); text != want {
		t.Errorf("%s, want %s", text, want)
	}
}

// TestFetch expects that a document is fetched only where that is allowed, and
// kept.
func TestFetch(t *testing.T) {
	t.Parallel()
	const document = `{"template": "Resources: {Q: {Type: AWS::SQS::Queue}}"}`
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(document)) }))
	t.Cleanup(server.Close)
	e := emulate.StackEvent(emulate.Pseudo(), rules.ActionCreate, nil, nil)
	data, _ := e.Body["requestData"].(map[string]any)
	data["payload"] = server.URL + "/template?X-Amz-Signature=topsecret"
	body, _, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	set := embedded(t)
	answer := emulate.NewRunner(emulate.Options{
		Set: set, Config: hook.DefaultConfig(), Now: now, Fetch: server.Client().Transport,
	}).Send(t.Context(), body, nil)
	if string(answer.Payload) != document || answer.Decision.Kind != hook.Stack || answer.Response.ErrorCode == hook.InternalFailure {
		t.Errorf("%s, %+v", answer.Payload, answer.Response)
	}
	answer = newRunner(set).Send(t.Context(), body, nil)
	if answer.Payload != nil || answer.Response.ErrorCode != hook.InternalFailure || strings.Contains(answer.Response.Message, "topsecret") {
		t.Errorf("%s, %+v", answer.Payload, answer.Response)
	}
}

func TestParseCaptured(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		src, policy, without string
		needs                bool
	}{
		"managed":        {src: `{"hookModel": {"LambdaFunction": "f", "policy": "s3://a/b/"}}`},
		"embedded":       {src: `{"hookModel": {"policy": "embedded"}}`},
		"private":        {src: `{"HOOKMODEL": {"Policy": "s3://a/b/", "strict": true}}`, policy: "s3://a/b/", without: "s3:"},
		"configuration":  {src: `{"hookModel": {"policyConfig": "version: 1"}}`, policy: "with a policyConfig", without: "version"},
		"stack":          {src: `{"requestData": {"targetName": "STACK", "payload": "https://x"}}`, needs: true},
		"stack in event": {src: `{"requestData": {"targetName": "STACK", "targetModel": {"template": "t"}}}`},
		"resource":       {src: `{"requestData": {"targetName": "AWS::S3::Bucket", "payload": ""}}`},
	} {
		got, err := emulate.ParseCaptured([]byte(c.src))
		switch {
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case got.Policy != c.policy || got.NeedsPayload != c.needs:
			t.Errorf("%s: %+v", name, got)
		case c.without == "" && string(got.Body) != c.src:
			t.Errorf("%s: the event is changed: %s", name, got.Body)
		case c.without != "" && strings.Contains(string(got.Body), c.without):
			t.Errorf("%s: %s", name, got.Body)
		}
	}
	for _, src := range []string{"", "[]", `"topsecret"`, `{"a": topsecret}`, `{} topsecret`} {
		if _, err := emulate.ParseCaptured([]byte(src)); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", src, err)
		}
	}
}

func TestOutcome(t *testing.T) {
	t.Parallel()
	result := func(kind hook.Kind, action, id string, status hook.Status) emulate.Result {
		return emulate.Result{
			Event:  emulate.Event{Kind: kind, Action: action, ID: id},
			Answer: emulate.Answer{Response: hook.Response{Status: status, ErrorCode: hook.NonCompliant}},
		}
	}
	set := result(hook.ChangeSet, rules.ActionCreate, "app", hook.Failed)
	stack := result(hook.Stack, rules.ActionUpdate, "app", hook.Failed)
	first := result(hook.Resource, rules.ActionUpdate, "First", hook.Failed)
	second := result(hook.Resource, rules.ActionCreate, "Second", hook.Failed)
	gone := result(hook.Resource, rules.ActionDelete, "Gone", hook.Failed)
	fine := result(hook.Resource, rules.ActionCreate, "Fine", hook.Success)
	cloud := result(hook.CloudControl, rules.ActionCreate, "First", hook.Failed)
	for name, c := range map[string]struct {
		results []emulate.Result
		action  string
		mode    emulate.Mode
		want    string
	}{
		"nothing":       {[]emulate.Result{fine}, rules.ActionCreate, emulate.ModeFail, "CloudFormation would go on."},
		"warnings":      {[]emulate.Result{set, stack, fine, first, cloud}, rules.ActionUpdate, emulate.ModeWarn, "CloudFormation would go on, with warnings for the change set, the stack, First, First (Cloud Control)."},
		"change set":    {[]emulate.Result{set}, rules.ActionCreate, emulate.ModeFail, "CloudFormation would fail the creation of the change set: nothing is deployed."},
		"stack":         {[]emulate.Result{stack}, rules.ActionUpdate, emulate.ModeFail, "CloudFormation would stop before updating the stack: nothing is changed."},
		"the first":     {[]emulate.Result{fine, first, second}, rules.ActionUpdate, emulate.ModeFail, "CloudFormation would stop before updating First: the stack rolls back."},
		"clean up":      {[]emulate.Result{gone}, rules.ActionUpdate, emulate.ModeFail, "CloudFormation would stop before deleting Gone: the stack is updated, and the resource stays."},
		"deletion":      {[]emulate.Result{gone}, rules.ActionDelete, emulate.ModeFail, "CloudFormation would stop before deleting Gone: the deletion of the stack fails."},
		"cloud control": {[]emulate.Result{cloud}, rules.ActionCreate, emulate.ModeFail, "Cloud Control would stop before creating First."},
	} {
		if got := strings.Join(emulate.Outcome(c.results, c.action, c.mode), " "); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestStopped expects that a run ends with its context.
func TestStopped(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	events := []emulate.Event{emulate.StackEvent(emulate.Pseudo(), rules.ActionDelete, nil, nil)}
	if _, err := newRunner(embedded(t)).Run(ctx, events, nil); err == nil {
		t.Error("the run goes on")
	}
}
