package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/fsxns3ap/guardhook/internal/awstest"
	"github.com/fsxns3ap/guardhook/internal/cli"
)

// awsServer starts the AWS of the tests when the first of them needs it.
var awsServer = sync.OnceValues(awstest.Start)

const policyDir = "../../hook/testdata/policy"

// rig is an account, the program, and the files that it gets.
type rig struct {
	t       testing.TB
	account *awstest.Account
	dir     string
	config  aws.Config
	stdin   string
	term    bool
}

func newRig(t testing.TB) *rig {
	t.Helper()
	server, err := awsServer()
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, account: server.Account(t), dir: t.TempDir()}
	loaded, err := config.LoadDefaultConfig(t.Context(), config.WithRegion(awstest.Region), config.WithBaseEndpoint(r.account.URL),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("test", "test", "")))
	if err != nil {
		t.Fatal(err)
	}
	r.config = loaded
	return r
}

// bucket makes a bucket in the account, whose name is its own.
func (r *rig) bucket(name string) string {
	r.t.Helper()
	name += "-" + r.account.ID
	_, err := s3.NewFromConfig(r.config).CreateBucket(r.t.Context(), &s3.CreateBucketInput{
		Bucket:                    &name,
		CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: awstest.Region},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return name
}

// archive writes a package with a text in it.
func (r *rig) archive(text string) string {
	r.t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	entry, err := w.CreateHeader(&zip.FileHeader{Name: "bootstrap", Method: zip.Store})
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := entry.Write([]byte(text)); err != nil {
		r.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		r.t.Fatal(err)
	}
	return r.file(text+".zip", b.String())
}

func (r *rig) file(name, text string) string {
	r.t.Helper()
	name = filepath.Join(r.dir, name)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
	return name
}

// result is what a run of the program ends with.
type result struct {
	code           int
	stdout, stderr string
}

func (r *rig) run(args ...string) result {
	var stdout, stderr bytes.Buffer
	c := &Command{cli.Surroundings{
		Stdin: strings.NewReader(r.stdin), Stdout: &stdout, Stderr: &stderr, Environ: r.account.Environ(),
		Now: func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }, StdoutTerminal: r.term,
	}}
	code := c.Main(context.Background(), args)
	for _, secret := range []string{"secret-of-the-test", "PRIVATE KEY"} {
		if strings.Contains(stdout.String()+stderr.String(), secret) {
			r.t.Errorf("%v: the output has %q in it", args, secret)
		}
	}
	return result{code, stdout.String(), stderr.String()}
}

// want runs the program, which has to end with a code and print texts.
func (r *rig) want(code int, args []string, texts ...string) result {
	r.t.Helper()
	got := r.run(args...)
	all := got.stdout + got.stderr
	if got.code != code {
		r.t.Fatalf("%v: exit code %d, want %d\n%s", args, got.code, code, all)
	}
	for _, text := range texts {
		if !strings.Contains(all, text) {
			r.t.Errorf("%v: no %q in\n%s", args, text, all)
		}
	}
	return got
}

// command splits a command line. Every command that waits does it without pause.
func command(format string, args ...any) []string {
	line := strings.Fields(fmt.Sprintf(format, args...))
	switch line[0] {
	case "deploy", "remove", "register", "mode", "rollout":
		line = append(line, "--poll=1ms")
	}
	return line
}

func (r *rig) cfn() *cloudformation.Client { return cloudformation.NewFromConfig(r.config) }

