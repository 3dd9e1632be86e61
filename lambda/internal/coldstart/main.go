// Program coldstart measures the programs of the use cases as they are deployed: how
// long a process takes from its start to its first answer, under a Lambda Runtime API
// in this process, its memory, and how large its archive is.
//
// Every function of a template is started with the settings that the template gives
// it, and gets an event that it refuses, so that nothing is called.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fsxns3ap/guardhook/internal/lambdaruntime"
)

// What a program may take. Times are medians: the longest of many starts is that of a
// machine which was busy with something else.
const (
	maxStart   = 100 * time.Millisecond
	maxArchive = 12 << 20
	// starts is how often each function is started.
	starts = 20
)

func main() { os.Exit(command(os.Args[1:], starts, os.Stdout, os.Stderr)) }

// command returns the exit code.
func command(args []string, n int, stdout, stderr io.Writer) int {
	if len(args) != 2 {
		_, _ = fmt.Fprintln(stderr, `usage: coldstart ROOT DIR

ROOT has the templates. DIR has the archives, and in host/ the bootstraps for this machine, by the name of their package.`)
		return 64
	}
	if err := run(context.Background(), args[0], args[1], n, stdout); err != nil {
		for line := range strings.Lines(err.Error()) {
			_, _ = fmt.Fprintf(stderr, "coldstart: %s\n", strings.TrimSuffix(line, "\n"))
		}
		return 1
	}
	return 0
}

// run writes a line for each program. What is over a limit is an error, after the
// table.
func run(ctx context.Context, root, dir string, n int, out io.Writer) error {
	programs, err := filepath.Glob(filepath.Join(dir, "host", "*"))
	if err != nil {
		return err
	}
	if len(programs) == 0 {
		return errors.New("there is no bootstrap: run make lambda-cold")
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "PROGRAM\tFUNCTIONS\tSTARTS\tMEDIAN\t95%\tLONGEST\tMEMORY\tARCHIVE\tSLOWEST FUNCTION\t")
	var wrong []error
	for _, path := range programs {
		p, err := measure(ctx, root, dir, path, n)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", filepath.Base(path), err))
			continue
		}
		_, _ = fmt.Fprintln(w, p.row())
		wrong = append(wrong, p.over()...)
	}
	return errors.Join(append(wrong, w.Flush())...)
}

// program is what was measured of one.
type program struct {
	name, slowest string
	functions     int
	times         []time.Duration // of all functions, the shortest first
	worst         time.Duration   // the median of the slowest function
	peak, archive int64           // bytes
}

func measure(ctx context.Context, root, dir, path string, n int) (*program, error) {
	p := &program{name: filepath.Base(path)}
	archive, err := os.Stat(filepath.Join(dir, p.name+"-arm64.zip"))
	if err != nil {
		return nil, err
	}
	p.archive = archive.Size()
	functions, err := functions(root, p.name)
	if err != nil {
		return nil, err
	}
	p.functions = len(functions)
	for _, f := range functions {
		times := make([]time.Duration, n)
		for i := range times {
			took, peak, err := start(ctx, path, f.environ)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f.handler, err)
			}
			times[i], p.peak = took, max(p.peak, peak)
		}
		slices.Sort(times)
		if median := times[n/2]; median > p.worst {
			p.worst, p.slowest = median, f.handler
		}
		p.times = append(p.times, times...)
	}
	slices.Sort(p.times)
	return p, nil
}

func (p *program) row() string {
	n := len(p.times)
	at := func(i int) string { return fmt.Sprintf("%.1f ms", p.times[i].Seconds()*1000) }
	return fmt.Sprintf("%s\t%d\t%d\t%s\t%s\t%s\t%.1f MiB\t%.1f MiB\t%s\t",
		p.name, p.functions, n, at(n/2), at(n*95/100), at(n-1), float64(p.peak)/(1<<20), float64(p.archive)/(1<<20), p.slowest)
}

// over says which limits are exceeded.
func (p *program) over() []error {
	var out []error
	if p.worst > maxStart {
		out = append(out, fmt.Errorf("%s: %s starts in %v, want at most %v", p.name, p.slowest, p.worst.Round(time.Millisecond), maxStart))
	}
	if p.archive > maxArchive {
		out = append(out, fmt.Errorf("%s: its archive has %d bytes, want at most %d", p.name, p.archive, maxArchive))
	}
	return out
}

// start starts a bootstrap once. Its answer has to be that the event has not the
// right form: a function that refuses its settings was not measured.
func start(ctx context.Context, bootstrap string, environ []string) (took time.Duration, peak int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	api, err := lambdaruntime.New(lambdaruntime.Options{})
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = api.Close() }()
	began := time.Now()
	p, err := api.Start(ctx, bootstrap, environ, nil, nil)
	if err != nil {
		return 0, 0, err
	}
	defer p.Stop()
	answer, err := api.Invoke(ctx, []byte("[]"))
	took = time.Since(began)
	if err != nil {
		return 0, 0, err
	}
	var refused struct{ ErrorType, ErrorMessage string }
	if answer.Fault {
		if err := json.Unmarshal(answer.Body, &refused); err != nil {
			return 0, 0, fmt.Errorf("answer: %w", err)
		}
	}
	if !answer.Fault || refused.ErrorType == "Configuration" {
		return 0, 0, fmt.Errorf("it does not refuse the event: %s %s", cmp.Or(refused.ErrorType, "no error"), refused.ErrorMessage)
	}
	m, err := p.Memory()
	return took, m.Peak, err
}
