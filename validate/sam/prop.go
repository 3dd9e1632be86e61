package sam

import (
	"strings"

	"github.com/fsxns3ap/guardhook/validate/template"
)

// prop is a value of the template with the place of its key. The zero prop is
// absent, and has no entries.
type prop struct {
	at   template.Pos
	node *template.Node
}

// present reports whether there is a value. null is none.
func (p prop) present() bool { return p.node != nil }

// get returns an entry of a map.
func (p prop) get(name string) prop {
	if p.node == nil || p.node.Kind != template.Map {
		return prop{}
	}
	for i, key := range p.node.Keys {
		if key.Name == name && p.node.Items[i].Kind != template.Null {
			return prop{key.Pos, p.node.Items[i]}
		}
	}
	return prop{}
}

// truthy reports whether the transform takes the value for one that is given:
// it is a function, or neither empty, nor false, nor 0.
func (p prop) truthy() bool {
	if p.node == nil {
		return false
	}
	switch p.node.Kind {
	case template.Bool:
		return p.node.Text == "true"
	case template.Number:
		return p.node.Text != "0"
	case template.String:
		return p.node.Text != ""
	case template.List, template.Map:
		return len(p.node.Items) > 0
	}
	return p.node.Kind == template.Call
}

// text returns the text of a literal, or "".
func (p prop) text() string {
	if !isScalar(p.node) {
		return ""
	}
	return p.node.Text
}

// is reports whether the value is a literal with the text. The case of letters
// does not count, so that True and true are one.
func (p prop) is(text string) bool { return isScalar(p.node) && strings.EqualFold(p.node.Text, text) }

// isMap reports whether the value is a map, of which the entries are known.
func (p prop) isMap() bool { return p.node != nil && p.node.Kind == template.Map }

// entries calls f for the entries of a map.
func (p prop) entries(f func(name string, value prop)) {
	if !p.isMap() {
		return
	}
	for i, key := range p.node.Keys {
		f(key.Name, prop{key.Pos, p.node.Items[i]})
	}
}

// index returns the entries of a map by name.
func (p prop) index() map[string]prop {
	if !p.isMap() {
		return nil
	}
	out := make(map[string]prop, len(p.node.Keys))
	p.entries(func(name string, value prop) { out[name] = value })
	return out
}

// elements returns the elements of a list; a value that is no list is the only
// element of one.
func (p prop) elements() []prop {
	if p.node == nil {
		return nil
	}
	if p.node.Kind != template.List {
		return []prop{p}
	}
	out := make([]prop, len(p.node.Items))
	for i, item := range p.node.Items {
		out[i] = prop{item.Pos, item}
	}
	return out
}

// orAbsent returns the prop when the transform would take it, else an absent
// one.
func (p prop) orAbsent() prop {
	if p.truthy() {
		return p
	}
	return prop{}
}
