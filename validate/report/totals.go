package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/fsxns3ap/guardhook/rules"
)

// maxNames bounds how many names a line of the summary lists.
const maxNames = 5

func (p *printer) summary(r *Report, quiet bool) {
	s := &r.Summary
	p.space()
	for _, t := range r.Templates {
		for _, n := range t.Notes {
			p.line(p.bold(place(t.File, n.Line, n.Column)), ": ", p.caution("note"), ": ", plain(n.Message))
		}
	}
	for _, w := range r.Waivers {
		p.line(p.caution("waiver"), ": ", plain(w.text))
	}
	for _, w := range r.Policy.Warnings {
		p.line(p.caution("policy"), ": ", plain(w))
	}
	if len(s.NotJudged) > 0 {
		p.notJudged(s)
	}
	if s.Ignored > 0 {
		names := make([]string, 0, s.Ignored)
		for _, i := range r.Ignored {
			names = append(names, plain(i.File))
		}
		p.labelledAt("ignored", count(s.Ignored, "file that is no template", "files that are no templates")+": "+some(names))
	}
	if s.Refused > 0 {
		p.labelledAt("refused", count(s.Refused, "file, for the reasons above", "files, for the reasons above"))
	}
	if s.Hidden > 0 && !quiet {
		p.labelledAt("hidden", count(s.Hidden, "finding", "findings")+" below severity "+r.opts.Least.String())
	}
	p.labelledAt("judged", fmt.Sprintf("%s, %s, %s, by %d of %s: %s",
		count(s.Templates, "template", "templates"), count(s.Resources, "resource", "resources"),
		count(s.Scenarios, "scenario", "scenarios"), s.RulesJudged, count(r.Policy.Rules, "rule", "rules"),
		count(s.Verdicts, "verdict", "verdicts")))
	if s.Uncovered > 0 {
		p.labelledAt("uncovered", count(s.Uncovered, "resource of a type", "resources of types")+" that no rule is about")
	}
	if s.Itemwise > 0 {
		p.labelledAt("itemwise", count(s.Itemwise, "time", "times")+" a rule met too many open values for every combination: list items were varied one at a time")
	}
	policy := plain(r.Policy.Source) + ", " + count(r.Policy.Rules, "rule", "rules")
	if s.RulesOff > 0 {
		policy += " (" + strconv.Itoa(s.RulesOff) + " off)"
	}
	if s.RulesLater > 0 {
		policy += " (" + strconv.Itoa(s.RulesLater) + " for updates or deletions only: not run here)"
	}
	if r.Policy.Revision != "" {
		policy += ", revision " + plain(r.Policy.Revision)
	}
	p.labelledAt("policy", policy+", "+short(r.Policy.Digest))
	p.verdict(s)
}

// labelledAt writes a line of the summary.
func (p *printer) labelledAt(label, text string) {
	const width = 11
	p.hang(p.label(label+":")+strings.Repeat(" ", width-len(label)-1), strings.Repeat(" ", width), width, nil, text)
}

// notJudged is loud: what it lists is what nobody looked at.
func (p *printer) notJudged(s *Summary) {
	total := 0
	reasons := map[string][]string{}
	var order []string
	for _, n := range s.NotJudged {
		total += n.Count
		if reasons[n.Reason] == nil {
			order = append(order, n.Reason)
		}
		name := plain(n.Type)
		if n.Count > 1 {
			name += " ×" + strconv.Itoa(n.Count)
		}
		reasons[n.Reason] = append(reasons[n.Reason], name)
	}
	p.line(p.caution("not judged: " + count(total, "resource", "resources")))
	for _, reason := range order {
		p.wrap("          ", nil, plain(reason)+": "+strings.Join(reasons[reason], ", "))
	}
}

// verdict is the last line.
func (p *printer) verdict(s *Summary) {
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
	text := strings.Join(parts, ", ")
	if len(severities) > 0 {
		text += " (" + strings.Join(severities, ", ") + ")"
	}
	parts = nil
	if text != "" {
		parts = append(parts, text)
	}
	add(s.Statuses[rules.Waived], "waived")
	add(s.Statuses[rules.Errored], "with a rule error")
	if s.Problems > 0 {
		parts = append(parts, count(s.Problems, "problem", "problems"))
	}
	add(s.Refused, "refused")
	if len(parts) == 0 {
		parts = append(parts, "no findings")
	}
	counts := strings.Join(parts, ", ")
	switch s.Status {
	case Passed:
		p.line(p.good("PASS"), "  ", counts)
	case Failed:
		p.line(p.bad("FAIL"), "  ", counts, fmt.Sprintf("; %d at level %s or above", s.Failing, s.FailLevel))
	default:
		p.line(p.bad("ERROR"), " not everything could be judged: ", counts)
	}
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