// hookConfiguration returns what is set up for a hook type.
func (r *rig) hookConfiguration(name string) map[string]any {
	r.t.Helper()
	out, err := r.cfn().BatchDescribeTypeConfigurations(r.t.Context(), &cloudformation.BatchDescribeTypeConfigurationsInput{
		TypeConfigurationIdentifiers: []types.TypeConfigurationIdentifier{{Type: types.ThirdPartyTypeHook, TypeName: &name}},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	if len(out.TypeConfigurations) == 0 {
		return nil
	}
	var document struct {
		CloudFormationConfiguration struct{ HookConfiguration map[string]any }
	}
	if err := json.Unmarshal([]byte(*out.TypeConfigurations[0].Configuration), &document); err != nil {
		r.t.Fatal(err)
	}
	return document.CloudFormationConfiguration.HookConfiguration
}

// left lists what is in the account, without ids that AWS makes up.
func (r *rig) left() []string {
	r.t.Helper()
	var out []string
	buckets, err := s3.NewFromConfig(r.config).ListBuckets(r.t.Context(), &s3.ListBucketsInput{})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, b := range buckets.Buckets {
		if !strings.HasSuffix(*b.Name, r.account.ID) {
			out = append(out, "bucket "+*b.Name)
		}
	}
	groups, err := cloudwatchlogs.NewFromConfig(r.config).DescribeLogGroups(r.t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, g := range groups.LogGroups {
		out = append(out, "log group "+*g.LogGroupName)
	}
	keys := kms.NewFromConfig(r.config)
	list, err := keys.ListKeys(r.t.Context(), &kms.ListKeysInput{})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, k := range list.Keys {
		d, err := keys.DescribeKey(r.t.Context(), &kms.DescribeKeyInput{KeyId: k.KeyId})
		if err != nil {
			r.t.Fatal(err)
		}
		if d.KeyMetadata.DeletionDate == nil {
			out = append(out, "key")
		}
	}
	stacks, err := r.cfn().ListStacks(r.t.Context(), &cloudformation.ListStacksInput{})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, s := range stacks.StackSummaries {
		if s.StackStatus != types.StackStatusDeleteComplete {
			out = append(out, fmt.Sprintf("stack %s %s", *s.StackName, s.StackStatus))
		}
	}
	return out
}

func (r *rig) objects(bucket, prefix string) []string {
	r.t.Helper()
	out, err := s3.NewFromConfig(r.config).ListObjectsV2(r.t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
	if err != nil {
		r.t.Fatal(err)
	}
	var keys []string
	for _, o := range out.Contents {
		keys = append(keys, *o.Key)
	}
	return keys
}

func TestDeployModeStatusRemove(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	code := r.bucket("code")
	one, two := r.archive("one"), r.archive("two")
	deploy := "deploy --package=%s --code-bucket=%s"
	r.want(0, command(deploy, one, code), "FSxNS3AP::Guard::Gate: deployed, mode WARN")
	if got := r.hookConfiguration("FSxNS3AP::Guard::Gate"); got["HookInvocationStatus"] != "ENABLED" || got["FailureMode"] != "WARN" {
		t.Errorf("configuration %v", got)
	}
	r.account.Calls()
	r.want(0, command(deploy, one, code), "nothing to do, mode WARN")
	if calls := r.account.Calls(); slices.Contains(calls, "ExecuteChangeSet") || slices.ContainsFunc(calls, func(c string) bool { return strings.HasPrefix(c, "PUT ") }) {
		t.Errorf("the second run changes something: %v", calls)
	}

	r.want(0, command("status --package=%s --policy=embedded", one), "mode:       WARN", "enabled:    true", "differs:    no", "RESOURCE, STACK")
	r.want(1, command("status --package=%s", two), "differs:    code")
	r.want(1, command("status --policy=%s", policyDir), "differs:    policy")

	r.want(64, command("mode FAIL"), "confirm with --yes")
	r.term, r.stdin = true, "no\n"
	r.want(1, command("mode FAIL"), "WARN -> FAIL: deployments")
	r.stdin = "y\n"
	r.want(0, command("mode FAIL"), "mode: WARN -> FAIL")
	r.want(0, command("mode fail --yes"), "mode: FAIL -> FAIL")
	r.want(0, command("status"), "mode:       FAIL", "differs:    no")
	// A new package leaves the mode as it is.
	r.want(0, command(deploy, two, code), "deployed, mode FAIL")
	r.want(0, command("status --package=%s", two), "differs:    no")

	r.configure("FSxNS3AP::Guard::Gate", "FailureMode", "WARN")
	r.want(1, command("status --json"), `"mode": "WARN"`, "it was changed outside of the stack")

	r.want(0, command("remove"), "guardhook: removed", "AWS::S3::Bucket guardhook-rules-", "aws logs delete-log-group --log-group-name /guardhook/guardhook", "AWS::KMS::Key")
	r.want(0, command("remove"), "stack guardhook: there is none", "AWS::KMS::Key")
	r.want(0, command("remove --purge"), "schedule for deletion in 30 days")
	if left := r.left(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	r.want(0, command("remove --purge"), "guardhook: removed")
}

// configure changes a field of a hook's configuration behind the back of the
// program.
func (r *rig) configure(name, field, value string) {
	r.t.Helper()
	hook := r.hookConfiguration(name)
	hook[field] = value
	text, err := json.Marshal(map[string]any{"CloudFormationConfiguration": map[string]any{"HookConfiguration": hook}})
	if err != nil {
		r.t.Fatal(err)
	}
	_, err = r.cfn().SetTypeConfiguration(r.t.Context(), &cloudformation.SetTypeConfigurationInput{
		Type: types.ThirdPartyTypeHook, TypeName: &name, Configuration: aws.String(string(text)),
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

func TestDeployPutsRulesBeforeTheHook(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.want(0, command("deploy --package=%s --policy=%s", r.archive("one"), policyDir), "deployed, mode WARN")
	calls := r.account.Calls()
	last := func(prefix string) int {
		for i, c := range slices.Backward(calls) {
			if strings.HasPrefix(c, prefix) {
				return i
			}
		}
		return -1
	}
	if rules, enabled := last("PUT /guardhook-rules"), last("ExecuteChangeSet"); rules < 0 || rules > enabled {
		t.Errorf("rules at call %d, enabled at call %d of %v", rules, enabled, calls)
	}
	r.want(0, command("status --policy=%s", policyDir), "policy:     s3://guardhook-rules-", "differs:    no")
	r.want(0, command("deploy --package=%s --policy=%s", r.archive("one"), policyDir), "nothing to do")
	r.want(0, command("deploy --package=%s --policy=embedded", r.archive("one")), "deployed")
	r.want(0, command("status"), "policy:     embedded")
	r.want(0, command("remove --purge"))
	if left := r.left(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	// The bucket for packages is the stack's own.
	if _, err := s3.NewFromConfig(r.config).HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: aws.String("guardhook-code-" + r.account.ID + "-" + awstest.Region)}); err == nil {
		t.Error("the bucket for packages is left behind")
	}
}

func TestDeployIntoAStackThatFailed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	code, one := r.bucket("code"), r.archive("one")
	r.want(2, command("deploy --package=%s --code-bucket=%s --alias=Fail::Guard::Gate", one, code), "ROLLBACK_COMPLETE", "the alias is refused")
	r.want(2, command("deploy --package=%s --code-bucket=%s", one, code), "its creation failed", `hookctl remove --stack guardhook`, "the alias is refused")
	r.want(0, command("remove --purge"))
	r.want(0, command("deploy --package=%s --code-bucket=%s", one, code), "deployed")
	r.want(2, command("deploy --package=%s --alias=Fail::Guard::Gate", one), "UPDATE_ROLLBACK_COMPLETE")
	r.want(0, command("deploy --package=%s --mode=FAIL", one), "deployed, mode FAIL")
}

func TestRegister(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	bucket, one := r.bucket("packages"), r.archive("one")
	name := "FSxNS3AP::Guard::Hook"
	register := "register --package=%s --bucket=%s"
	r.want(0, command(register, one, bucket), "type/hook/FSxNS3AP-Guard-Hook/00000001: registered, mode WARN", "IN_PROGRESS validating the package")
	r.account.Calls()
	r.want(0, command(register, one, bucket), "/00000001: was registered already, mode WARN")
	if calls := r.account.Calls(); slices.Contains(calls, "RegisterType") || slices.Contains(calls, "SetTypeConfiguration") {
		t.Errorf("the second run changes something: %v", calls)
	}
	settings := r.file("settings.json", `{"refreshSeconds": 30}`)
	r.want(0, command(register+" --execution-role=arn:aws:iam::111122223333:role/hook --config=%s", r.archive("two"), bucket, settings), "/00000002: registered", "make 00000002 the default")
	r.configure(name, "Later", "kept")
	r.want(0, command("mode FAIL --yes --alias=%s", name), "mode: WARN -> FAIL")
	r.want(0, command(register, r.archive("three"), bucket), "/00000003: registered, mode FAIL")
	got := r.hookConfiguration(name)
	properties, _ := got["Properties"].(map[string]any)
	if got["Later"] != "kept" || got["HookInvocationStatus"] != "ENABLED" || properties["refreshSeconds"] != 30.0 {
		t.Errorf("configuration %v", got)
	}
	r.want(0, command("status --alias=%s", name), "(private)", "version:    00000003", "mode:       FAIL")
	r.want(2, command(register, r.archive("broken"), bucket), "the registration failed: the package has no schema")

	r.want(0, command("remove --private"), "disabled", "deregister version 00000003")
	r.want(0, command("remove --private"), "nothing to do")
	// The version that the package is tagged with is gone.
	r.want(0, command(register+" --mode=FAIL", r.archive("three"), bucket), "registered, mode FAIL")
}

// interrupted runs a command with a fault at each of its calls in turn, in an
// account that prepare makes, and then once more: it has to end as it does
// without a fault.
func interrupted(t *testing.T, fault awstest.Fault, prepare func(*rig) []string, state func(*rig) string) {
	t.Helper()
	clean := newRig(t)
	args := prepare(clean)
	clean.account.Calls()
	clean.want(0, args)
	calls, want := clean.account.Calls(), state(clean)
	for k, call := range calls {
		if fault.After && reads(call) {
			continue // as if it had not been done
		}
		t.Run(fmt.Sprintf("%d_%s", k, strings.ReplaceAll(call, "/", "_")), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			args := prepare(r)
			r.account.Fail(k, fault)
			r.run(args...)
			r.account.Calls()
			r.want(0, args)
			if got := state(r); got != want {
				t.Errorf("after a fault at %s:\n%s\nwant\n%s", call, got, want)
			}
		})
	}
}

// reads tells whether a call changes nothing.
func reads(call string) bool {
	return slices.ContainsFunc([]string{"Describe", "List", "Get", "BatchDescribe", "HEAD ", "GET "}, func(p string) bool {
		return strings.HasPrefix(call, p)
	})
}

func TestInterruptedRegister(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]awstest.Fault{"denied": awstest.Denied(), "lost": awstest.Lost()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			interrupted(t, fault, func(r *rig) []string {
				bucket := r.bucket("packages")
				r.want(0, command("register --package=%s --bucket=%s", r.archive("one"), bucket))
				return command("register --package=%s --bucket=%s --mode=FAIL", r.archive("two"), bucket)
			}, func(r *rig) string {
				got := r.want(0, command("status --alias=FSxNS3AP::Guard::Hook"))
				return got.stdout
			})
		})
	}
}

func TestInterruptedDeploy(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]awstest.Fault{"denied": awstest.Denied(), "lost": awstest.Lost()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			interrupted(t, fault, func(r *rig) []string {
				return command("deploy --package=%s --code-bucket=%s --policy=%s", r.archive("one"), r.bucket("code"), policyDir)
			}, func(r *rig) string {
				got := r.want(0, command("status --package=%s --policy=%s --json", r.archive("one"), policyDir))
				var s struct {
					Enabled     bool
					Mode        string
					Differences []string
				}
				if err := json.Unmarshal([]byte(got.stdout), &s); err != nil {
					t.Error(err)
				}
				return fmt.Sprintf("%+v", s)
			})
		})
	}
}

