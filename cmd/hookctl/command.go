package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// The exit codes. docs/exit-codes.md explains them.
const (
	exitClean = 0
	// exitFindings is for what is not as it should be: a refusal, drift, a difference.
	exitFindings = 1
	exitFailed   = 2
	exitUsage    = 64
)

// Command is the program. Every field but the last must be set.
type Command struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Environ        []string
	Now            func() time.Time
	// StdoutTerminal tells whether a person looks.
	StdoutTerminal bool
}

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

// usageError is a command line that makes no sense.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Main runs the program and returns its exit code.
func (c *Command) Main(ctx context.Context, args []string) int {
	code, err := c.dispatch(ctx, args)
	var usage usageError
	switch {
	case errors.As(err, &usage):
		c.complain(err)
		_, _ = fmt.Fprintln(c.Stderr, `Run "hookctl --help" for usage.`)
		return exitUsage
	case err != nil:
		c.complain(err)
		return exitFailed
	}
	return code
}

// complain writes an error, which may have several lines.
func (c *Command) complain(err error) {
	for line := range strings.Lines(err.Error()) {
		_, _ = fmt.Fprintf(c.Stderr, "hookctl: %s\n", strings.TrimRight(line, "\n"))
	}
}

func (c *Command) dispatch(ctx context.Context, args []string) (int, error) {
	before := args
	if i := slices.Index(args, "--"); i >= 0 {
		before = args[:i]
	}
	if len(args) == 0 || slices.Contains(before, "--help") || slices.Contains(before, "-h") {
		_, err := io.WriteString(c.Stdout, help)
		return exitClean, err
	}
	var g grammar
	parser, err := kong.New(&g, kong.Name("hookctl"), kong.NoDefaultHelp(), kong.Writers(c.Stdout, c.Stderr))
	if err != nil {
		return 0, err
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return 0, usageError{err}
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

// env returns an environment variable, or "".
func (c *Command) env(name string) string {
	for _, entry := range slices.Backward(c.Environ) {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}
