package hook

import (
	"context"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/rules"
)

// TestProfile gives a hook with the built-in rules a profile, in the setting that
// is a guardhook.yaml.
func TestProfile(t *testing.T) {
	t.Parallel()
	queue := map[string]any{"QueueName": "jobs"}
	digests := map[string]bool{}
	for _, c := range []struct {
		text, message string
		status        Status
	}{
		{"version: 1", "1 rule blocks: SQS_ENCRYPTION.", Failed},
		{"{version: 1, profile: baseline}", "1 rule fails without blocking: SQS_ENCRYPTION.", Success},
		{"{version: 1, profile: strict}", "1 rule blocks: SQS_ENCRYPTION.", Failed},
		{"{version: 1, profile: strict, levels: [{rules: [SQS_ENCRYPTION], level: advise}]}", "1 rule fails without blocking: SQS_ENCRYPTION.", Success},
	} {
		settings, err := ConfigFromEnv([]string{"GUARDHOOK_POLICY_CONFIG=" + c.text})
		if err != nil {
			t.Fatal(err)
		}
		opts, err := settings.options(now)
		if err != nil {
			t.Fatal(err)
		}
		set, err := rules.Embedded(opts)
		if err != nil {
			t.Fatal(err)
		}
		digests[set.Digest()] = true
		r := newRig(t, embeddedLoader{opts}, nil)
		got := r.respond(context.Background(), resourceEvent("CREATE_PRE_PROVISION", "AWS::SQS::Queue", queue))
		if got.Status != c.status || !strings.HasPrefix(got.Message, c.message) {
			t.Errorf("%s: %s: %s", c.text, got.Status, got.Message)
		}
	}
	if len(digests) != 4 {
		t.Errorf("%d digests of 4 configurations", len(digests))
	}
	settings := DefaultConfig()
	settings.PolicyConfig = "{version: 1, profile: lenient}"
	if _, err := settings.options(now); err == nil || !strings.Contains(err.Error(), `unknown profile "lenient"`) {
		t.Errorf("an unknown profile: %v", err)
	}
}

// TestWaiverTicket looks for a waiver's record in the annotation of what it
// waives.
func TestWaiverTicket(t *testing.T) {
	t.Parallel()
	config, err := rules.ParseConfig("guardhook.yaml", []byte(`version: 1
waivers:
  - {rule: BUCKET_ENCRYPTED, resource: It, reason: Moves., owner: ops, ticket: OPS-7, expires: 2026-03-01}
`))
	if err != nil {
		t.Fatal(err)
	}
	bucket := goodBucket()
	delete(bucket, "BucketEncryption")
	r := newRig(t, fixedLoader(policySet(t, rules.Options{Config: config})), nil)
	got := r.respond(context.Background(), resourceEvent("CREATE_PRE_PROVISION", "AWS::S3::Bucket", bucket))
	const want = "waived until 2026-03-01 by ops: Moves. (OPS-7)"
	for _, a := range got.Annotations {
		if a.Name == "BUCKET_ENCRYPTED" && a.Status == AnnotationSkipped && strings.HasSuffix(a.Message, want) {
			return
		}
	}
	t.Errorf("no annotation that ends in %q: %+v", want, got.Annotations)
}
