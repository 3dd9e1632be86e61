package report

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/fsxns3ap/guardhook/rules"
)

const (
	// MarkdownLimit is how many bytes of Markdown are written at most: GitHub
	// refuses comments of more than 65,536 characters.
	MarkdownLimit = 65_536
	// markdownShare is the part of the limit that lists of one kind may fill, so
	// that no list crowds out the others.
	markdownShare = MarkdownLimit / 8
)

// Markdown writes a report as a comment on a pull request: the outcome, what
// could not be judged, a table of findings with the gravest first, their details
// folded, and the policy set. What does not fit into a comment is counted.
type Markdown struct{}

// Write implements Format.
func (Markdown) Write(w io.Writer, r *Report) error {
	word, counts := r.Summary.verdict(false)
	head := fmt.Sprintf("## %s guardhook: %s\n\n%s\n\n", outcomeSign(r.Summary.Status), word, markdown(counts))

	var open, waived, known []*Finding
	for _, f := range r.ranked() {
		switch {
		case f.Known != Live:
			known = append(known, f)
		case f.Status == rules.Waived:
			waived = append(waived, f)
		default:
			open = append(open, f)
		}
	}
	troubles := bullets("### Not judged\n\n", "reasons", markdownShare, mapped(r.troubles(), markdownNotice))
	waivers := bullets("### Waived\n\n", "waived findings", markdownShare, mapped(waived, markdownWaived))
	waivers += bullets("### In the baseline\n\n", "findings of the baseline", markdownShare, mapped(known, markdownKnown))
	remarks := bullets("### Remarks\n\n", "remarks", markdownShare, r.markdownRemarks())
	tail := r.markdownFooter()

	// Findings have what is left: the table first, and then details.
	left := MarkdownLimit - len(head) - len(troubles) - len(waivers) - len(remarks) - len(tail)
	table := limited(section{
		begin: "### Findings\n\n| Severity | Rule | Place | Resource | Problem |\n| --- | --- | --- | --- | --- |\n",
		more:  "\n%d more findings do not fit here; the other formats have them.\n", end: "\n",
	}, left*2/3, mapped(open, markdownRow))
	details := limited(section{
		begin: "<details><summary>Details</summary>\n\n",
		more:  "The details of %d more findings do not fit here.\n\n", end: "</details>\n\n",
	}, left-len(table), mapped(open, markdownDetails))

	b := bufio.NewWriter(w)
	for _, part := range [...]string{head, troubles, table, details, waivers, remarks, tail} {
		_, _ = b.WriteString(part)
	}
	return b.Flush()
}

func outcomeSign(o Outcome) string {
	switch o {
	case Passed:
		return "✅"
	case Failed:
		return "❌"
	}
	return "⚠️"
}

func mapped[T any](list []T, f func(T) string) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}

// section is the text around a list: more says how many items are left out.
type section struct{ begin, more, end string }

// limited writes what fits into a number of bytes of a list, and nothing for an
// empty one.
func limited(s section, limit int, items []string) string {
	if len(items) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(s.begin)
	left := limit - len(s.begin) - len(s.end) - len(s.more) - len(strconv.Itoa(len(items)))
	for i, item := range items {
		if left -= len(item); left < 0 {
			fmt.Fprintf(&b, s.more, len(items)-i)
			break
		}
		b.WriteString(item)
	}
	b.WriteString(s.end)
	return b.String()
}

func bullets(heading, what string, limit int, items []string) string {
	return limited(section{heading, "- and %d more " + what + " that do not fit here\n", "\n"}, limit, mapped(items, func(item string) string {
		return "- " + item + "\n"
	}))
}

func markdownNotice(n notice) string {
	text := "**" + n.kind + "**: " + markdown(n.Message)
	if n.file != "" {
		text = markdownCode(n.place()) + " " + text
	}
	return text
}

func markdownPlace(f *Finding) string { return markdownCode(place(f.File, f.Line, f.Column)) }

func markdownRow(f *Finding) string {
	return fmt.Sprintf("| %s %s | %s<br>%s | %s | %s | %s |\n",
		severitySign(f.Severity), f.Severity, markdownCode(f.Rule), f.label(), markdownPlace(f), markdownCode(f.qualified()), markdown(f.Message))
}

func severitySign(s rules.Severity) string {
	switch s {
	case rules.Critical:
		return "🟣"
	case rules.High:
		return "🔴"
	case rules.Medium:
		return "🟠"
	case rules.Low:
		return "🟡"
	}
	return "🔵"
}

func markdownDetails(f *Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s** (%s, %s) %s\n\n", markdownCode(f.Rule), f.Severity, f.label(), markdownPlace(f))
	if subject := f.subject(); subject != "" {
		fmt.Fprintf(&b, "%s\n\n", markdownCode(subject))
	}
	fmt.Fprintf(&b, "%s\n\n", markdown(f.Message))
	for _, d := range f.details(maxScenarios) {
		fmt.Fprintf(&b, "- %s: %s\n", d.label, markdown(d.text))
	}
	b.WriteString("\n")
	if len(f.frame.lines) > 0 {
		// A code block ends only at a line that its own fence begins: no line
		// here begins with anything but its number.
		b.WriteString("```text\n")
		for _, line := range f.frame.text() {
			b.WriteString(line + "\n")
		}
		b.WriteString("```\n\n")
	}
	return b.String()
}

func markdownKnown(f *Finding) string {
	return fmt.Sprintf("%s %s %s: %s", markdownCode(f.Rule), markdownPlace(f), markdownCode(f.qualified()), markdown(f.Message))
}

func markdownWaived(f *Finding) string { return markdownKnown(f) + "; " + markdown(f.Waiver.String()) }

func (r *Report) markdownRemarks() []string {
	out := mapped(r.remarks(), markdownNotice)
	if len(r.Summary.NotJudged) > 0 {
		heading, reasons := r.Summary.unjudged()
		for _, reason := range reasons {
			out = append(out, "**not judged**: "+heading+": "+markdown(reason))
		}
	}
	return out
}

func (r *Report) markdownFooter() string {
	var b strings.Builder
	b.WriteString("<details><summary>What was judged, and by what</summary>\n\n")
	for _, f := range r.facts() {
		fmt.Fprintf(&b, "- %s: %s\n", f.label, markdown(shortened(f.text)))
	}
	fmt.Fprintf(&b, "- digest of the policy set: %s\n\n</details>\n", markdownCode(r.Policy.Digest))
	return b.String()
}

// shortened cuts a line of the summary, which may list names.
func shortened(text string) string {
	const most = 500 // characters
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// markdown writes text so that none of it means anything in Markdown or HTML,
// and on one line. Nobody is mentioned and no issue is linked by what a template
// says: an empty comment stands between the sign and the name.
func markdown(text string) string {
	var b strings.Builder
	before := ' '
	runes := []rune(plain(text))
	for i, r := range runes {
		within := i+1 < len(runes) && alphanumeric(before) && alphanumeric(runes[i+1])
		switch {
		case strings.ContainsRune("@#", r):
			fmt.Fprintf(&b, "&#%d;<!-- -->", r)
		case r == '_' && within: // not emphasis
			b.WriteRune(r)
		case strings.ContainsRune("&<>|`*_[]\\~!$", r):
			fmt.Fprintf(&b, "&#%d;", r)
		default:
			b.WriteRune(r)
		}
		before = r
	}
	return b.String()
}

func alphanumeric(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// markdownCode writes text as code, also within a table. Empty text stays empty.
func markdownCode(text string) string {
	if text == "" {
		return ""
	}
	return "<code>" + markdown(text) + "</code>"
}
