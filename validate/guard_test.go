package validate_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

const guardRules = `let buckets = Resources.*[ Type == "AWS::S3::Bucket" ]
let trails = Resources.*[ Type == "AWS::CloudTrail::Trail" ]
let groups = Resources.*[ Type == "AWS::EC2::SecurityGroup" ]

rule blocked when %buckets !empty { %buckets.Properties.PublicAccessBlockConfiguration.BlockPublicAcls == true <<Block it>> }
rule closed when %groups !empty { %groups.Properties.SecurityGroupIngress[*].CidrIp != "0.0.0.0/0" }
rule retained when %buckets !empty { %buckets.DeletionPolicy == "Retain" }
rule trail when %buckets !empty { %trails !empty <<Where there are buckets there is a trail>> }
rule masked when Parameters exists { Parameters.*.NoEcho == true }
rule dear when %buckets !empty { let n = parse_int(%buckets.Properties.BucketName) %n > 1 }
`

const guardTemplate = `Parameters:
  Prod: {Type: String, AllowedValues: ["true", "false"], NoEcho: true}
  Cidr: {Type: String, NoEcho: false}
Conditions:
  IsProd: !Equals [!Ref Prod, "true"]
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    DeletionPolicy: Delete
    Properties:
      BucketName: logs
      PublicAccessBlockConfiguration:
        BlockPublicAcls: !If [IsProd, true, "false"]
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: Web
      SecurityGroupIngress: {CidrIp: !Ref Cidr, IpProtocol: tcp}
  Trail:
    Type: AWS::CloudTrail::Trail
    Condition: IsProd
    Properties: {IsLogging: true, S3BucketName: !Ref Bucket}
`

func guardResult(t *testing.T, input validate.GuardInput, config, src string) *validate.Result {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC) }
	set, err := rules.LoadFiles("set", map[string][]byte{"a.guard": []byte(guardRules), "guardhook.yaml": []byte("version: 1\n" + config)}, rules.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	tpl, err := template.Load("t.yaml", []byte(src), template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	result, err := validate.New(set, validate.Options{Now: now, Guard: input}).Validate(context.Background(), tpl)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// TestGuardInputs judges one template in both forms.
func TestGuardInputs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		input validate.GuardInput
		want  string
	}{
		"resolved": {validate.GuardResolved, `1:1 trail fail  : Where there are buckets there is a trail (set/a.guard:8:35: %trails not empty: there is nothing to judge)
  when "Prod=****"
3:32 masked fail  Parameters.Cidr.NoEcho: set/a.guard:9:38: Parameters.*.NoEcho == true: the value is false
7:3 dear error Bucket : rule dear: set/a.guard:10:42: parse_int: the text at /Resources/Bucket/Properties/BucketName is not an integer
9:21 retained fail Bucket : set/a.guard:7:38: %buckets[*].DeletionPolicy == "Retain": the value is a string
13:45 blocked fail Bucket PublicAccessBlockConfiguration.BlockPublicAcls: Block it (set/a.guard:5:37: %buckets[*].Properties.PublicAccessBlockConfiguration.BlockPublicAcls == true: the value is false)
  when "Prod=****"
18:38 closed undecided Group SecurityGroupIngress.0.CidrIp: set/a.guard:6:35: %groups[*].Properties.SecurityGroupIngress[*].CidrIp != "0.0.0.0/0": the value is a string
  witness Cidr="0.0.0.0/0"
`},
		"template": {validate.GuardTemplate, `1:1 dear error  : rule dear: set/a.guard:10:42: parse_int: the text at /Resources/Bucket/Properties/BucketName is not an integer
3:32 masked fail  Parameters.Cidr.NoEcho: set/a.guard:9:38: Parameters.*.NoEcho == true: the value is false
9:21 retained fail Bucket : set/a.guard:7:38: %buckets[*].DeletionPolicy == "Retain": the value is "Delete"
13:9 blocked fail Bucket PublicAccessBlockConfiguration.BlockPublicAcls: Block it (set/a.guard:5:37: %buckets[*].Properties.PublicAccessBlockConfiguration.BlockPublicAcls == true: the value is {"Fn::If":["IsProd",true,"false"]})
18:30 closed fail Group SecurityGroupIngress.CidrIp: set/a.guard:6:35: %groups[*].Properties.SecurityGroupIngress[*].CidrIp != "0.0.0.0/0": the value is {"Ref":"Cidr"}
`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := guardResult(t, c.input, "", guardTemplate)
			var b strings.Builder
			for _, f := range r.Findings {
				fmt.Fprintf(&b, "%d:%d %s %s %s %s: %s\n", f.Line, f.Col, f.Rule.ID, f.Status, f.Resource, f.Path, f.Message)
				for _, s := range f.When {
					if len(s) > 0 {
						fmt.Fprintf(&b, "  when %q\n", s)
					}
				}
				for _, a := range f.Witness {
					fmt.Fprintf(&b, "  witness %s\n", a)
				}
			}
			if b.String() != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", b.String(), c.want)
			}
			if n := len(r.AsWritten); (n > 0) != (c.input == validate.GuardTemplate) {
				t.Errorf("%d rules judged as written", n)
			}
		})
	}
}

