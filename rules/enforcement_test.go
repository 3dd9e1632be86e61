package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLevel(t *testing.T) {
	t.Parallel()
	const head = "version: 1\nlevels:\n"
	prod, dev, unknown := Stack{Name: "prod-1", Account: "1"}, Stack{Name: "dev-1", Account: "2"}, Stack{}
	for name, c := range map[string]struct {
		config             string
		prod, dev, unknown Level
	}{
		"default":             {"", Block, Block, Block},
		"all":                 {"- level: warn", Warn, Warn, Warn},
		"rule":                {"- {rules: [ACME_BUCKET_*], level: advise}", Advise, Advise, Advise},
		"other rule":          {"- {rules: [ACME_DELETE], level: off}", Block, Block, Block},
		"family":              {"- {families: [storage], level: warn}", Warn, Warn, Warn},
		"severity":            {"- {severities: [LOW, HIGH], level: warn}", Warn, Warn, Warn},
		"other severity":      {"- {severities: [LOW], level: off}", Block, Block, Block},
		"conditions are and":  {"- {families: [storage], severities: [LOW], level: off}", Block, Block, Block},
		"stack lowers":        {"- {stacks: [dev-*], level: off}", Block, Off, Block},
		"account lowers":      {"- {accounts: [\"2\"], level: off}", Block, Off, Block},
		"stack raises":        {"- level: off\n- {stacks: [prod-*], level: warn}", Warn, Off, Warn},
		"later wins":          {"- level: off\n- level: warn", Warn, Warn, Warn},
		"later wins by stack": {"- {stacks: [prod-*], level: warn}\n- level: advise", Advise, Advise, Advise},
		"stack and account":   {"- {stacks: [dev-*], accounts: [\"1\"], level: off}", Block, Block, Block},
	} {
		text := "version: 1\n"
		if c.config != "" {
			text = head + c.config + "\n"
		}
		s := small(t, config(t, text))
		r := s.Rule("ACME_BUCKET_VERSIONED")
		for _, x := range []struct {
			stack Stack
			want  Level
		}{{prod, c.prod}, {dev, c.dev}, {unknown, c.unknown}} {
			if got := s.Level(r, x.stack); got != x.want {
				t.Errorf("%s, stack %q: %s, want %s", name, x.stack.Name, got, x.want)
			}
		}
		if there := slices.Contains(s.For("AWS::S3::Bucket"), r); there != (c.unknown != Off) {
			t.Errorf("%s: For has the rule: %v", name, there)
		}
	}
	s := small(t, config(t, head+"- {rules: [ACME_BUCKET_POLICY], level: off}\n"))
	if got := s.TemplateRules(map[string]bool{"AWS::S3::Bucket": true}); len(got) != 0 {
		t.Errorf("TemplateRules has a rule that is off: %s", ids(got))
	}
}

const waivers = `version: 1
waivers:
  - {rule: ACME_LIFECYCLE, resource: Old, reason: r, owner: first, expires: 2026-06-14}
  - {rule: ACME_LIFECYCLE, resource: "Old*", reason: r, owner: second, ticket: T-2, expires: 2026-06-15}
  - {rule: ACME_LIFECYCLE, resource: Other, stack: "dev-*", reason: r, owner: third, expires: 2026-12-31}
`

func TestWaive(t *testing.T) {
	t.Parallel()
	s := small(t, config(t, waivers))
	inline := []Waiver{{Rule: "ACME_LIFECYCLE", Resource: "Mine", Reason: "r", Owner: "inline", Expires: "2027-01-01"}}
	for _, c := range []struct {
		rule, resource, stack, now, want, problem string
	}{
		{"ACME_LIFECYCLE", "Old", "", "2026-06-15", "second", ""},
		{"ACME_LIFECYCLE", "Old", "", "2026-06-14", "first", ""},
		{"ACME_LIFECYCLE", "Older", "x", "2026-06-15", "second", ""},
		{"ACME_LIFECYCLE", "Old", "", "2026-06-16", "", "expired expired"},
		{"ACME_LIFECYCLE", "old", "", "2026-06-01", "", ""},
		{"ACME_LIFECYCLE", "Other", "dev-1", "2026-06-01", "third", ""},
		{"ACME_LIFECYCLE", "Other", "prod", "2026-06-01", "", ""},
		{"ACME_LIFECYCLE", "Other", "", "2026-06-01", "", ""},
		{"ACME_BUCKET_VERSIONED", "Old", "", "2026-06-01", "", ""},
		{"ACME_LIFECYCLE", "Mine", "", "2026-06-01", "", "inline"},
	} {
		w, problems := s.Waive(s.Rule(c.rule), Stack{Name: c.stack}, c.resource, inline, day(c.now))
		owner := ""
		if w != nil {
			owner = w.Owner
		}
		var kinds []string
		for _, p := range problems {
			kinds = append(kinds, string(p.Kind))
		}
		if owner != c.want || strings.Join(kinds, " ") != c.problem {
			t.Errorf("%+v: waiver of %q, problems %v", c, owner, kinds)
		}
	}
	// The day ends at 24:00 UTC, wherever the clock is.
	w := Waiver{Expires: "2026-06-15"}
	end := day("2026-06-15").Add(12 * 3600 * 1e9)
	if w.Expires.Over(end.Add(-1)) || !w.Expires.Over(end) {
		t.Error("the last day does not end at 24:00 UTC")
	}
}

