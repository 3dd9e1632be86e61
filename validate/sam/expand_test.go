package sam_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/validate/sam"
	"github.com/fsxns3ap/guardhook/validate/template"
)

const header = `Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: test}
  Open: {Type: String}
Conditions:
  Production: !Equals [!Ref Stage, production]
`

// function is a template with one function, of which the properties are given,
// each line indented by six.
func function(properties string) string {
	return header + "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n" + properties
}

func TestUnchanged(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]string{
		"no transform":            "Resources:\n  T: {Type: AWS::SNS::Topic}\n",
		"no serverless resource":  header + "Resources:\n  T: {Type: AWS::SNS::Topic}\n",
		"types without transform": "Resources:\n  T: {Type: AWS::Serverless::SimpleTable}\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			loaded, err := template.Load("t.yaml", []byte(src), template.Options{})
			if err != nil {
				t.Fatal(err)
			}
			expanded, gaps := sam.Expand(loaded, nil)
			if expanded != loaded || gaps != nil {
				t.Errorf("the template is another one, or has gaps: %v", gaps)
			}
		})
	}
}

func TestExpandTwice(t *testing.T) {
	t.Parallel()
	once, _ := expand(t, "testdata/function.yaml", nil)
	twice, gaps := sam.Expand(once, nil)
	if once != twice || gaps != nil {
		t.Error("an expanded template is expanded again")
	}
}

