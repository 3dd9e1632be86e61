package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// The buckets of every case.
const (
	inputBucket  = "input"
	outputBucket = "output"
)

// server is an S3 that has the objects of a case, takes every other one, and keeps
// none.
type server struct {
	addr    string
	http    *http.Server
	content object
	key     string
	others  map[string]string
	read    atomic.Int64 // bytes of the object that were sent
}

func serve(c testCase, size int64) (*server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &server{addr: listener.Addr().String(), content: c.content(size), key: c.key, others: map[string]string{}}
	for key, text := range c.others {
		entry := fmt.Sprintf(`{"key": %q, "size": %d, "etag": %q, "modified": %q}`, c.key, s.content.Size(), etag, modified.Format(time.RFC3339))
		s.others[key] = strings.ReplaceAll(text, "OBJECT", entry)
	}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.http.Serve(listener) }() // ends by close
	return s, nil
}

func (s *server) close() { _ = s.http.Close() }

const etag = `"0123456789abcdef0123456789abcdef"`

var modified = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// ServeHTTP implements http.Handler.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", etag)
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch other, ok := s.others[key]; {
	case r.Method == http.MethodPut || r.Method == http.MethodPost:
		_, _ = io.Copy(io.Discard, r.Body)
	case bucket == inputBucket && key == s.key:
		http.ServeContent(&counter{w, &s.read}, r, key, modified, io.NewSectionReader(s.content, 0, s.content.Size()))
	case bucket == outputBucket && ok:
		w.Header().Set("Content-Length", strconv.Itoa(len(other)))
		_, _ = io.WriteString(w, other)
	default:
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "<Error><Code>NoSuchKey</Code></Error>")
	}
}

// counter counts what is sent.
type counter struct {
	http.ResponseWriter
	sent *atomic.Int64
}

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	c.sent.Add(int64(len(p)))
	return c.ResponseWriter.Write(p)
}
