package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
)

// WaiverCounts counts waivers, of the configuration and of resources.
type WaiverCounts struct {
	// Used waivers cover a finding. Expiring ones end within NoticeDays; they may
	// be used, too.
	Used       int `json:"used"`
	Expiring   int `json:"expiring"`
	NoticeDays int `json:"noticeDays"`
	Expired    int `json:"expired"`
	// Unused waivers are about something that was judged and has no violation,
	// Idle ones are in the configuration and about nothing that was judged.
	Unused int `json:"unused"`
	Idle   int `json:"idle"`
	// NotInForce counts those that do not hold for another reason than their
	// expiry.
	NotInForce int `json:"notInForce"`

	idle []string // where those are
}

// addWaivers takes what a template's result says of waivers.
func (r *Report) addWaivers(res *validate.Result) {
	for w := range res.Waivers {
		r.waivers[w] = true
	}
	for w := range res.Named {
		r.named[w] = true
	}
	for _, p := range res.WaiverProblems {
		r.waiverNote(p)
	}
}

// finishWaivers adds what is to be said of the waivers of the configuration, but
// that they are unused where partial says that not everything was looked at.
func (r *Report) finishWaivers(partial bool) {
	problems, idle := r.set.WaiverReport(r.waivers, func(w *rules.Waiver) bool { return r.named[w] }, r.opts.Now)
	for _, p := range problems {
		if !partial || p.Kind != rules.WaiverUnused {
			r.waiverNote(p)
		}
	}
	c := &WaiverCounts{Used: len(r.waivers), Idle: len(idle), NoticeDays: r.set.Config().NoticeDays()}
	for _, w := range idle {
		c.idle = append(c.idle, plain(w.Place()))
	}
	for _, n := range r.Waivers {
		switch n.Kind {
		case rules.WaiverExpired:
			c.Expired++
		case rules.WaiverExpiring:
			c.Expiring++
		case rules.WaiverUnused:
			c.Unused++
		default:
			c.NotInForce++
		}
	}
	if c.Used+c.toSay() > 0 {
		r.Summary.Waivers = c
	}
}

func (r *Report) waiverNote(p rules.WaiverProblem) {
	n := WaiverNote{
		Kind: p.Kind, Rule: p.Waiver.Rule, Resource: p.Waiver.Resource, Expires: p.Waiver.Expires,
		File: p.File, Line: p.Line, Message: p.Message, text: p.String(),
	}
	if !slices.Contains(r.Waivers, n) {
		r.Waivers = append(r.Waivers, n)
	}
}

// toSay counts what is worth a line: more than that waivers do their work.
func (c *WaiverCounts) toSay() int { return c.Expiring + c.Expired + c.Unused + c.Idle + c.NotInForce }

func (c *WaiverCounts) String() string {
	var parts []string
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	add(c.Used, "used")
	add(c.Expiring, fmt.Sprintf("expiring within %s", count(c.NoticeDays, "day", "days")))
	add(c.Expired, "expired")
	add(c.NotInForce, "not in force")
	add(c.Unused, "unused")
	add(c.Idle, "about nothing that was judged ("+some(c.idle)+")")
	return strings.Join(parts, ", ")
}
