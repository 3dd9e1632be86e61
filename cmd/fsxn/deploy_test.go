package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fsxns3ap/guardhook/internal/awstest"
	"github.com/fsxns3ap/guardhook/internal/cli"
)

// awsServer starts the AWS of the tests when the first of them needs it.
var awsServer = sync.OnceValues(awstest.Start)

// cloud is an account, and the program that uses it.
type cloud struct {
	t *testing.T
	*awstest.Account
	archive string
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	server, err := awsServer()
	if err != nil {
		t.Fatal(err)
	}
	a := &cloud{t, server.Account(t), filepath.Join(t.TempDir(), "one.zip")}
	// The least that is a zip file.
	if err := os.WriteFile(a.archive, append([]byte("PK\x05\x06"), make([]byte, 18)...), 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

// want runs the program, which has to end with a code and print texts.
func (a *cloud) want(code int, line string, texts ...string) (stdout string) {
	a.t.Helper()
	var out, progress bytes.Buffer
	c := &Command{cli.Surroundings{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &progress, Environ: a.Environ(), Now: time.Now}}
	args := strings.Fields(strings.ReplaceAll(line, "ZIP", a.archive))
	if got := c.Main(a.t.Context(), args); got != code {
		a.t.Fatalf("%s: exit code %d, want %d\n%s%s", line, got, code, out.String(), progress.String())
	}
	for _, text := range texts {
		if !strings.Contains(out.String()+progress.String(), text) {
			a.t.Errorf("%s: no %q in\n%s%s", line, text, out.String(), progress.String())
		}
	}
	if strings.Contains(out.String()+progress.String(), "secret-of-the-test") {
		a.t.Errorf("%s: a secret is in the output", line)
	}
	return out.String()
}

const key = "KeyArn=arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"

func TestDeployDelete(t *testing.T) {
	t.Parallel()
	a := newCloud(t)
	deploy := "deploy event-driven --package=ZIP --poll=1ms "
	a.want(0, deploy+"--parameters "+key, "stack fsxn-event-driven: create", "  add AWS::StepFunctions::StateMachine Workflow", "fsxn-event-driven: deployed\n", "  StateMachineArn  arn:aws:states:")
	a.want(0, deploy, "no changes", "fsxn-event-driven: nothing to do\n", "  StateMachineArn  arn:aws:states:")
	file := filepath.Join(t.TempDir(), "parameters.json")
	if err := os.WriteFile(file, []byte(`{"Parameters": {"ConfidenceThreshold": 80}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	a.want(0, deploy+"--parameter-file "+file, "stack fsxn-event-driven: update", ": deployed\n")
	// Lambda has no SnapStart for Go.
	a.want(1, "snapstart enable fsxn-event-driven --poll=1ms", "FUNCTION", "provided.al2023 has no SnapStart")
	a.want(0, "delete event-driven --poll=1ms", "fsxn-event-driven: deleted\n", "These stay", "AWS::S3::Bucket fsxn-event-driven-", "aws s3api delete-bucket", "aws logs delete-log-group")
	a.want(0, "delete --stack=fsxn-code --poll=1ms", "fsxn-code: deleted\n")
	if out := a.want(0, "delete --stack=none --poll=1ms", "stack none: there is none"); strings.Contains(out, "deleted") {
		t.Error(out)
	}
}

func TestDeployRefuses(t *testing.T) {
	t.Parallel()
	a := newCloud(t)
	for line, want := range map[string]string{
		"deploy nothing":                               `there is no use case "nothing": want one of`,
		"deploy ../shared/key":                         "there is no use case",
		"deploy event-driven --stack=s --parameters K": `"K" is not of the form Key=Value`,
		"deploy auto-stop":                             "want one of autonomous-driving, event-driven, legal-compliance, semiconductor-eda",
		"delete event-drivn":                           "there is no use case \"event-drivn\": want one of",
		"delete":                                       "want a use case or --stack, and not both",
		"delete event-driven --stack=s":                "not both",
		"snapstart":                                    "expected",
	} {
		a.want(64, line, want)
	}
	for line, want := range map[string]string{
		"deploy event-driven --package=ZIP --parameters X=1":                   "X",
		"deploy event-driven --package=ZIP --parameters ConfidenceThreshold=x": "ConfidenceThreshold",
		"deploy event-driven --package=ZIP --parameter-file=gone.json":         "gone.json",
		"deploy event-driven --package=gone.zip --parameters " + key:           "make lambda",
		"deploy event-driven --package=ZIP --poll=1ms":                         "no default and no value: KeyArn",
		"snapstart enable none":                                                "stack none: there is none in eu-west-1",
	} {
		a.want(2, line, want)
	}
	a.Fail(0, awstest.Denied())
	a.want(2, "delete event-driven", "CloudFormation DescribeStacks: AccessDenied: injected")
	a.Fail(0, awstest.Denied())
	a.want(2, "deploy event-driven --package=ZIP --parameters "+key, "CloudFormation DescribeStacks: AccessDenied: injected")
}

func TestDeployDryRun(t *testing.T) {
	t.Parallel()
	a := newCloud(t)
	for line, want := range map[string]string{
		"deploy event-driven --dry-run --package=ZIP --parameters " + key: "s3 PutObject",
		"delete event-driven --dry-run":                                   "cloudformation DeleteStack",
		"snapstart enable s --dry-run":                                    "lambda PublishVersion",
	} {
		if out := a.want(0, line, want); !strings.HasSuffix(out, "dry run: none of these calls was made\n") {
			t.Errorf("%s: %s", line, out)
		}
	}
	if calls := a.Calls(); len(calls) > 0 {
		t.Errorf("calls: %v", calls)
	}
}
