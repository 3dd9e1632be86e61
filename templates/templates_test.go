package templates_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fsxns3ap/guardhook/hook"
	"github.com/fsxns3ap/guardhook/internal/policyset"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/templates"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// waived is the reason of a finding for which the template has a waiver, in which
// the reason is.
const waived = "waived"

// remarks are the findings that the templates have, waived or at level advise, each
// with its reason. Those of a template are "RULE resource".
var remarks = map[string]map[string]string{
	"managed.yaml": {
		"HOOK_ENFORCED Hook":      waived,
		"LAMBDA_TRACING Function": "traces cost, and have a parameter",
	},
	"guard-hook.yaml": {"HOOK_ENFORCED Hook": waived},
	"stackset.yaml": {
		"HOOK_ENFORCED Hook":      waived,
		"LOG_GROUP_KMS Logs":      waived,
		"LAMBDA_TRACING Function": "traces in each account and Region would cost more than they tell",
	},
	"private.yaml":      {"HOOK_ENFORCED Configuration": waived},
	"organization.yaml": {},
	"code-bucket.yaml":  {},
}

// files lists the embedded templates by name.
func files(t *testing.T) []string {
	t.Helper()
	paths, err := fs.Glob(templates.Hook, "hook/*")
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = path.Base(p)
	}
	return names
}

