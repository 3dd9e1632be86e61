// Program validate judges CloudFormation templates by a policy set, in every
// deployment that is possible. "validate --help" is its manual.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/term"
)

func main() { os.Exit(run()) }

func run() int {
	deferCollection()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// What waits for input does not see that the context ended: a second interrupt
	// ends the program.
	context.AfterFunc(ctx, stop)
	c := &Command{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Env: os.Getenv, Now: time.Now,
		StdoutTerminal: term.IsTerminal(int(os.Stdout.Fd())), StderrTerminal: term.IsTerminal(int(os.Stderr.Fd())),
	}
	return c.Main(ctx, os.Args[1:])
}

// deferCollection puts off the first garbage collection until the heap has some
// 60 MiB, which most runs never reach, and collects more often from then on.
func deferCollection() {
	debug.SetGCPercent(1500)
	sentinel := new([16]byte)
	runtime.SetFinalizer(sentinel, func(*[16]byte) { debug.SetGCPercent(400) })
}
