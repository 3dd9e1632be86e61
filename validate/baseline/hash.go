package baseline

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// hasher writes values of a template so that equal ones, wherever they stand and
// in whatever order their keys are, and no others, give the same text.
type hasher struct {
	w io.Writer
	t *template.Template
	// seen are the parameters and mappings that are written, with their sections.
	seen map[string]bool
}

// value writes what a resource has at a path: all of it below an intrinsic
// function, since the path leads through it.
func (x *hasher) value(r *template.Resource, path rules.Path) {
	if r == nil {
		return
	}
	if len(path) == 0 {
		fmt.Fprintf(x.w, "%q", r.Type)
		x.node(r.DeletionPolicy)
		x.node(r.UpdateReplacePolicy)
		return
	}
	n := r.Properties
	for _, step := range path {
		if n == nil || n.Kind == template.Call {
			break
		}
		switch step := step.(type) {
		case string:
			n = n.Get(step)
		case int:
			if n.Kind == template.List && step < len(n.Items) {
				n = n.Items[step]
			}
		}
	}
	x.node(n)
}

func (x *hasher) node(n *template.Node) {
	if n == nil {
		fmt.Fprint(x.w, "-")
		return
	}
	fmt.Fprintf(x.w, "%d%q%q[", n.Kind, n.Text, n.Fn)
	order := make([]int, len(n.Items))
	for i := range order {
		order[i] = i
	}
	if n.Kind == template.Map {
		slices.SortFunc(order, func(a, b int) int { return cmp.Compare(n.Keys[a].Name, n.Keys[b].Name) })
	}
	for _, i := range order {
		if n.Kind == template.Map {
			fmt.Fprintf(x.w, "%q", n.Keys[i].Name)
		}
		x.node(n.Items[i])
	}
	fmt.Fprint(x.w, "]")
	x.named(n)
}

// named writes what gives an intrinsic function its value: the declaration of a
// parameter, the content of a mapping. What other resources are is not part of it.
func (x *hasher) named(n *template.Node) {
	switch {
	case n.Kind != template.Call:
	case n.Fn == "Ref":
		x.parameter(n.Items[0].Text)
	case n.Fn == "Fn::Sub":
		for _, part := range n.Parts {
			x.parameter(part.Name)
		}
	case n.Fn == "Fn::FindInMap":
		if name := n.Items[0]; name.Kind == template.String {
			x.mapping(name.Text)
			return
		}
		for _, name := range slices.Sorted(maps.Keys(x.t.Mappings)) {
			x.mapping(name)
		}
	}
}

func (x *hasher) first(section, name string) bool {
	key := section + "." + name
	again := x.seen[key]
	x.seen[key] = true
	return !again
}

func (x *hasher) parameter(name string) {
	p := x.t.Parameter(name)
	if p == nil || !x.first("Parameters", name) {
		return
	}
	fmt.Fprintf(x.w, "(%q%q%q", name, p.Type, p.AllowedValues)
	if p.Default != nil {
		fmt.Fprintf(x.w, "%q", *p.Default)
	}
	fmt.Fprintf(x.w, "%q%s%s%s%s)", p.AllowedPattern, number(p.MinLength), number(p.MaxLength), number(p.MinValue), number(p.MaxValue))
}

func number[T int | float64](n *T) string {
	if n == nil {
		return ","
	}
	return fmt.Sprintf(",%v", *n)
}

func (x *hasher) mapping(name string) {
	if !x.first("Mappings", name) {
		return
	}
	tops := x.t.Mappings[name]
	fmt.Fprintf(x.w, "(%q", name)
	for _, top := range slices.Sorted(maps.Keys(tops)) {
		for _, second := range slices.Sorted(maps.Keys(tops[top])) {
			fmt.Fprintf(x.w, "%q%q", top, second)
			x.node(tops[top][second])
		}
	}
	fmt.Fprint(x.w, ")")
}
