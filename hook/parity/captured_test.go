package parity_test

import (
	"testing"

	"github.com/fsxns3ap/guardhook/hook"
	"github.com/fsxns3ap/guardhook/hook/emulate"
	"github.com/fsxns3ap/guardhook/hook/parity"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// about is a rule that all buckets violate, for some actions.
func about(id, actions string) []byte {
	return []byte("# METADATA\n# title: A rule\n# custom: {id: " + id + ", severity: HIGH, scope: resource, resource_types: [\"AWS::S3::Bucket\"], actions: " + actions +
		"}\npackage guardhook.acme.of" + actions[1:7] + "\n\ndeny contains {\"path\": [], \"message\": \"x\"} if input.resource.id\n")
}

// TestUpdatesCompared: in an update the gates are compared by the rules that both
// can ask, on what both have.
func TestUpdatesCompared(t *testing.T) {
	t.Parallel()
	set, err := rules.LoadFiles("updates", map[string][]byte{
		"acme/a.rego": about("CREATED", "[CREATE]"), "acme/b.rego": about("UPDATED", "[UPDATE]"), "acme/c.rego": about("DELETED", "[DELETE]"),
	}, rules.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	load := func(src string) *template.Template {
		out, err := template.Load("template.yaml", []byte(src), template.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	values := map[string]string{"AWS::StackName": "app", "AWS::AccountId": "111122223333"}
	op := emulate.Operation{
		Action:   rules.ActionUpdate,
		Previous: load("Resources: {It: {Type: AWS::S3::Bucket}, Old: {Type: AWS::S3::Bucket}}"), PreviousValues: values,
		Template: load("Resources: {It: {Type: AWS::S3::Bucket, Properties: {BucketName: a}}}"), Values: values,
		Kinds: []hook.Kind{hook.ChangeSet, hook.Stack, hook.Resource},
	}
	events, err := op.Events()
	if err != nil {
		t.Fatal(err)
	}
	results, err := emulate.NewRunner(emulate.Options{Set: set, Now: now}).Run(t.Context(), events, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != 4 {
		t.Errorf("%d results", len(results))
	}
	for _, r := range results {
		body, _, err := r.Encode()
		if err != nil {
			t.Fatal(err)
		}
		captured := parity.Captured{Set: set, Now: now, Body: body, Answer: r.Answer}
		got, err := captured.Compare(t.Context())
		if err != nil || got.Differences() > 0 || got.NotCompared != "" && r.Action != rules.ActionDelete {
			t.Errorf("%s of %s: %+v, %v", r.Kind, r.ID, got, err)
		}
		if r.Type == "" && r.Response.Status != hook.Failed {
			t.Errorf("%s: %s", r.Kind, r.Response.Message)
		}
	}
}
