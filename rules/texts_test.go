package rules

import (
	"strings"
	"sync"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
)

// TestTexts: what is remembered is bounded, and a text that is longer than all is
// not remembered.
func TestTexts(t *testing.T) {
	t.Parallel()
	var known texts
	long := func(c string) string { return strings.Repeat(c, maxTexts/2) }
	for _, c := range []string{"a", "b"} {
		known.put(long(c), ast.StringTerm(c))
	}
	if known.get(long("a")) == nil || known.get(long("b")) == nil || known.get("c") != nil {
		t.Error("two halves are not remembered")
	}
	known.put("c", ast.StringTerm("c"))
	if known.get(long("a")) != nil || known.get("c") == nil || known.bytes != 1 {
		t.Errorf("%d bytes are remembered", known.bytes)
	}
	known.put(long("a")+long("b")+"c", ast.StringTerm("d"))
	if len(known.values) > 1 || known.bytes > maxTexts {
		t.Errorf("%d bytes are remembered", known.bytes)
	}
}

// TestTextsVerdict: a text has the same verdict whether it was parsed before or not.
func TestTextsVerdict(t *testing.T) {
	t.Parallel()
	s, r := oneRule(t, `deny contains {"path": [name], "message": "m"} if {
	some name, text in input.resource.properties
	json.is_valid(text)
	json.unmarshal(text).open == true
}`, Options{})
	input := resource(t, `{"A": "{\"open\": true}", "B": "{\"open\": true", "C": "{\"open\": false}", "D": 1}`)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 3 {
				got, err := s.Judge(t.Context(), r, input)
				if err != nil || len(got) != 1 || got[0].Path.String() != "A" {
					t.Errorf("%v %v", got, err)
				}
			}
		})
	}
	all.Wait()
	if len(s.texts.values) != 2 {
		t.Errorf("%d values are remembered", len(s.texts.values))
	}
}
