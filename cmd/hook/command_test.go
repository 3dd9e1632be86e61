package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/fsxns3ap/guardhook/hook"
)

const event = `{"clientRequestToken":"t","stackId":"arn:aws:cloudformation:eu-west-1:111122223333:stack/app/7f",
"actionInvocationPoint":"CREATE_PRE_PROVISION","hookTypeName":"Acme::Policy::Hook",
"requestData":{"targetName":"AWS::S3::Bucket","targetType":"RESOURCE","targetLogicalId":"Logs",
"callerCredentials":"{\"accessKeyId\":\"ASIAPLANTED\",\"secretAccessKey\":\"planted-secret\",\"sessionToken\":\"planted-token\"}",
"targetModel":{"resourceProperties":{"BucketName":"planted-name"}}}}`

func run(environ []string, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	c := &Command{Stdout: &out, Stderr: &errs, Environ: environ, Now: time.Now}
	code = c.Main(args)
	return code, out.String(), errs.String()
}

// TestExecutableMode answers the event in the argument between the markers, and
// logs elsewhere.
func TestExecutableMode(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := run(nil, event)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	text, ok := strings.CutPrefix(stdout, hook.ResponseStart+"\n")
	text, ok2 := strings.CutSuffix(text, "\n"+hook.ResponseEnd+"\n")
	var r hook.Response
	if err := json.Unmarshal([]byte(text), &r); err != nil || !ok || !ok2 {
		t.Fatalf("%v: %s", err, stdout)
	}
	if r.Status != hook.Failed || r.ErrorCode != hook.NonCompliant || r.Token != "t" {
		t.Errorf("%+v", r)
	}
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	for _, line := range lines {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
	if len(lines) < 2 || !strings.Contains(lines[0], `"msg":"decision"`) || !strings.Contains(lines[1], `"_aws"`) {
		t.Errorf("log: %s", stderr)
	}
	if strings.Contains(stdout+stderr, "planted-s") || strings.Contains(stdout+stderr, "planted-t") || strings.Contains(stderr, "planted") {
		t.Errorf("secrets: %s%s", stdout, stderr)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"a", "b"}} {
		if code, stdout, stderr := run(nil, args...); code != 64 || stdout != "" || !strings.HasPrefix(stderr, "usage: ") {
			t.Errorf("%v: %d %s%s", args, code, stdout, stderr)
		}
	}
}

// TestRefusedConfiguration answers calls in spite of it, with FAILED.
func TestRefusedConfiguration(t *testing.T) {
	t.Parallel()
	code, stdout, _ := run([]string{"GUARDHOOK_POLCY=embedded"}, event)
	if code != 0 || !strings.Contains(stdout, `"errorCode":"InvalidTypeConfiguration"`) || !strings.Contains(stdout, "GUARDHOOK_POLCY") {
		t.Errorf("%d: %s", code, stdout)
	}
}
