package mutate

import (
	"slices"
	"testing"
)

func TestMutants(t *testing.T) {
	t.Parallel()
	const src = `# METADATA
# custom:
#   resource_types: ["AWS::SQS::Queue"]
package p

import data.guardhook.lib.value

deny contains finding if {
	input.resource.properties.DelaySeconds > 5
	not value.on(input.resource.properties.Managed)
	some name in {"a", "b"}
	name != "c"
	x := count(name) + 1
	x == 2
	finding := {"path": [], "message": "m"}
}
`
	mutants, err := Mutants("p.rego", src)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range mutants {
		got = append(got, m.String())
		if m.Source == src {
			t.Errorf("%s changes nothing", &m)
		}
	}
	want := []string{
		`p.rego:3:22: resource type: "AWS::SQS::Queue" -> "AWS::CloudFormation::WaitConditionHandle"`,
		`p.rego:9:2: negation: nothing -> not `,
		`p.rego:9:17: field: properties -> mutant`,
		`p.rego:9:28: field: DelaySeconds -> mutant`,
		`p.rego:9:41: operator: > -> <=`,
		`p.rego:9:43: number: 5 -> 6`,
		`p.rego:10:2: negation: not  -> nothing`,
		`p.rego:10:30: field: properties -> mutant`,
		`p.rego:10:41: field: Managed -> mutant`,
		`p.rego:11:16: string: " -> "mutant`,
		`p.rego:11:21: string: " -> "mutant`,
		`p.rego:12:2: negation: nothing -> not `,
		`p.rego:12:7: operator: != -> ==`,
		`p.rego:12:10: string: " -> "mutant`,
		`p.rego:13:19: operator: + -> -`,
		`p.rego:13:21: number: 1 -> 2`,
		`p.rego:14:2: negation: nothing -> not `,
		`p.rego:14:4: operator: == -> !=`,
		`p.rego:14:7: number: 2 -> 3`,
		`p.rego:15:14: string: " -> "mutant`,
		`p.rego:15:26: string: " -> "mutant`,
		`p.rego:15:37: string: " -> "mutant`,
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("missing: %s", line)
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("unexpected: %s", line)
		}
	}
}