// TestGaps has what is not expanded: each is said, with its place.
func TestGaps(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, src, want string }{
		{"unknown property", function("      Colour: blue\n"), "11:7 F: Colour is not expanded"},
		{"unknown event type", function("      Events:\n        E: {Type: Pigeon}\n"), `12:9 F: the event E of type "Pigeon" is not expanded`},
		{"unknown property of an event", function("      Events:\n        E: {Type: AlexaSkill, Properties: {Colour: blue}}\n"), "12:44 F: event E: Colour is not expanded"},
		{"events by a function", function("      Events: !If [Production, {}, {}]\n"), "11:7 F: Events is given by a function"},
		{"tags by a function", function("      Tags: !If [Production, {}, {}]\n"), "11:7 F: Tags is given by a function"},
		{"properties by a function", header + "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: !If [Production, {}, {}]\n", "8:3 F: Properties is given by a function"},
		{"alias by a function", function("      AutoPublishAlias: !Sub '${Stage}-a'\n"), "11:7 F: the value of AutoPublishAlias is not known"},
		{"alias without value", function("      AutoPublishAlias: !Ref Open\n"), "11:7 F: the value of AutoPublishAlias is not known"},
		{"policy of no kind", function("      Policies: [{Colour: blue}]\n"), "11:18 F: an entry of Policies is neither a managed policy, nor a policy document, nor a policy template"},
		{"policy template without parameter", function("      Policies: [{S3ReadPolicy: {}}]\n"), "11:19 F: the policy template S3ReadPolicy needs BucketName"},
		{"bucket elsewhere", function("      Events:\n        E: {Type: S3, Properties: {Bucket: other, Events: x}}\n"), "12:9 F: event E: Bucket is no reference to a bucket of the template"},
		{"pool elsewhere", function("      Events:\n        E: {Type: Cognito, Properties: {UserPool: other, Trigger: x}}\n"), "12:9 F: event E: UserPool is no reference to a user pool of the template"},
		{"API elsewhere", function("      Events:\n        E: {Type: Api, Properties: {RestApiId: other, Path: /, Method: get}}\n"), "12:9 F: event E: RestApiId is no reference to an API of the template"},
		{"HTTP API elsewhere", function("      Events:\n        E: {Type: HttpApi, Properties: {ApiId: other}}\n"), "12:9 F: event E: ApiId is no reference to an HTTP API of the template"},
		{"URL authorization by a function", function("      FunctionUrlConfig: {AuthType: !Ref Stage}\n"), "11:27 F: FunctionUrlConfig.AuthType is given by a function: for NONE, the permissions are not generated"},
		{"dead-letter queue of no kind", function("      DeadLetterQueue: {Type: Pigeon, TargetArn: a}\n"), "11:7 F: the Type of DeadLetterQueue is neither SQS nor SNS"},
		{"connectors", header + "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Connectors: {}\n", "10:5 F: Connectors are not expanded"},
		{"unknown global", header + "Globals: {Function: {Colour: blue}, Pigeon: {}}\nResources:\n  F:\n    Type: AWS::Serverless::Function\n", "7:22 Globals: Globals.Function.Colour is not expanded\n7:37 Globals: Globals.Pigeon is not expanded"},
		{"private domain", header + "Resources:\n  A:\n    Type: AWS::Serverless::Api\n    Properties: {StageName: a, Domain: {EndpointConfiguration: PRIVATE}}\n", "10:32 A: Domain is private, or its EndpointConfiguration is given by a function"},
		{"state machine without definition", header + "Resources:\n  M:\n    Type: AWS::Serverless::StateMachine\n", "8:3 M: the state machine has neither Definition nor DefinitionUri"},
		{"gradual deployment that may be off", function("      AutoPublishAlias: live\n      DeploymentPreference: {Enabled: !Ref Open}\n"), "12:30 F: the value of DeploymentPreference.Enabled is not known"},
		{"a subscribed queue without URL", function("      Events:\n        E: {Type: SNS, Properties: {Topic: t, SqsSubscription: {QueueArn: a}}}\n"), "12:47 F: event E: SqsSubscription has no QueueArn or no QueueUrl"},
		{"a consumer group of no Kafka", function("      Events:\n        E: {Type: SQS, Properties: {Queue: q, ConsumerGroupId: g}}\n"), "12:47 F: event E: ConsumerGroupId does not belong to events of type SQS"},
		{"hooks by a function", function("      AutoPublishAlias: live\n      DeploymentPreference: {Hooks: !If [Production, {}, {}]}\n"), "12:30 F: DeploymentPreference.Hooks is given by a function, or no map"},
		{"destinations by a function", function("      EventInvokeConfig: {DestinationConfig: !Ref Open}\n"), "11:27 F: EventInvokeConfig.DestinationConfig is given by a function, or no map"},
		{"definition by a function", header + "Resources:\n  M:\n    Type: AWS::Serverless::StateMachine\n    Properties: {Definition: !If [Production, {}, {}]}\n", "10:18 M: Definition or DefinitionSubstitutions is given by a function"},
		{"nested choice of documents and policies", function("      Policies: [!If [Production, !If [Production, {Statement: []}, a], b]]\n"), "11:18 F: an entry of Policies is neither a managed policy, nor a policy document, nor a policy template"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, gaps := expandText(t, test.src, nil)
			lines := make([]string, len(gaps))
			for i, g := range gaps {
				lines[i] = fmt.Sprintf("%d:%d %s: %s", g.Line, g.Col, g.Resource, g.Reason)
			}
			if diff := cmp.Diff(test.want, strings.Join(lines, "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestManyGaps(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 150 {
		fmt.Fprintf(&b, "      Unknown%d: x\n", i)
	}
	_, gaps := expandText(t, function(b.String()), nil)
	if len(gaps) != 101 || !strings.Contains(gaps[100].Reason, "more than 100 parts") {
		t.Errorf("%d gaps, the last %v", len(gaps), gaps[len(gaps)-1])
	}
}

func TestTypesNotExpanded(t *testing.T) {
	t.Parallel()
	expanded, gaps := expandText(t, header+`Resources:
  G: {Type: AWS::Serverless::GraphQLApi}
  C: {Type: AWS::Serverless::Connector}
  T: {Type: AWS::Serverless::SimpleTable}
`, nil)
	if diff := cmp.Diff(map[string]string{
		"G": "AWS::Serverless::GraphQLApi", "C": "AWS::Serverless::Connector", "T": "AWS::DynamoDB::Table",
	}, types(expanded)); diff != "" || gaps != nil {
		t.Errorf("%s %v", diff, gaps)
	}
}

func types(t *template.Template) map[string]string {
	out := map[string]string{}
	for _, r := range t.Resources {
		out[r.ID] = r.Type
	}
	return out
}

// TestPlaces has the places of generated values: those of what they come from.
func TestPlaces(t *testing.T) {
	t.Parallel()
	expanded, _ := expandText(t, header+`Globals:
  Function:
    Timeout: 900
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      MemorySize: 512
      Policies:
        - AdministratorAccess
        - Statement:
            - {Effect: Allow, Action: '*', Resource: '*'}
      Events:
        E: {Type: AlexaSkill}
      FunctionUrlConfig: {AuthType: NONE}
`, nil)
	for _, test := range []struct {
		id   string
		path []string
		line int
	}{
		{"F", []string{"Timeout"}, 9},
		{"F", []string{"MemorySize"}, 14},
		{"F", []string{"Role"}, 11},
		{"FRole", nil, 11},
		{"FRole", []string{"AssumeRolePolicyDocument"}, 11},
		{"FRole", []string{"Policies"}, 15},
		{"FUrl", []string{"AuthType"}, 21},
		{"FUrlPublicPermissions", nil, 21},
		{"FEPermission", nil, 20},
	} {
		r := expanded.Resource(test.id)
		if r == nil {
			t.Errorf("there is no resource %s", test.id)
			continue
		}
		n, at := r.Properties, r.Pos
		for _, name := range test.path {
			n, at = n.Get(name), place(n, name)
		}
		if at.Line != test.line {
			t.Errorf("%s %v is on line %d, not %d", test.id, test.path, at.Line, test.line)
		}
	}
	document := expanded.Resource("FRole").Properties.Get("Policies").Items[0].Get("PolicyDocument").Get("Statement")
	if got := place(document.Items[0], "Action").Line; got != 18 {
		t.Errorf("the action is on line %d, not 18", got)
	}
}

func place(n *template.Node, name string) template.Pos {
	for _, key := range n.Keys {
		if key.Name == name {
			return key.Pos
		}
	}
	return template.Pos{}
}

// TestEveryPlaceIsKnown holds for every value of every expansion.
func TestEveryPlaceIsKnown(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"apis", "events", "function", "more", "publish", "statemachine", "tags"} {
		expanded, _ := expand(t, "testdata/"+file+".yaml", nil)
		for _, r := range expanded.Resources {
			if r.Line == 0 || r.TypePos.Line == 0 {
				t.Errorf("%s: %s has no place", file, r.ID)
			}
			unplaced(r.Node, func(n *template.Node) { t.Errorf("%s: %s: %+v has no place", file, r.ID, *n) })
		}
	}
}

func unplaced(n *template.Node, f func(*template.Node)) {
	bad := n.Line == 0
	for _, key := range n.Keys {
		bad = bad || key.Line == 0
	}
	if bad {
		f(n)
	}
	pure := n.Kind != template.Call
	for _, item := range n.Items {
		unplaced(item, f)
		pure = pure && item.Pure
	}
	if pure != n.Pure {
		f(n)
	}
}

// TestSourceIsNotChanged proves that goroutines may share the template.
func TestSourceIsNotChanged(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"apis", "events", "function", "more", "publish", "statemachine", "tags"} {
		first, _ := expand(t, "testdata/"+file+".yaml", nil)
		second, _ := expand(t, "testdata/"+file+".yaml", nil)
		source := first.Source
		loaded, err := template.Load("t.yaml", source, template.Options{})
		if err != nil {
			t.Fatal(err)
		}
		before := forms(loaded)
		third, _ := sam.Expand(loaded, nil)
		if diff := cmp.Diff(before, forms(loaded)); diff != "" {
			t.Errorf("%s: the source changed: %s", file, diff)
		}
		if diff := cmp.Diff(forms(first), forms(second)); diff != "" {
			t.Errorf("%s: two expansions differ: %s", file, diff)
		}
		if diff := cmp.Diff(forms(first), forms(third)); diff != "" {
			t.Errorf("%s: two expansions differ: %s", file, diff)
		}
	}
}

