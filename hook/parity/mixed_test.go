package parity_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/fsxns3ap/guardhook/hook/parity"
	"github.com/fsxns3ap/guardhook/rules"
)

// relations are Guard rules that see the whole template, and rules of the other
// language.
func relations() map[string][]byte {
	return map[string][]byte{
		"relations.guard": []byte(`let buckets = Resources.*[ Type == "AWS::S3::Bucket" ]
let keys = Resources.*[ Type == "AWS::KMS::Key" ]

rule key_where_buckets when %buckets !empty { %keys !empty <<A stack with buckets has a key>> }

rule buckets_retained when %buckets !empty { %buckets.DeletionPolicy in ["Retain", "RetainExceptOnCreate"] }

rule parameters_described when Parameters exists { Parameters.*.Description exists }

rule few_tags { Resources.*.Properties { when Tags exists { Tags[*].Key != /^aws:/ } } }

rule created when HookContext.InvocationPoint == "CREATE_PRE_PROVISION" {
    Resources.*[ Type == "AWS::SQS::Queue" ] { Properties.KmsMasterKeyId exists or Properties.SqsManagedSseEnabled == true }
}
`),
		"acme/queue.rego": []byte(`# METADATA
# title: Queue keeps messages
# custom: {id: QUEUE_RETENTION, severity: LOW, scope: resource, resource_types: ["AWS::SQS::Queue"]}
package guardhook.acme.queue

deny contains {"path": ["MessageRetentionPeriod"], "message": "Too short."} if {
	input.resource.properties.MessageRetentionPeriod < 3600
}
`),
	}
}

// TestMixedSet replays templates with a policy set in both languages.
func TestMixedSet(t *testing.T) {
	t.Parallel()
	contents := relations()
	guards, err := filepath.Glob("../../rules/guard/testdata/fsxn/*.guard")
	if err != nil || len(guards) == 0 {
		t.Fatalf("%d rule files: %v", len(guards), err)
	}
	for _, name := range guards {
		if contents[filepath.Base(name)], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	set, err := rules.LoadFiles("mixed", contents, rules.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	total := replay(t, set,
		"../../testdata/templates/*.yaml", "../../rules/policy/encryption/testdata/*/*.yaml", "../../rules/policy/iam/testdata/*/*.yaml",
		"../../rules/policy/lambda/testdata/*/*.yaml", "../../validate/testdata/cases/*.yaml", "../../validate/testdata/*.yaml",
	)
	if total.Events < total.Templates*4 {
		t.Errorf("hardly anything was compared: %s", total)
	}
}

// replay compares the gates on the templates that patterns match.
func replay(t *testing.T, set *rules.Set, patterns ...string) parity.Counts {
	t.Helper()
	var total parity.Counts
	r := parity.New(set, now, func(d parity.Difference) { t.Error(d) })
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files: %v", pattern, len(files), err)
		}
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			counts, err := r.Template(context.Background(), file, src)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			total.Add(counts)
		}
	}
	t.Log(total)
	return total
}