func TestInterruptedRemove(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]awstest.Fault{"denied": awstest.Denied(), "lost": awstest.Lost()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			interrupted(t, fault, func(r *rig) []string {
				r.want(0, command("deploy --package=%s", r.archive("one")))
				return command("remove --purge")
			}, func(r *rig) string { return fmt.Sprint(r.left()) })
		})
	}
}

func TestThrottling(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	bucket, one := r.bucket("packages"), r.archive("one")
	for k := range 4 {
		r.account.Fail(k, awstest.Throttled())
		r.want(0, command("register --package=%s --bucket=%s", one, bucket))
	}
}

func TestResults(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.want(0, command("register --package=%s --bucket=%s", r.archive("one"), r.bucket("packages")))
	arn := "arn:aws:cloudformation:" + awstest.Region + ":" + r.account.ID + ":type/hook/FSxNS3AP-Guard-Hook"
	var results []map[string]any
	for i, status := range []string{"HOOK_COMPLETE_SUCCEEDED", "HOOK_COMPLETE_FAILED", "HOOK_FAILED", "HOOK_COMPLETE_SUCCEEDED", "HOOK_COMPLETE_FAILED"} {
		result := map[string]any{
			"HookResultId": fmt.Sprintf("00000000-0000-4000-8000-%012d", i), "InvocationPoint": "PRE_PROVISION", "FailureMode": "WARN",
			"TypeName": "FSxNS3AP::Guard::Hook", "TypeArn": arn, "TypeVersionId": "00000001", "Status": status,
			"HookStatusReason": fmt.Sprintf("reason %d", i),
			"Target":           map[string]any{"TargetType": "RESOURCE", "TargetTypeName": "AWS::S3::Bucket", "TargetId": fmt.Sprintf("Bucket%d", i), "Action": "CREATE"},
		}
		if status == "HOOK_COMPLETE_FAILED" {
			result["Annotations"] = []map[string]any{{
				"AnnotationName": "S3_ENCRYPTION", "Status": "FAILED", "StatusMessage": "not encrypted", "SeverityLevel": "HIGH",
				"RemediationMessage": "set BucketEncryption", "RemediationLink": "https://example.com/S3_ENCRYPTION",
			}}
		}
		results = append(results, result)
	}
	r.account.Seed(t, results)
	alias := "--alias=FSxNS3AP::Guard::Hook"
	got := r.want(0, command("results %s", alias), "reason 0", "reason 4", "HIGH S3_ENCRYPTION: not encrypted", "fix: set BucketEncryption")
	if strings.Contains(got.stdout, "more") {
		t.Errorf("there are more than all:\n%s", got.stdout)
	}
	r.want(0, command("results %s --limit=3", alias), "reason 2", "There are more")
	got = r.want(1, command("results %s --status=failed --json", alias), `"HOOK_FAILED"`)
	var list struct {
		Results []struct{ Status string }
		More    bool
	}
	if err := json.Unmarshal([]byte(got.stdout), &list); err != nil || len(list.Results) != 3 || list.More {
		t.Errorf("%v: %+v", err, list)
	}
	r.want(0, command("results --target=Bucket3"), "reason 3")
	r.want(0, command("results --target=Bucket9"), "no results")
	r.want(2, command("results --alias=FSxNS3AP::Other::Hook"), "there is none in eu-west-1")
}

