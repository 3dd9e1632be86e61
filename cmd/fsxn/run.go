package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fsxns3ap/guardhook/lambda/local"
)

type runArgs struct {
	UseCase string `arg:"" name:"usecase"`
	Input   string `placeholder:"FILE"`
	Name    string `default:"run-1"`
	Again   bool
	Save    string `placeholder:"DIR"`
	Logs    bool
	JSON    bool `name:"json"`
	stackArgs
}

// ran is what came of an execution.
type ran struct {
	Name     string         `json:"name"`
	Status   string         `json:"status"`
	Error    string         `json:"error,omitempty"`
	Cause    string         `json:"cause,omitempty"`
	Seconds  float64        `json:"seconds"`
	States   []string       `json:"states"`
	Output   map[string]any `json:"output,omitempty"`
	Objects  []local.Object `json:"objects"`
	Contents local.Contents `json:"-"`
}

// runWorkflow runs the state machine of a use case.
func (c *Command) runWorkflow(ctx context.Context, args *runArgs) (int, error) {
	u, err := args.useCase(args.UseCase, false)
	if err != nil {
		return 0, err
	}
	if u.Machine == "" {
		return 0, usagef("%s has no state machine: see fsxn invoke", u.Name)
	}
	var input any
	if args.Input != "" {
		text, err := c.readFile(args.Input)
		if err != nil {
			return 0, err
		}
		if err := isJSON(args.Input, text); err != nil {
			return 0, err
		}
		input = json.RawMessage(text)
	}
	cloud, err := local.Start()
	if err != nil {
		return 0, err
	}
	code := exitClean
	err = guarded(func() error {
		w, err := cloud.New(ctx, u)
		if err != nil {
			return err
		}
		defer w.Close()
		code, err = c.runIn(ctx, w, args, input)
		return err
	})
	return code, err
}

// runIn runs the executions in a stack.
func (c *Command) runIn(ctx context.Context, w *local.World, args *runArgs, input any) (int, error) {
	w.Seed(args.Objects)
	if err := args.throttle(w); err != nil {
		return 0, err
	}
	names := []string{args.Name}
	if args.Again {
		names = append(names, args.Name+"-again")
	}
	code := exitClean
	for _, name := range names {
		r, err := c.execute(ctx, w, args, name, input)
		if err != nil {
			return 0, err
		}
		if args.JSON {
			err = json.NewEncoder(c.Stdout).Encode(r)
		} else {
			err = c.tellRan(r)
		}
		if err != nil {
			return 0, err
		}
		if r.Status != "SUCCEEDED" {
			code = exitFindings
		}
		if err := save(w, r.Objects, args.Save); err != nil {
			return 0, err
		}
	}
	if args.Logs {
		if err := c.tellLogs(w); err != nil {
			return 0, err
		}
	}
	return code, args.refused(w)
}

// execute runs one execution, and writes each step as it happens.
func (c *Command) execute(ctx context.Context, w *local.World, args *runArgs, name string, input any) (ran, error) {
	before := w.Contents()
	out := io.Writer(c.Stdout)
	if args.JSON {
		out = io.Discard
	}
	p := &progress{command: c, out: out, begin: c.Now(), now: c.Now}
	if _, err := fmt.Fprintf(out, "%s, execution %s\n", args.UseCase, name); err != nil {
		return ran{}, err
	}
	e, err := w.Run(ctx, name, input, p.see)
	p.end(e)
	if err != nil {
		return ran{}, err
	}
	after := w.Contents()
	for name, had := range before.Messages { // those before were of another execution
		after.Messages[name] = after.Messages[name][len(had):]
	}
	r := ran{
		Name: name, Status: e.Status, Error: e.Error, Cause: e.Cause, Seconds: p.elapsed().Seconds(), States: e.States, Output: e.Output,
		Contents: after, Objects: []local.Object{},
	}
	had := map[local.Object]bool{}
	for _, o := range before.Objects {
		had[o] = true
	}
	for _, o := range after.Objects {
		if !had[o] {
			r.Objects = append(r.Objects, o)
		}
	}
	return r, p.err
}

