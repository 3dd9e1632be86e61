package local

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/internal/awstest"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// stack is a template with values for its parameters, and names for its resources.
type stack struct {
	file, name, account string
	values              map[string]string // of parameters and pseudo parameters
	resources           []*resource       // by logical id
	byID                map[string]*resource
}

// resource is a resource of a stack.
type resource struct {
	ID, Type string
	// Name is the physical one, Ref and ARN what Ref and the attribute Arn give.
	Name, Ref, ARN string
	// Properties have "${Name}" for references to other resources.
	Properties map[string]any
}

func newStack(file string, src []byte, name, account string, parameters map[string]string) (*stack, error) {
	s := &stack{file: file, name: name, account: account, byID: map[string]*resource{}, values: map[string]string{
		"AWS::AccountId": account, "AWS::Partition": "aws", "AWS::Region": awstest.Region, "AWS::StackName": name, "AWS::URLSuffix": "amazonaws.com",
		"AWS::StackId": "arn:aws:cloudformation:" + awstest.Region + ":" + account + ":stack/" + name + "/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f", "AWS::NotificationARNs": "",
	}}
	maps.Copy(s.values, parameters)
	t, err := template.Load(file, src, template.Options{Parameters: s.values})
	if err != nil {
		return nil, err
	}
	for given := range parameters {
		if t.Parameter(given) == nil {
			return nil, fmt.Errorf("%s: there is no parameter %s", file, given)
		}
	}
	for _, p := range t.Parameters {
		value, ok := s.values[p.Name]
		switch {
		case !ok && p.Default == nil:
			return nil, fmt.Errorf("%s: the parameter %s needs a value", file, p.Name)
		case !ok:
			s.values[p.Name] = *p.Default
		case !validate.Admits(p, value):
			return nil, fmt.Errorf("%s: the value of the parameter %s is none that it admits", file, p.Name)
		}
	}
	deployments, err := validate.Resolve(marked(t), s.values, "")
	if err != nil {
		return nil, err
	}
	for _, d := range deployments {
		r := &resource{ID: d.Resource.ID, Type: d.Resource.Type, Properties: d.Properties}
		if s.byID[r.ID] != nil {
			return nil, fmt.Errorf("%s: %s: whether it is there depends on what is not known before: %s", file, r.ID, d.When)
		}
		s.byID[r.ID] = r
		s.resources = append(s.resources, r)
	}
	slices.SortFunc(s.resources, func(a, b *resource) int { return strings.Compare(a.ID, b.ID) })
	return s, s.nameAll()
}

// kinds are types whose names and references others use. The name is the property
// that has it; arn is a form with %s for region, account and name; ref says what Ref
// gives, "name" or "arn".
var kinds = map[string]struct{ name, arn, ref string }{
	"AWS::S3::Bucket":                    {"BucketName", "arn:aws:s3:::%[3]s", "name"},
	"AWS::DynamoDB::Table":               {"TableName", "arn:aws:dynamodb:%s:%s:table/%s", "name"},
	"AWS::SNS::Topic":                    {"TopicName", "arn:aws:sns:%s:%s:%s", "arn"},
	"AWS::SQS::Queue":                    {"QueueName", "arn:aws:sqs:%s:%s:%s", "url"},
	"AWS::Glue::Database":                {"DatabaseInput.Name", "arn:aws:glue:%s:%s:database/%s", "name"},
	"AWS::Glue::Table":                   {"TableInput.Name", "arn:aws:glue:%s:%s:table/%s", "name"},
	"AWS::Athena::WorkGroup":             {"Name", "arn:aws:athena:%s:%s:workgroup/%s", "name"},
	"AWS::SecretsManager::Secret":        {"Name", "arn:aws:secretsmanager:%s:%s:secret:%s", "arn"},
	"AWS::SSM::Parameter":                {"Name", "arn:aws:ssm:%s:%s:parameter/%s", "name"},
	"AWS::Events::Rule":                  {"Name", "arn:aws:events:%s:%s:rule/%s", "name"},
	"AWS::Events::EventBus":              {"Name", "arn:aws:events:%s:%s:event-bus/%s", "name"},
	"AWS::Lambda::Function":              {"FunctionName", "arn:aws:lambda:%s:%s:function:%s", "name"},
	"AWS::StepFunctions::StateMachine":   {"StateMachineName", "arn:aws:states:%s:%s:stateMachine:%s", "arn"},
	"AWS::SageMaker::Model":              {"ModelName", "arn:aws:sagemaker:%s:%s:model/%s", "arn"},
	"AWS::SageMaker::EndpointConfig":     {"EndpointConfigName", "arn:aws:sagemaker:%s:%s:endpoint-config/%s", "arn"},
	"AWS::SageMaker::Endpoint":           {"EndpointName", "arn:aws:sagemaker:%s:%s:endpoint/%s", "arn"},
	"AWS::SageMaker::ModelPackageGroup":  {"ModelPackageGroupName", "arn:aws:sagemaker:%s:%s:model-package-group/%s", "arn"},
	"AWS::SageMaker::InferenceComponent": {"InferenceComponentName", "arn:aws:sagemaker:%s:%s:inference-component/%s", "arn"},
	"AWS::IAM::Role":                     {"RoleName", "arn:aws:iam::%[2]s:role/%[3]s", "name"},
	"AWS::Logs::LogGroup":                {"LogGroupName", "arn:aws:logs:%s:%s:log-group:%s:*", "name"},
	"AWS::KMS::Key":                      {"", "arn:aws:kms:%s:%s:key/%s", "name"},
}

