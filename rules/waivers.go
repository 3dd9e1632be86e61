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

	// File and Line locate the record. File is empty for inline waivers, whose line
	// is in the template.
	File string `json:"-"`
	Line int    `json:"-"`
}

// String says until when, by whom and why.
func (w *Waiver) String() string {
	text := fmt.Sprintf("waived until %s by %s: %s", w.Expires, w.Owner, w.Reason)
	if w.Ticket != "" {
		text += " (" + w.Ticket + ")"
	}
	return text
}

// Covers tells whether the waiver is about a rule on a resource in a stack,
// whether or not it holds.
func (w *Waiver) Covers(r *Rule, stack Stack, resource string) bool {
	return w.Rule == r.ID && matches(w.Resource, resource) &&
		(w.Stack == "" || (stack.Name != "" && matches(w.Stack, stack.Name)))
}

// WaiverProblem is a remark on a waiver.
type WaiverProblem struct {
	Waiver  Waiver
	Kind    WaiverProblemKind
	Message string
	// File and Line locate the record, where that is known.
	File string
	Line int
}

// WaiverProblemKind says what is wrong with a waiver.
type WaiverProblemKind string

// The kinds of problems. Only WaiverExpiring waivers are in force.
const (
	WaiverExpired    WaiverProblemKind = "expired"
	WaiverExpiring   WaiverProblemKind = "expiring" // within Config.WaiverNoticeDays
	WaiverUnused     WaiverProblemKind = "unused"   // covers no violation
	WaiverRefused    WaiverProblemKind = "refused"  // the rule accepts no waiver
	WaiverNotAllowed WaiverProblemKind = "inline"   // the policy set allows no inline waivers
	WaiverUnknown    WaiverProblemKind = "unknown"  // names no rule of the policy set
)

// String returns "file:line: message".
func (p WaiverProblem) String() string {
	return Warning{File: p.File, Line: p.Line, Message: p.Message}.String()
}

// Place is "file:line" of the record, and empty for inline waivers.
func (w *Waiver) Place() string {
	if w.File == "" {
		return ""
	}
	return w.File + ":" + itoa(w.Line)
}

func (w *Waiver) problem(kind WaiverProblemKind, format string, args ...any) WaiverProblem {
	owner := w.Owner
	if w.Ticket != "" {
		owner += " (" + w.Ticket + ")"
	}
	return WaiverProblem{
		Waiver: *w, Kind: kind, File: w.File, Line: w.Line,
		Message: fmt.Sprintf("waiver of %s for %s, owned by %s, %s", w.Rule, w.Resource, owner, fmt.Sprintf(format, args...)),
	}
}

// expiry is a remark on a waiver that has expired or soon will, or nil.
func (s *Set) expiry(w *Waiver, now time.Time) []WaiverProblem {
	switch {
	case w.Expires.Over(now):
		return []WaiverProblem{w.problem(WaiverExpired, "expired on %s", w.Expires)}
	case w.Expires.Over(now.AddDate(0, 0, s.config.NoticeDays())):
		return []WaiverProblem{w.problem(WaiverExpiring, "expires on %s", w.Expires)}
	}
	return nil
}

// Waive returns the waiver in force that covers violations of a rule by a
// resource, or nil. inline are the waivers that the resource itself carries.
// A waiver of the configuration is a pointer into it, for WaiverReport. The
// problems are those of waivers that would cover the violation but do not hold.
func (s *Set) Waive(r *Rule, stack Stack, resource string, inline []Waiver, now time.Time) (*Waiver, []WaiverProblem) {
	var problems []WaiverProblem
	holds := func(w *Waiver) bool {
		switch {
		case !w.Covers(r, stack, resource):
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
			if w.Covers(r, stack, resource) {
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
// soon, or are about something that was judged and are not among the used ones.
// idle are those that are about nothing that was judged. about tells whether a
// rule was judged on a resource that a waiver names.
func (s *Set) WaiverReport(used map[*Waiver]bool, about func(*Waiver) bool, now time.Time) (out []WaiverProblem, idle []*Waiver) {
	for i := range s.config.Waivers {
		w := &s.config.Waivers[i]
		expiry := s.expiry(w, now)
		switch {
		case w.Expires.Over(now), used[w]:
			out = append(out, expiry...)
		case about(w):
			out = append(out, w.problem(WaiverUnused, "covers no violation"))
		default:
			idle = append(idle, w)
			out = append(out, expiry...)
		}
	}
	return out, idle
}

// InlineWaiverReport lists those of the waivers that a resource carries which do
// not hold, have expired, expire soon, or are not among the used ones. Waivers of
// rules that do not judge the action are passed over.
func (s *Set) InlineWaiverReport(inline []Waiver, used map[*Waiver]bool, action string, now time.Time) []WaiverProblem {
	var out []WaiverProblem
	for i := range inline {
		w := &inline[i]
		r := s.Rule(w.Rule)
		switch {
		case !s.config.InlineWaivers:
			out = append(out, w.problem(WaiverNotAllowed, "does not hold: the policy set allows no inline waivers"))
		case r == nil:
			out = append(out, w.problem(WaiverUnknown, "names no rule of the policy set"))
		case r.NonWaivable:
			out = append(out, w.problem(WaiverRefused, "does not hold: the rule accepts no waiver"))
		case w.Expires.Over(now), used[w], !r.Judges(action):
			out = append(out, s.expiry(w, now)...)
		default:
			out = append(out, w.problem(WaiverUnused, "covers no violation"))
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
