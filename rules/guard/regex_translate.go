package guard

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// translator rewrites a pattern for one of the engines.
type translator struct {
	src        string
	pos        int
	out        []byte
	full       bool // for the backtracking engine
	backtracks bool // found what only that engine can do
	words      bool
	keep       bool
	flags      flagSet
	outer      []flagSet // flags outside of the open groups
	starts     []int     // where the open groups begin in out
	atom       int       // where the last atom begins in out, or -1
	repeated   bool      // the last thing was a quantifier
	groups     int       // capture groups in the pattern
	names      map[string]bool
}

type flagSet struct {
	multiline, extended bool
	behind              bool // within look-behind, which has a fixed length
}

func newTranslator(src string, full bool) *translator {
	t := &translator{src: src, full: full, atom: -1, names: make(map[string]bool)}
	// Count the groups first, because a reference may stand before its group.
	for i := 0; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case '(':
			rest := src[i+1:]
			if !strings.HasPrefix(rest, "?") {
				t.groups++
				continue
			}
			for _, prefix := range [...]string{"?P<", "?<"} {
				name, ok := strings.CutPrefix(rest, prefix)
				if !ok || name == "" || name[0] == '=' || name[0] == '!' {
					continue
				}
				if end := strings.IndexByte(name, '>'); end > 0 {
					t.names[name[:end]] = true
					t.groups++
				}
				break
			}
		}
	}
	return t
}

func (t *translator) rest() string { return t.src[t.pos:] }

func (t *translator) emit(s string) { t.out = append(t.out, s...) }

// atomOf emits something that a quantifier can follow.
func (t *translator) atomOf(s string) {
	t.atom, t.repeated = len(t.out), false
	t.emit(s)
}

func (t *translator) run() (string, error) {
	for t.pos < len(t.src) {
		if err := t.step(); err != nil {
			return "", err
		}
	}
	if len(t.outer) > 0 {
		return "", errors.New("missing closing )")
	}
	return string(t.out), nil
}

