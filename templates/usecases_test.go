package templates_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/fsxns3ap/guardhook/internal/asl"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// useCases lists the templates of the use cases by name.
func useCases(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("usecases/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for i, p := range paths {
		paths[i] = filepath.Base(p)
	}
	return paths
}

func useCaseSource(t *testing.T, name string) string {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("usecases", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

func loadUseCase(t *testing.T, name string) *template.Template {
	t.Helper()
	return parse(t, name, useCaseSource(t, name))
}

// TestUseCases: the built-in policy set finds nothing in the templates of the use
// cases above level advise, in any deployment; and no role allows too much.
func TestUseCases(t *testing.T) {
	t.Parallel()
	v := validator(t)
	for _, name := range useCases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tmpl := loadUseCase(t, name)
			checkAdvice(t, v, tmpl)
			if checkRoles(t, tmpl) == 0 {
				t.Error("no statement was looked at")
			}
		})
	}
}

// long are the templates that are not passed as text but read from S3, which takes
// 1 MB of one. "fsxn deploy" does that.
var long = map[string]bool{"autonomous-driving.yaml": true}

// optOut are features that are on by default, because the use case is nothing without
// them and they cost only what a run costs.
var optOut = map[string]bool{"legal-compliance.yaml EnableAthenaWorkgroup": true}

// TestUseCaseForm: each is short enough to be passed as text, describes its
// parameters and outputs, has every feature off, takes the key of those who deploy
// it, and names its workflow.
func TestUseCaseForm(t *testing.T) {
	t.Parallel()
	for _, name := range useCases(t) {
		// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
		if n := len(useCaseSource(t, name)); n > 1_000_000 || (n > 51_200) != long[name] {
			t.Errorf("%s has %d bytes, and TemplateBody takes 51200", name, n)
		}
		tmpl := loadUseCase(t, name)
		for _, p := range tmpl.Parameters {
			if strings.HasPrefix(p.Name, "Enable") && !optOut[name+" "+p.Name] && (p.Default == nil || *p.Default != "false") {
				t.Errorf("%s: %s is not off by default", name, p.Name)
			}
		}
		for _, want := range []string{"CodeBucket", "CodeKey", "KeyArn"} {
			if p := tmpl.Parameter(want); p == nil || p.Default != nil {
				t.Errorf("%s: %s is no parameter that has to be given", name, want)
			}
		}
		var text struct {
			Parameters map[string]struct {
				Description string `yaml:"Description"`
			} `yaml:"Parameters"`
			Outputs map[string]struct {
				Description string `yaml:"Description"`
			} `yaml:"Outputs"`
		}
		if err := yaml.Unmarshal([]byte(useCaseSource(t, name)), &text); err != nil {
			t.Fatal(err)
		}
		for id, d := range text.Parameters {
			if d.Description == "" {
				t.Errorf("%s: %s has no description", name, id)
			}
		}
		for id, d := range text.Outputs {
			if d.Description == "" {
				t.Errorf("%s: %s has no description", name, id)
			}
		}
		if _, ok := text.Outputs["StateMachineArn"]; !ok {
			t.Errorf("%s: there is no output StateMachineArn", name)
		}
	}
}

// TestUseCasesOff: with the defaults nothing costs that is not used.
func TestUseCasesOff(t *testing.T) {
	t.Parallel()
	for _, name := range useCases(t) {
		for _, d := range resolve(t, loadUseCase(t, name), nil, "") {
			if reason := costs(d); reason != "" {
				t.Errorf("%s: %s is there by default (%s): %s", name, d.Resource.ID, d.When, reason)
			}
		}
	}
}

// everyDeployment are the deployments of a template's resources of a type, with the
// parameters that may have any value open.
func everyDeployment(t *testing.T, tmpl *template.Template, resourceType string) []validate.Deployment {
	t.Helper()
	var out []validate.Deployment
	for _, d := range deployments(t, tmpl, nil, "") {
		if d.Resource.Type == resourceType {
			out = append(out, d)
		}
	}
	return out
}

