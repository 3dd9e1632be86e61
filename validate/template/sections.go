package template

import (
	"slices"
	"strings"
)

const (
	transformExtensions = "AWS::LanguageExtensions"
	transformServerless = "AWS::Serverless-2016-10-31"
	transformInclude    = "AWS::Include"
)

// template reads the sections, in an order in which names are known before
// they are used.
func (l *loader) template(root *Node) {
	l.t.parameters = map[string]*Parameter{}
	l.t.resources = map[string]*Resource{}
	l.t.Mappings = map[string]map[string]map[string]*Node{}
	l.t.Conditions = map[string]*Node{}
	l.conditions = map[string]bool{}
	l.logicalIDs = map[string]int{}

	l.transforms(root.Get("Transform"))
	l.topLevel(root)
	l.parameters(l.section(root, "Parameters"))
	l.mappings(l.section(root, "Mappings"))
	conditions, rules := l.section(root, "Conditions"), l.section(root, "Rules")
	resources, outputs := l.section(root, "Resources"), l.section(root, "Outputs")
	if l.loops && l.extensions {
		l.expand(conditions, resources, outputs)
		if len(l.errs) > 0 {
			return
		}
	}
	l.declare(conditions, resources)
	l.conditionSection(conditions)
	l.rules(rules)
	if g := l.section(root, "Globals"); g != nil {
		l.value(g, place{section: inResources, resource: -1, nulls: true})
		l.t.Globals = g
	}
	l.resourceSection(root, resources)
	l.outputs(outputs)
	l.cycles()
}

// section returns a section that is a map, or nil.
func (l *loader) section(root *Node, name string) *Node {
	n := root.Get(name)
	if n == nil {
		return nil
	}
	if n.Kind != Map {
		l.errorf(n.Pos, "%s must be a map, not %s", name, describe(n))
		return nil
	}
	if call := n.Get(fnTransform); call != nil {
		l.include(Key{Name: fnTransform, Pos: n.Pos}, call)
	}
	return n
}

// topLevel checks the top-level keys and the sections that hold text.
func (l *loader) topLevel(root *Node) {
	for i, key := range root.Keys {
		n := root.Items[i]
		switch key.Name {
		case "AWSTemplateFormatVersion":
			if n.Kind != String || n.Text != "2010-09-09" {
				l.errorf(n.Pos, "AWSTemplateFormatVersion must be 2010-09-09")
			}
		case "Description":
			if n.Kind != String {
				l.errorf(n.Pos, "Description must be a string, not %s", describe(n))
			} else if len(n.Text) > MaxDescription {
				l.errorf(n.Pos, "Description has %d bytes; the limit is %d", len(n.Text), MaxDescription)
			}
		case "Metadata":
			if n.Kind != Map {
				l.errorf(n.Pos, "Metadata must be a map, not %s", describe(n))
			}
			l.asWritten(n)
			l.t.Metadata = n
		case "Globals":
			if !l.serverless {
				l.errorf(key.Pos, "Globals needs the transform %s", transformServerless)
			}
		case fnTransform:
			l.include(key, n)
		case "Transform", "Parameters", "Mappings", "Conditions", "Rules", "Resources", "Outputs", "Hooks":
		default:
			if !l.open {
				l.errorf(key.Pos, "unknown section %s%s", key.Name, l.suggest(key.Name, knownSections))
			}
		}
	}
}

var knownSections = map[string]bool{
	"AWSTemplateFormatVersion": true, "Description": true, "Metadata": true, "Parameters": true, "Mappings": true,
	"Conditions": true, "Rules": true, "Resources": true, "Outputs": true, "Hooks": true, "Transform": true, "Globals": true,
}

// asWritten finishes a value where functions are not evaluated: short tags
// become the maps that they stand for.
func (l *loader) asWritten(n *Node) {
	n.Pure = true
	if n.Kind == Call {
		n.Kind, n.Keys, n.Fn = Map, []Key{{Name: n.Fn, Pos: n.Pos}}, ""
	}
	for _, item := range n.Items {
		l.asWritten(item)
	}
}

