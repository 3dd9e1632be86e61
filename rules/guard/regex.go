package guard

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
)

// matchTimeout bounds one match of a pattern that needs backtracking.
const matchTimeout = 250 * time.Millisecond

var errBacktracking = errors.New("the regular expression takes too long")

// pattern is a compiled regular expression of the dialect that rule files use:
// that of Rust's fancy-regex, an unanchored Unicode search. Most patterns run
// on package regexp in linear time. Those that need look-around, back
// references, atomic groups or possessive quantifiers run on a backtracking
// engine with a time limit.
type pattern struct {
	source string
	linear *regexp.Regexp
	slow   *regexp2.Regexp
	// words is set when the pattern tests word boundaries, which package
	// regexp knows for ASCII only.
	words bool
	// keep is set when the pattern resets the start of the match.
	keep bool
}

func compilePattern(source string) (*pattern, error) {
	t := newTranslator(source, false)
	linear, err := t.run()
	if err != nil {
		return nil, err
	}
	p := &pattern{source: source, words: t.words, keep: t.keep}
	if !t.backtracks {
		var lerr error
		if p.linear, lerr = regexp.Compile(linear); lerr == nil && !p.words {
			return p, nil
		} else if lerr != nil && !tooLarge(lerr) {
			return nil, syntaxError(lerr)
		}
	}
	full, err := newTranslator(source, true).run()
	if err != nil {
		return nil, err
	}
	if p.slow, err = regexp2.Compile(full, regexp2.None); err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	p.slow.MatchTimeout = matchTimeout
	return p, nil
}

func tooLarge(err error) bool {
	return strings.Contains(err.Error(), "invalid repeat count") || strings.Contains(err.Error(), "too large")
}

func syntaxError(err error) error {
	return errors.New(strings.TrimPrefix(err.Error(), "error parsing regexp: "))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// match reports whether the pattern occurs in s.
func (p *pattern) match(s string) (bool, error) {
	if p.linear != nil && (!p.words || isASCII(s)) {
		return p.linear.MatchString(s), nil
	}
	ok, err := p.slow.MatchString(s)
	if err != nil {
		return false, errBacktracking
	}
	return ok, nil
}

// expand concatenates the expansion of template for every match in s.
func (p *pattern) expand(s, template string) (string, error) {
	if p.keep {
		return "", errors.New(`\K is not supported in regex_replace`)
	}
	var out []byte
	if p.linear != nil && (!p.words || isASCII(s)) {
		names := p.linear.SubexpNames()
		for _, m := range p.linear.FindAllStringSubmatchIndex(s, -1) {
			group := func(name string) string {
				n, err := strconv.Atoi(name)
				if err != nil {
					n = -1
					for i, known := range names {
						if known == name {
							n = i
						}
					}
				}
				if n < 0 || 2*n+1 >= len(m) || m[2*n] < 0 {
					return ""
				}
				return s[m[2*n]:m[2*n+1]]
			}
			out = expandTemplate(out, template, group)
		}
		return string(out), nil
	}
	m, err := p.slow.FindStringMatch(s)
	for m != nil && err == nil {
		group := func(name string) string {
			g := m.GroupByName(name)
			if n, err := strconv.Atoi(name); err == nil {
				g = m.GroupByNumber(n)
			}
			if g == nil || len(g.Captures) == 0 {
				return ""
			}
			return g.String()
		}
		out = expandTemplate(out, template, group)
		m, err = p.slow.FindNextMatch(m)
	}
	if err != nil {
		return "", errBacktracking
	}
	return string(out), nil
}

// expandTemplate appends template with $1, ${name} and $$ replaced. A name
// without braces is as long as possible.
func expandTemplate(out []byte, template string, group func(string) string) []byte {
	for {
		i := strings.IndexByte(template, '$')
		if i < 0 || i == len(template)-1 {
			return append(out, template...)
		}
		out = append(out, template[:i]...)
		rest := template[i+1:]
		switch {
		case rest[0] == '$':
			out, template = append(out, '$'), rest[1:]
			continue
		case rest[0] == '{':
			if end := strings.IndexByte(rest, '}'); end > 0 {
				out, template = append(out, group(rest[1:end])...), rest[end+1:]
				continue
			}
		default:
			end := 0
			for end < len(rest) && (isNameStart(rest[end]) || rest[end] >= '0' && rest[end] <= '9' || rest[end] == '_') {
				end++
			}
			if end > 0 {
				out, template = append(out, group(rest[:end])...), rest[end:]
				continue
			}
		}
		out, template = append(out, '$'), rest
	}
}
