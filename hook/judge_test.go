package hook

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/rules"
)

// TestStackOfEvent reads what an event tells of its stack.
func TestStackOfEvent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		event Event
		want  rules.Stack
	}{
		{
			Event{StackID: testStackID, Account: "111122223333"},
			rules.Stack{Name: "app", Region: "eu-west-1", Partition: "aws", Account: "111122223333"},
		},
		{
			Event{StackID: "arn:aws-cn:cloudformation:cn-north-1:444455556666:stack/a/b"},
			rules.Stack{Name: "a", Region: "cn-north-1", Partition: "aws-cn", Account: "444455556666"},
		},
		{Event{StackID: "c7b4b1b2-0000-4000-8000-000000000000"}, rules.Stack{Region: "us-east-1"}},
		{Event{Kind: Stack, LogicalID: "app", Account: "1"}, rules.Stack{Region: "us-east-1", Name: "app", Account: "1"}},
		{Event{StackID: "arn:aws:x:y"}, rules.Stack{Region: "us-east-1"}},
	} {
		if got := c.event.stack("us-east-1"); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%+v: %+v", c.event.StackID, got)
		}
	}
}

// TestVerdicts judges resources under an enforcement configuration.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	const waiver = `version: 1
waivers:
  - rule: BUCKET_ENCRYPTED
    resource: It
    stack: app
    reason: Moves next month.
    owner: ops@example.com
    expires: `
	bucket := goodBucket()
	delete(bucket, "BucketEncryption")
	log := func(v any) map[string]any { return map[string]any{"RetentionInDays": v} }
	for name, c := range map[string]struct {
		config     string
		typeName   string
		properties map[string]any
		status     Status
		message    string // how it begins
	}{
		"waived":          {waiver + "2026-03-01\n", "AWS::S3::Bucket", bucket, Success, "1 rule is waived: BUCKET_ENCRYPTED."},
		"waiver expired":  {waiver + "2026-02-28\n", "AWS::S3::Bucket", bucket, Failed, refused},
		"other stack":     {strings.Replace(waiver, "stack: app", "stack: web", 1) + "2026-03-01\n", "AWS::S3::Bucket", bucket, Failed, refused},
		"off":             {"version: 1\nlevels:\n  - rules: [BUCKET_ENCRYPTED]\n    level: off\n", "AWS::S3::Bucket", bucket, Success, "1 rule passed."},
		"raised":          {"version: 1\nlevels:\n  - rules: [LOG_RETENTION]\n    level: block\n", "AWS::Logs::LogGroup", log("7"), Failed, "1 rule blocks: LOG_RETENTION."},
		"parameter":       {"version: 1\nparams:\n  acme:\n    retention: 5\n", "AWS::Logs::LogGroup", log("7"), Success, "1 rule passed."},
		"later value":     {"version: 1\n", "AWS::Logs::LogGroup", log("{{resolve:ssm:days}}"), Success, "1 rule is undecided: LOG_RETENTION."},
		"misfit":          {"version: 1\n", "AWS::Logs::LogGroup", log(map[string]any{}), Failed, "1 rule blocks: LOG_RETENTION."},
		"misfit not read": {"version: 1\n", "AWS::Logs::LogGroup", map[string]any{"RetentionInDays": 40, "LogGroupName": []any{"a"}}, Success, "1 rule passed."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config, err := rules.ParseConfig("guardhook.yaml", []byte(c.config))
			if err != nil {
				t.Fatal(err)
			}
			r := newRig(t, fixedLoader(policySet(t, rules.Options{Config: config})), nil)
			got := r.respond(context.Background(), resourceEvent("CREATE_PRE_PROVISION", c.typeName, c.properties))
			if got.Status != c.status || !strings.HasPrefix(got.Message, c.message) {
				t.Errorf("%s: %s", got.Status, got.Message)
			}
		})
	}
}

// TestSettings gives every field of Config a setting.
func TestSettings(t *testing.T) {
	t.Parallel()
	if fields, have := reflect.TypeFor[Config]().NumField(), len(settings()); fields != have {
		t.Errorf("%d fields, %d settings", fields, have)
	}
	for name, want := range map[string]string{"policy": "GUARDHOOK_POLICY", "verificationKeyId": "GUARDHOOK_VERIFICATION_KEY_ID"} {
		if got := envName(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}
