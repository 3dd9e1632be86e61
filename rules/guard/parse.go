package guard

import (
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxNesting bounds blocks, filters and literals within each other.
const maxNesting = 250

// parser reads the grammar by recursive descent over bytes. There are no
// tokens: keywords are prefixes, as in the reference grammar.
//
// A method that finds nothing returns false. It failed softly when err is nil:
// the caller may restore pos and try an alternative. It failed for good when
// err is set: everybody returns.
type parser struct {
	file     *File
	src      string
	pos      int
	depth    int
	err      *Error
	far      int      // the farthest soft failure
	want     []string // what would have been right there
	hint     hint
	queries  map[int]parsedQuery
	comments map[int]int // end by offset
}

// hint is a better explanation of an error between two offsets.
type hint struct {
	from, to int
	msg      string
}

type parsedQuery struct {
	query *query
	end   int
}

// Parse compiles the text of a rule file. name is used in positions. An error
// is an *Error.
//
// A file without rules compiles; Check refuses it.
func Parse(name string, text []byte) (*File, error) {
	p := &parser{
		file:     &File{Name: name, src: string(text), lines: lineOffsets(string(text))},
		src:      string(text),
		queries:  make(map[int]parsedQuery),
		comments: make(map[int]int),
	}
	if !utf8.ValidString(p.src) {
		return nil, p.file.errorf(invalidUTF8(p.src), "the text is not UTF-8")
	}
	p.parseFile()
	if p.err != nil {
		return nil, p.err
	}
	for at, end := range p.comments {
		p.file.comments = append(p.file.comments, comment{at, end})
	}
	sort.Slice(p.file.comments, func(i, j int) bool { return p.file.comments[i].at < p.file.comments[j].at })
	p.file.compile()
	return p.file, nil
}

func invalidUTF8(s string) int {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return i
			}
		}
	}
	return 0
}

func lineOffsets(s string) []int {
	lines := []int{0}
	for i := 0; ; {
		n := strings.IndexByte(s[i:], '\n')
		if n < 0 {
			return lines
		}
		i += n + 1
		lines = append(lines, i)
	}
}

// position converts an offset of the source.
func (f *File) position(offset int) Pos {
	line := sort.SearchInts(f.lines, offset+1) - 1
	return Pos{line + 1, utf8.RuneCountInString(f.src[f.lines[line]:offset]) + 1}
}

func (f *File) errorf(offset int, msg string) *Error {
	return &Error{File: f.Name, Pos: f.position(offset), Msg: msg}
}

// miss notes what was expected at the current place and fails softly.
func (p *parser) miss(what string) bool {
	switch {
	case p.pos > p.far:
		p.far, p.want = p.pos, append(p.want[:0], what)
	case p.pos == p.far:
		for _, w := range p.want {
			if w == what {
				return false
			}
		}
		p.want = append(p.want, what)
	}
	return false
}

// fail makes the farthest soft failure an error. what is added to what was
// expected here, if it is not empty.
func (p *parser) fail(what string) bool {
	if p.err != nil {
		return false
	}
	if what != "" {
		p.miss(what)
	}
	if p.hint.msg != "" && p.hint.from <= p.far && p.far <= p.hint.to {
		p.err = p.file.errorf(p.hint.from, p.hint.msg)
		return false
	}
	return p.stop(p.far, "expected "+expected(p.want)+", found "+p.seen(p.far))
}

func (p *parser) stop(offset int, msg string) bool {
	if p.err == nil {
		p.err = p.file.errorf(offset, msg)
	}
	return false
}

// expected joins alternatives: "a, b or c". A clause includes a path.
func expected(words []string) string {
	if slices.Contains(words, "a clause") {
		words = slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "a path" })
	}
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

