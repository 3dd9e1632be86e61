package sam

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/fsxns3ap/guardhook/validate/template"
)

// object and list are values under construction. Their members are of these
// types, or string, bool, int, prop or *template.Node; members that are nil, or
// an absent prop, are left out.
type (
	object = map[string]any
	list   = []any
)

const (
	fnRef    = "Ref"
	fnGetAtt = "Fn::GetAtt"
	fnSub    = "Fn::Sub"
	fnIf     = "Fn::If"
	fnJoin   = "Fn::Join"
	noValue  = "AWS::NoValue"
)

// build makes a node of a value under construction. What has no position of its
// own is at pos.
func build(pos template.Pos, v any) *template.Node {
	switch v := v.(type) {
	case *template.Node:
		return v
	case prop:
		return v.node
	case string:
		return scalar(pos, template.String, v)
	case bool:
		return scalar(pos, template.Bool, strconv.FormatBool(v))
	case int:
		return scalar(pos, template.Number, strconv.Itoa(v))
	case json.Number:
		return scalar(pos, template.Number, v.String())
	case list:
		return buildList(pos, v)
	case placed:
		if v.items == nil {
			return nil
		}
		return buildList(v.at, v.items)
	case object:
		return buildMap(pos, v)
	}
	return scalar(pos, template.Null, "")
}

func scalar(pos template.Pos, kind template.Kind, text string) *template.Node {
	return &template.Node{Kind: kind, Text: text, Pure: true, Pos: pos}
}

func buildList(pos template.Pos, v list) *template.Node {
	n := &template.Node{Kind: template.List, Pure: true, Pos: pos}
	for _, item := range v {
		if item := build(pos, item); item != nil {
			add(n, item)
		}
	}
	return n
}

func buildMap(pos template.Pos, v object) *template.Node {
	n := &template.Node{Kind: template.Map, Pure: true, Pos: pos}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		at := pos
		switch v := v[name].(type) {
		case nil:
			continue
		case prop:
			at = v.at
		case placed:
			at = v.at
		}
		if item := build(pos, v[name]); item != nil {
			n.Keys = append(n.Keys, template.Key{Name: name, Pos: at})
			add(n, item)
		}
	}
	return n
}

func add(n, item *template.Node) {
	n.Items = append(n.Items, item)
	n.Pure = n.Pure && item.Pure
}

func call(pos template.Pos, fn string, args ...*template.Node) *template.Node {
	return &template.Node{Kind: template.Call, Fn: fn, Items: args, Pos: pos}
}

func ref(pos template.Pos, id string) *template.Node {
	return call(pos, fnRef, scalar(pos, template.String, id))
}

func getAtt(pos template.Pos, id, attribute string) *template.Node {
	return call(pos, fnGetAtt, scalar(pos, template.String, id), scalar(pos, template.String, attribute))
}

// choose is Fn::If. A missing branch is AWS::NoValue.
func choose(pos template.Pos, condition string, yes, no any) *template.Node {
	branch := func(v any) *template.Node {
		if v == nil {
			return ref(pos, noValue)
		}
		return build(pos, v)
	}
	return call(pos, fnIf, scalar(pos, template.String, condition), branch(yes), branch(no))
}

// sub is Fn::Sub; variables may be nil.
func sub(pos template.Pos, text string, variables object) *template.Node {
	n := call(pos, fnSub, scalar(pos, template.String, text))
	if len(variables) > 0 {
		n.Items = append(n.Items, buildMap(pos, variables))
	}
	for text != "" {
		before, after, found := strings.Cut(text, "${")
		if before != "" {
			n.Parts = append(n.Parts, template.Part{Text: before, Pos: pos})
		}
		if !found {
			break
		}
		name, rest, _ := strings.Cut(after, "}")
		n.Parts = append(n.Parts, template.Part{Name: name, Pos: pos})
		text = rest
	}
	return n
}

// isCall reports whether a node is the call of a function.
func isCall(n *template.Node, fn string) bool {
	return n != nil && n.Kind == template.Call && n.Fn == fn
}

// isNoValue reports whether a node is a reference to AWS::NoValue.
func isNoValue(n *template.Node) bool {
	name, ok := refName(n)
	return ok && name == noValue
}

// refName returns the name in a Ref.
func refName(n *template.Node) (string, bool) {
	if !isCall(n, fnRef) || len(n.Items) != 1 || n.Items[0].Kind != template.String {
		return "", false
	}
	return n.Items[0].Text, true
}

func isScalar(n *template.Node) bool {
	return n != nil && (n.Kind == template.String || n.Kind == template.Number || n.Kind == template.Bool)
}
