package templates_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// sharedFiles lists the shared stacks by name.
func sharedFiles(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("shared/*")
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range paths {
		paths[i] = filepath.Base(p)
	}
	return paths
}

func sharedSource(t *testing.T, name string) string {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("shared", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

func loadShared(t *testing.T, name string) *template.Template {
	t.Helper()
	return parse(t, name, sharedSource(t, name))
}

func TestSharedNames(t *testing.T) {
	t.Parallel()
	want := []string{
		"auto-stop.yaml", "inference-components.yaml", "key.yaml", "multi-region-base.yaml", "observability.yaml",
		"scheduled-scaling.yaml", "snapstart.yaml", "task-token-table.yaml", "vpc-endpoints.yaml",
	}
	if got := sharedFiles(t); !slices.Equal(got, want) {
		t.Errorf("shared stacks: %v, want %v", got, want)
	}
}

// TestSharedPolicy: the built-in policy set finds nothing in the shared stacks
// above level advise, and nothing undecided, in any deployment.
func TestSharedPolicy(t *testing.T) {
	t.Parallel()
	v := validator(t)
	for _, name := range sharedFiles(t) {
		checkAdvice(t, v, loadShared(t, name))
	}
}

// checkAdvice checks that what is found in a template is advice.
func checkAdvice(t *testing.T, v *validate.Validator, tmpl *template.Template) {
	t.Helper()
	for _, f := range findings(t, v, tmpl) {
		if f.Level > rules.Advise || f.Status != rules.Fail {
			t.Errorf("%s:%d: %s %s: %s (level %s): %s", tmpl.File, f.Line, f.Rule.ID, f.Resource, f.Status, f.Level, f.Message)
		}
	}
}

// TestSharedPolicyJudges: the shared stacks pass because they are right. Each is
// refused with a mistake in it.
func TestSharedPolicyJudges(t *testing.T) {
	t.Parallel()
	checkRefused(t, sharedSource, []mistake{
		{"auto-stop.yaml", "Action: sqs:SendMessage\n                Resource: !GetAtt DeadLetters.Arn", "Action: '*'\n                Resource: '*'", "IAM_ADMIN_ACCESS"},
		{"inference-components.yaml", "AlarmActions: [!Ref WakeUp]", "AlarmActions: []", "SAGEMAKER_SCALE_TO_ZERO"},
		{"inference-components.yaml", "      KmsKeyId: !Ref KeyArn\n      ProductionVariants", "      ProductionVariants", "SAGEMAKER_ENDPOINT_KMS"},
		{"inference-components.yaml", "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "SAGEMAKER_NO_CAPACITY_ALARM"},
		{"key.yaml", "Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:root\"}", "Principal: '*'", "KMS_KEY_POLICY_PUBLIC"},
		{"multi-region-base.yaml", "SqsManagedSseEnabled: true", "SqsManagedSseEnabled: false", "SQS_ENCRYPTION"},
		{"observability.yaml", "KmsMasterKeyId: !Ref KeyArn", "DisplayName: alerts", "SNS_ENCRYPTION"},
		{"snapstart.yaml", "Runtime: python3.13", "Runtime: python3.11", "LAMBDA_SNAPSTART_SUPPORTED"},
		{"task-token-table.yaml", "    DeletionPolicy: Retain\n", "", "DELETION_POLICY"},
		{"task-token-table.yaml", "SSEEnabled: true", "SSEEnabled: false", "DYNAMODB_GLOBAL_TABLE_ENCRYPTION"},
	})
}

// TestSharedRoles: as TestRoles.
func TestSharedRoles(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, name := range sharedFiles(t) {
		seen += checkRoles(t, loadShared(t, name))
	}
	if seen < 15 {
		t.Errorf("%d statements were looked at", seen)
	}
}

// TestDashboardMetrics: the dashboard looks for metrics that functions write.
func TestDashboardMetrics(t *testing.T) {
	t.Parallel()
	search := regexp.MustCompile(`Namespace=\\"\$\{MetricNamespace\}\\" MetricName=\(([^)]*)\)`)
	found := search.FindStringSubmatch(sharedSource(t, "observability.yaml"))
	if found == nil {
		t.Fatal("the dashboard does not look for metrics of the functions")
	}
	written := ""
	for _, file := range []string{"bootstrap/bootstrap.go", "discovery/handlers.go"} {
		src, err := os.ReadFile("../lambda/internal/" + file)
		if err != nil {
			t.Fatal(err)
		}
		written += string(src)
	}
	names := regexp.MustCompile(`\w{3,}`).FindAllString(found[1], -1) // and not OR
	for _, name := range names {
		if !strings.Contains(written, fmt.Sprintf("telemetry.Metric{Name: %q", name)) {
			t.Errorf("no function writes the metric %s", name)
		}
	}
	if len(names) < 3 {
		t.Error(names)
	}
}

// costs says why a resource costs whether it is used or not, or nothing.
func costs(d validate.Deployment) string {
	p := d.Properties
	switch d.Resource.Type {
	case "AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::KMS::Key", "AWS::Route53::HealthCheck", "AWS::SageMaker::Endpoint",
		"AWS::Kinesis::Stream", "AWS::EC2::NatGateway":
		return "it costs every month"
	case "AWS::EC2::VPCEndpoint":
		if p["VpcEndpointType"] != "Gateway" {
			return "it costs by the hour"
		}
	case "AWS::Scheduler::Schedule", "AWS::Events::Rule":
		if p["State"] != "DISABLED" {
			return "it starts what costs"
		}
	case "AWS::Lambda::Function":
		if p["SnapStart"] != nil {
			return "its snapshots cost"
		}
	}
	return ""
}

// TestSharedOff: with the defaults nothing costs that is not used, and everything
// that does is there when it is asked for.
func TestSharedOff(t *testing.T) {
	t.Parallel()
	on := map[string]map[string]string{
		"auto-stop.yaml":            {"EnableSchedule": "true", "AlarmTopicArn": "arn:aws:sns:eu-west-1:123456789012:t"},
		"inference-components.yaml": {"EnableEndpoint": "true"},
		"multi-region-base.yaml":    {"EnableProcessing": "true", "DeploymentMode": "active-passive", "AWS::Region": "ap-northeast-1"},
		"observability.yaml":        {"EnableAlarms": "true", "EnableStreamAlarm": "true", "EnableDashboard": "true"},
		"snapstart.yaml":            {"EnableSnapStart": "true"},
		"vpc-endpoints.yaml":        {"EnableInterfaceEndpoints": "true"},
	}
	want := map[string]int{
		"auto-stop.yaml": 2, "inference-components.yaml": 2, "multi-region-base.yaml": 3, "observability.yaml": 7,
		"snapstart.yaml": 1, "vpc-endpoints.yaml": 5, "key.yaml": 1,
	}
	for _, name := range sharedFiles(t) {
		tmpl := loadShared(t, name)
		for _, d := range resolve(t, tmpl, nil, "") {
			if reason := costs(d); reason != "" && name != "key.yaml" {
				t.Errorf("%s: %s is there by default (%s): %s", name, d.Resource.ID, d.When, reason)
			}
		}
		costing := map[string]bool{}
		for _, d := range resolve(t, tmpl, on[name], "") {
			if costs(d) != "" {
				costing[d.Resource.ID] = true
			}
		}
		if len(costing) != want[name] {
			t.Errorf("%s: %d resources that cost, want %d: %v", name, len(costing), want[name], costing)
		}
	}
}

// TestInstances: every pair of limits that the pattern takes has the least first,
// and every such pair is taken.
func TestInstances(t *testing.T) {
	t.Parallel()
	tmpl := loadShared(t, "scheduled-scaling.yaml")
	for _, name := range []string{"BusinessInstances", "OffHoursInstances"} {
		pattern := regexp.MustCompile(tmpl.Parameter(name).AllowedPattern)
		for least := range 11 {
			for most := range 11 {
				value := fmt.Sprintf("%d-%d", least, most)
				want := 1 <= least && least <= most && most <= 9
				if pattern.MatchString(value) != want {
					t.Errorf("%s %s: taken is %v", name, value, !want)
				}
			}
		}
	}
}

// TestSchedule: the hours and limits are those of the parameters, also of hours
// that end on the next day.
func TestSchedule(t *testing.T) {
	t.Parallel()
	all := resolve(t, loadShared(t, "scheduled-scaling.yaml"), map[string]string{
		"EndpointName": "e", "BusinessDays": "MON-SAT", "BusinessHoursStart": "22", "BusinessHoursEnd": "6",
		"BusinessInstances": "2-8", "OffHoursInstances": "1-3", "Timezone": "Europe/Berlin",
	}, "Variant")
	if len(all) != 1 {
		t.Fatalf("%d deployments, want 1", len(all))
	}
	p := all[0].Properties
	got := fmt.Sprint(p["ResourceId"], p["MinCapacity"], "-", p["MaxCapacity"])
	for _, a := range list(p["ScheduledActions"]) {
		got += fmt.Sprintf("\n%v %v %v %v-%v", at(a, "ScheduledActionName"), at(a, "Schedule"), at(a, "Timezone"), at(a, "ScalableTargetAction", "MinCapacity"), at(a, "ScalableTargetAction", "MaxCapacity"))
	}
	want := `endpoint/e/variant/AllTraffic1-8
business-hours cron(0 22 ? * MON-SAT *) Europe/Berlin 2-8
off-hours cron(0 6 ? * * *) Europe/Berlin 1-3`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestFailover: the global endpoint is in the primary Region only, sends events to
// one Region at a time, and its buses have one name.
func TestFailover(t *testing.T) {
	t.Parallel()
	tmpl := loadShared(t, "multi-region-base.yaml")
	for region, want := range map[string]bool{"ap-northeast-1": true, "us-east-1": false} {
		found := map[string]map[string]any{}
		for _, d := range resolve(t, tmpl, map[string]string{"DeploymentMode": "active-passive", "AWS::Region": region}, "") {
			found[d.Resource.ID] = d.Properties
		}
		if (found["Endpoint"] != nil) != want || (found["Health"] != nil) != want || found["Start"] == nil {
			t.Errorf("%s: %v", region, found)
		}
		if !want {
			continue
		}
		if at(found["Endpoint"], "ReplicationConfig", "State") != "DISABLED" {
			t.Errorf("%s: both Regions take every event", region)
		}
		second := fmt.Sprint(at(found["Endpoint"], "EventBuses", 1, "EventBusArn"))
		if name := fmt.Sprint(found["Bus"]["Name"]); !strings.Contains(second, ":us-east-1:") || !strings.HasSuffix(second, ":event-bus/"+name) {
			t.Errorf("second bus %s, first %s", second, name)
		}
	}
}

// TestReplicas: the table is in the Region of the stack and in one or two others,
// protected and recoverable in each.
func TestReplicas(t *testing.T) {
	t.Parallel()
	tmpl := loadShared(t, "task-token-table.yaml")
	for third, want := range map[string][]string{"": {"eu-west-1", "eu-north-1"}, "eu-south-1": {"eu-west-1", "eu-north-1", "eu-south-1"}} {
		for _, d := range resolve(t, tmpl, map[string]string{"AWS::Region": "eu-west-1", "SecondRegion": "eu-north-1", "ThirdRegion": third}, "Table") {
			var got []string
			for _, r := range list(d.Properties["Replicas"]) {
				got = append(got, fmt.Sprint(at(r, "Region")))
				if at(r, "DeletionProtectionEnabled") != true || at(r, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled") != true {
					t.Errorf("replica %v can be lost", r)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("replicas %v, want %v", got, want)
			}
		}
	}
}

// TestDashboard: the dashboard is JSON, and all it shows are searches, which find
// what has dimensions.
func TestDashboard(t *testing.T) {
	t.Parallel()
	for _, d := range resolve(t, loadShared(t, "observability.yaml"), map[string]string{"EnableDashboard": "true", "AWS::Region": "eu-west-1"}, "Dashboard") {
		var body any
		if err := json.Unmarshal([]byte(fmt.Sprint(d.Properties["DashboardBody"])), &body); err != nil {
			t.Fatal(err)
		}
		widgets := list(at(body, "widgets"))
		if len(widgets) < 9 {
			t.Errorf("%d widgets", len(widgets))
		}
		for _, w := range widgets {
			for _, m := range list(at(w, "properties", "metrics")) {
				expression := fmt.Sprint(at(m, 0, "expression"))
				if !strings.HasPrefix(expression, "SEARCH('") || strings.Contains(expression, "*") {
					t.Errorf("%v: %s", at(w, "properties", "title"), expression)
				}
			}
		}
	}
}

// TestSnapStart: without the parameter there is no SnapStart; a change of it
// publishes a version, to which the alias points.
func TestSnapStart(t *testing.T) {
	t.Parallel()
	tmpl := loadShared(t, "snapstart.yaml")
	versions := map[string]string{}
	for _, value := range []string{"false", "true"} {
		for _, d := range resolve(t, tmpl, map[string]string{"EnableSnapStart": value}, "") {
			switch d.Resource.Type {
			case "AWS::Lambda::Function":
				applies := at(d.Properties, "SnapStart", "ApplyOn") == "PublishedVersions"
				if applies != (value == "true") {
					t.Errorf("EnableSnapStart=%s: %v", value, d.Properties["SnapStart"])
				}
			case "AWS::Lambda::Alias":
				versions[value] = fmt.Sprint(d.Properties["FunctionVersion"])
			}
		}
	}
	if len(versions) != 2 || versions["true"] == versions["false"] {
		t.Errorf("versions %v", versions)
	}
}

// TestSnapStartCode: the function says how it was started.
func TestSnapStartCode(t *testing.T) {
	t.Parallel()
	for _, d := range resolve(t, loadShared(t, "snapstart.yaml"), nil, "Function") {
		code := fmt.Sprint(at(d.Properties, "Code", "ZipFile"))
		// 4096 characters is what AWS::Lambda::Function takes.
		if len(code) > 4096 {
			t.Errorf("%d characters of code", len(code))
		}
		cmd := exec.Command("../.tools/python/bin/python", "-")
		cmd.Stdin = strings.NewReader(code + `
import json, types
print(json.dumps(handler({"n": 12}, types.SimpleNamespace(function_version="3"))))
`)
		cmd.Env = []string{"AWS_LAMBDA_INITIALIZATION_TYPE=snap-start"}
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatal(err)
		}
		if got["initialization"] != "snap-start" || got["version"] != "3" || got["square"] != 144.0 {
			t.Errorf("%v", got)
		}
	}
}
