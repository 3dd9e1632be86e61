package template

import (
	"bytes"
	"sort"
	"unicode/utf8"
)

// source finds places in the text of a template.
type source struct {
	text  []byte
	lines []int // offset of the first byte of every line
	marks []mark
}

// mark is a known place: a line's start, or one inside a long line, so that
// finding a place does not cost the length of its line.
type mark struct {
	off int
	Pos
}

// markDistance is the distance of marks in a line, in characters.
const markDistance = 256

// newSource indexes lines by the breaks that YAML knows, so that its line
// numbers and those of the YAML reader agree.
func newSource(text []byte) *source {
	lines := 1 + bytes.Count(text, []byte{'\n'})
	s := &source{text: text, lines: make([]int, 1, lines), marks: make([]mark, 1, lines+len(text)/markDistance)}
	at := mark{Pos: Pos{1, 1}}
	s.marks[0] = at
	for at.off < len(text) {
		if c := text[at.off]; c >= 0x20 && c < utf8.RuneSelf {
			at.off++
			at.Col++
			if at.Col%markDistance == 0 {
				s.marks = append(s.marks, at)
			}
			continue
		}
		if n := breakLen(text[at.off:]); n > 0 {
			at = mark{at.off + n, Pos{at.Line + 1, 1}}
			s.lines = append(s.lines, at.off)
			s.marks = append(s.marks, at)
			continue
		}
		_, n := utf8.DecodeRune(text[at.off:])
		at.off += n
		at.Col++
		if at.Col%markDistance == 0 {
			s.marks = append(s.marks, at)
		}
	}
	return s
}

// breakLen returns the number of bytes of the line break that b starts with,
// or 0.
func breakLen(b []byte) int {
	switch {
	case b[0] == '\n':
		return 1
	case b[0] == '\r':
		if len(b) > 1 && b[1] == '\n' {
			return 2
		}
		return 1
	case b[0] == 0xC2 && len(b) > 1 && b[1] == 0x85: // next line
		return 2
	case b[0] == 0xE2 && len(b) > 2 && b[1] == 0x80 && (b[2] == 0xA8 || b[2] == 0xA9): // line, paragraph separator
		return 3
	}
	return 0
}

// offset returns the offset of a position, at most the end of the text.
func (s *source) offset(p Pos) int {
	if p.Line < 1 {
		return 0
	}
	at := s.marks[sort.Search(len(s.marks), func(i int) bool { return s.marks[i].compare(p) > 0 })-1]
	if at.Line < p.Line {
		return len(s.text)
	}
	for at.Col < p.Col && at.off < len(s.text) {
		_, n := utf8.DecodeRune(s.text[at.off:])
		at.off += n
		at.Col++
	}
	return at.off
}

// pos returns the position of an offset.
func (s *source) pos(off int) Pos {
	at := s.marks[sort.Search(len(s.marks), func(i int) bool { return s.marks[i].off > off })-1]
	return Pos{Line: at.Line, Col: at.Col + utf8.RuneCount(s.text[at.off:off])}
}

// afterTag returns where the value behind the tag at p starts, or p when
// nothing follows.
func (s *source) afterTag(p Pos) Pos {
	off := s.offset(p)
	for off < len(s.text) && !isSpace(s.text[off]) && s.text[off] != ',' {
		off++
	}
	for off < len(s.text) {
		switch c := s.text[off]; {
		case isSpace(c):
			off++
		case c == '#':
			for off < len(s.text) && breakLen(s.text[off:]) == 0 {
				off++
			}
		default:
			return s.pos(off)
		}
	}
	return p
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
