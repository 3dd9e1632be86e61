package rules

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func small(t *testing.T, c *Config) *Set {
	t.Helper()
	s, err := LoadDir("testdata/sets/small", Options{Config: c, Now: func() time.Time { return day("2026-06-15") }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func day(d string) time.Time {
	t, _ := time.Parse(time.DateOnly, d)
	return t.Add(12 * time.Hour)
}

func summary(findings []Finding) []string {
	var out []string
	for _, f := range findings {
		line := []string{f.Rule.ID, string(f.Status), f.Level.String(), f.Resource, f.Type}
		if p := f.Path.String(); p != "" {
			line = append(line, p)
		}
		if f.Waiver != nil {
			line = append(line, "waiver of "+f.Waiver.Owner)
		}
		out = append(out, strings.Join(line, " "))
	}
	return out
}

func TestEvaluate(t *testing.T) {
	t.Parallel()
	const levels = `
version: 1
levels:
  - {rules: [ACME_LIFECYCLE], stacks: ["dev-*"], level: off}
  - {rules: [ACME_BUCKET_VERSIONED], accounts: ["111111111111"], level: advise}
`
	const waiver = `
version: 1
waivers:
  - {rule: ACME_BUCKET_VERSIONED, resource: Logs, stack: "prod-*", reason: r, owner: storage, expires: 2026-06-15}
`
	old := func(t *Target) {
		t.Resource.Properties["LifecycleConfiguration"] = map[string]any{"Rules": []any{
			map[string]any{"ExpirationInDays": json.Number("30")},
			map[string]any{"ExpirationInDays": json.Number("31")},
			map[string]any{"ExpirationInDays": 400},
		}}
	}
	for name, c := range map[string]struct {
		config string
		status string
		change func(*Target)
		want   []string
	}{
		"pass": {status: "Enabled", want: []string{
			"ACME_BUCKET_VERSIONED pass block Logs AWS::S3::Bucket",
			"ACME_DELETE skipped block Logs AWS::S3::Bucket",
			"ACME_LIFECYCLE pass warn Logs AWS::S3::Bucket",
		}},
		"fail": {status: "Suspended", change: old, want: []string{
			"ACME_BUCKET_VERSIONED fail block Logs AWS::S3::Bucket VersioningConfiguration.Status",
			"ACME_DELETE skipped block Logs AWS::S3::Bucket",
			"ACME_LIFECYCLE fail warn Logs AWS::S3::Bucket LifecycleConfiguration.Rules.1.ExpirationInDays",
			"ACME_LIFECYCLE fail warn Logs AWS::S3::Bucket LifecycleConfiguration.Rules.2.ExpirationInDays",
		}},
		"delete": {status: "Suspended", change: func(t *Target) {
			t.Action = ActionDelete
			t.Resource.Properties["ObjectLockEnabled"] = true
		}, want: []string{
			"ACME_BUCKET_VERSIONED skipped block Logs AWS::S3::Bucket",
			"ACME_DELETE fail block Logs AWS::S3::Bucket ObjectLockEnabled",
			"ACME_LIFECYCLE skipped warn Logs AWS::S3::Bucket",
		}},
		"pattern": {change: func(t *Target) { t.Resource.Type = "AWS::S3::AccessPoint" }, want: []string{
			"ACME_LIFECYCLE pass warn Logs AWS::S3::AccessPoint",
		}},
		"no rule": {change: func(t *Target) { t.Resource.Type = "AWS::SQS::Queue" }},
		"no properties": {change: func(t *Target) { t.Resource.Properties = nil }, want: []string{
			"ACME_BUCKET_VERSIONED fail block Logs AWS::S3::Bucket VersioningConfiguration.Status",
			"ACME_DELETE skipped block Logs AWS::S3::Bucket",
			"ACME_LIFECYCLE pass warn Logs AWS::S3::Bucket",
		}},
		"levels": {config: levels, status: "Suspended", change: func(t *Target) {
			t.Stack = Stack{Name: "dev-1", Account: "111111111111", Tags: map[string]string{"a": "b"}}
		}, want: []string{
			"ACME_BUCKET_VERSIONED fail advise Logs AWS::S3::Bucket VersioningConfiguration.Status",
			"ACME_DELETE skipped block Logs AWS::S3::Bucket",
			"ACME_LIFECYCLE skipped off Logs AWS::S3::Bucket",
		}},
		"waived": {config: waiver, status: "Suspended", change: func(t *Target) { t.Stack.Name = "prod-1" }, want: []string{
			"ACME_BUCKET_VERSIONED waived block Logs AWS::S3::Bucket VersioningConfiguration.Status waiver of storage",
			"ACME_DELETE skipped block Logs AWS::S3::Bucket",
			"ACME_LIFECYCLE pass warn Logs AWS::S3::Bucket",
		}},
		"waiver of another stack": {config: waiver, status: "Suspended", change: func(t *Target) { t.Stack.Name = "test" }, want: []string{
			"ACME_BUCKET_VERSIONED fail block Logs AWS::S3::Bucket VersioningConfiguration.Status",
			"ACME_DELETE skipped block Logs AWS::S3::Bucket",
			"ACME_LIFECYCLE pass warn Logs AWS::S3::Bucket",
		}},
		"inline waiver": {config: "version: 1\ninline_waivers: true\n", status: "Suspended", change: func(t *Target) {
			t.Resource.Metadata = map[string]any{"guardhook": map[string]any{"waivers": []any{map[string]any{
				"rule": "ACME_BUCKET_VERSIONED", "reason": "r", "owner": "dev", "expires": "2026-07-01",
			}}}}
		}, want: []string{
			"ACME_BUCKET_VERSIONED waived block Logs AWS::S3::Bucket VersioningConfiguration.Status waiver of dev",
			"ACME_DELETE skipped block Logs AWS::S3::Bucket",
			"ACME_LIFECYCLE pass warn Logs AWS::S3::Bucket",
		}},
		"template": {change: func(t *Target) {
			t.Kind, t.Resource = "STACK", nil
			t.Template = map[string]*Resource{
				"Open":   {ID: "Open", Type: "AWS::S3::Bucket", DependsOn: []string{"Shut"}},
				"Shut":   {ID: "Shut", Type: "AWS::S3::Bucket"},
				"Policy": {ID: "Policy", Type: "AWS::S3::BucketPolicy", Properties: map[string]any{"Bucket": "${Shut}"}},
				"Queue":  {ID: "Queue", Type: "AWS::SQS::Queue"},
			}
		}, want: []string{"ACME_BUCKET_POLICY fail block Open AWS::S3::Bucket"}},
		"template without the types": {change: func(t *Target) {
			t.Kind, t.Resource = "STACK", nil
			t.Template = map[string]*Resource{"Queue": {ID: "Queue", Type: "AWS::SQS::Queue"}}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var conf *Config
			if c.config != "" {
				conf = config(t, c.config)
			}
			target := bucket(c.status)
			if c.change != nil {
				c.change(target)
			}
			findings, err := small(t, conf).Evaluate(t.Context(), target)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, summary(findings)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestEvaluateError(t *testing.T) {
	t.Parallel()
	s, r := oneRule(t, "deny contains \"open\" if input.resource.id\n", Options{})
	findings, err := s.Evaluate(t.Context(), bucket("Enabled"))
	if err != nil {
		t.Fatal(err)
	}
	if len(findings) != 1 || findings[0].Status != Errored || findings[0].Rule != r || !strings.Contains(findings[0].Message, "ACME_RULE") {
		t.Errorf("findings %+v", findings)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	findings, err = s.Evaluate(ended, bucket("Enabled"))
	if err == nil && (len(findings) != 1 || findings[0].Status != Errored) {
		t.Errorf("an ended context gives %+v", findings)
	}
	broken := bucket("Enabled")
	broken.Resource.Properties["Bad"] = func() {}
	if _, err := s.Evaluate(t.Context(), broken); err == nil || !strings.Contains(err.Error(), "properties of resource Logs") {
		t.Errorf("error %v", err)
	}
}

// Rules see the documents that input.schema.json describes, and nothing else.
func TestInput(t *testing.T) {
	t.Parallel()
	target := &Target{
		Kind: "STACK", Action: ActionUpdate,
		Stack: Stack{Name: "s", Region: "eu-central-1", Partition: "aws", Account: "1", Tags: map[string]string{"k": "v"}},
		Resource: &Resource{
			ID: "B", Type: "AWS::S3::Bucket", Properties: map[string]any{"A": json.Number("1")}, Previous: map[string]any{},
			Metadata: map[string]any{"M": true}, DeletionPolicy: "Retain", UpdateReplacePolicy: "Delete", DependsOn: []string{"C"},
		},
	}
	target.Template = map[string]*Resource{"B": target.Resource}
	input, err := ResourceInput(target)
	if err != nil {
		t.Fatal(err)
	}
	const head = `{"action": "UPDATE", `
	const tail = `"stack": {"account": "1", "name": "s", "partition": "aws", "region": "eu-central-1", "tags": {"k": "v"}}, "target": "STACK"`
	const fields = `"id": "B", "metadata": {"M": true}, "previous": {}, "properties": {"A": 1}, "type": "AWS::S3::Bucket", "update_replace_policy": "Delete"}`
	want := head + `"resource": {"deletion_policy": "Retain", ` + fields + `, ` + tail + `}`
	if diff := cmp.Diff(want, input.String()); diff != "" {
		t.Error(diff)
	}
	input, err = TemplateInput(target, &Rule{ResourceTypes: []string{"AWS::S3::*"}})
	if err != nil {
		t.Fatal(err)
	}
	want = head + tail + `, "template": {"resources": {"B": {"deletion_policy": "Retain", "depends_on": ["C"], ` + fields + `}}}`
	if diff := cmp.Diff(want, input.String()); diff != "" {
		t.Error(diff)
	}
}
