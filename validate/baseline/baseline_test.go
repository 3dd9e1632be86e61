package baseline

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// entries judges a template.
func entries(t *testing.T, name, src string) []Entry {
	t.Helper()
	set, err := rules.Embedded(rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := template.Load(name, []byte(src), template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	result, err := validate.New(set, validate.Options{}).Validate(t.Context(), tmpl)
	if err != nil {
		t.Fatal(err)
	}
	var out []Entry
	for i := range result.Findings {
		out = append(out, Of(tmpl, &result.Findings[i]))
	}
	return out
}

const app = `Parameters:
  Open: {Type: String, Default: "no", AllowedValues: ["yes", "no"]}
Conditions:
  IsOpen: !Equals [!Ref Open, "yes"]
Resources:
  Uploads:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: uploads
      VersioningConfiguration: {Status: Enabled}
      BucketEncryption:
        ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm: AES256}}]
      PublicAccessBlockConfiguration:
        BlockPublicAcls: false
        BlockPublicPolicy: true
        IgnorePublicAcls: true
        RestrictPublicBuckets: !If [IsOpen, false, true]
  TlsOnly:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: uploads
      PolicyDocument:
        Statement:
          - {Effect: Deny, Principal: "*", Action: "s3:*", Resource: "*", Condition: {Bool: {aws:SecureTransport: false}}}
`

// TestTake hides what was recorded, and shows again what has changed.
func TestTake(t *testing.T) {
	t.Parallel()
	recorded := entries(t, "./app.yaml", app)
	if len(recorded) != 2 {
		t.Fatalf("%v", recorded)
	}
	var file bytes.Buffer
	if err := Write(&file, recorded); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file, old, text string
		taken           int
		live            int
	}{
		"the same":                      {"app.yaml", "", "", 2, 0},
		"elsewhere in the file":         {"app.yaml", "Resources:\n", "Resources:\n  Log: {Type: AWS::CloudFormation::WaitConditionHandle}\n", 2, 0},
		"keys in another order":         {"app.yaml", "        BlockPublicAcls: false\n        BlockPublicPolicy: true\n", "        BlockPublicPolicy: true\n        BlockPublicAcls: false\n", 2, 0},
		"another value":                 {"app.yaml", "BlockPublicAcls: false", "BlockPublicAcls: \"no\"", 1, 1},
		"no value":                      {"app.yaml", "        BlockPublicAcls: false\n", "", 1, 1},
		"more deployments":              {"app.yaml", "!If [IsOpen, false, true]", "!If [IsOpen, false, false]", 1, 1},
		"another file":                  {"other.yaml", "", "", 0, 2},
		"another resource":              {"app.yaml", "  Uploads:", "  Downloads:", 0, 2},
		"a second resource of the kind": {"app.yaml", "Resources:\n", "Resources:\n  More:\n    Type: AWS::S3::Bucket\n    Properties: {VersioningConfiguration: {Status: Enabled}}\n", 2, 3},
	} {
		b, err := Read("baseline.json", file.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		src := app
		if c.old != "" {
			if src = strings.Replace(app, c.old, c.text, 1); src == app {
				t.Fatalf("%s: nothing replaced", name)
			}
		}
		taken, live := 0, 0
		for _, e := range entries(t, c.file, src) {
			if b.Take(e) {
				taken++
			} else {
				live++
			}
		}
		if taken != c.taken || live != c.live {
			t.Errorf("%s: %d taken, %d live", name, taken, live)
		}
		want := 2 - c.taken
		if c.file != "app.yaml" {
			want = 0
		}
		if unused := b.Unused([]string{"./" + c.file}); len(unused) != want {
			t.Errorf("%s: unused: %v", name, unused)
		}
	}
}

// TestTakeNamed shows a finding again when what its value names has changed, and
// only then.
func TestTakeNamed(t *testing.T) {
	t.Parallel()
	const src = `Parameters:
  Cidr: {Type: String, Default: 10.0.0.0/8}
  Other: {Type: String, Default: a}
Mappings:
  Networks: {prod: {cidr: 0.0.0.0/0}, dev: {cidr: 10.0.0.0/8}}
  Sizes: {prod: {size: 1}}
Resources:
  Door:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: !Ref Other
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: %s, Description: Administration.}
`
	for name, c := range map[string]struct{ value, old, text string }{
		"a parameter":                 {"!Ref Cidr", "Default: 10.0.0.0/8", "Default: 0.0.0.0/0"},
		"a parameter's limits":        {"!Ref Cidr", "Default: 10.0.0.0/8", "Default: 10.0.0.0/8, MaxLength: 18"},
		"a parameter within text":     {"!Sub \"${Cidr}\"", "Default: 10.0.0.0/8", "Default: 0.0.0.0/0"},
		"a mapping":                   {"!FindInMap [Networks, prod, cidr]", "{cidr: 10.0.0.0/8}", "{cidr: 192.0.2.0/24}"},
		"a mapping by a function":     {"!FindInMap [!Join ['', [Networks]], prod, cidr]", "{size: 1}", "{size: 2}"},
		"nothing: another parameter":  {"!Ref Cidr", "Default: a", "Default: b"},
		"nothing: another mapping":    {"!FindInMap [Networks, prod, cidr]", "{size: 1}", "{size: 2}"},
		"nothing: what is elsewhere":  {"!Ref Cidr", "Administration.", "Door."},
		"nothing: a mapping's layout": {"!FindInMap [Networks, prod, cidr]", "{prod: {cidr: 0.0.0.0/0}, dev: {cidr: 10.0.0.0/8}}", "{dev: {cidr: 10.0.0.0/8}, prod: {cidr: 0.0.0.0/0}}"},
	} {
		old := strings.Replace(src, "%s", c.value, 1)
		if !strings.Contains(old, c.old) {
			t.Fatalf("%s: nothing replaced", name)
		}
		open := func(src string) []Entry {
			return slices.DeleteFunc(entries(t, "app.yaml", src), func(e Entry) bool { return e.Rule != "SECURITY_GROUP_ADMIN_PORT_OPEN" })
		}
		before, after := open(old), open(strings.Replace(old, c.old, c.text, 1))
		if len(before) != 1 || len(after) != 1 {
			t.Fatalf("%s: before %v, after %v", name, before, after)
		}
		if same := strings.HasPrefix(name, "nothing"); same != (before[0] == after[0]) {
			t.Errorf("%s: before %v, after %v", name, before, after)
		}
	}
}

// TestTakeTwice hides a finding once for each time that it was recorded.
func TestTakeTwice(t *testing.T) {
	t.Parallel()
	e := entries(t, "app.yaml", app)[0]
	var file bytes.Buffer
	if err := Write(&file, []Entry{e, e}); err != nil {
		t.Fatal(err)
	}
	b, err := Read("baseline.json", file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	got := []bool{b.Take(e), b.Take(e), b.Take(e)}
	if !slices.Equal(got, []bool{true, true, false}) {
		t.Errorf("%v", got)
	}
}

func TestReadRefused(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"":                                      "not a baseline file",
		"[]":                                    "not a baseline file",
		`{"version": 2, "findings": []}`:        "version 2",
		`{"version": 1, "findings": []} {}`:     "after its end",
		`{"version": 1, "finding": []}`:         "unknown field",
		`{"version": 1, "findings": [{}]}`:      "finding 1",
		`{"version": 1, "findings": [{"a":1}]}`: "unknown field",
	} {
		if _, err := Read("b.json", []byte(src)); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "b.json: ") {
			t.Errorf("%s: %v", src, err)
		}
	}
	if b, err := Read("b.json", []byte(`{"version": 1, "findings": []}`)); err != nil || b.Take(Entry{}) {
		t.Errorf("%v, %v", b, err)
	}
}
