package parity

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/fsxns3ap/guardhook/rules"
)

// TestInjectedDifferences gives the two gates policy sets that differ in one
// rule, and expects that every such difference is found.
func TestInjectedDifferences(t *testing.T) {
	t.Parallel()
	now := func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }
	load := func(deny string) *rules.Set {
		const head = `# METADATA
# title: Queue keeps messages
# custom:
#   id: QUEUE
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::SQS::Queue"]
package guardhook.acme.queue

`
		set, err := rules.LoadFiles("set", map[string][]byte{"acme/queue.rego": []byte(head + deny)}, rules.Options{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	const rule = `deny contains {"path": ["DelaySeconds"], "message": "Too long."} if input.resource.properties.DelaySeconds > 10`
	const template = `
Parameters:
  Delay: {Type: Number, AllowedValues: [5, 20]}
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties: {DelaySeconds: !Ref Delay}
`
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
			var got []string
			differ := func(d Difference) { got = append(got, d.String()) }
			r := New(load(c.hook), now, differ)
			r.set = load(c.validate)
			counts, err := r.Template(context.Background(), "queue.yaml", []byte(template))
			if err != nil {
				t.Fatal(err)
			}
			if counts.Differences != len(got) || (c.want == "") != (len(got) == 0) || !strings.Contains(strings.Join(got, "\n"), c.want) {
				t.Errorf("%s:\n%s", counts, strings.Join(got, "\n"))
			}
			if counts.Templates != 1 || counts.Scenarios < 2 || counts.Events < 10 {
				t.Errorf("%s", counts)
			}
		})
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
