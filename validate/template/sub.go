package template

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// callSub checks a Fn::Sub and parses its text.
func (l *loader) callSub(n, arg *Node, p place) {
	var variables *Node
	if arg.Kind == List {
		if !l.arguments(n, functions[fnSub], arg) {
			return
		}
		arg, variables = n.Items[0], n.Items[1]
	}
	if !arg.isScalar() {
		l.errorf(arg.Pos, "Fn::Sub needs a string, not %s", describe(arg))
		return
	}
	arg.Pure = true
	if variables != nil {
		if variables.Kind != Map || len(variables.Keys) > 0 && isFunctionKey(variables.Keys[0].Name) {
			l.errorf(variables.Pos, "Fn::Sub: the second argument must be a map of variables, not %s", describe(variables))
			return
		}
		variables.Pure = l.values(variables.Items, p)
	}
	var own map[string]bool
	if variables != nil {
		own = make(map[string]bool, len(variables.Keys))
		for _, key := range variables.Keys {
			own[key.Name] = true
		}
	}
	n.Parts = l.parts(arg)
	for _, part := range n.Parts {
		if part.Name == "" || own[part.Name] {
			continue
		}
		if id, _, dotted := strings.Cut(part.Name, "."); dotted {
			if p.section&inConditionals != 0 {
				l.errorf(part.Pos, "Fn::Sub: an attribute (%s) cannot be used %s", part.Name, p.section)
				continue
			}
			l.attribute(id, part.Pos, fnSub, p)
			continue
		}
		l.reference(part.Name, part.Pos, p)
	}
}

// parts splits a text into literals and ${references}. A reference may have
// spaces around its name; ${!Text} is the literal ${Text}.
func (l *loader) parts(n *Node) []Part {
	text := n.Text
	at := strings.Index(text, "${")
	if at < 0 {
		return []Part{{Text: text, Pos: n.Pos}}
	}
	var parts []Part
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			parts = append(parts, Part{Text: literal.String(), Pos: n.Pos})
			literal.Reset()
		}
	}
	find := l.finder(n)
	for at >= 0 {
		end := strings.IndexByte(text[at:], '}')
		if end < 0 {
			break
		}
		raw := text[at : at+end+1]
		literal.WriteString(text[:at])
		text = text[at+end+1:]
		at = strings.Index(text, "${")
		pos := find(raw)
		name := strings.TrimSpace(raw[2 : len(raw)-1])
		switch {
		case strings.HasPrefix(raw, "${!"):
			literal.WriteString("${" + raw[3:])
		case !isSubName(name):
			l.errorf(pos, "Fn::Sub: %s is not a reference; names have letters, digits, '_', '.' and ':' (write ${!...} for literal text)", raw)
		default:
			flush()
			parts = append(parts, Part{Name: name, Pos: pos})
		}
	}
	literal.WriteString(text)
	flush()
	return parts
}

func isSubName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c != '_' && c != '.' && c != ':' && !isAlphanumeric(c) {
			return false
		}
	}
	return s != "" && s[0] != '.' && s[len(s)-1] != '.'
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// finder returns a function that finds the pieces of a scalar in the source,
// called in their order. What cannot be found, because the source escapes it
// or a loop made it, is at the scalar's own position.
func (l *loader) finder(n *Node) func(raw string) Pos {
	from := l.src.offset(n.Pos)
	// The source of a scalar is longer than its text by quotes and indentation.
	window := l.src.text[from:min(len(l.src.text), from+4*len(n.Text)+256)]
	at, pos := 0, n.Pos
	lost := false
	return func(raw string) Pos {
		i := -1
		if !lost {
			i = bytes.Index(window[at:], []byte(raw))
		}
		if lost = i < 0; lost {
			return n.Pos
		}
		for end := at + i; at < end; {
			if br := breakLen(window[at:]); br > 0 {
				at += br
				pos = Pos{pos.Line + 1, 1}
				continue
			}
			_, size := utf8.DecodeRune(window[at:])
			at += size
			pos.Col++
		}
		found := pos
		// Step into the piece so that the next search does not find it again.
		at++
		pos.Col++
		return found
	}
}
