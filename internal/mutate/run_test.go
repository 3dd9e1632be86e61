package mutate

import (
	"context"
	"testing"
	"testing/fstest"
)

const queueRule = `# METADATA
# title: Short delay
# custom:
#   id: SHORT_DELAY
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::SQS::Queue"]
package guardhook.queues.delay

deny contains finding if {
	input.resource.properties.DelaySeconds > 5
	finding := {"path": ["DelaySeconds"], "message": "long"}
}
`

const queueTest = `package guardhook.queues.delay_test

import data.guardhook.queues.delay

test_long if count(delay.deny) == 1 with input as {"resource": {"properties": {"DelaySeconds": 9}}}
`

func queuePolicy(t *testing.T, test string) *Policy {
	t.Helper()
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	p, err := Load(fstest.MapFS{
		"queues/delay.rego":      file(queueRule),
		"queues/delay_test.rego": file(test),
		"queues/testdata/delay/fail_long.yaml": file(
			"Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      DelaySeconds: 9\n"),
		"queues/testdata/delay/pass_none.yaml": file("Resources:\n  Q:\n    Type: AWS::SQS::Queue\n"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestJudge kills what a test or a fixture notices, and nothing else: the
// boundary of the rule is not tested, so its number may change.
func TestJudge(t *testing.T) {
	t.Parallel()
	want := map[string]Outcome{
		`queues/delay.rego:7:22: resource type: "AWS::SQS::Queue" -> "AWS::CloudFormation::WaitConditionHandle"`: Killed,
		`queues/delay.rego:11:2: negation: nothing -> not `:                                                      Killed,
		`queues/delay.rego:11:17: field: properties -> mutant`:                                                   Killed,
		`queues/delay.rego:11:28: field: DelaySeconds -> mutant`:                                                 Killed,
		`queues/delay.rego:11:41: operator: > -> <=`:                                                             Killed,
		`queues/delay.rego:11:43: number: 5 -> 6`:                                                                Survived,
		`queues/delay.rego:12:14: string: " -> "mutant`:                                                          Killed,
		`queues/delay.rego:12:23: string: " -> "mutant`:                                                          Survived,
		`queues/delay.rego:12:40: string: " -> "mutant`:                                                          Killed,
		`queues/delay.rego:12:51: string: " -> "mutant`:                                                          Survived,
	}
	p := queuePolicy(t, queueTest)
	mutants, err := p.Mutants("queues/delay.rego")
	if err != nil || len(mutants) != len(want) {
		t.Fatalf("%d mutants, %v", len(mutants), err)
	}
	for i := range mutants {
		m := &mutants[i]
		got, err := p.Judge(context.Background(), m)
		if expected, ok := want[m.String()]; err != nil || !ok || got != expected {
			t.Errorf("%s: %v, %v", m, got, err)
		}
	}
}

// TestJudgeInvalid does not count what does not compile.
func TestJudgeInvalid(t *testing.T) {
	t.Parallel()
	p := queuePolicy(t, queueTest)
	for _, src := range []string{"package p\n\nx := y", "package"} {
		if got, err := p.Judge(context.Background(), &Mutant{File: "queues/delay.rego", Source: src}); got != Invalid || err != nil {
			t.Errorf("%q: %v, %v", src, got, err)
		}
	}
}
