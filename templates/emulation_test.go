package templates_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/fsxns3ap/guardhook/hook"
	"github.com/fsxns3ap/guardhook/hook/emulate"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// samples are values for parameters that have to be given: the first one that a
// parameter's type and pattern take.
var samples = []string{
	"arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f", "arn:aws:sns:eu-west-1:123456789012:alerts",
	"arn:aws:states:eu-west-1:123456789012:stateMachine:flow", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ontap-AbCdEf",
	"arn:aws:s3:eu-west-1:123456789012:accesspoint/data", "arn:aws:iam::123456789012:role/one",
	"data-abc123-ext-s3alias", "vpc-0123456789abcdef0", "subnet-0123456789abcdef0", "sg-0123456789abcdef0", "rtb-0123456789abcdef0", "pl-0123456789abcdef0",
	"0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f", "o-abc1234567", "ou-abc1-abc12345", "eu-west-1", "123456789012", "10.0.0.10", "s3://code/package.zip", "https://code.s3.eu-west-1.amazonaws.com/stackset.yaml",
	"fIzIVcN4GNhaQCyEFXyAWrPGDSOa6yUm3Wsym2T4KyA=", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/model:1", "s3://models/model.tar.gz",
	"someone@example.com", "model.tar.gz", "code-bucket", "model", "1", "1-2",
}

// typedSamples are those of the types that CloudFormation checks.
var typedSamples = map[string]string{
	"AWS::EC2::VPC::Id": "vpc-0123456789abcdef0", "List<AWS::EC2::Subnet::Id>": "subnet-0123456789abcdef0,subnet-0123456789abcdef1",
	"AWS::EC2::SecurityGroup::Id": "sg-0123456789abcdef0", "List<AWS::EC2::SecurityGroup::Id>": "sg-0123456789abcdef0",
}

// sample returns a value for a parameter that has to be given.
func sample(t *testing.T, p *template.Parameter) string {
	t.Helper()
	if value := typedSamples[p.Type]; value != "" {
		return value
	}
	if len(p.AllowedValues) > 0 {
		return p.AllowedValues[0]
	}
	pattern := regexp.MustCompile("^(?:" + p.AllowedPattern + ")$")
	for _, value := range samples {
		if p.AllowedPattern == "" || pattern.MatchString(value) {
			return value
		}
	}
	t.Errorf("there is no sample for %s: %s", p.Name, p.AllowedPattern)
	return ""
}

// TestHookAllows: the hook lets every template be deployed, through every target,
// with the defaults and with everything on that can be turned on.
func TestHookAllows(t *testing.T) {
	t.Parallel()
	all := map[string]*template.Template{}
	for _, name := range files(t) {
		all["hook/"+name] = load(t, name)
	}
	for _, name := range sharedFiles(t) {
		all["shared/"+name] = loadShared(t, name)
	}
	for _, name := range useCases(t) {
		all["usecases/"+name] = loadUseCase(t, name)
	}
	runner := emulate.NewRunner(emulate.Options{Set: policy(t), Config: hook.DefaultConfig(), Now: today})
	for name, tmpl := range all {
		for _, on := range []bool{false, true} {
			given := map[string]string{}
			for _, p := range tmpl.Parameters {
				switch {
				case on && slices.Contains(p.AllowedValues, "true"):
					given[p.Name] = "true"
				case p.Default == nil:
					given[p.Name] = sample(t, p)
				}
			}
			values, err := emulate.Values(tmpl, given)
			if err != nil {
				t.Fatal(err)
			}
			op := emulate.Operation{
				Action: rules.ActionCreate, Template: tmpl, Values: values, Kinds: append(emulate.Kinds(rules.ActionCreate), hook.CloudControl),
			}
			events, err := op.Events()
			if err != nil || len(events) == 0 {
				t.Fatalf("%s: %d events: %v", name, len(events), err)
			}
			results, err := runner.Run(t.Context(), events, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i := range results {
				if r := &results[i]; r.Refused() {
					t.Errorf("%s: %s %s (%s): %s", name, r.Event.Kind, r.Event.ID, r.Event.Type, r.Response.Message)
				}
			}
		}
	}
	t.Logf("%d templates", len(all))
}
