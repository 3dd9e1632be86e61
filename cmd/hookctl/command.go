package main

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/fsxns3ap/guardhook/internal/cli"
)

// The exit codes, as in cli.
const (
	exitClean    = cli.Clean
	exitFindings = cli.Findings
	exitFailed   = cli.Failed
	exitUsage    = cli.Usage
)

// Command is the program.
type Command struct{ cli.Surroundings }

// grammar is the command line, as kong reads it. help.txt describes it.
type grammar struct {
	Package  packageArgs  `cmd:""`
	Emulate  emulateArgs  `cmd:""`
	Replay   replayArgs   `cmd:""`
	Deploy   deployArgs   `cmd:""`
	Remove   removeArgs   `cmd:""`
	Register registerArgs `cmd:""`
	Mode     modeArgs     `cmd:""`
	Status   statusArgs   `cmd:""`
	Results  resultsArgs  `cmd:""`
	Rules    rulesArgs    `cmd:""`
	Rollout  rolloutArgs  `cmd:""`

	DryRun  bool   `help:"Print the calls, and make none."`
	Region  string `placeholder:"REGION"`
	Profile string `placeholder:"NAME"`
}

//go:embed help.txt
var help string

// usagef returns an error of the command line.
func usagef(format string, args ...any) error { return cli.Usagef(format, args...) }

// Main runs the program and returns its exit code.
func (c *Command) Main(ctx context.Context, args []string) int {
	p := &cli.Program{Name: "hookctl", Help: help, Stdout: c.Stdout, Stderr: c.Stderr}
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
func (c *Command) run(ctx context.Context, g *grammar, name string) (int, error) {
	name, _, _ = strings.Cut(name, " <")
	switch name {
	case "package":
		return c.packageHook(ctx, g)
	case "emulate":
		return c.emulate(ctx, g)
	case "replay":
		return c.replay(ctx, g)
	case "deploy":
		return c.deploy(ctx, g)
	case "remove":
		return c.remove(ctx, g)
	case "register":
		return c.register(ctx, g)
	case "mode":
		return c.mode(ctx, g)
	case "status":
		return c.status(ctx, g)
	case "results":
		return c.results(ctx, g)
	case "rules push":
		return c.pushRules(ctx, g)
	case "rollout":
		return c.rollout(ctx, g)
	}
	return 0, fmt.Errorf("unreachable: command %q", name)
}
