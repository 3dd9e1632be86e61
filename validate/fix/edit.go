package fix

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// setting is a value to write: the path below a resource, and the value as YAML.
type setting struct {
	path  []string
	value string
	// instead is the path of another setting, which would do as well and which
	// findings name.
	instead []string
}

// text is a template that is edited.
type text struct {
	src   string
	lines []int // offsets of lines
	root  *yaml.Node
	json  bool
	// scalars are the lines of block scalars, without their first.
	scalars map[int]bool
}

func parse(src []byte) (*text, error) {
	t := &text{src: string(src), json: bytes.HasPrefix(bytes.TrimSpace(src), []byte("{"))}
	if bytes.ContainsRune(src, '\r') {
		return nil, errors.New("the file has carriage returns")
	}
	if bytes.HasPrefix(src, []byte("\xEF\xBB\xBF")) {
		return nil, errors.New("the file begins with a byte order mark")
	}
	if bytes.ContainsAny(src, "\u0085\u2028\u2029") {
		return nil, errors.New("the file has line breaks other than line feeds")
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(src, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) != 1 {
		return nil, errors.New("the file is empty")
	}
	t.root = doc.Content[0]
	t.lines = []int{0}
	for i := range t.src {
		if t.src[i] == '\n' {
			t.lines = append(t.lines, i+1)
		}
	}
	t.scalars = map[int]bool{}
	t.findScalars(t.root)
	return t, nil
}

// findScalars marks the lines of the block scalars in a node. They are indented
// as the first that has text, or more; where an indicator says otherwise, the
// change is refused for what it does to the text.
func (t *text) findScalars(n *yaml.Node) {
	for _, child := range n.Content {
		t.findScalars(child)
	}
	if n.Kind != yaml.ScalarNode || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		return
	}
	indent := 0
	for line := n.Line + 1; line <= len(t.lines); line++ {
		content := t.src[t.lines[line-1]:t.lineEnd(line)]
		trimmed := strings.TrimLeft(content, " ")
		lead := len(content) - len(trimmed)
		switch {
		case trimmed == "":
		case indent == 0:
			indent = lead
		}
		if trimmed != "" && (lead < indent || lead == 0) {
			return
		}
		t.scalars[line] = true
	}
}

// offset is that of a place. Columns count characters.
func (t *text) offset(line, column int) int {
	at := t.lines[line-1]
	for range column - 1 {
		_, size := utf8.DecodeRuneInString(t.src[at:])
		at += size
	}
	return at
}

func (t *text) at(n *yaml.Node) int { return t.offset(n.Line, n.Column) }

func (t *text) spliced(from, to int, with string) []byte {
	return []byte(t.src[:from] + with + t.src[to:])
}

// resources is the section that is edited.
const resources = "Resources"

// edit is a change of a template's text.
type edit struct {
	// path is that of a value from the top of the template.
	path []string
	// value is YAML, with intrinsic functions in their short form.
	value string
	// item makes value an item at the end of the list at path.
	item bool
}

// apply makes the change, and only that: everything else has to mean what it did.
func (e edit) apply(src []byte) ([]byte, error) {
	change := write
	if e.item {
		change = appendItem
	}
	out, err := change(src, e.path, e.value)
	if err != nil {
		return nil, err
	}
	var before, after yaml.Node
	if err := yaml.Unmarshal(src, &before); err != nil {
		return nil, err
	}
	if err := yaml.Unmarshal(out, &after); err != nil {
		return nil, fmt.Errorf("the changed template does not load: %w", err)
	}
	if !e.only(before.Content[0], after.Content[0], e.path) {
		return nil, errors.New("the change would touch other values")
	}
	return out, nil
}

