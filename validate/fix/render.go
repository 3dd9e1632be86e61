package fix

import (
	"encoding/json"
	"strings"

	"go.yaml.in/yaml/v3"
)

// flow is a value in one line of YAML, intrinsic functions in their short form.
func flow(v *yaml.Node) string {
	tag := ""
	if strings.HasPrefix(v.Tag, "!") && !strings.HasPrefix(v.Tag, "!!") {
		tag = v.Tag + " "
	}
	switch v.Kind {
	case yaml.MappingNode:
		parts := make([]string, 0, len(v.Content)/2)
		for i := 0; i < len(v.Content); i += 2 {
			parts = append(parts, v.Content[i].Value+": "+flow(v.Content[i+1]))
		}
		return tag + "{" + strings.Join(parts, ", ") + "}"
	case yaml.SequenceNode:
		parts := make([]string, 0, len(v.Content))
		for _, item := range v.Content {
			parts = append(parts, flow(item))
		}
		return tag + "[" + strings.Join(parts, ", ") + "]"
	}
	if v.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		return tag + jsonText(v.Value)
	}
	return tag + v.Value
}

// block is a mapping or sequence in block form, without the last line's end.
func block(v *yaml.Node, indent string, step int) string {
	var lines []string
	if v.Kind == yaml.SequenceNode {
		for _, item := range v.Content {
			if !isBlock(item) {
				lines = append(lines, indent+"- "+flow(item))
				continue
			}
			text := block(item, indent+"  ", step)
			lines = append(lines, indent+"- "+strings.TrimPrefix(text, indent+"  "))
		}
		return strings.Join(lines, "\n")
	}
	for i := 0; i < len(v.Content); i += 2 {
		key := v.Content[i].Value
		if strings.ContainsAny(key, ":#{}[]&*!|>'\"%@`") {
			key = jsonText(key)
		}
		if !isBlock(v.Content[i+1]) {
			lines = append(lines, indent+key+": "+flow(v.Content[i+1]))
			continue
		}
		lines = append(lines, indent+key+":", block(v.Content[i+1], indent+strings.Repeat(" ", step), step))
	}
	return strings.Join(lines, "\n")
}

func isBlock(v *yaml.Node) bool {
	return v.Kind != yaml.ScalarNode && v.Style&yaml.FlowStyle == 0 && len(v.Content) > 0
}

// encodeJSON is a value in JSON, intrinsic functions in their long form. lead is
// the indentation of its line, step that of a level; one line if step is empty.
func encodeJSON(v *yaml.Node, lead, step string) string {
	if name, ok := strings.CutPrefix(v.Tag, "!"); ok && !strings.HasPrefix(name, "!") {
		return encodeJSON(longForm(v, name), lead, step)
	}
	open, inner, last := "", "", ""
	if step != "" {
		inner = "\n" + lead + step
		last = "\n" + lead
	}
	separator := ","
	if step == "" {
		separator = ", "
	}
	var parts []string
	switch v.Kind {
	case yaml.MappingNode:
		for i := 0; i < len(v.Content); i += 2 {
			parts = append(parts, inner+jsonText(v.Content[i].Value)+": "+encodeJSON(v.Content[i+1], lead+step, step))
		}
		return "{" + open + strings.Join(parts, separator) + last + "}"
	case yaml.SequenceNode:
		for _, item := range v.Content {
			parts = append(parts, inner+encodeJSON(item, lead+step, step))
		}
		return "[" + open + strings.Join(parts, separator) + last + "]"
	}
	if v.Tag == "!!bool" || v.Tag == "!!int" {
		return v.Value
	}
	return jsonText(v.Value)
}

// longForm is a function in its long form: the tag becomes a key.
func longForm(v *yaml.Node, name string) *yaml.Node {
	plain := *v
	plain.Tag = "!!str"
	switch {
	case v.Kind == yaml.MappingNode:
		plain.Tag = "!!map"
	case v.Kind == yaml.SequenceNode:
		plain.Tag = "!!seq"
	case name == "GetAtt":
		id, attribute, _ := strings.Cut(v.Value, ".")
		plain = yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{textNode(id), textNode(attribute)}}
	}
	if name != "Ref" && name != "Condition" {
		name = "Fn::" + name
	}
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{textNode(name), &plain}}
}

func textNode(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }

func jsonText(s string) string {
	out, err := json.Marshal(s)
	if err != nil {
		// Unreachable: text always encodes.
		panic(err)
	}
	return string(out)
}
