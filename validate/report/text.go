package report

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fsxns3ap/guardhook/rules"
)

// Text writes a report for people.
type Text Style

// maxScenarios bounds how many scenarios of a finding are written out.
const maxScenarios = 3

// Write implements Format.
func (t Text) Write(w io.Writer, r *Report) error {
	p := newPrinter(w, t)
	for _, tmpl := range r.Templates {
		var last *Finding
		for _, f := range tmpl.Findings {
			if t.Quiet && f.Status != rules.Errored || f.Known != Live && !t.Known {
				continue
			}
			p.finding(f, last)
			last = f
		}
	}
	p.problems(r)
	p.summary(r, t.Quiet)
	return p.w.Flush()
}

// problems writes what kept something from being judged: last, where it is
// seen.
func (p *printer) problems(r *Report) {
	list := r.troubles()
	if len(list) > 0 {
		p.space()
	}
	for _, n := range list {
		p.notice(n, p.bad)
	}
}

func (p *printer) notice(n notice, style func(string) string) {
	if n.file == "" {
		p.line(style(n.kind), ": ", plain(n.Message))
		return
	}
	p.line(p.bold(n.place()), ": ", style(n.kind), ": ", plain(n.Message))
}

// printer writes lines. An error of the writer is kept for Flush.
type printer struct {
	w *bufio.Writer
	paint
	begun bool
}

func newPrinter(w io.Writer, t Text) *printer {
	return &printer{w: bufio.NewWriterSize(w, 64<<10), paint: paint(t.Color)}
}

func (p *printer) line(parts ...string) {
	p.begun = true
	for _, s := range parts {
		_, _ = p.w.WriteString(s)
	}
	_ = p.w.WriteByte('\n')
}

// space separates blocks.
func (p *printer) space() {
	if p.begun {
		p.line()
	}
}

func place(file string, line, col int) string {
	if line == 0 {
		return plain(file)
	}
	return plain(file) + ":" + strconv.Itoa(line) + ":" + strconv.Itoa(col)
}

func (p *printer) finding(f, last *Finding) {
	p.space()
	p.heading(f)
	switch {
	case f.Status == rules.Waived:
		p.wrap("  ", p.dim, plain(f.Waiver.String()))
		return
	case f.Known != Live:
		p.wrap("  ", p.dim, plain(f.Message))
		return
	}
	p.wrap("  ", nil, plain(f.Message))
	for _, o := range f.origin() {
		p.labelled(o.label, o.text)
	}
	p.scenarios("when", f.when, nil)
	if len(f.Possible) > 0 {
		p.scenarios(f.possibleLabel(), f.possible, f.Witness)
	}
	if last == nil || last.Line != f.Line || last.Column != f.Column || last.brief() {
		p.frame(f)
	}
	if repeated := last != nil && last.Rule == f.Rule && !last.brief(); f.Remediation != "" && !repeated {
		p.labelled("fix", plain(f.Remediation))
	}
}

// brief tells whether a finding is shown without frame and remediation.
func (f *Finding) brief() bool { return f.Status == rules.Waived || f.Known != Live }

// heading writes place, severity, rule and resource; on two lines where they do
// not fit on one.
func (p *printer) heading(f *Finding) {
	at := place(f.File, f.Line, f.Column) + ":"
	level := "(" + f.label() + ")"
	what := f.subject()
	severity := f.Severity.String()
	width := 0
	for _, s := range [...]string{at, severity, f.Rule, level, what} {
		width += utf8.RuneCountInString(s) + 1
	}
	head := []string{p.bold(at), " ", p.severity(f.Severity), " ", p.bold(f.Rule), " ", p.level(f)(level)}
	switch {
	case what == "":
		p.line(head...)
	case width > columns:
		p.line(head...)
		p.line("  ", p.resource(what))
	default:
		p.line(append(head, " ", p.resource(what))...)
	}
}

func (p *printer) scenarios(label string, list []string, witness []Assignment) {
	with := witnessText(witness)
	if len(list) == 0 {
		if with != "" {
			p.labelled("witness", with)
		}
		return
	}
	for i, s := range list {
		switch {
		case i == maxScenarios:
			p.labelled("", fmt.Sprintf("and %d more", len(list)-maxScenarios))
		case i > maxScenarios:
		case i == 0:
			p.labelled(label, plain(s))
		default:
			p.labelled("", "or "+plain(s))
		}
	}
	if with != "" {
		p.labelled("witness", with)
	}
}

// labelled writes "  label: text", the text wrapped to hang under itself.
func (p *printer) labelled(label, text string) {
	if label == "" {
		p.wrap("        ", nil, text)
		return
	}
	p.hang("  "+p.label(label+":")+" ", strings.Repeat(" ", 4), utf8.RuneCountInString(label)+4, nil, text)
}

func (p *printer) frame(f *Finding) {
	for i, text := range f.frame.lines {
		number := fmt.Sprintf("%5d │ ", f.frame.first+i)
		if i == len(f.frame.lines)-1 {
			p.line(p.gutter(number), strings.TrimRight(text, " "))
			continue
		}
		p.line(p.gutter(number), p.dim(strings.TrimRight(text, " ")))
	}
	if len(f.frame.lines) > 0 {
		p.line(p.gutter("      │ "), strings.Repeat(" ", f.frame.caret), p.mark(f.Severity)("^"))
	}
}

func (p *printer) wrap(indent string, style func(string) string, text string) {
	p.hang(indent, indent, len(indent), style, text)
}

// hang writes text wrapped at the width: the first line behind first, which is
// offset columns wide, and the others behind indent.
func (p *printer) hang(first, indent string, offset int, style func(string) string, text string) {
	if style == nil {
		style = func(s string) string { return s }
	}
	var line strings.Builder
	width, prefix := offset, first
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		if line.Len() > 0 && width+1+n > columns {
			p.line(prefix, style(line.String()))
			line.Reset()
			width, prefix = len(indent), indent
		}
		if line.Len() > 0 {
			line.WriteByte(' ')
			width++
		}
		line.WriteString(word)
		width += n
	}
	p.line(prefix, style(line.String()))
}
