package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"
)

// Surroundings are what a program has around it. Every field but the last must be
// set.
type Surroundings struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Environ        []string // as os.Environ
	Now            func() time.Time
	// StdoutTerminal tells whether a person looks.
	StdoutTerminal bool
}

// Env returns an environment variable, or "".
func (s *Surroundings) Env(name string) string {
	for _, entry := range slices.Backward(s.Environ) {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// Colour tells whether standard output is to have colours (https://no-color.org).
func (s *Surroundings) Colour() bool {
	return s.StdoutTerminal && s.Env("NO_COLOR") == "" && s.Env("TERM") != "dumb"
}

// Main runs a program in the surroundings of the process, until it returns its exit
// code. An interrupt ends the context.
func Main(run func(ctx context.Context, s Surroundings, args []string) int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, Surroundings{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ(), Now: time.Now,
		StdoutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
	}, os.Args[1:])
	stop()
	os.Exit(code)
}
