package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fsxns3ap/guardhook/rules"
)

// maxNames bounds how many names a line of the summary lists.
const maxNames = 5

// The kinds of notices.
const (
	kindUnjudged = "not judged" // a part of a template
	kindRefused  = "refused"    // a file
	kindError    = "error"      // of the run
	kindNote     = "note"       // on a template
	kindWaiver   = "waiver"
	kindPolicy   = "policy"
)

// notice is a remark on a file, or on the run where there is no file.
type notice struct {
	kind, file string
	Remark
}

// place is empty where there is no file.
func (n notice) place() string {
	if n.file == "" {
		return ""
	}
	return place(n.file, n.Line, n.Column)
}

// String is one line.
func (n notice) String() string {
	if n.file == "" {
		return n.kind + ": " + plain(n.Message)
	}
	return n.place() + ": " + n.kind + ": " + plain(n.Message)
}

// troubles lists the reasons why something that was asked for could not be
// judged.
func (r *Report) troubles() []notice {
	var out []notice
	for _, t := range r.Templates {
		for _, e := range t.Problems {
			out = append(out, notice{kindUnjudged, t.File, e})
		}
	}
	for _, ref := range r.Refused {
		for _, e := range ref.Errors {
			out = append(out, notice{kindRefused, ref.File, e})
		}
	}
	for _, problem := range r.Problems {
		out = append(out, notice{kind: kindError, Remark: Remark{Message: problem}})
	}
	return out
}

// remarks lists what is worth knowing of templates, waivers and the policy set.
func (r *Report) remarks() []notice {
	var out []notice
	for _, t := range r.Templates {
		for _, n := range t.Notes {
			out = append(out, notice{kindNote, t.File, n})
		}
	}
	if r.Adoption != nil {
		out = append(out, r.Adoption.notices()...)
	}
	for _, w := range r.Waivers {
		out = append(out, notice{kind: kindWaiver, Remark: Remark{Message: w.text}})
	}
	for _, w := range r.Policy.Warnings {
		out = append(out, notice{kind: kindPolicy, Remark: Remark{Message: w}})
	}
	return out
}

// ranked lists the findings that are shown, those first that matter most: rules
// that ended in an error, what fails, the other findings, the waived ones, those
// of the baseline; each by severity, and then in order.
func (r *Report) ranked() []*Finding {
	var out []*Finding
	for _, t := range r.Templates {
		out = append(out, t.Findings...)
	}
	slices.SortStableFunc(out, func(a, b *Finding) int {
		return cmp.Or(cmp.Compare(r.rank(a), r.rank(b)), cmp.Compare(b.Severity, a.Severity))
	})
	return out
}

func (r *Report) rank(f *Finding) int {
	switch {
	case f.Status == rules.Errored:
		return 0
	case f.Known != Live:
		return 4
	case f.Status == rules.Waived:
		return 3
	case r.fails(f):
		return 1
	}
	return 2
}

// fails tells whether a finding is at or above the failing level.
func (r *Report) fails(f *Finding) bool {
	return f.Known == Live && Counts(f.Status) && f.Level >= r.opts.Fail
}

// label is the level of a finding, or the status where it is not fail.
func (f *Finding) label() string {
	if f.Known != Live {
		return string(f.Known)
	}
	switch f.Status {
	case rules.Errored, rules.Waived:
		return string(f.Status)
	case rules.Undecided:
		return f.Level.String() + ", " + string(f.Status)
	}
	return f.Level.String()
}

// subject is what a finding is about; empty for a template as a whole.
func (f *Finding) subject() string {
	if f.Resource == "" {
		return ""
	}
	return strings.TrimSpace(fmt.Sprintf("%s (%s) %s", plain(f.Resource), plain(f.Type), plain(f.Path)))
}

// state is what findings are filtered by: the status, or what it is known from.
func (f *Finding) state() string { return cmp.Or(string(f.Known), string(f.Status)) }

func (f *Finding) possibleLabel() string {
	if len(f.When) == 0 {
		return "may fail when"
	}
	return "also when"
}

func witnessText(witness []Assignment) string {
	values := make([]string, len(witness))
	for i, a := range witness {
		values[i] = plain(a.Symbol) + "=" + strconv.Quote(a.Value)
	}
	return strings.Join(values, ", ")
}

// fact is a labelled line.
type fact struct{ label, text string }

func (f fact) String() string { return f.label + ": " + f.text }

// details are the facts below a finding's message: in which deployments, for
// which values, and what to do. At most limit scenarios of a kind are written
// out, all for 0.
func (f *Finding) details(limit int) []fact {
	var out []fact
	add := func(label, text string) {
		if text != "" {
			out = append(out, fact{label, plain(text)})
		}
	}
	if f.Waiver != nil {
		add("waiver", f.Waiver.String())
	}
	add("when", alternatives(f.when, limit))
	if len(f.Possible) > 0 {
		add(f.possibleLabel(), alternatives(f.possible, limit))
	}
	add("witness", witnessText(f.Witness))
	out = append(out, f.origin()...)
	add("fix", f.Remediation)
	return out
}

func alternatives(list []string, limit int) string {
	if limit > 0 && len(list) > limit {
		list = append(slices.Clone(list[:limit]), strconv.Itoa(len(list)-limit)+" more")
	}
	return strings.Join(list, "; or ")
}

