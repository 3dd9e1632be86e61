package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
)

// TestMain makes the test binary be a bootstrap, whose handler says what it does.
func TestMain(m *testing.M) {
	switch os.Getenv("_HANDLER") {
	case "":
		os.Exit(m.Run())
	case "refuses":
		if os.Getenv("BUCKET") == "bucket" && os.Getenv("TOPIC") == "arn:aws:sns:eu-west-1:123456789012:topic" && os.Getenv("MODE") == "on" {
			lambda.Start(func(context.Context, map[string]string) error { return nil })
		}
	case "answers":
		lambda.Start(func(context.Context) (string, error) { return "", nil })
	case "settings":
		lambda.Start(func(context.Context) error {
			return messages.InvokeResponse_Error{Type: "Configuration", Message: "BUCKET is missing"}
		})
	}
	_, _ = io.WriteString(os.Stderr, "no handler\n")
	os.Exit(1)
}

const flow = `
Parameters:
  On: {Type: String, Default: "false", AllowedValues: ["true", "false"]}
  Mode: {Type: String, Default: "on"}
Conditions:
  On: !Equals [!Ref On, "true"]
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Topic: {Type: AWS::SNS::Topic}
  Function:
    Type: AWS::Lambda::Function
    Condition: "On"
    Properties:
      Runtime: provided.al2023
      Handler: HANDLER
      Environment: {Variables: {BUCKET: !Ref Bucket, TOPIC: !Ref Topic, MODE: !Ref Mode}}
  Other: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.13, Handler: index.handler}}
`

// place makes a checkout with a use case, whose function has a handler.
func place(t *testing.T, name, handler string, archive int64) (root, dir string) {
	t.Helper()
	root = t.TempDir()
	dir = filepath.Join(root, "dist")
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(
		os.MkdirAll(filepath.Join(root, "templates", "usecases"), 0o755), os.MkdirAll(filepath.Join(root, "templates", "shared"), 0o755),
		os.MkdirAll(filepath.Join(dir, "host"), 0o755), os.Symlink(path, filepath.Join(dir, "host", name)),
		os.WriteFile(filepath.Join(dir, name+"-arm64.zip"), nil, 0o600), os.Truncate(filepath.Join(dir, name+"-arm64.zip"), archive),
	)
	for _, file := range []string{"usecases/two-words.yaml", "shared/one.yaml"} {
		err = errors.Join(err, os.WriteFile(filepath.Join(root, "templates", file), []byte(strings.Replace(flow, "HANDLER", handler, 1)), 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	return root, dir
}

func TestRun(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"twowords", "shared"} {
		root, dir := place(t, name, "refuses", 3<<20)
		var out bytes.Buffer
		if code := command([]string{root, dir}, 3, &out, &out); code != 0 {
			t.Fatal(out.String())
		}
		lines := strings.Split(out.String(), "\n")
		if fields := strings.Fields(lines[1]); len(lines) != 3 || fields[0] != name || fields[1] != "1" || fields[2] != "3" || !strings.Contains(lines[1], "3.0 MiB") {
			t.Errorf("%s\n%q", out.String(), fields)
		}
	}
}

func TestRunFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, handler string
		archive       int64
		want          string
	}{
		{"twowords", "refuses", maxArchive + 1, "twowords: its archive has 12582913 bytes, want at most 12582912"},
		{"twowords", "answers", 1, "twowords: answers: it does not refuse the event: no error"},
		{"twowords", "settings", 1, "twowords: settings: it does not refuse the event: Configuration BUCKET is missing"},
		{"nothing", "refuses", 1, "nothing: no template has its functions"},
	} {
		root, dir := place(t, c.name, c.handler, c.archive)
		var out bytes.Buffer
		if code := command([]string{root, dir}, 1, &out, &out); code != 1 || !strings.Contains(out.String(), "coldstart: "+c.want) {
			t.Errorf("%d: %s, want %s", code, out.String(), c.want)
		}
	}
	root, dir := place(t, "twowords", "refuses", 1)
	if err := os.Remove(filepath.Join(dir, "twowords-arm64.zip")); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, c := range []struct {
		args []string
		code int
		want string
	}{{[]string{root, dir}, 1, "no such file"}, {[]string{root, root}, 1, "there is no bootstrap"}, {nil, 64, "usage: "}} {
		if code := command(c.args, 1, &out, &out); code != c.code || !strings.Contains(out.String(), c.want) {
			t.Errorf("%v: %d: %s", c.args, code, out.String())
		}
	}
	slow := &program{name: "one", slowest: "two", worst: 101 * time.Millisecond}
	if err := errors.Join(slow.over()...); err == nil || err.Error() != "one: two starts in 101ms, want at most 100ms" {
		t.Error(err)
	}
}