// nameIn is the name that the properties of a type have, or "".
func nameIn(kind string, properties map[string]any) string {
	var value any = properties
	for step := range strings.SplitSeq(kinds[kind].name, ".") {
		m, _ := value.(map[string]any)
		value = m[step]
	}
	name, _ := value.(string)
	return name
}

// nameAll gives each resource its name: that of its properties, or one of the stack
// and the logical id.
func (s *stack) nameAll() error {
	for _, r := range s.resources {
		name, err := s.close(nameIn(r.Type, r.Properties), nil)
		if err != nil {
			return fmt.Errorf("%s: the name of %s: %w", s.file, r.ID, err)
		}
		r.Name, _ = name.(string)
		if r.Name == "" {
			r.Name = s.name + "-" + strings.ToLower(r.ID)
		}
		kind, known := kinds[r.Type]
		if !known {
			r.Ref, r.ARN = r.Name, fmt.Sprintf("arn:aws:local:%s:%s:%s", awstest.Region, s.account, r.Name)
			continue
		}
		r.ARN = arn(kind.arn, s.account, r.Name)
		switch kind.ref {
		case "arn":
			r.Ref = r.ARN
		case "url":
			r.Ref = "https://sqs." + awstest.Region + ".amazonaws.com/" + s.account + "/" + r.Name
		default:
			r.Ref = r.Name
		}
	}
	return nil
}

// arn fills a form of kinds.
func arn(form, account, name string) string {
	if strings.Contains(form, "%[") {
		return strings.NewReplacer("%[2]s", account, "%[3]s", name).Replace(form)
	}
	return fmt.Sprintf(form, awstest.Region, account, name)
}

// reference is the value of "Id" or "Id.Attribute".
func (s *stack) reference(name string) (string, bool) {
	if value, ok := s.values[name]; ok {
		return value, true
	}
	id, attribute, _ := strings.Cut(name, ".")
	r := s.byID[id]
	if r == nil {
		return "", false
	}
	switch attribute {
	case "":
		return r.Ref, true
	case "Arn", "TopicArn", "Id":
		return r.ARN, true
	case "QueueUrl":
		return r.Ref, true
	case "StreamArn":
		return r.ARN + "/stream/1", true
	case "DomainName", "RegionalDomainName":
		return r.Name + ".s3." + awstest.Region + ".amazonaws.com", true
	}
	if strings.HasSuffix(attribute, "Name") {
		return r.Name, true
	}
	return r.Name + "-" + strings.ToLower(attribute), true
}

// properties are those of a resource, with values for all references.
func (s *stack) properties(r *resource) (map[string]any, error) {
	out, err := s.close(r.Properties, s.reference)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", s.file, r.ID, err)
	}
	properties, _ := out.(map[string]any)
	return properties, nil
}

