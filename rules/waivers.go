package rules

import (
	"fmt"
	"strconv"
	"time"
)

// Date is a calendar day in UTC, in the form 2006-01-02.
type Date string

// Over tells whether the day has passed: it lasts until 24:00 UTC.
func (d Date) Over(now time.Time) bool { return now.UTC().Format(time.DateOnly) > string(d) }

// Waiver accepts the violations of one rule for a time.
type Waiver struct {
	Rule string `json:"rule"` // a rule id
	// Resource is a logical id, or a pattern with *.
	Resource string `json:"resource"`
	// Stack is a stack name, or a pattern with *. Empty means every stack, also
	// one whose name is not known; a name or pattern never matches an unknown one.
	Stack   string `json:"stack,omitempty"`
	Reason  string `json:"reason"`
	Owner   string `json:"owner"`
	Ticket  string `json:"ticket,omitempty"`
	Expires Date   `json:"expires"` // the last day on which it holds

	// File and Line locate the record. They are empty for inline waivers.
	File string `json:"-"`
	Line int    `json:"-"`
}

func (w *Waiver) covers(r *Rule, stack Stack, resource string) bool {
	return w.Rule == r.ID && matches(w.Resource, resource) &&
		(w.Stack == "" || (stack.Name != "" && matches(w.Stack, stack.Name)))
}

// WaiverProblem is a remark on a waiver.
type WaiverProblem struct {
	Waiver  Waiver
	Kind    WaiverProblemKind
	Message string
}

// WaiverProblemKind says what is wrong with a waiver.
type WaiverProblemKind string

// The kinds of problems. Only WaiverExpiring waivers are in force.
const (
	WaiverExpired    WaiverProblemKind = "expired"
	WaiverExpiring   WaiverProblemKind = "expiring" // within 14 days
	WaiverUnused     WaiverProblemKind = "unused"   // covers no violation
	WaiverRefused    WaiverProblemKind = "refused"  // the rule accepts no waiver
	WaiverNotAllowed WaiverProblemKind = "inline"   // the policy set allows no inline waivers
	WaiverUnknown    WaiverProblemKind = "unknown"  // names no rule of the policy set
)

const expiringDays = 14

// String returns "file:line: message".
func (p WaiverProblem) String() string {
	return Warning{File: p.Waiver.File, Line: p.Waiver.Line, Message: p.Message}.String()
}

func (w *Waiver) problem(kind WaiverProblemKind, format string, args ...any) WaiverProblem {
	return WaiverProblem{Waiver: *w, Kind: kind, Message: fmt.Sprintf("waiver of %s for %s ", w.Rule, w.Resource) + fmt.Sprintf(format, args...)}
}

// Waive returns the waiver in force that covers violations of a rule by a
// resource, or nil. inline are the waivers that the resource itself carries.
// A waiver of the configuration is a pointer into it, for WaiverReport. The
// problems are those of waivers that would cover the violation but do not hold.
func (s *Set) Waive(r *Rule, stack Stack, resource string, inline []Waiver, now time.Time) (*Waiver, []WaiverProblem) {
	var problems []WaiverProblem
	holds := func(w *Waiver) bool {
		switch {
		case !w.covers(r, stack, resource):
		case r.NonWaivable:
			problems = append(problems, w.problem(WaiverRefused, "does not hold: the rule accepts no waiver"))
		case w.Expires.Over(now):
			problems = append(problems, w.problem(WaiverExpired, "expired on %s", w.Expires))
		default:
			return true
		}
		return false
	}
	for i := range s.config.Waivers {
		if w := &s.config.Waivers[i]; holds(w) {
			return w, nil
		}
	}
	for i := range inline {
		w := &inline[i]
		if !s.config.InlineWaivers {
			if w.covers(r, stack, resource) {
				problems = append(problems, w.problem(WaiverNotAllowed, "does not hold: the policy set allows no inline waivers"))
			}
			continue
		}
		if holds(w) {
			return w, nil
		}
	}
	return nil, problems
}

// WaiverReport lists the waivers of the configuration that have expired, expire
// soon, or are not among the used ones.
func (s *Set) WaiverReport(used map[*Waiver]bool, now time.Time) []WaiverProblem {
	var out []WaiverProblem
	for i := range s.config.Waivers {
		w := &s.config.Waivers[i]
		switch {
		case w.Expires.Over(now):
			out = append(out, w.problem(WaiverExpired, "expired on %s", w.Expires))
		case !used[w]:
			out = append(out, w.problem(WaiverUnused, "covers no violation"))
		case w.Expires.Over(now.AddDate(0, 0, expiringDays)):
			out = append(out, w.problem(WaiverExpiring, "expires on %s", w.Expires))
		}
	}
	return out
}

// InlineWaivers reads the waivers that a resource carries in its Metadata, at
// guardhook.waivers: records like those of a configuration, but without
// resource and stack. The error says what is wrong with a record; a resource
// with such a record has no inline waivers.
func InlineWaivers(resource string, metadata any) ([]Waiver, error) {
	m, _ := metadata.(map[string]any)
	section, ok := m["guardhook"]
	if !ok {
		return nil, nil
	}
	g, ok := section.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("Metadata.guardhook must be a mapping")
	}
	for k := range g {
		if k != "waivers" {
			return nil, fmt.Errorf("unknown key %q in Metadata.guardhook (want waivers)", k)
		}
	}
	records, ok := g["waivers"].([]any)
	if !ok {
		return nil, fmt.Errorf("Metadata.guardhook.waivers must be a list")
	}
	out := make([]Waiver, 0, len(records))
	for i, record := range records {
		w, err := inlineWaiver(record)
		if err != nil {
			return nil, fmt.Errorf("Metadata.guardhook.waivers.%d: %w", i, err)
		}
		w.Resource = resource
		out = append(out, w)
	}
	return out, nil
}

func inlineWaiver(record any) (w Waiver, err error) {
	fields, ok := record.(map[string]any)
	if !ok {
		return w, fmt.Errorf("want a mapping")
	}
	var expires string
	known := map[string]*string{
		"rule": &w.Rule, "reason": &w.Reason, "owner": &w.Owner, "ticket": &w.Ticket, "expires": &expires,
	}
	for _, k := range keys(fields) {
		into, ok := known[k]
		if !ok {
			return w, fmt.Errorf("unknown key %q (want %s)", k, list(keys(known)))
		}
		if *into, ok = fields[k].(string); !ok {
			return w, fmt.Errorf("%s must be text", k)
		}
	}
	for _, k := range keys(known) {
		if k != "ticket" && *known[k] == "" {
			return w, fmt.Errorf("%s is missing", k)
		}
	}
	if _, err := time.Parse(time.DateOnly, expires); err != nil {
		return w, fmt.Errorf("expires is no date of the form 2006-01-02")
	}
	w.Expires = Date(expires)
	return w, nil
}

func itoa(i int) string { return strconv.Itoa(i) }
