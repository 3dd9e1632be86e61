package rules

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Vocabulary is what a rule can tell apart in a value that is not known: the
// constants that it, or a library rule it reaches, names. A value that stands
// in the same relation to all of them as another value gets the same verdict,
// unless the rule computes with it (Opaque).
type Vocabulary struct {
	// Strings are constants that values are compared with.
	Strings []string
	// Compared are those of Strings that stand directly beside ==, != or in.
	Compared []string
	// Prefixes, Suffixes and Infixes are constants that the rule looks for at
	// the start, at the end or anywhere in a value.
	Prefixes, Suffixes, Infixes []string
	// Patterns are regular expressions that values are matched with.
	Patterns []string
	// Numbers are constants that values are compared with.
	Numbers []float64
	// Witnesses are values that the rule's METADATA names. Where there are any,
	// they and Compared are what to try for a value that is open, in place of
	// all other constants.
	Witnesses []string
	// Opaque means that the rule computes with strings in a way that constants
	// do not describe, and its METADATA names no witnesses.
	Opaque bool
}

// modelled lists the built-ins whose outcome the relations of a Vocabulary
// decide, or that only build messages, paths and collections. Calls of any
// other built-in make the vocabulary opaque.
var modelled = map[string]bool{
	"eq": true, "equal": true, "neq": true, "assign": true, "lt": true, "lte": true, "gt": true, "gte": true,
	"startswith": true, "endswith": true, "contains": true, "regex.match": true, "glob.match": true,
	"lower": true, "upper": true, "count": true, "object.get": true, "object.keys": true, "object.union": true,
	"object.remove": true, "object.filter": true, "sprintf": true, "concat": true, "array.concat": true, "array.slice": true,
	"internal.member_2": true, "internal.member_3": true, "internal.print": true, "strings.any_prefix_match": true,
	"strings.any_suffix_match": true, "is_string": true, "is_number": true, "is_boolean": true, "is_array": true,
	"is_object": true, "is_set": true, "is_null": true, "type_name": true, "and": true, "or": true, "minus": true,
	"plus": true, "mul": true, "union": true, "intersection": true, "walk": true, "numbers.range": true, "max": true,
	"min": true, "sum": true, "sort": true, "any": true, "all": true, "internal.template_string": true,
	"format_int": true, "trim_space": true,
}

// analyseVocabulary finds the constants of a compiled rule. params is the
// document at data.params.
func analyseVocabulary(c *ast.Compiler, r *Rule, params map[string]any) *Vocabulary {
	v := &vocabularyVisitor{out: &Vocabulary{Witnesses: slices.Clone(r.Witnesses)}, params: params}
	for _, rule := range reachable(c, r.Package, denySet) {
		v.rule(rule)
	}
	if v.freePrefix {
		v.out.Prefixes = append(v.out.Prefixes, v.out.Strings...)
	}
	if v.freeSuffix {
		v.out.Suffixes = append(v.out.Suffixes, v.out.Strings...)
	}
	if v.freeInfix {
		v.out.Infixes = append(v.out.Infixes, v.out.Strings...)
	}
	if v.freePattern && len(r.Witnesses) == 0 {
		v.out.Patterns = append(v.out.Patterns, v.out.Strings...)
	}
	for _, list := range []*[]string{&v.out.Strings, &v.out.Compared, &v.out.Prefixes, &v.out.Suffixes, &v.out.Infixes, &v.out.Patterns} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	slices.Sort(v.out.Numbers)
	v.out.Numbers = slices.Compact(v.out.Numbers)
	if len(r.Witnesses) > 0 {
		v.out.Opaque = false
	}
	return v.out
}

type vocabularyVisitor struct {
	out    *Vocabulary
	params map[string]any
	// A search operator was called with an operand that is no constant: every
	// constant of the rule may be that operand.
	freePrefix, freeSuffix, freeInfix, freePattern bool
}

func (v *vocabularyVisitor) rule(rule *ast.Rule) {
	ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.Head:
			// The name of a rule is no constant of its; its value and key are.
			if x.Key != nil {
				v.term(x.Key)
			}
			if x.Value != nil {
				v.term(x.Value)
			}
			for _, arg := range x.Args {
				v.term(arg)
			}
			return true
		case *ast.Expr:
			if x.IsCall() {
				v.call(x.Operator().String(), x.Operands())
				for _, w := range x.With {
					v.term(w.Value)
				}
				return true
			}
		case *ast.Term:
			v.term(x)
			return true
		}
		return false
	}).Walk(rule)
}

