package report

import (
	"encoding/xml"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/fsxns3ap/guardhook/rules"
)

// JUnit writes a report as build servers read test results: a suite for the run
// and one for every file. A rule that found nothing in a template is a case that
// passed; every other case is a rule on a resource. What is at or above the
// failing level is a failure; what could not be judged, an error; what is below
// that level or waived, and a resource that no rule can judge, is skipped, with
// the reason.
type JUnit struct{}

// Write implements Format.
func (JUnit) Write(w io.Writer, r *Report) error {
	doc := junitSuites{Name: "guardhook", Suites: []junitSuite{r.junitRun()}}
	for _, t := range r.Templates {
		doc.Suites = append(doc.Suites, r.junitTemplate(t))
	}
	for _, ref := range r.Refused {
		doc.Suites = append(doc.Suites, junitSuite{Name: ref.File, Cases: []junitCase{{
			Name: "the file is a template", Class: junitClass(ref.File), File: relative(ref.File),
			Error: junitTrouble(kindRefused, ref.Errors),
		}}})
	}
	doc.count()
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string           `xml:"name,attr"`
	Tests      int              `xml:"tests,attr"`
	Failures   int              `xml:"failures,attr"`
	Errors     int              `xml:"errors,attr"`
	Skipped    int              `xml:"skipped,attr"`
	Properties *junitProperties `xml:"properties"`
	Cases      []junitCase      `xml:"testcase"`
	Out        string           `xml:"system-out,omitempty"`
}

type junitProperties struct {
	List []junitProperty `xml:"property"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	File    string        `xml:"file,attr,omitempty"`
	Skipped *junitOutcome `xml:"skipped"`
	Error   *junitOutcome `xml:"error"`
	Failure *junitOutcome `xml:"failure"`
	Out     string        `xml:"system-out,omitempty"`
}

type junitOutcome struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

func (d *junitSuites) count() {
	for i := range d.Suites {
		s := &d.Suites[i]
		s.Tests = len(s.Cases)
		for _, c := range s.Cases {
			switch {
			case c.Error != nil:
				s.Errors++
			case c.Failure != nil:
				s.Failures++
			case c.Skipped != nil:
				s.Skipped++
			}
		}
		d.Tests += s.Tests
		d.Failures += s.Failures
		d.Errors += s.Errors
	}
}

// junitClass is a file's name without dots, which Jenkins takes for the ends of
// package names.
func junitClass(file string) string {
	return "guardhook." + strings.ReplaceAll(relative(file), ".", "_")
}

// junitRun is the suite of what is not about one file.
func (r *Report) junitRun() junitSuite {
	word, counts := r.Summary.verdict(false)
	run := junitCase{Name: "everything that was asked for could be judged", Class: "guardhook.run"}
	if len(r.Problems) > 0 {
		run.Error = &junitOutcome{Message: r.Problems[0], Type: kindError, Text: strings.Join(r.Problems, "\n")}
	}
	lines := []string{word + ": " + counts}
	for _, f := range r.facts() {
		lines = append(lines, f.String())
	}
	for _, ignored := range r.Ignored {
		lines = append(lines, "ignored: "+ignored.File+": "+ignored.Reason)
	}
	for _, n := range r.remarks() {
		lines = append(lines, n.String())
	}
	return junitSuite{
		Name: "guardhook",
		Properties: &junitProperties{[]junitProperty{
			{"policy.source", r.Policy.Source},
			{"policy.digest", r.Policy.Digest},
			{"policy.rules", strconv.Itoa(r.Policy.Rules)},
			{"outcome", string(r.Summary.Status)},
		}},
		Cases: append([]junitCase{run}, r.junitHidden()...),
		Out:   strings.Join(lines, "\n"),
	}
}

// junitHidden is a failure where findings fail that are not shown for their
// severity.
func (r *Report) junitHidden() []junitCase {
	n := r.Summary.Failing
	for _, f := range r.ranked() {
		if r.fails(f) {
			n--
		}
	}
	if n == 0 {
		return nil
	}
	text := count(n, "finding", "findings") + " below severity " + r.opts.Least.String() + " at level " + r.opts.Fail.String() + " or above"
	return []junitCase{{Name: "findings that are not shown", Class: "guardhook.run", Failure: &junitOutcome{Message: text, Text: text}}}
}

func (r *Report) junitTemplate(t *Template) junitSuite {
	suite := junitSuite{Name: t.name()}
	add := func(c junitCase) {
		c.Class, c.File = junitClass(t.name()), relative(t.File)
		suite.Cases = append(suite.Cases, c)
	}
	add(junitCase{Name: "every part of the template can be judged", Error: junitTrouble(kindUnjudged, t.Problems)})
	for _, rule := range t.passed {
		add(junitCase{Name: rule.ID})
	}
	for _, group := range byRuleAndResource(t.Findings) {
		add(r.junitCase(group))
	}
	for _, n := range t.NotJudged {
		add(junitCase{
			Name:    n.Resource + " (" + n.Type + ")",
			Skipped: &junitOutcome{Message: "not judged: " + n.Reason, Text: place(t.File, n.Line, n.Column)},
		})
	}
	return suite
}

// byRuleAndResource groups findings: servers take cases of one name for one.
func byRuleAndResource(list []*Finding) [][]*Finding {
	type key struct{ rule, resource string }
	index := map[key]int{}
	var out [][]*Finding
	for _, f := range list {
		k := key{f.Rule, f.Resource}
		i, known := index[k]
		if !known {
			i = len(out)
			index[k] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], f)
	}
	return out
}

// junitCase is a rule on a resource. The worst of its findings decides.
func (r *Report) junitCase(group []*Finding) junitCase {
	worst := slices.MinFunc(group, func(a, b *Finding) int { return r.rank(a) - r.rank(b) })
	outcome := &junitOutcome{Message: worst.Message, Type: worst.Severity.String() + " (" + worst.label() + ")"}
	var blocks []string
	for _, f := range group {
		blocks = append(blocks, place(f.File, f.Line, f.Column)+": "+f.Severity.String()+" "+f.Rule+" ("+f.label()+")\n"+f.subject()+"\n"+f.described())
	}
	outcome.Text = strings.Join(blocks, "\n\n")
	out := junitCase{Name: strings.TrimSpace(worst.Rule + " " + worst.Resource)}
	switch {
	case worst.Status == rules.Errored:
		out.Error = outcome
	case r.fails(worst):
		out.Failure = outcome
	default:
		// The reason is all that servers show of a case that was skipped.
		outcome.Message = worst.label() + ": " + worst.Message
		outcome.Type = ""
		out.Skipped = outcome
	}
	return out
}

// junitTrouble is nil without errors.
func junitTrouble(kind string, errs []Remark) *junitOutcome {
	if len(errs) == 0 {
		return nil
	}
	var lines []string
	for _, e := range errs {
		text := e.Message
		if e.Line > 0 {
			text = strconv.Itoa(e.Line) + ":" + strconv.Itoa(e.Column) + ": " + text
		}
		lines = append(lines, text)
	}
	return &junitOutcome{Message: kind + ": " + lines[0], Type: kind, Text: strings.Join(lines, "\n")}
}