// forms are the resources of a template in order.
func forms(t *template.Template) []any {
	var out []any
	for _, r := range t.Resources {
		out = append(out, r.ID, r.DependsOn, template.LongForm(r.Node, nil))
	}
	return out
}

// TestChoices has properties that Fn::If gives, which the transform refuses or
// takes as they are.
func TestChoices(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, src, id, property string
		want                    any
	}{
		{
			"a list of policies", function("      Policies: !If [Production, [ReadOnlyAccess], [AdministratorAccess]]\n"), "FRole", "ManagedPolicyArns",
			[]any{
				"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
				chosen("Production", "arn:aws:iam::aws:policy/ReadOnlyAccess", none),
				chosen("Production", none, "arn:aws:iam::aws:policy/AdministratorAccess"),
			},
		},
		{
			"a policy or a document", function("      Policies: [!If [Production, {Statement: [a]}, AdministratorAccess]]\n"), "FRole", "ManagedPolicyArns",
			[]any{
				"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
				chosen("Production", none, "arn:aws:iam::aws:policy/AdministratorAccess"),
			},
		},
		{
			"a policy or a document, inline", function("      Policies: [!If [Production, {Statement: [a]}, AdministratorAccess]]\n"), "FRole", "Policies",
			[]any{chosen("Production", map[string]any{
				"PolicyName": "FRolePolicy0", "PolicyDocument": map[string]any{"Statement": []any{"a"}},
			}, none)},
		},
		{
			"nested choices of documents", function("      Policies: [!If [Production, !If [Production, {Statement: [a]}, !Ref AWS::NoValue], {Statement: [b]}]]\n"), "FRole", "Policies",
			[]any{chosen("Production",
				map[string]any{"PolicyName": "FRolePolicy0", "PolicyDocument": chosen("Production", map[string]any{"Statement": []any{"a"}}, none)},
				map[string]any{"PolicyName": "FRolePolicy0", "PolicyDocument": map[string]any{"Statement": []any{"b"}}},
			)},
		},
		{"a value", function("      Timeout: !If [Production, 900, 3]\n"), "F", "Timeout", chosen("Production", "900", "3")},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			expanded, gaps := expandText(t, test.src, nil)
			if gaps != nil {
				t.Fatal(gaps)
			}
			got := template.LongForm(expanded.Resource(test.id).Properties.Get(test.property), nil)
			if diff := cmp.Diff(fmt.Sprint(test.want), fmt.Sprint(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

var none = map[string]any{"Ref": "AWS::NoValue"}

func chosen(condition string, yes, no any) map[string]any {
	return map[string]any{"Fn::If": []any{condition, yes, no}}
}

// TestPartition has the ARNs of managed policies in the partition of a Region.
func TestPartition(t *testing.T) {
	t.Parallel()
	for region, want := range map[string]string{
		"cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov", "eusc-de-east-1": "aws-eusc", "eu-west-1": "aws", "": "aws",
	} {
		expanded, _ := expandText(t, function("      Tracing: Active\n"), map[string]string{"AWS::Region": region})
		arns := template.LongForm(expanded.Resource("FRole").Properties.Get("ManagedPolicyArns"), nil).([]any)
		policy := "AWSXRayDaemonWriteAccess"
		if want == "aws" {
			policy = "AWSXrayWriteOnlyAccess"
		}
		if got := arns[1]; got != "arn:"+want+":iam::aws:policy/"+policy {
			t.Errorf("%s: %v", region, got)
		}
	}
}

// TestParameters has what the values of parameters decide.
func TestParameters(t *testing.T) {
	t.Parallel()
	src := function("      AutoPublishAlias: !Ref Stage\n")
	assumed, _ := expandText(t, src, nil)
	if assumed.Resource("FAliastest") == nil || len(assumed.Notes) != 1 || !strings.Contains(assumed.Notes[0].Message, `default of the parameter Stage ("test")`) {
		t.Errorf("the default: %v %v", types(assumed), assumed.Notes)
	}
	pinned, _ := expandText(t, src, map[string]string{"Stage": "blue"})
	if pinned.Resource("FAliasblue") == nil || len(pinned.Notes) != 0 {
		t.Errorf("the pinned value: %v %v", types(pinned), pinned.Notes)
	}
}