// TestGuardEnforcement applies levels and waivers to Guard rules in both forms.
func TestGuardEnforcement(t *testing.T) {
	t.Parallel()
	const config = `levels:
  - {rules: [dear, masked, retained, trail, closed], level: "off"}
  - {rules: [blocked], level: warn}
waivers:
  - {rule: blocked, resource: Bucket, reason: r, owner: o, expires: 2026-03-01}
`
	for _, input := range []validate.GuardInput{validate.GuardResolved, validate.GuardTemplate} {
		r := guardResult(t, input, config, guardTemplate)
		if len(r.Findings) != 1 || r.Findings[0].Status != rules.Waived || r.Findings[0].Level != rules.Warn || len(r.Waivers) != 1 {
			t.Errorf("input %d: %+v", input, r.Findings)
		}
	}
}

// TestGuardUnreadable expects that a template that Guard's reader refuses is an
// error of every rule, and none where it is resolved.
func TestGuardUnreadable(t *testing.T) {
	t.Parallel()
	src := strings.Replace(guardTemplate, "Conditions:", "Mappings: {Zones: {111122223333: {a: b}}}\nConditions:", 1)
	r := guardResult(t, validate.GuardTemplate, "", src)
	for _, f := range r.Findings {
		if f.Status != rules.Errored || f.Line != 4 || !strings.Contains(f.Message, "put it in quotes") {
			t.Errorf("%s %s %d: %s", f.Rule.ID, f.Status, f.Line, f.Message)
		}
	}
	if len(r.Findings) != len(r.AsWritten) || len(r.Findings) == 0 {
		t.Errorf("%d findings, %d rules", len(r.Findings), len(r.AsWritten))
	}
}

// TestGuardExplain expects the document that the rule was given.
func TestGuardExplain(t *testing.T) {
	t.Parallel()
	set, err := rules.LoadFiles("set", map[string][]byte{"a.guard": []byte(guardRules)}, rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tpl, err := template.Load("t.yaml", []byte(guardTemplate), template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	v := validate.New(set, validate.Options{})
	for id, want := range map[string]string{
		"blocked": `map[HookContext:map[] Resources:map[Bucket:map[Properties:map[PublicAccessBlockConfiguration:map[BlockPublicAcls:true]] Type:AWS::S3::Bucket]]]`,
		"retained": `map[Conditions:map[IsProd:map[Fn::Equals:[map[Ref:Prod] true]]] HookContext:map[] ` +
			`Parameters:map[Cidr:map[NoEcho:false Type:String] Prod:map[AllowedValues:[true false] NoEcho:true Type:String]] ` +
			`Resources:map[Bucket:map[DeletionPolicy:Delete Type:AWS::S3::Bucket] Group:map[Type:AWS::EC2::SecurityGroup] Trail:map[Type:AWS::CloudTrail::Trail]]]`,
	} {
		list, err := v.Explain(context.Background(), tpl, "Bucket", set.Rule(id))
		if err != nil || len(list) == 0 {
			t.Fatalf("%s: %d explanations, %v", id, len(list), err)
		}
		if got := fmt.Sprint(list[0].Input); got != want {
			t.Errorf("%s saw %s\nwant %s", id, got, want)
		}
	}
}
