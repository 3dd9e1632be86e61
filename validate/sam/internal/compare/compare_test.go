package compare_test

import (
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/validate/sam/internal/compare"
	"github.com/fsxns3ap/guardhook/validate/template"
)

const source = `Parameters:
  Name: {Type: String, Default: queue}
Conditions:
  Wanted: !Equals [a, a]
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Condition: Wanted
    DependsOn: [Topic, Other]
    Properties: {QueueName: !Sub '${Name}-1', DelaySeconds: 5, FifoQueue: true, Tags: []}
  Topic: {Type: AWS::SNS::Topic, DeletionPolicy: Retain}
  Other: {Type: AWS::Lambda::LayerVersion, Properties: {Content: {S3Key: a}}}
`

const same = `{"Resources": {
  "Queue": {"Type": "AWS::SQS::Queue", "Condition": "Wanted", "DependsOn": ["Other0123456789", "Topic"],
    "Properties": {"QueueName": {"Fn::Sub": "queue-1"}, "DelaySeconds": "5", "FifoQueue": true}},
  "Topic": {"Type": "AWS::SNS::Topic", "DeletionPolicy": "Retain", "Properties": {}},
  "Other0123456789": {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": {"S3Key": "local"}}}
}}`

func result(t *testing.T, want string) compare.Result {
	t.Helper()
	got, err := template.Load("t.yaml", []byte(source), template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := compare.Template(got, []byte(want))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSame(t *testing.T) {
	t.Parallel()
	r := result(t, same)
	if len(r.Differences) > 0 || r.Resources != 3 || r.Properties != 4 {
		t.Errorf("%+v", r)
	}
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, old, new, want string }{
		{"property", `"DelaySeconds": "5"`, `"DelaySeconds": "6"`, "Queue (AWS::SQS::Queue) Properties.DelaySeconds:\n  want \"6\"\n  got  \"5\""},
		{"missing property", `"DelaySeconds": "5"`, `"DelaySeconds": "5", "KmsMasterKeyId": "k"`, "Properties.KmsMasterKeyId:\n  want \"k\"\n  got  nothing"},
		{"function", `"queue-1"`, `"queue-2"`, "Properties.QueueName"},
		{"condition", `"Wanted"`, `"No"`, "Queue (AWS::SQS::Queue) Condition"},
		{"dependency", `, "Topic"]`, `]`, "Queue (AWS::SQS::Queue) DependsOn"},
		{"policy", `"Retain"`, `"Delete"`, "Topic (AWS::SNS::Topic) DeletionPolicy"},
		{"type", `AWS::SNS::Topic`, `AWS::SNS::Other`, "Topic (AWS::SNS::Other) Type"},
		{"missing resource", `"Topic": {`, `"More": {"Type": "AWS::SNS::Topic"}, "Topic": {`, "More (AWS::SNS::Topic): want the resource, got none"},
		{"resource in excess", `"Topic": {"Type": "AWS::SNS::Topic", "DeletionPolicy": "Retain", "Properties": {}},`, ``, "Topic (AWS::SNS::Topic): want none, got the resource"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := result(t, strings.Replace(same, test.old, test.new, 1))
			if len(r.Differences) != 1 || !strings.Contains(r.Differences[0].String(), test.want) {
				t.Errorf("%+v", r.Differences)
			}
		})
	}
}

func TestNotJSON(t *testing.T) {
	t.Parallel()
	got, err := template.Load("t.yaml", []byte(source), template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := compare.Template(got, []byte("{")); err == nil {
		t.Error("text that is no JSON is compared")
	}
}
