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

// The exit codes. help.txt explains them.
const (
	exitClean = 0
	// exitFindings is for a function or an execution that has failed, and for a
	// stack in which no function has SnapStart.
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
		_, _ = fmt.Fprintln(c.Stderr, `Run "fsxn --help" for usage.`)
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
		_, _ = fmt.Fprintf(c.Stderr, "fsxn: %s\n", strings.TrimRight(line, "\n"))
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
	parser, err := kong.New(&g, kong.Name("fsxn"), kong.NoDefaultHelp(), kong.Writers(c.Stdout, c.Stderr))
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
	name, _, _ = strings.Cut(name, " [")
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

// env returns an environment variable, or "".
func (c *Command) env(name string) string {
	for _, entry := range slices.Backward(c.Environ) {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
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
	if !c.StdoutTerminal || c.env("NO_COLOR") != "" || c.env("TERM") == "dumb" || text == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}
