package nested

import (
	"strings"

	"github.com/fsxns3ap/guardhook/validate/template"
)

const (
	fnRef   = "Ref"
	fnSub   = "Fn::Sub"
	fnIf    = "Fn::If"
	noValue = "AWS::NoValue"
)

func scalar(pos template.Pos, text string) *template.Node {
	return &template.Node{Kind: template.String, Text: text, Pure: true, Pos: pos}
}

func call(pos template.Pos, fn string, args ...*template.Node) *template.Node {
	return &template.Node{Kind: template.Call, Fn: fn, Items: args, Pos: pos}
}

func ref(pos template.Pos, name string) *template.Node { return call(pos, fnRef, scalar(pos, name)) }

func conditionRef(name string) *template.Node {
	return call(template.Pos{}, "Condition", scalar(template.Pos{}, name))
}

func isCall(n *template.Node, fn string) bool {
	return n != nil && n.Kind == template.Call && n.Fn == fn
}

func isScalar(n *template.Node) bool {
	return n.Kind == template.String || n.Kind == template.Number || n.Kind == template.Bool
}

// refName returns the name in a Ref.
func refName(n *template.Node) (string, bool) {
	if !isCall(n, fnRef) || len(n.Items) != 1 || !isScalar(n.Items[0]) {
		return "", false
	}
	return n.Items[0].Text, true
}

func isNoValue(n *template.Node) bool {
	name, ok := refName(n)
	return ok && name == noValue
}

// isVariable tells whether a Fn::Sub has a variable of that name.
func isVariable(n *template.Node, name string) bool {
	return len(n.Items) > 1 && n.Items[1].Get(name) != nil
}

// partsText is the text of a Fn::Sub with these parts.
func partsText(parts []template.Part) string {
	var b strings.Builder
	for _, p := range parts {
		if p.Name != "" {
			b.WriteString("${" + p.Name + "}")
		} else {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

// describe writes a function out, to tell it from others.
func describe(n *template.Node) string {
	if n.Kind != template.Call {
		text := n.Text
		for i, item := range n.Items {
			text += " " + describe(item)
			if n.Kind == template.Map {
				text += "=" + n.Keys[i].Name
			}
		}
		return text
	}
	args := make([]string, len(n.Items))
	for i, item := range n.Items {
		args[i] = describe(item)
	}
	return n.Fn + "(" + strings.Join(args, ", ") + ")"
}
