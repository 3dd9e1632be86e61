package discovery_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/discovery"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
)

// process fails for the objects that are named so.
func process(_ context.Context, o objects.Object) error {
	for name, kind := range map[string]failure.Kind{"bad": failure.InvalidInput, "gone": failure.NotFound, "busy": failure.Throttled} {
		if strings.HasPrefix(o.Key, name) {
			return failure.New(kind, "%s", name)
		}
	}
	return nil
}

// part writes a part of a manifest.
func part(t *testing.T, s *awsfake.Server, keys ...string) string {
	t.Helper()
	list := []objects.Object{}
	for _, key := range keys {
		list = append(list, objects.Object{Key: key})
	}
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	s.Put("outputs", "manifests/uc/1/0000.json", text)
	return "manifests/uc/1/0000.json"
}

func TestEach(t *testing.T) {
	t.Parallel()
	s := server(t)
	store := s.Store("outputs")
	p := part(t, s, "good", "gone", "fine", "bad")
	got, err := discovery.Each(t.Context(), store, p, 2, process)
	want := discovery.Outcome{Part: p, Processed: 2, Failed: 2, Failures: "failures/uc/1/0000.json"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if list := string(s.Get("outputs", got.Failures)); list != `[{"key":"bad","kind":"InvalidInput","reason":"bad"},{"key":"gone","kind":"NotFound","reason":"gone"}]` {
		t.Error(list)
	}
	if got, err := discovery.Each(t.Context(), store, part(t, s, "good"), 9, process); err != nil || got != (discovery.Outcome{Part: p, Processed: 1}) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := discovery.Each(t.Context(), store, part(t, s), 9, process); err != nil || got.Processed != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := discovery.Each(t.Context(), store, "none", 1, process); failure.Of(err) != failure.NotFound {
		t.Error(err)
	}
}

// TestEachEnds: a failure that is not that of an object ends the call, and nothing
// more is begun.
func TestEachEnds(t *testing.T) {
	t.Parallel()
	s := server(t)
	begun := 0
	_, err := discovery.Each(t.Context(), s.Store("outputs"), part(t, s, "good", "busy", "after"), 1, func(ctx context.Context, o objects.Object) error {
		if begun++; o.Key == "after" && ctx.Err() == nil {
			t.Error("an object after the end")
		}
		return process(ctx, o)
	})
	if failure.Of(err) != failure.Throttled || err.Error() != "part: busy: busy" {
		t.Error(err)
	}
	ctx, cancel := context.WithDeadlineCause(t.Context(), time.Now().Add(-time.Second), nil)
	defer cancel()
	if _, err := discovery.Each(ctx, s.Store("outputs"), part(t, s, "good"), 1, process); failure.Of(err) != failure.Timeout {
		t.Error(err)
	}
}

// TestEachBound: never more at once than are asked for.
func TestEachBound(t *testing.T) {
	t.Parallel()
	s := server(t)
	var keys []string
	for i := range 50 {
		keys = append(keys, fmt.Sprint(i))
	}
	var now, most atomic.Int64
	_, err := discovery.Each(t.Context(), s.Store("outputs"), part(t, s, keys...), 3, func(context.Context, objects.Object) error {
		n := now.Add(1)
		defer now.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		return nil
	})
	if err != nil || most.Load() > 3 || most.Load() == 0 {
		t.Errorf("%d at once, %v", most.Load(), err)
	}
}

var functions = bootstrap.Functions{
	"find":   discovery.OpenFind(discovery.Defaults{Name: "uc", Suffixes: []string{".pdf"}, PartObjects: 1}),
	"commit": discovery.OpenCommit(discovery.Defaults{Name: "uc", Suffixes: []string{".pdf"}, PartObjects: 1}),
}

// invoke calls a function an hour from now; the second result is the type of the
// error.
func invoke[T any](t *testing.T, s *awsfake.Server, name, event string, env ...string) (out T, failed string, log string) {
	t.Helper()
	var lines bytes.Buffer
	environ := append([]string{"_HANDLER=" + name, "S3_ACCESS_POINT=files", "OUTPUT_BUCKET=outputs"}, env...)
	p := bootstrap.NewWith(s.Config(), functions, environ, &lines, func() time.Time { return time.Now().Add(time.Hour) })
	text, err := p.Invoke(t.Context(), []byte(event))
	var refused messages.InvokeResponse_Error
	if errors.As(err, &refused) {
		return out, refused.Type, lines.String()
	}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out, "", lines.String()
}

// TestFunctions: what failed as a part is found again, what cannot be processed is
// not.
func TestFunctions(t *testing.T) {
	t.Parallel()
	s := server(t, "a.pdf", "b.pdf", "c.pdf", "d.txt")
	found, failed, log := invoke[discovery.Result](t, s, "find", `{"run": "1"}`)
	if failed != "" || found.Objects != 3 || len(found.Parts) != 3 || !strings.Contains(log, `"ObjectsFound":3,"ObjectsListed":3`) {
		t.Fatalf("%+v %s %s", found, failed, log)
	}
	event := fmt.Sprintf(`{"run": "1", "outcomes": [{"part": %q, "processed": 1}, {"part": %q, "error": {"Error": "Timeout"}}, {"part": %q, "failed": 1, "failures": "x"}]}`,
		found.Parts[0].Key, found.Parts[1].Key, found.Parts[2].Key)
	done, failed, log := invoke[discovery.Committed](t, s, "commit", event)
	want := discovery.Committed{Run: "1", Processed: 1, Failed: 1, PartsFailed: 1}
	if done != want || failed != "" || !strings.Contains(log, `"ObjectsFailed":1,"ObjectsProcessed":1,"PartsFailed":1`) {
		t.Errorf("%+v %s %s", done, failed, log)
	}
	expect(t, find(t, finder(s), "2"), "b.pdf", "d.txt")
	if _, failed, _ := invoke[discovery.Result](t, s, "find", `{}`); failed != "InvalidInput" {
		t.Error(failed)
	}
	if _, failed, _ := invoke[discovery.Committed](t, s, "commit", `{"run": "3"}`); failed != "NotFound" {
		t.Error(failed)
	}
	if _, failed, _ := invoke[discovery.Committed](t, s, "commit", `{"run": "1", "outcomes": [{"part": "none", "error": {}}]}`); failed != "NotFound" {
		t.Error(failed)
	}
}

func TestFunctionSettings(t *testing.T) {
	t.Parallel()
	s := server(t, "in/a.pdf", "in/b.txt", "c.txt")
	found, failed, _ := invoke[discovery.Result](t, s, "find", `{"run": "1"}`, "PREFIX_FILTER=in/", "SUFFIX_FILTER=.txt,.pdf", "PART_OBJECTS=2", "SETTLE=0s")
	if failed != "" || found.Objects != 2 || len(found.Parts) != 1 {
		t.Errorf("%+v %s", found, failed)
	}
	for _, env := range []string{"OUTPUT_BUCKET=files", "OUTPUT_BUCKET=", "PART_OBJECTS=1001", "SETTLE=25h"} {
		for _, name := range []string{"find", "commit"} {
			if _, failed, _ := invoke[discovery.Result](t, s, name, `{"run": "1"}`, env); failed != "Configuration" {
				t.Errorf("%s %s: %s", name, env, failed)
			}
		}
	}
}

// TestEachPanics: an object that nobody can process is named, and does not end the
// program from a goroutine that nobody watches.
func TestEachPanics(t *testing.T) {
	t.Parallel()
	s := server(t)
	_, err := discovery.Each(t.Context(), s.Store("outputs"), part(t, s, "good", "odd"), 2, func(_ context.Context, o objects.Object) error {
		if o.Key == "odd" {
			panic("planted")
		}
		return nil
	})
	if failure.Of(err) != failure.Internal || !strings.Contains(err.Error(), "odd: it panicked") || strings.Contains(err.Error(), "planted") {
		t.Error(err)
	}
}
