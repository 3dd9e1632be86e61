package main

import (
	"bufio"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fsxns3ap/guardhook/hook"
)

// columns is the width that text is written for.
const columns = 100

// style is how text looks: plain for files and pipes, with signs and colours for
// people.
type style struct{ signs, color bool }

// style looks at where standard output goes (https://no-color.org).
func (c *Command) style() style {
	locale := ""
	for _, name := range [...]string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale = c.Env(name); locale != "" {
			break
		}
	}
	locale = strings.ToUpper(strings.ReplaceAll(locale, "-", ""))
	return style{
		signs: c.StdoutTerminal && strings.Contains(locale, "UTF8"),
		color: c.Colour(),
	}
}

// mark says at the head of a line what the hook answered: it refuses, or accepts
// with a rule that failed, or accepts.
func (s style) mark(r *hook.Response) string {
	text, sign, sgr := "ok     ", "✓", "1;32"
	switch {
	case r.Status == hook.Failed:
		text, sign, sgr = "refused", "✗", "1;31"
	case anyFailed(r):
		text, sign, sgr = "warned ", "!", "1;33"
	}
	if s.signs {
		text = sign
	}
	return s.paint(sgr, text)
}

func (s style) paint(sgr, text string) string {
	if !s.color {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

func anyFailed(r *hook.Response) bool {
	return slices.ContainsFunc(r.Annotations, func(a hook.Annotation) bool { return a.Status == hook.AnnotationFailed })
}

// page writes lines. An error of the writer is kept for Flush.
type page struct {
	w     *bufio.Writer
	style style
	fixed map[string]bool // rules whose remedy is written
}

func (c *Command) newPage() *page {
	return &page{w: bufio.NewWriter(c.Stdout), style: c.style(), fixed: map[string]bool{}}
}

func (p *page) line(parts ...string) {
	for _, s := range parts {
		_, _ = p.w.WriteString(s)
	}
	_ = p.w.WriteByte('\n')
}

// wrap writes text behind a head, in lines of columns, the next ones as far in
// as the head is.
func (p *page) wrap(head, text string) {
	indent := strings.Repeat(" ", len(head)-len(strings.TrimLeft(head, " "))+2)
	if strings.TrimSpace(head) == "" {
		indent = head
	}
	line := head
	empty := true
	for _, word := range strings.Fields(plain(text)) {
		if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > columns {
			p.line(line)
			line, empty = indent, true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	p.line(strings.TrimRight(line, " "))
}

// short cuts a message to a line.
func short(message string) string {
	message = plain(message)
	if utf8.RuneCountInString(message) <= columns-2 {
		return message
	}
	return string([]rune(message)[:columns-3]) + "…"
}

// plain replaces what a terminal would obey.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

func writeIndented(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
