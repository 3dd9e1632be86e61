// Package image is compiled Rego in a form that is read faster than its source is
// parsed and compiled: most of a short run is spent on that.
//
// An image holds modules that OPA's compiler has rewritten. Reading one gives the
// same modules, but for comments, imports, and the locations of terms; those of
// expressions and rules, which errors name, are kept. It is part of the program that
// made it: what another version of OPA would write is not looked for, and a reader
// that meets anything unexpected panics.
package image

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// The kinds of values.
const (
	kindNone = iota
	kindNull
	kindFalse
	kindTrue
	kindNumber
	kindString
	kindVar
	kindRef
	kindArray
	kindObject
	kindSet
	kindArrayComprehension
	kindObjectComprehension
	kindSetComprehension
	kindCall
)

// The kinds of what an expression consists of.
const (
	exprTerm = iota
	exprCall
	exprEvery
)

// The flags of expressions, rules and heads.
const (
	flagA = 1 << iota
	flagB
)

// Write makes an image of compiled modules by their paths.
func Write(modules map[string]*ast.Module) ([]byte, error) {
	w := &writer{index: map[string]int{}}
	paths := make([]string, 0, len(modules))
	for path := range modules {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	bodies := make([][]byte, len(paths))
	for i, path := range paths {
		w.out, w.terms, w.locations = nil, 0, 0
		if err := w.module(modules[path]); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		counts := binary.AppendUvarint(nil, uint64(w.terms))
		counts = binary.AppendUvarint(counts, uint64(w.locations))
		bodies[i] = append(counts, w.out...)
	}
	// Strings first, then where the modules are, then the modules.
	w.out = nil
	w.uint(len(w.strings))
	for _, s := range w.strings {
		w.uint(len(s))
	}
	for _, s := range w.strings {
		w.out = append(w.out, s...)
	}
	w.uint(len(paths))
	for i, path := range paths {
		w.uint(len(path))
		w.out = append(w.out, path...)
		w.uint(len(bodies[i]))
	}
	for _, body := range bodies {
		w.out = append(w.out, body...)
	}
	return w.out, nil
}

type writer struct {
	out              []byte
	index            map[string]int
	strings          []string
	terms, locations int
	err              error
}

func (w *writer) uint(n int) { w.out = binary.AppendUvarint(w.out, uint64(n)) }

func (w *writer) string(s string) {
	i, ok := w.index[s]
	if !ok {
		i = len(w.strings)
		w.index[s] = i
		w.strings = append(w.strings, s)
	}
	w.uint(i)
}

func (w *writer) flags(a, b bool) {
	var f byte
	if a {
		f |= flagA
	}
	if b {
		f |= flagB
	}
	w.out = append(w.out, f)
}

func (w *writer) location(l *ast.Location) {
	if l == nil {
		w.uint(0)
		return
	}
	w.locations++
	w.uint(l.Row)
	w.uint(l.Col)
}

func (w *writer) module(m *ast.Module) error {
	w.ref(m.Package.Path)
	w.location(m.Package.Location)
	w.uint(len(m.Rules))
	for _, r := range m.Rules {
		w.rule(r)
	}
	return w.err
}

func (w *writer) rule(r *ast.Rule) {
	w.flags(r.Default, r.Else != nil)
	w.location(r.Location)
	h := r.Head
	w.flags(h.Assign, false)
	w.location(h.Location)
	w.string(string(h.Name))
	w.ref(h.Reference)
	w.list(h.Args)
	w.term(h.Key)
	w.term(h.Value)
	w.body(r.Body)
	if r.Else != nil {
		w.rule(r.Else)
	}
}

func (w *writer) body(b ast.Body) {
	w.uint(len(b))
	for _, e := range b {
		w.expr(e)
	}
}

func (w *writer) expr(e *ast.Expr) {
	w.flags(e.Generated, e.Negated)
	w.location(e.Location)
	w.uint(e.Index)
	w.uint(len(e.With))
	for _, with := range e.With {
		w.location(with.Location)
		w.term(with.Target)
		w.term(with.Value)
	}
	switch t := e.Terms.(type) {
	case *ast.Term:
		w.uint(exprTerm)
		w.term(t)
	case []*ast.Term:
		w.uint(exprCall)
		w.list(t)
	case *ast.Every:
		w.uint(exprEvery)
		w.location(t.Location)
		w.term(t.Key)
		w.term(t.Value)
		w.term(t.Domain)
		w.body(t.Body)
	default:
		w.fail(t)
	}
}

func (w *writer) fail(v any) {
	if w.err == nil {
		w.err = fmt.Errorf("%T is nothing that compiled modules have", v)
	}
}

func (w *writer) list(terms []*ast.Term) {
	w.uint(len(terms))
	for _, t := range terms {
		w.term(t)
	}
}

func (w *writer) ref(r ast.Ref) { w.list(r) }

func (w *writer) term(t *ast.Term) {
	if t == nil {
		w.uint(kindNone)
		return
	}
	w.terms++
	switch v := t.Value.(type) {
	case ast.Null:
		w.uint(kindNull)
	case ast.Boolean:
		if v {
			w.uint(kindTrue)
		} else {
			w.uint(kindFalse)
		}
	case ast.Number:
		w.uint(kindNumber)
		w.string(string(v))
	case ast.String:
		w.uint(kindString)
		w.string(string(v))
	case ast.Var:
		w.uint(kindVar)
		w.string(string(v))
	case ast.Ref:
		w.uint(kindRef)
		w.ref(v)
	case ast.Call:
		w.uint(kindCall)
		w.list(v)
	case *ast.Array:
		w.uint(kindArray)
		w.uint(v.Len())
		v.Foreach(w.term)
	case ast.Set:
		w.uint(kindSet)
		w.uint(v.Len())
		v.Foreach(w.term)
	case ast.Object:
		w.uint(kindObject)
		w.uint(v.Len())
		v.Foreach(func(k, v *ast.Term) {
			w.term(k)
			w.term(v)
		})
	case *ast.ArrayComprehension:
		w.uint(kindArrayComprehension)
		w.term(v.Term)
		w.body(v.Body)
	case *ast.SetComprehension:
		w.uint(kindSetComprehension)
		w.term(v.Term)
		w.body(v.Body)
	case *ast.ObjectComprehension:
		w.uint(kindObjectComprehension)
		w.term(v.Key)
		w.term(v.Value)
		w.body(v.Body)
	default:
		w.fail(v)
	}
}
