// Package report shows what was found in templates: as text or a page for
// people, as a comment on a pull request, and in the forms that code hosts, build
// servers and programs read.
//
// A [Report] collects the outcome of every file, in the order in which it is
// told of them, and never loses one: a file that was ignored or refused, and a
// resource that no rule could judge, are part of it as findings are.
package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/fix"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// Version is the version of the JSON form. It changes when a program that reads
// the form would have to.
const Version = 1

// Outcome is the verdict on a template, or on all of them.
type Outcome string

// The outcomes, best first.
const (
	Passed    Outcome = "pass"  // nothing at or above the failing level
	Failed    Outcome = "fail"  // a violation, or a possible one, at or above the failing level
	NotJudged Outcome = "error" // a part could not be judged
)

// Report is the outcome of one run.
type Report struct {
	Version   int          `json:"version"`
	Policy    Policy       `json:"policy"`
	Summary   Summary      `json:"summary"`
	Templates []*Template  `json:"templates"`
	Ignored   []Ignored    `json:"ignored"`
	Refused   []Refused    `json:"refused"`
	Problems  []string     `json:"problems"`
	Waivers   []WaiverNote `json:"waivers"`
	// Adoption is nil where all findings of all files count, and no file is fixed.
	// It is to be complete before Finish.
	Adoption *Adoption `json:"adoption,omitempty"`

	set     *rules.Set
	opts    Options
	judged  map[*rules.Rule]bool
	waivers map[*rules.Waiver]bool // used
	named   map[*rules.Waiver]bool // about something that was judged
}

// Options are what a report depends on.
type Options struct {
	// Policy is where the policy set comes from.
	Policy string
	// Stack is what is known of the stack: a rule may be off in it.
	Stack rules.Stack
	// Fail is the weakest level that fails; Block when zero.
	Fail rules.Level
	// Least is the least severity of findings that are shown. Outcomes do not
	// depend on it.
	Least rules.Severity
	// Known tells which findings that fail or are undecided do not count; nil is
	// none. It is called once for each, in order.
	Known func(*template.Template, *validate.Finding) Known
	// Fix returns the fix for a finding, or nil; nil is none. Only SARIF has them.
	Fix func(*template.Template, *validate.Finding) *fix.Suggestion
	Now time.Time
	// Program is the version of the program, where it is known.
	Program string
}

// Policy is what the verdicts come from.
type Policy struct {
	Source   string   `json:"source"`
	Profile  string   `json:"profile,omitempty"`
	Digest   string   `json:"digest"`
	Revision string   `json:"revision,omitempty"`
	Rules    int      `json:"rules"`
	Warnings []string `json:"warnings,omitempty"`
}

// Template is the outcome of one template.
type Template struct {
	File string `json:"file"`
	Stack
	Status    Outcome    `json:"status"`
	Resources int        `json:"resources"`
	Findings  []*Finding `json:"findings"`
	Problems  []Remark   `json:"problems"`
	NotJudged []Unjudged `json:"notJudged"`
	Notes     []Remark   `json:"notes"`

	passed []*rules.Rule // those that found nothing, by id
	hash   string        // SHA-256 of the source, in hex
}

// Finding is a rule's outcome on a resource, unless it passed.
type Finding struct {
	ID       string         `json:"id"`
	Rule     string         `json:"rule"`
	Title    string         `json:"title"`
	Severity rules.Severity `json:"severity"`
	Level    rules.Level    `json:"level"`
	Status   rules.Status   `json:"status"`
	File     string         `json:"file"`
	Line     int            `json:"line"`
	Column   int            `json:"column"`
	Stack
	Resource    string         `json:"resource"`
	Type        string         `json:"type"`
	Construct   string         `json:"construct,omitempty"`
	Path        string         `json:"path"`
	Message     string         `json:"message"`
	When        [][]Constraint `json:"when"`
	Possible    [][]Constraint `json:"possible"`
	Witness     []Assignment   `json:"witness"`
	Remediation string         `json:"remediation,omitempty"`
	Waiver      *rules.Waiver  `json:"waiver,omitempty"`
	Known       Known          `json:"known,omitempty"`

	when, possible []string
	frame          frame
	fix            *fix.Suggestion
	doc            *rules.Rule
	parameters     []parameter
}

// parameter is where a parameter that a finding's scenarios or witness name is
// declared.
type parameter struct {
	name, file   string
	line, column int
}

