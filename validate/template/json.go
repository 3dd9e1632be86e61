package template

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// parseJSON reads the text as one JSON value (RFC 8259). Unlike encoding/json
// it keeps positions, key order and the text of numbers, and refuses duplicate
// keys and unpaired surrogates.
func parseJSON(l *loader) (*Node, error) {
	r := &jsonReader{loader: l, text: l.src.text, line: 1, col: 1}
	r.space()
	root, err := r.value(1)
	if err != nil {
		return nil, err
	}
	r.space()
	if r.off < len(r.text) {
		return nil, r.syntax("text after the end of the JSON value")
	}
	for _, key := range root.Keys {
		if isTemplateKey(key.Name) {
			return root, nil
		}
	}
	return l.notTemplate(noSections), nil
}

type jsonReader struct {
	*loader
	text []byte
	off  int
	// line and col are the position of the offset at.
	at, line, col int
}

// pos returns the position of the current offset. Offsets only grow, so the
// work over a file is linear, also when it is one long line.
func (r *jsonReader) pos() Pos {
	for r.at < r.off {
		if n := breakLen(r.text[r.at:]); n > 0 {
			r.at += n
			r.line++
			r.col = 1
			continue
		}
		_, n := utf8.DecodeRune(r.text[r.at:])
		r.at += n
		r.col++
	}
	return Pos{r.line, r.col}
}

func (r *jsonReader) syntax(format string, args ...any) error {
	_ = r.stopf(r.pos(), "not well-formed JSON: %s", fmt.Sprintf(format, args...))
	return errSyntax
}

func (r *jsonReader) space() {
	for r.off < len(r.text) && isSpace(r.text[r.off]) {
		r.off++
	}
}

// peek returns the next byte that is no space, or 0 at the end.
func (r *jsonReader) peek() byte {
	r.space()
	if r.off == len(r.text) {
		return 0
	}
	return r.text[r.off]
}

func (r *jsonReader) value(depth int) (*Node, error) {
	c := r.peek()
	pos := r.pos()
	if depth > MaxDepth {
		return nil, r.stopf(pos, "values nest deeper than %d", MaxDepth)
	}
	if r.full() {
		return nil, r.stopf(pos, "the template has more than %d values", MaxNodes)
	}
	switch {
	case c == '{':
		return r.object(pos, depth)
	case c == '[':
		return r.array(pos, depth)
	case c == '"':
		n := r.new(String, pos)
		text, err := r.str()
		n.Text = text
		return n, err
	case c == '-' || c >= '0' && c <= '9':
		start := r.off
		for r.off < len(r.text) && bytes.IndexByte([]byte("+-.eE0123456789"), r.text[r.off]) >= 0 {
			r.off++
		}
		n := r.new(Number, pos)
		n.Text = string(r.text[start:r.off])
		if !isJSONNumber(n.Text) {
			r.off = start
			return nil, r.syntax("%s is not a number", n.Text)
		}
		return n, nil
	case c == 0:
		return nil, r.syntax("the text ends where a value is expected")
	}
	for _, lit := range []struct {
		word string
		kind Kind
	}{{"true", Bool}, {"false", Bool}, {"null", Null}} {
		if bytes.HasPrefix(r.text[r.off:], []byte(lit.word)) {
			r.off += len(lit.word)
			n := r.new(lit.kind, pos)
			if lit.kind == Bool {
				n.Text = lit.word
			}
			return n, nil
		}
	}
	return nil, r.syntax("a value is expected")
}

func (r *jsonReader) array(pos Pos, depth int) (*Node, error) {
	n := r.new(List, pos)
	r.off++
	if r.peek() == ']' {
		r.off++
		return n, nil
	}
	for {
		item, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		n.Items = append(n.Items, item)
		switch r.peek() {
		case ',':
			r.off++
		case ']':
			r.off++
			return n, nil
		default:
			return nil, r.syntax("',' or ']' is expected")
		}
	}
}

func (r *jsonReader) object(pos Pos, depth int) (*Node, error) {
	n := r.new(Map, pos)
	r.off++
	if r.peek() == '}' {
		r.off++
		return n, nil
	}
	seen := keySet{}
	for {
		if r.peek() != '"' {
			return nil, r.syntax("a key in double quotes is expected")
		}
		at := r.pos()
		name, err := r.str()
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(name, forEachPrefix) {
			r.loops = true
		}
		if r.peek() != ':' {
			return nil, r.syntax("':' is expected")
		}
		r.off++
		item, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if first, dup := seen.add(n, name); dup {
			r.errorf(at, "duplicate key %q, first on line %d", name, first.Line)
		} else {
			n.Keys = append(n.Keys, Key{Name: name, Pos: at})
			n.Items = append(n.Items, item)
		}
		switch r.peek() {
		case ',':
			r.off++
		case '}':
			r.off++
			return n, nil
		default:
			return nil, r.syntax("',' or '}' is expected")
		}
	}
}

// str reads a string; the current byte is its quote.
func (r *jsonReader) str() (string, error) {
	r.off++
	start := r.off
	var b []byte // the text so far, once there is an escape
	for r.off < len(r.text) {
		switch c := r.text[r.off]; {
		case c == '"':
			raw := r.text[start:r.off]
			r.off++
			if b == nil {
				return string(raw), nil
			}
			return string(append(b, raw...)), nil
		case c < 0x20:
			return "", r.syntax("a line break or control character inside a string; escape it")
		case c == '\\':
			b = append(b, r.text[start:r.off]...)
			ch, err := r.escape()
			if err != nil {
				return "", err
			}
			b = utf8.AppendRune(b, ch)
			start = r.off
		default:
			r.off++
		}
	}
	return "", r.syntax("the text ends inside a string")
}

func (r *jsonReader) escape() (rune, error) {
	if r.off+1 == len(r.text) {
		return 0, r.syntax("the text ends inside a string")
	}
	c := r.text[r.off+1]
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		r.off += 2
		return rune("\"\\/\b\f\n\r\t"[i]), nil
	}
	if c != 'u' {
		return 0, r.syntax(`unknown escape \%c`, c)
	}
	first, ok := r.hex(r.off)
	if !ok {
		return 0, r.syntax(`\u needs four hexadecimal digits`)
	}
	if !utf16.IsSurrogate(first) {
		if first == 0 {
			return 0, r.syntax("the character U+0000 is not allowed")
		}
		r.off += 6
		return first, nil
	}
	second, ok := r.hex(r.off + 6)
	pair := utf16.DecodeRune(first, second)
	if !ok || pair == utf8.RuneError {
		return 0, r.syntax("unpaired surrogate U+%04X", first)
	}
	r.off += 12
	return pair, nil
}

// hex reads the \uXXXX at an offset.
func (r *jsonReader) hex(off int) (rune, bool) {
	if off+6 > len(r.text) || r.text[off] != '\\' || r.text[off+1] != 'u' {
		return 0, false
	}
	var v rune
	for _, c := range r.text[off+2 : off+6] {
		d := strings.IndexByte("0123456789abcdef", c|0x20)
		if d < 0 || c < '0' {
			return 0, false
		}
		v = v<<4 | rune(d)
	}
	return v, true
}
