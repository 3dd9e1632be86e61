package report

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/rules"
)

// HTML writes a report as one page that needs nothing else: style and script are
// part of it, and its content security policy allows no other and no request. It
// can be read without the script, which only filters and sorts.
type HTML struct{}

//go:embed page/page.html
var pageSource string

//go:embed page/page.css
var pageStyle string

//go:embed page/page.js
var pageScript string

// page is what page.html shows.
type page struct {
	CSP           string
	Style         template.CSS
	Script        template.JS
	Word, Counts  string
	Status        Outcome
	Policy        Policy
	Facts         []fact
	Severities    []choice
	Statuses      []choice
	RuleChoices   []choice
	Files         []choice
	Findings      []pageFinding
	Troubles      []notice
	NotJudged     []pageUnjudged
	Ignored       []Ignored
	Remarks       []notice
	Rules         []pageRule
	Hidden        int
	FailLevel     rules.Level
	Version, Home string
}

// choice is an option of a filter.
type choice struct {
	Value string
	Count int
}

type pageFinding struct {
	*Finding
	Number         int // position in the order of the templates
	Fails          bool
	Label, Place   string
	State          string
	Details, Frame string
	Facts          []fact
}

type pageUnjudged struct {
	Place, Resource, Type, Reason string
}

type pageRule struct {
	*rules.Rule
	Controls []fact
	Links    []string
}

// Write implements Format.
func (HTML) Write(w io.Writer, r *Report) error {
	tmpl, err := template.New("page").Funcs(template.FuncMap{
		"lower": strings.ToLower, "plain": plain, "label": func(f fact) string { return f.label }, "text": func(f fact) string { return f.text },
		"kind": func(n notice) string { return n.kind }, "place": func(n notice) string { return n.place() },
	}).Parse(pageSource)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(w, 64<<10)
	if err := tmpl.Execute(b, r.page()); err != nil {
		return err
	}
	return b.Flush()
}

func (r *Report) page() *page {
	word, counts := r.Summary.verdict(false)
	p := &page{
		CSP: "default-src 'none'; style-src '" + sourceHash(pageStyle) + "'; script-src '" + sourceHash(pageScript) +
			"'; img-src data:; base-uri 'none'; form-action 'none'",
		Style: template.CSS(pageStyle), Script: template.JS(pageScript),
		Word: word, Counts: counts, Status: r.Summary.Status, Policy: r.Policy, Facts: r.facts(),
		Troubles: r.troubles(), Ignored: r.Ignored, Remarks: r.remarks(),
		Hidden: r.Summary.Hidden, FailLevel: r.Summary.FailLevel, Version: r.opts.Program, Home: home,
	}
	numbers := map[*Finding]int{}
	for _, t := range r.Templates {
		for _, f := range t.Findings {
			numbers[f] = len(numbers)
		}
		for _, n := range t.NotJudged {
			p.NotJudged = append(p.NotJudged, pageUnjudged{place(t.File, n.Line, n.Column), n.Resource, n.Type, n.Reason})
		}
	}
	severities, statuses, ids, files := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	docs := map[string]*rules.Rule{}
	for _, f := range r.ranked() {
		severities[f.Severity.String()]++
		statuses[f.state()]++
		ids[f.Rule]++
		files[f.File]++
		docs[f.Rule] = f.doc
		item := pageFinding{
			Finding: f, Number: numbers[f], Fails: r.fails(f), Label: f.label(), State: f.state(), Place: place(f.File, f.Line, f.Column), Facts: f.details(0),
		}
		if len(f.frame.lines) > 0 {
			item.Frame = strings.Join(f.frame.text(), "\n")
		}
		p.Findings = append(p.Findings, item)
	}
	for s := rules.Critical; s >= rules.Informational; s-- {
		if n := severities[s.String()]; n > 0 {
			p.Severities = append(p.Severities, choice{s.String(), n})
		}
	}
	p.Statuses, p.RuleChoices, p.Files = choices(statuses), choices(ids), choices(files)
	for _, c := range p.RuleChoices {
		rule := docs[c.Value]
		p.Rules = append(p.Rules, pageRule{rule, controls(rule), links(rule)})
	}
	return p
}

func choices(counts map[string]int) []choice {
	var out []choice
	for value, n := range counts {
		out = append(out, choice{value, n})
	}
	slices.SortFunc(out, func(a, b choice) int { return strings.Compare(a.Value, b.Value) })
	return out
}

// sourceHash names a script or style in a content security policy.
func sourceHash(source string) string {
	sum := sha256.Sum256([]byte(source))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
