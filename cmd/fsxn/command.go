package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/internal/cli"
)

// The exit codes, as in cli.
const (
	exitClean    = cli.Clean
	exitFindings = cli.Findings
)

// Command is the program.
type Command struct{ cli.Surroundings }

// grammar is the command line, as kong reads it. help.txt describes it.
type grammar struct {
	List   struct{}   `cmd:""`
	Invoke invokeArgs `cmd:""`
	Test   testArgs   `cmd:""`
	Run    runArgs    `cmd:""`

	Deploy    deployArgs    `cmd:""`
	Delete    deleteArgs    `cmd:""`
	SnapStart snapStartArgs `cmd:"" name:"snapstart"`
}

//go:embed help.txt
var help string

// usagef returns an error of the command line.
func usagef(format string, args ...any) error { return cli.Usagef(format, args...) }

// Main runs the program and returns its exit code.
func (c *Command) Main(ctx context.Context, args []string) int {
	p := &cli.Program{Name: "fsxn", Help: help, Stdout: c.Stdout, Stderr: c.Stderr}
	return p.Exit(c.dispatch(ctx, p, args))
}

func (c *Command) dispatch(ctx context.Context, p *cli.Program, args []string) (int, error) {
	if len(args) == 0 || cli.Asks(args, "--help", "-h") {
		return p.Manual()
	}
	var g grammar
	parsed, err := p.Parse(&g, args)
	if err != nil {
		return 0, err
	}
	return c.run(ctx, &g, parsed.Command())
}

// run runs the command that was parsed, by the name that kong gives it.
func (c *Command) run(ctx context.Context, g *grammar, name string) (code int, err error) {
	name, _, _ = strings.Cut(name, " <")
	name, _, _ = strings.Cut(name, " [")
	if slices.Contains([]string{"invoke", "test", "run"}, name) {
		defer func() {
			if err != nil && ctx.Err() != nil {
				code, err = 0, errors.New("interrupted")
			}
		}()
	}
	switch name {
	case "list":
		return c.list()
	case "invoke":
		return c.invoke(ctx, &g.Invoke)
	case "test":
		return c.test(ctx, &g.Test)
	case "run":
		return c.runWorkflow(ctx, &g.Run)
	case "deploy":
		return c.deploy(ctx, &g.Deploy)
	case "delete":
		return c.delete(ctx, &g.Delete)
	case "snapstart enable":
		return c.snapStart(ctx, &g.SnapStart.Enable)
	}
	return 0, fmt.Errorf("unreachable: command %q", name)
}

// Colours of terminals.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	faint  = "2"
)

// paint colours a text for a person who looks (https://no-color.org).
func (c *Command) paint(colour, text string) string {
	if !c.Colour() || text == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}
