package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fsxns3ap/guardhook/internal/parameters"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/fix"
	"github.com/fsxns3ap/guardhook/validate/report"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// stdinName is what standard input is called in reports.
const stdinName = "stdin"

// check judges templates.
func (c *Command) check(ctx context.Context, g *grammar) (int, error) {
	args := &g.Check
	outputs, err := c.outputs(g)
	if err != nil {
		return 0, err
	}
	if err := refuseInputs(outputs, g); err != nil {
		return 0, err
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
	guardInput, err := parseGuardInput(args.GuardInput)
	if err != nil {
		return 0, err
	}
	adopt, err := c.adopt(ctx, args, outputs, params, least)
	if err != nil {
		return 0, err
	}
	files := inputs(args.Paths)
	known := newAssemblies(files)
	files, inside := withoutNested(adopt.choose(files, children{known}), children{known}, params, jobs(args.Jobs))
	opts := validate.Options{
		Parameters: params.Values, Now: c.Now, Guard: guardInput, Children: children{known}, Construct: known.construct,
	}
	if err := adopt.compare(ctx, files, set, opts); err != nil {
		return 0, err
	}
	validator := validate.New(set, opts)
	r := report.New(set, report.Options{
		Policy: source, Stack: validator.Stack(), Fail: fail, Least: least, Known: adopt.known, Fix: adopt.suggested, Now: c.Now(), Program: programVersion(),
	})
	r.Adoption = adopt.inForce()
	j := &job{
		c: c, params: params, report: r, declared: map[string]bool{}, nested: map[string]bool{}, validator: validator, adopt: adopt,
	}
	if err := j.run(ctx, files, jobs(args.Jobs)); err != nil {
		return 0, err
	}
	if err := j.run(ctx, j.left(inside), jobs(args.Jobs)); err != nil {
		return 0, err
	}
	if !adopt.partial() {
		for _, problem := range params.Undeclared(j.declared) {
			r.Fail(problem)
		}
	}
	adopt.settle(r)
	r.Finish()
	c.nested = slices.Collect(maps.Keys(j.nested))
	if err := errors.Join(adopt.save(r), c.writeDiff(adopt), c.write(outputs, r, adopt.unchanged)); err != nil {
		return 0, err
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
	params    *parameters.Given
	validator *validate.Validator
	report    *report.Report
	declared  map[string]bool // parameters that some template declares
	nested    map[string]bool // files that were judged as nested stacks
	adopt     *adoption
}

// judged is what came of one file: a template and its result, or the reason why
// there is none.
type judged struct {
	template *template.Template
	result   *validate.Result
	err      error
	fixed    *fixed
	fixes    []fix.Suggestion
	stopped  error // ends the run
}

// batchSize is how many files are in memory at a time. Rules are compiled once
// for all types of a batch.
const batchSize = 64

// jobs is how many files are judged at a time; 0 is one for each processor.
func jobs(n int) int {
	if n == 0 {
		return runtime.GOMAXPROCS(0)
	}
	return n
}

// run judges files, several at a time, and reports them in order.
func (j *job) run(ctx context.Context, files []input, jobs int) error {
	progress := newProgress(j.c, len(files))
	defer progress.clear()
	done := 0
	for batch := range slices.Chunk(files, batchSize) {
		outs := make([]judged, len(batch))
		each(jobs, len(batch), func(i int) { outs[i] = j.load(batch[i]) })
		var templates []*template.Template
		for _, out := range outs {
			if out.template != nil {
				templates = append(templates, out.template)
			}
		}
		if err := j.validator.Prepare(ctx, templates...); err != nil {
			return err
		}
		each(jobs, len(batch), func(i int) {
			j.fix(ctx, batch[i], &outs[i])
			j.judge(ctx, &outs[i])
			j.suggest(ctx, &outs[i])
		})
		for i, out := range outs {
			if out.stopped != nil {
				return out.stopped
			}
			j.record(batch[i], out)
		}
		done += len(batch)
		progress.step(done)
	}
	return nil
}

// each calls f for 0 to n-1, several at a time, and waits.
func each(jobs, n int, f func(int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(jobs, n) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				f(i)
			}
		})
	}
	wg.Wait()
}

func (in input) name() string {
	if in.path == "-" {
		return stdinName
	}
	return in.path
}

// load reads one file.
func (j *job) load(in input) (out judged) {
	defer recovered(&out)
	out.template, out.err = j.c.read(in, j.params)
	return out
}

// judge judges the template of one file.
func (j *job) judge(ctx context.Context, out *judged) {
	if out.template == nil {
		return
	}
	defer recovered(out)
	if out.result, out.stopped = j.validator.Validate(ctx, out.template); out.stopped != nil && ctx.Err() != nil {
		out.stopped = fmt.Errorf("stopped: %w", context.Cause(ctx))
	}
}

// recovered makes a panic, which is a bug of this program, look unlike a
// template without findings.
func recovered(out *judged) {
	if p := recover(); p != nil {
		*out = judged{err: fmt.Errorf("internal error: %v", p)}
	}
}

// read loads the template in a file.
func (c *Command) read(in input, params *parameters.Given) (*template.Template, error) {
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
	return template.Load(in.name(), src, template.Options{Parameters: params.Values})
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
		j.adopt.recordFix(in.name(), out)
		parameters.Declared(j.declared, out.result.Template)
		for _, n := range out.result.Nested {
			j.nested[filepath.Clean(n.Template.File)] = true
		}
		j.report.Add(out.result, refused(j.params, out.result.Template)...)
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