// progress writes a line for each state that was left. A person also sees those
// that are running.
type progress struct {
	command *Command
	out     io.Writer
	begin   time.Time
	now     func() time.Time
	open    []visit
	shown   bool // a line is there that is not kept
	err     error
}

// visit is a state that was entered.
type visit struct {
	index          int
	label, entered string
	since          time.Duration
}

func (p *progress) elapsed() time.Duration { return p.now().Sub(p.begin) }

// see is called for each step.
func (p *progress) see(s local.Step) {
	if s.State == "" {
		return
	}
	at := p.elapsed()
	entered := strings.HasSuffix(s.Type, "StateEntered")
	i := slices.IndexFunc(p.open, func(v visit) bool { return v.index == s.Index })
	switch {
	case entered:
		label := s.State
		if s.Visit.Item >= 0 {
			label += fmt.Sprintf(" %d", s.Visit.Item)
		}
		p.open = append(p.open, visit{s.Index, label, s.Type, at})
	case strings.HasSuffix(s.Type, "StateExited") && i >= 0:
		v := p.open[i]
		p.open = slices.Delete(p.open, i, i+1)
		p.line(at, v, s.Visit, s.Type)
	}
	p.running()
}

// end writes the states that nobody left: those in which the execution has failed,
// and the one that said so.
func (p *progress) end(e local.Execution) {
	for _, v := range p.open {
		p.line(p.elapsed(), v, e.Visits[v.index], v.entered)
	}
	p.open = nil
	p.running()
}

// quick are states that do nothing that takes time.
var quick = []string{"PassStateExited", "ChoiceStateExited", "SucceedStateExited", "FailStateEntered"}

// line writes a state: when and how long, what went wrong. kind is the event that
// ended it.
func (p *progress) line(at time.Duration, v visit, saw local.Visit, kind string) {
	c := p.command
	text := fmt.Sprintf("%8.3fs  %-30s", at.Seconds(), v.label)
	if slices.Contains(quick, kind) && len(saw.Failures) == 0 {
		p.write(c.paint(faint, strings.TrimRight(text, " ")) + "\n")
		return
	}
	text += fmt.Sprintf(" %8.3fs", (at - v.since).Seconds())
	n := len(saw.Failures)
	switch {
	case n > 0 && saw.Pauses[n-1] > 0:
		text += "  " + c.paint(yellow, failures(saw))
	case n > 0:
		text += "  " + c.paint(red, failures(saw))
	case kind == v.entered:
		text += "  " + c.paint(red, "not finished")
	}
	p.write(text + "\n")
}

// failures says what went wrong in a state, and when it was tried again.
func failures(v local.Visit) string {
	var out []string
	for i := 0; i < len(v.Failures); {
		end := i
		var pauses []string
		for ; end < len(v.Failures) && v.Failures[end] == v.Failures[i]; end++ {
			if pause := v.Pauses[end]; pause > 0 {
				pauses = append(pauses, fmt.Sprintf("%.1f", pause))
			}
		}
		text := "failed: " + v.Failures[i]
		if end-i > 1 {
			text = fmt.Sprintf("failed %d times: %s", end-i, v.Failures[i])
		}
		if len(pauses) > 0 {
			text += ", again after " + strings.Join(pauses, ", ") + " s"
		}
		out = append(out, text)
		i = end
	}
	return strings.Join(out, "; ")
}

// running shows what is going on, on a line that the next one overwrites.
func (p *progress) running() {
	if !p.command.StdoutTerminal || p.command.Env("TERM") == "dumb" {
		return
	}
	const most = 3
	var labels []string
	for _, v := range p.open {
		labels = append(labels, v.label)
	}
	if len(labels) > most {
		labels = append(labels[:most], fmt.Sprintf("%d more", len(labels)-most))
	}
	if len(labels) > 0 {
		p.write("           " + p.command.paint(faint, strings.Join(labels, ", ")+" ..."))
		p.shown = true
	}
}

