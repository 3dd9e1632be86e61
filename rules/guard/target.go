package guard

// HookContext is what the Guard Hook of AWS tells rules about a call. Empty
// fields are left out, so that `exists` works.
// https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/guard-hooks-write-rules.html
type HookContext struct {
	AWSAccountID    string
	StackID         string
	HookTypeName    string
	HookTypeVersion string
	InvocationPoint string
	TargetName      string
	TargetType      string
	TargetLogicalID string
	ChangeSetID     string
}

func (c *HookContext) value() *Value {
	var m mapMaker
	for _, f := range [...]struct{ name, text string }{
		{"AWSAccountID", c.AWSAccountID},
		{"StackId", c.StackID},
		{"HookTypeName", c.HookTypeName},
		{"HookTypeVersion", c.HookTypeVersion},
		{"InvocationPoint", c.InvocationPoint},
		{"TargetName", c.TargetName},
		{"TargetType", c.TargetType},
		{"TargetLogicalId", c.TargetLogicalID},
		{"ChangeSetId", c.ChangeSetID},
	} {
		if f.text != "" {
			m.add(f.name, String(Pos{}, f.text))
		}
	}
	return m.value()
}

// mapMaker collects the entries of a map.
type mapMaker struct {
	keys  []Key
	items []*Value
}

func (m *mapMaker) add(name string, v *Value) {
	if v == nil {
		return
	}
	m.keys = append(m.keys, Key{Name: name, Pos: v.pos})
	m.items = append(m.items, v)
}

func (m *mapMaker) value() *Value { return Map(Pos{}, m.keys, m.items) }

// ResourceDocument is the document for a resource at a hook: HookContext,
// Resources with the one resource, and Previous with its former state.
// properties may be nil for none; previous is nil unless the resource is
// updated.
func ResourceDocument(c HookContext, id, resourceType string, properties, previous *Value) *Value {
	resource := func(properties *Value) *Value {
		var entry, all mapMaker
		entry.add("Type", String(Pos{}, resourceType))
		entry.add("Properties", properties)
		all.add(id, entry.value())
		return all.value()
	}
	var doc mapMaker
	doc.add("HookContext", c.value())
	doc.add("Resources", resource(properties))
	if previous != nil {
		doc.add("Previous", resource(previous))
	}
	return doc.value()
}

// TemplateDocument is the document for a stack or a change set at a hook: the
// keys of the template, with HookContext, and as far as they are not nil
// Previous, the former template, and Changes, the list of changes. A template
// that is no map or has one of these keys is an *Error.
func TemplateDocument(c HookContext, template, previous, changes *Value) (*Value, error) {
	var rest mapMaker
	rest.add("HookContext", c.value())
	rest.add("Previous", previous)
	rest.add("Changes", changes)
	return Merge(rest.value(), template)
}
