package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/hook"
	"github.com/fsxns3ap/guardhook/hook/emulate"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
)

// emulateReport is what emulate writes; its JSON form is --json.
type emulateReport struct {
	Policy  *policyReport   `json:"policy,omitempty"`
	Events  []emulatedEvent `json:"events"`
	Outcome []string        `json:"outcome,omitempty"`
	// Notes say what was not emulated.
	Notes []string `json:"notes"`

	unjudged bool
}

type policyReport struct {
	Source string `json:"source"`
	Digest string `json:"digest"`
	Rules  int    `json:"rules"`
}

func newPolicy(set *rules.Set, source string) *policyReport {
	return &policyReport{Source: source, Digest: set.Digest(), Rules: len(set.Rules())}
}

// shortDigest is how much of a digest people are shown, as validate does.
const shortDigest = len("sha256:") + 12

func (p *policyReport) String() string {
	return fmt.Sprintf("policy: %s, %d rules, %s", plain(p.Source), p.Rules, p.Digest[:min(len(p.Digest), shortDigest)])
}

// target names what an event is about.
type target struct {
	Kind     hook.Kind `json:"kind"`
	Action   string    `json:"action"`
	Resource string    `json:"resource"`
	Type     string    `json:"type,omitempty"`
}

func (t target) String() string {
	text := fmt.Sprintf("%s %s %s", t.Action, t.Kind, plain(t.Resource))
	if t.Type != "" {
		text += " (" + plain(t.Type) + ")"
	}
	return text
}

type emulatedEvent struct {
	target
	When    string `json:"when,omitempty"`
	Refused bool   `json:"refused"`
	// Response is absent in a dry run, Event and Payload otherwise.
	Response *hook.Response `json:"response,omitempty"`
	Event    map[string]any `json:"event,omitempty"`
	Payload  map[string]any `json:"payload,omitempty"`
	// Undecided are rules whose verdict depends on what only the deployment
	// tells; Placeholders the properties that have a placeholder.
	Undecided    []string `json:"undecided,omitempty"`
	Placeholders []string `json:"placeholders,omitempty"`
}

func newEvent(e *emulate.Event) emulatedEvent {
	out := emulatedEvent{target: target{e.Kind, e.Action, e.ID, e.Type}, When: e.When.String()}
	for _, path := range e.Unknown {
		out.Placeholders = append(out.Placeholders, path.String())
	}
	slices.Sort(out.Placeholders)
	return out
}

// planned is an event that is not sent.
func planned(e *emulate.Event) emulatedEvent {
	out := newEvent(e)
	out.Event, out.Payload = e.Body, e.Document
	return out
}

// fill adds the hook's answers.
func (r *emulateReport) fill(e *emulation, results []emulate.Result, open *validate.Result) {
	for i := range results {
		result := &results[i]
		event := newEvent(&result.Event)
		event.Refused, event.Response = result.Refused(), &result.Response
		event.Undecided = undecided(result)
		r.Events = append(r.Events, event)
		r.unjudged = r.unjudged || result.Unjudged()
	}
	r.Outcome = emulate.Outcome(results, e.action, e.mode)
	if open == nil {
		return
	}
	for _, n := range open.NotJudged {
		r.Notes = append(r.Notes, fmt.Sprintf("%s (%s): %s", n.Resource, n.Type, n.Reason))
	}
	for _, n := range open.Template.Notes {
		r.Notes = append(r.Notes, fmt.Sprintf("line %d: %s", n.Line, n.Message))
	}
	for _, p := range open.Problems {
		r.Notes = append(r.Notes, p.String())
		r.unjudged = true
	}
}

// undecided names what the answer to an event leaves open: of resources, what
// validate is undecided about; of templates and deletions, what the hook is.
func undecided(r *emulate.Result) []string {
	var out []string
	for _, f := range r.Undecided {
		out = append(out, strings.TrimSpace(f.Rule.ID+" "+f.Path.String()))
	}
	if r.Type != "" && r.Action != rules.ActionDelete {
		return out
	}
	for _, f := range r.Decision.Findings {
		if name := f.Rule + " of " + f.Resource; f.Status == rules.Undecided && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// code is the exit code.
func (r *emulateReport) code() int {
	switch {
	case r.unjudged:
		return exitFailed
	case slices.ContainsFunc(r.Events, func(e emulatedEvent) bool { return e.Refused }):
		return exitFindings
	}
	return exitClean
}

func (c *Command) writeEmulation(r *emulateReport, asJSON bool) error {
	if asJSON {
		return writeIndented(c.Stdout, r)
	}
	p := c.newPage()
	refused := 0
	for i := range r.Events {
		e := &r.Events[i]
		if e.Response == nil {
			p.line("would ask: ", e.String())
			continue
		}
		if e.Refused {
			refused++
		}
		p.event(e)
	}
	if r.Policy == nil {
		return p.w.Flush()
	}
	p.line()
	for _, sentence := range r.Outcome {
		p.wrap("", sentence)
	}
	for _, note := range r.Notes {
		p.wrap("not emulated: ", note)
	}
	p.line(fmt.Sprintf("events: %d, %d refused", len(r.Events), refused))
	p.line(r.Policy.String())
	return p.w.Flush()
}

// event writes an event and its answer.
func (p *page) event(e *emulatedEvent) {
	text := e.String()
	if e.When != "" {
		text += ", if " + plain(e.When)
	}
	p.line(p.style.mark(e.Response), " ", p.style.paint("1", text))
	if e.Refused {
		p.message(e.Response)
	}
	p.failed(e.Response)
	if len(e.Undecided) > 0 {
		p.wrap("  depends on what only the deployment tells: ", strings.Join(e.Undecided, ", "))
	} else if len(e.Placeholders) > 0 {
		p.wrap("  with placeholders in: ", strings.Join(e.Placeholders, ", "))
	}
}

// message writes the message of a response: its first line where annotations
// say the rest.
func (p *page) message(r *hook.Response) {
	if anyFailed(r) {
		p.line("  ", short(r.Message))
		return
	}
	p.wrap("  ", r.Message)
}

// failed writes the annotations of what failed, the remedy once a rule.
func (p *page) failed(r *hook.Response) {
	for _, a := range r.Annotations {
		if a.Status != hook.AnnotationFailed {
			continue
		}
		p.annotation(&a)
		p.wrap("    ", a.Message)
		if a.Remediation != "" && !p.fixed[a.Name] {
			p.wrap("    fix: ", a.Remediation)
			p.fixed[a.Name] = true
		}
	}
}

func (p *page) annotation(a *hook.Annotation) {
	p.line("  ", string(a.Status), " ", a.Severity.String(), " ", plain(a.Name))
}
