package main

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsxns3ap/guardhook/internal/cli"
	"github.com/fsxns3ap/guardhook/internal/policyset"
	"github.com/fsxns3ap/guardhook/rules"
)

// watchEvery is how often files are looked at. Modification times are polled:
// that works on every file system, and needs no limits of the kernel raised.
const watchEvery = 500 * time.Millisecond

// clearScreen empties a terminal and what can be scrolled back to.
const clearScreen = "\x1b[H\x1b[2J\x1b[3J"

// watch judges templates now, and whenever something that the report depends on
// has changed, until ctx ends. The exit code is that of the last report.
func (c *Command) watch(ctx context.Context, g *grammar) (int, error) {
	code := exitUnjudged
	for {
		// Before it is read, so that no later change is overlooked.
		before := c.watched(g)
		if c.StdoutTerminal {
			fmt.Fprint(c.Stdout, clearScreen)
		}
		now, err := c.check(ctx, g)
		switch {
		case ctx.Err() != nil:
			return code, nil
		case cli.IsUsage(err):
			return 0, err
		case err != nil:
			c.program().Complain(err)
			now = exitUnjudged
		}
		code = now
		for _, name := range c.nested {
			if _, known := before[name]; !known {
				before[name] = stampOf(name)
			}
		}
		fmt.Fprintf(c.Stderr, "validate: watching %d files; an interrupt ends it\n", len(before))
		for maps.Equal(before, c.watched(g)) {
			if c.pause(ctx, watchEvery) != nil {
				return code, nil
			}
		}
	}
}

// pause waits. The error is that of ctx.
func (c *Command) pause(ctx context.Context, d time.Duration) error {
	if c.Pause != nil {
		return c.Pause(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// stamp changes when a file does; it is zero for a file that is not there.
type stamp struct {
	modified int64 // nanoseconds
	size     int64
}

func stampOf(name string) stamp {
	stat, err := os.Stat(name)
	if err != nil {
		return stamp{}
	}
	return stamp{stat.ModTime().UnixNano(), stat.Size()}
}

// watched stamps every file that a report depends on, and none that is a report.
func (c *Command) watched(g *grammar) map[string]stamp {
	out := map[string]stamp{}
	add := func(name string) {
		if !slices.ContainsFunc(g.Check.Output, func(spec string) bool {
			_, file, _ := strings.Cut(spec, "=")
			return file != "" && sameFile(file, name)
		}) {
			out[name] = stampOf(name)
		}
	}
	for _, name := range c.nested {
		add(name)
	}
	for _, in := range inputs(g.Check.Paths) {
		add(in.path)
	}
	for _, name := range slices.Concat(g.ParameterFile, []string{g.Check.Baseline}) {
		if name != "" {
			add(name)
		}
	}
	add(cmp.Or(g.Config, rules.ConfigFile))
	policy, _, err := policyset.Locate(policyset.Source{Policy: g.Policy, Config: g.Config})
	if err != nil {
		policy = g.Policy
	}
	if policy != "" && policy != policyset.Embedded {
		_ = filepath.WalkDir(policy, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.IsDir() {
				add(name)
			}
			return nil
		})
	}
	return out
}
