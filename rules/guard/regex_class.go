package guard

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The Unicode meaning of the class escapes, without brackets.
const (
	digitClass = `\p{Nd}`
	wordClass  = `\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\x{24B6}-\x{24E9}\x{200C}\x{200D}`
	spaceClass = `\x{09}-\x{0D}\x{85}\p{Z}`
	hexClass   = `0-9A-Fa-f`
)

func (t *translator) escape() error {
	if t.pos+1 >= len(t.src) {
		return errors.New("trailing backslash")
	}
	c, size := utf8.DecodeRuneInString(t.src[t.pos+1:])
	switch c {
	case 'd', 'D', 'w', 'W', 's', 'S', 'h', 'H':
		t.pos += 2
		t.atomOf(t.shorthand(c))
		return nil
	case 'b', 'B':
		t.words = true
		t.zeroWidth(`\` + string(c))
		return nil
	case 'A', 'z':
		t.zeroWidth(`\` + string(c))
		return nil
	case 'G':
		t.backtracks = true
		t.zeroWidth(`\G`)
		return nil
	case '0':
		t.pos += 2
		if t.full {
			t.atomOf("(?!)")
		} else {
			t.atomOf(classText(nil))
		}
		return nil
	case 'K':
		t.keep = true
		t.zeroWidth("")
		return nil
	case 'p', 'P':
		text, err := t.property()
		if err != nil {
			return err
		}
		t.atomOf(text)
		return nil
	case 'k':
		end := strings.IndexByte(t.rest(), '>')
		if end < 4 || t.rest()[2] != '<' || !t.names[t.rest()[3:end]] && !t.isGroup(t.rest()[3:end]) {
			return errors.New("the reference names no group")
		}
		t.backtracks = true
		t.atomOf(`\k` + t.rest()[2:end+1])
		t.pos += end + 1
		return nil
	}
	if c >= '1' && c <= '9' {
		end := 2
		for end < len(t.rest()) && t.rest()[end] >= '0' && t.rest()[end] <= '9' {
			end++
		}
		number := t.rest()[1:end]
		if !t.isGroup(number) {
			return fmt.Errorf("there is no group %s", number)
		}
		t.backtracks = true
		t.atomOf(`\k<` + number + `>`)
		t.pos += end
		return nil
	}
	r, length, err := literalEscape(t.rest(), c, size)
	if err != nil {
		return err
	}
	t.pos += length
	t.atomOf(quoteRune(r))
	return nil
}

func (t *translator) zeroWidth(text string) {
	t.pos += 2
	t.atom, t.repeated = -1, false
	t.emit(text)
}

// shorthand gives a class escape outside of brackets.
func (t *translator) shorthand(c rune) string {
	if t.full && strings.ContainsRune("dDwWsS", c) {
		return `\` + string(c)
	}
	not := ""
	if c < 'a' {
		not = "^"
	}
	return "[" + not + classOf(c) + "]"
}

func classOf(c rune) string {
	switch c {
	case 'd', 'D':
		return digitClass
	case 'w', 'W':
		return wordClass
	case 's', 'S':
		return spaceClass
	}
	return hexClass
}

// property reads \pN or \p{Name}.
func (t *translator) property() (string, error) {
	rest := t.rest()
	end := 3
	if len(rest) > 2 && rest[2] == '{' {
		end = strings.IndexByte(rest, '}') + 1
	}
	if end < 3 || end > len(rest) {
		return "", errors.New("the name of the character class is missing")
	}
	text := rest[:end]
	t.pos += end
	if t.full {
		ranges, err := runes("["+text+"]", false)
		if err != nil {
			return "", err
		}
		return classText(ranges), nil
	}
	return text, nil
}

// literalEscape reads an escape that stands for one character and returns its
// length with the backslash.
func literalEscape(rest string, c rune, size int) (rune, int, error) {
	switch c {
	case 'n':
		return '\n', 2, nil
	case 't':
		return '\t', 2, nil
	case 'r':
		return '\r', 2, nil
	case 'f':
		return '\f', 2, nil
	case 'v':
		return '\v', 2, nil
	case 'a':
		return '\a', 2, nil
	case 'e':
		return 0x1b, 2, nil
	case 'x', 'u', 'U':
		digits := map[rune]int{'x': 2, 'u': 4, 'U': 8}[c]
		text, end := "", 2+digits
		if strings.HasPrefix(rest[2:], "{") {
			close := strings.IndexByte(rest, '}')
			if close < 0 {
				return 0, 0, errors.New("the code of a character does not end")
			}
			text, end = rest[3:close], close+1
		} else if len(rest) >= end {
			text = rest[2:end]
		}
		n, err := strconv.ParseUint(text, 16, 32)
		if err != nil || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
			return 0, 0, errors.New("the code of a character is wrong")
		}
		return rune(n), end, nil
	}
	if c < utf8.RuneSelf && (isNameStart(byte(c)) || c >= '0' && c <= '9' || c == '<' || c == '>') || c >= utf8.RuneSelf {
		return 0, 0, fmt.Errorf(`unknown escape \%c`, c)
	}
	return c, 1 + size, nil
}

func quoteRune(r rune) string {
	if r < utf8.RuneSelf && !isNameStart(byte(r)) && (r < '0' || r > '9') && r > ' ' && r != '_' {
		return `\` + string(r)
	}
	return string(r)
}

// class reads a bracketed class with nested classes and set operations.
func (t *translator) class() (string, error) {
	text, ranges, err := t.readClass()
	if err != nil {
		return "", err
	}
	if ranges == nil {
		return text, nil
	}
	if len(ranges) == 0 && t.full {
		return "(?!)", nil
	}
	return classText(ranges), nil
}

// readClass returns the class as text when it is a plain one for package
// regexp, and as ranges otherwise.
func (t *translator) readClass() (string, []rune, error) {
	var (
		text    = []byte{'['}
		nested  [][]rune // classes within
		pending []rune   // left side of a set operation
		op      string
		sets    bool
	)
	t.pos++
	negated := false
	if strings.HasPrefix(t.rest(), "^") {
		negated = true
		t.pos++
	}
	current := func() ([]rune, error) {
		set, err := runes(string(text)+"]", len(text) == 1)
		if err != nil {
			return nil, err
		}
		for _, n := range nested {
			set = append(set, n...)
		}
		return normalise(set), nil
	}
	for first := true; ; first = false {
		rest := t.rest()
		if rest == "" {
			return "", nil, errors.New("missing closing ]")
		}
		switch {
		case rest[0] == ']' && !first:
			t.pos++
			if !sets && len(nested) == 0 && !t.full {
				if negated {
					return "[^" + string(text[1:]) + "]", nil, nil
				}
				return string(text) + "]", nil, nil
			}
			set, err := current()
			if err != nil {
				return "", nil, err
			}
			if sets {
				set = combine(pending, set, op)
			}
			if negated {
				set = complement(set)
			}
			if len(set) == 0 {
				set = []rune{}
			}
			return "", set, nil
		case strings.HasPrefix(rest, "[:"):
			end := strings.Index(rest, ":]")
			if end < 0 {
				return "", nil, errors.New("missing closing :]")
			}
			text = append(text, rest[:end+2]...)
			t.pos += end + 2
		case rest[0] == '[':
			inner, ranges, err := t.readClass()
			if err != nil {
				return "", nil, err
			}
			if ranges == nil {
				if ranges, err = runes(inner, false); err != nil {
					return "", nil, err
				}
			}
			nested = append(nested, ranges)
		case strings.HasPrefix(rest, "&&"), strings.HasPrefix(rest, "~~"), strings.HasPrefix(rest, "--") && !first:
			set, err := current()
			if err != nil {
				return "", nil, err
			}
			if sets {
				set = combine(pending, set, op)
			}
			pending, op, sets = set, rest[:2], true
			text, nested = text[:1], nil
			t.pos += 2
		case rest[0] == '\\':
			item, err := t.classEscape()
			if err != nil {
				return "", nil, err
			}
			text = append(text, item...)
		case t.flags.extended && strings.IndexByte(" \t\n\r\f\v", rest[0]) >= 0:
			t.pos++
		default:
			r, size := utf8.DecodeRuneInString(rest)
			if r == '-' {
				text = append(text, '-')
				if first || strings.HasPrefix(rest[1:], "]") {
					text = append(text[:len(text)-1], `\-`...)
				}
			} else {
				text = append(text, quoteRune(r)...)
			}
			t.pos += size
		}
	}
}

func (t *translator) classEscape() (string, error) {
	if len(t.rest()) < 2 {
		return "", errors.New("trailing backslash")
	}
	c, size := utf8.DecodeRuneInString(t.rest()[1:])
	switch c {
	case 'd', 'w', 's', 'h':
		t.pos += 2
		return classOf(c), nil
	case 'D', 'S', 'H', 'W':
		t.pos += 2
		set, err := runes("[^"+classOf(c)+"]", false)
		if err != nil {
			return "", err
		}
		text := classText(set)
		return text[1 : len(text)-1], nil
	case 'p', 'P':
		end := 3
		if rest := t.rest(); len(rest) > 2 && rest[2] == '{' {
			end = strings.IndexByte(rest, '}') + 1
		}
		if end < 3 || end > len(t.rest()) {
			return "", errors.New("the name of the character class is missing")
		}
		text := t.rest()[:end]
		t.pos += end
		return text, nil
	case 'b':
		return "", errors.New(`unknown escape \b in a character class`)
	}
	r, length, err := literalEscape(t.rest(), c, size)
	if err != nil {
		return "", err
	}
	t.pos += length
	return quoteRune(r), nil
}

// runes gives the ranges of a class of package regexp.
func runes(class string, empty bool) ([]rune, error) {
	if empty {
		return nil, nil
	}
	re, err := syntax.Parse(class, syntax.Perl)
	if err != nil {
		return nil, syntaxError(err)
	}
	switch re.Op {
	case syntax.OpCharClass:
		return append([]rune(nil), re.Rune...), nil
	case syntax.OpLiteral:
		var set []rune
		for _, r := range re.Rune {
			set = append(set, r, r)
		}
		return set, nil
	case syntax.OpAnyChar:
		return []rune{0, utf8.MaxRune}, nil
	case syntax.OpAnyCharNotNL:
		return []rune{0, '\n' - 1, '\n' + 1, utf8.MaxRune}, nil
	case syntax.OpNoMatch:
		return nil, nil
	}
	return nil, fmt.Errorf("invalid character class %s", class)
}

// normalise sorts ranges and joins those that touch.
func normalise(set []rune) []rune {
	type span struct{ lo, hi rune }
	spans := make([]span, 0, len(set)/2)
	for i := 0; i+1 < len(set); i += 2 {
		spans = append(spans, span{set[i], set[i+1]})
	}
	sort.Slice(spans, func(i, j int) bool { return spans[i].lo < spans[j].lo })
	var out []rune
	for _, s := range spans {
		if n := len(out); n > 0 && s.lo <= out[n-1]+1 {
			out[n-1] = max(out[n-1], s.hi)
			continue
		}
		out = append(out, s.lo, s.hi)
	}
	return out
}

func complement(set []rune) []rune {
	var out []rune
	next := rune(0)
	for i := 0; i < len(set); i += 2 {
		if set[i] > next {
			out = append(out, next, set[i]-1)
		}
		next = set[i+1] + 1
	}
	if next <= utf8.MaxRune {
		out = append(out, next, utf8.MaxRune)
	}
	return out
}

func combine(a, b []rune, op string) []rune {
	union := func(a, b []rune) []rune { return normalise(append(append([]rune(nil), a...), b...)) }
	and := func(a, b []rune) []rune { return complement(union(complement(a), complement(b))) }
	switch op {
	case "&&":
		return and(a, b)
	case "--":
		return and(a, complement(b))
	}
	return union(and(a, complement(b)), and(b, complement(a)))
}

// classText writes ranges as a class that both engines read.
func classText(set []rune) string {
	if len(set) == 0 {
		return `[^\x00-\x{10FFFF}]`
	}
	var b strings.Builder
	b.WriteByte('[')
	for i := 0; i < len(set); i += 2 {
		writeClassRune(&b, set[i])
		if set[i+1] > set[i] {
			b.WriteByte('-')
			writeClassRune(&b, set[i+1])
		}
	}
	b.WriteByte(']')
	return b.String()
}

func writeClassRune(b *strings.Builder, r rune) {
	if r < utf8.RuneSelf {
		fmt.Fprintf(b, `\x%02x`, r)
		return
	}
	b.WriteRune(r)
}
