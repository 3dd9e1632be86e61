package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// columns is the width that text is written for.
	columns = 100
	// frameColumns is what of a source line fits beside its number.
	frameColumns = columns - 9
	tabColumns   = 4
)

// frame is a place in a source: the line, and the one before.
type frame struct {
	first int // number of the first line
	lines []string
	caret int // column below which the place is, from 0
}

// text writes the lines with their numbers, and the caret below the last.
func (f frame) text() []string {
	out := make([]string, 0, len(f.lines)+1)
	for i, line := range f.lines {
		out = append(out, strings.TrimRight(fmt.Sprintf("%5d │ %s", f.first+i, line), " "))
	}
	return append(out, "      │ "+strings.Repeat(" ", f.caret)+"^")
}

// lineIndex finds the lines of a source, by the line breaks that YAML knows.
type lineIndex struct {
	text   string
	starts []int
}

func newLineIndex(src []byte) *lineIndex {
	x := &lineIndex{text: string(src), starts: []int{0}}
	for i, r := range x.text {
		switch r {
		case '\r':
			if i+1 < len(x.text) && x.text[i+1] == '\n' {
				continue
			}
			x.starts = append(x.starts, i+1)
		case '\n', '\u0085', '\u2028', '\u2029':
			x.starts = append(x.starts, i+utf8.RuneLen(r))
		}
	}
	return x
}

// line returns a line by its number, without its break.
func (x *lineIndex) line(n int) (string, bool) {
	if n < 1 || n > len(x.starts) {
		return "", false
	}
	end := len(x.text)
	if n < len(x.starts) {
		end = x.starts[n]
	}
	return strings.TrimRight(x.text[x.starts[n-1]:end], "\r\n\u0085\u2028\u2029"), true
}

func (x *lineIndex) frame(line, col int) frame {
	here, ok := x.line(line)
	if !ok {
		return frame{}
	}
	text, caret := expand(here, col-1)
	from := 0
	if caret >= frameColumns-10 {
		from = caret - frameColumns/2
	}
	f := frame{first: line, lines: []string{window(text, from)}, caret: caret - from}
	before, ok := x.line(line - 1)
	if trimmed := strings.TrimSpace(before); ok && from == 0 && trimmed != "" && trimmed[0] != '#' {
		text, _ := expand(before, 0)
		f.first, f.lines = line-1, []string{window(text, 0), f.lines[0]}
	}
	return f
}

// expand writes a line with spaces for tabs and without characters that a
// terminal would obey. caret is where its n-th character went.
func expand(line string, n int) (text string, caret int) {
	var b strings.Builder
	width, i := 0, 0
	for _, r := range line {
		if i == n {
			caret = width
		}
		i++
		switch {
		case r == '\t':
			for {
				b.WriteByte(' ')
				if width++; width%tabColumns == 0 {
					break
				}
			}
			continue
		case !visible(r):
			r = '\uFFFD'
		}
		b.WriteRune(r)
		width++
	}
	if n >= i {
		caret = width
	}
	return b.String(), caret
}

// window cuts what fits out of a line.
func window(text string, from int) string {
	runes := []rune(text)
	if from == 0 && len(runes) <= frameColumns {
		return text
	}
	to := min(len(runes), from+frameColumns)
	out := append([]rune{}, runes[min(from, len(runes)):to]...)
	if from > 0 && len(out) > 0 {
		out[0] = '…'
	}
	if to < len(runes) {
		out[len(out)-1] = '…'
	}
	return string(out)
}

// visible reports whether a terminal shows a character, and does nothing else.
func visible(r rune) bool {
	return r == ' ' || unicode.IsGraphic(r) && !unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Zl, r) && !unicode.Is(unicode.Zp, r)
}

// plain makes text safe to write to a terminal, on one line.
func plain(text string) string {
	safe := utf8.ValidString(text)
	for _, r := range text {
		if !visible(r) {
			safe = false
			break
		}
	}
	if safe {
		return text
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case !visible(r):
			return '\uFFFD'
		}
		return r
	}, text)
}
