package validate

import (
	"github.com/fsxns3ap/guardhook/internal/schema"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// locate finds the place of a property path in the source: the value, or the
// key where the value is a block of its own, or the closest enclosing key
// where the path does not exist. Branches are those of the current world.
func (w *world) locate(res *template.Resource, path rules.Path) template.Pos {
	pos := res.Pos
	n := res.Properties
	shape := schema.Of(res.Type)
	for n = n.Beside(); n != nil; n = n.Beside() {
		for n.Kind == template.Call && n.Fn == "Fn::If" {
			branch, err := w.branch(n)
			if err != nil {
				return pos
			}
			if n = branch; len(path) == 0 || n.Kind != template.Map {
				pos = n.Pos
			}
		}
		if len(path) == 0 {
			return pos
		}
		switch step := path[0].(type) {
		case int:
			if n.Kind != template.List {
				// One item in the place of a list.
				if step != 0 || shape != nil && shape.Kind != schema.List {
					return pos
				}
				path, shape = path[1:], shape.Element()
				continue
			}
			item := w.item(n, step)
			if item == nil {
				return pos
			}
			n, pos = item, item.Pos
			shape = shape.Element()
		case string:
			if n.Kind != template.Map {
				return pos
			}
			child, key := entry(n, step)
			if child == nil {
				return pos
			}
			pos = child.Pos
			if child.Kind == template.Map || child.Kind == template.List {
				pos = key.Pos
			}
			n, shape = child, shape.Field(step)
		}
		path = path[1:]
	}
	return pos
}

func entry(n *template.Node, name string) (*template.Node, template.Key) {
	for i, k := range n.Keys {
		if k.Name == name {
			return n.Items[i], k
		}
	}
	return nil, template.Key{}
}

// item returns the element of a list that has an index once absent elements
// are left out.
func (w *world) item(n *template.Node, index int) *template.Node {
	for _, item := range n.Items {
		if w.absent(item) {
			continue
		}
		if index == 0 {
			return item
		}
		index--
	}
	return nil
}

func (w *world) absent(n *template.Node) bool {
	for n.Kind == template.Call && n.Fn == "Fn::If" {
		branch, err := w.branch(n)
		if err != nil {
			return false
		}
		n = branch
	}
	return n.Kind == template.Call && n.Fn == "Ref" && n.Items[0].Text == "AWS::NoValue"
}