// close replaces the references in a value. Without a function only those to
// parameters are.
func (s *stack) close(v any, reference func(string) (string, bool)) (any, error) {
	if reference == nil {
		reference = func(name string) (string, bool) { value, ok := s.values[name]; return value, ok }
	}
	switch v := v.(type) {
	case string:
		return closeText(v, reference)
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			closed, err := s.close(item, reference)
			if err != nil {
				return nil, err
			}
			out[k] = closed
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			closed, err := s.close(item, reference)
			if err != nil {
				return nil, err
			}
			out[i] = closed
		}
		return out, nil
	}
	return v, nil
}

// closeText replaces each "${Name}" of a text that names something. A function that
// could not be computed is an error; another text of that form stays.
func closeText(text string, reference func(string) (string, bool)) (string, error) {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "${")
		b.WriteString(before)
		if !ok {
			return b.String(), nil
		}
		if strings.HasPrefix(rest, "Fn::") {
			return "", fmt.Errorf("the local stack does not compute ${%.60s", rest)
		}
		name, after, closed := strings.Cut(rest, "}")
		value, known := reference(name)
		if !closed || !known {
			b.WriteString("${")
			text = rest
			continue
		}
		b.WriteString(value)
		text = after
	}
}

// definition is the definition of a state machine, as JSON.
func (s *stack) definition(id string) (string, error) {
	r := s.byID[id]
	if r == nil || r.Type != "AWS::StepFunctions::StateMachine" {
		return "", fmt.Errorf("%s: %s is no state machine of the template with these parameters", s.file, id)
	}
	substitutions := map[string]string{}
	given, _ := r.Properties["DefinitionSubstitutions"].(map[string]any)
	for name, value := range given {
		closed, err := s.close(value, s.reference)
		if err != nil {
			return "", fmt.Errorf("%s: %s: DefinitionSubstitutions: %s: %w", s.file, id, name, err)
		}
		substitutions[name] = fmt.Sprint(closed)
	}
	// A substitution is of the state machine, before the template's own names.
	lookup := func(name string) (string, bool) {
		if value, ok := substitutions[name]; ok {
			return value, true
		}
		return s.reference(name)
	}
	if text, ok := r.Properties["DefinitionString"].(string); ok {
		return closeText(text, lookup)
	}
	value := r.Properties["Definition"]
	if value == nil {
		value = r.Properties["DefinitionString"]
	}
	closed, err := s.close(value, lookup)
	if err != nil {
		return "", fmt.Errorf("%s: %s: Definition: %w", s.file, id, err)
	}
	text, err := json.Marshal(unmark(closed))
	if err == nil && closed == nil {
		err = fmt.Errorf("%s: %s has no Definition", s.file, id)
	}
	return string(text), err
}

// mark begins what stands for a number or a boolean in the definition of a
// state machine: package validate knows their types only where a schema has them.
const mark = "\x01"

// marked is a template with marks in the definitions of state machines.
func marked(t *template.Template) *template.Template {
	list := slices.Clone(t.Resources)
	for i, r := range list {
		if r.Type != "AWS::StepFunctions::StateMachine" || r.Properties.Get("Definition") == nil {
			continue
		}
		definition := r.Properties.Get("Definition")
		properties, _ := r.Properties.Replacing(func(n *template.Node) *template.Node {
			if n == definition {
				return marks(n)
			}
			return n
		})
		other := *r
		other.Properties = &properties
		list[i] = &other
	}
	return t.Derive(template.Derived{Resources: list, Outputs: t.Outputs})
}

func marks(n *template.Node) *template.Node {
	switch {
	case n.Kind == template.Number || n.Kind == template.Bool:
		return &template.Node{Kind: template.String, Text: mark + n.Text, Pure: true, Pos: n.Pos}
	case n.Kind == template.Call && n.Fn != "Fn::If":
		return n
	}
	if out, changed := n.Replacing(marks); changed {
		return &out
	}
	return n
}

// unmark puts back what marks stand for.
func unmark(v any) any {
	switch v := v.(type) {
	case string:
		if text, ok := strings.CutPrefix(v, mark); ok {
			return json.RawMessage(text)
		}
	case map[string]any:
		for k, item := range v {
			v[k] = unmark(item)
		}
	case []any:
		for i, item := range v {
			v[i] = unmark(item)
		}
	}
	return v
}
