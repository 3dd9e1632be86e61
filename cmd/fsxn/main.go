// Program fsxn runs the functions and workflows of the use cases on this machine,
// and deploys them. "fsxn --help" is its manual.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	c := &Command{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ(), Now: time.Now,
		StdoutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
	}
	code := c.Main(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}
