package template

import "encoding/json"

// LongForm returns a value as JSON decodes it, numbers as json.Number, with
// every function in its long form. resolve, which may be nil, gives what stands
// for the functions that it knows.
func LongForm(n *Node, resolve func(*Node) (any, bool)) any {
	if n == nil {
		return nil
	}
	switch n.Kind {
	case Null:
		return nil
	case Bool:
		return n.Text == "true"
	case Number:
		return json.Number(n.Text)
	case String:
		return n.Text
	case List:
		return longForms(n.Items, resolve)
	case Map:
		out := make(map[string]any, len(n.Keys))
		for i, key := range n.Keys {
			out[key.Name] = LongForm(n.Items[i], resolve)
		}
		return out
	}
	if resolve != nil {
		if v, ok := resolve(n); ok {
			return v
		}
	}
	if rest := n.Beside(); rest != n {
		out := LongForm(rest, resolve).(map[string]any)
		out[n.Fn] = LongForm(n.Items[0], resolve)
		return out
	}
	if len(n.Items) == 1 {
		return map[string]any{n.Fn: LongForm(n.Items[0], resolve)}
	}
	return map[string]any{n.Fn: longForms(n.Items, resolve)}
}

func longForms(items []*Node, resolve func(*Node) (any, bool)) []any {
	out := make([]any, len(items))
	for i, item := range items {
		out[i] = LongForm(item, resolve)
	}
	return out
}
