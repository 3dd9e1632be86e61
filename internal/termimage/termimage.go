// Package termimage draws what a program writes to a terminal, for
// documentation: text with SGR colour codes becomes an SVG picture.
//
// It knows the codes that package report writes and no cursor movement.
package termimage

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The geometry, in pixels.
const (
	charWidth  = 8
	lineHeight = 18
	margin     = 20
	titleBar   = 36
)

// run is text in one style.
type run struct {
	column int
	text   string
	style  style
}

type style struct {
	bold, dim  bool
	fg, ground int // SGR codes; 0 is none
}

// colors are those of SGR codes, on a dark ground.
func colors(code int) string {
	switch code {
	case 31:
		return "#ff7b72"
	case 32:
		return "#7ee787"
	case 33:
		return "#f2cc60"
	case 34:
		return "#6e9fdc"
	case 35:
		return "#d2a8ff"
	case 36:
		return "#76d9e6"
	case 41:
		return "#da3633"
	case 97:
		return "#ffffff"
	}
	return "#e6edf3"
}

// SVG draws text below a title. An SGR code that it does not know is an error.
func SVG(title, text string) ([]byte, error) {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	var body strings.Builder
	width := utf8.RuneCountInString(title)
	var st style
	for i, line := range lines {
		runs, columns, err := split(line, &st)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		width = max(width, columns)
		for _, r := range runs {
			draw(&body, r, titleBar+margin+i*lineHeight)
		}
	}
	w, h := width*charWidth+2*margin, titleBar+len(lines)*lineHeight+margin
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img" aria-label="%[3]s">`+"\n", w, h, escape(title))
	fmt.Fprintf(&out, `<rect width="%d" height="%d" rx="8" fill="#0d1117"/>`+"\n", w, h)
	for i, color := range [...]string{"#ff5f57", "#febc2e", "#28c840"} {
		fmt.Fprintf(&out, `<circle cx="%d" cy="18" r="6" fill="%s"/>`+"\n", margin+i*20, color)
	}
	fmt.Fprintln(&out, `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13" xml:space="preserve">`)
	fmt.Fprintf(&out, `<text x="%d" y="22" fill="#8b949e" text-anchor="middle">%s</text>`+"\n", w/2, escape(title))
	out.WriteString(body.String())
	out.WriteString("</g>\n</svg>\n")
	return []byte(out.String()), nil
}

func draw(b *strings.Builder, r run, y int) {
	n := utf8.RuneCountInString(r.text)
	if r.style.ground != 0 {
		fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" rx="3" fill="%s"/>`+"\n",
			margin+r.column*charWidth, y-13, n*charWidth, lineHeight-1, colors(r.style.ground))
	}
	trimmed := strings.TrimLeft(r.text, " ")
	column := r.column + len(r.text) - len(trimmed)
	trimmed = strings.TrimRight(trimmed, " ")
	if trimmed == "" {
		return
	}
	extra := ""
	if r.style.bold {
		extra += ` font-weight="bold"`
	}
	if r.style.dim {
		extra += ` opacity="0.6"`
	}
	// textLength keeps columns straight whatever font there is.
	fmt.Fprintf(b, `<text x="%d" y="%d" textLength="%d" fill="%s"%s>%s</text>`+"\n",
		margin+column*charWidth, y, utf8.RuneCountInString(trimmed)*charWidth, colors(r.style.fg), extra, escape(trimmed))
}

// split cuts a line into runs. The style goes on to the next line.
func split(line string, st *style) (runs []run, columns int, err error) {
	for line != "" {
		text, rest, escaped := strings.Cut(line, "\x1b[")
		if text != "" {
			runs = append(runs, run{columns, text, *st})
			columns += utf8.RuneCountInString(text)
		}
		if !escaped {
			break
		}
		codes, after, ok := strings.Cut(rest, "m")
		if !ok {
			return nil, 0, fmt.Errorf("an escape sequence does not end")
		}
		for _, code := range strings.Split(codes, ";") {
			if err := st.set(code); err != nil {
				return nil, 0, err
			}
		}
		line = after
	}
	return runs, columns, nil
}

func (st *style) set(text string) error {
	code, err := strconv.Atoi(text)
	switch {
	case err != nil:
		return fmt.Errorf("%q is no SGR code", text)
	case code == 0:
		*st = style{}
	case code == 1:
		st.bold = true
	case code == 2:
		st.dim = true
	case code >= 31 && code <= 36 || code == 97:
		st.fg = code
	case code == 41:
		st.ground = code
	default:
		return fmt.Errorf("unknown SGR code %d", code)
	}
	return nil
}

func escape(text string) string {
	var b strings.Builder
	// A strings.Builder takes everything.
	_ = xml.EscapeText(&b, []byte(text))
	return b.String()
}