// transforms reads Transform: a name, a map with Name, or a list of both.
func (l *loader) transforms(n *Node) {
	if n == nil {
		return
	}
	items := []*Node{n}
	if n.Kind == List {
		items = n.Items
	}
	for _, item := range items {
		name := item
		if item.Kind == Map {
			name = item.Get("Name")
			if name == nil {
				l.errorf(item.Pos, "Transform: Name is missing")
				continue
			}
		}
		if name.Kind != String {
			l.errorf(name.Pos, "Transform needs the name of a macro, not %s", describe(name))
			continue
		}
		l.t.Transforms = append(l.t.Transforms, name.Text)
		switch {
		case name.Text == transformExtensions:
			l.extensions = true
		case name.Text == transformServerless:
			l.serverless = true
		case name.Text == transformInclude:
			l.include(Key{Name: name.Text, Pos: name.Pos}, nil)
		case strings.HasPrefix(name.Text, "AWS::"):
			l.notef(name.Pos, "the transform %s may rewrite this template; it is judged as written", name.Text)
		default:
			l.open, l.openMappings = true, true
			l.notef(name.Pos, "macro %s may rewrite this template; it is judged as written", name.Text)
		}
	}
}

// include notes a macro call that may add entries to the template, at the top
// level or in a section.
func (l *loader) include(key Key, call *Node) {
	l.open, l.openMappings = true, true
	name := key.Name
	if call != nil {
		if n := call.Get("Name"); n != nil && n.Kind == String {
			name = n.Text
		}
	}
	l.notef(key.Pos, "%s may add to this template; what it adds is not judged", name)
}

// entries calls f for the entries of a section that are no macro calls. A limit
// of 0 is none.
func (l *loader) entries(n *Node, what string, limit int, f func(key Key, value *Node)) {
	if n == nil {
		return
	}
	count := 0
	for i, key := range n.Keys {
		if key.Name == fnTransform {
			continue
		}
		if strings.HasPrefix(key.Name, forEachPrefix) {
			l.misplacedLoop(key.Name, key.Pos)
			continue
		}
		if count++; limit > 0 && count == limit+1 {
			l.errorf(key.Pos, "more than %d %ss", limit, what)
		}
		if !l.nameOK(key, what) {
			continue
		}
		f(key, n.Items[i])
	}
}

// nameOK checks the name of an entry.
func (l *loader) nameOK(key Key, what string) bool {
	bad := slices.ContainsFunc([]byte(key.Name), func(c byte) bool {
		return !isAlphanumeric(c) && (what != "condition" || c != '&' && c != '_')
	})
	switch {
	case bad || key.Name == "":
		l.errorf(key.Pos, "the %s name %q has other characters than letters and digits", what, key.Name)
	case len(key.Name) > MaxName:
		l.errorf(key.Pos, "the %s name has %d characters; the limit is %d", what, len(key.Name), MaxName)
	default:
		return true
	}
	return false
}

// declare collects what references can name.
func (l *loader) declare(conditions, resources *Node) {
	if conditions != nil {
		for _, key := range conditions.Keys {
			l.conditions[key.Name] = true
		}
	}
	if resources == nil {
		return
	}
	for i, key := range resources.Keys {
		if isFunctionKey(key.Name) {
			continue
		}
		r := declared{id: key.Name, pos: key.Pos, conditional: resources.Items[i].Get("Condition") != nil}
		if typ := resources.Items[i].Get("Type"); typ != nil {
			r.typ = typ.Text
		}
		l.logicalIDs[key.Name] = len(l.resources)
		l.resources = append(l.resources, r)
		if l.t.parameters[key.Name] != nil {
			l.errorf(key.Pos, "%s is the name of a parameter and of a resource", key.Name)
		}
	}
}

// outputs reads Outputs.
func (l *loader) outputs(n *Node) {
	l.entries(n, "output", MaxOutputs, func(key Key, entry *Node) {
		if entry.Kind != Map {
			l.errorf(entry.Pos, "the output %s must be a map, not %s", key.Name, describe(entry))
			return
		}
		out := &Output{Name: key.Name, Pos: key.Pos}
		p := place{section: inOutputs, resource: -1}
		for i, attr := range entry.Keys {
			value := entry.Items[i]
			switch attr.Name {
			case "Value":
				l.value(value, p)
				out.Value = value
			case "Export":
				if value.Kind != Map || value.Get("Name") == nil || len(value.Keys) != 1 {
					l.errorf(value.Pos, "Export must be a map with the only key Name")
					continue
				}
				l.value(value, p)
			case "Condition":
				l.conditionName(value, "Condition")
				out.Condition = value.Text
			case "Description":
				l.value(value, p)
			default:
				l.errorf(attr.Pos, "the output %s: unknown key %s", key.Name, attr.Name)
			}
		}
		if out.Value == nil {
			l.errorf(key.Pos, "the output %s has no Value", key.Name)
			return
		}
		l.t.Outputs = append(l.t.Outputs, out)
	})
}
