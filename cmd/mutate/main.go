// Program mutate changes every built-in rule in one place after the other, and
// lists the changes that no test and no fixture notices.
//
//	mutate [-limit PERCENT] [-sample N] DIR [FILE...]
//
// DIR has the rules, <family>/<rule>.rego; FILEs are some of them. The last line
// counts. The exit code is 1 when more than the limit survive, 2 when the rules
// could not be tested.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/fsxns3ap/guardhook/internal/mutate"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Stdout, os.Stderr, os.Args[1:])
	stop()
	os.Exit(code)
}

func run(ctx context.Context, stdout, stderr io.Writer, args []string) int {
	flags := flag.NewFlagSet("mutate", flag.ContinueOnError)
	flags.SetOutput(stderr)
	limit := flags.Float64("limit", 5, "how many percent of the mutants may survive")
	sample := flags.Int("sample", 1, "try every Nth mutant")
	if err := flags.Parse(args); err != nil || flags.NArg() == 0 || *sample < 1 {
		_, _ = fmt.Fprintln(stderr, "usage: mutate [-limit PERCENT] [-sample N] DIR [FILE...]")
		return 2
	}
	c, err := count(ctx, stdout, flags.Arg(0), flags.Args()[1:], *sample)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "mutate:", err)
		return 2
	}
	_, _ = fmt.Fprintln(stdout, c)
	if c.percent() >= *limit {
		return 1
	}
	return 0
}

// counts are how many mutants had each outcome.
type counts [3]int

func (c counts) percent() float64 {
	return 100 * float64(c[mutate.Survived]) / float64(max(1, c[mutate.Killed]+c[mutate.Survived]))
}

// String is the last line of the output.
func (c counts) String() string {
	return fmt.Sprintf("mutation: %d mutants, %d killed, %d survived (%.1f %%), %d more do not compile",
		c[mutate.Killed]+c[mutate.Survived], c[mutate.Killed], c[mutate.Survived], c.percent(), c[mutate.Invalid])
}

// count judges every nth mutant of files, or of all, several at a time.
func count(ctx context.Context, stdout io.Writer, dir string, files []string, nth int) (counts, error) {
	policy, err := mutate.Load(os.DirFS(dir))
	if err != nil {
		return counts{}, err
	}
	var mutants []mutate.Mutant
	for _, file := range policy.Files() {
		if len(files) > 0 && !slices.Contains(files, file) {
			continue
		}
		of, err := policy.Mutants(file)
		if err != nil {
			return counts{}, err
		}
		mutants = append(mutants, of...)
	}
	if len(mutants) == 0 {
		return counts{}, fmt.Errorf("%s: no rules to change", strings.Join(append([]string{dir}, files...), " "))
	}
	var (
		mu        sync.Mutex
		wg        sync.WaitGroup
		total     counts
		first     error
		survivors []string
		next      = make(chan *mutate.Mutant)
	)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for m := range next {
				outcome, err := policy.Judge(ctx, m)
				mu.Lock()
				if err != nil && first == nil {
					first = fmt.Errorf("%s: %w", m, err)
				}
				total[outcome]++
				if outcome == mutate.Survived {
					survivors = append(survivors, m.String())
				}
				mu.Unlock()
			}
		})
	}
	for i := 0; i < len(mutants) && ctx.Err() == nil; i += nth {
		next <- &mutants[i]
	}
	close(next)
	wg.Wait()
	if first == nil {
		first = ctx.Err()
	}
	slices.Sort(survivors)
	for _, s := range survivors {
		_, _ = fmt.Fprintln(stdout, s)
	}
	return total, first
}
