package rules

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Steps do not bound what a step may make out of little: replace, in a few
// steps, makes a text that no machine can hold. The functions that can are
// therefore registered anew, with the size of their result charged to the
// evaluation's budget before it is made. Evaluations by others in the same
// process are not charged.
func init() {
	for name, size := range resultSizes() {
		// Without its context a function cannot tell whose budget to charge.
		ast.BuiltinMap[name].CanSkipBctx = false
		topdown.RegisterBuiltinFunc(name, charged(name, size, topdown.GetBuiltin(name)))
	}
}

// resultSizes are bounds, in bytes, on the results of functions, by name. They
// may stop counting once they are past the limit.
func resultSizes() map[string]func(args []*ast.Term, limit int) int {
	return map[string]func(args []*ast.Term, limit int) int{
		ast.Concat.Name:       concatSize,
		ast.Replace.Name:      replaceSize,
		ast.ReplaceN.Name:     replaceNSize,
		ast.RegexReplace.Name: regexReplaceSize,
		ast.Sprintf.Name:      sprintfSize,
		ast.ArrayConcat.Name: func(args []*ast.Term, _ int) int {
			return termBytes * (length(args[0]) + length(args[1]))
		},
		ast.JSONMarshal.Name:            firstSize,
		ast.InternalTemplateString.Name: firstSize,
		// Whole numbers have any number of digits, and time grows with its square.
		ast.Multiply.Name: func(args []*ast.Term, _ int) int { return product(digits(args[0]), digits(args[1])) },
		ast.BitsShiftLeft.Name: func(args []*ast.Term, limit int) int {
			n := digits(args[0]) + count(args[1], limit)/3
			return product(n, n)
		},
		ast.Product.Name: func(args []*ast.Term, limit int) int {
			n := textSize(args[0].Value, limit)
			return product(n, n) / 16
		},
	}
}

// termBytes is about what a place in an array takes.
const termBytes = 16

// charged is a function that does not run if its result would exceed what the
// evaluation has left.
func charged(name string, size func([]*ast.Term, int) int, f topdown.BuiltinFunc) topdown.BuiltinFunc {
	return func(c topdown.BuiltinContext, args []*ast.Term, iter func(*ast.Term) error) error {
		if m, ok := c.Cancel.(*meter); ok && !m.charge(size(args, m.budget.Bytes)) {
			return topdown.Halt{Err: &topdown.Error{Code: topdown.CancelErr, Message: name + ": the result is too large", Location: c.Location}}
		}
		return f(c, args, iter)
	}
}

// charge takes bytes from the budget, and tells whether it had them.
func (m *meter) charge(bytes int) bool {
	if bytes < 0 || bytes > m.budget.Bytes-m.bytes {
		m.err = fmt.Errorf("%w: more than %d bytes", ErrBudget, m.budget.Bytes)
		return false
	}
	m.bytes += bytes
	return true
}

func textOf(t *ast.Term) string {
	s, _ := t.Value.(ast.String)
	return string(s)
}

// length is how many elements a collection has.
func length(t *ast.Term) int {
	switch v := t.Value.(type) {
	case *ast.Array:
		return v.Len()
	case ast.Set:
		return v.Len()
	}
	return 0
}

// product is a times b, or -1 if that is no int.
func product(a, b int) int {
	if c := a * b; a == 0 || c/a == b {
		return c
	}
	return -1
}

func firstSize(args []*ast.Term, limit int) int { return textSize(args[0].Value, limit) }

// digits is how long a number is. OPA reads none with a large exponent.
func digits(t *ast.Term) int {
	n, _ := t.Value.(ast.Number)
	return len(n)
}

// count is the value of a number that says how many.
func count(t *ast.Term, limit int) int {
	n, _ := t.Value.(ast.Number)
	if many, ok := n.Int(); ok {
		return max(many, 0)
	}
	return limit + 1
}

func concatSize(args []*ast.Term, limit int) int {
	separators := product(len(textOf(args[0])), length(args[1]))
	if separators < 0 || separators > limit {
		return limit + 1
	}
	return separators + textSize(args[1].Value, limit)
}

func replaceSize(args []*ast.Term, _ int) int {
	s := textOf(args[0])
	made := product(strings.Count(s, textOf(args[1])), len(textOf(args[2])))
	if made < 0 {
		return made
	}
	return len(s) + made
}

func replaceNSize(args []*ast.Term, limit int) int {
	s := textOf(args[1])
	total := len(s)
	patterns, ok := args[0].Value.(ast.Object)
	if !ok {
		return total
	}
	patterns.Foreach(func(from, to *ast.Term) {
		if made := product(strings.Count(s, textOf(from)), len(textOf(to))); made < 0 || total > limit {
			total = limit + 1
		} else {
			total += made
		}
	})
	return total
}

// A group may be repeated by every two bytes of the template; all that groups
// match is not longer than the text.
func regexReplaceSize(args []*ast.Term, _ int) int {
	return product(2*len(textOf(args[0]))+1, len(textOf(args[2]))+1)
}

var formatWidth = regexp.MustCompile(`[0-9]+`)

// Each verb may show the largest argument, as wide as the largest number in the
// format; fmt knows no width over a million.
func sprintfSize(args []*ast.Term, limit int) int {
	const widest = 1_000_000
	format := textOf(args[0])
	width := 0
	if strings.Contains(format, "*") {
		width = widest
	}
	for _, number := range formatWidth.FindAllString(format, -1) {
		if n, err := strconv.Atoi(number); err != nil || n > widest {
			width = widest
		} else {
			width = max(width, n)
		}
	}
	largest := textSize(args[1].Value, limit)
	made := product(strings.Count(format, "%"), largest+width)
	if made < 0 {
		return made
	}
	return len(format) + made
}

// textSize bounds the size of a value as text. Counting ends past the limit:
// a value may hold others many times.
func textSize(v ast.Value, limit int) int {
	const punctuation = 4
	total := 0
	var add func(v ast.Value)
	add = func(v ast.Value) {
		if total > limit {
			return
		}
		total += punctuation
		switch v := v.(type) {
		case ast.String:
			total += len(v)
		case ast.Number:
			total += len(v)
		case *ast.Array:
			for i := 0; i < v.Len() && total <= limit; i++ {
				add(v.Elem(i).Value)
			}
		case ast.Set:
			_ = v.Iter(func(t *ast.Term) error { add(t.Value); return nil })
		case ast.Object:
			_ = v.Iter(func(k, t *ast.Term) error { add(k.Value); add(t.Value); return nil })
		}
	}
	add(v)
	return total
}