func (p *parser) seen(offset int) string {
	rest := p.src[offset:]
	if rest == "" {
		return "the end of the file"
	}
	switch {
	case rest[0] == '\n' || strings.HasPrefix(rest, "\r\n"):
		return "the end of the line"
	case rest[0] == ' ' || rest[0] == '\t':
		return "blank space"
	}
	end := 0
	for i, r := range rest {
		if i > 0 && !isNameRune(r) || i > 30 {
			break
		}
		end = i + utf8.RuneLen(r)
		if !isNameRune(r) {
			break
		}
	}
	return "`" + rest[:end] + "`"
}

func (p *parser) nest() bool {
	p.depth++
	if p.depth > maxNesting {
		return p.stop(p.pos, "nested too deeply")
	}
	return true
}

// space skips blank space and comments and reports whether there was any.
func (p *parser) space() bool {
	start := p.pos
	for p.pos < len(p.src) {
		switch p.src[p.pos] {
		case ' ', '\t', '\r', '\n':
			p.pos++
		case '#':
			end := strings.IndexByte(p.src[p.pos:], '\n')
			if end < 0 {
				end = len(p.src) - p.pos
			}
			p.comments[p.pos] = p.pos + end
			p.pos += end
		default:
			return p.pos > start
		}
	}
	return p.pos > start
}

// blanks skips spaces and tabs.
func (p *parser) blanks() bool {
	start := p.pos
	for p.pos < len(p.src) && (p.src[p.pos] == ' ' || p.src[p.pos] == '\t') {
		p.pos++
	}
	return p.pos > start
}

// take consumes the first of texts that comes next.
func (p *parser) take(texts ...string) bool {
	for _, t := range texts {
		if strings.HasPrefix(p.src[p.pos:], t) {
			p.pos += len(t)
			return true
		}
	}
	return false
}

// token is take that notes what was expected.
func (p *parser) token(text string) bool {
	return p.take(text) || p.miss("`"+text+"`")
}

// spaced takes the token after optional blank space.
func (p *parser) spaced(text string) bool {
	start := p.pos
	p.space()
	if p.take(text) {
		return true
	}
	p.miss("`" + text + "`")
	p.pos = start
	return false
}

// must takes the token after optional blank space or fails for good.
func (p *parser) must(text string) bool {
	return p.spaced(text) || p.fail("`"+text+"`")
}

func isNameStart(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func isNameRune(r rune) bool {
	if r < utf8.RuneSelf {
		return isNameStart(byte(r)) || r >= '0' && r <= '9' || r == '_'
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.Other_Alphabetic, r)
}

func (p *parser) name(what string) (string, bool) {
	start := p.pos
	if start >= len(p.src) || !isNameStart(p.src[start]) {
		return "", p.miss(what)
	}
	end := start
	for i, r := range p.src[start:] {
		if !isNameRune(r) {
			break
		}
		end = start + i + utf8.RuneLen(r)
	}
	p.pos = end
	return p.src[start:end], true
}

// or takes the separator of alternatives.
func (p *parser) or() bool {
	start := p.pos
	p.space()
	if p.take("or", "OR", "|OR|") && p.space() {
		return true
	}
	p.pos = start
	return false
}

// not takes a negation, if there is one.
func (p *parser) not() bool {
	if p.take("!") {
		return true
	}
	start := p.pos
	if p.take("not", "NOT") && p.blanks() {
		return true
	}
	p.pos = start
	return false
}

// message reads `<<text>>`.
func (p *parser) message() (string, bool) {
	if !strings.HasPrefix(p.src[p.pos:], "<<") {
		return "", false
	}
	end := strings.Index(p.src[p.pos+2:], ">>")
	if end < 0 {
		return "", p.miss("a message that ends in `>>`")
	}
	text := p.src[p.pos+2 : p.pos+2+end]
	p.pos += end + 4
	return text, true
}

// spacedMessage reads a message after optional blank space.
func (p *parser) spacedMessage() (string, bool) {
	start := p.pos
	p.space()
	text, ok := p.message()
	if !ok {
		p.pos = start
	}
	return text, ok
}
