package parity

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/fsxns3ap/guardhook/rules"
)

func injectedNow() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// injected compares the gates with two policy sets of one file, on a queue.
func injected(t *testing.T, file, validate, hook string) (Counts, string) {
	t.Helper()
	load := func(text string) *rules.Set {
		set, err := rules.LoadFiles("set", map[string][]byte{file: []byte(text)}, rules.Options{Now: injectedNow})
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	var got []string
	r := New(load(hook), injectedNow, func(d Difference) { got = append(got, d.String()) })
	r.set = load(validate)
	counts, err := r.Template(context.Background(), "queue.yaml", []byte(`
Parameters:
  Delay: {Type: Number, AllowedValues: [5, 20]}
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties: {DelaySeconds: !Ref Delay}
`))
	if err != nil {
		t.Fatal(err)
	}
	if counts.Differences != len(got) {
		t.Errorf("%s: %d differences", counts, len(got))
	}
	return counts, strings.Join(got, "\n")
}

// TestInjectedDifferences gives the two gates policy sets that differ in one
// rule, and expects that every such difference is found.
func TestInjectedDifferences(t *testing.T) {
	t.Parallel()
	const head = `# METADATA
# title: Queue keeps messages
# custom:
#   id: QUEUE
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::SQS::Queue"]
package guardhook.acme.queue

`
	const rule = `deny contains {"path": ["DelaySeconds"], "message": "Too long."} if input.resource.properties.DelaySeconds > 10`
	for name, c := range map[string]struct {
		validate, hook string
		want           string // of the first difference; "" for none
	}{
		"none":         {rule, rule, ""},
		"other limit":  {rule, strings.Replace(rule, "> 10", "> 30", 1), "only validate has QUEUE"},
		"other path":   {rule, strings.Replace(rule, `"DelaySeconds"]`, `"Delay"]`, 1), "only"},
		"more strict":  {rule, strings.Replace(rule, "> 10", "> 1", 1), "only the hook has QUEUE"},
		"reads target": {rule, rule + "\n\n" + strings.Replace(rule, `input.resource.properties.DelaySeconds > 10`, `input.target == "CLOUD_CONTROL"`, 1), "CLOUD_CONTROL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			counts, got := injected(t, "acme/queue.rego", head+c.validate, head+c.hook)
			if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
				t.Errorf("%s:\n%s", counts, got)
			}
			if counts.Templates != 1 || counts.Scenarios < 2 || counts.Events < 10 {
				t.Errorf("%s", counts)
			}
		})
	}
}

// TestInjectedGuardDifferences does the same with a Guard rule.
func TestInjectedGuardDifferences(t *testing.T) {
	t.Parallel()
	const rule = `rule QUEUE { AWS::SQS::Queue { Properties.DelaySeconds <= 10 } }`
	for want, other := range map[string]string{
		"":                        rule,
		"only validate has QUEUE": strings.Replace(rule, "<= 10", "<= 30", 1),
		"only the hook has QUEUE": strings.Replace(rule, "<= 10", "<= 1", 1),
	} {
		if _, got := injected(t, "queue.guard", rule, other); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("want %q, got:\n%s", want, got)
		}
	}
}

// TestRefused expects that both gates refuse what is no valid template, and
// that what is none at all is not counted.
func TestRefused(t *testing.T) {
	t.Parallel()
	set, err := rules.Embedded(rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := New(set, time.Now, func(d Difference) { t.Error(d) })
	for src, want := range map[string]Counts{
		"hello": {},
		"Resources: {A: {Type: 1, Properties: []}}": {Templates: 1, Events: 2},
	} {
		got, err := r.Template(context.Background(), "t.yaml", []byte(src))
		if err != nil || got != want {
			t.Errorf("%q: %s, %v", src, got, err)
		}
	}
}
