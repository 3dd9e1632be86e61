package hook

import (
	"encoding/json"
	"strings"

	"github.com/fsxns3ap/guardhook/rules"
)

// document is what a hook gets of a stack or a change set.
type document struct {
	// template is the new one, previous the one before an update.
	template, previous string
	changes            []change
}

// change is an entry of a change set's changedResources.
type change struct {
	id, typeName string
	action       string
	// before and after are the properties of the two states; nil if there is
	// no such state.
	before, after map[string]any
}

// decodeDocument reads a payload. Its error is a *Failure.
func decodeDocument(src []byte, k Kind) (*document, error) {
	v, err := decodeJSON(src)
	if err != nil {
		return nil, failf(InvalidRequest, "payload: %v", err)
	}
	if _, ok := v.(map[string]any); !ok {
		return nil, failf(InvalidRequest, "payload: want an object, found %s", kindOf(v))
	}
	f := newFields("payload", v, &err)
	d := readDocument(f, k)
	if err != nil {
		return nil, err
	}
	return d, nil
}

// readDocument reads the entries of a payload, or of a model in the event. What
// is wrong goes to f.
func readDocument(f fields, k Kind) *document {
	d := &document{template: templateText(f, "template"), previous: templateText(f, "previousTemplate")}
	list, ok := f.get("changedResources").([]any)
	if v := f.get("changedResources"); v != nil && !ok {
		f.fail("changedResources", "want a list, found %s", kindOf(v))
	}
	if k != ChangeSet {
		return d
	}
	for _, v := range list {
		d.changes = append(d.changes, readChange(newFields(f.path+".changedResources[]", v, f.err)))
	}
	return d
}

// templateText reads a template: its text, or, in contract tests, the template.
func templateText(f fields, name string) string {
	v, ok := f.get(name).(map[string]any)
	if !ok {
		return f.text(name)
	}
	text, err := json.Marshal(v)
	if err != nil {
		f.fail(name, "is no template")
	}
	return string(text)
}

func readChange(f fields) change {
	c := change{
		id:       f.text("logicalResourceId"),
		typeName: f.text("resourceType"),
		action:   f.text("action"),
	}
	if n := f.get("lineNumber"); n != nil {
		if _, ok := n.(json.Number); !ok {
			f.fail("lineNumber", "want a number, found %s", kindOf(n))
		}
	}
	switch c.action {
	case rules.ActionCreate, rules.ActionUpdate, rules.ActionDelete:
	default:
		f.fail("action", "is no action that is known")
	}
	if c.id == "" || c.typeName == "" {
		f.fail("", "logicalResourceId or resourceType is missing")
	}
	// The two vocabularies of the documentation and of the Java library.
	c.before = contextOf(f, "beforeContext", "previousResourceProperties")
	c.after = contextOf(f, "afterContext", "resourceProperties")
	return c
}

// contextOf reads the properties of one state of a changed resource: a JSON
// document in a string, or the properties themselves.
func contextOf(f fields, context, direct string) map[string]any {
	text, isText := f.get(context).(string)
	if f.get(context) == nil {
		p, _ := f.properties(direct)
		return p
	}
	inner := f.object
	if isText {
		inner = func(name string) fields {
			if strings.TrimSpace(text) == "" {
				return newFields(f.path, nil, f.err)
			}
			v, err := decodeJSON([]byte(text))
			if err != nil {
				f.fail(name, "%v", err)
			}
			return newFields(f.path+"."+name, v, f.err)
		}
	}
	p, _ := inner(context).properties(contextProperties)
	return p
}
