package rules

import (
	"slices"
	"strings"
	"testing"
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
  - {rule: ACME_LIFECYCLE, resource: "Old*", reason: r, owner: second, expires: 2026-06-15}
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
	lines := func(used map[*Waiver]bool, now string) string {
		var out []string
		for _, p := range s.WaiverReport(used, day(now)) {
			out = append(out, p.String())
		}
		return strings.Join(out, "\n")
	}
	if got, want := lines(used, "2026-06-15"), `guardhook.yaml:3: waiver of ACME_LIFECYCLE for Old expired on 2026-06-14
guardhook.yaml:4: waiver of ACME_LIFECYCLE for Old* expires on 2026-06-15`; got != want {
		t.Errorf("report:\n%s", got)
	}
	if got, want := lines(nil, "2026-06-01"), `guardhook.yaml:3: waiver of ACME_LIFECYCLE for Old covers no violation
guardhook.yaml:4: waiver of ACME_LIFECYCLE for Old* covers no violation
guardhook.yaml:5: waiver of ACME_LIFECYCLE for Other covers no violation`; got != want {
		t.Errorf("report:\n%s", got)
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
