package deploy_test

import (
	"archive/zip"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/fsxns3ap/guardhook/internal/awstest"
	"github.com/fsxns3ap/guardhook/lambda/deploy"
	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
)

var (
	server  *awstest.Server
	checker *awsfake.Checker
)

func TestMain(m *testing.M) {
	server, checker = awsfake.Must(awstest.Start()), awsfake.Must(awsfake.StartChecker())
	os.Exit(m.Run())
}

// rig is an account and what is deployed there.
type rig struct {
	*awstest.Account
	config   aws.Config
	progress bytes.Buffer
	dir      string
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{Account: server.Account(t), dir: t.TempDir()}
	r.config = aws.Config{
		Region: awstest.Region, BaseEndpoint: &r.URL, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""), RetryMaxAttempts: 1,
	}
	return r
}

func (r *rig) deployer() *deploy.Deployer {
	return deploy.New(deploy.Options{AWS: r.config, Progress: &r.progress, Poll: time.Millisecond, Patience: time.Minute})
}

// archive writes a package with a text in it.
func (r *rig) archive(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	entry, err := w.Create("bootstrap")
	if err == nil {
		_, err = entry.Write([]byte(text))
	}
	if err == nil {
		err = w.Close()
	}
	file := filepath.Join(r.dir, text+".zip")
	if err == nil {
		err = os.WriteFile(file, b.Bytes(), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}

const keyARN = "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"

// eventDriven is a deployment of a use case.
func (r *rig) eventDriven(t *testing.T, code string) deploy.Deployment {
	t.Helper()
	text, err := os.ReadFile("../../templates/usecases/event-driven.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return deploy.Deployment{
		UseCase: "event-driven", Stack: "pictures", Template: string(text), Package: r.archive(t, code), Parameters: map[string]string{"KeyArn": keyARN},
	}
}

// said tells whether texts are in the progress, and forgets that.
func (r *rig) said(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(r.progress.String(), text) {
			t.Errorf("no %q in\n%s", text, r.progress.String())
		}
	}
	if strings.Contains(r.progress.String(), keyARN) {
		t.Error("a value of a parameter is in the progress")
	}
	r.progress.Reset()
}

func TestDeploy(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx := t.Context()
	out, err := r.deployer().Deploy(ctx, r.eventDriven(t, "one"))
	if err != nil {
		t.Fatal(err)
	}
	if !out.Changed || out.Outputs["StateMachineArn"] == "" || out.Outputs["SourceBucket"] == "" {
		t.Errorf("%+v", out)
	}
	r.said(t, "stack fsxn-code: create", "package: upload", "  add AWS::Lambda::Function Processor", "stack pictures: create", "CREATE_COMPLETE AWS::CloudFormation::Stack pictures")

	r.Calls()
	if out, err = r.deployer().Deploy(ctx, r.eventDriven(t, "one")); err != nil || out.Changed || out.Outputs["StateMachineArn"] == "" {
		t.Errorf("the second time: %+v %v", out, err)
	}
	if calls := r.Calls(); slices.Contains(calls, "ExecuteChangeSet") || slices.ContainsFunc(calls, func(c string) bool { return strings.HasPrefix(c, "PUT ") }) {
		t.Errorf("the second run changes something: %v", calls)
	}
	r.said(t, "is there", "no changes")

	again := r.eventDriven(t, "two")
	again.Parameters = nil // keeps the key
	if out, err = r.deployer().Deploy(ctx, again); err != nil || !out.Changed {
		t.Errorf("new code: %+v %v", out, err)
	}
	r.said(t, "stack pictures: update")

	there, kept, err := r.deployer().Delete(ctx, "pictures")
	if err != nil || !there {
		t.Fatal(there, err)
	}
	got := map[string]int{}
	for _, k := range kept {
		got[k.Type]++
		if k.ID == "" || k.Remedy == "" {
			t.Errorf("%+v", k)
		}
	}
	if got["AWS::S3::Bucket"] != 2 || got["AWS::Logs::LogGroup"] != 3 {
		t.Errorf("left behind: %v", got)
	}
	r.said(t, "stack pictures: delete")
	// The logs would be in the way of a new stack. Nothing is made before they are gone.
	r.Calls()
	_, err = r.deployer().Deploy(ctx, r.eventDriven(t, "two"))
	if err == nil || strings.Count(err.Error(), "\n  aws logs delete-log-group --log-group-name /aws/") != 3 || !strings.Contains(err.Error(), "another name with --stack") {
		t.Error(err)
	}
	if calls := r.Calls(); slices.Contains(calls, "CreateChangeSet") {
		t.Errorf("calls: %v", calls)
	}
	logs := cloudwatchlogs.NewFromConfig(r.config)
	for _, k := range kept {
		if k.Type == "AWS::Logs::LogGroup" {
			if _, err := logs.DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: &k.ID}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if out, err = r.deployer().Deploy(ctx, r.eventDriven(t, "two")); err != nil || !out.Changed {
		t.Error(out, err)
	}
	r.progress.Reset()
	if there, _, err := r.deployer().Delete(ctx, "other"); there || err != nil {
		t.Error(there, err)
	}
	r.said(t, "stack other: there is none")
}

// A call that fails leaves nothing from which the next run cannot go on.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]awstest.Fault{"denied": awstest.Denied(), "lost": awstest.Lost()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for k := 0; ; k++ {
				r := newRig(t)
				in := r.eventDriven(t, "one")
				in.Template, in.Parameters = flow+function("One"), nil
				r.Fail(k, fault)
				_, err := r.deployer().Deploy(t.Context(), in)
				n := len(r.Calls())
				if err == nil && n <= k {
					if k < 10 {
						t.Errorf("%d calls", n)
					}
					return
				}
				out, err := r.deployer().Deploy(t.Context(), in)
				if err != nil {
					t.Fatalf("after call %d: %+v %v\n%s", k, out, err, r.progress.String())
				}
			}
		})
	}
}