func (t *translator) step() error {
	c := t.src[t.pos]
	switch c {
	case '\\':
		return t.escape()
	case '[':
		class, err := t.class()
		if err != nil {
			return err
		}
		t.atomOf(class)
		return nil
	case '(':
		return t.open()
	case ')':
		if len(t.outer) == 0 {
			return errors.New("unexpected )")
		}
		t.flags = t.outer[len(t.outer)-1]
		t.atom = t.starts[len(t.starts)-1]
		t.outer, t.starts = t.outer[:len(t.outer)-1], t.starts[:len(t.starts)-1]
		t.repeated = false
	case '|':
		t.atom, t.repeated = -1, false
	case '*', '+', '?':
		t.pos++
		return t.quantifier(string(c))
	case '{':
		if q, size := repetition(t.rest()); size > 0 {
			t.pos += size
			return t.quantifier(q)
		}
		t.atomOf(`\{`)
		t.pos++
		return nil
	case '}', ']':
		t.atomOf(`\` + string(c))
		t.pos++
		return nil
	case '$':
		t.atom, t.repeated = -1, false
		if t.full && !t.flags.multiline {
			t.emit(`\z`)
			t.pos++
			return nil
		}
	case '^':
		t.atom, t.repeated = -1, false
	case '#':
		if t.flags.extended {
			end := strings.IndexByte(t.rest(), '\n')
			if end < 0 {
				end = len(t.rest())
			}
			t.pos += end
			return nil
		}
		t.atomOf(`\#`)
		t.pos++
		return nil
	case ' ', '\t', '\n', '\r', '\f', '\v':
		if t.flags.extended {
			t.pos++
			return nil
		}
		t.atom, t.repeated = len(t.out), false
	default:
		_, size := utf8.DecodeRuneInString(t.rest())
		t.atomOf(t.src[t.pos : t.pos+size])
		t.pos += size
		return nil
	}
	t.out = append(t.out, c)
	t.pos++
	return nil
}

// repetition reads {n}, {n,}, {,m} or {n,m} and returns it in the common form.
func repetition(s string) (string, int) {
	end := strings.IndexByte(s, '}')
	if end < 0 {
		return "", 0
	}
	low, high, comma := strings.Cut(s[1:end], ",")
	low, high = strings.TrimSpace(low), strings.TrimSpace(high)
	digits := func(s string) bool { return strings.Trim(s, "0123456789") == "" }
	if !digits(low) || !digits(high) || low == "" && high == "" {
		return "", 0
	}
	if low == "" {
		low = "0"
	}
	if !comma {
		return "{" + low + "}", end + 1
	}
	return "{" + low + "," + high + "}", end + 1
}

func (t *translator) quantifier(q string) error {
	if t.atom < 0 || t.repeated {
		return fmt.Errorf("nothing to repeat before %s", q)
	}
	if low, high, bounds := strings.Cut(strings.Trim(q, "{}"), ","); t.flags.behind && (q[0] != '{' || bounds && low != high) {
		return errors.New("look-behind must have a fixed length")
	}
	t.repeated = true
	switch {
	case strings.HasPrefix(t.rest(), "?"):
		t.pos++
		q += "?"
	case strings.HasPrefix(t.rest(), "+"):
		t.pos++
		t.backtracks = true
		body := string(t.out[t.atom:])
		t.out = append(t.out[:t.atom], "(?>"+body+q+")"...)
		return nil
	}
	t.emit(q)
	return nil
}

// push opens a group.
func (t *translator) push(text string, size int) {
	t.outer = append(t.outer, t.flags)
	t.starts = append(t.starts, len(t.out))
	t.atom, t.repeated = -1, false
	t.emit(text)
	t.pos += size
}

func (t *translator) open() error {
	rest := t.rest()
	has := func(prefix string) bool { return strings.HasPrefix(rest, prefix) }
	switch {
	case !has("(?"):
		t.push("(", 1)
	case has("(?:"):
		t.push("(?:", 3)
	case has("(?#"):
		end := strings.IndexByte(rest, ')')
		if end < 0 {
			return errors.New("the comment in the pattern does not end")
		}
		t.pos += end + 1
	case has("(?="), has("(?!"), has("(?>"):
		t.backtracks = true
		t.push(rest[:3], 3)
	case has("(?<="), has("(?<!"):
		t.backtracks = true
		t.push(rest[:4], 4)
		t.flags.behind = true
	case has("(?P="):
		end := strings.IndexByte(rest, ')')
		if end < 0 || !t.names[rest[4:max(end, 4)]] {
			return errors.New("the reference names no group")
		}
		t.backtracks = true
		t.atomOf(`\k<` + rest[4:end] + `>`)
		t.pos += end + 1
	case has("(?P<"), has("(?<"):
		begin := strings.IndexByte(rest, '<') + 1
		end := strings.IndexByte(rest, '>')
		if end <= begin {
			return errors.New("the name of a group is missing")
		}
		name := rest[begin:end]
		if t.full {
			t.push("(?<"+name+">", end+1)
		} else {
			t.push("(?P<"+name+">", end+1)
		}
	case has("(?("):
		t.backtracks = true
		end := strings.IndexByte(rest, ')')
		cond := strings.Trim(rest[3:max(end, 3)], "<>'")
		if end < 0 || !t.names[cond] && !t.isGroup(cond) {
			return errors.New("the condition names no group")
		}
		t.push("(?("+cond+")", end+1)
	default:
		return t.inlineFlags()
	}
	return nil
}

func (t *translator) isGroup(number string) bool {
	n, err := strconv.Atoi(number)
	return err == nil && n > 0 && n <= t.groups
}

// inlineFlags reads (?flags) and (?flags:...).
func (t *translator) inlineFlags() error {
	rest := t.rest()
	end := strings.IndexAny(rest, ":)")
	if end < 0 {
		return errors.New("missing closing )")
	}
	flags, on := t.flags, true
	var set, unset string
	for _, c := range rest[2:end] {
		switch c {
		case '-':
			on = false
			continue
		case 'm':
			flags.multiline = on
		case 'x':
			flags.extended = on
			continue // the translation has no blank space to ignore
		case 'u':
			if !on {
				return errors.New("the flag -u is not supported")
			}
			continue
		case 'U':
			if t.full {
				return errors.New("the flag U is not supported together with look-around")
			}
		case 'i', 's':
		default:
			return fmt.Errorf("unknown flag %c", c)
		}
		if on {
			set += string(c)
		} else {
			unset += string(c)
		}
	}
	text := "(?" + set
	if unset != "" {
		text += "-" + unset
	}
	if rest[end] == ')' {
		t.flags = flags
		t.pos += end + 1
		t.atom, t.repeated = -1, false
		if set+unset != "" {
			t.emit(text + ")")
		}
		return nil
	}
	t.push(text+":", end+1)
	t.flags = flags
	return nil
}
