package discovery_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/discovery"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
)

// finder finds in the bucket "files" with parts of two, an hour after now.
func finder(s *awsfake.Server) *discovery.Finder {
	return &discovery.Finder{
		Input: s.Store("files"), Output: s.Store("outputs"), Name: "uc", PartObjects: 2, Settle: time.Minute,
		Now: func() time.Time { return time.Now().Add(time.Hour) },
	}
}

func server(t *testing.T, keys ...string) *awsfake.Server {
	t.Helper()
	s := awsfake.New(t, "files", "outputs")
	for _, key := range keys {
		s.Put("files", key, []byte(key))
	}
	return s
}

// find returns the keys of all parts of a run.
func find(t *testing.T, f *discovery.Finder, run string) []string {
	t.Helper()
	r, err := f.Find(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	keys := []string{}
	for _, p := range r.Parts {
		part, err := discovery.ReadPart(t.Context(), f.Output, p.Key)
		if err != nil || len(part) != p.Objects || p.Objects > f.PartObjects {
			t.Fatalf("%+v: %d objects, %v", p, len(part), err)
		}
		for _, o := range part {
			keys = append(keys, o.Key)
		}
	}
	if len(keys) != r.Objects || r.Run != run {
		t.Errorf("%+v", r)
	}
	return keys
}

func commit(t *testing.T, f *discovery.Finder, run string, failed ...string) {
	t.Helper()
	if err := f.Commit(t.Context(), run, slices.Values(failed)); err != nil {
		t.Fatal(err)
	}
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestRuns: what is new or changed, until it is committed.
func TestRuns(t *testing.T) {
	t.Parallel()
	s := server(t, "a", "b", "c")
	f := finder(s)
	expect(t, find(t, f, "1"), "a", "b", "c")
	expect(t, find(t, f, "2"), "a", "b", "c")
	commit(t, f, "2")
	expect(t, find(t, f, "3"))
	s.Put("files", "b", []byte("changed"))
	s.Put("files", "d", nil)
	expect(t, find(t, f, "4"), "b", "d")
	commit(t, f, "4", "d", "never listed")
	commit(t, f, "4")
	expect(t, find(t, f, "5"), "d")
	// "3" began before "4" was committed.
	if err := f.Commit(t.Context(), "3", slices.Values([]string{})); failure.Of(err) != failure.Conflict {
		t.Error(err)
	}
	if err := f.Commit(t.Context(), "1", slices.Values([]string{})); failure.Of(err) != failure.Conflict {
		t.Error(err)
	}
	if err := f.Commit(t.Context(), "6", slices.Values([]string{})); failure.Of(err) != failure.NotFound {
		t.Error(err)
	}
}

func TestWanted(t *testing.T) {
	t.Parallel()
	s := server(t, "in/a.JPG", "in/b.png", "in/c.txt", "in/.jpg", "jpg", "in/folder/", "in/d.jpg/x")
	f := finder(s)
	f.Prefix, f.Suffixes = "in/", []string{".jpg", ".png"}
	expect(t, find(t, f, "1"), "in/.jpg", "in/a.JPG", "in/b.png")
	f.Now = time.Now
	f.Settle = time.Hour
	expect(t, find(t, f, "2"))
}

// TestMore: what one run cannot take is found by the next.
func TestMore(t *testing.T) {
	t.Parallel()
	var keys []string
	for i := range discovery.MaxParts + 7 {
		keys = append(keys, fmt.Sprintf("日本/%04d", i))
	}
	s := server(t, keys...)
	f := finder(s)
	f.PartObjects = 1
	r, err := f.Find(t.Context(), "first")
	if err != nil || !r.More || r.Objects != discovery.MaxParts || r.Listed != len(keys) {
		t.Fatalf("%+v, %v", r, err)
	}
	if text, err := json.Marshal(r); err != nil || len(text) > 40<<10 {
		t.Errorf("%d bytes, %v", len(text), err)
	}
	// What is held of an object that is known has 24 bytes.
	if got := len(s.Get("outputs", "proposals/uc/first")); got != len(`{"run":"first"}`)+1+24*discovery.MaxParts {
		t.Errorf("the state has %d bytes", got)
	}
	commit(t, f, "first")
	expect(t, find(t, f, "second"), keys[discovery.MaxParts:]...)
}

func TestRefused(t *testing.T) {
	t.Parallel()
	s := server(t, "a")
	for want, change := range map[failure.Kind]func(*discovery.Finder){
		failure.InvalidInput:  func(f *discovery.Finder) { f.Name = "a/b" },
		failure.Configuration: func(f *discovery.Finder) { f.PartObjects = discovery.MaxPartObjects + 1 },
		failure.AccessDenied: func(f *discovery.Finder) {
			s.Fail("GET files", awsfake.Answer{Status: 403, Body: "<Error><Code>AccessDenied</Code></Error>"})
		},
	} {
		f := finder(s)
		change(f)
		if _, err := f.Find(t.Context(), "1"); failure.Of(err) != want {
			t.Errorf("%s: %v", want, err)
		}
	}
	f := finder(s)
	f.Input = s.Store("no-such-bucket")
	if _, err := f.Find(t.Context(), "1"); failure.Of(err) != failure.Configuration {
		t.Error(err)
	}
	f = finder(s)
	for _, run := range []string{"", "a b", "a/b", strings.Repeat("a", 81)} {
		if err := f.Commit(t.Context(), run, nil); failure.Of(err) != failure.InvalidInput {
			t.Errorf("%q: %v", run, err)
		}
	}
	find(t, f, "1")
	for _, damage := range []string{"", "{}\n", `{"run":"x"}` + "\nshort", "no JSON\n"} {
		s.Put("outputs", "checkpoints/uc", []byte(damage))
		if _, err := f.Find(t.Context(), "1"); failure.Of(err) != failure.InvalidInput || !strings.Contains(err.Error(), "checkpoints/uc") {
			t.Errorf("%q: %v", damage, err)
		}
		if err := f.Commit(t.Context(), "1", slices.Values([]string{})); failure.Of(err) != failure.InvalidInput {
			t.Errorf("%q: %v", damage, err)
		}
	}
}

// TestFaults: an error of S3 at any call is returned, and nothing counts as done.
func TestFaults(t *testing.T) {
	t.Parallel()
	broken := awsfake.Answer{Status: 503, Body: "<Error><Code>SlowDown</Code></Error>"}
	for _, call := range []string{"GET outputs/checkpoints", "GET files", "PUT outputs/manifests", "PUT outputs/proposals"} {
		s := server(t, "a", "b", "c")
		f := finder(s)
		s.Fail(call, broken)
		if _, err := f.Find(t.Context(), "1"); failure.Of(err) != failure.Throttled {
			t.Errorf("%s: %v", call, err)
		}
	}
	s := server(t, "a")
	f := finder(s)
	find(t, f, "1")
	for _, call := range []string{"GET outputs/checkpoints", "GET outputs/proposals", "PUT outputs/checkpoints"} {
		s.Fail(call, broken)
		if err := f.Commit(t.Context(), "1", slices.Values([]string{})); failure.Of(err) != failure.Throttled {
			t.Errorf("%s: %v", call, err)
		}
	}
	expect(t, find(t, f, "2"), "a")
}

// TestCommitAnswerLost: the write of a checkpoint succeeds, its answer is lost, and
// the client writes again: the condition no longer holds, and the run is committed.
func TestCommitAnswerLost(t *testing.T) {
	t.Parallel()
	s := server(t, "a")
	f := finder(s)
	find(t, f, "1")
	proposal := s.Get("outputs", "proposals/uc/1")
	s.Fail("PUT outputs/checkpoints", awsfake.Answer{Status: 412, Body: "<Error><Code>PreconditionFailed</Code></Error>"})
	s.OnFail(func() { s.Put("outputs", "checkpoints/uc", proposal) })
	commit(t, f, "1")
	expect(t, find(t, f, "2"))
}

// TestPartBytes: a part has as many bytes as a call can process, or one object.
func TestPartBytes(t *testing.T) {
	t.Parallel()
	s := server(t, "a", "b", "c-which-is-long", "d", "e")
	f := finder(s)
	f.PartObjects, f.PartBytes = 4, 3
	r, err := f.Find(t.Context(), "1")
	var got []int
	for _, p := range r.Parts {
		got = append(got, p.Objects)
	}
	if diff := cmp.Diff([]int{2, 1, 2}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	expect(t, find(t, f, "2"), "a", "b", "c-which-is-long", "d", "e")
}

// TestFuture: a file whose time is set to the future is not being written; one whose
// clock is a little ahead may be.
func TestFuture(t *testing.T) {
	t.Parallel()
	f := finder(server(t, "a"))
	f.Now = func() time.Time { return time.Now().Add(-time.Hour) }
	expect(t, find(t, f, "1"), "a")
	f.Settle = 2 * time.Hour
	expect(t, find(t, f, "2"))
}
