package template

import "strings"

// resourceSection reads Resources.
func (l *loader) resourceSection(root, n *Node) {
	if n == nil {
		if root.Get("Resources") == nil && root.Get(fnTransform) == nil {
			l.errorf(root.Pos, "the template has no Resources")
		}
		return
	}
	if len(n.Keys) == 0 {
		l.errorf(n.Pos, "Resources is empty; a template needs a resource")
	}
	l.entries(n, "resource", MaxResources, func(key Key, entry *Node) {
		r := l.resource(key, entry)
		if r == nil {
			return
		}
		l.t.Resources = append(l.t.Resources, r)
		l.t.resources[r.ID] = r
	})
}

// resource reads an entry of Resources. It returns nil when the entry is no
// resource.
func (l *loader) resource(key Key, entry *Node) *Resource {
	if entry.Kind != Map {
		l.errorf(entry.Pos, "the resource %s must be a map, not %s", key.Name, describe(entry))
		return nil
	}
	r := &Resource{ID: key.Name, Node: entry, Pos: key.Pos}
	p := place{section: inResources, resource: l.logicalIDs[key.Name]}
	if typ := entry.Get("Type"); typ != nil {
		p.nulls = l.open || strings.HasPrefix(typ.Text, "AWS::Serverless::")
	}
	entry.Pure = true
	for i, attr := range entry.Keys {
		value := entry.Items[i]
		l.resourceAttribute(r, attr, value, p)
		entry.Pure = entry.Pure && value.Pure
	}
	if typ := entry.Get("Type"); typ == nil {
		l.errorf(key.Pos, "the resource %s has no Type", key.Name)
	} else if typ.Kind != String || typ.Text == "" {
		l.errorf(typ.Pos, "Type must be a string, not %s", describe(typ))
	}
	return r
}

func (l *loader) resourceAttribute(r *Resource, attr Key, value *Node, p place) {
	mapOnly := func() {
		l.value(value, p)
		if value.Kind != Map && value.Kind != Call && value.Kind != Null {
			l.errorf(value.Pos, "%s must be a map, not %s", attr.Name, describe(value))
		}
	}
	switch attr.Name {
	case "Type":
		value.Pure = true
		r.Type, r.TypePos = value.Text, value.Pos
	case "Properties":
		mapOnly()
		r.Properties = value
	case "Condition":
		l.conditionName(value, "Condition")
		r.Condition = value.Text
	case "DependsOn":
		l.dependsOn(r, value, p)
	case "Metadata":
		mapOnly()
		r.Metadata = value
	case "DeletionPolicy":
		l.policy(attr.Name, value, p, "Delete", "Retain", "RetainExceptOnCreate", "Snapshot")
		r.DeletionPolicy = value
	case "UpdateReplacePolicy":
		l.policy(attr.Name, value, p, "Delete", "Retain", "Snapshot")
		r.UpdateReplacePolicy = value
	case "UpdatePolicy", "CreationPolicy":
		mapOnly()
	case "Version", "Description":
		value.Pure = true
		if !value.isScalar() {
			l.errorf(value.Pos, "%s must be a string, not %s", attr.Name, describe(value))
		}
	case fnTransform:
		l.callTransform(value, p)
		l.notef(attr.Pos, "Fn::Transform may change the resource %s; it is judged as written", r.ID)
	default:
		known := l.serverless && (attr.Name == "Connectors" || attr.Name == "IgnoreGlobals")
		if !known && !l.open {
			l.errorf(attr.Pos, "the resource %s: unknown attribute %s%s", r.ID, attr.Name, l.suggest(attr.Name, resourceAttributes))
		}
		l.value(value, p)
	}
}

var resourceAttributes = map[string]bool{
	"Type": true, "Properties": true, "Condition": true, "DependsOn": true, "Metadata": true, "DeletionPolicy": true,
	"UpdateReplacePolicy": true, "UpdatePolicy": true, "CreationPolicy": true, "Version": true, "Description": true,
}

// policy checks DeletionPolicy and UpdateReplacePolicy, in which functions
// need the language extensions.
func (l *loader) policy(name string, value *Node, p place, allowed ...string) {
	l.value(value, p)
	switch value.Kind {
	case Null:
		return
	case String:
		for _, a := range allowed {
			if value.Text == a {
				return
			}
		}
	case Call:
		if l.extensions || value.Fn == fnTransform {
			return
		}
		l.errorf(value.Pos, "a function in %s needs the transform %s", name, transformExtensions)
		return
	}
	l.errorf(value.Pos, "%s must be one of %s", name, strings.Join(allowed, ", "))
}

// dependsOn reads a logical id or a list of them.
func (l *loader) dependsOn(r *Resource, value *Node, p place) {
	value.Pure = true
	items := []*Node{value}
	if value.Kind == List {
		items = value.Items
	}
	for _, item := range items {
		item.Pure = true
		if item.Kind != String {
			l.errorf(item.Pos, "DependsOn needs a logical id, not %s", describe(item))
			continue
		}
		r.DependsOn = append(r.DependsOn, item.Text)
		to, ok := l.logicalIDs[item.Text]
		// CloudFormation ignores a dependency on what a condition leaves out.
		p.guarded = ok && l.resources[to].conditional
		l.attribute(item.Text, item.Pos, "DependsOn", p)
	}
}