func (v *vocabularyVisitor) call(op string, args []*ast.Term) {
	switch op {
	case "startswith", "strings.any_prefix_match":
		v.search(args, &v.out.Prefixes, &v.freePrefix)
	case "endswith", "strings.any_suffix_match":
		v.search(args, &v.out.Suffixes, &v.freeSuffix)
	case "contains":
		v.search(args, &v.out.Infixes, &v.freeInfix)
	case "regex.match":
		if p, ok := args[0].Value.(ast.String); ok {
			v.out.Patterns = append(v.out.Patterns, string(p))
			args = args[1:]
		} else {
			v.freePattern = true
		}
	case "sprintf", "concat":
		// The format or separator is part of a message, not of a comparison.
		args = args[1:]
	case "eq", "equal", "neq", "internal.member_2", "internal.member_3":
		for _, a := range args {
			v.compared(a)
		}
	default:
		if _, builtin := ast.BuiltinMap[op]; builtin && !modelled[op] {
			v.out.Opaque = true
		}
	}
	for _, a := range args {
		v.term(a)
	}
}

// compared notes the constants of an operand of a comparison.
func (v *vocabularyVisitor) compared(t *ast.Term) {
	switch x := t.Value.(type) {
	case ast.String:
		v.out.Compared = append(v.out.Compared, string(x))
	case ast.Set:
		x.Foreach(v.compared)
	case *ast.Array:
		x.Foreach(v.compared)
	}
}

func (v *vocabularyVisitor) search(args []*ast.Term, constants *[]string, free *bool) {
	if len(args) < 2 {
		return
	}
	if s, ok := args[1].Value.(ast.String); ok {
		*constants = append(*constants, string(s))
		return
	}
	*free = true
}

func (v *vocabularyVisitor) term(t *ast.Term) {
	switch x := t.Value.(type) {
	case ast.String:
		v.out.Strings = append(v.out.Strings, string(x))
	case ast.Number:
		if f, ok := x.Float64(); ok {
			v.out.Numbers = append(v.out.Numbers, f)
		}
	case ast.Ref:
		v.ref(x)
	case ast.Call:
		v.call(x[0].String(), x[1:])
	case *ast.Array:
		x.Foreach(v.term)
	case ast.Set:
		x.Foreach(v.term)
	case ast.Object:
		if x.Get(ast.StringTerm("message")) != nil {
			// A finding: its message and path are not compared with anything.
			return
		}
		x.Foreach(func(k, val *ast.Term) {
			v.term(k)
			v.term(val)
		})
	case *ast.ArrayComprehension:
		v.term(x.Term)
		v.body(x.Body)
	case *ast.SetComprehension:
		v.term(x.Term)
		v.body(x.Body)
	case *ast.ObjectComprehension:
		v.term(x.Key)
		v.term(x.Value)
		v.body(x.Body)
	}
}

func (v *vocabularyVisitor) body(b ast.Body) {
	for _, e := range b {
		ast.NewGenericVisitor(func(x any) bool {
			switch x := x.(type) {
			case *ast.Expr:
				if x.IsCall() {
					v.call(x.Operator().String(), x.Operands())
					return true
				}
			case *ast.Term:
				v.term(x)
				return true
			}
			return false
		}).Walk(e)
	}
}

// ref takes the parameters that a reference to data.params can give.
func (v *vocabularyVisitor) ref(ref ast.Ref) {
	if len(ref) < 2 || !ref[0].Equal(ast.DefaultRootDocument) || !ref[1].Equal(ast.StringTerm("params")) {
		for _, t := range ref[1:] {
			if _, plain := t.Value.(ast.String); !plain {
				v.term(t)
			}
		}
		return
	}
	var value any = v.params
	for _, t := range ref[2:] {
		name, ok := t.Value.(ast.String)
		m, isMap := value.(map[string]any)
		if !ok || !isMap {
			break
		}
		value = m[string(name)]
	}
	v.value(value)
}

func (v *vocabularyVisitor) value(x any) {
	switch x := x.(type) {
	case string:
		v.out.Strings = append(v.out.Strings, x)
	case json.Number:
		if f, err := strconv.ParseFloat(string(x), 64); err == nil {
			v.out.Numbers = append(v.out.Numbers, f)
		}
	case float64:
		v.out.Numbers = append(v.out.Numbers, x)
	case int:
		v.out.Numbers = append(v.out.Numbers, float64(x))
	case []any:
		for _, e := range x {
			v.value(e)
		}
	case map[string]any:
		for k, e := range x {
			v.out.Strings = append(v.out.Strings, k)
			v.value(e)
		}
	}
}
