package nested_test

import (
	"errors"
	"testing"

	"github.com/fsxns3ap/guardhook/validate/nested"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// FuzzDerive derives a template for each nested stack of another. No reference
// to a parameter that is not there may be left.
func FuzzDerive(f *testing.F) {
	const child = "Parameters: {P: {Type: String}, L: {Type: CommaDelimitedList, Default: a}}\n" +
		"Conditions: {C: !Equals [!Ref P, a]}\nResources:\n  A:\n    Type: AWS::SNS::Topic\n    Condition: C\n" +
		"    Properties: {TopicName: !Sub '${P}-${A}', Tags: !Ref L}\n"
	for _, passed := range []string{"{P: !Ref Own}", "{P: !If [C, a, !Ref Own], L: !Join [',', [a, !Ref Own]]}", "!If [C, {P: a}, {L: b}]"} {
		f.Add("Parameters: {Own: {Type: String}}\nConditions: {C: !Equals [!Ref Own, a]}\nResources:\n  S:\n    Type: AWS::CloudFormation::Stack\n"+
			"    Condition: C\n    Properties: {TemplateURL: t, Parameters: "+passed+"}\n", child)
	}
	f.Fuzz(func(t *testing.T, outer, inner string) {
		parent, err := template.Load("parent.yaml", []byte(outer), template.Options{})
		if err != nil {
			return
		}
		child, err := template.Load("child.yaml", []byte(inner), template.Options{})
		if err != nil {
			return
		}
		for _, stack := range parent.Resources {
			got, _, err := nested.Derive(parent, nil, stack, child)
			if errors.Is(err, nested.ErrTooLarge) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range got.Resources {
				if r.Condition != "" && got.Conditions[r.Condition] == nil {
					t.Errorf("%s has the condition %q, which is not there", r.ID, r.Condition)
				}
				if r.Properties != nil {
					declared(t, child, got, r.Properties)
				}
			}
		}
	})
}

// declared reports references to parameters of the child that are gone.
func declared(t *testing.T, child, got *template.Template, n *template.Node) {
	if n.Kind == template.Call && n.Fn == "Ref" && len(n.Items) == 1 {
		if name := n.Items[0].Text; child.Parameter(name) != nil && got.Parameter(name) == nil {
			t.Errorf("a reference to %q is left", name)
		}
	}
	for _, item := range n.Items {
		declared(t, child, got, item)
	}
}
