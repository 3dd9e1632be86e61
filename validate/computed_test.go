package validate_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// oneRule is a policy set of one rule about topics. deny may use name, the name of
// the topic, and properties. metadata are more lines of its METADATA.
func oneRule(t *testing.T, deny string, metadata ...string) *rules.Set {
	t.Helper()
	dir, named := t.TempDir(), ""
	if strings.Contains(deny, "name") {
		named = "name := properties.TopicName\n"
	}
	policy := `# METADATA
# title: T
# description: D
# custom:
#   id: ONE
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::SNS::Topic"]
#   remediation: R
` + strings.Join(metadata, "") + `package guardhook.test.one

properties := input.resource.properties

` + named + `
deny contains finding if {
	` + deny + `
	finding := {"path": ["TopicName"], "message": "M"}
}
`
	if err := os.WriteFile(filepath.Join(dir, "one.rego"), []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := rules.LoadDir(dir, rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestComputedValues asks about values that functions make of what is open: in no
// deployment that fails a rule does the rule pass in silence.
func TestComputedValues(t *testing.T) {
	t.Parallel()
	const (
		isBad      = `name == "bad"`
		extensions = "Transform: AWS::LanguageExtensions\n"
		numbered   = "Parameters: {P: {Type: Number, Default: 0, AllowedValues: [0, 1]}}\n"
		either     = "Parameters: {P: {Type: String, Default: good, AllowedValues: [good, other]}}\n"
		mappings   = "Mappings: {good: {k: {v: good}}, other: {k: {v: bad}}}\n"
		free       = "Parameters: {P: {Type: String}}\n"
		listed     = "Parameters: {P: {Type: CommaDelimitedList}}\n"
		fifo       = `properties.FifoTopic == true`
		chosen     = "{TopicName: !If [C, bad, good]}"
	)
	for name, c := range map[string]struct {
		deny, head, properties string
		want                   rules.Status
	}{
		"an index of allowed values":     {isBad, numbered, "{TopicName: !Select [!Ref P, [good, bad]]}", rules.Fail},
		"an index that is open":          {isBad, "Parameters: {P: {Type: Number, Default: 0}}\n", "{TopicName: !Select [!Ref P, [good, fine, bad]]}", rules.Fail},
		"a mapping of allowed values":    {isBad, extensions + either + mappings, "{TopicName: !FindInMap [!Ref P, k, v]}", rules.Fail},
		"parts of allowed values":        {isBad, "Parameters: {P: {Type: String, Default: good-1, AllowedValues: [good-1, bad-2]}}\n", "{TopicName: !Select [0, !Split ['-', !Ref P]]}", rules.Fail},
		"blocks of an allowed value":     {`name == "10.1.0.0/24"`, "Parameters: {P: {Type: String, Default: 10.0.0.0/16, AllowedValues: [10.0.0.0/16, 10.1.0.0/16]}}\n", "{TopicName: !Select [0, !Cidr [!Ref P, 1, 8]]}", rules.Fail},
		"a number of blocks":             {`name == "10.0.1.0/24"`, "Parameters: {P: {Type: Number, Default: 1, AllowedValues: [1, 2]}}\n", "{TopicName: !Select [1, !Cidr [10.0.0.0/16, !Ref P, 8]]}", rules.Fail},
		"a reference joined":             {isBad, "", "{TopicName: !Join ['', ['{{resolve:ssm:', /a, '}}']]}", rules.Undecided},
		"a key that is computed":         {isBad, extensions + "Parameters: {P: {Type: String, Default: a}}\nMappings: {M: {ax: {v: good}, bx: {v: bad}}}\n", "{TopicName: !FindInMap [M, !Sub '${P}x', v, DefaultValue: good]}", rules.Fail},
		"a key that is computed, needed": {isBad, "Parameters: {P: {Type: String, Default: a}}\nMappings: {M: {ax: {v: good}, bx: {v: bad}}}\n", "{TopicName: !FindInMap [M, !Sub '${P}x', v]}", rules.Fail},
		"a key of another mapping":       {isBad, free + "Mappings: {N: {p: {v: ax}, q: {v: bx}}, M: {ax: {v: good}, bx: {v: bad}}}\n", "{TopicName: !FindInMap [M, !FindInMap [N, !Ref P, v], v]}", rules.Fail},
		"a key without default":          {isBad, free + "Mappings: {M: {ax: {v: good}, bx: {v: bad}}}\n", "{TopicName: !FindInMap [M, !Sub '${P}x', v]}", rules.Fail},

		"case":                   {`name == "Bad"`, "Parameters: {P: {Type: String, Default: bad, AllowedValues: [bad, Bad]}}\n", "{TopicName: !Ref P}", rules.Fail},
		"True":                   {fifo, "Parameters: {P: {Type: String, Default: 'False', AllowedValues: ['False', 'True']}}\n", "{FifoTopic: !Ref P}", rules.Fail},
		"True by pattern":        {fifo, "Parameters: {P: {Type: String, Default: 'False', AllowedPattern: '[FT][a-z]+'}}\n", "{FifoTopic: !Ref P}", rules.Undecided},
		"True by finite pattern": {fifo, "Parameters: {P: {Type: String, Default: 'False', AllowedPattern: 'False|True'}}\n", "{FifoTopic: !Ref P}", rules.Fail},

		"condition, first of a list":            {isBad, listed + "Conditions: {C: !Equals [!Select [0, !Ref P], x]}\n", chosen, rules.Fail},
		"condition, first of an empty list":     {isBad, "Parameters: {P: {Type: CommaDelimitedList, Default: ''}}\nConditions: {C: !Equals [!Select [0, !Ref P], '']}\n", chosen, rules.Fail},
		"condition, second of a list":           {isBad, listed + "Conditions: {C: !Equals [!Select [1, !Ref P], x]}\n", chosen, rules.Fail},
		"condition, second and then the list":   {isBad, "Parameters: {P: {Type: CommaDelimitedList, Default: 'a,b'}}\nConditions: {C: !Equals [!Select [1, !Ref P], x]}\n", chosen, rules.Fail},
		"condition, second part":                {isBad, free + "Conditions: {C: !Equals [prod, !Select [1, !Split ['-', !Ref P]]]}\n", chosen, rules.Fail},
		"condition, a part inside a text":       {isBad, free + "Conditions: {C: !Equals [x-prod-y, !Join ['-', [x, !Select [1, !Split ['/', !Ref P]], y]]]}\n", chosen, rules.Fail},
		"condition, a part inside another text": {isBad, free + "Conditions: {C: !Equals [z-prod-y, !Join ['-', [x, !Select [1, !Split ['/', !Ref P]], y]]]}\n", chosen, rules.Pass},
		"condition, not the second part":        {isBad, free + "Conditions: {C: !Not [!Equals [prod, !Select [1, !Split ['-', !Ref P]]]]}\n", chosen, rules.Fail},
		"condition, part of a Region":           {isBad, "Conditions: {C: !Equals [us, !Select [0, !Split ['-', !Ref AWS::Region]]]}\n", chosen, rules.Fail},
		"condition, part of allowed values":     {isBad, "Parameters: {P: {Type: String, Default: a-b, AllowedValues: [a-b, b-prod]}}\nConditions: {C: !Equals [prod, !Select [1, !Split ['-', !Ref P]]]}\n", chosen, rules.Fail},
		"condition, never":                      {isBad, "Parameters: {P: {Type: String, Default: a-b, AllowedValues: [a-b, b-c]}}\nConditions: {C: !Equals [prod, !Select [1, !Split ['-', !Ref P]]]}\n", chosen, rules.Pass},
		"condition, length of a list":           {isBad, extensions + "Parameters: {P: {Type: CommaDelimitedList, Default: 'a,b'}}\nConditions: {C: !Equals [!Length {Ref: P}, 3]}\n", chosen, rules.Fail},

		"length of a list":              {`to_number(name) == 3`, extensions + "Parameters: {P: {Type: CommaDelimitedList, Default: 'a,b'}}\n", "{TopicName: !Length {Ref: P}}", rules.Undecided},
		"length of the default":         {`name == "2"`, extensions + "Parameters: {P: {Type: CommaDelimitedList, Default: 'a,b'}}\n", "{TopicName: !Length {Ref: P}}", rules.Fail},
		"items of allowed values":       {isBad, "Parameters: {P: {Type: CommaDelimitedList, Default: good, AllowedValues: [good, fine]}}\n", "{TopicName: !Select [0, !Ref P]}", rules.Pass},
		"items of allowed values, one":  {isBad, "Parameters: {P: {Type: CommaDelimitedList, Default: good, AllowedValues: [good, bad]}}\n", "{TopicName: !Select [0, !Ref P]}", rules.Undecided},
		"items of allowed values, like": {`startswith(name, "ba")`, "Parameters: {P: {Type: CommaDelimitedList, AllowedValues: [good, bad]}}\n", "{TopicName: !Select [0, !Ref P]}", rules.Undecided},
		"items of approved values":      {`not name in {"good", "fine"}`, "Parameters: {P: {Type: CommaDelimitedList, AllowedValues: [good, fine]}}\n", "{TopicName: !Join ['', !Ref P]}", rules.Pass},
		"items that are absent": {
			`count(properties.Subscription) > 0`, "Parameters: {P: {Type: String, AllowedValues: [a, b]}}\nConditions: {C: !Equals [!Ref P, a]}\n",
			"{Subscription: [!If [C, !Ref AWS::NoValue, !Ref AWS::NoValue]]}", rules.Pass,
		},
		"condition, another partition":     {isBad, "Conditions: {C: !Equals [!Ref AWS::Partition, aws-iso-b]}\n", chosen, rules.Fail},
		"condition, another suffix":        {isBad, "Conditions: {C: !Equals [!Ref AWS::URLSuffix, amazonaws.eu]}\n", chosen, rules.Fail},
		"condition, another Region":        {isBad, "Conditions: {C: !Equals [!Ref AWS::Region, eusc-de-east-1]}\n", chosen, rules.Fail},
		"condition, no Region":             {isBad, "Conditions: {C: !Equals [!Ref AWS::Region, production]}\n", chosen, rules.Pass},
		"condition, a list of identifiers": {isBad, "Parameters: {P: {Type: 'List<AWS::EC2::Subnet::Id>'}}\nConditions: {C: !Equals [!Select [0, !Ref P], subnet-1]}\n", chosen, rules.Fail},

		"in Parameter Store, of a length":  {isBad, "Parameters: {P: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /name, MinLength: 4}}\n", "{TopicName: !Ref P}", rules.Undecided},
		"in Parameter Store, of a pattern": {isBad, "Parameters: {P: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /name, AllowedPattern: '/.*', MaxLength: 5, AllowedValues: [/name]}}\n", "{TopicName: !Ref P}", rules.Undecided},
		"what a parameter holds":           {isBad, "", "{TopicName: !GetAtt Stored.Value}", rules.Undecided},
		"what a condition was sent":        {isBad, "", "{TopicName: !GetAtt Wait.Data}", rules.Undecided},
		"what a product returns":           {isBad, "", "{TopicName: !Sub '${Product.Outputs.Name}'}", rules.Undecided},
		"what a parameter is called":       {isBad, "", "{TopicName: !Ref Stored}", rules.Pass},
		"names that are computed":          {`name == "bad"; properties.DisplayName == "good"`, extensions + either, "{TopicName: !Ref {'Fn::Sub': '${P}1'}, DisplayName: !Ref {'Fn::Sub': '${P}2'}}", rules.Undecided},
		"outputs of two stacks":            {`name == "bad"; properties.DisplayName == "good"`, "", "{TopicName: !GetStackOutput {StackName: a, OutputName: b}, DisplayName: !GetStackOutput {StackName: a, OutputName: c}}", rules.Undecided},
		"parts of two parameters":          {`name == "good"; properties.DisplayName == "bad"`, "Parameters:\n  P: {Type: String, AllowedPattern: '[a-g]-[a-g]|good-x'}\n  Q: {Type: String, AllowedPattern: '[a-g]-[a-g]|bad-x'}\n", "{TopicName: !Select [0, !Split ['-', !Ref P]], DisplayName: !Select [0, !Split ['-', !Ref Q]]}", rules.Fail},
		"an index and its list":            {isBad, numbered, "{TopicName: !Select [!Ref P, [good, !Select [!Ref P, [good, bad]]]]}", rules.Fail},
		"beside a macro":                   {isBad, "", "{Fn::Transform: {Name: AWS::Include, Parameters: {Location: 's3://b/k'}}, TopicName: bad}", rules.Fail},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src := c.head + `
Resources:
  T: {Type: "AWS::SNS::Topic", Properties: ` + c.properties + `}
  Stored: {Type: "AWS::SSM::Parameter", Properties: {Type: String, Value: bad}}
  Wait: {Type: "AWS::CloudFormation::WaitCondition"}
  Product: {Type: "AWS::ServiceCatalog::CloudFormationProvisionedProduct"}
`
			tmpl, err := template.Load("computed.yaml", []byte(src), template.Options{})
			if err != nil {
				t.Fatal(err)
			}
			result := judge(t, validate.New(oneRule(t, c.deny), validate.Options{}), tmpl)
			got := rules.Pass
			if len(result.Findings) > 0 {
				got = result.Findings[0].Status
			}
			if got != c.want {
				t.Errorf("%s, want %s:\n%s", got, c.want, describe(result))
			}
		})
	}
}

// TestResolveListed: what is provisioned is shown with the default of a value that a
// function computes with, in each deployment that conditions tell apart.
func TestResolveListed(t *testing.T) {
	t.Parallel()
	tmpl, err := template.Load("listed.yaml", []byte(`
Parameters:
  P: {Type: String, AllowedValues: [a-prod, b-dev, c-dev], Default: b-dev}
  Q: {Type: String, AllowedPattern: '[1-6]-[1-9]', Default: 1-2}
Conditions:
  IsProd: !Equals [!Select [1, !Split ["-", !Ref P]], prod]
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Condition: IsProd
    Properties: {TopicName: !Select [0, !Split ["-", !Ref P]]}
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: !Select [0, !Split ["-", !Ref Q]]
      VisibilityTimeout: !Select [1, !Split ["-", !Ref Q]]
`), template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		"Topic": "P=a-prod map[TopicName:a]", "Queue": " map[DelaySeconds:1 VisibilityTimeout:2]",
	} {
		deployments, err := validate.Resolve(tmpl, nil, id)
		if err != nil || len(deployments) != 1 {
			t.Fatalf("%s: %d deployments, %v", id, len(deployments), err)
		}
		if got := fmt.Sprint(deployments[0].When, " ", deployments[0].Properties); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
}
