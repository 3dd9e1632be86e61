package emulate

import (
	"strings"

	"github.com/fsxns3ap/guardhook/validate"
)

// ordered puts resources behind those that they depend on, and otherwise keeps
// the order of the template.
func ordered(list []validate.Deployment) []validate.Deployment {
	at := map[string][]int{}
	for i, d := range list {
		at[d.Resource.ID] = append(at[d.Resource.ID], i)
	}
	out := make([]validate.Deployment, 0, len(list))
	visited := map[string]bool{}
	var visit func(id string)
	visit = func(id string) {
		if visited[id] {
			return
		}
		visited[id] = true
		for _, i := range at[id] {
			for _, on := range dependencies(list[i]) {
				visit(on)
			}
		}
		for _, i := range at[id] {
			out = append(out, list[i])
		}
	}
	for _, d := range list {
		visit(d.Resource.ID)
	}
	return out
}

// dependencies lists the names that a resource depends on: in DependsOn, and in
// the tokens of its properties. What is no resource is among them.
func dependencies(d validate.Deployment) []string {
	out := append([]string(nil), d.Resource.DependsOn...)
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			out = append(out, tokenNames(v)...)
		case map[string]any:
			for _, name := range sortedKeys(v) {
				walk(v[name])
			}
		case []any:
			for _, item := range v {
				walk(item)
			}
		}
	}
	walk(d.Properties)
	return out
}

// tokenNames lists the logical ids, or names of parameters, in the tokens of a
// text; those of inner tokens too.
func tokenNames(s string) []string {
	var out []string
	for {
		_, token, after, ok := cutToken(s)
		if !ok {
			return out
		}
		id, _, _ := strings.Cut(token, ".")
		out = append(append(out, id), tokenNames(token)...)
		s = after
	}
}
