package rules

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// yamlReader reads YAML strictly and reports every complaint at its position.
type yamlReader struct {
	file string
	// row and col are added to the positions of the text: YAML inside comments
	// does not begin at the top left.
	row, col int
	errs     *LoadErrors
}

var yamlErrorLine = regexp.MustCompile(`^yaml: (?:unmarshal errors:\s*)?line (\d+): `)

// parse returns the only document's root, or nil after a complaint. Anchors and
// aliases are refused, so that the tree is as large as the text.
func (y yamlReader) parse(src []byte) *yaml.Node {
	dec := yaml.NewDecoder(strings.NewReader(string(src)))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		line, text := 1, strings.TrimPrefix(err.Error(), "yaml: ")
		if m := yamlErrorLine.FindStringSubmatch(err.Error()); m != nil {
			line, _ = strconv.Atoi(m[1])
			text = err.Error()[len(m[0]):]
		}
		if text == "EOF" {
			text = "the document is empty"
		}
		y.errs.add(y.file, y.row+line, 0, "%s", text)
		return nil
	}
	root := doc.Content[0]
	before := len(*y.errs)
	y.check(root, 0)
	var more yaml.Node
	if dec.Decode(&more) == nil {
		y.fail(&more, "a second document")
	}
	if len(*y.errs) > before {
		return nil
	}
	return root
}

const maxYAMLDepth = 64

func (y yamlReader) check(n *yaml.Node, depth int) {
	switch {
	case depth > maxYAMLDepth:
		y.fail(n, "nested deeper than %d levels", maxYAMLDepth)
		return
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		y.fail(n, "anchors and aliases are not supported")
		return
	case n.Kind == yaml.MappingNode:
		seen := make(map[string]bool, len(n.Content)/2)
		for i := 0; i < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind != yaml.ScalarNode {
				y.fail(key, "a key must be a string")
				continue
			}
			if key.ShortTag() == "!!merge" {
				y.fail(key, "merge keys are not supported")
			}
			if seen[key.Value] {
				y.fail(key, "duplicate key %q", key.Value)
			}
			seen[key.Value] = true
		}
	}
	for _, c := range n.Content {
		y.check(c, depth+1)
	}
}

func (y yamlReader) fail(n *yaml.Node, format string, args ...any) {
	y.errs.add(y.file, y.row+n.Line, y.col+n.Column, format, args...)
}

// each calls fn for the entries of a mapping.
func (y yamlReader) each(n *yaml.Node, what string, fn func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		y.fail(n, "%s must be a mapping", what)
		return
	}
	for i := 0; i < len(n.Content); i += 2 {
		fn(n.Content[i], n.Content[i+1])
	}
}

// fields calls the function of each key that is there; other keys are refused.
func (y yamlReader) fields(n *yaml.Node, what string, fns map[string]func(*yaml.Node)) {
	y.each(n, what, func(key, value *yaml.Node) {
		if fn, ok := fns[key.Value]; ok {
			fn(value)
			return
		}
		known := make([]string, 0, len(fns))
		for k := range fns {
			known = append(known, k)
		}
		slices.Sort(known)
		y.fail(key, "unknown key %q in %s (want %s)", key.Value, what, strings.Join(known, ", "))
	})
}

// text returns the text of a scalar other than null.
func (y yamlReader) text(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		y.fail(n, "want text")
		return ""
	}
	return n.Value
}

func (y yamlReader) texts(n *yaml.Node) []string {
	if n.Kind != yaml.SequenceNode {
		y.fail(n, "want a list")
		return nil
	}
	out := make([]string, len(n.Content))
	for i, item := range n.Content {
		out[i] = y.text(item)
	}
	return out
}

func (y yamlReader) boolean(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" || (n.Value != "true" && n.Value != "false") {
		y.fail(n, "want true or false")
		return false
	}
	return n.Value == "true"
}

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// value returns the JSON value that a node stands for; numbers are json.Number.
func (y yamlReader) value(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for i := 0; i < len(n.Content); i += 2 {
			m[n.Content[i].Value] = y.value(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, c := range n.Content {
			list[i] = y.value(c)
		}
		return list
	}
	switch n.ShortTag() {
	case "!!bool":
		return y.boolean(n)
	case "!!null":
		return nil
	case "!!int", "!!float":
		if !jsonNumber.MatchString(n.Value) {
			y.fail(n, "%s is no decimal number; quote it if it is text", n.Value)
		}
		return json.Number(n.Value)
	}
	return n.Value
}

func describe(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		return "text"
	case json.Number:
		return "a number"
	case []any:
		return "a list"
	case map[string]any:
		return "a mapping"
	}
	return fmt.Sprintf("%T", v)
}
