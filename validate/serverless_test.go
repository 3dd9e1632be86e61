package validate_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/fsxns3ap/guardhook/validate"
)

// TestServerlessNotJudged lists what is not expanded; the rest is judged as what
// it becomes.
func TestServerlessNotJudged(t *testing.T) {
	t.Parallel()
	tmpl := load(t, "testdata/cases/serverless.yaml")
	result := judge(t, validate.New(embedded(t), validate.Options{}), tmpl)
	var got []string
	for _, n := range result.NotJudged {
		got = append(got, fmt.Sprintf("%d:%d %s %s: %s", n.Line, n.Col, n.Resource, n.Type, n.Reason))
	}
	slices.Sort(got)
	want := []string{
		"50:3 Graph AWS::Serverless::GraphQLApi: serverless resources are not expanded",
		"54:18 Odd AWS::Serverless::SimpleTable: Colour is not expanded",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if result.Resources <= len(tmpl.Resources) {
		t.Errorf("%d resources are judged of %d", result.Resources, len(tmpl.Resources))
	}
}

// TestServerlessEntryPoints expands a template wherever one is looked at.
func TestServerlessEntryPoints(t *testing.T) {
	t.Parallel()
	tmpl := load(t, "testdata/cases/serverless.yaml")
	set := embedded(t)
	deployments, err := validate.Resolve(tmpl, nil, "WorkerRole")
	if err != nil || len(deployments) != 2 {
		t.Errorf("the role has %d deployments, for a policy that a condition chooses (%v)", len(deployments), err)
	}
	v := validate.New(set, validate.Options{})
	if err := v.Prepare(t.Context(), tmpl); err != nil {
		t.Fatal(err)
	}
	explanations, err := v.Explain(t.Context(), tmpl, "WorkerUrl", set.Rule("LAMBDA_URL_AUTH"))
	if err != nil || len(explanations) == 0 || len(explanations[0].Violations) != 1 {
		t.Errorf("%+v %v", explanations, err)
	}
}