// only tells whether two nodes differ in nothing but the value at a path.
func (e edit) only(before, after *yaml.Node, path []string) bool {
	switch {
	case len(path) == 0 && !e.item:
		return true
	case len(path) > 0 && before.Kind == yaml.ScalarNode && before.Tag == "!!null":
		return true // a key without a value has the rest of the path now
	case before.Kind != after.Kind || before.Tag != after.Tag || before.Value != after.Value || before.Anchor != after.Anchor:
		return false
	case len(path) == 0:
		n := len(before.Content)
		return len(after.Content) == n+1 && same(before.Content, after.Content[:n])
	}
	for i := 0; i < len(before.Content); i += 2 {
		if before.Kind != yaml.MappingNode || i >= len(after.Content) || !same(before.Content[i:i+1], after.Content[i:i+1]) {
			return false
		}
		if before.Content[i].Value == path[0] {
			return len(before.Content) == len(after.Content) && e.only(before.Content[i+1], after.Content[i+1], path[1:]) &&
				same(before.Content[i+2:], after.Content[i+2:])
		}
		if !same(before.Content[i+1:i+2], after.Content[i+1:i+2]) {
			return false
		}
	}
	n := len(before.Content)
	return len(after.Content) == n+2 && after.Content[n].Value == path[0]
}

// same tells whether nodes mean the same.
func same(a, b []*yaml.Node) bool {
	return slices.EqualFunc(a, b, func(a, b *yaml.Node) bool {
		return a.Kind == b.Kind && a.Tag == b.Tag && a.Value == b.Value && a.Anchor == b.Anchor && same(a.Content, b.Content)
	})
}

// name is what was written, in terms of a resource.
func (e edit) name(resource string) string {
	if e.path[1] == resource {
		return strings.Join(e.path[2:], ".")
	}
	return strings.Join(e.path[1:], ".")
}

// written tells why a resource cannot be edited: it comes from a transform or a
// loop.
func written(src []byte, resource string) error {
	t, err := parse(src)
	if err != nil {
		return err
	}
	_, section := entry(t.root, resources)
	if section != nil && section.Kind == yaml.MappingNode {
		if _, found := entry(section, resource); found != nil {
			return nil
		}
	}
	return errors.New("the template does not write the resource out")
}

// write puts a value, given as YAML, at a path of a template.
func write(src []byte, path []string, value string) ([]byte, error) {
	t, v, err := parseBoth(src, value)
	if err != nil {
		return nil, err
	}
	node, key := t.root, (*yaml.Node)(nil)
	for i, name := range path {
		if err := plainMap(node); err != nil {
			return nil, fmt.Errorf("%s: %w", strings.Join(path[:i], "."), err)
		}
		k, next := entry(node, name)
		if next == nil {
			return t.insert(node, key, path[i:], v)
		}
		if next.Tag == "!!null" && next.Value == "" {
			return t.fill(k, path[i+1:], v)
		}
		node, key = next, k
	}
	return t.replace(node, v)
}

// parseBoth parses a template, and a value that is to be part of it.
func parseBoth(src []byte, value string) (*text, *yaml.Node, error) {
	t, err := parse(src)
	if err != nil {
		return nil, nil, err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(value), &doc); err != nil {
		return nil, nil, err
	}
	return t, doc.Content[0], nil
}

// plainMap refuses what is not written out as a mapping.
func plainMap(n *yaml.Node) error {
	switch {
	case n.Kind == yaml.AliasNode:
		return errors.New("is an alias")
	case n.Kind != yaml.MappingNode:
		return errors.New("is not a mapping")
	case n.Anchor != "":
		return errors.New("has an anchor")
	case n.Tag != "!!map":
		return fmt.Errorf("is a %s", n.Tag)
	}
	for i := 0; i < len(n.Content); i += 2 {
		name := n.Content[i].Value
		if name == "<<" || strings.HasPrefix(name, "Fn::") || name == "Ref" {
			return fmt.Errorf("has %s", name)
		}
	}
	return nil
}

func entry(n *yaml.Node, name string) (key, value *yaml.Node) {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}

// replace puts a scalar in the place of a scalar on one line.
func (t *text) replace(n, v *yaml.Node) ([]byte, error) {
	if n.Kind != yaml.ScalarNode || v.Kind != yaml.ScalarNode || n.Anchor != "" || strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
		return nil, errors.New("the value is not a literal")
	}
	from := t.at(n)
	to := from + len(n.Value)
	switch n.Style {
	case 0:
		if !strings.HasPrefix(t.src[from:], n.Value) {
			return nil, errors.New("the value is on several lines")
		}
	case yaml.DoubleQuotedStyle, yaml.SingleQuotedStyle:
		to = quotedEnd(t.src, from)
		if strings.Contains(t.src[from:to], "\n") {
			return nil, errors.New("the value is on several lines")
		}
	default:
		return nil, errors.New("the value is a block")
	}
	return t.spliced(from, to, t.inline(v)), nil
}

