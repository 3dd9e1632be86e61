package stacks_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/fsxns3ap/guardhook/internal/stacks"
)

// client is a Client for which a function answers.
func client(progress io.Writer, answer func(any) (any, error)) *stacks.Client {
	return stacks.New(stacks.Options{
		AWS: stacks.DryRun(io.Discard, "", answer), Progress: progress, Changes: true, Poll: time.Millisecond, Patience: time.Minute, Mark: "mark", Remove: "remove",
	})
}

func change(action types.ChangeAction, replacement types.Replacement, id string) types.Change {
	return types.Change{ResourceChange: &types.ResourceChange{
		Action: action, Replacement: replacement, LogicalResourceId: &id, ResourceType: aws.String("AWS::S3::Bucket"),
	}}
}

func stack(status types.StackStatus) (any, error) {
	return &cloudformation.DescribeStacksOutput{Stacks: []types.Stack{{
		StackName: aws.String("one"), StackId: aws.String("id"), StackStatus: status,
		Parameters: []types.Parameter{{ParameterKey: aws.String("Kept"), ParameterValue: aws.String("1")}},
	}}}, nil
}

const template = `
Parameters:
  Given: {Type: String}
  Kept: {Type: String}
  Defaulted: {Type: String, Default: ""}
`

// A change is told by what it does to resources, on all pages; values that are there
// are kept.
func TestApply(t *testing.T) {
	t.Parallel()
	var progress bytes.Buffer
	var made *cloudformation.CreateChangeSetInput
	var executed *cloudformation.ExecuteChangeSetInput
	c := client(&progress, func(in any) (any, error) {
		switch in := in.(type) {
		case *cloudformation.DescribeStacksInput:
			return stack(types.StackStatusUpdateComplete)
		case *cloudformation.CreateChangeSetInput:
			made = in
			return &cloudformation.CreateChangeSetOutput{Id: aws.String("c"), StackId: aws.String("id")}, nil
		case *cloudformation.DescribeChangeSetInput:
			if in.NextToken == nil {
				return &cloudformation.DescribeChangeSetOutput{Status: types.ChangeSetStatusCreateComplete, NextToken: aws.String("2"), Changes: []types.Change{
					change(types.ChangeActionAdd, "", "New"), change(types.ChangeActionModify, types.ReplacementTrue, "Replaced"), {},
				}}, nil
			}
			return &cloudformation.DescribeChangeSetOutput{Status: types.ChangeSetStatusCreateComplete, Changes: []types.Change{
				change(types.ChangeActionModify, types.ReplacementConditional, "Perhaps"), change(types.ChangeActionRemove, "", "Old"),
			}}, nil
		case *cloudformation.ExecuteChangeSetInput:
			executed = in
			return &cloudformation.ExecuteChangeSetOutput{}, nil
		case *cloudformation.DescribeStackEventsInput:
			return &cloudformation.DescribeStackEventsOutput{}, nil
		}
		return nil, nil
	})
	now, err := c.Settled(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	_, changed, err := c.Apply(t.Context(), stacks.Change{Name: "one", Template: template, URL: "https://x", Expand: true, Parameters: map[string]string{"Given": "2"}}, now)
	if err != nil || !changed {
		t.Fatal(changed, err)
	}
	const want = `  add AWS::S3::Bucket New
  replace AWS::S3::Bucket Replaced
  modify or replace AWS::S3::Bucket Perhaps
  remove AWS::S3::Bucket Old
stack one: update
`
	if progress.String() != want {
		t.Errorf("progress\n%s\nwant\n%s", progress.String(), want)
	}
	if made.TemplateBody != nil || *made.TemplateURL != "https://x" || len(made.Capabilities) != 3 || len(made.Parameters) != 2 ||
		*made.Parameters[0].ParameterValue != "2" || !*made.Parameters[1].UsePreviousValue || !strings.HasPrefix(*made.ChangeSetName, "mark-") || *made.Tags[0].Key != "mark" {
		t.Errorf("%+v", made)
	}
	// The SDK repeats a call whose answer was lost: it is the same execution.
	// What a failed change has made would be in the way of the next one.
	if executed == nil || len(aws.ToString(executed.ClientRequestToken)) < 24 || !aws.ToBool(executed.RetainExceptOnCreate) {
		t.Errorf("%+v", executed)
	}
	if err := c.Check(stacks.Change{Name: "one", Template: template}, now); !errors.Is(err, stacks.ErrNoValue) || !strings.HasSuffix(err.Error(), "no value: Given") {
		t.Error(err)
	}
	if _, _, err := c.Apply(t.Context(), stacks.Change{Name: "one", Template: template}, nil); err == nil || !strings.Contains(err.Error(), "no value: Given, Kept") {
		t.Error(err)
	}
	if _, _, err := c.Apply(t.Context(), stacks.Change{Name: "one", Template: "- ["}, nil); err == nil {
		t.Error("a template that is none")
	}
}

// Two programs that make the bucket at the same time have one bucket.
func TestCodeBucketRace(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"ChangeSetNotFound", "InvalidChangeSetStatus", "AccessDenied"} {
		var progress bytes.Buffer
		var there bool
		c := client(&progress, func(in any) (any, error) {
			switch in.(type) {
			case *cloudformation.DescribeStacksInput:
				if !there {
					return nil, &smithy.GenericAPIError{Code: "ValidationError", Message: "one does not exist"}
				}
				out, err := stack(types.StackStatusCreateComplete)
				out.(*cloudformation.DescribeStacksOutput).Stacks[0].Outputs = []types.Output{{OutputKey: aws.String("Bucket"), OutputValue: aws.String("shared")}}
				return out, err
			case *cloudformation.CreateChangeSetInput:
				if there {
					return nil, &smithy.GenericAPIError{Code: "ValidationError", Message: "No updates are to be performed"}
				}
				return &cloudformation.CreateChangeSetOutput{Id: aws.String("c"), StackId: aws.String("id")}, nil
			case *cloudformation.DescribeChangeSetInput:
				return &cloudformation.DescribeChangeSetOutput{Status: types.ChangeSetStatusCreateComplete}, nil
			case *cloudformation.ExecuteChangeSetInput:
				there = true // by the other one
				return nil, &smithy.GenericAPIError{Code: code}
			}
			return &cloudformation.DescribeStackEventsOutput{}, nil
		})
		bucket, err := c.CodeBucket(t.Context(), "one", "123456789012")
		if code == "AccessDenied" {
			if stacks.Code(err) != code {
				t.Error(bucket, err)
			}
			continue
		}
		if bucket != "shared" || err != nil || !strings.Contains(progress.String(), "stack one: somebody else makes it, too") {
			t.Errorf("%s: %s %v\n%s", code, bucket, err, progress.String())
		}
	}
}