// bucket makes a bucket of the account.
func (r *rig) bucket(t *testing.T) string {
	t.Helper()
	name := "code-" + r.ID
	_, err := s3.NewFromConfig(r.config).CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: &name, CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: awstest.Region},
	})
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func TestDeployFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*deploy.Deployment)
		want   string
	}{
		"no package":        {func(d *deploy.Deployment) { d.Package = "gone.zip" }, `package: there is no gone.zip: "make lambda"`},
		"missing parameter": {func(d *deploy.Deployment) { d.Parameters = nil }, "have no default and no value: KeyArn: give each with --parameters"},
		"unknown parameter": {func(d *deploy.Deployment) { d.Parameters["X"] = "1" }, "no parameter X"},
		"template too long": {func(d *deploy.Deployment) { d.Template += strings.Repeat("# long\n", 150_000) }, "CloudFormation reads at most 1048576"},
		"code key":          {func(d *deploy.Deployment) { d.Parameters["CodeKey"] = "k" }, "parameter CodeKey: it is set by what is uploaded"},
		"no bucket":         {func(d *deploy.Deployment) { d.CodeBucket = "nobody-has-this" }, "s3://nobody-has-this/fsxn/event-driven/"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			in := r.eventDriven(t, "one")
			in.CodeBucket = r.bucket(t)
			c.change(&in)
			r.Calls()
			if _, err := r.deployer().Deploy(t.Context(), in); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
			// Nothing is made or uploaded for what cannot be.
			if calls := r.Calls(); name != "no bucket" && slices.ContainsFunc(calls, func(c string) bool { return c != "DescribeStacks" }) {
				t.Errorf("calls: %v", calls)
			}
		})
	}
}

// A stack that fails says why, and cannot be updated; deleted, it can be made anew.
func TestStackFails(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	in := r.eventDriven(t, "one")
	good := flow + function("One")
	in.Parameters = nil
	in.Template = good + `
  Wrong:
    Type: AWS::CloudFormation::LambdaHook
    Properties: {Alias: "Fail::Guard::Gate", TargetOperations: [STACK], TargetFilters: {Actions: [CREATE]}, HookStatus: ENABLED, LambdaFunction: f}
`
	_, err := r.deployer().Deploy(t.Context(), in)
	if err == nil || !strings.Contains(err.Error(), "ROLLBACK_COMPLETE") || !strings.Contains(err.Error(), "the alias is refused") {
		t.Fatal(err)
	}
	in.Template = good
	if _, err = r.deployer().Deploy(t.Context(), in); err == nil || !strings.Contains(err.Error(), `delete it with "fsxn delete --stack pictures"`) {
		t.Error(err)
	}
	if _, _, err := r.deployer().Delete(t.Context(), "pictures"); err != nil {
		t.Fatal(err)
	}
	if _, err = r.deployer().Deploy(t.Context(), in); err != nil {
		t.Error(err)
	}
}

// A template that is too long for a call is read from the bucket.
func TestLongTemplate(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	in := r.eventDriven(t, "one")
	in.CodeBucket = r.bucket(t)
	in.Template += strings.Repeat("# long\n", 10_000)
	out, err := r.deployer().Deploy(t.Context(), in)
	if err != nil || !out.Changed {
		t.Fatal(out, err)
	}
	r.said(t, "template: upload")
}

func TestDryRun(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var calls bytes.Buffer
	d := deploy.New(deploy.Options{AWS: deploy.DryRun(&calls, "", false), Progress: &r.progress})
	if _, err := d.Deploy(t.Context(), r.eventDriven(t, "one")); err != nil {
		t.Fatal(err)
	}
	want := []string{"sts GetCallerIdentity", "s3 PutObject", "cloudformation CreateChangeSet", "cloudformation ExecuteChangeSet"}
	for _, name := range want {
		if !strings.Contains(calls.String(), name) {
			t.Errorf("no %s in\n%s", name, calls.String())
		}
	}
	calls.Reset()
	d = deploy.New(deploy.Options{AWS: deploy.DryRun(&calls, "eu-west-1", true), Progress: &r.progress})
	if _, err := d.EnableSnapStart(t.Context(), "pictures"); err != nil || !strings.Contains(calls.String(), "lambda PublishVersion") {
		t.Errorf("%v\n%s", err, calls.String())
	}
	_, kept, err := d.Delete(t.Context(), "pictures")
	if err != nil || len(kept) != 1 || !strings.Contains(calls.String(), "cloudformation DeleteStack") {
		t.Errorf("%v %v\n%s", kept, err, calls.String())
	}
	_, err = s3.NewFromConfig(deploy.DryRun(&calls, "", false)).ListBuckets(context.Background(), &s3.ListBucketsInput{})
	if err == nil || !strings.Contains(err.Error(), "there is no answer") {
		t.Error(err)
	}
}