// inline is a value in one line.
func (t *text) inline(v *yaml.Node) string {
	if t.json {
		return encodeJSON(v, "", "")
	}
	return flow(v)
}

// fill puts a value behind a key that has none: "Properties:".
func (t *text) fill(key *yaml.Node, rest []string, v *yaml.Node) ([]byte, error) {
	if t.json {
		return nil, errors.New("the value is null")
	}
	lineEnd := t.lineEnd(key.Line)
	indent := strings.Repeat(" ", key.Column-1+t.step())
	if len(rest) == 0 && v.Kind == yaml.ScalarNode {
		colon := t.at(key) + strings.IndexByte(t.src[t.at(key):], ':') + 1
		return t.spliced(colon, colon, " "+flow(v)), nil
	}
	if len(rest) == 0 {
		return t.spliced(lineEnd, lineEnd, "\n"+block(v, indent, t.step())), nil
	}
	return t.spliced(lineEnd, lineEnd, "\n"+t.nested(rest, v, indent)), nil
}

func (t *text) lineEnd(line int) int {
	if line < len(t.lines) {
		return t.lines[line] - 1
	}
	return len(t.src)
}

// nested is a value below keys, as lines of a block without the last line's end.
func (t *text) nested(keys []string, v *yaml.Node, indent string) string {
	step := t.step()
	if len(keys) > 1 {
		return indent + keys[0] + ":\n" + t.nested(keys[1:], v, indent+strings.Repeat(" ", step))
	}
	if v.Kind == yaml.ScalarNode || len(v.Content) == 0 {
		return indent + keys[0] + ": " + flow(v)
	}
	return indent + keys[0] + ":\n" + block(v, indent+strings.Repeat(" ", step), step)
}

// step is how far the template indents.
func (t *text) step() int {
	if _, section := entry(t.root, resources); section != nil && len(section.Content) > 0 && section.Style&yaml.FlowStyle == 0 {
		if n := section.Content[0].Column - t.root.Column; n > 0 {
			return n
		}
	}
	return 2
}

// insert adds an entry at the end of a mapping.
func (t *text) insert(m, key *yaml.Node, path []string, v *yaml.Node) ([]byte, error) {
	if m.Style&yaml.FlowStyle != 0 {
		return t.insertFlow(m, path, v)
	}
	if len(m.Content) == 0 {
		return nil, errors.New("the mapping is empty")
	}
	first := m.Content[0]
	if key != nil && first.Line == key.Line {
		return nil, errors.New("the mapping begins on the line of its key")
	}
	indent := strings.Repeat(" ", first.Column-1)
	if lead := t.src[t.lines[first.Line-1]:t.at(first)]; lead != indent {
		return nil, errors.New("the mapping does not begin on a line of its own")
	}
	at := t.blockEnd(first)
	return t.spliced(at, at, "\n"+t.gap(m)+t.nested(path, v, indent)), nil
}

// blockEnd is the end of the last line of the block mapping that begins with a
// key: what follows is indented less.
func (t *text) blockEnd(first *yaml.Node) int {
	return t.linesEnd(first.Line, func(indent int, trimmed string) bool {
		return indent >= first.Column-1 && !strings.HasPrefix(trimmed, "...") && !strings.HasPrefix(trimmed, "---")
	})
}

// linesEnd is the end of the last line, from one on, that belongs to a block.
// Comments and blank lines at its end belong to what follows; what looks like a
// comment in a block scalar is text.
func (t *text) linesEnd(first int, belongs func(indent int, trimmed string) bool) int {
	last := first
	for line := first + 1; line <= len(t.lines); line++ {
		content := t.src[t.lines[line-1]:t.lineEnd(line)]
		trimmed := strings.TrimLeft(content, " ")
		if trimmed == "" || strings.HasPrefix(trimmed, "#") && !t.scalars[line] {
			continue
		}
		if !belongs(len(content)-len(trimmed), trimmed) {
			break
		}
		last = line
	}
	return t.lineEnd(last)
}

