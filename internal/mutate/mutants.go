// Package mutate tests the tests of Rego rules: it changes a rule in one place,
// and asks whether a Rego test or a fixture template notices. A change that
// nothing notices survives, and shows what is not tested.
//
// Changed are literals, names of fields, operators, negations and the resource
// types of METADATA. The package does not know whether a change alters what a
// rule means: a survivor may be a change without effect.
package mutate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Mutant is a module with one change.
type Mutant struct {
	// File is the module's name, Line and Column are where the change is, from 1.
	File         string
	Line, Column int
	// Kind says what sort of change it is.
	Kind string
	// Old was replaced by New.
	Old, New string
	// Source is the text of the changed module.
	Source string
}

// String describes the change, with its place.
func (m *Mutant) String() string {
	return fmt.Sprintf("%s:%d:%d: %s: %s -> %s", m.File, m.Line, m.Column, m.Kind, quoted(m.Old), quoted(m.New))
}

func quoted(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// The kinds of mutants.
const (
	kindString   = "string"
	kindNumber   = "number"
	kindBoolean  = "boolean"
	kindField    = "field"
	kindOperator = "operator"
	kindNegation = "negation"
	kindType     = "resource type"
)

// Mutants returns the mutants of a module, in the order of its text. An error
// is one of parsing.
func Mutants(file, src string) ([]Mutant, error) {
	module, err := parse(file, src)
	if err != nil {
		return nil, err
	}
	c := collector{file: file, src: src, seen: map[string]bool{}, called: map[int]bool{}}
	for _, rule := range module.Rules {
		c.rule(rule)
	}
	c.resourceTypes(module)
	slices.SortStableFunc(c.out, func(a, b Mutant) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return c.out, nil
}

func parse(file, src string) (*ast.Module, error) {
	return ast.ParseModuleWithOpts(file, src, ast.ParserOptions{RegoVersion: ast.RegoV1, ProcessAnnotation: true})
}

type collector struct {
	file, src string
	seen      map[string]bool
	called    map[int]bool // offsets of the functions of calls
	out       []Mutant
}

// replace adds the mutant that has text in place of old at an offset.
func (c *collector) replace(kind string, offset int, old, text string) {
	key := fmt.Sprint(offset, kind, text)
	if c.seen[key] || offset < 0 || offset+len(old) > len(c.src) || c.src[offset:offset+len(old)] != old {
		return
	}
	c.seen[key] = true
	before := c.src[:offset]
	c.out = append(c.out, Mutant{
		File: c.file, Line: 1 + strings.Count(before, "\n"), Column: offset - strings.LastIndexByte(before, '\n'),
		Kind: kind, Old: old, New: text, Source: before + text + c.src[offset+len(old):],
	})
}

func (c *collector) rule(rule *ast.Rule) {
	ast.WalkExprs(rule, func(e *ast.Expr) bool {
		c.expression(e)
		return false
	})
	ast.WalkTerms(rule, func(t *ast.Term) bool {
		c.term(t)
		return false
	})
}

// opposite are the operators that stand for each other in a mutant.
var opposite = map[string]string{"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "+": "-", "-": "+", "|": "&", "&": "|"}

func (c *collector) expression(e *ast.Expr) {
	if e.Location == nil || e.Generated {
		return
	}
	if terms, ok := e.Terms.([]*ast.Term); ok {
		c.operator(terms[0])
	}
	offset := e.Location.Offset
	if e.Negated {
		if strings.HasPrefix(c.src[offset:], "not ") {
			c.replace(kindNegation, offset, "not ", "")
		}
		return
	}
	if _, declares := e.Terms.(*ast.SomeDecl); declares || e.IsEvery() || e.IsAssignment() || len(e.With) > 0 {
		return
	}
	// The name that a head gives its value to, and a generated body, have the
	// places of others; what is changed has to be an expression of a body.
	if e.Location.Text != nil && strings.HasPrefix(c.src[offset:], string(e.Location.Text)) {
		c.replace(kindNegation, offset, "", "not ")
	}
}

func (c *collector) term(t *ast.Term) {
	if t.Location == nil {
		return
	}
	text := string(t.Location.Text)
	offset := t.Location.Offset
	switch v := t.Value.(type) {
	case ast.String:
		c.text(offset, string(v))
	case ast.Number:
		if n, ok := v.Int(); ok {
			c.replace(kindNumber, offset, text, fmt.Sprint(n+1))
		}
	case ast.Boolean:
		c.replace(kindBoolean, offset, text, fmt.Sprint(!bool(v)))
	case ast.Ref:
		if !c.called[offset] {
			c.reference(v)
		}
	case ast.Call:
		c.operator(v[0])
	}
}

// text changes a string that is written in double quotes or backticks.
func (c *collector) text(offset int, value string) {
	if offset < 0 || offset >= len(c.src) {
		return
	}
	switch c.src[offset] {
	case '"':
		if value == "" {
			c.replace(kindString, offset, `""`, `"mutant"`)
			return
		}
		c.replace(kindString, offset, `"`, `"mutant`)
	case '`':
		c.replace(kindString, offset, "`", "`mutant")
	}
}

// reference changes the fields that are selected by a dot.
func (c *collector) reference(ref ast.Ref) {
	if head, ok := ref[0].Value.(ast.Var); !ok || head == "data" && !strings.HasPrefix(ref.String(), "data.params.") {
		return
	}
	for i, t := range ref[1:] {
		name, ok := t.Value.(ast.String)
		if !ok || t.Location == nil || i == 0 && ref[0].Equal(ast.InputRootDocument) {
			continue
		}
		if at := t.Location.Offset; at > 0 && at < len(c.src) && c.src[at-1] == '.' {
			c.replace(kindField, at, string(name), "mutant")
		}
	}
}

// operator changes the operator of a call in infix form. The names of other
// functions stay: nothing else would compile.
func (c *collector) operator(called *ast.Term) {
	at := called.Location
	if at == nil {
		return
	}
	c.called[at.Offset] = true
	text := string(at.Text)
	if other, ok := opposite[text]; ok {
		c.replace(kindOperator, at.Offset, text, other)
	}
}

// resourceTypes takes each type out of METADATA, or puts another in its place.
func (c *collector) resourceTypes(module *ast.Module) {
	for _, a := range module.Annotations {
		types, _ := a.Custom["resource_types"].([]any)
		for _, v := range types {
			name, _ := v.(string)
			quoted := `"` + name + `"`
			at := strings.Index(c.src, quoted)
			if at < 0 {
				continue
			}
			c.replace(kindType, at, quoted, `"`+otherType(name)+`"`)
		}
	}
}

// otherType is a resource type that has nothing to do with one.
func otherType(name string) string {
	const other = "AWS::CloudFormation::WaitConditionHandle"
	if name == other {
		return "AWS::CloudFormation::WaitCondition"
	}
	return other
}
