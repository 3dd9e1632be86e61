package image

import "github.com/open-policy-agent/opa/v1/ast"

// Image is an image that is open. It may be used by many goroutines.
type Image struct {
	strings []string
	modules map[string]string
}

// Open reads where things are.
func Open(data string) *Image {
	r := reader{in: data}
	lengths := make([]int, r.uint())
	for i := range lengths {
		lengths[i] = r.uint()
	}
	im := &Image{strings: make([]string, len(lengths))}
	for i, n := range lengths {
		im.strings[i] = r.take(n)
	}
	paths := make([]string, r.uint())
	sizes := make([]int, len(paths))
	for i := range paths {
		paths[i] = r.take(r.uint())
		sizes[i] = r.uint()
	}
	im.modules = make(map[string]string, len(paths))
	for i, path := range paths {
		im.modules[path] = r.take(sizes[i])
	}
	return im
}

// Module reads the module of a path, whose locations are in a file of the given
// name; nil if there is none.
func (im *Image) Module(path, file string) *ast.Module {
	data, ok := im.modules[path]
	if !ok {
		return nil
	}
	r := reader{in: data, strings: im.strings, file: file}
	// Terms and locations are many and small: each kind is one piece of memory.
	r.terms = make([]ast.Term, r.uint())
	r.locations = make([]ast.Location, r.uint())
	m := &ast.Module{Package: &ast.Package{}}
	m.SetRegoVersionSpan(ast.RegoVersionSpanOf(ast.RegoV1))
	m.Package.Path = r.list()
	m.Package.Location = r.location()
	m.Rules = make([]*ast.Rule, r.uint())
	for i := range m.Rules {
		m.Rules[i] = r.rule(m)
	}
	return m
}

type reader struct {
	in        string
	at        int
	strings   []string
	file      string
	terms     []ast.Term
	locations []ast.Location
}

func (r *reader) uint() int {
	// As binary.Uvarint, which takes no string.
	n := 0
	for shift := 0; ; shift += 7 {
		b := r.in[r.at]
		r.at++
		n |= int(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
}

func (r *reader) take(n int) string {
	s := r.in[r.at : r.at+n]
	r.at += n
	return s
}

func (r *reader) string() string { return r.strings[r.uint()] }

func (r *reader) flags() (a, b bool) {
	f := r.in[r.at]
	r.at++
	return f&flagA != 0, f&flagB != 0
}

func (r *reader) location() *ast.Location {
	row := r.uint()
	if row == 0 {
		return nil
	}
	l := &r.locations[0]
	r.locations = r.locations[1:]
	l.File, l.Row, l.Col = r.file, row, r.uint()
	return l
}

func (r *reader) rule(m *ast.Module) *ast.Rule {
	rule := &ast.Rule{Module: m, Head: &ast.Head{}}
	var otherwise bool
	rule.Default, otherwise = r.flags()
	rule.Location = r.location()
	h := rule.Head
	h.Assign, _ = r.flags()
	h.Location = r.location()
	h.Name = ast.Var(r.string())
	h.Reference = r.list()
	h.Args = r.list()
	h.Key = r.term()
	h.Value = r.term()
	rule.Body = r.body()
	if otherwise {
		rule.Else = r.rule(m)
	}
	return rule
}

func (r *reader) body() ast.Body {
	exprs := make([]ast.Expr, r.uint())
	body := make(ast.Body, len(exprs))
	for i := range exprs {
		r.expr(&exprs[i])
		body[i] = &exprs[i]
	}
	return body
}

func (r *reader) expr(e *ast.Expr) {
	e.Generated, e.Negated = r.flags()
	e.Location = r.location()
	e.Index = r.uint()
	if n := r.uint(); n > 0 {
		e.With = make([]*ast.With, n)
		for i := range e.With {
			e.With[i] = &ast.With{Location: r.location(), Target: r.term(), Value: r.term()}
		}
	}
	switch kind := r.uint(); kind {
	case exprTerm:
		e.Terms = r.term()
	case exprCall:
		e.Terms = r.list()
	case exprEvery:
		e.Terms = &ast.Every{Location: r.location(), Key: r.term(), Value: r.term(), Domain: r.term(), Body: r.body()}
	default:
		panic("image: no expression")
	}
}

// list reads terms; nil if there are none.
func (r *reader) list() []*ast.Term {
	n := r.uint()
	if n == 0 {
		return nil
	}
	out := make([]*ast.Term, n)
	for i := range out {
		out[i] = r.term()
	}
	return out
}

func (r *reader) term() *ast.Term {
	kind := r.uint()
	if kind == kindNone {
		return nil
	}
	t := &r.terms[0]
	r.terms = r.terms[1:]
	t.Value = r.value(kind)
	return t
}

func (r *reader) value(kind int) ast.Value {
	switch kind {
	case kindNull:
		return ast.Null{}
	case kindFalse:
		return ast.Boolean(false)
	case kindTrue:
		return ast.Boolean(true)
	case kindNumber:
		return ast.Number(r.string())
	case kindString:
		return ast.String(r.string())
	case kindVar:
		return ast.Var(r.string())
	case kindRef:
		return ast.Ref(r.list())
	case kindCall:
		return ast.Call(r.list())
	case kindArray:
		return ast.NewArray(r.list()...)
	case kindSet:
		return ast.NewSet(r.list()...)
	case kindObject:
		pairs := make([][2]*ast.Term, r.uint())
		for i := range pairs {
			pairs[i] = [2]*ast.Term{r.term(), r.term()}
		}
		return ast.NewObject(pairs...)
	case kindArrayComprehension:
		return &ast.ArrayComprehension{Term: r.term(), Body: r.body()}
	case kindSetComprehension:
		return &ast.SetComprehension{Term: r.term(), Body: r.body()}
	case kindObjectComprehension:
		return &ast.ObjectComprehension{Key: r.term(), Value: r.term(), Body: r.body()}
	}
	panic("image: no value")
}
