package rules

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
)

// TestRelevant evaluates a gate: it reads less than the rule, holds where the
// rule has something to say, and its errors are the rule's.
func TestRelevant(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const rego = `# METADATA
# title: A rule
# custom:
#   id: GATED
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::S3::Bucket"]
package guardhook.acme.gated

relevant if to_number(input.resource.properties.Size) > 1

deny contains finding if {
	relevant
	input.resource.properties.Open == true
	finding := {"path": [], "message": "It is open."}
}
`
	if err := os.WriteFile(filepath.Join(dir, "gated.rego"), []byte(rego), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := LoadDir(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := set.Rule("GATED")
	if got := set.Gate(r).Paths(); len(got) != 1 || got[0] != "resource.properties.Size" {
		t.Errorf("the gate reads %v", got)
	}
	if got := set.Reads(r).Paths(); len(got) != 2 {
		t.Errorf("the rule reads %v", got)
	}
	for size, want := range map[string]bool{"0": false, "2": true} {
		input := ast.MustInterfaceToValue(map[string]any{"resource": map[string]any{"properties": map[string]any{"Size": size, "Open": true}}})
		if got, err := set.Relevant(context.Background(), r, input); err != nil || got != want {
			t.Errorf("size %s: relevant %v, %v", size, got, err)
		}
		violations, err := set.Judge(context.Background(), r, input)
		if err != nil || (len(violations) > 0) != want {
			t.Errorf("size %s: violations %v, %v", size, violations, err)
		}
	}
	odd := ast.MustInterfaceToValue(map[string]any{"resource": map[string]any{"properties": map[string]any{"Size": "odd"}}})
	if holds, err := set.Relevant(context.Background(), r, odd); err == nil || !holds {
		t.Errorf("an error in the gate: relevant %v, %v", holds, err)
	}
}
