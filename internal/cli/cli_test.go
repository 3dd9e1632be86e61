package cli_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/internal/cli"
)

func TestProgram(t *testing.T) {
	t.Parallel()
	type grammar struct {
		Run struct{ N int } `cmd:""`
	}
	for name, c := range map[string]struct {
		args []string
		err  error
		code int
		said string
	}{
		"parsed":       {args: []string{"run", "--n", "1"}, code: cli.Findings},
		"no command":   {args: []string{"rum"}, code: cli.Usage, said: "p: unexpected argument rum, did you mean \"run\"?\nRun \"p --help\" for usage.\n"},
		"failed":       {args: []string{"run"}, err: errors.New("one\ntwo\n"), code: cli.Failed, said: "p: one\np: two\n"},
		"hostile":      {args: []string{"run"}, err: errors.New("a\x1b[31m\u202eb\r\u009bc"), code: cli.Failed, said: "p: a\uFFFD[31m\uFFFDb\uFFFD\uFFFDc\n"},
		"wrapped":      {args: []string{"run"}, err: fmt.Errorf("a: %w", cli.Usagef("no %s", "b")), code: cli.Usage, said: "p: a: no b\nRun \"p --help\" for usage.\n"},
		"made one":     {args: []string{"run"}, err: cli.AsUsage(errors.New("b")), code: cli.Usage, said: "p: b\nRun \"p --help\" for usage.\n"},
		"no arguments": {args: nil, code: cli.Usage, said: "p: expected \"run\"\nRun \"p --help\" for usage.\n"},
	} {
		var out, said strings.Builder
		p := &cli.Program{Name: "p", Help: "manual\n", Stdout: &out, Stderr: &said}
		var g grammar
		_, err := p.Parse(&g, c.args)
		if err == nil {
			err = c.err
		}
		if code := p.Exit(cli.Findings, err); code != c.code || said.String() != c.said || out.String() != "" {
			t.Errorf("%s: %d %q %q", name, code, said.String(), out.String())
		}
	}
}

func TestManual(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	p := &cli.Program{Name: "p", Help: "manual\n", Stdout: &out}
	if code, err := p.Manual(); code != cli.Clean || err != nil || out.String() != "manual\n" {
		t.Errorf("%d %v %q", code, err, out.String())
	}
	if !cli.Asks([]string{"a", "-h"}, "--help", "-h") || cli.Asks([]string{"a", "--", "-h"}, "-h") || cli.Asks(nil, "-h") {
		t.Error("what is asked for is not understood")
	}
}

func TestEnv(t *testing.T) {
	t.Parallel()
	s := cli.Surroundings{Environ: []string{"A=1", "A=2", "AB=3"}}
	if a, b := s.Env("A"), s.Env("B"); a != "2" || b != "" {
		t.Errorf("%q %q", a, b)
	}
}

func TestColour(t *testing.T) {
	t.Parallel()
	for environ, want := range map[string]bool{"A=1": true, "NO_COLOR=1": false, "NO_COLOR=": true, "TERM=dumb": false} {
		s := cli.Surroundings{Environ: []string{environ}, StdoutTerminal: true}
		if s.Colour() != want {
			t.Errorf("%s: %t", environ, !want)
		}
		if s.StdoutTerminal = false; s.Colour() {
			t.Errorf("%s: a file has colours", environ)
		}
	}
}
