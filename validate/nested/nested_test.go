package nested_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/validate/nested"
	"github.com/fsxns3ap/guardhook/validate/template"
)

func load(t *testing.T, src string) *template.Template {
	t.Helper()
	tmpl, err := template.Load("t.yaml", []byte(src), template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

// write writes a value in a short form.
func write(n *template.Node) string {
	switch n.Kind {
	case template.Call, template.List:
		items := make([]string, len(n.Items))
		for i, item := range n.Items {
			items[i] = write(item)
		}
		return strings.TrimPrefix(n.Fn, "Fn::") + "[" + strings.Join(items, " ") + "]"
	case template.Map:
		items := make([]string, len(n.Items))
		for i, item := range n.Items {
			items[i] = n.Keys[i].Name + ": " + write(item)
		}
		return "{" + strings.Join(items, ", ") + "}"
	case template.String:
		return `"` + n.Text + `"`
	}
	return n.Text
}

// TestValues passes values in every form, and looks at what references become.
func TestValues(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ passed, typ, reference, want string }{
		"number":               {"1", "String", "!Ref P", `"1"`},
		"in a text":            {"a", "String", `!Sub "${P}-${AWS::Region}"`, `Sub["a-${AWS::Region}"]`},
		"whole text":           {"a", "String", `!Sub "x${P}"`, `"xa"`},
		"reference in a text":  {"!Ref Own", "String", `!Sub "x${P}"`, `Sub["x${^Own}"]`},
		"attribute in a text":  {"!GetAtt Topic.TopicArn", "String", `!Sub "${P}:*"`, `Sub["${^Topic.TopicArn}:*"]`},
		"text in a text":       {`!Sub "${Own}.${AWS::StackName}"`, "String", `!Sub "${P}:${P}"`, `Sub["${^Own}.${^AWS::StackName}:${^Own}.${^AWS::StackName}"]`},
		"function in a text":   {"!If [C, a, !Ref Own]", "String", `!Sub "${P}:${P}"`, `Sub["${P}:${P}" {P: If["^C" "a" Ref["^Own"]]}]`},
		"variable of the name": {"a", "String", `!Sub ["${P}", {P: !Ref P}]`, `Sub["${P}" {P: "a"}]`},
		"with variables":       {`!Sub ["${Own}${V}", {V: !Ref Own}]`, "String", "!Ref P", `Sub["${^Own}${V}" {V: Ref["^Own"]}]`},
		"absent":               {"!If [C, a, !Ref 'AWS::NoValue']", "String", "!Ref P", `If["^C" "a" Ref["P"]]`},
		"mapping":              {"!FindInMap [M, !Ref Own, k]", "String", "!Ref P", `FindInMap["^M" Ref["^Own"] "k"]`},
		"computed mapping":     {"!FindInMap [!Ref Own, a, k]", "String", "!Ref P", `Ref["^(Fn::FindInMap(Ref(Own), a, k))"]`},
		"list":                 {"'a, b'", "CommaDelimitedList", "!Ref P", `["a" "b"]`},
		"empty list":           {"''", "CommaDelimitedList", "!Ref P", `[]`},
		"joined list":          {"!Join [',', !Ref List]", "CommaDelimitedList", "!Ref P", `Ref["^List"]`},
		"joined text":          {"!Join [',', ['a,b', c]]", "CommaDelimitedList", "!Ref P", `Split["," Join["," ["a,b" "c"]]]`},
		"other list":           {"!Ref Own", "CommaDelimitedList", "!Ref P", `Split["," Ref["^Own"]]`},
		"one of lists":         {"!If [C, 'a,b', !Ref Own]", "CommaDelimitedList", "!Ref P", `If["^C" ["a" "b"] Split["," Ref["^Own"]]]`},
		"written list":         {"[a, b]", "CommaDelimitedList", "!Ref P", `["a" "b"]`},
		"list for a text":      {"[a, b]", "String", "!Ref P", `Join["," ["a" "b"]]`},
		"SSM":                  {"/a/b", "'AWS::SSM::Parameter::Value<String>'", "!Ref P", `Ref["P"]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parent := load(t, `
Transform: AWS::LanguageExtensions
Parameters:
  Own: {Type: String}
  List: {Type: CommaDelimitedList}
Mappings: {M: {a: {k: v}}}
Conditions: {C: !Equals [!Ref Own, a]}
Resources:
  Topic: {Type: AWS::SNS::Topic}
  Nested:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: t.yaml
      Parameters:
        P: `+c.passed+"\n")
			child := load(t, "Parameters: {P: {Type: "+c.typ+"}}\nResources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties:\n      TopicName: "+c.reference+"\n")
			got, _, err := nested.Derive(parent, nil, parent.Resource("Nested"), child)
			if err != nil {
				t.Fatal(err)
			}
			name := got.Resource("A").Properties.Get("TopicName")
			if text := write(name); text != c.want {
				t.Errorf("%s, want %s", text, c.want)
			}
			if want := child.Resource("A").Properties.Get("TopicName").Pos; name.Pos != want {
				t.Errorf("at %v, want %v", name.Pos, want)
			}
		})
	}
}

// TestNotPassed looks at parameters that the parent does not pass, or may not.
func TestNotPassed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		properties string
		want       map[string]string
	}{
		"nothing":   {"{TemplateURL: t.yaml}", map[string]string{"P": "a", "^AWS::StackName": "app", "AWS::Region": "eu-west-1"}},
		"other":     {"{TemplateURL: t.yaml, Parameters: {Q: b}}", map[string]string{"P": "a", "^AWS::StackName": "app", "AWS::Region": "eu-west-1"}},
		"passed":    {"{TemplateURL: t.yaml, Parameters: {P: b}}", map[string]string{"^AWS::StackName": "app", "AWS::Region": "eu-west-1"}},
		"not known": {"{TemplateURL: t.yaml, Parameters: {Fn::Transform: {Name: Macro}}}", map[string]string{"^AWS::StackName": "app", "AWS::Region": "eu-west-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parent := load(t, "Resources:\n  Nested:\n    Type: AWS::CloudFormation::Stack\n    Properties: "+c.properties+"\n")
			child := load(t, "Parameters: {P: {Type: String, Default: a}}\nResources: {A: {Type: AWS::SNS::Topic}}\n")
			pinned := map[string]string{"AWS::StackName": "app", "AWS::Region": "eu-west-1"}
			_, got, err := nested.Derive(parent, pinned, parent.Resource("Nested"), child)
			if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
				t.Error(err, diff)
			}
		})
	}
}

// TestKnown finds the values that loops and serverless resources of a child are
// expanded with.
func TestKnown(t *testing.T) {
	t.Parallel()
	parent := load(t, `
Parameters: {Stage: {Type: String}, Zone: {Type: String}}
Resources:
  Nested:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: t.yaml
      Parameters: {A: text, B: 3, C: !Ref Stage, D: !Ref Zone, E: !Sub "${Stage}"}
`)
	pinned := map[string]string{"Stage": "prod", "AWS::Region": "eu-west-1", "AWS::StackName": "app"}
	want := map[string]string{"A": "text", "B": "3", "C": "prod", "AWS::Region": "eu-west-1"}
	if diff := cmp.Diff(want, nested.Known(pinned, parent.Resource("Nested"))); diff != "" {
		t.Error(diff)
	}
}

func TestLabel(t *testing.T) {
	t.Parallel()
	path := []string{"Outer", "Inner"}
	for name, want := range map[string]string{
		"^^Stage": "Stage", "^Stage": "Outer/Stage", "Stage": "Outer/Inner/Stage", "AWS::Region": "AWS::Region",
		"AWS::StackName": "Outer/Inner/AWS::StackName", "^^Topic.Arn": "Topic.Arn", "{{resolve:ssm:/a}}": "{{resolve:ssm:/a}}",
		"Fn::ImportValue(${^Stage})": "Fn::ImportValue(${Stage})", "^^^": "",
	} {
		if got := nested.Label(name, path); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
