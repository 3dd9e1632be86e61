package hook

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fsxns3ap/guardhook/rules"
)

// TestConcurrentCalls answers many events at once while the policy set is
// refreshed under them.
func TestConcurrentCalls(t *testing.T) {
	t.Parallel()
	b := newBucket(t)
	b.put(t, "set.tar.gz", archive(t, policyFiles(t), nil))
	r := b.handler(t, "s3://rules/set.tar.gz", func(c *Config) { c.Refresh = time.Second })
	before := runtime.NumGoroutine()
	p := goodBucket()
	delete(p, "BucketEncryption")
	event := encodeJSON(t, resourceEvent("CREATE_PRE_PROVISION", "AWS::S3::Bucket", p))
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for range 20 {
				b.advance(300 * time.Millisecond)
				out, err := r.Invoke(context.Background(), event)
				if err != nil || !strings.Contains(string(out), refused) {
					t.Errorf("%v: %s", err, out)
				}
			}
		})
	}
	wg.Wait()
	r.Wait()
	// Idle connections to S3 and other tests have some, too.
	if after := runtime.NumGoroutine(); after > before+200 {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
}

// TestDuplicateDelivery gives the same answer to the same event.
func TestDuplicateDelivery(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	event := encodeJSON(t, resourceEvent("CREATE_PRE_PROVISION", "AWS::S3::Bucket", map[string]any{}))
	first, err := r.Invoke(context.Background(), event)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if again, err := r.Invoke(context.Background(), event); err != nil || string(again) != string(first) {
			t.Errorf("%v: %s, first %s", err, again, first)
		}
	}
}

// TestHugeProperties judges a resource near Lambda's limit for an event.
func TestHugeProperties(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	p := goodBucket()
	var tags []any
	for range 50_000 {
		tags = append(tags, map[string]any{"Key": strings.Repeat("k", 50), "Value": strings.Repeat("v", 40)})
	}
	p["Tags"] = tags
	if got := r.respond(context.Background(), resourceEvent("CREATE_PRE_PROVISION", "AWS::S3::Bucket", p)); got.Status != Success {
		t.Errorf("%s", got.Message)
	}
}

func BenchmarkRespond(b *testing.B) {
	set, err := rules.Embedded(rules.Options{})
	if err != nil {
		b.Fatal(err)
	}
	h := New(Options{Set: set})
	event := encodeJSON(b, resourceEvent("CREATE_PRE_PROVISION", "AWS::S3::Bucket", goodBucket()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Invoke(context.Background(), event); err != nil {
			b.Fatal(err)
		}
	}
}