// Constraint is a condition on a deployment: the symbol has one of the values
// in In, or, where there is no In, none of those in Not.
type Constraint struct {
	Symbol string   `json:"symbol"`
	In     []string `json:"in,omitempty"`
	Not    []string `json:"not,omitempty"`
}

// Assignment is a value that the template admits.
type Assignment struct {
	Symbol string `json:"symbol"`
	Value  string `json:"value"`
}

// Remark is a remark on a place of a file; line 0 is the whole file.
type Remark struct {
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

// Unjudged is a resource that no rule could look at.
type Unjudged struct {
	Resource string `json:"resource"`
	Type     string `json:"type"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Reason   string `json:"reason"`
}

// Ignored is a file that is no template.
type Ignored struct {
	File   string `json:"file"`
	Reason string `json:"reason"`
}

// Refused is a file that could not be read as a template.
type Refused struct {
	File   string   `json:"file"`
	Errors []Remark `json:"errors"`
}

// WaiverNote is a remark on a waiver.
type WaiverNote struct {
	Kind     rules.WaiverProblemKind `json:"kind"`
	Rule     string                  `json:"rule"`
	Resource string                  `json:"resource"`
	Expires  rules.Date              `json:"expires"`
	File     string                  `json:"file,omitempty"`
	Line     int                     `json:"line,omitempty"`
	Message  string                  `json:"message"`
	text     string
}

// New returns a report without outcomes.
func New(set *rules.Set, opts Options) *Report {
	opts.Fail = cmp.Or(opts.Fail, rules.Block)
	r := &Report{
		Version: Version,
		Policy: Policy{
			Source: opts.Policy, Digest: set.Digest(), Revision: set.Revision(), Rules: len(set.Rules()),
		},
		Templates: []*Template{}, Ignored: []Ignored{}, Refused: []Refused{}, Problems: []string{}, Waivers: []WaiverNote{},
		set: set, opts: opts, judged: map[*rules.Rule]bool{}, waivers: map[*rules.Waiver]bool{}, named: map[*rules.Waiver]bool{},
	}
	if p := set.Config().Profile; p != nil {
		r.Policy.Profile = p.Name
	}
	for _, w := range set.Warnings() {
		r.Policy.Warnings = append(r.Policy.Warnings, w.String())
	}
	r.Summary = newSummary(opts.Fail)
	return r
}

// Add takes the outcome of a template, and those of its nested stacks. problems are reasons, beside those of
// the result, why a part of it could not be judged.
func (r *Report) Add(res *validate.Result, problems ...Remark) {
	t := &Template{
		File: res.Template.File, Stack: stackOf(res), Status: Passed, Resources: res.Resources,
		Findings: []*Finding{}, Problems: []Remark{}, NotJudged: []Unjudged{}, Notes: []Remark{},
	}
	t.Problems = append(t.Problems, problems...)
	for _, p := range res.Problems {
		t.Problems = append(t.Problems, Remark{p.Line, p.Col, p.Message})
	}
	for _, n := range res.Template.Notes {
		t.Notes = append(t.Notes, Remark{n.Line, n.Col, n.Message})
	}
	for _, n := range res.NotJudged {
		t.NotJudged = append(t.NotJudged, Unjudged{n.Resource, n.Type, n.Line, n.Col, n.Reason})
	}
	var lines *lineIndex
	if len(res.Findings) > 0 {
		lines = newLineIndex(res.Template.Source)
	}
	for i := range res.Findings {
		f := &res.Findings[i]
		known := r.known(res.Template, f)
		r.Summary.count(f, known)
		if known == Unchanged {
			continue
		}
		if known == Live {
			t.Status = worse(t.Status, r.outcome(f))
		}
		if f.Rule.Severity < r.opts.Least && f.Status != rules.Errored {
			r.Summary.Hidden++
			continue
		}
		out := finding(t.File, f, lines)
		out.parameters, out.Known, out.Stack = declared(res.Template, f), known, t.Stack
		if r.opts.Fix != nil {
			out.fix = r.opts.Fix(res.Template, f)
		}
		t.Findings = append(t.Findings, out)
	}
	if len(t.Problems) > 0 {
		t.Status = NotJudged
	}
	t.passed = passed(res)
	sum := sha256.Sum256(res.Template.Source)
	t.hash = hex.EncodeToString(sum[:])
	r.Templates = append(r.Templates, t)
	r.Summary.add(t, res)
	for rule := range res.Rules {
		r.judged[rule] = true
	}
	r.addWaivers(res)
	for _, n := range res.Nested {
		r.Add(n)
	}
}

// outcome tells what a finding makes of its template.
func (r *Report) outcome(f *validate.Finding) Outcome {
	switch f.Status {
	case rules.Errored:
		return NotJudged
	case rules.Fail, rules.Undecided:
		if f.Level >= r.opts.Fail {
			return Failed
		}
	}
	return Passed
}

// Counts tells whether findings of a status are violations, or possible ones.
func Counts(s rules.Status) bool { return s == rules.Fail || s == rules.Undecided }

func worse(a, b Outcome) Outcome {
	order := []Outcome{Passed, Failed, NotJudged}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}

// Ignore takes a file that is no template, and need not be one.
func (r *Report) Ignore(file, reason string) {
	r.Ignored = append(r.Ignored, Ignored{file, reason})
}

// Refuse takes a file that could not be read.
func (r *Report) Refuse(file string, err error) {
	out := Refused{File: file}
	var errs template.Errors
	if errors.As(err, &errs) {
		for _, e := range errs {
			out.Errors = append(out.Errors, Remark{e.Line, e.Col, e.Message})
		}
	} else {
		out.Errors = []Remark{{Message: strings.TrimPrefix(err.Error(), file+": ")}}
	}
	r.Refused = append(r.Refused, out)
}

// Fail takes a reason why not everything that was asked for could be judged.
func (r *Report) Fail(problem string) { r.Problems = append(r.Problems, problem) }

// Finish completes the report after the last outcome. It adds what can only be
// known then.
func (r *Report) Finish() {
	left := r.Adoption != nil && r.Adoption.Since != nil && r.Adoption.Since.Files > 0
	if len(r.Templates) == 0 && len(r.Refused) == 0 && len(r.Problems) == 0 && !left {
		r.Fail("no templates were found")
	}
	r.finishWaivers(left) // what was left out may be what a waiver is for
	r.Summary.finish(r)
}

func finding(file string, f *validate.Finding, lines *lineIndex) *Finding {
	out := &Finding{
		ID: f.ID, Rule: f.Rule.ID, Title: f.Rule.Title, Severity: f.Rule.Severity, Level: f.Level, Status: f.Status,
		File: file, Line: f.Line, Column: f.Col,
		Resource: f.Resource, Type: f.Type, Construct: f.Construct, Path: f.Path.String(), Message: f.Message,
		When: constraints(f.When), Possible: constraints(f.Possible), Witness: []Assignment{},
		Remediation: f.Rule.Remediation, Waiver: f.Waiver,
		when: texts(f.When), possible: texts(f.Possible), frame: lines.frame(f.Line, f.Col), doc: f.Rule,
	}
	for _, a := range f.Witness {
		out.Witness = append(out.Witness, Assignment(a))
	}
	return out
}

// passed lists the rules that were evaluated and found nothing, shown or not.
func passed(res *validate.Result) []*rules.Rule {
	silent := maps.Clone(res.Rules)
	for i := range res.Findings {
		delete(silent, res.Findings[i].Rule)
	}
	return slices.SortedFunc(maps.Keys(silent), func(a, b *rules.Rule) int { return cmp.Compare(a.ID, b.ID) })
}

// declared lists the parameters that a finding is about, in the order of the
// template.
func declared(t *template.Template, f *validate.Finding) []parameter {
	names := map[string]bool{}
	for _, s := range slices.Concat(f.When, f.Possible) {
		for _, c := range s {
			a, b, _ := strings.Cut(c.Symbol, " = ")
			names[a], names[b] = true, true
		}
	}
	for _, a := range f.Witness {
		names[a.Symbol] = true
	}
	var out []parameter
	for _, p := range t.Parameters {
		if name := f.Label(p.Name); names[name] {
			out = append(out, parameter{name, cmp.Or(p.File, t.File), p.Line, p.Col})
		}
	}
	return out
}

func constraints(scenarios []validate.Scenario) [][]Constraint {
	out := make([][]Constraint, len(scenarios))
	for i, s := range scenarios {
		out[i] = make([]Constraint, len(s))
		for j, c := range s {
			out[i][j] = Constraint{c.Symbol, c.In, c.Not}
		}
	}
	return out
}

// texts writes scenarios out. It is empty where one of them is every
// deployment.
func texts(scenarios []validate.Scenario) []string {
	var out []string
	for _, s := range scenarios {
		if len(s) == 0 {
			return nil
		}
		out = append(out, s.String())
	}
	return out
}