// What stays is told with the way to remove it; what is gone is not.
func TestRetained(t *testing.T) {
	t.Parallel()
	left := [][2]string{
		{"AWS::KMS::Key", "key"},
		{"AWS::S3::Bucket", "bucket"},
		{"AWS::S3::Bucket", "gone"},
		{"AWS::Logs::LogGroup", "group"},
		{"AWS::SQS::Queue", "url"},
		{"AWS::DynamoDB::Table", "table"},
		{"AWS::Lambda::Version", "version"},
	}
	c := client(io.Discard, func(in any) (any, error) {
		switch in := in.(type) {
		case *cloudformation.ListStacksInput:
			return &cloudformation.ListStacksOutput{StackSummaries: []types.StackSummary{
				{StackName: aws.String("other"), StackId: aws.String("x")}, {StackName: aws.String("one"), StackId: aws.String("id")},
			}}, nil
		case *cloudformation.ListStackResourcesInput:
			out := &cloudformation.ListStackResourcesOutput{StackResourceSummaries: []types.StackResourceSummary{{ResourceStatus: types.ResourceStatusDeleteComplete}}}
			for _, r := range left {
				out.StackResourceSummaries = append(out.StackResourceSummaries, types.StackResourceSummary{
					ResourceType: &r[0], PhysicalResourceId: &r[1], ResourceStatus: types.ResourceStatusDeleteSkipped,
				})
			}
			return out, nil
		case *s3.HeadBucketInput:
			if *in.Bucket == "gone" {
				return nil, &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: http.StatusNotFound}}, Err: errors.New("x")}
			}
			return &s3.HeadBucketOutput{}, nil
		case *cloudwatchlogs.DescribeLogGroupsInput:
			return nil, &smithy.GenericAPIError{Code: "AccessDenied"}
		case *kms.DescribeKeyInput:
			return &kms.DescribeKeyOutput{KeyMetadata: &kmstypes.KeyMetadata{KeyId: in.KeyId}}, nil
		}
		return nil, nil
	})
	if _, err := c.Retained(t.Context(), "one"); stacks.Code(err) != "AccessDenied" {
		t.Error(err)
	}
	left = append(left[:3], left[4:]...)
	kept, err := c.Retained(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, r := range kept {
		got += r.Type + " " + r.Remedy + "\n"
	}
	const want = `AWS::S3::Bucket empty it with all versions, then: aws s3api delete-bucket --bucket bucket
AWS::SQS::Queue aws sqs delete-queue --queue-url url
AWS::DynamoDB::Table aws cloudcontrol delete-resource --type-name AWS::DynamoDB::Table --identifier table
AWS::KMS::Key aws kms schedule-key-deletion --pending-window-in-days 30 --key-id key
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestStuck(t *testing.T) {
	t.Parallel()
	for status, want := range map[types.StackStatus]string{
		types.StackStatusRollbackComplete:     `delete it with "remove one" and deploy again`,
		types.StackStatusDeleteFailed:         `run "remove one" again`,
		types.StackStatusUpdateRollbackFailed: "continue-update-rollback --stack-name one",
	} {
		c := client(io.Discard, func(in any) (any, error) {
			if _, ok := in.(*cloudformation.DescribeStacksInput); ok {
				return stack(status)
			}
			return &cloudformation.DescribeStackEventsOutput{StackEvents: []types.StackEvent{{
				EventId: aws.String("1"), LogicalResourceId: aws.String("Bucket"), ResourceType: aws.String("AWS::S3::Bucket"),
				ResourceStatus: types.ResourceStatusCreateFailed, ResourceStatusReason: aws.String("the name is taken"),
			}}}, nil
		})
		_, err := c.Settled(t.Context(), "one")
		var stuck *stacks.StuckError
		if !errors.As(err, &stuck) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "\n  Bucket (AWS::S3::Bucket): CREATE_FAILED: the name is taken") {
			t.Errorf("%s: %v", status, err)
		}
	}
	// What comes of a change says the same, and which change it was.
	for status, want := range map[types.StackStatus]string{
		types.StackStatusRollbackComplete:       `its creation failed and it cannot be updated; delete it with "remove one" and deploy again`,
		types.StackStatusUpdateRollbackComplete: "the change failed and was taken back",
		types.StackStatusUpdateRollbackFailed:   "continue-update-rollback --stack-name one",
		types.StackStatusDeleteFailed:           `its deletion failed; run "remove one" again`,
	} {
		deleted := false
		c := client(io.Discard, func(in any) (any, error) {
			switch in.(type) {
			case *cloudformation.DescribeStacksInput:
				if deleted {
					return stack(status)
				}
				return stack(types.StackStatusCreateComplete)
			case *cloudformation.DeleteStackInput:
				deleted = true
				return &cloudformation.DeleteStackOutput{}, nil
			}
			return &cloudformation.DescribeStackEventsOutput{}, nil
		})
		if _, err := c.Delete(t.Context(), "one"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", status, err)
		}
	}
	c := client(io.Discard, func(any) (any, error) { return stack(types.StackStatusDeleteComplete) })
	if there, err := c.Delete(t.Context(), "one"); there || err != nil {
		t.Error(there, err)
	}
	if s, err := c.Settled(t.Context(), "one"); s != nil || err != nil {
		t.Error(s, err)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	env := func(values map[string]string) func(string) string {
		return func(name string) string { return values[name] }
	}
	got, err := stacks.Config(t.Context(), env(map[string]string{"AWS_DEFAULT_REGION": "eu-north-1", "AWS_ACCESS_KEY_ID": "a", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}), "", "")
	if err != nil || got.Region != "eu-north-1" || *got.BaseEndpoint != "http://127.0.0.1:1" {
		t.Errorf("%+v %v", got, err)
	}
	if got, err = stacks.Config(t.Context(), env(nil), "eu-west-2", ""); err != nil || got.Region != "eu-west-2" {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := stacks.Config(t.Context(), env(map[string]string{"AWS_PROFILE": "nobody-has-this"}), "eu-west-1", ""); err == nil {
		t.Error("a profile that is not there")
	}
}