func source(t *testing.T, name string) string {
	t.Helper()
	src, err := templates.Hook.ReadFile("hook/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

func parse(t *testing.T, name, src string) *template.Template {
	t.Helper()
	tmpl, err := template.Load(name, []byte(src), template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

func load(t *testing.T, name string) *template.Template {
	t.Helper()
	return parse(t, name, source(t, name))
}

// today is when the templates are judged. Waivers end; what is tested here does not.
func today() time.Time { return time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC) }

// policy is the policy set of this checkout: the built-in one, with waivers.
func policy(t *testing.T) *rules.Set {
	t.Helper()
	set, _, err := policyset.Load(policyset.Source{Config: "../guardhook.yaml", Now: today})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func validator(t *testing.T) *validate.Validator {
	t.Helper()
	return validate.New(policy(t), validate.Options{Now: today})
}

// findings lists what did not pass. What was not judged is an error.
func findings(t *testing.T, v *validate.Validator, tmpl *template.Template) []validate.Finding {
	t.Helper()
	result, err := v.Validate(context.Background(), tmpl)
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Problems) > 0 || len(result.NotJudged) > 0 {
		t.Errorf("%s: not judged: %v %v", tmpl.File, result.Problems, result.NotJudged)
	}
	return result.Findings
}

// resolve lists the deployments of a resource, with values for parameters, and
// the defaults of the others.
func resolve(t *testing.T, tmpl *template.Template, params map[string]string, id string) []validate.Deployment {
	t.Helper()
	all := map[string]string{}
	for _, p := range tmpl.Parameters {
		if p.Default != nil {
			all[p.Name] = *p.Default
		}
	}
	maps.Copy(all, params)
	return deployments(t, tmpl, all, id)
}

// deployments lists those that pinned values of parameters leave open.
func deployments(t *testing.T, tmpl *template.Template, pinned map[string]string, id string) []validate.Deployment {
	t.Helper()
	out, err := validate.Resolve(tmpl, pinned, id)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// at returns what is at a path of property names and list indexes, or nil.
func at(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			l, _ := v.([]any)
			if step >= len(l) {
				return nil
			}
			v = l[step]
		}
	}
	return v
}

// list returns a value that may stand alone or in a list as a list.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// TestNames: the templates are those that are expected, and short enough to be
// passed to CloudFormation as text.
func TestNames(t *testing.T) {
	t.Parallel()
	want := []string{"code-bucket.yaml", "guard-hook.yaml", "managed.yaml", "organization.yaml", "private.yaml", "stackset.yaml"}
	if got := files(t); !slices.Equal(got, want) {
		t.Errorf("templates: %v, want %v", got, want)
	}
	// The limit of TemplateBody, in bytes.
	const limit = 51200
	for _, name := range want {
		if n := len(source(t, name)); n > limit {
			t.Errorf("%s has %d bytes, more than %d", name, n, limit)
		}
	}
}

// TestPolicy: the built-in policy set finds in each template, in all of its
// deployments, the remarks that are explained, and nothing else.
func TestPolicy(t *testing.T) {
	t.Parallel()
	v := validator(t)
	for _, name := range files(t) {
		found := map[string]bool{}
		for _, f := range findings(t, v, load(t, name)) {
			key := f.Rule.ID + " " + f.Resource
			found[key] = true
			switch {
			case f.Status != rules.Fail && f.Status != rules.Waived:
				t.Errorf("%s:%d: %s: %s: %s", name, f.Line, key, f.Status, f.Message)
			case f.Status == rules.Fail && f.Level > rules.Advise:
				t.Errorf("%s:%d: %s: level %s: %s", name, f.Line, key, f.Level, f.Message)
			case remarks[name][key] == "" || (remarks[name][key] == waived) != (f.Status == rules.Waived):
				t.Errorf("%s:%d: %s: no reason is given: %s", name, f.Line, key, f.Message)
			}
		}
		for key := range remarks[name] {
			if !found[key] {
				t.Errorf("%s: %s is explained, and not found", name, key)
			}
		}
	}
}

// TestPolicyJudges: the templates pass because they are right. Each is refused
// with a mistake in it.
func TestPolicyJudges(t *testing.T) {
	t.Parallel()
	const (
		ownStack = "StackNames: {Exclude: [!Ref AWS::StackName]}"
		invoke   = "Action: lambda:InvokeFunction\n                Resource: !Ref Live"
		anything = "Action: '*'\n                Resource: '*'"
	)
	checkRefused(t, source, []mistake{
		{"managed.yaml", "FSxNS3AP::Guard::Gate", "AWSome::Guard::Gate", "HOOK_ALIAS"},
		{"managed.yaml", "FilteringCriteria: ALL\n        StackNames:\n", "FilteringCriteria: ALL\n        Names:\n", "HOOK_OWN_STACK"},
		{"managed.yaml", invoke, anything, "IAM_ADMIN_ACCESS"},
		{"managed.yaml", "Principal: {Service: hooks.cloudformation.amazonaws.com}", "Principal: '*'", "IAM_TRUST_PRINCIPAL"},
		{"managed.yaml", "Runtime: provided.al2023", "Runtime: provided.al2", "LAMBDA_RUNTIME_SUPPORTED"},
		{"managed.yaml", "BlockPublicPolicy: true", "BlockPublicPolicy: false", "S3_PUBLIC_ACCESS_BLOCK"},
		{"stackset.yaml", "StackNames: {Exclude: [!Ref AWS::StackName, !Sub \"StackSet-${StackSetName}-*\"]}", "StackNames: {}", "HOOK_OWN_STACK"},
		{"stackset.yaml", invoke, anything, "IAM_ADMIN_ACCESS"},
		{"guard-hook.yaml", "FSxNS3AP::Guard::Rules", "FSxNS3AP::Rules", "HOOK_ALIAS"},
		{"guard-hook.yaml", ownStack, "StackNames: {}", "HOOK_OWN_STACK"},
		{"code-bucket.yaml", "Condition: {StringEquals: {aws:PrincipalOrgID: !Ref OrganizationId}}", "", "S3_BUCKET_POLICY_PUBLIC"},
		{"private.yaml", "Principal: {Service: [hooks.cloudformation.amazonaws.com, resources.cloudformation.amazonaws.com]}", "Principal: {AWS: '*'}", "IAM_TRUST_PRINCIPAL"},
	})
}

// mistake is a text of a template, another one for it, and the rule that then
// blocks the template.
type mistake struct{ file, from, to, rule string }

func checkRefused(t *testing.T, source func(*testing.T, string) string, mistakes []mistake) {
	t.Helper()
	v := validator(t)
	for _, m := range mistakes {
		src := source(t, m.file)
		wrong := strings.Replace(src, m.from, m.to, 1)
		if wrong == src {
			t.Errorf("%s: does not have %q", m.file, m.from)
			continue
		}
		refused := slices.ContainsFunc(findings(t, v, parse(t, m.file, wrong)), func(f validate.Finding) bool {
			return f.Rule.ID == m.rule && f.Status == rules.Fail && f.Level == rules.Block
		})
		if !refused {
			t.Errorf("%s with %q: not refused by %s", m.file, m.to, m.rule)
		}
	}
}

// wide are the statements on every resource that roles may have: their actions
// know no resources.
var wide = map[string]bool{
	"xray:PutTraceSegments": true, "xray:PutTelemetryRecords": true, "xray:GetSamplingRules": true, "xray:GetSamplingTargets": true,
	"logs:CreateLogDelivery": true, "logs:GetLogDelivery": true, "logs:UpdateLogDelivery": true, "logs:DeleteLogDelivery": true, "logs:ListLogDeliveries": true,
	"logs:PutResourcePolicy": true, "logs:DescribeResourcePolicies": true, "logs:DescribeLogGroups": true, "rekognition:DetectLabels": true,
	"cloudwatch:GetMetricData": true, "cloudwatch:PutMetricData": true, "ecr:GetAuthorizationToken": true, "sagemaker:ListEndpoints": true,
	"ec2:DescribeDhcpOptions": true, "ec2:DescribeNetworkInterfaces": true, "ec2:DescribeSecurityGroups": true, "ec2:DescribeSubnets": true, "ec2:DescribeVpcs": true,
}

// TestRoles: in no deployment does a role have more than named actions on named
// resources, and only services of AWS assume one.
func TestRoles(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, name := range files(t) {
		seen += checkRoles(t, load(t, name))
	}
	if seen < 20 {
		t.Errorf("%d statements were looked at", seen)
	}
}

// checkRoles counts the statements of a template's roles, none of which allows
// too much.
func checkRoles(t *testing.T, tmpl *template.Template) int {
	t.Helper()
	seen := 0
	for _, d := range deployments(t, tmpl, nil, "") {
		if d.Resource.Type != "AWS::IAM::Role" {
			continue
		}
		where := fmt.Sprintf("%s: %s (%s)", tmpl.File, d.Resource.ID, d.When)
		for _, s := range list(at(d.Properties, "AssumeRolePolicyDocument", "Statement")) {
			services := list(at(s, "Principal", "Service"))
			if len(services) == 0 || at(s, "Action") != "sts:AssumeRole" {
				t.Errorf("%s: trust of no service", where)
			}
			for _, service := range services {
				if !strings.HasSuffix(fmt.Sprint(service), ".amazonaws.com") {
					t.Errorf("%s: trust of %v", where, service)
				}
			}
		}
		for _, p := range list(d.Properties["Policies"]) {
			for _, s := range list(at(p, "PolicyDocument", "Statement")) {
				seen++
				for _, problem := range tooMuch(s) {
					t.Errorf("%s: %s", where, problem)
				}
			}
		}
		for _, name := range []string{"ManagedPolicyArns", "RoleName"} {
			if d.Properties[name] != nil {
				t.Errorf("%s: has %s", where, name)
			}
		}
	}
	return seen
}

// tooMuch says what a statement allows that it should not.
func tooMuch(statement any) []string {
	var out []string
	actions, resources := list(at(statement, "Action")), list(at(statement, "Resource"))
	if len(actions) == 0 || len(resources) == 0 {
		out = append(out, "a statement without actions or resources")
	}
	narrow := false
	for _, a := range actions {
		action := fmt.Sprint(a)
		narrow = narrow || !wide[action]
		if strings.Contains(action, "*") {
			out = append(out, "allows "+action)
		}
	}
	for _, r := range resources {
		if text := fmt.Sprint(r); text == "*" && narrow || strings.HasPrefix(text, "arn:*") {
			out = append(out, fmt.Sprintf("allows %v on %s", actions, text))
		}
	}
	return out
}

// publicKey is a key for ES256.
const publicKey = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZdMuAnTNiN1TKYmuHKHfHUYHUx6f
cy5rage+vASkLOxu1CdSzrimNEDx3SVryo3Bit3T5fHhEHa8Mm1PON3yiw==
-----END PUBLIC KEY-----
`

// open are values that are not known before a deployment.
var open = regexp.MustCompile(`\$\{[^}]*\}`)

// environ returns the environment of the function, with "known" for every value
// that is not known before a deployment.
func environ(d validate.Deployment) []string {
	var out []string
	variables, _ := at(d.Properties, "Environment", "Variables").(map[string]any)
	for name, value := range variables {
		out = append(out, name+"="+open.ReplaceAllString(fmt.Sprint(value), "known"))
	}
	return out
}

// TestSettings: the hook takes what the templates give it, and it means what
// the parameters say.
func TestSettings(t *testing.T) {
	t.Parallel()
	signed := map[string]string{
		"PolicySource": "bucket", "PolicyKey": "sets/all.tar.gz",
		"VerificationKey": publicKey, "VerificationKeyId": "one", "VerificationAlgorithm": "ES256",
	}
	for _, c := range []struct {
		name, file string
		params     map[string]string
		want       func(*hook.Config)
	}{
		{"as it comes", "managed.yaml", nil, func(*hook.Config) {}},
		{"bucket", "managed.yaml", map[string]string{"PolicySource": "bucket"}, func(c *hook.Config) { c.Policy = "s3://known/policy/" }},
		{"pinned", "managed.yaml", map[string]string{"PolicySource": "bucket", "PolicyKey": "all.tar.gz", "PolicyVersion": "v1"}, func(c *hook.Config) {
			c.Policy = "s3://known/all.tar.gz?versionId=v1"
		}},
		{"signed", "managed.yaml", signed, func(c *hook.Config) {
			c.Policy, c.VerificationKey, c.VerificationKeyID, c.VerificationAlgorithm = "s3://known/sets/all.tar.gz", publicKey, "one", "ES256"
		}},
		{"numbers", "managed.yaml", map[string]string{
			"RefreshSeconds": "30", "MaxAgeSeconds": "600", "Strict": "true", "PolicyConfig": "version: 1\n",
		}, func(c *hook.Config) {
			c.Refresh, c.MaxAge, c.Strict, c.PolicyConfig = 30*time.Second, 10*time.Minute, true, "version: 1\n"
		}},
		{"decisions in a log", "managed.yaml", map[string]string{"DecisionLog": "logs"}, func(c *hook.Config) { c.DecisionLog = "logs:known" }},
		{"decisions in the bucket", "managed.yaml", map[string]string{"DecisionLog": "bucket"}, func(c *hook.Config) { c.DecisionLog = "s3://known/decisions/" }},
		{"traced", "managed.yaml", map[string]string{"Tracing": "Active"}, func(c *hook.Config) { c.Tracing = hook.TracingXRay }},
		{"as it comes", "stackset.yaml", map[string]string{"CodeBucketPrefix": "acme"}, func(*hook.Config) {}},
		{"signed", "stackset.yaml", map[string]string{
			"PolicySource": "bucket", "PolicyKey": "all.tar.gz", "CodeBucketPrefix": "acme", "AWS::Region": "eu-west-1",
			"VerificationKey": publicKey, "VerificationKeyId": "one",
		}, func(c *hook.Config) {
			c.Policy, c.VerificationKey, c.VerificationKeyID = "s3://acme-eu-west-1/all.tar.gz", publicKey, "one"
		}},
	} {
		t.Run(c.file+"/"+c.name, func(t *testing.T) {
			t.Parallel()
			want := hook.DefaultConfig()
			c.want(&want)
			all := resolve(t, load(t, c.file), c.params, "Function")
			if len(all) != 1 {
				t.Fatalf("%d deployments of the function, want 1", len(all))
			}
			got, err := hook.ConfigFromEnv(environ(all[0]))
			if err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("settings\n%+v\nwant\n%+v", got, want)
			}
		})
	}
}

// TestHalfSigned: a key without an id, and an id without a key, are refused,
// and not taken for a bundle that is not signed.
func TestHalfSigned(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"managed.yaml", "stackset.yaml"} {
		for name, value := range map[string]string{"VerificationKey": publicKey, "VerificationKeyId": "one"} {
			params := map[string]string{"PolicySource": "bucket", "PolicyKey": "all.tar.gz", "CodeBucketPrefix": "acme", name: value}
			for _, d := range resolve(t, load(t, file), params, "Function") {
				if _, err := hook.ConfigFromEnv(environ(d)); err == nil {
					t.Errorf("%s with %s alone: no error", file, name)
				}
			}
		}
	}
}

// unpublished are the parameters of the function's properties that its version
// does not describe, each with its reason.
var unpublished = map[string]string{
	"CodeBucket":       "CodeSha256 is for the code",
	"CodeBucketPrefix": "CodeSha256 is for the code",
	"CodeKey":          "CodeSha256 is for the code",
	"PolicyConfig":     "too long; Release is for it",
	"VerificationKey":  "too long; VerificationKeyId and Release are for it",
}

// parameters lists the parameters that a value depends on.
func parameters(tmpl *template.Template, n *template.Node) map[string]bool {
	out := map[string]bool{}
	var walk func(*template.Node)
	name := func(text string) {
		if tmpl.Parameter(text) != nil {
			out[text] = true
		}
	}
	walk = func(n *template.Node) {
		if n == nil {
			return
		}
		switch n.Fn {
		case "Ref":
			name(n.Items[0].Text)
		case "Fn::If":
			walk(tmpl.Conditions[n.Items[0].Text])
		}
		for _, m := range open.FindAllString(n.Text, -1) {
			name(strings.Trim(m, "${}"))
		}
		for _, item := range n.Items {
			walk(item)
		}
	}
	walk(n)
	return out
}

// TestVersions: whatever changes the function publishes a new version of it,
// for which CodeSha256 and Description of the version have to be new, and
// something of the function too.
func TestVersions(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"managed.yaml", "stackset.yaml"} {
		tmpl := load(t, file)
		function, version := tmpl.Resource("Function").Properties, tmpl.Resource("Version").Properties
		described := parameters(tmpl, version.Get("Description"))
		if own := parameters(tmpl, function.Get("Description")); fmt.Sprint(own) != fmt.Sprint(described) {
			t.Errorf("%s: the descriptions of function and version differ: %v, %v", file, own, described)
		}
		if !described["Release"] || !parameters(tmpl, version.Get("CodeSha256"))["CodeSha256"] {
			t.Errorf("%s: the version is not of a release and a hash", file)
		}
		for name := range parameters(tmpl, function) {
			if !described[name] && unpublished[name] == "" {
				t.Errorf("%s: a change of %s publishes no version", file, name)
			}
		}
		longest := map[string]string{
			"Release": strings.Repeat("r", 16), "Architecture": "x86_64", "PolicySource": "embedded", "PolicyKey": strings.Repeat("k", 63) + "/",
			"PolicyVersion": strings.Repeat("v", 40), "VerificationKeyId": strings.Repeat("i", 32), "VerificationAlgorithm": "RS256",
			"RefreshSeconds": "86400", "MaxAgeSeconds": "2592000", "Strict": "false", "DecisionLog": "bucket", "Tracing": "PassThrough",
		}
		for name := range described {
			if longest[name] == "" {
				t.Errorf("%s: the longest value of %s is not known", file, name)
			}
		}
		// AWS::Lambda::Version takes a description of 256 characters.
		for _, d := range resolve(t, tmpl, longest, "Version") {
			if n := len(fmt.Sprint(d.Properties["Description"])); n > 256 {
				t.Errorf("%s: a description of %d characters", file, n)
			}
		}
	}
}

// TestOwnStack: no hook judges the stack that it comes from, and a StackSet's
// hooks judge none of its stacks.
func TestOwnStack(t *testing.T) {
	t.Parallel()
	params := map[string]string{"AWS::StackName": "StackSet-guardhook-0", "ExcludedStacks": "cdk-*,legacy"}
	for file, want := range map[string][]any{
		"managed.yaml":    {"StackSet-guardhook-0", "cdk-*", "legacy"},
		"guard-hook.yaml": {"StackSet-guardhook-0"},
		"stackset.yaml":   {"StackSet-guardhook-0", "StackSet-guardhook-*"},
	} {
		for _, d := range resolve(t, load(t, file), params, "Hook") {
			if got := list(at(d.Properties, "StackFilters", "StackNames", "Exclude")); !slices.Equal(got, want) {
				t.Errorf("%s (%s): excludes %v, want %v", file, d.When, got, want)
			}
		}
	}
}

// TestTypeConfiguration: the configuration of the private type is the JSON that
// CloudFormation reads, and its settings are an object of it.
func TestTypeConfiguration(t *testing.T) {
	t.Parallel()
	params := map[string]string{
		"AWS::StackName": "guardhook", "TargetOperations": "RESOURCE,STACK", "Settings": `{"policy":"s3://b/policy/","strict":true}`,
	}
	want := map[string]any{
		"HookInvocationStatus": "ENABLED", "FailureMode": "WARN",
		"TargetOperations": []any{"RESOURCE", "STACK"},
		"Properties":       map[string]any{"policy": "s3://b/policy/", "strict": true},
		"TargetFilters":    map[string]any{"Actions": []any{"CREATE", "UPDATE"}},
		"StackFilters":     map[string]any{"FilteringCriteria": "ALL", "StackNames": map[string]any{"Exclude": []any{"guardhook"}}},
	}
	for _, d := range resolve(t, load(t, "private.yaml"), params, "Configuration") {
		var got any
		if err := json.Unmarshal([]byte(fmt.Sprint(d.Properties["Configuration"])), &got); err != nil {
			t.Fatal(err)
		}
		if got = at(got, "CloudFormationConfiguration", "HookConfiguration"); !reflect.DeepEqual(got, any(want)) {
			t.Errorf("configuration\n%v\nwant\n%v", got, want)
		}
	}
}

// TestOrganization: what organization.yaml passes to stackset.yaml are
// parameters of it, and all that it has no default for.
func TestOrganization(t *testing.T) {
	t.Parallel()
	stack := load(t, "stackset.yaml")
	for _, d := range resolve(t, load(t, "organization.yaml"), nil, "StackSet") {
		passed := map[string]bool{}
		for _, p := range list(d.Properties["Parameters"]) {
			name := fmt.Sprint(at(p, "ParameterKey"))
			passed[name] = true
			if stack.Parameter(name) == nil {
				t.Errorf("stackset.yaml has no parameter %s", name)
			}
		}
		for _, p := range stack.Parameters {
			if p.Default == nil && !passed[p.Name] {
				t.Errorf("%s of stackset.yaml is not passed", p.Name)
			}
		}
	}
}
