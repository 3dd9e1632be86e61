package rules

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
)

func marshal(t *testing.T, v any) string {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

const ruleHead = `# METADATA
# title: A rule
# custom:
#   id: ACME_RULE
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::S3::Bucket"]
package guardhook.acme.rule

`

// oneRule loads a set of a single rule with the given Rego text.
func oneRule(tb testing.TB, rego string, opts Options) (*Set, *Rule) {
	tb.Helper()
	return oneModule(tb, ruleHead+rego, opts)
}

func oneModule(tb testing.TB, src string, opts Options) (*Set, *Rule) {
	tb.Helper()
	s, err := load("set", []file{{path: "acme/rule.rego", name: "acme/rule.rego", src: []byte(src)}}, opts)
	if err != nil {
		tb.Fatal(err)
	}
	return s, s.Rules()[0]
}

func resource(tb testing.TB, properties string) ast.Value {
	tb.Helper()
	doc, err := ast.ValueFromReader(strings.NewReader(`{"resource": {"id": "R", "type": "AWS::S3::Bucket", "properties": ` + properties + `}}`))
	if err != nil {
		tb.Fatal(err)
	}
	return doc
}

func config(tb testing.TB, src string) *Config {
	tb.Helper()
	c, err := ParseConfig("guardhook.yaml", []byte(src))
	if err != nil {
		tb.Fatal(err)
	}
	return c
}
