package main

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/fsxns3ap/guardhook/internal/awstest"
	"github.com/fsxns3ap/guardhook/internal/cli"
	"github.com/fsxns3ap/guardhook/internal/scripttest"
)

var update = flag.Bool("update", false, "write expected outputs")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"fsxn": func() {
			c := &Command{cli.Surroundings{
				Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ(), Now: time.Now,
				StdoutTerminal: os.Getenv("TERMINAL") == "yes",
			}}
			os.Exit(c.Main(context.Background(), os.Args[1:]))
		},
	})
}

// TestScripts runs testdata/script, at the root of the module. The variable TERMINAL
// makes standard output one.
func TestScripts(t *testing.T) {
	t.Parallel()
	root, err := awstest.Root()
	if err != nil {
		t.Fatal(err)
	}
	// Programs are built from the caches of the user.
	caches, err := exec.CommandContext(t.Context(), "go", "env", "GOCACHE", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	cache, modules, _ := strings.Cut(strings.TrimSpace(string(caches)), "\n")
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GOCACHE", cache)
			env.Setenv("GOMODCACHE", modules)
			env.Setenv("WORK", env.WorkDir)
			env.Cd = root
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": scripttest.Exits("fsxn")},
	})
}
