package report

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/fsxns3ap/guardhook/rules"
)

// annotationsPerStep is how many annotations of a kind GitHub shows for a step
// of a job; the runner drops the others.
const annotationsPerStep = 10

// GitHub writes a report as the log of a step in GitHub Actions: the text, folded,
// and a workflow command for each of the gravest outcomes, which become
// annotations on the lines of a pull request.
type GitHub struct{}

// Write implements Format.
func (GitHub) Write(w io.Writer, r *Report) error {
	var text bytes.Buffer
	if err := (Text{Known: true}).Write(&text, r); err != nil {
		return err
	}
	p := &annotations{w: bufio.NewWriter(w), shown: map[string]int{}, all: map[string]int{}}
	word, counts := r.Summary.verdict(false)
	// Names in templates may look like commands. Until a token comes that no
	// text can have, because it is the hash of that text, none is obeyed.
	token := fingerprint(text.String())
	p.line("::group::guardhook: all findings")
	p.line("::stop-commands::" + token)
	p.line(strings.TrimSuffix(text.String(), "\n"))
	p.line("::" + token + "::")
	p.line("::endgroup::")
	for _, n := range r.troubles() {
		p.command("error", n, n.kind)
	}
	for _, f := range r.ranked() {
		if f.Known != Live {
			continue
		}
		title := f.Rule + " (" + f.Severity.String() + ", " + f.label() + ")"
		message := strings.TrimPrefix(strings.TrimSpace(f.Resource+" "+f.Path)+": "+f.described(), ": ")
		p.command(annotation(f), notice{file: f.File, Remark: Remark{f.Line, f.Column, message}}, title)
	}
	for _, n := range r.remarks() {
		p.command("notice", n, n.kind)
	}
	if len(r.Summary.NotJudged) > 0 {
		heading, reasons := r.Summary.unjudged()
		p.command("warning", notice{Remark: Remark{Message: strings.Join(reasons, "\n")}}, "not judged: "+heading)
	}
	p.rest()
	p.line("guardhook: " + word + "  " + counts + "; policy " + short(r.Policy.Digest))
	return p.w.Flush()
}

// annotation is the kind of command for a finding.
func annotation(f *Finding) string {
	switch {
	case f.Status == rules.Errored:
		return "error"
	case f.Status == rules.Waived:
		return "notice"
	case f.Level == rules.Block:
		return "error"
	case f.Level == rules.Warn:
		return "warning"
	}
	return "notice"
}

// annotations writes workflow commands, and counts by kind those that it wrote
// and those that there were. An error of the writer is kept for Flush.
type annotations struct {
	w          *bufio.Writer
	shown, all map[string]int
}

func (p *annotations) line(text string) {
	_, _ = p.w.WriteString(text)
	_ = p.w.WriteByte('\n')
}

func (p *annotations) command(kind string, n notice, title string) {
	p.all[kind]++
	if p.shown[kind] == annotationsPerStep {
		return
	}
	p.shown[kind]++
	var properties []string
	if n.file != "" {
		properties = append(properties, "file="+escapeProperty(relative(n.file)))
	}
	if n.Line > 0 {
		properties = append(properties, "line="+strconv.Itoa(n.Line), "col="+strconv.Itoa(n.Column))
	}
	properties = append(properties, "title="+escapeProperty(title))
	p.line("::" + kind + " " + strings.Join(properties, ",") + "::" + escapeMessage(plainLines(n.Message)))
}

// plainLines makes text plain that may have several lines.
func plainLines(text string) string {
	return strings.Join(mapped(strings.Split(text, "\n"), plain), "\n")
}

// rest says how many outcomes are only in the text above.
func (p *annotations) rest() {
	var parts []string
	for _, kind := range [...]string{"error", "warning", "notice"} {
		if n := p.all[kind] - p.shown[kind]; n > 0 {
			parts = append(parts, count(n, kind, kind+"s"))
		}
	}
	if len(parts) > 0 {
		p.line(fmt.Sprintf("guardhook: GitHub shows %d annotations of a kind for a step; %s more in the text above", annotationsPerStep, strings.Join(parts, ", ")))
	}
}

// escapeMessage escapes what would end the message of a workflow command.
func escapeMessage(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

// escapeProperty escapes what would end a property of a workflow command.
func escapeProperty(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(text)
}