// gap is a blank line where one stands before the last entry of a mapping.
func (t *text) gap(m *yaml.Node) string {
	if len(m.Content) < 4 {
		return ""
	}
	line := m.Content[len(m.Content)-2].Line - 1
	content := func() string { return strings.TrimSpace(t.src[t.lines[line-1]:t.lineEnd(line)]) }
	for line > m.Line && strings.HasPrefix(content(), "#") {
		line--
	}
	if content() == "" {
		return "\n"
	}
	return ""
}

// insertFlow adds an entry to a mapping in braces.
func (t *text) insertFlow(m *yaml.Node, path []string, v *yaml.Node) ([]byte, error) {
	value := v
	for i := len(path) - 1; i > 0; i-- {
		value = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!str", Value: path[i]}, value}}
	}
	return t.growFlow(m, func(lead, step string) string {
		if t.json {
			return t.key(path[0]) + ": " + encodeJSON(value, lead, step)
		}
		return t.key(path[0]) + ": " + flow(value)
	})
}

// growFlow adds an entry to what is in braces or brackets. lead is the
// indentation of the entry's line and step that of a level; both are empty where
// it shares a line with others.
func (t *text) growFlow(n *yaml.Node, entry func(lead, step string) string) ([]byte, error) {
	end, err := closing(t.src, t.at(n))
	if err != nil {
		return nil, err
	}
	last := strings.TrimRight(t.src[:end], " \t\n")
	comma := ","
	if len(n.Content) == 0 || strings.HasSuffix(last, ",") {
		comma = ""
	}
	if t.commented(len(last)) {
		return nil, errors.New("a comment follows the last value")
	}
	if len(n.Content) > 0 && n.Content[0].Line != n.Line {
		// One entry a line.
		lead := t.src[t.lines[n.Content[0].Line-1]:t.at(n.Content[0])]
		if strings.TrimSpace(lead) != "" {
			return nil, errors.New("the mapping does not begin on a line of its own")
		}
		return t.spliced(len(last), len(last), comma+"\n"+lead+entry(lead, t.jsonStep(n, lead))), nil
	}
	if len(n.Content) > 0 {
		comma += " "
	}
	return t.spliced(len(last), len(last), comma+entry("", "")), nil
}

// commented tells whether the line of an offset has a comment before it.
func (t *text) commented(at int) bool {
	start := strings.LastIndexByte(t.src[:at], '\n') + 1
	return !t.json && strings.Contains(t.src[start:at], " #")
}

// jsonStep is what a level of a JSON text is indented by.
func (t *text) jsonStep(m *yaml.Node, lead string) string {
	line := t.src[t.lines[m.Line-1]:]
	own := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	if step, ok := strings.CutPrefix(lead, own); ok && step != "" {
		return step
	}
	return "  "
}

func (t *text) key(name string) string {
	if t.json {
		out, _ := json.Marshal(name)
		return string(out)
	}
	return name
}

// closing is the offset of the bracket that closes the one at an offset.
func closing(src string, open int) (int, error) {
	depth := 0
	for i := open; i < len(src); i++ {
		switch c := src[i]; c {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i, nil
			}
		case '"', '\'':
			if i > 0 && !strings.ContainsRune(" \t\n,:{[", rune(src[i-1])) {
				// An apostrophe inside of a plain scalar.
				continue
			}
			if i = quotedEnd(src, i) - 1; i >= len(src)-1 {
				return 0, errors.New("the mapping does not end")
			}
		case '#':
			if i > 0 && strings.ContainsRune(" \t\n", rune(src[i-1])) {
				next := strings.IndexByte(src[i:], '\n')
				if next < 0 {
					return 0, errors.New("the mapping does not end")
				}
				i += next
			}
		}
	}
	return 0, errors.New("the mapping does not end")
}

// quotedEnd is the offset after the quoted scalar that begins at an offset.
func quotedEnd(src string, from int) int {
	quote := src[from]
	for i := from + 1; i < len(src); i++ {
		switch {
		case src[i] == '\\' && quote == '"':
			i++
		case src[i] == quote && quote == '\'' && i+1 < len(src) && src[i+1] == '\'':
			i++
		case src[i] == quote:
			return i + 1
		}
	}
	return len(src)
}
