// Package awsfake is AWS in the process of a test: S3 by gofakes3, also behind
// aliases and ARNs of access points, and answers of other services that are
// checked against the service model of botocore.
//
// Clients reach it by their transport, so that they are made as in production:
// hosts, addressing and checksums are those of AWS. Signatures are not checked.
package awsfake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"

	"github.com/fsxns3ap/guardhook/internal/awstest"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
)

// Server is AWS for one test.
type Server struct {
	tb      testing.TB
	addr    string
	backend *s3mem.Backend
	s3      http.Handler
	served  atomic.Int64

	mu      sync.Mutex
	answers map[string][]Answer
	faults  []fault
	onFail  func()
	calls   []Call
}

// Call is a request.
type Call struct {
	// Name is the target of JSON services ("RekognitionService.DetectLabels"), or
	// method and path, with "bucket/key" for S3.
	Name string
	// Body is that of requests to other services than S3.
	Body []byte
	// Host says which service and Region was asked.
	Host string
}

// Answer is an answer of a service.
type Answer struct {
	Status int
	Body   string
	// Type is the error's name, in the header that REST services send it in.
	Type string
}

type fault struct {
	name   string
	answer Answer
	before func()
	cut    int64 // bytes of the real answer before the connection breaks; 0 for none
}

// New returns a server with empty buckets. The bucket of an access point has the
// name that follows "accesspoint/" in its ARN, or is its alias.
func New(tb testing.TB, buckets ...string) *Server {
	tb.Helper()
	s := &Server{tb: tb, backend: s3mem.New(), answers: map[string][]Answer{}}
	s.s3 = gofakes3.New(s.backend).Server()
	for _, bucket := range buckets {
		if err := s.backend.CreateBucket(context.Background(), bucket); err != nil {
			tb.Fatal(err)
		}
	}
	server := httptest.NewServer(s)
	tb.Cleanup(server.Close)
	s.addr = server.Listener.Addr().String()
	return s
}

// Region is the home Region of the configuration.
const Region = awstest.Region

// Config is a configuration whose clients reach the server, and do not retry.
func (s *Server) Config() aws.Config {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", s.addr)
	}
	transport := &http.Transport{DialContext: dial, DialTLSContext: dial}
	s.tb.Cleanup(transport.CloseIdleConnections)
	return aws.Config{
		Region: Region, Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
		HTTPClient: &http.Client{Transport: transport}, RetryMaxAttempts: 1,
	}
}

// Store is a store of a bucket.
func (s *Server) Store(bucket string) *objects.Store {
	return objects.New(s3.NewFromConfig(s.Config()), bucket)
}

// Put places an object.
func (s *Server) Put(bucket, key string, content []byte) {
	s.tb.Helper()
	_, err := s.backend.PutObject(context.Background(), bucket, key, map[string]string{}, bytes.NewReader(content), int64(len(content)))
	if err != nil {
		s.tb.Fatal(err)
	}
}

// Get returns the content of an object, nil if there is none.
func (s *Server) Get(bucket, key string) []byte {
	s.tb.Helper()
	object, err := s.backend.GetObject(context.Background(), bucket, key, nil)
	if gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchKey) {
		return nil
	}
	if err != nil {
		s.tb.Fatal(err)
	}
	content, err := io.ReadAll(object.Contents)
	if err := errors.Join(err, object.Contents.Close()); err != nil {
		s.tb.Fatal(err)
	}
	return content
}

// Answer gives calls of a name one answer after the other; the last one stays.
func (s *Server) Answer(name string, answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[name] = answers
}

// Fail gives the next call whose name begins with name an answer in place of
// S3's.
func (s *Server) Fail(name string, a Answer) { s.add(fault{name: name, answer: a}) }

// OnFail is called before an answer of Fail is given: what somebody else does
// meanwhile.
func (s *Server) OnFail(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onFail = do
}

// Break breaks the connection of the next call whose name begins with name after
// some bytes of the body.
func (s *Server) Break(name string, after int64) { s.add(fault{name: name, cut: after}) }

func (s *Server) add(f fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, f)
}

// Calls returns the calls since the last time.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls
	s.calls = nil
	return calls
}

// Peek shows the calls since the last Calls.
func (s *Server) Peek(see func(Call)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, call := range s.calls {
		see(call)
	}
}

// Served is how many bytes of bodies of S3 were sent.
func (s *Server) Served() int64 { return s.served.Load() }

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := Call{Host: r.Host}
	bucket, isS3 := bucketOf(r.Host)
	if isS3 {
		r.Host = s.addr
		r.URL.Path, r.URL.RawPath = bucket+r.URL.Path, ""
		call.Name = r.Method + " " + strings.TrimPrefix(r.URL.Path, "/")
	} else {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the caller is gone
		}
		call.Body, call.Name = body, r.Header.Get("X-Amz-Target")
		if call.Name == "" {
			call.Name = r.Method + " " + r.URL.Path
		}
	}
	f, failing, answer := s.note(call)
	switch {
	case failing && f.cut > 0:
		s.s3.ServeHTTP(&meter{ResponseWriter: w, served: &s.served, left: f.cut, cut: true}, r)
	case failing:
		_, _ = io.Copy(io.Discard, r.Body) // or the connection is reset before the answer is read
		if f.before != nil {
			f.before()
		}
		f.answer.write(w)
	case isS3:
		s.s3.ServeHTTP(&meter{ResponseWriter: w, served: &s.served}, r)
	default:
		answer.write(w)
	}
}

// bucketOf returns what stands before the path in path style: "/bucket" for
// "<bucket>.s3.<region>..." and "<name>-<account>.s3-accesspoint.<region>...",
// nothing for "s3.<region>...".
func bucketOf(host string) (string, bool) {
	if bucket, _, ok := strings.Cut(host, ".s3."); ok {
		return "/" + bucket, true
	}
	name, _, ok := strings.Cut(host, ".s3-accesspoint.")
	if i := strings.LastIndexByte(name, '-'); ok && i > 0 {
		return "/" + name[:i], true
	}
	return "", strings.HasPrefix(host, "s3.")
}

func (s *Server) note(call Call) (f fault, failing bool, a Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, call)
	for i, f := range s.faults {
		if strings.HasPrefix(call.Name, f.name) {
			s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
			f.before = s.onFail
			return f, true, a
		}
	}
	a = Answer{Status: http.StatusNotImplemented, Body: fmt.Sprintf(`{"__type":"NotImplemented","message":%q}`, call.Name)}
	if planned := s.answers[call.Name]; len(planned) > 0 {
		a = planned[0]
		if len(planned) > 1 {
			s.answers[call.Name] = planned[1:]
		}
	}
	return f, false, a
}

func (a Answer) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	if a.Type != "" {
		w.Header().Set("X-Amzn-ErrorType", a.Type)
	}
	w.WriteHeader(max(a.Status, http.StatusOK))
	_, _ = io.WriteString(w, a.Body)
}

// meter counts what is sent, and may break off.
type meter struct {
	http.ResponseWriter
	served *atomic.Int64
	left   int64
	cut    bool
}

// Write implements io.Writer.
func (m *meter) Write(p []byte) (int, error) {
	if m.cut {
		if m.left < int64(len(p)) {
			_, _ = m.ResponseWriter.Write(p[:m.left])
			_ = http.NewResponseController(m.ResponseWriter).Flush()
			panic(http.ErrAbortHandler)
		}
		m.left -= int64(len(p))
	}
	m.served.Add(int64(len(p)))
	return m.ResponseWriter.Write(p)
}
