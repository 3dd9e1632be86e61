package report

import (
	"encoding/json"
	"testing"

	"github.com/fsxns3ap/guardhook/rules"
)

func TestSARIFKinds(t *testing.T) {
	t.Parallel()
	for _, name := range caseNames(t) {
		r := reportOf(t, name)
		var log sarifLog
		if err := json.Unmarshal([]byte(written(t, r, "sarif")), &log); err != nil {
			t.Fatal(err)
		}
		run := log.Runs[0]
		if run.Invocations[0].Successful != (r.Summary.Status != NotJudged) {
			t.Errorf("%s: the run was successful: %t", name, run.Invocations[0].Successful)
		}
		if len(run.Results) != len(r.ranked()) {
			t.Errorf("%s: %d results of %d findings", name, len(run.Results), len(r.ranked()))
		}
		for _, result := range run.Results {
			if run.Tool.Driver.Rules[result.RuleIndex].ID != result.RuleID {
				t.Errorf("%s: rule %d is not %s", name, result.RuleIndex, result.RuleID)
			}
			open := result.Properties.Status == rules.Undecided || result.Properties.Status == rules.Errored
			if open != (result.Kind == "open") || open != (result.Level == sarifNone) {
				t.Errorf("%s: %s is of kind %s and level %s", name, result.Properties.Status, result.Kind, result.Level)
			}
			accepted := result.Properties.Status == rules.Waived || result.Baseline == "unchanged"
			if accepted != (len(result.Suppressions) == 1) {
				t.Errorf("%s: %s has %d suppressions", name, result.Properties.Status, len(result.Suppressions))
			}
			// All results say whether they are known, or none does.
			if with := r.Adoption != nil && r.Adoption.Baseline != nil; with != (result.Baseline != "") {
				t.Errorf("%s: baselineState %q", name, result.Baseline)
			}
			for _, l := range append(result.Locations, result.Related...) {
				if got := run.Artifacts[*l.Physical.Artifact.Index].Location.URI; got != l.Physical.Artifact.URI {
					t.Errorf("%s: %s is not %s", name, got, l.Physical.Artifact.URI)
				}
			}
		}
	}
}
