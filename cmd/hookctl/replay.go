package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/fsxns3ap/guardhook/hook"
	"github.com/fsxns3ap/guardhook/hook/emulate"
	"github.com/fsxns3ap/guardhook/hook/parity"
	"github.com/fsxns3ap/guardhook/rules"
)

type replayArgs struct {
	File     string `arg:"" name:"file"`
	Payload  string `placeholder:"FILE"`
	Fetch    bool
	Template string `placeholder:"FILE"`
	judgeArgs
}

// replay runs a captured event through the hook, and compares the answer with
// what validate says of the same.
func (c *Command) replay(ctx context.Context, g *grammar) (int, error) {
	args := &g.Replay
	event, payload, err := args.read()
	if err != nil {
		return 0, err
	}
	if g.DryRun {
		return exitClean, c.planReplay(args, event)
	}
	set, source, err := c.policySet(&args.judgeArgs)
	if err != nil {
		return 0, err
	}
	opts := emulate.Options{Set: set, Config: args.config(), Now: c.Now}
	if args.Fetch {
		opts.Fetch = fetcher()
	}
	captured := &parity.Captured{
		Set: set, Now: c.Now, Body: event.Body,
		Answer: emulate.NewRunner(opts).Send(ctx, event.Body, payload),
	}
	comparison, err := args.compare(ctx, captured)
	if err != nil {
		return 0, err
	}
	r := newReplay(captured, comparison)
	r.Policy = newPolicy(set, source)
	return r.code(), c.writeReplay(r, args.JSON)
}

// fetcher fetches payloads as the hook does: from nowhere but their URL.
func fetcher() http.RoundTripper {
	return &http.Transport{TLSHandshakeTimeout: 3 * time.Second, MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true}
}

// read reads the event, and its payload: nil if none is given.
func (a *replayArgs) read() (event *emulate.Captured, payload []byte, err error) {
	switch {
	case a.Payload != "" && a.Fetch:
		return nil, nil, usagef("--payload and --fetch are two ways to the same document")
	case a.Template == "" && len(a.Parameters)+len(a.ParameterFile) > 0:
		return nil, nil, usagef("--parameters and --parameter-file go with --template")
	}
	src, err := os.ReadFile(a.File)
	if err != nil {
		return nil, nil, err
	}
	if event, err = emulate.ParseCaptured(src); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", a.File, err)
	}
	if event.Policy != "" && a.Policy == "" {
		return nil, nil, fmt.Errorf("%s: its hook has another policy set (%s): name one to judge by with --policy", a.File, event.Policy)
	}
	switch {
	case a.Payload != "" && !event.NeedsPayload:
		return nil, nil, usagef("--payload: the event has no document behind a URL")
	case a.Payload != "":
		payload, err = os.ReadFile(a.Payload)
		return event, payload, err
	case event.NeedsPayload && !a.Fetch:
		return nil, nil, fmt.Errorf("%s: its document is behind a URL: give it with --payload FILE, or have it fetched with --fetch", a.File)
	}
	return event, nil, nil
}

func (c *Command) planReplay(args *replayArgs, event *emulate.Captured) error {
	if event.NeedsPayload && args.Fetch {
		if _, err := fmt.Fprintln(c.Stdout, "would fetch the payload of the event"); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(c.Stdout, "would replay %s\n", plain(args.File))
	return err
}

// compare compares with the event alone, and with a template if there is one.
func (a *replayArgs) compare(ctx context.Context, captured *parity.Captured) (*parity.Comparison, error) {
	out, err := captured.Compare(ctx)
	if err != nil || a.Template == "" {
		return out, err
	}
	params, err := readParameters(&a.judgeArgs)
	if err != nil {
		return nil, err
	}
	declared := map[string]bool{}
	t, err := loadTemplate(a.Template, params, declared)
	if err != nil {
		return nil, err
	}
	if problems := params.Undeclared(declared); len(problems) > 0 {
		return nil, errors.New(strings.Join(problems, "\n"))
	}
	more, err := captured.CompareTemplate(ctx, t, params.Values)
	if err != nil {
		return nil, err
	}
	if out.NotCompared == "" {
		out.NotCompared = more.NotCompared
	}
	for _, f := range more.Findings {
		out.Findings = append(out.Findings, t.File+": "+f)
	}
	out.Values = more.Values
	return out, nil
}

// replayReport is what replay writes; its JSON form is --json.
type replayReport struct {
	Policy *policyReport `json:"policy"`
	target
	Response hook.Response          `json:"response"`
	Findings []hook.DecisionFinding `json:"findings"`
	Parity   parityReport           `json:"parity"`

	unjudged bool
}

type parityReport struct {
	Equal bool `json:"equal"`
	// NotCompared is why nothing was compared.
	NotCompared string            `json:"notCompared,omitempty"`
	Differences []string          `json:"differences"`
	Values      []valueDifference `json:"values"`
}

type valueDifference struct {
	Path     string `json:"path"`
	Event    string `json:"event,omitempty"`
	Template string `json:"template,omitempty"`

	text string
}

func newReplay(captured *parity.Captured, comparison *parity.Comparison) *replayReport {
	d := captured.Answer.Decision
	r := &replayReport{
		target:   target{d.Kind, d.Action, d.LogicalID, d.TypeName},
		Response: captured.Answer.Response, Findings: append([]hook.DecisionFinding{}, d.Findings...),
		Parity: parityReport{
			Equal:       comparison.NotCompared == "" && comparison.Differences() == 0,
			NotCompared: comparison.NotCompared, Differences: append([]string{}, comparison.Findings...), Values: []valueDifference{},
		},
		// Of a deletion there is nothing to compare.
		unjudged: comparison.NotCompared != "" && d.Action != rules.ActionDelete,
	}
	for _, v := range comparison.Values {
		r.Parity.Values = append(r.Parity.Values, valueDifference{v.Path.String(), v.Event, v.Template, v.String()})
	}
	return r
}

func (r *replayReport) differences() int { return len(r.Parity.Differences) + len(r.Parity.Values) }

// code is the exit code.
func (r *replayReport) code() int {
	switch {
	case r.unjudged:
		return exitFailed
	case r.differences() > 0:
		return exitFindings
	}
	return exitClean
}

func (c *Command) writeReplay(r *replayReport, asJSON bool) error {
	if asJSON {
		return writeIndented(c.Stdout, r)
	}
	p := c.newPage()
	p.line(p.style.mark(&r.Response), " ", p.style.paint("1", r.String()))
	p.message(&r.Response)
	p.failed(&r.Response)
	for _, a := range r.Response.Annotations {
		if a.Status != hook.AnnotationFailed {
			p.annotation(&a)
		}
	}
	p.line(r.Policy.String())
	for _, text := range r.Parity.Differences {
		p.wrap("  ", text)
	}
	for _, v := range r.Parity.Values {
		p.wrap("  ", v.text)
	}
	switch n := r.differences(); {
	case r.Parity.NotCompared != "":
		p.wrap("parity: not compared: ", r.Parity.NotCompared)
	case n == 0:
		p.line("parity: equal")
	case n == 1:
		p.line("parity: 1 difference")
	default:
		p.line(fmt.Sprintf("parity: %d differences", n))
	}
	return p.w.Flush()
}