func TestInlineWaiver(t *testing.T) {
	t.Parallel()
	s := small(t, config(t, "version: 1\ninline_waivers: true\n"))
	inline := []Waiver{
		{Rule: "ACME_DELETE", Resource: "R", Owner: "a", Expires: "2027-01-01"},
		{Rule: "ACME_LIFECYCLE", Resource: "R", Owner: "a", Expires: "2026-01-01"},
		{Rule: "ACME_LIFECYCLE", Resource: "R", Owner: "b", Expires: "2027-01-01"},
	}
	if w, p := s.Waive(s.Rule("ACME_DELETE"), Stack{}, "R", inline, day("2026-06-01")); w != nil || len(p) != 1 || p[0].Kind != WaiverRefused {
		t.Errorf("a rule that accepts no waiver: %v, %v", w, p)
	}
	if w, p := s.Waive(s.Rule("ACME_LIFECYCLE"), Stack{}, "R", inline, day("2026-06-01")); w == nil || w.Owner != "b" || len(p) != 0 {
		t.Errorf("two waivers: %v, %v", w, p)
	}
}

func TestWaiverReport(t *testing.T) {
	t.Parallel()
	s := small(t, config(t, waivers))
	used := map[*Waiver]bool{}
	for resource, stack := range map[string]string{"Old": "x", "Other": "dev-1"} {
		if w, _ := s.Waive(s.Rule("ACME_LIFECYCLE"), Stack{Name: stack}, resource, nil, day("2026-06-15")); w != nil {
			used[w] = true
		}
	}
	others := &s.Config().Waivers[2]
	lines := func(used map[*Waiver]bool, now string) string {
		problems, idle := s.WaiverReport(used, func(w *Waiver) bool { return w != others }, day(now))
		out := []string{fmt.Sprintf("idle: %d", len(idle))}
		for _, p := range problems {
			out = append(out, p.String())
		}
		return strings.Join(out, "\n")
	}
	for _, c := range []struct {
		used      map[*Waiver]bool
		now, want string
	}{
		{used, "2026-06-15", `idle: 0
guardhook.yaml:3: waiver of ACME_LIFECYCLE for Old, owned by first, expired on 2026-06-14
guardhook.yaml:4: waiver of ACME_LIFECYCLE for Old*, owned by second (T-2), expires on 2026-06-15`},
		{nil, "2026-06-01", `idle: 1
guardhook.yaml:3: waiver of ACME_LIFECYCLE for Old, owned by first, covers no violation
guardhook.yaml:4: waiver of ACME_LIFECYCLE for Old*, owned by second (T-2), covers no violation`},
		{used, "2026-05-17", `idle: 0
guardhook.yaml:4: waiver of ACME_LIFECYCLE for Old*, owned by second (T-2), expires on 2026-06-15
guardhook.yaml:3: waiver of ACME_LIFECYCLE for Old, owned by first, covers no violation`},
		// What is about nothing that was judged is not listed before it expires.
		{nil, "2026-12-31", `idle: 1
guardhook.yaml:3: waiver of ACME_LIFECYCLE for Old, owned by first, expired on 2026-06-14
guardhook.yaml:4: waiver of ACME_LIFECYCLE for Old*, owned by second (T-2), expired on 2026-06-15
guardhook.yaml:5: waiver of ACME_LIFECYCLE for Other, owned by third, expires on 2026-12-31`},
	} {
		if diff := cmp.Diff(sortedLines(c.want), sortedLines(lines(c.used, c.now))); diff != "" {
			t.Errorf("%s: -want +got:\n%s", c.now, diff)
		}
	}
}

func sortedLines(text string) []string {
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return lines
}

