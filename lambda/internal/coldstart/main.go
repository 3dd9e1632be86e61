// Program coldstart measures how long a bootstrap takes from the start of its
// process to its first answer, under a Lambda Runtime API in this process.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/fsxns3ap/guardhook/internal/lambdaruntime"
)

// starts is how often a bootstrap is started.
const starts = 50

func main() { os.Exit(command(os.Args[1:], starts, os.Stdout, os.Stderr)) }

// command returns the exit code.
func command(args []string, n int, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		_, _ = fmt.Fprintln(stderr, "usage: coldstart BOOTSTRAP [NAME=VALUE...]\n\nThe rest is the environment, with _HANDLER.")
		return 64
	}
	if err := run(context.Background(), args[0], args[1:], n, stdout); err != nil {
		_, _ = fmt.Fprintln(stderr, "coldstart:", err)
		return 1
	}
	return 0
}

// run starts a bootstrap n times and writes the median, the 95th percentile, the
// longest time and the greatest resident set.
func run(ctx context.Context, bootstrap string, env []string, n int, out io.Writer) error {
	times := make([]time.Duration, n)
	peak := int64(0)
	for i := range times {
		took, resident, err := start(ctx, bootstrap, env)
		if err != nil {
			return err
		}
		times[i], peak = took, max(peak, resident)
	}
	slices.Sort(times)
	_, err := fmt.Fprintf(out, "%d starts of %s: median %v, 95%% %v, longest %v, %d KiB\n",
		n, bootstrap, times[n/2], times[n*95/100], times[n-1], peak>>10)
	return err
}

// start starts a bootstrap once. That the event is refused is an answer too.
func start(ctx context.Context, bootstrap string, env []string) (took time.Duration, peak int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	api, err := lambdaruntime.New(lambdaruntime.Options{})
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = api.Close() }()
	began := time.Now()
	p, err := api.Start(ctx, bootstrap, env, nil, nil)
	if err != nil {
		return 0, 0, err
	}
	defer p.Stop()
	if _, err := api.Invoke(ctx, []byte("{}")); err != nil {
		return 0, 0, err
	}
	took = time.Since(began)
	m, err := p.Memory()
	return took, m.Peak, err
}
