package hook

import (
	"context"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/rules"
)

// TestActionsOfUpdates runs a rule for the actions that it names: a bucket that
// is there already is updated, one that is not is created.
func TestActionsOfUpdates(t *testing.T) {
	t.Parallel()
	const (
		bucket = "Resources:\n  It: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub 'a-${AWS::StackName}'}}\n"
		topic  = "Resources:\n  It: {Type: AWS::SNS::Topic}\n"
	)
	for name, c := range map[string]struct {
		actions, before, after string
		blocks                 bool
		notRun                 bool
	}{
		"create, there already":         {"[CREATE]", bucket, bucket, false, false},
		"create, new":                   {"[CREATE]", topic, bucket + "  Too: {Type: AWS::SNS::Topic}\n", true, false},
		"create, nothing before":        {"[CREATE]", "", bucket, true, false},
		"update, there already":         {"[UPDATE]", bucket, bucket, true, false},
		"update, new":                   {"[UPDATE]", topic, bucket, false, false},
		"update, nothing before":        {"[UPDATE]", "", bucket, false, true},
		"delete, there already":         {"[DELETE]", bucket, bucket, false, false},
		"delete, gone":                  {"[DELETE]", bucket, topic, true, false},
		"both, there already":           {"[CREATE, UPDATE]", bucket, bucket, true, false},
		"deletion, of another type":     {"[DELETE]", topic, bucket, false, false},
		"update, before is no template": {"[UPDATE]", "Resources: [", bucket, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set := ruleFor(t, c.actions, `deny contains {"path": [], "message": "x"} if true`)
			r := newRig(t, fixedLoader(set), func(o *Options) {
				o.Transport = payloadTransport(encodeJSON(t, map[string]any{"template": c.after, "previousTemplate": c.before}))
			})
			got := r.respond(context.Background(), payloadEvent("UPDATE_PRE_PROVISION", Stack))
			if (got.ErrorCode == NonCompliant) != c.blocks || (got.Status == Success) == c.blocks || strings.Contains(got.Message, "not run here") != c.notRun {
				t.Errorf("%s %s: %s", got.Status, got.ErrorCode, got.Message)
			}
		})
	}
}

// ruleFor loads a policy set of one rule about buckets, for some actions.
func ruleFor(tb testing.TB, actions, rego string) *rules.Set {
	tb.Helper()
	return ruleSetWith(tb, "#   actions: "+actions+"\n", rego, rules.Options{})
}

// TestTemplateRulesOfUpdates says of a rule about templates that it did not run.
func TestTemplateRulesOfUpdates(t *testing.T) {
	t.Parallel()
	const rego = `deny contains {"resource": "It", "path": [], "message": "x"} if input.template.resources.It`
	for actions, notRun := range map[string]bool{"[UPDATE]": true, "[CREATE, UPDATE]": false} {
		set := ruleSetWith(t, "#   actions: "+actions+"\n", rego, rules.Options{}, "#   scope: resource", "#   scope: template")
		r := newRig(t, fixedLoader(set), func(o *Options) {
			const bucket = "Resources:\n  It: {Type: AWS::S3::Bucket}\n"
			o.Transport = payloadTransport(encodeJSON(t, map[string]any{"template": bucket, "previousTemplate": bucket}))
		})
		got := r.respond(context.Background(), payloadEvent("UPDATE_PRE_PROVISION", Stack))
		if strings.Contains(got.Message, "ACME_RULE (the template)") != notRun || (got.Status == Failed) == notRun {
			t.Errorf("%s: %s: %s", actions, got.Status, got.Message)
		}
	}
}