// TestFunctions: every function is the one program of the use case, for arm64, with
// a log group of the stack; and its name in the program is its Handler.
func TestFunctions(t *testing.T) {
	t.Parallel()
	for _, name := range useCases(t) {
		for _, d := range everyDeployment(t, loadUseCase(t, name), "AWS::Lambda::Function") {
			p := d.Properties
			where := fmt.Sprintf("%s: %s (%s)", name, d.Resource.ID, d.When)
			if p["Runtime"] != "provided.al2023" || fmt.Sprint(p["Architectures"]) != "[arm64]" || at(p, "LoggingConfig", "LogGroup") == nil {
				t.Errorf("%s: %v %v %v", where, p["Runtime"], p["Architectures"], p["LoggingConfig"])
			}
			if handler := fmt.Sprint(p["Handler"]); !regexp.MustCompile(`^[a-z][a-z0-9-]*$`).MatchString(handler) {
				t.Errorf("%s: handler %q", where, handler)
			}
			if at(p, "Environment", "Variables", "USE_CASE") != strings.TrimSuffix(name, ".yaml") {
				t.Errorf("%s: USE_CASE is %v", where, at(p, "Environment", "Variables", "USE_CASE"))
			}
		}
	}
}

// TestSAM: the SAM command line finds the functions that "make lambda" makes, knows
// every use case, and has a value for every setting that only a deployment tells.
func TestSAM(t *testing.T) {
	t.Parallel()
	config, err := os.ReadFile("../samconfig.toml")
	if err != nil {
		t.Fatal(err)
	}
	src, err := os.ReadFile("../env.json")
	if err != nil {
		t.Fatal(err)
	}
	var env struct{ Parameters map[string]string }
	if err := json.Unmarshal(src, &env); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, name := range useCases(t) {
		useCase := strings.TrimSuffix(name, ".yaml")
		for _, command := range []string{"validate", "build", "local_invoke", "local_start_lambda"} {
			if !strings.Contains(string(config), fmt.Sprintf("[%s.%s.parameters]\ntemplate_file = %q\n", useCase, command, "templates/usecases/"+name)) {
				t.Errorf("samconfig.toml has no %s of %s", command, useCase)
			}
		}
		var text struct {
			Resources map[string]struct {
				Type     string            `yaml:"Type"`
				Metadata map[string]string `yaml:"Metadata"`
			} `yaml:"Resources"`
		}
		if err := yaml.Unmarshal([]byte(useCaseSource(t, name)), &text); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{
			"aws:asset:path": "../../dist/lambda/" + strings.ReplaceAll(useCase, "-", ""), "aws:asset:property": "Code", "SkipBuild": "true",
		}
		for id, r := range text.Resources {
			if r.Type == "AWS::Lambda::Function" && !maps.Equal(r.Metadata, want) {
				t.Errorf("%s: %s: Metadata %v, want %v", name, id, r.Metadata, want)
			}
		}
		for _, d := range everyDeployment(t, loadUseCase(t, name), "AWS::Lambda::Function") {
			variables, _ := at(d.Properties, "Environment", "Variables").(map[string]any)
			for variable, value := range variables {
				used[variable] = true
				if unset := open.FindString(fmt.Sprint(value)); value == unset && unset != "" && loadUseCase(t, name).Parameter(strings.Trim(unset, "${}")) == nil && env.Parameters[variable] == "" {
					t.Errorf("%s: %s: env.json has no %s", name, d.Resource.ID, variable)
				}
			}
		}
	}
	for variable := range env.Parameters {
		if !used[variable] {
			t.Errorf("env.json: no function has %s", variable)
		}
	}
}

