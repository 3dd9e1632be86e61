package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/fsxns3ap/guardhook/rules"
)

// The exit codes. docs/exit-codes.md explains them.
const (
	exitClean    = 0
	exitFindings = 1
	exitUnjudged = 2
	exitUsage    = 64
)

// Command is the program. Every field but the three last must be set.
type Command struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Env            func(string) string
	Now            func() time.Time
	// StdoutTerminal and StderrTerminal tell whether a person looks.
	StdoutTerminal, StderrTerminal bool
	// Pause waits between two looks at watched files, and returns the error of
	// the context once that ends. Nil waits by the clock.
	Pause func(context.Context, time.Duration) error
}

// grammar is the command line, as kong reads it. help.txt describes it.
type grammar struct {
	Check   checkArgs   `cmd:"" default:"withargs"`
	Rules   rulesArgs   `cmd:""`
	Resolve resolveArgs `cmd:""`
	Explain explainArgs `cmd:""`
	Guard   guardArgs   `cmd:""`
	Test    testArgs    `cmd:""`

	Completion completionArgs `cmd:""`

	Policy        string   `placeholder:"SET"`
	Config        string   `placeholder:"FILE"`
	Profile       string   `placeholder:"NAME"`
	Parameters    []string `sep:"none" placeholder:"KEY=VALUE"`
	ParameterFile []string `sep:"none" placeholder:"FILE"`
	Color         string   `enum:"auto,always,never" default:"auto"`
	Version       bool
}

type checkArgs struct {
	Paths     []string `arg:"" name:"path"`
	Format    string
	Output    []string `sep:"none" placeholder:"FORMAT[=FILE]"`
	Severity  string   `default:"informational"`
	FailLevel string   `default:"block"`
	Jobs      int      `default:"0"`
	Quiet     bool     `short:"q"`

	GuardInput string `default:"template"`

	adoptArgs `embed:""`
}

type rulesArgs struct {
	List struct {
		JSON bool   `name:"json"`
		Docs string `placeholder:"DIR"`
	} `cmd:"" default:"withargs"`
	Show struct {
		ID   string `arg:"" name:"id"`
		JSON bool   `name:"json"`
	} `cmd:""`
}

type resolveArgs struct {
	File     string `arg:"" name:"file"`
	Resource string
	Format   string `default:"yaml"`
}

type explainArgs struct {
	File     string `arg:"" name:"file"`
	Resource string `arg:"" name:"resource"`
	Rule     string `arg:"" name:"rule"`
}

//go:embed help.txt
var help string

// usageError is a command line that makes no sense.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Main runs the program and returns its exit code. It ends early, with the code
// for what could not be judged, when ctx does.
func (c *Command) Main(ctx context.Context, args []string) int {
	code, err := c.dispatch(ctx, args)
	var usage usageError
	switch {
	case errors.As(err, &usage):
		c.complain(err)
		fmt.Fprintln(c.Stderr, `Run "validate --help" for usage.`)
		return exitUsage
	case err != nil:
		c.complain(err)
		return exitUnjudged
	}
	return code
}

// complain writes an error, which may have several lines.
func (c *Command) complain(err error) {
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(c.Stderr, "validate: %s\n", strings.TrimRight(line, "\n"))
	}
}

func (c *Command) dispatch(ctx context.Context, args []string) (int, error) {
	if wantsHelp(args) {
		_, err := io.WriteString(c.Stdout, help)
		return exitClean, err
	}
	var g grammar
	if slices.Contains(beforeDashes(args), "--version") {
		return exitClean, c.version()
	}
	parser, err := kong.New(&g, kong.Name("validate"), kong.NoDefaultHelp(), kong.Writers(c.Stdout, c.Stderr))
	if err != nil {
		return 0, err
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return 0, usageError{err}
	}
	switch parsed.Command() {
	case "test", "test <dir>":
		return c.testPolicy(ctx, &g)
	case "rules list":
		if g.Rules.List.Docs != "" {
			return c.documentRules(ctx, &g)
		}
		return c.listRules(&g)
	case "rules show <id>":
		return c.showRule(&g)
	case "resolve <file>":
		return c.resolve(&g)
	case "explain <file> <resource> <rule>":
		return c.explain(ctx, &g)
	case "guard fmt", "guard fmt <file>":
		return c.formatGuard(&g.Guard.Fmt)
	case "guard test <path>":
		return c.testGuard(ctx, &g.Guard.Test)
	case "guard to-rego <file>":
		return c.guardToRego(&g.Guard.ToRego)
	case "completion <shell>":
		return c.completion(parser.Model.Node, g.Completion.Shell)
	}
	if g.Check.Watch {
		return c.watch(ctx, &g)
	}
	return c.check(ctx, &g)
}

func beforeDashes(args []string) []string {
	if i := slices.Index(args, "--"); i >= 0 {
		return args[:i]
	}
	return args
}

func wantsHelp(args []string) bool {
	args = beforeDashes(args)
	return slices.Contains(args, "--help") || slices.Contains(args, "-h")
}

// programVersion is the version of the module that the program was built from.
func programVersion() string {
	if build, ok := debug.ReadBuildInfo(); ok {
		return build.Main.Version
	}
	return "unknown"
}

func (c *Command) version() error {
	set, err := rules.Embedded(rules.Options{})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.Stdout, "guardhook %s, %s %s/%s\nbuilt-in policy set: %d rules, %s\n",
		programVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH, len(set.Rules()), set.Digest())
	return err
}

// color tells whether to colour standard output. A flag is stronger than the
// environment (https://no-color.org).
func (c *Command) color(when string) bool {
	switch when {
	case "always":
		return true
	case "never":
		return false
	}
	return c.StdoutTerminal && c.Env("NO_COLOR") == "" && c.Env("TERM") != "dumb"
}
