package rules

import (
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Policies and state machines are often JSON in a text, which several rules parse,
// each of them twice: they may not parse what is no JSON.
func init() {
	unmarshal, valid := topdown.GetBuiltin(ast.JSONUnmarshal.Name), topdown.GetBuiltin(ast.JSONIsValid.Name)
	ast.BuiltinMap[ast.JSONUnmarshal.Name].CanSkipBctx = false
	ast.BuiltinMap[ast.JSONIsValid.Name].CanSkipBctx = false
	topdown.RegisterBuiltinFunc(ast.JSONUnmarshal.Name, func(c topdown.BuiltinContext, args []*ast.Term, iter func(*ast.Term) error) error {
		known, text := remembered(c, args)
		if known == nil {
			return unmarshal(c, args, iter)
		}
		if value := known.get(text); value != nil {
			return iter(value)
		}
		return unmarshal(c, args, func(value *ast.Term) error {
			known.put(text, value)
			return iter(value)
		})
	})
	topdown.RegisterBuiltinFunc(ast.JSONIsValid.Name, func(c topdown.BuiltinContext, args []*ast.Term, iter func(*ast.Term) error) error {
		if known, text := remembered(c, args); known != nil && known.get(text) != nil {
			return iter(ast.InternedTerm(true))
		}
		return valid(c, args, iter)
	})
}

// remembered returns the texts of the set that an evaluation is of, and the text of
// a call; nil if there is none of them.
func remembered(c topdown.BuiltinContext, args []*ast.Term) (*texts, string) {
	m, ok := c.Cancel.(*meter)
	text, isText := args[0].Value.(ast.String)
	if !ok || !isText {
		return nil, ""
	}
	return m.texts, string(text)
}

// maxTexts bounds what is remembered, in bytes of text. It is enough for the
// policies of a template.
const maxTexts = 128 << 10

// texts are the values of JSON texts. A term is not written to once it is made.
type texts struct {
	mu     sync.Mutex
	bytes  int
	values map[string]*ast.Term
}

func (t *texts) get(text string) *ast.Term {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.values[text]
}

// put remembers a value, in place of all others if it would be too much.
func (t *texts) put(text string, value *ast.Term) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.values == nil || t.bytes+len(text) > maxTexts {
		t.bytes, t.values = 0, map[string]*ast.Term{}
	}
	if len(text) <= maxTexts {
		t.bytes += len(text)
		t.values[text] = value
	}
}
