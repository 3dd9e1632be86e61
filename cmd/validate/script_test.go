package main

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/fsxns3ap/guardhook/internal/scripttest"
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
			// The example of docs/writing-rules.md, with its tests.
			if err := os.CopyFS(filepath.Join(env.WorkDir, "acme"), os.DirFS("testdata/acme")); err != nil {
				return err
			}
			return os.CopyFS(filepath.Join(env.WorkDir, "policy"), os.DirFS(policy))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": scripttest.Exits("validate")},
	})
}