func TestPushBundle(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	bucket := r.bucket("rules")
	key := r.signingKey()
	push := "rules push %s --to=s3://%s/set.tar.gz --revision=%s --sign-key=%s --key-id=k1 --algorithm=ES256"
	r.want(0, command(push, policyDir, bucket, "1", key), "pushed sha256:")
	r.account.Calls()
	r.want(0, command(push, policyDir, bucket, "1", key), "was there already sha256:")
	if calls := r.account.Calls(); slices.ContainsFunc(calls, func(c string) bool { return strings.HasPrefix(c, "PUT") }) {
		t.Errorf("the second run writes: %v", calls)
	}
	r.want(0, command(push, policyDir, bucket, "2", key), "pushed sha256:")
	r.want(2, command("rules push %s --to=s3://%s/set.tar.gz", r.dir, bucket), "the policy set has no rules")
	r.want(2, command(push, policyDir, bucket, "2", r.file("bad.pem", "-----BEGIN EC KEY-----\nAAAA\n-----END EC KEY-----\n")), "hookctl:")
	r.want(64, command("rules push %s --to=s3://%s/set.tar.gz --sign-key=%s", policyDir, bucket, key), "belong together")
	r.want(2, command("rules push %s --to=s3://%s/set.zip", policyDir, bucket), "ends neither in / nor in .tar.gz")
}

