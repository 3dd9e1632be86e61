package report

import "strings"

func (p *printer) summary(r *Report, quiet bool) {
	s := &r.Summary
	p.space()
	for _, n := range r.remarks() {
		p.notice(n, p.caution)
	}
	if len(s.NotJudged) > 0 {
		p.notJudged(s)
	}
	for _, f := range r.facts() {
		if f.label != "hidden" || !quiet {
			p.labelledAt(f.label, f.text)
		}
	}
	p.verdict(s)
}

// labelledAt writes a line of the summary.
func (p *printer) labelledAt(label, text string) {
	const width = 11
	p.hang(p.label(label+":")+strings.Repeat(" ", max(width-len(label)-1, 1)), strings.Repeat(" ", width), width, nil, text)
}

// notJudged is loud: what it lists is what nobody looked at.
func (p *printer) notJudged(s *Summary) {
	heading, reasons := s.unjudged()
	p.line(p.caution("not judged: " + heading))
	for _, reason := range reasons {
		p.wrap("          ", nil, reason)
	}
}

// verdict is the last line.
func (p *printer) verdict(s *Summary) {
	word, counts := s.verdict(p.paint)
	switch s.Status {
	case Passed:
		word = p.good(word) + " "
	case Failed:
		word = p.bad(word) + " "
	default:
		word = p.bad(word)
	}
	p.line(word, " ", counts)
}