// described is a finding's message, which begins with the status where that is
// not fail, and its details on lines of their own.
func (f *Finding) described() string {
	lines := []string{plain(f.Message)}
	switch f.Status {
	case rules.Fail:
		if f.Known != Live {
			lines[0] = string(f.Known) + ": " + lines[0]
		}
	case rules.Undecided, rules.Waived:
		lines[0] = string(f.Status) + ": " + lines[0]
	case rules.Errored:
		lines[0] = kindUnjudged + ": " + lines[0]
	}
	for _, d := range f.details(maxScenarios) {
		lines = append(lines, d.String())
	}
	return strings.Join(lines, "\n")
}

// facts are the lines of the summary that count what was done.
func (r *Report) facts() []fact {
	s := &r.Summary
	var out []fact
	add := func(label string, n int, text string) {
		if n > 0 {
			out = append(out, fact{label, text})
		}
	}
	names := make([]string, len(r.Ignored))
	for i, ignored := range r.Ignored {
		names[i] = plain(ignored.File)
	}
	add("ignored", s.Ignored, count(s.Ignored, "file that is no template", "files that are no templates")+": "+some(names))
	add("refused", s.Refused, count(s.Refused, "file, for the reasons above", "files, for the reasons above"))
	add("hidden", s.Hidden, count(s.Hidden, "finding", "findings")+" below severity "+r.opts.Least.String())
	if r.Adoption != nil {
		out = append(out, r.Adoption.facts(s.Known, s.Status)...)
	}
	add("judged", 1, fmt.Sprintf("%s, %s, %s, by %d of %s: %s",
		count(s.Templates, "template", "templates"), count(s.Resources, "resource", "resources"),
		count(s.Scenarios, "scenario", "scenarios"), s.RulesJudged, count(r.Policy.Rules, "rule", "rules"),
		count(s.Verdicts, "verdict", "verdicts")))
	add("nested", s.Nested, count(s.Nested, "template", "templates")+" judged as nested stacks")
	add("uncovered", s.Uncovered, count(s.Uncovered, "resource of a type", "resources of types")+" that no rule is about")
	add("itemwise", s.Itemwise, count(s.Itemwise, "time", "times")+" a rule met too many open values for every combination: list items were varied one at a time")
	add("guard", s.GuardAsWritten, count(s.GuardAsWritten, "Guard rule", "Guard rules")+" judged on templates as written, not on what they deploy (--guard-input resolved)")
	if s.Waivers != nil {
		add("waivers", s.Waivers.toSay(), s.Waivers.String())
	}
	add("policy", 1, r.policyText(short(r.Policy.Digest)))
	return out
}

func (r *Report) policyText(digest string) string {
	text := plain(r.Policy.Source)
	if r.Policy.Profile != "" {
		text += ", profile " + r.Policy.Profile
	}
	text += ", " + count(r.Policy.Rules, "rule", "rules")
	if n := r.Summary.RulesOff; n > 0 {
		text += " (" + strconv.Itoa(n) + " off)"
	}
	if n := r.Summary.RulesLater; n > 0 {
		text += " (" + strconv.Itoa(n) + " for updates or deletions only: not run here)"
	}
	if r.Policy.Revision != "" {
		text += ", revision " + plain(r.Policy.Revision)
	}
	return text + ", " + digest
}

// unjudged counts the resources that could not be judged, and lists their types
// by reason.
func (s *Summary) unjudged() (heading string, reasons []string) {
	total := 0
	types := map[string][]string{}
	var order []string
	for _, n := range s.NotJudged {
		total += n.Count
		if types[n.Reason] == nil {
			order = append(order, n.Reason)
		}
		name := plain(n.Type)
		if n.Count > 1 {
			name += " ×" + strconv.Itoa(n.Count)
		}
		types[n.Reason] = append(types[n.Reason], name)
	}
	for _, reason := range order {
		reasons = append(reasons, plain(reason)+": "+strings.Join(types[reason], ", "))
	}
	return count(total, "resource", "resources"), reasons
}

// verdict is the outcome in a word and in numbers.
func (s *Summary) verdict(p paint) (word, counts string) {
	var parts []string
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, strconv.Itoa(n)+" "+what)
		}
	}
	add(s.Statuses[rules.Fail], "failed")
	add(s.Statuses[rules.Undecided], "undecided")
	var severities []string
	for level := rules.Critical; level >= rules.Informational; level-- {
		if n := s.Severities[level.String()]; n > 0 {
			severities = append(severities, p.code(sgr(level), strconv.Itoa(n)+" "+strings.ToLower(level.String())))
		}
	}
	if len(severities) > 0 {
		parts = []string{strings.Join(parts, ", ") + " (" + strings.Join(severities, ", ") + ")"}
	}
	add(s.Statuses[rules.Waived], "waived")
	add(s.Known, "in the baseline")
	add(s.Statuses[rules.Errored], "with a rule error")
	if s.Problems > 0 {
		parts = append(parts, count(s.Problems, "problem", "problems"))
	}
	add(s.Refused, "refused")
	if len(parts) == 0 {
		parts = append(parts, "no findings")
	}
	counts = strings.Join(parts, ", ")
	switch s.Status {
	case Passed:
		return "PASS", counts
	case Failed:
		return "FAIL", counts + fmt.Sprintf("; %d at level %s or above", s.Failing, s.FailLevel)
	}
	return "ERROR", "not everything could be judged: " + counts
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

func some(names []string) string {
	if len(names) > maxNames {
		return strings.Join(names[:maxNames], ", ") + fmt.Sprintf(" and %d more", len(names)-maxNames)
	}
	return strings.Join(names, ", ")
}

// short is what of a digest is enough to compare by eye.
func short(digest string) string {
	const n = len("sha256:") + 12
	if len(digest) > n {
		return digest[:n]
	}
	return digest
}
