package report

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func TestGitLabIssues(t *testing.T) {
	t.Parallel()
	severities := []string{gitlabInfo, gitlabMinor, gitlabMajor, gitlabCritical, gitlabBlocker}
	for _, name := range caseNames(t) {
		r := reportOf(t, name)
		var issues []gitlabIssue
		dec := json.NewDecoder(strings.NewReader(written(t, r, "gitlab")))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&issues); err != nil {
			t.Fatal(err)
		}
		prints := map[string]bool{}
		for _, i := range issues {
			switch {
			case i.Description == "" || i.CheckName == "" || i.Location.Path == "":
				t.Errorf("%s: a member is missing: %+v", name, i)
			case i.Location.Lines.Begin < 1:
				t.Errorf("%s: line %d", name, i.Location.Lines.Begin)
			case !slices.Contains(severities, i.Severity):
				t.Errorf("%s: severity %q", name, i.Severity)
			case prints[i.Fingerprint]:
				t.Errorf("%s: the fingerprint of %s is there twice", name, i.CheckName)
			}
			prints[i.Fingerprint] = true
		}
	}
}

// TestGitLabSchema: reports have the members that GitLab reads, in its form.
func TestGitLabSchema(t *testing.T) {
	t.Parallel()
	schema, err := jsonschema.NewCompiler().Compile("testdata/gitlab.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range caseNames(t) {
		report, err := jsonschema.UnmarshalJSON(strings.NewReader(written(t, reportOf(t, name), "gitlab")))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(report); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
