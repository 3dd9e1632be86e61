package main

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/fsxns3ap/guardhook/internal/cli"
	"github.com/fsxns3ap/guardhook/internal/scripttest"
)

var update = flag.Bool("update", false, "write expected outputs")

// today is the day on which all scripts run.
func today() time.Time { return time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC) }

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"hookctl": func() {
			c := &Command{cli.Surroundings{
				Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ(), Now: today,
				StdoutTerminal: os.Getenv("TERMINAL") == "yes",
			}}
			os.Exit(c.Main(context.Background(), os.Args[1:]))
		},
	})
}

// TestScripts runs testdata/script. The folder policy has a small policy set,
// templates has the bundled templates; the variable TERMINAL makes standard
// output one.
func TestScripts(t *testing.T) {
	t.Parallel()
	folders := map[string]string{"policy": "testdata/policy", "templates": "../../testdata/templates"}
	for name, dir := range folders {
		abs, err := filepath.Abs(dir)
		if err != nil {
			t.Fatal(err)
		}
		folders[name] = abs
	}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			for name, dir := range folders {
				if err := os.CopyFS(filepath.Join(env.WorkDir, name), os.DirFS(dir)); err != nil {
					return err
				}
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": scripttest.Exits("hookctl")},
	})
}
