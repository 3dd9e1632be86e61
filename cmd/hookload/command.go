package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fsxns3ap/guardhook/hook"
)

// The exit codes: 1 also means that the load could not be run.
const (
	exitGood  = 0
	exitBad   = 1
	exitUsage = 64
)

// Command is the program. Every field must be set.
type Command struct {
	Stdout, Stderr io.Writer
	// Environ is the environment, in the form of os.Environ. Bootstraps get the
	// settings in it.
	Environ []string
}

// plan is what to run.
type plan struct {
	bootstrap string
	duration  time.Duration
	streams   int
	workers   int
	events    int
	starts    int
	// env are the settings for the bootstraps.
	env []string
}

// runner is a run of a plan.
type runner struct {
	plan
	out     io.Writer
	samples []*sample
	// next numbers events.
	next atomic.Int64
}

// Main runs the program and returns its exit code: 1 if an event got an error,
// a malformed or an unexpected answer, or memory grew.
func (c *Command) Main(ctx context.Context, args []string) int {
	var p plan
	flags := flag.NewFlagSet("hookload", flag.ContinueOnError)
	flags.SetOutput(c.Stderr)
	flags.StringVar(&p.bootstrap, "bootstrap", "", "the program to run, as make bootstrap builds it")
	flags.DurationVar(&p.duration, "duration", time.Minute, "how long the event streams run")
	flags.IntVar(&p.streams, "streams", 200, "event streams at a time")
	flags.IntVar(&p.workers, "workers", 2, "bootstraps that the streams share; Lambda gives each one event at a time")
	flags.IntVar(&p.events, "events", 100_000, "events for one bootstrap, which must not need more memory for them")
	flags.IntVar(&p.starts, "starts", 10, "cold starts")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return exitGood
	case err != nil:
		return exitUsage
	case p.bootstrap == "" || flags.NArg() > 0 || min(p.streams, p.workers, p.events, p.starts) < 1 || p.duration <= 0:
		_, _ = fmt.Fprintln(c.Stderr, "hookload: -bootstrap FILE is needed, numbers are 1 or more, and there are no arguments")
		return exitUsage
	}
	for _, entry := range c.Environ {
		if strings.HasPrefix(entry, hook.EnvPrefix) || strings.HasPrefix(entry, "AWS_") {
			p.env = append(p.env, entry)
		}
	}
	all, err := samples()
	if err == nil {
		_, err = os.Stat(p.bootstrap)
	}
	if err == nil {
		r := &runner{plan: p, out: c.Stdout, samples: all}
		err = r.run(ctx)
	}
	if err != nil {
		_, _ = fmt.Fprintln(c.Stderr, "hookload:", err)
		return exitBad
	}
	return exitGood
}

// run goes through the parts of a plan; what is wrong in one does not keep the
// others from running.
func (r *runner) run(ctx context.Context) error {
	var failures []error
	for _, part := range []func(context.Context) error{r.cold, r.steady, r.pool, r.inProcess} {
		if err := ctx.Err(); err != nil {
			return errors.Join(append(failures, err)...)
		}
		if err := part(ctx); err != nil {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}

// say prints a line: what was measured, and a target where there is one.
func (r *runner) say(format string, args ...any) {
	_, _ = fmt.Fprintf(r.out, format+"\n", args...)
}
