package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/report"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// stdinName is what standard input is called in reports.
const stdinName = "stdin"

// check judges templates.
func (c *Command) check(ctx context.Context, g *grammar) (int, error) {
	args := &g.Check
	format, err := report.NewFormat(args.Format, report.Style{Color: c.color(g.Color), Quiet: args.Quiet})
	if err != nil {
		return 0, usagef("--format: %w", err)
	}
	least, ok := rules.ParseSeverity(args.Severity)
	if !ok {
		return 0, usagef("--severity: unknown severity %q (want informational, low, medium, high or critical)", args.Severity)
	}
	fail, ok := rules.ParseLevel(args.FailLevel)
	if !ok || fail == rules.Off {
		return 0, usagef("--fail-level: unknown level %q (want block, warn or advise)", args.FailLevel)
	}
	if args.Jobs < 0 {
		return 0, usagef("--jobs: %d is less than 1", args.Jobs)
	}
	params, err := readParameters(g)
	if err != nil {
		return 0, err
	}
	set, source, err := c.load(g)
	if err != nil {
		return 0, err
	}
	r := report.New(set, report.Options{Policy: source, Fail: fail, Least: least, Now: c.Now()})
	j := &job{
		c: c, params: params, report: r, declared: map[string]bool{},
		validator: validate.New(set, validate.Options{Parameters: params.values, Now: c.Now}),
	}
	if err := j.run(ctx, inputs(args.Paths), args.Jobs); err != nil {
		return 0, err
	}
	for _, problem := range params.undeclared(j.declared) {
		r.Fail(problem)
	}
	r.Finish()
	if err := format.Write(c.Stdout, r); err != nil {
		return 0, fmt.Errorf("output: %w", err)
	}
	switch r.Summary.Status {
	case report.Passed:
		return exitClean, nil
	case report.Failed:
		return exitFindings, nil
	}
	return exitUnjudged, nil
}

// job is the work on all files.
type job struct {
	c         *Command
	params    *parameters
	validator *validate.Validator
	report    *report.Report
	declared  map[string]bool // parameters that some template declares
}

// judged is what came of one file: a result, or the reason why there is none.
type judged struct {
	result  *validate.Result
	err     error
	stopped error // ends the run
}

// run judges files, several at a time, and reports them in order.
func (j *job) run(ctx context.Context, files []input, jobs int) error {
	if jobs == 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	jobs = min(jobs, len(files))
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	// A slot is taken before a file is begun and given back when it is
	// reported, so that results do not pile up behind a slow file.
	slots := make(chan struct{}, 4*jobs)
	done := make([]chan judged, len(files))
	for i := range done {
		done[i] = make(chan judged, 1)
	}
	next := make(chan int)
	wg.Go(func() {
		defer close(next)
		for i := range files {
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return
			}
			select {
			case next <- i:
			case <-ctx.Done():
				return
			}
		}
	})
	for range jobs {
		wg.Go(func() {
			for i := range next {
				done[i] <- j.judge(ctx, files[i])
			}
		})
	}
	progress := newProgress(j.c, len(files))
	defer progress.clear()
	for i, in := range files {
		select {
		case out := <-done[i]:
			if out.stopped != nil {
				return out.stopped
			}
			j.record(in, out)
			<-slots
		case <-ctx.Done():
			return fmt.Errorf("stopped: %w", context.Cause(ctx))
		}
		progress.step(i + 1)
	}
	return nil
}

func (in input) name() string {
	if in.path == "-" {
		return stdinName
	}
	return in.path
}

// judge loads and judges one file. A panic is a bug of this program, and must
// not look like a template without findings.
func (j *job) judge(ctx context.Context, in input) (out judged) {
	defer func() {
		if p := recover(); p != nil {
			out = judged{err: fmt.Errorf("internal error: %v", p)}
		}
	}()
	t, err := j.c.read(in, j.params)
	if err != nil {
		return judged{err: err}
	}
	result, err := j.validator.Validate(ctx, t)
	if err != nil {
		return judged{stopped: err}
	}
	return judged{result: result}
}

// read loads the template in a file.
func (c *Command) read(in input, params *parameters) (*template.Template, error) {
	if in.err != nil || in.ignore != "" {
		return nil, in.err
	}
	var src []byte
	var err error
	if in.path == "-" {
		src, err = readAll(c.Stdin)
	} else {
		src, err = readFile(in.path)
	}
	if err != nil {
		return nil, readError(err)
	}
	return template.Load(in.name(), src, template.Options{Parameters: params.values})
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	src, err := readAll(f)
	return src, errors.Join(err, f.Close())
}

// readAll reads what can be a template, and a byte more to have it refused.
func readAll(r io.Reader) ([]byte, error) {
	const bom = 3
	return io.ReadAll(io.LimitReader(r, template.MaxBytes+bom+1))
}

// record puts what came of a file into the report.
func (j *job) record(in input, out judged) {
	switch {
	case in.ignore != "":
		j.report.Ignore(in.name(), in.ignore)
	case errors.Is(out.err, template.ErrNotTemplate) && !in.named:
		reason := out.err.Error()
		var errs template.Errors
		if errors.As(out.err, &errs) {
			reason = errs[0].Message
		}
		j.report.Ignore(in.name(), reason)
	case out.err != nil:
		j.report.Refuse(in.name(), out.err)
	default:
		for _, p := range out.result.Template.Parameters {
			j.declared[p.Name] = true
		}
		j.report.Add(out.result, j.params.refusedBy(out.result.Template)...)
	}
}

// progress is a line on a terminal, once a run takes long.
type progress struct {
	c           *Command
	total       int
	begun, last time.Time
	shown       bool
}

const (
	progressAfter = time.Second
	progressEvery = 100 * time.Millisecond
)

func newProgress(c *Command, total int) *progress {
	p := &progress{c: c, total: total}
	if c.StderrTerminal {
		p.begun = c.Now()
	}
	return p
}

func (p *progress) step(n int) {
	if !p.c.StderrTerminal {
		return
	}
	now := p.c.Now()
	if now.Sub(p.begun) < progressAfter || now.Sub(p.last) < progressEvery {
		return
	}
	p.last, p.shown = now, true
	fmt.Fprintf(p.c.Stderr, "\r\x1b[Kjudged %d of %d files", n, p.total)
}

func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.c.Stderr, "\r\x1b[K")
	}
}
