package parity

import (
	"fmt"
	"maps"
	"slices"

	"github.com/fsxns3ap/guardhook/hook"
	"github.com/fsxns3ap/guardhook/hook/emulate"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
)

// finding is what both gates say of a finding.
type finding struct{ rule, status string }

// findings are what one gate found, by id.
type findings map[string]finding

// expected returns what validate found on a resource. Findings that are
// undecided may be there or not.
func expected(set *rules.Set, result *validate.Result, resource string) findings {
	out := findings{}
	for _, f := range result.Findings {
		if f.Resource == resource && f.Rule.Scope == rules.ScopeResource && !unsent(set, f.Rule) {
			out[f.ID] = finding{f.Rule.ID, string(f.Status)}
		}
	}
	return out
}

// given returns what the hook found on a resource.
func given(set *rules.Set, list []hook.DecisionFinding) findings {
	out := findings{}
	for _, f := range list {
		if rule := set.Rule(f.Rule); rule != nil && !unsent(set, rule) {
			out[f.ID] = finding{f.Rule, string(f.Status)}
		}
	}
	return out
}

// unsent tells whether a rule reads what resource events do not carry.
func unsent(set *rules.Set, rule *rules.Rule) bool {
	reads := set.Reads(rule).Field("resource")
	return reads.Field("metadata") != nil || reads.Field("deletion_policy") != nil || reads.Field("update_replace_policy") != nil
}

// differences lists the findings that one gate has, and the hook's that have
// another status. Where validate is undecided, the hook decides.
func (want findings) differences(got findings) []string {
	undecided := map[string]bool{}
	for _, f := range want {
		if f.status == string(rules.Undecided) {
			undecided[f.rule] = true
		}
	}
	var out []string
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if _, ok := got[k]; !ok && !undecided[want[k].rule] {
			out = append(out, fmt.Sprintf("only validate has %s %s (%s)", want[k].rule, k, want[k].status))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(got)) {
		if have, ok := want[k]; (!ok || have.status != got[k].status) && !undecided[got[k].rule] {
			out = append(out, fmt.Sprintf("only the hook has %s %s (%s)", got[k].rule, k, got[k].status))
		}
	}
	return out
}

// templateDifferences compares what validate found in a template with what the
// hook found in a stack or a change set. decides means that the event has
// properties too, which settle what validate is undecided about.
func templateDifferences(result *validate.Result, answer emulate.Answer, decides bool) []string {
	if len(result.Problems) > 0 {
		if answer.Response.Status != hook.Failed {
			return []string{"validate has problems, and the hook none"}
		}
		return nil
	}
	want := findings{}
	undecided := map[[2]string]bool{}
	for _, f := range result.Findings {
		want[f.ID] = finding{f.Rule.ID, string(f.Status)}
		if f.Status == rules.Undecided {
			undecided[[2]string{f.Rule.ID, f.Resource}] = true
		}
	}
	got := findings{}
	for _, f := range answer.Decision.Findings {
		if !decides || !undecided[[2]string{f.Rule, f.Resource}] {
			got[f.ID] = finding{f.Rule, string(f.Status)}
		} else if have, ok := want[f.ID]; ok {
			got[f.ID] = have
		}
	}
	if maps.Equal(want, got) {
		return nil
	}
	return []string{fmt.Sprintf("validate: %v, the hook: %v (%s)", want, got, answer.Response.Message)}
}
