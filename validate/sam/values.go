package sam

import (
	"bytes"
	"crypto/sha1" // as the transform does, to name things
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/fsxns3ap/guardhook/validate/template"
)

// value returns the text of a literal, or of a reference to a parameter whose
// value is pinned or has a default. That a default was taken is noted.
func (x *expander) value(p prop) (string, bool) {
	text, assumed, ok := x.lookup(p.node)
	if assumed {
		name, _ := refName(p.node)
		x.note(p.at, "AWS::Serverless is expanded with the default of the parameter %s (%q)", name, text)
	}
	return text, ok
}

// lookup is value without the note. assumed is true for a default.
func (x *expander) lookup(n *template.Node) (text string, assumed, ok bool) {
	if isScalar(n) {
		return n.Text, false, true
	}
	name, isRef := refName(n)
	if !isRef {
		return "", false, false
	}
	if v, pinned := x.params[name]; pinned {
		return v, false, true
	}
	if name == "AWS::Partition" {
		return x.partition(), false, true
	}
	parameter := x.in.Parameter(name)
	if parameter == nil || parameter.Default == nil || parameter.NoEcho || strings.HasPrefix(parameter.Type, "AWS::SSM::") {
		return "", false, false
	}
	return *parameter.Default, true, true
}

// partition is the partition that ARNs name; "aws" when none is pinned.
func (x *expander) partition() string {
	if p := x.params["AWS::Partition"]; p != "" {
		return p
	}
	region := x.params["AWS::Region"]
	for prefix, partition := range map[string]string{"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc"} {
		if strings.HasPrefix(region, prefix) {
			return partition
		}
	}
	return "aws"
}

// hashDigits is how much of a hash the transform puts into a logical id.
const hashDigits = 10

// hash returns the end of a logical id that the transform derives from a text.
func hash(text string) string {
	if text == "" {
		return ""
	}
	sum := sha1.Sum([]byte(text))
	return hex.EncodeToString(sum[:])[:hashDigits]
}

// hashOf is hash for a value: its text, or its compact JSON with sorted keys.
func (x *expander) hashOf(v any) string {
	n := build(template.Pos{}, v)
	if !(prop{node: n}).truthy() {
		return ""
	}
	plain := x.plain(n)
	if text, ok := plain.(string); ok {
		return hash(text)
	}
	return hash(compactJSON(plain))
}

// plain is a node as the transform's JSON has it, with references to parameters
// replaced by their values.
func (x *expander) plain(n *template.Node) any {
	return template.LongForm(n, func(n *template.Node) (any, bool) {
		if isCall(n, fnSub) {
			return x.plainSub(n), true
		}
		text, _, ok := x.lookup(n)
		return text, ok
	})
}

// plainSub is a Fn::Sub with the values of parameters in its text.
func (x *expander) plainSub(n *template.Node) any {
	text := n.Items[0].Text
	for _, part := range n.Parts {
		if value, _, ok := x.lookup(ref(n.Pos, part.Name)); ok && part.Name != "" && (len(n.Items) == 1 || n.Items[1].Get(part.Name) == nil) {
			text = strings.ReplaceAll(text, "${"+part.Name+"}", value)
		}
	}
	if len(n.Items) == 1 {
		return object{fnSub: text}
	}
	return object{fnSub: list{text, x.plain(n.Items[1])}}
}

// textOf is a text that equal values under construction have in common.
func textOf(v any) string { return compactJSON(template.LongForm(build(template.Pos{}, v), nil)) }

// compactJSON writes JSON as Python's json module does without white space:
// what is not ASCII is escaped.
func compactJSON(v any) string { return asciiJSON(v, "") }

func asciiJSON(v any, indent string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(v); err != nil {
		return ""
	}
	var out strings.Builder
	for _, r := range strings.TrimSuffix(b.String(), "\n") {
		if r < 0x80 {
			out.WriteRune(r)
			continue
		}
		out.WriteString(escaped(r))
	}
	return out.String()
}

func escaped(r rune) string {
	const hexDigits = "0123456789abcdef"
	unit := func(c rune) string {
		return `\u` + string([]byte{hexDigits[c>>12&15], hexDigits[c>>8&15], hexDigits[c>>4&15], hexDigits[c&15]})
	}
	if r < 0x10000 {
		return unit(r)
	}
	r -= 0x10000
	return unit(0xD800+r>>10) + unit(0xDC00+r&0x3FF)
}

// alphanumeric reports whether a text has letters and digits only, and one of
// them at least.
func alphanumeric(s string) bool {
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return s != ""
}
