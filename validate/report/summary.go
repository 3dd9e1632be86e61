package report

import (
	"cmp"
	"maps"
	"slices"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
)

// Summary counts everything, whether or not it is shown.
type Summary struct {
	Status Outcome `json:"status"`
	// FailLevel is the weakest level that fails.
	FailLevel rules.Level `json:"failLevel"`
	Templates int         `json:"templates"`
	Resources int         `json:"resources"`
	// Scenarios counts the deployments of resources that were told apart,
	// Verdicts the outcomes of a rule in one of them.
	Scenarios int `json:"scenarios"`
	Verdicts  int `json:"verdicts"`
	// Nested counts the templates that are nested stacks of another.
	Nested int `json:"nested,omitempty"`
	// RulesJudged counts the rules that applied to something, RulesOff those
	// that the configuration turns off.
	RulesJudged int `json:"rulesJudged"`
	RulesOff    int `json:"rulesOff"`
	// RulesLater counts rules that judge only updates or deletions, which no
	// template shows: the hook will run them.
	RulesLater int `json:"rulesLater"`
	// Failing counts the findings at or above the failing level.
	Failing    int                  `json:"failing"`
	Statuses   map[rules.Status]int `json:"statuses"`
	Severities map[string]int       `json:"severities"` // of fail and undecided
	// Known counts the findings that a baseline has; the counts above are without
	// them.
	Known int `json:"known,omitempty"`
	// Hidden counts the findings that are not shown for their severity.
	Hidden    int            `json:"hidden"`
	Problems  int            `json:"problems"`
	NotJudged []UnjudgedType `json:"notJudged"`
	// Uncovered counts the resources of types that no rule is about.
	Uncovered int `json:"uncovered"`
	// Itemwise counts the times that a rule was tried with too many open values
	// for every combination: list items were varied one at a time.
	Itemwise int `json:"itemwise"`
	Ignored  int `json:"ignored"`
	Refused  int `json:"refused"`
	// GuardAsWritten counts the Guard rules that were judged on templates as they
	// are written, and not in every deployment.
	GuardAsWritten int `json:"guardAsWritten,omitempty"`

	// Waivers is nil where there are none.
	Waivers *WaiverCounts `json:"waivers,omitempty"`

	asWritten map[*rules.Rule]bool
	unchanged int
}

// UnjudgedType counts the resources of a type that could not be judged.
type UnjudgedType struct {
	Type   string `json:"type"`
	Reason string `json:"reason"`
	Count  int    `json:"count"`
}

func newSummary(fail rules.Level) Summary {
	return Summary{
		Status: Passed, FailLevel: fail,
		Statuses:   map[rules.Status]int{rules.Fail: 0, rules.Undecided: 0, rules.Errored: 0, rules.Waived: 0},
		Severities: map[string]int{}, NotJudged: []UnjudgedType{}, asWritten: map[*rules.Rule]bool{},
	}
}

func (s *Summary) count(f *validate.Finding, known Known) {
	switch known {
	case Recorded:
		s.Known++
		return
	case Unchanged:
		s.unchanged++
		return
	}
	s.Statuses[f.Status]++
	if Counts(f.Status) {
		s.Severities[f.Rule.Severity.String()]++
		if f.Level >= s.FailLevel {
			s.Failing++
		}
	}
}

func (s *Summary) add(t *Template, res *validate.Result) {
	s.Status = worse(s.Status, t.Status)
	s.Templates++
	if res.StackPath != "" {
		s.Nested++
	}
	s.Resources += res.Resources
	s.Scenarios += res.Scenarios
	s.Verdicts += res.Verdicts
	s.Uncovered += res.Uncovered
	s.Itemwise += res.Itemwise
	maps.Copy(s.asWritten, res.AsWritten)
	s.GuardAsWritten = len(s.asWritten)
	s.Problems += len(t.Problems)
	for _, n := range t.NotJudged {
		i := slices.IndexFunc(s.NotJudged, func(u UnjudgedType) bool { return u.Type == n.Type && u.Reason == n.Reason })
		if i < 0 {
			i = len(s.NotJudged)
			s.NotJudged = append(s.NotJudged, UnjudgedType{Type: n.Type, Reason: n.Reason})
		}
		s.NotJudged[i].Count++
	}
}

func (s *Summary) finish(r *Report) {
	s.Problems += len(r.Problems)
	s.Ignored, s.Refused = len(r.Ignored), len(r.Refused)
	if s.Problems > 0 || s.Refused > 0 {
		s.Status = NotJudged
	}
	if r.Adoption != nil && r.Adoption.Since != nil {
		r.Adoption.Since.Findings = s.unchanged
	}
	s.RulesJudged = len(r.judged)
	for _, rule := range r.set.Rules() {
		switch {
		case r.set.Level(rule, r.opts.Stack) == rules.Off:
			s.RulesOff++
		case !rule.Judges(rules.ActionCreate):
			s.RulesLater++
		}
	}
	slices.SortStableFunc(s.NotJudged, func(a, b UnjudgedType) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Type, b.Type))
	})
}
