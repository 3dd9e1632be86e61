package guard_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/rules/guard"
)

func mustParse(t testing.TB, text string) *guard.File {
	t.Helper()
	f, err := guard.Parse("r.guard", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func mustLoad(t testing.TB, text string) *guard.Value {
	t.Helper()
	v, err := guard.Load("d.yaml", []byte(text), guard.Strict)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestFindings(t *testing.T) {
	t.Parallel()
	f := mustParse(t, `let buckets = Resources.*[ Type == "AWS::S3::Bucket" ]
rule NAMED when %buckets !empty {
    %buckets.Properties.Name == /^corp-/
        << the name begins
           with corp- >>
    checked(%buckets.Properties) <<call>>
    %buckets.Properties.Size <= limit
    other
}
rule checked(p) {
    %p.Owner exists
    %p.Owner exists <<own>>
}
rule other { limit == 2 }
`)
	doc := mustLoad(t, `limit: 1
Resources:
  A:
    Type: AWS::S3::Bucket
    Properties:
      Name: corp-a
      Owner: me
      Size: 1
  B:
    Type: AWS::S3::Bucket
    Properties:
      Name: b
      Size: 2
`)
	results, err := f.Evaluate(context.Background(), doc, guard.Options{})
	if err != nil {
		t.Fatal(err)
	}
	type finding struct {
		Cause                      guard.Cause
		Clause, Message, Path, Pos string
		At, Called                 string
		Rest, Value, Other         string
	}
	var got []finding
	for _, f := range results[0].Findings {
		one := finding{
			Cause: f.Cause, Clause: f.Clause, Message: f.Message, Path: f.Path, At: f.At.String(), Called: f.Called.String(), Rest: f.Rest,
		}
		if f.Value != nil {
			one.Pos, one.Value = f.Value.Pos().String(), f.Value.String()
		}
		if f.Other != nil {
			one.Other = f.Other.String()
		}
		got = append(got, one)
	}
	b := `{"Name":"b","Size":2}`
	want := []finding{
		{
			Clause: `%buckets[*].Properties.Name == /^corp-/`, Message: "the name begins\n           with corp-", Path: "/Resources/B/Properties/Name",
			Pos: "12:13", At: "3:5", Called: "0:0", Value: `"b"`, Other: `"/^corp-/"`,
		},
		{Cause: guard.Missing, Clause: "%p[*].Owner exists", Message: "call", Path: "/Resources/B/Properties", Pos: "12:7", At: "11:5", Called: "6:5", Rest: "Owner", Value: b},
		{Cause: guard.Missing, Clause: "%p[*].Owner exists", Message: "own", Path: "/Resources/B/Properties", Pos: "12:7", At: "12:5", Called: "6:5", Rest: "Owner", Value: b},
		{Clause: "%buckets[*].Properties.Size <= limit", Path: "/Resources/B/Properties/Size", Pos: "13:13", At: "7:5", Called: "0:0", Value: "2", Other: "1"},
		{Cause: guard.Dependency, Clause: "other", At: "8:5", Called: "0:0"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNoFindingsOfWhatPassedInTheEnd(t *testing.T) {
	t.Parallel()
	f := mustParse(t, `rule a {
    x == 1 or x == 2 or v == 1
    some z[*] == 1
    some z[*] { this == 2 }
    w == 1
    when x == 1 { w == 2 }
    z[ this == 9 ] empty
}`)
	results, err := f.Evaluate(context.Background(), mustLoad(t, "{x: 3, v: 1, z: [1, 2], w: 0}"), guard.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(results[0].Findings); n != 1 || results[0].Findings[0].Clause != "w == 1" {
		t.Error(results[0].Findings)
	}
}

func TestSteps(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("l: [")
	for i := range 3000 {
		fmt.Fprintf(&b, "%d,", i)
	}
	b.WriteString("]\nx: 1")
	f := mustParse(t, "rule slow { l <= l }\nrule deep { l[*] { this in l l[*] { this exists } } }\nrule fast { x == 1 }")
	results, err := f.Evaluate(context.Background(), mustLoad(t, b.String()), guard.Options{Steps: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		if results[i].Status != guard.Errored || !errors.Is(results[i].Err, guard.ErrSteps) {
			t.Error(results[i].Rule.Name, results[i].Status, results[i].Err)
		}
	}
	if results[2].Status != guard.Pass {
		t.Error(results[2].Status, results[2].Err)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	f := mustParse(t, "rule a { x == 1 }")
	if _, err := f.Evaluate(ctx, mustLoad(t, "x: 1"), guard.Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestOnly(t *testing.T) {
	t.Parallel()
	f := mustParse(t, "rule a { x == 1 }\nrule b {\n a\n}")
	results, err := f.Evaluate(context.Background(), mustLoad(t, "x: 1"), guard.Options{Only: func(r *guard.Rule) bool { return r.Name == "b" }})
	if err != nil || len(results) != 1 || results[0].Status != guard.Pass {
		t.Error(results, err)
	}
}

// TestParallel evaluates one file on one document in several goroutines.
func TestParallel(t *testing.T) {
	t.Parallel()
	f := parse(t, "testdata/verdicts/filters.guard")
	doc := load(t, "testdata/verdicts/common.yaml")
	want, err := f.Evaluate(context.Background(), doc, guard.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				got, err := f.Evaluate(context.Background(), doc, guard.Options{})
				if err != nil || report(got) != report(want) {
					t.Error("verdicts differ", err)
					return
				}
			}
		})
	}
	group.Wait()
}

func TestRuleTypes(t *testing.T) {
	t.Parallel()
	f := mustParse(t, `let buckets = Resources.*[ Type == "AWS::S3::Bucket" Properties exists ]
let both = Resources.*[ Type == "AWS::SQS::Queue" or Type in ["AWS::SNS::Topic"] ]
let function_type = "AWS::Lambda::Function"
let functions = Resources.*[ Type == %function_type ]
let chained = %buckets[ Properties.Name exists ]
let any = Resources.*
let loop = %loop
let text = "x"
rule guarded when %buckets !empty { Parameters exists }
rule two when not %both empty { %both.Properties exists }
rule by_variable when %functions !empty { x exists }
rule chain when %chained !empty { x exists }
rule block { AWS::EC2::VPC { Properties exists } }
rule blocks { AWS::EC2::VPC { Properties exists } AWS::EC2::Subnet { Properties exists } or %buckets { x exists } }
rule path { Resources.*[ Type == "AWS::S3::Bucket" ] { Properties exists } }
rule clause { %buckets.Properties.Name exists }
rule inner { when %buckets !empty { x exists } }
rule reference when guarded { x exists }
rule unguarded { %buckets !empty }
rule negated when %buckets empty { x exists }
rule not_reference when !guarded { x exists }
rule mixed { AWS::EC2::VPC { Properties exists } x exists }
rule every when %any !empty { x exists }
rule not_type when Resources.*[ Type != "AWS::S3::Bucket" ] !empty { x exists }
rule looping when %loop !empty { x exists }
rule literal when %text !empty { x exists }
rule half when %buckets !empty or x exists { x exists }
rule not_empty_block { %buckets !empty { x exists } }
`)
	want := map[string]string{
		"guarded": "[AWS::S3::Bucket]", "two": "[AWS::SNS::Topic AWS::SQS::Queue]", "by_variable": "[AWS::Lambda::Function]",
		"chain": "[AWS::S3::Bucket]", "block": "[AWS::EC2::VPC]", "blocks": "[AWS::EC2::Subnet AWS::EC2::VPC AWS::S3::Bucket]",
		"path": "[AWS::S3::Bucket]", "clause": "[AWS::S3::Bucket]", "inner": "[AWS::S3::Bucket]", "reference": "[AWS::S3::Bucket]",
		"unguarded": "all", "negated": "all", "not_reference": "all", "mixed": "all", "every": "all", "not_type": "all",
		"looping": "all", "literal": "all", "half": "all", "not_empty_block": "all",
	}
	doc := mustLoad(t, "Resources: {A: {Type: Other, Properties: {}}}\nx: 1")
	results, err := f.Evaluate(context.Background(), doc, guard.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		types, all := r.Rule.RuleTypes()
		got := fmt.Sprint(types)
		if all {
			got = "all"
		}
		if got != want[r.Rule.Name] {
			t.Errorf("%s: want %s, got %s", r.Rule.Name, want[r.Rule.Name], got)
		}
		if !all && r.Status != guard.Skip {
			t.Errorf("%s is %s without its types", r.Rule.Name, r.Status)
		}
	}
}

func TestHookDocuments(t *testing.T) {
	t.Parallel()
	c := guard.HookContext{AWSAccountID: "123456789012", TargetType: "RESOURCE", InvocationPoint: "UPDATE_PRE_PROVISION"}
	doc := guard.ResourceDocument(c, "Logs", "AWS::S3::Bucket", mustLoad(t, "Name: new"), mustLoad(t, "Name: old"))
	want := `{"HookContext":{"AWSAccountID":"123456789012","InvocationPoint":"UPDATE_PRE_PROVISION","TargetType":"RESOURCE"},` +
		`"Resources":{"Logs":{"Type":"AWS::S3::Bucket","Properties":{"Name":"new"}}},` +
		`"Previous":{"Logs":{"Type":"AWS::S3::Bucket","Properties":{"Name":"old"}}}}`
	if got := doc.String(); got != want {
		t.Error(got)
	}
	if got := guard.ResourceDocument(guard.HookContext{}, "A", "T", nil, nil).String(); got != `{"HookContext":{},"Resources":{"A":{"Type":"T"}}}` {
		t.Error(got)
	}
	whole, err := guard.TemplateDocument(c, mustLoad(t, "Resources: {}"), nil, mustLoad(t, "[{action: CREATE}]"))
	if err != nil {
		t.Fatal(err)
	}
	if whole.Get("Resources") == nil || whole.Get("Changes") == nil || whole.Get("Previous") != nil {
		t.Error(whole)
	}
	if _, err := guard.TemplateDocument(c, mustLoad(t, "[1]"), nil, nil); err == nil {
		t.Error("a list is no template")
	}
}