// TestDelivery: what cannot be delivered by a rule or a schedule is in a queue.
func TestDelivery(t *testing.T) {
	t.Parallel()
	for _, name := range useCases(t) {
		tmpl := loadUseCase(t, name)
		for _, d := range everyDeployment(t, tmpl, "AWS::Events::Rule") {
			for _, target := range list(d.Properties["Targets"]) {
				if at(target, "DeadLetterConfig", "Arn") == nil {
					t.Errorf("%s: %s (%s): a target has no dead letter queue", name, d.Resource.ID, d.When)
				}
			}
		}
		for _, d := range everyDeployment(t, tmpl, "AWS::Scheduler::Schedule") {
			if at(d.Properties, "Target", "DeadLetterConfig", "Arn") == nil {
				t.Errorf("%s: %s (%s): it has no dead letter queue", name, d.Resource.ID, d.When)
			}
		}
	}
}

// definitions are the definitions of a template's state machines in every
// deployment, each once, as text with an ARN for each substitution.
func definitions(t *testing.T, name string) []string {
	t.Helper()
	var out []string
	seen := map[string]bool{}
	for _, d := range everyDeployment(t, loadUseCase(t, name), "AWS::StepFunctions::StateMachine") {
		where := fmt.Sprintf("%s: %s (%s)", name, d.Resource.ID, d.When)
		definition := asl.Typed(d.Properties["Definition"])
		m, err := asl.New(definition)
		if err != nil {
			t.Errorf("%s: %v", where, err)
			continue
		}
		for _, problem := range m.Problems() {
			t.Errorf("%s: %s", where, problem)
		}
		text, err := json.Marshal(definition)
		if err != nil {
			t.Fatal(err)
		}
		substitutions, _ := d.Properties["DefinitionSubstitutions"].(map[string]any)
		for _, m := range open.FindAllString(string(text), -1) {
			if _, ok := substitutions[strings.Trim(m, "${}")]; !ok {
				t.Errorf("%s: there is no substitution for %s", where, m)
			}
		}
		used := open.ReplaceAllStringFunc(string(text), func(m string) string {
			return "arn:aws:lambda:eu-west-1:123456789012:function:" + strings.Trim(m, "${}")
		})
		for s := range substitutions {
			if !strings.Contains(string(text), "${"+s+"}") {
				t.Errorf("%s: the substitution %s is not used", where, s)
			}
		}
		if !seen[used] {
			seen[used] = true
			out = append(out, used)
		}
	}
	return out
}

// TestStateMachines: in every deployment, all states can be reached, every task
// tries again, is caught and ends in time, and asl-validator has nothing to say.
func TestStateMachines(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	args := []string{"../.tools/node/node_modules/.bin/asl-validator"}
	for _, name := range useCases(t) {
		texts := definitions(t, name)
		if len(texts) == 0 {
			t.Errorf("%s has no state machine", name)
		}
		for i, text := range texts {
			file := filepath.Join(dir, fmt.Sprintf("%s-%d.json", name, i))
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, "--json-path", file)
		}
	}
	if _, err := os.Stat(args[0]); err != nil {
		t.Fatalf("%v: run \"make node\"", err)
	}
	if out, err := exec.Command("node", args...).CombinedOutput(); err != nil {
		t.Errorf("asl-validator: %v\n%s", err, bytes.ReplaceAll(out, []byte(dir), nil))
	}
	t.Logf("%d definitions", len(args)/2)
}

// TestUseCasesJudged: they pass because they are right. Each is refused with a
// mistake in it.
func TestUseCasesJudged(t *testing.T) {
	t.Parallel()
	checkRefused(t, useCaseSource, []mistake{
		{"event-driven.yaml", "Action: rekognition:DetectLabels", "Action: '*'", "IAM_ADMIN_ACCESS"},
		{"event-driven.yaml", "BlockPublicAcls: true", "BlockPublicAcls: false", "S3_PUBLIC_ACCESS_BLOCK"},
		{"event-driven.yaml", "Timeout: 60\n", "Timeout: 901\n", "LAMBDA_TIMEOUT_LIMIT"},
		{"event-driven.yaml", "      KmsMasterKeyId: !Ref KeyArn\n", "      SqsManagedSseEnabled: false\n", "SQS_ENCRYPTION"},
		{"event-driven.yaml", "            Principal: {Service: lambda.amazonaws.com}", "            Principal: '*'", "IAM_TRUST_PRINCIPAL"},
	})
}