func TestWaiverNotice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		setting, now string
		soon         bool
	}{
		{"", "2026-05-16", false},
		{"", "2026-05-17", true},
		{"waiver_notice_days: 1\n", "2026-06-14", false},
		{"waiver_notice_days: 1\n", "2026-06-15", true},
		{"waiver_notice_days: 0\n", "2026-06-15", false},
	} {
		s := small(t, config(t, "version: 1\n"+c.setting+"waivers:\n  - {rule: ACME_LIFECYCLE, resource: R, reason: r, owner: o, expires: 2026-06-15}\n"))
		problems, _ := s.WaiverReport(map[*Waiver]bool{&s.Config().Waivers[0]: true}, nil, day(c.now))
		if soon := len(problems) == 1 && problems[0].Kind == WaiverExpiring; soon != c.soon || len(problems) > 1 {
			t.Errorf("%q on %s: %v", c.setting, c.now, problems)
		}
	}
}

func TestInlineWaiverReport(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		waiver  Waiver
		used    bool
		allowed string
		want    WaiverProblemKind
	}{
		{Waiver{Rule: "ACME_LIFECYCLE", Expires: "2027-01-01"}, true, "true", ""},
		{Waiver{Rule: "ACME_LIFECYCLE", Expires: "2027-01-01"}, false, "true", WaiverUnused},
		{Waiver{Rule: "ACME_LIFECYCLE", Expires: "2026-06-20"}, true, "true", WaiverExpiring},
		{Waiver{Rule: "ACME_LIFECYCLE", Expires: "2026-05-31"}, false, "true", WaiverExpired},
		{Waiver{Rule: "ACME_DELETE", Expires: "2027-01-01"}, false, "true", WaiverRefused},
		{Waiver{Rule: "ACME_NONE", Expires: "2027-01-01"}, false, "true", WaiverUnknown},
		{Waiver{Rule: "ACME_LIFECYCLE", Expires: "2027-01-01"}, false, "false", WaiverNotAllowed},
	} {
		s := small(t, config(t, "version: 1\ninline_waivers: "+c.allowed+"\n"))
		inline := []Waiver{c.waiver}
		var got WaiverProblemKind
		problems := s.InlineWaiverReport(inline, map[*Waiver]bool{&inline[0]: c.used}, ActionCreate, day("2026-06-01"))
		if len(problems) > 0 {
			got = problems[0].Kind
		}
		if got != c.want || len(problems) > 1 {
			t.Errorf("%+v: %v, want %q", c.waiver, problems, c.want)
		}
	}
	// A rule that does not judge what is done cannot use a waiver.
	s := small(t, config(t, "version: 1\ninline_waivers: true\n"))
	if got := s.InlineWaiverReport([]Waiver{{Rule: "ACME_LIFECYCLE", Expires: "2027-01-01"}}, nil, "OTHER", day("2026-06-01")); got != nil {
		t.Errorf("another action: %v", got)
	}
}

func TestInlineWaivers(t *testing.T) {
	t.Parallel()
	record := func(change func(map[string]any)) any {
		r := map[string]any{"rule": "R", "reason": "r", "owner": "o", "ticket": "T-1", "expires": "2026-01-31"}
		if change != nil {
			change(r)
		}
		return map[string]any{"Other": 1, "guardhook": map[string]any{"waivers": []any{r}}}
	}
	got, err := InlineWaivers("Logs", record(nil))
	if err != nil || len(got) != 1 || got[0] != (Waiver{Rule: "R", Resource: "Logs", Reason: "r", Owner: "o", Ticket: "T-1", Expires: "2026-01-31"}) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, none := range []any{nil, "text", map[string]any{}, map[string]any{"cfn-lint": 1}} {
		if got, err := InlineWaivers("Logs", none); got != nil || err != nil {
			t.Errorf("%v: %v, %v", none, got, err)
		}
	}
	for want, bad := range map[string]any{
		"Metadata.guardhook must be a mapping":      map[string]any{"guardhook": "x"},
		"unknown key \"waiver\"":                    map[string]any{"guardhook": map[string]any{"waiver": []any{}}},
		"Metadata.guardhook.waivers must be a list": map[string]any{"guardhook": map[string]any{}},
		"waivers.0: want a mapping":                 map[string]any{"guardhook": map[string]any{"waivers": []any{1}}},
		"unknown key \"resource\"":                  record(func(r map[string]any) { r["resource"] = "*" }),
		"rule is missing":                           record(func(r map[string]any) { delete(r, "rule") }),
		"owner is missing":                          record(func(r map[string]any) { delete(r, "owner") }),
		"reason is missing":                         record(func(r map[string]any) { r["reason"] = "" }),
		"expires is missing":                        record(func(r map[string]any) { delete(r, "expires") }),
		"expires is no date":                        record(func(r map[string]any) { r["expires"] = "tomorrow" }),
		"owner must be text":                        record(func(r map[string]any) { r["owner"] = 1 }),
	} {
		if got, err := InlineWaivers("Logs", bad); err == nil || !strings.Contains(err.Error(), want) || got != nil {
			t.Errorf("%s: %v, %v", want, got, err)
		}
	}
}
