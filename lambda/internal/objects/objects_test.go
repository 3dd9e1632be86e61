package objects_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
)

// TestNames: a bucket, an alias and an ARN of an access point.
func TestNames(t *testing.T) {
	t.Parallel()
	s := awsfake.New(t, "plain", "vol-abc-ext-s3alias", "vol")
	for name, bucket := range map[string]string{
		"plain": "plain", "vol-abc-ext-s3alias": "vol-abc-ext-s3alias", "arn:aws:s3:eu-west-1:111122223333:accesspoint/vol": "vol",
	} {
		store := s.Store(name)
		const key = "a b/日本+%2F~.txt"
		if err := store.Write(t.Context(), key, "text/plain", []byte("content"), objects.Condition{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := s.Get(bucket, key); string(got) != "content" {
			t.Errorf("%s: %q", name, got)
		}
		o, err := store.Stat(t.Context(), key)
		content, read, err2 := store.Read(t.Context(), key, o.ETag, 7)
		if err != nil || err2 != nil || string(content) != "content" || o.Size != 7 || o.Modified.IsZero() || read != o {
			t.Errorf("%s: %v %v %q %+v %+v", name, err, err2, content, o, read)
		}
	}
}

// TestList has more than two pages, and reads no more of them than are used.
func TestList(t *testing.T) {
	t.Parallel()
	s := awsfake.New(t, "b")
	for i := range 2100 {
		s.Put("b", fmt.Sprintf("p/%04d", i), []byte("x"))
	}
	s.Put("b", "other", nil)
	n := 0
	for o, err := range s.Store("b").List(t.Context(), "p/") {
		if err != nil || o.Key != fmt.Sprintf("p/%04d", n) || o.Size != 1 || o.ETag == "" || o.Modified.IsZero() {
			t.Fatalf("%+v, %v", o, err)
		}
		n++
	}
	if calls := len(s.Calls()); n != 2100 || calls != 3 {
		t.Errorf("%d objects in %d calls", n, calls)
	}
	for range s.Store("b").List(t.Context(), "p/") {
		break
	}
	if calls := len(s.Calls()); calls != 1 {
		t.Errorf("%d calls for the first", calls)
	}
	s.Fail("GET b", awsfake.Answer{Status: 503, Body: "<Error><Code>SlowDown</Code></Error>"})
	for _, err := range s.Store("b").List(t.Context(), "p/") {
		if failure.Of(err) != failure.Throttled || !strings.HasPrefix(err.Error(), "s3://b/p/: S3 ListObjectsV2: SlowDown") {
			t.Error(err)
		}
	}
	s.Fail("GET b", awsfake.Answer{Body: "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"})
	for _, err := range s.Store("b").List(t.Context(), "p/") {
		if failure.Of(err) != failure.Unavailable {
			t.Error(err)
		}
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	s := awsfake.New(t, "b")
	store := s.Store("b")
	ctx := t.Context()
	s.Put("b", "k", []byte("0123456789"))
	s.Put("b", "empty", nil)
	if got, _, err := store.Read(ctx, "empty", "", 0); err != nil || len(got) != 0 {
		t.Errorf("%q, %v", got, err)
	}
	for _, c := range []struct {
		offset, length int64
		want           string
		kind           failure.Kind
	}{
		{0, 4, "0123", ""},
		{8, 4, "89", ""},
		{0, 10, "0123456789", ""},
		{10, 1, "", failure.InvalidInput},
		{-1, 1, "", failure.InvalidInput},
		{0, 0, "", failure.InvalidInput},
	} {
		if got, err := store.Range(ctx, "k", "", c.offset, c.length); string(got) != c.want || failure.Of(err) != c.kind {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
	}
	failing := func(what string, want failure.Kind, err error) {
		t.Helper()
		if failure.Of(err) != want || !strings.Contains(err.Error(), "s3://b/") {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := store.Stat(ctx, "none")
	failing("stat", failure.NotFound, err)
	_, _, err = store.Read(ctx, "none", "", 1)
	failing("read", failure.NotFound, err)
	_, err = store.Range(ctx, "none", "", 0, 1)
	failing("range", failure.NotFound, err)
	_, _, err = store.Open(ctx, "k", `"another"`)
	failing("etag", failure.Conflict, err)
	_, err = store.Range(ctx, "k", `"another"`, 0, 1)
	failing("etag of a range", failure.Conflict, err)
	_, _, err = store.Read(ctx, "k", "", 9)
	failing("limit", failure.TooLarge, err)
	// A fault that S3 finds with the request is not that of the object.
	s.Fail("GET b/k", awsfake.Answer{Status: 400, Body: "<Error><Code>InvalidRequest</Code></Error>"})
	_, err = store.Range(ctx, "k", "", 0, 1)
	failing("refused", failure.Internal, err)
	s.Fail("HEAD b/k", awsfake.Answer{Status: 400})
	_, err = store.Stat(ctx, "k")
	failing("refused head", failure.Internal, err)
	s.Fail("PUT b/k", awsfake.Answer{Status: 400, Body: "<Error><Code>InvalidArgument</Code></Error>"})
	failing("refused write", failure.Internal, store.Write(ctx, "k", "text/plain", nil, objects.Condition{}))
	s.Break("GET b/k", 5)
	_, _, err = store.Read(ctx, "k", "", 10)
	failing("broken", failure.Unavailable, err)
	s.Break("GET b/k", 5)
	_, err = store.Range(ctx, "k", "", 0, 9)
	failing("broken range", failure.Unavailable, err)
	s.Fail("GET b/k", awsfake.Answer{Body: "more than asked"})
	_, err = store.Range(ctx, "k", "", 0, 2)
	failing("whole", failure.Unavailable, err)
}

// TestBoundedReads: what is not read is not fetched.
func TestBoundedReads(t *testing.T) {
	t.Parallel()
	const size = 64 << 20
	s := awsfake.New(t, "b")
	s.Put("b", "large", make([]byte, size))
	store := s.Store("b")
	if got, err := store.Range(t.Context(), "large", "", size-100, 1000); err != nil || len(got) != 100 || s.Served() > 1000 {
		t.Errorf("%d bytes, %v, %d sent", len(got), err, s.Served())
	}
	if _, _, err := store.Read(t.Context(), "large", "", 1<<20); failure.Of(err) != failure.TooLarge {
		t.Error(err)
	}
	content, o, err := store.Open(t.Context(), "large", "")
	if err != nil || o.Size != size {
		t.Fatal(o, err)
	}
	if _, err := io.CopyN(io.Discard, content, 1<<16); err != nil {
		t.Error(err)
	}
	if err := content.Close(); err != nil {
		t.Error(err)
	}
	// What is under way when the body is closed is in buffers of the network.
	if s.Served() > size/2 {
		t.Errorf("%d bytes sent", s.Served())
	}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	s := awsfake.New(t, "b")
	store := s.Store("b")
	ctx := t.Context()
	write := func(text string, c objects.Condition) failure.Kind {
		return failure.Of(store.Write(ctx, "k", "text/plain", []byte(text), c))
	}
	if kind := write("first", objects.Condition{Absent: true}); kind != "" {
		t.Error(kind)
	}
	if kind := write("second", objects.Condition{Absent: true}); kind != failure.Conflict {
		t.Error(kind)
	}
	o, err := store.Stat(ctx, "k")
	if err != nil {
		t.Fatal(err)
	}
	if kind := write("third", objects.Condition{ETag: o.ETag}); kind != "" {
		t.Error(kind)
	}
	if kind := write("fourth", objects.Condition{ETag: o.ETag}); kind != failure.Conflict {
		t.Error(kind)
	}
	if got := s.Get("b", "k"); string(got) != "third" {
		t.Errorf("%s", got)
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	s := awsfake.New(t, "b")
	store := s.Store("b")
	type doc struct{ A int }
	if err := store.WriteJSON(t.Context(), "k", doc{7}, objects.Condition{}); err != nil {
		t.Fatal(err)
	}
	var got doc
	if o, err := store.ReadJSON(t.Context(), "k", 100, &got); err != nil || got.A != 7 || o.ETag == "" {
		t.Errorf("%+v %+v %v", got, o, err)
	}
	s.Put("b", "bad", []byte("{"))
	if _, err := store.ReadJSON(t.Context(), "bad", 100, &got); failure.Of(err) != failure.InvalidInput {
		t.Error(err)
	}
	if _, err := store.ReadJSON(t.Context(), "none", 100, &got); failure.Of(err) != failure.NotFound {
		t.Error(err)
	}
	if err := store.WriteJSON(t.Context(), "k", func() {}, objects.Condition{}); failure.Of(err) != failure.Internal {
		t.Error(err)
	}
}

// source is a stream that counts how far it is read ahead of what was sent.
type source struct {
	size, read int64
	fail       error
	behind     func() int64
	most       int64
}

func (s *source) Read(p []byte) (int, error) {
	if s.read == s.size {
		if s.fail != nil {
			return 0, s.fail
		}
		return 0, io.EOF
	}
	n := min(int64(len(p)), s.size-s.read, 1<<20)
	for i := range p[:n] {
		p[i] = byte((s.read + int64(i)) % 251)
	}
	s.read += n
	if s.behind != nil {
		s.most = max(s.most, s.read-s.behind())
	}
	return int(n), nil
}

const mebi = 1 << 20

// TestUpload: below, at and above the size of a part, byte for byte.
func TestUpload(t *testing.T) {
	t.Parallel()
	s := awsfake.New(t, "b")
	for _, size := range []int64{0, 1, 8*mebi - 1, 8 * mebi, 8*mebi + 1, 17 * mebi} {
		s.Calls()
		if err := s.Store("b").Upload(t.Context(), "k", "text/plain", &source{size: size}, objects.Condition{}); err != nil {
			t.Fatal(err)
		}
		want, err := io.ReadAll(&source{size: size})
		if err != nil {
			t.Fatal(err)
		}
		calls := s.Calls()
		parts := 1
		if size >= 8*mebi {
			parts = int((size+8*mebi-1)/(8*mebi)) + 2
		}
		if got := s.Get("b", "k"); !bytes.Equal(got, want) || len(calls) != parts {
			t.Errorf("%d: %d bytes, %d calls", size, len(got), len(calls))
		}
	}
	// The stream is never further ahead than one part.
	src := &source{size: 40 * mebi}
	src.behind = func() int64 {
		parts := int64(0)
		s.Peek(func(c awsfake.Call) {
			if strings.HasPrefix(c.Name, "PUT b/ahead") {
				parts++
			}
		})
		return parts * 8 * mebi
	}
	if err := s.Store("b").Upload(t.Context(), "ahead", "text/plain", src, objects.Condition{}); err != nil || src.most > 8*mebi {
		t.Errorf("%d bytes held, %v", src.most, err)
	}
}

// TestUploadFails: nothing is written, and no part stays.
func TestUploadFails(t *testing.T) {
	t.Parallel()
	broken := awsfake.Answer{Status: 503, Body: "<Error><Code>SlowDown</Code></Error>"}
	for name, c := range map[string]struct {
		size   int64
		fail   error
		refuse string
		want   failure.Kind
		abort  bool
	}{
		"small": {1, io.ErrClosedPipe, "", failure.Internal, false},
		// A content that broke off is none that has ended.
		"cut":       {1, io.ErrUnexpectedEOF, "", failure.Internal, false},
		"cut later": {9 * mebi, io.ErrUnexpectedEOF, "", failure.Internal, true},
		"create":    {9 * mebi, nil, "POST b/k", failure.Throttled, false},
		"part":      {9 * mebi, nil, "PUT b/k", failure.Throttled, true},
		"source":    {9 * mebi, failure.New(failure.Unavailable, "x"), "", failure.Unavailable, true},
	} {
		s := awsfake.New(t, "b")
		if c.refuse != "" {
			s.Fail(c.refuse, broken)
		}
		err := s.Store("b").Upload(t.Context(), "k", "text/plain", &source{size: c.size, fail: c.fail}, objects.Condition{})
		aborted := false
		for _, call := range s.Calls() {
			aborted = aborted || call.Name == "DELETE b/k"
		}
		if failure.Of(err) != c.want || aborted != c.abort || s.Get("b", "k") != nil {
			t.Errorf("%s: %v, aborted %t", name, err, aborted)
		}
	}
	s := awsfake.New(t, "b")
	s.Fail("PUT b/k", broken)
	s.Fail("DELETE b/k", broken)
	err := s.Store("b").Upload(t.Context(), "k", "text/plain", &source{size: 9 * mebi}, objects.Condition{})
	if failure.Of(err) != failure.Throttled || !strings.Contains(err.Error(), "parts are left behind") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cut := &source{size: 9 * mebi, behind: func() int64 { cancel(); return 0 }}
	s.Calls()
	if err := s.Store("b").Upload(ctx, "k", "text/plain", cut, objects.Condition{}); err == nil {
		t.Error("cancelled")
	}
}
