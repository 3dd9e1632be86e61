package fix

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// item writes a YAML mapping as an item of a list.
func item(indent, mapping string) string {
	var b strings.Builder
	lead := indent + "- "
	for line := range strings.Lines(mapping) {
		b.WriteString(lead + line)
		lead = indent + "  "
	}
	return b.String()
}

// appendItem puts a value, given as YAML, at the end of the list at a path.
func appendItem(src []byte, path []string, value string) ([]byte, error) {
	t, v, err := parseBoth(src, value)
	if err != nil {
		return nil, err
	}
	node := t.root
	for i, name := range path {
		if err := plainMap(node); err != nil {
			return nil, fmt.Errorf("%s: %w", strings.Join(path[:i], "."), err)
		}
		_, next := entry(node, name)
		if next == nil {
			return nil, fmt.Errorf("there is no %s", strings.Join(path[:i+1], "."))
		}
		node = next
	}
	if node.Kind != yaml.SequenceNode || node.Tag != "!!seq" || node.Anchor != "" {
		return nil, fmt.Errorf("%s is not a literal list", strings.Join(path, "."))
	}
	if node.Style&yaml.FlowStyle != 0 {
		return t.growFlow(node, func(lead, step string) string {
			if t.json {
				return encodeJSON(v, lead, step)
			}
			return flow(v)
		})
	}
	indent := t.src[t.lines[node.Line-1]:t.at(node)]
	if strings.TrimSpace(indent) != "" {
		return nil, errors.New("the list does not begin on a line of its own")
	}
	at := t.listEnd(node)
	list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{v}}
	return t.spliced(at, at, "\n"+block(list, indent, t.step())), nil
}

// listEnd is the end of the last line of a block list. A list may stand at the
// indentation of its key, so that the next key ends it.
func (t *text) listEnd(list *yaml.Node) int {
	return t.linesEnd(list.Line, func(indent int, trimmed string) bool {
		return indent > list.Column-1 || indent == list.Column-1 && strings.HasPrefix(trimmed, "-")
	})
}
