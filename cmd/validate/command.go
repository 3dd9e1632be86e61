package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/fsxns3ap/guardhook/internal/cli"
	"github.com/fsxns3ap/guardhook/rules"
)

// The exit codes, as in cli.
const (
	exitClean    = cli.Clean
	exitFindings = cli.Findings
	exitUnjudged = cli.Failed
	exitUsage    = cli.Usage
)

// Command is the program. Every exported field but the three last must be set.
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

	// nested are the files of nested stacks that the last check judged.
	nested []string
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

// usagef returns an error of the command line.
func usagef(format string, args ...any) error { return cli.Usagef(format, args...) }

func (c *Command) program() *cli.Program {
	return &cli.Program{Name: "validate", Help: help, Stdout: c.Stdout, Stderr: c.Stderr}
}

// Main runs the program and returns its exit code. It ends early, with the code
// for what could not be judged, when ctx does.
func (c *Command) Main(ctx context.Context, args []string) int {
	return c.program().Exit(c.dispatch(ctx, args))
}

func (c *Command) dispatch(ctx context.Context, args []string) (int, error) {
	switch {
	case cli.Asks(args, "--help", "-h"):
		return c.program().Manual()
	case cli.Asks(args, "--version"):
		return exitClean, c.version()
	}
	var g grammar
	parsed, err := c.program().Parse(&g, args)
	if err != nil {
		return 0, err
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
		return c.completion(parsed.Model.Node, g.Completion.Shell)
	}
	if g.Check.Watch {
		return c.watch(ctx, &g)
	}
	return c.check(ctx, &g)
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
