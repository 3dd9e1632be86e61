package main

import (
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write expected outputs")

// today is the day on which all tests run.
func today() time.Time { return time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC) }

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"validate": func() {
			c := &Command{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Env: os.Getenv, Now: today}
			os.Exit(c.Main(context.Background(), os.Args[1:]))
		},
	})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	policy, err := filepath.Abs("testdata/policy")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			// The path of the policy set is in the output.
			env.Setenv("POLICY", "policy")
			return os.CopyFS(filepath.Join(env.WorkDir, "policy"), os.DirFS(policy))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits is the command "exits N ARGS...": validate with these arguments ends with
// exit code N.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: exits N ARGS...")
	}
	err := ts.Exec("validate", args[1:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("validate ended with exit code %d, want %s", got, args[0])
	}
}