func (p *progress) write(text string) {
	if p.shown {
		text, p.shown = "\r\x1b[2K"+text, false
	}
	if _, err := io.WriteString(p.out, text); err != nil {
		p.err = err
	}
}

// tellRan writes how an execution ended, and what there is now.
func (c *Command) tellRan(r ran) error {
	var b strings.Builder
	if r.Status == "SUCCEEDED" {
		fmt.Fprintf(&b, "%s after %.3f s, %d states\n", c.paint(green, r.Status), r.Seconds, len(r.States))
	} else {
		fmt.Fprintf(&b, "%s after %.3f s: %s: %s\n", c.paint(red, r.Status), r.Seconds, r.Error, cause(r.Cause))
	}
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	section(w, "objects written", len(r.Objects), func(i int) string {
		o := r.Objects[i]
		return fmt.Sprintf("%s\t%s\t%d bytes", o.Bucket, o.Key, o.Size)
	})
	for _, name := range slices.Sorted(maps.Keys(r.Contents.Tables)) {
		items := r.Contents.Tables[name]
		section(w, "items in "+name, len(items), func(i int) string { return compact(items[i]) })
	}
	for _, name := range slices.Sorted(maps.Keys(r.Contents.Messages)) {
		messages := r.Contents.Messages[name]
		section(w, "messages to "+name, len(messages), func(i int) string { return messages[i].Subject + "\t" + short(messages[i].Body) })
	}
	for _, name := range slices.Sorted(maps.Keys(r.Contents.Queues)) {
		bodies := r.Contents.Queues[name]
		section(w, "messages in "+name, len(bodies), func(i int) string { return short(bodies[i]) })
	}
	_ = w.Flush() // to memory
	_, err := io.WriteString(c.Stdout, b.String())
	return err
}

// shown is how many lines a list has.
const shown = 20

func section(w io.Writer, title string, n int, line func(int) string) {
	if n == 0 {
		_, _ = fmt.Fprintf(w, "%s: none\n", title)
		return
	}
	_, _ = fmt.Fprintf(w, "%s: %d\n", title, n)
	for i := range min(n, shown) {
		_, _ = fmt.Fprintf(w, "  %s\n", line(i))
	}
	if n > shown {
		_, _ = fmt.Fprintf(w, "  and %d more\n", n-shown)
	}
}

// cause is the message of a cause, which is JSON if a function has failed.
func cause(text string) string {
	var fault struct{ ErrorMessage string }
	if json.Unmarshal([]byte(text), &fault) == nil && fault.ErrorMessage != "" {
		return fault.ErrorMessage
	}
	return or(text, "no cause")
}

func compact(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return short(string(text))
}

// short is the beginning of a text, on one line.
func short(text string) string {
	const most = 100
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return text
}

// save writes objects to a folder, a folder for each bucket.
func save(w *local.World, objects []local.Object, dir string) error {
	if dir == "" {
		return nil
	}
	for _, o := range objects {
		if !filepath.IsLocal(filepath.FromSlash(o.Key)) {
			return fmt.Errorf("%s: the key is no name of a file: %s", o.Bucket, o.Key)
		}
		file := filepath.Join(dir, o.Bucket, filepath.FromSlash(o.Key))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(file, w.Get(o.Bucket, o.Key), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// tellLogs writes the logs of the functions that were called.
func (c *Command) tellLogs(w *local.World) error {
	for _, name := range w.Called() {
		for line := range strings.Lines(w.Logs(name)) {
			if _, err := fmt.Fprintf(c.Stderr, "log of %s: %s\n", name, strings.TrimRight(line, "\n")); err != nil {
				return err
			}
		}
	}
	return nil
}
