package template

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const derivable = `Conditions:
  A: !Equals [a, a]
Resources:
  Q: {Type: AWS::SQS::Queue, Condition: A, Properties: {DelaySeconds: 5, FifoQueue: true, Tags: [!Sub 'x${AWS::Region}', !GetAtt R.Arn, !Ref R]}}
  R: {Type: AWS::SNS::Topic}
`

func TestDerive(t *testing.T) {
	t.Parallel()
	source, err := Load("t.yaml", []byte(derivable), Options{})
	if err != nil {
		t.Fatal(err)
	}
	topic := &Resource{ID: "T", Type: "AWS::SNS::Topic"}
	out := source.Derive(Derived{
		Resources: []*Resource{topic}, Conditions: map[string]*Node{"B": source.Conditions["A"]}, ConditionNames: []string{"B"},
		Notes: []Note{{Message: "n"}},
	})
	if out.Resource("T") != topic || out.Resource("Q") != nil || out.File != "t.yaml" {
		t.Errorf("the resources are not replaced: %v", out.Resources)
	}
	if diff := cmp.Diff([]string{"A", "B"}, out.ConditionNames); diff != "" || len(out.Conditions) != 2 || len(out.Notes) != 1 {
		t.Errorf("conditions or notes are not added: %s", diff)
	}
	if source.Resource("Q") == nil || source.Resource("T") != nil || len(source.Conditions) != 1 || len(source.Notes) != 0 {
		t.Error("the source changed")
	}
}

func TestLongForm(t *testing.T) {
	t.Parallel()
	source, err := Load("t.yaml", []byte(derivable), Options{})
	if err != nil {
		t.Fatal(err)
	}
	properties := source.Resource("Q").Properties
	want := map[string]any{
		"DelaySeconds": json.Number("5"), "FifoQueue": true,
		"Tags": []any{map[string]any{"Fn::Sub": "x${AWS::Region}"}, map[string]any{"Fn::GetAtt": []any{"R", "Arn"}}, map[string]any{"Ref": "R"}},
	}
	if diff := cmp.Diff(want, LongForm(properties, nil)); diff != "" {
		t.Error(diff)
	}
	resolved := LongForm(properties.Get("Tags"), func(n *Node) (any, bool) { return "known", n.Fn == fnRef })
	if diff := cmp.Diff("known", resolved.([]any)[2]); diff != "" {
		t.Error(diff)
	}
	if LongForm(nil, nil) != nil || LongForm(&Node{}, nil) != nil {
		t.Error("nothing has a long form")
	}
}