// signingKey writes a key for signing.
func (r *rig) signingKey() string {
	r.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		r.t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.file("key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
}

func TestPushFiles(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	bucket := r.bucket("rules")
	dir := filepath.Join(r.dir, "set")
	if err := os.CopyFS(dir, os.DirFS(policyDir)); err != nil {
		t.Fatal(err)
	}
	push := command("rules push %s --to=s3://%s/policy/", dir, bucket)
	r.want(0, push, "pushed sha256:")
	all := r.objects(bucket, "policy/")
	r.want(0, push, "was there already")
	names, err := filepath.Glob(filepath.Join(dir, "*", "*.rego"))
	if err != nil || len(names) < 2 {
		t.Fatal(names, err)
	}
	gone := slices.IndexFunc(names, func(n string) bool { return !strings.HasSuffix(n, "_test.rego") })
	if err := os.Remove(names[gone]); err != nil {
		t.Fatal(err)
	}
	r.want(0, push, "pushed sha256:", "delete 1 stale files")
	if left := r.objects(bucket, "policy/"); len(left) != len(all)-1 {
		t.Errorf("%v after %v", left, all)
	}
	r.want(2, command("rules push %s --to=s3://%s/", dir, bucket), "a whole bucket")
}

func TestRollout(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	prefix := "org-" + r.account.ID
	for _, region := range []string{"eu-west-1", "eu-central-1"} {
		bucket := prefix + "-" + region
		if _, err := s3.NewFromConfig(r.config).CreateBucket(t.Context(), &s3.CreateBucketInput{
			Bucket: &bucket, CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: awstest.Region},
		}); err != nil {
			t.Fatal(err)
		}
	}
	rollout := "rollout --package=%s --code-bucket-prefix=" + prefix + " --regions=eu-west-1,eu-central-1 --organizational-units=%s --waves=%s"
	one, two := r.archive("one"), r.archive("two")
	units := "ou-test-11111111,ou-test-22222222"
	r.want(0, command(rollout, one, units, "2"), "stack set guardhook: create", "wave 2 of 2", "rolled out in 2 waves")
	r.account.Calls()
	r.want(0, command(rollout, one, units, "2"), "nothing to do")
	if calls := r.account.Calls(); slices.Contains(calls, "UpdateStackSet") || slices.Contains(calls, "CreateStackInstances") {
		t.Errorf("the second run changes something: %v", calls)
	}
	waves := r.file("waves", "ou-test-11111111 # first\n\nou-test-22222222, ou-test-33333333\n")
	got := r.want(0, command(rollout, two, units+",ou-test-33333333", waves), "wave 2 of 2")
	for _, line := range []string{"update in ou-test-11111111", "update in ou-test-22222222", "create in ou-test-33333333"} {
		if !strings.Contains(got.stderr, line) {
			t.Errorf("no %q in\n%s", line, got.stderr)
		}
	}
	r.account.Calls()
	r.want(2, command(rollout, two, "ou-test-0fail0000,ou-test-44444444", "2"), "wave 1 of 2", "ended as FAILED", "no role to deploy with")
	if calls := r.account.Calls(); strings.Count(strings.Join(calls, " "), "CreateStackInstances") != 1 {
		t.Errorf("the rollout goes on after a failure: %v", calls)
	}
	r.want(64, command(rollout, two, units, "3"), "want 1 to 2")
	r.want(2, command(rollout, two, units, r.file("half", "ou-test-11111111\n")), "ou-test-22222222 is in no wave")
}

