package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambda"
)

// runEnv makes the test binary be a bootstrap.
const runEnv = "RUN_BOOTSTRAP"

func TestMain(m *testing.M) {
	if os.Getenv(runEnv) != "" {
		lambda.Start(func(context.Context) (string, error) { return "", nil })
		return
	}
	os.Exit(m.Run())
}

func TestRun(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{os.Args[0], runEnv + "=1"}, 0, "3 starts of "},
		{[]string{filepath.Join(t.TempDir(), "none")}, 1, "coldstart: bootstrap: "},
		{nil, 64, "usage: "},
	} {
		out.Reset()
		if code := command(c.args, 3, &out, &out); code != c.code || !strings.HasPrefix(out.String(), c.want) {
			t.Errorf("%v: %d: %s", c.args, code, out.String())
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ctx, os.Args[0], []string{runEnv + "=1"}, 1, &out); err == nil {
		t.Error("a start after the end")
	}
}
