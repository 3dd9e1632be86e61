package rules

import (
	"slices"
	"sort"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Reads is the set of places of the input that a rule, or a library rule it
// reaches, can read. It is a tree by field name. A nil *Reads reads nothing.
//
// The set is found in the compiled rule: every reference that begins with
// input. It is never too small: where the field is computed at run time, all
// fields at that place are in the set.
type Reads struct {
	// All means that the value here is read whole.
	All bool
	// Fields are the fields read by name. Fields that are read through Any are
	// in every entry too.
	Fields map[string]*Reads
	// Any is what is read of every field or element, whatever its name.
	Any *Reads
}

// everything reads its value whole.
var everything = &Reads{All: true}

// Field returns what is read below a field, or nil.
func (r *Reads) Field(name string) *Reads {
	switch {
	case r == nil:
		return nil
	case r.All:
		return everything
	}
	if f, ok := r.Fields[name]; ok {
		return f
	}
	return r.Any
}

// Element returns what is read of the elements of a list, or nil.
func (r *Reads) Element() *Reads {
	switch {
	case r == nil:
		return nil
	case r.All:
		return everything
	}
	return r.Any
}

// At follows field names from r.
func (r *Reads) At(names ...string) *Reads {
	for _, n := range names {
		r = r.Field(n)
	}
	return r
}

// Paths lists the places in dotted form, sorted; "*" stands for any field.
func (r *Reads) Paths() []string {
	var out []string
	var walk func(prefix []string, r *Reads)
	walk = func(prefix []string, r *Reads) {
		if r == nil {
			return
		}
		if r.All {
			out = append(out, strings.Join(prefix, "."))
			return
		}
		for _, name := range slices.Sorted(mapKeys(r.Fields)) {
			walk(append(slices.Clone(prefix), name), r.Fields[name])
		}
		walk(append(slices.Clone(prefix), "*"), r.Any)
	}
	walk(nil, r)
	sort.Strings(out)
	return out
}

func mapKeys[V any](m map[string]V) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// add records the path; "" is any field.
func (r *Reads) add(path []string) {
	if r.All {
		return
	}
	if len(path) == 0 {
		*r = Reads{All: true}
		return
	}
	if path[0] == "" {
		if r.Any == nil {
			r.Any = &Reads{}
		}
		r.Any.add(path[1:])
		return
	}
	f := r.Fields[path[0]]
	if f == nil {
		if r.Fields == nil {
			r.Fields = map[string]*Reads{}
		}
		f = &Reads{}
		r.Fields[path[0]] = f
	}
	f.add(path[1:])
}

func (r *Reads) merge(o *Reads) {
	if r.All || o == nil {
		return
	}
	if o.All {
		*r = Reads{All: true}
		return
	}
	for name, f := range o.Fields {
		if r.Fields == nil {
			r.Fields = map[string]*Reads{}
		}
		if r.Fields[name] == nil {
			r.Fields[name] = &Reads{}
		}
		r.Fields[name].merge(f)
	}
	if o.Any != nil {
		if r.Any == nil {
			r.Any = &Reads{}
		}
		r.Any.merge(o.Any)
	}
}

// spread puts what is read of any field into each named one.
func (r *Reads) spread() {
	if r == nil || r.All {
		return
	}
	for _, f := range r.Fields {
		if r.Any != nil {
			f.merge(r.Any)
		}
		f.spread()
	}
	r.Any.spread()
}

// reachable lists the rules that a document of a rule's package depends on, its
// own included.
func reachable(c *ast.Compiler, pkg, name string) []*ast.Rule {
	queue := slices.Clone(c.GetRulesExact(headRef(pkg, name)))
	seen := map[*ast.Rule]bool{}
	var out []*ast.Rule
	for len(queue) > 0 {
		rule := queue[0]
		queue = queue[1:]
		if seen[rule] {
			continue
		}
		seen[rule] = true
		out = append(out, rule)
		for dep := range c.Graph.Dependencies(rule) {
			if d, ok := dep.(*ast.Rule); ok && !seen[d] {
				queue = append(queue, d)
			}
		}
	}
	return out
}

// analyseReads finds what a document of a compiled rule reads of its input.
func analyseReads(c *ast.Compiler, r *Rule, name string) *Reads {
	reads := &Reads{}
	for _, rule := range reachable(c, r.Package, name) {
		ast.NewGenericVisitor(func(x any) bool {
			switch x := x.(type) {
			case ast.Ref:
				head, ok := x[0].Value.(ast.Var)
				if !ok || !head.Equal(ast.InputRootDocument.Value) {
					return false
				}
				reads.add(refPath(x))
				// The operands may hold references of their own; the head is done.
				for _, t := range x[1:] {
					ast.WalkRefs(t, func(ref ast.Ref) bool {
						if head, ok := ref[0].Value.(ast.Var); ok && head.Equal(ast.InputRootDocument.Value) {
							reads.add(refPath(ref))
						}
						return false
					})
				}
				return true
			case ast.Var:
				if x.Equal(ast.InputRootDocument.Value) {
					reads.add(nil)
				}
			}
			return false
		}).Walk(rule)
	}
	reads.spread()
	return reads
}

func refPath(ref ast.Ref) []string {
	path := make([]string, 0, len(ref)-1)
	for _, t := range ref[1:] {
		s, _ := t.Value.(ast.String)
		path = append(path, string(s))
	}
	return path
}