// TestDryRun checks that a dry run needs no account, and which calls it prints.
func TestDryRun(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	one := r.archive("one")
	tests := []struct {
		line  string
		calls string // in this order, among others
	}{
		{fmt.Sprintf("deploy --package=%s --policy=%s", one, policyDir), "cloudformation CreateChangeSet|cloudformation ExecuteChangeSet|s3 PutObject|cloudformation ExecuteChangeSet|s3 PutObject|s3 GetObject|cloudformation CreateChangeSet|cloudformation ExecuteChangeSet"},
		{"remove --purge", "cloudformation DescribeStacks|cloudformation DescribeType|cloudformation DeleteStack|s3 DeleteBucket|cloudwatchlogs DeleteLogGroup|kms ScheduleKeyDeletion"},
		{"remove --private", "cloudformation DescribeType|cloudformation ListTypeVersions|cloudformation DeregisterType"},
		{fmt.Sprintf("register --package=%s --bucket=b", one), `s3 PutObject|cloudformation RegisterType|"SchemaHandlerPackage":"s3://b/guardhook/|cloudformation DescribeTypeRegistration|cloudformation SetTypeDefaultVersion {"Arn":"<VersionArn>"}|cloudformation SetTypeConfiguration`},
		{"mode FAIL", `cloudformation CreateChangeSet|"ParameterValue":"FAIL"|cloudformation ExecuteChangeSet`},
		{"status", "cloudformation BatchDescribeTypeConfigurations|lambda GetFunctionConfiguration"},
		{"results", `cloudformation ListHookResults|cloudformation GetHookResult {"HookResultId":"<HookResultId>"}`},
		{fmt.Sprintf("rules push %s --to=s3://b/p/", policyDir), "s3 PutObject|s3 GetObject"},
		{fmt.Sprintf("rollout --package=%s --code-bucket-prefix=b --regions=eu-west-1 --organizational-units=ou-test-11111111", one), "s3 PutObject|cloudformation CreateStackSet|cloudformation CreateStackInstances|cloudformation DescribeStackSetOperation"},
	}
	for _, tt := range tests {
		var stdout, stderr bytes.Buffer
		c := &Command{cli.Surroundings{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Now: time.Now}}
		args := append(command("%s", tt.line), "--dry-run")
		if code := c.Main(t.Context(), args); code != 0 {
			t.Errorf("%s: exit code %d\n%s%s", tt.line, code, stdout.String(), stderr.String())
			continue
		}
		rest := stdout.String()
		if strings.Contains(rest, "null") || strings.Contains(rest, "ed, mode") {
			t.Errorf("%s: the calls are not readable, or are said to have been made:\n%s", tt.line, rest)
		}
		for _, call := range strings.Split(tt.calls, "|") {
			_, after, ok := strings.Cut(rest, call)
			if !ok {
				t.Errorf("%s: no %q in\n%s", tt.line, call, rest)
				break
			}
			rest = after
		}
	}
}
