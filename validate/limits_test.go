package validate_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

func parse(t *testing.T, src string) *template.Template {
	t.Helper()
	tmpl, err := template.Load("test.yaml", []byte(src), template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

// tagRule loads a set of one rule that denies a topic with the tag value "bad",
// and reads all tags.
func tagRule(t *testing.T, config string) *rules.Set {
	t.Helper()
	dir := t.TempDir()
	rego := `# METADATA
# title: T
# description: D
# custom:
#   id: TAG
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::SNS::Topic"]
#   remediation: R
package guardhook.test.tag

deny contains finding if {
	some i
	input.resource.properties.Tags[i].Value == "bad"
	finding := {"path": ["Tags", i, "Value"], "message": "M"}
}
`
	if err := os.WriteFile(filepath.Join(dir, "tag.rego"), []byte(rego), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := rules.ParseConfig("guardhook.yaml", []byte(config))
	if err != nil {
		t.Fatal(err)
	}
	set, err := rules.LoadDir(dir, rules.Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// tagged is a topic with a tag for each of n conditions, and one for each of m
// parameters that are open.
func tagged(n, m int) string {
	var params, conditions, tags strings.Builder
	for i := range n {
		fmt.Fprintf(&params, "  C%d: {Type: String, AllowedValues: [\"0\", \"1\"]}\n", i)
		fmt.Fprintf(&conditions, "  Is%d: !Equals [!Ref C%d, \"1\"]\n", i, i)
		fmt.Fprintf(&tags, "        - {Key: c%d, Value: !If [Is%d, good, fine]}\n", i, i)
	}
	for i := range m {
		fmt.Fprintf(&params, "  P%d: {Type: String}\n", i)
		fmt.Fprintf(&tags, "        - {Key: p%d, Value: !Ref P%d}\n", i, i)
	}
	if n == 0 {
		conditions.WriteString("  Never: !Equals [a, b]\n")
	}
	return "Parameters:\n" + params.String() + "Conditions:\n" + conditions.String() +
		"Resources:\n  T:\n    Type: AWS::SNS::Topic\n    Properties:\n      Tags:\n" + tags.String()
}

// TestScenarioLimit: more than 256 scenarios are an error, and no less where a
// value is open as well and undecided findings are let through.
func TestScenarioLimit(t *testing.T) {
	t.Parallel()
	v := validate.New(tagRule(t, "version: 1\nundecided: advise\n"), validate.Options{})
	for _, c := range []struct {
		conditions, open int
		want             rules.Status
	}{{8, 0, rules.Pass}, {9, 0, rules.Errored}, {9, 1, rules.Errored}} {
		result, err := v.Validate(context.Background(), parse(t, tagged(c.conditions, c.open)))
		if err != nil {
			t.Fatal(err)
		}
		got, level := rules.Pass, rules.Level(0)
		if len(result.Findings) > 0 {
			got, level = result.Findings[0].Status, result.Findings[0].Level
		}
		if got != c.want || got == rules.Errored && level != rules.Block {
			t.Errorf("%d conditions, %d open values: %s at level %s", c.conditions, c.open, got, level)
		}
	}
}

// TestCombinationLimit: 16 combinations of open values are tried exhaustively;
// past that one item at a time, which is counted.
func TestCombinationLimit(t *testing.T) {
	t.Parallel()
	v := validate.New(tagRule(t, "version: 1\n"), validate.Options{})
	for open, want := range map[int]int{4: 0, 5: 1} {
		result, err := v.Validate(context.Background(), parse(t, tagged(0, open)))
		if err != nil {
			t.Fatal(err)
		}
		if result.Itemwise != want || len(result.Findings) != open {
			t.Errorf("%d open values: itemwise %d, %d findings", open, result.Itemwise, len(result.Findings))
		}
	}
}

// TestInlineWaiverOfADeployment: a waiver that holds in some deployments only is
// refused, since it would hide what fails in the others.
func TestInlineWaiverOfADeployment(t *testing.T) {
	t.Parallel()
	const waiver = "{rule: TAG, reason: r, owner: o, expires: \"2999-01-01\"}"
	src := func(waivers string) string {
		return `Parameters:
  Stage: {Type: String, AllowedValues: [dev, prod]}
Conditions:
  Dev: !Equals [!Ref Stage, dev]
Resources:
  T:
    Type: AWS::SNS::Topic
    Metadata:
      guardhook: {waivers: ` + waivers + `}
    Properties:
      Tags: [{Key: k, Value: bad}]
`
	}
	v := validate.New(tagRule(t, "version: 1\ninline_waivers: true\n"), validate.Options{})
	for waivers, want := range map[string]rules.Status{
		"[" + waiver + "]": rules.Waived,
		"!If [Dev, [" + waiver + "], !Ref AWS::NoValue]": rules.Fail,
	} {
		result, err := v.Validate(context.Background(), parse(t, src(waivers)))
		if err != nil {
			t.Fatal(err)
		}
		if len(result.Findings) != 1 || result.Findings[0].Status != want || (len(result.Problems) > 0) != (want == rules.Fail) {
			t.Errorf("%s: %s, problems %v", waivers, describe(result), result.Problems)
		}
	}
}
