// Program hookload runs the hook's bootstrap under a Lambda Runtime API, and the
// hook's handler in process, for as long and with as many events as it is told,
// and prints how long answers took and how much memory they needed.
package main

import (
	"context"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	c := &Command{Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ()}
	code := c.Main(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}
