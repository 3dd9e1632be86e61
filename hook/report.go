package hook

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/rules"
)

// byRule are the verdicts of one rule, the gravest first.
type byRule struct {
	rule     *rules.Rule
	verdicts []verdict
}

// gravity orders verdicts: what blocks, what fails, what may fail, the rest.
func (v *verdict) gravity() int {
	switch {
	case v.blocks:
		return 5
	case v.Status == rules.Fail:
		return 4
	case v.Status == rules.Undecided:
		return 3
	case v.Status == rules.Waived:
		return 2
	case v.Status == rules.Skipped:
		return 1
	}
	return 0
}

func (b *byRule) gravity() int { return b.verdicts[0].gravity() }

// rank groups verdicts by rule: what blocks first, then by severity.
func (j *judgement) rank() []byRule {
	index := map[*rules.Rule]int{}
	var out []byRule
	for _, v := range j.verdicts {
		i, ok := index[v.Rule]
		if !ok {
			i = len(out)
			index[v.Rule] = i
			out = append(out, byRule{rule: v.Rule})
		}
		out[i].verdicts = append(out[i].verdicts, v)
	}
	for _, b := range out {
		slices.SortStableFunc(b.verdicts, func(a, b verdict) int { return b.gravity() - a.gravity() })
	}
	slices.SortStableFunc(out, func(a, b byRule) int {
		return cmp.Or(b.gravity()-a.gravity(), cmp.Compare(b.rule.Severity, a.rule.Severity), cmp.Compare(a.rule.ID, b.rule.ID))
	})
	return out
}

// code returns the error code of the judgement, or "" if nothing blocks. A rule
// without a verdict is not the target's fault.
func (j *judgement) code() Code {
	var code Code
	for i := range j.verdicts {
		v := &j.verdicts[i]
		switch {
		case v.blocks && v.Status != rules.Errored:
			return NonCompliant
		case v.blocks:
			code = InternalFailure
		}
	}
	return code
}

// message says what came out, rule ids first: tools cut it anywhere.
func (j *judgement) message(ranked []byRule) string {
	var blocking, failing, open, waived []byRule
	passed := 0
	for _, b := range ranked {
		switch b.gravity() {
		case 5:
			blocking = append(blocking, b)
		case 4:
			failing = append(failing, b)
		case 3:
			open = append(open, b)
		case 2:
			waived = append(waived, b)
		case 0:
			passed++
		}
	}
	var parts []string
	add := func(list []byRule, one, many string) {
		if len(list) > 0 {
			parts = append(parts, fmt.Sprintf("%s: %s.", plural(len(list), one, many), ids(list)))
		}
	}
	add(blocking, "rule blocks", "rules block")
	add(failing, "rule fails without blocking", "rules fail without blocking")
	add(open, "rule is undecided", "rules are undecided")
	add(waived, "rule is waived", "rules are waived")
	switch {
	case len(parts) > 0:
	case passed == 0:
		parts = append(parts, "No rule is about this.")
	default:
		parts = append(parts, plural(passed, "rule", "rules")+" passed.")
	}
	for _, list := range [...][]byRule{blocking, failing, open} {
		for _, b := range list {
			parts = append(parts, b.rule.ID+": "+b.text()+fix(b.rule))
		}
	}
	return strings.Join(append(parts, j.notes...), " ")
}

func fix(r *rules.Rule) string {
	if r.Remediation == "" {
		return ""
	}
	return " Fix: " + r.Remediation
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// ids lists rule ids; there may be more than a message holds.
func ids(list []byRule) string {
	const most = 20
	names := make([]string, 0, most+1)
	for i, b := range list {
		if i == most {
			names = append(names, fmt.Sprintf("and %d more", len(list)-most))
			break
		}
		names = append(names, b.rule.ID)
	}
	return strings.Join(names, ", ")
}

// text joins what a rule found, leaving out the places where it found nothing
// that counts.
func (b *byRule) text() string {
	grave := b.gravity()
	var parts []string
	for i := range b.verdicts {
		if v := &b.verdicts[i]; v.gravity() == grave || v.gravity() >= 3 {
			parts = append(parts, v.text())
		}
	}
	return strings.Join(parts, " ")
}

func (v *verdict) text() string {
	where := v.Resource
	if path := v.Path.String(); path != "" {
		where = strings.TrimPrefix(where+"."+path, ".")
	}
	if v.where != "" {
		where = strings.TrimSpace(where + " (" + v.where + ")")
	}
	message := v.Message
	switch v.Status {
	case rules.Undecided:
		message = "Undecided. " + message
	case rules.Waived:
		message = v.Waiver.String()
	case rules.Skipped:
		message = "The rule is off here, does not judge this action, or finds nothing to judge."
	case rules.Errored:
		message = "The rule could not be evaluated. " + message
	}
	if where == "" {
		return message
	}
	return where + ": " + message
}

// annotations makes one annotation per rule, the gravest first.
func annotations(ranked []byRule) []Annotation {
	out := make([]Annotation, 0, len(ranked))
	for _, b := range ranked {
		a := Annotation{Name: b.rule.ID, Severity: b.rule.Severity}
		switch b.gravity() {
		case 5, 4:
			a.Status = AnnotationFailed
		case 0:
			a.Status = AnnotationPassed
		default:
			a.Status = AnnotationSkipped
		}
		if a.Status == AnnotationPassed {
			a.Message = b.rule.Title
		} else {
			a.Message = b.text()
			a.Remediation = b.rule.Remediation
		}
		if len(b.rule.RelatedResources) > 0 {
			a.Link = b.rule.RelatedResources[0]
		}
		out = append(out, a)
	}
	return out
}
