// Package awsfake is AWS in process: S3 by gofakes3, also behind aliases and ARNs
// of access points, answers of other services that are checked against the service
// model of botocore, and a server for what is left.
//
// Clients reach it by their transport, so that they are made as in production:
// hosts, addressing and checksums are those of AWS. Other programs reach it as a
// proxy, by Environment. Signatures are not checked.
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
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

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
	fatal   func(error) // does not return
	cleanup func(func())
	addr    string
	backend *s3mem.Backend
	s3      http.Handler
	served  atomic.Int64

	mu      sync.Mutex
	answers []*respondent
	faults  []fault
	onFail  func()
	calls   []Call
	rest    http.Handler // nil: nobody
}

// TB is what a server needs of a test.
type TB interface {
	Helper()
	Fatal(args ...any)
	Cleanup(do func())
}

// Call is a request.
type Call struct {
	// Name is the target of JSON services ("RekognitionService.DetectLabels"), the
	// action of services with forms ("sns.Publish"), or method and path, with
	// "bucket/key" for S3.
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
	// Header has more headers.
	Header map[string]string
}

type fault struct {
	name   string
	answer Answer
	before func()
	cut    int64 // bytes of the real answer before the connection breaks; 0 for none
}

// New returns a server with empty buckets. The bucket of an access point has the
// name that follows "accesspoint/" in its ARN, or is its alias.
func New(tb TB, buckets ...string) *Server {
	tb.Helper()
	s := start(func(err error) { tb.Helper(); tb.Fatal(err) }, tb.Cleanup)
	for _, bucket := range buckets {
		s.Bucket(bucket)
	}
	return s
}

// Start is New for a program: what cannot be done panics. The function ends it.
func Start(buckets ...string) (s *Server, end func()) {
	var ends []func()
	s = start(func(err error) { panic(err) }, func(do func()) { ends = append(ends, do) })
	for _, bucket := range buckets {
		s.Bucket(bucket)
	}
	return s, func() {
		for _, do := range slices.Backward(ends) {
			do()
		}
	}
}

func start(fatal func(error), cleanup func(func())) *Server {
	s := &Server{fatal: fatal, cleanup: cleanup, backend: s3mem.New()}
	s.s3 = gofakes3.New(s.backend).Server()
	server := httptest.NewServer(s)
	cleanup(server.Close)
	s.addr = server.Listener.Addr().String()
	return s
}

// Bucket makes a bucket, which may be there.
func (s *Server) Bucket(name string) {
	if err := s.backend.CreateBucket(context.Background(), name); err != nil && !gofakes3.HasErrorCode(err, gofakes3.ErrBucketAlreadyExists) {
		s.fatal(fmt.Errorf("bucket %s: %w", name, err))
	}
}

// Addr is the host and port.
func (s *Server) Addr() string { return s.addr }

// Environment is what makes the AWS SDK of another program call the server.
func (s *Server) Environment() []string {
	return []string{
		"AWS_ENDPOINT_URL=http://aws.test", "AWS_ENDPOINT_URL_S3=http://s3.aws.test", "HTTP_PROXY=http://" + s.addr, "NO_PROXY=",
		"AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b", "AWS_EC2_METADATA_DISABLED=true", "AWS_REGION=" + Region, "AWS_MAX_ATTEMPTS=1",
	}
}

// Region is the home Region of the configuration.
const Region = awstest.Region

// Config is a configuration whose clients reach the server, and do not retry.
func (s *Server) Config() aws.Config {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", s.addr)
	}
	transport := &http.Transport{DialContext: dial, DialTLSContext: dial}
	s.cleanup(transport.CloseIdleConnections)
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
	_, err := s.backend.PutObject(context.Background(), bucket, key, map[string]string{}, bytes.NewReader(content), int64(len(content)))
	if err != nil {
		s.fatal(fmt.Errorf("put %s/%s: %w", bucket, key, err))
	}
}

// Get returns the content of an object, nil if there is none.
func (s *Server) Get(bucket, key string) []byte {
	object, err := s.backend.GetObject(context.Background(), bucket, key, nil)
	if gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchKey) {
		return nil
	}
	if err != nil {
		s.fatal(fmt.Errorf("get %s/%s: %w", bucket, key, err))
	}
	content, err := io.ReadAll(object.Contents)
	if err := errors.Join(err, object.Contents.Close()); err != nil {
		s.fatal(fmt.Errorf("get %s/%s: %w", bucket, key, err))
	}
	return content
}

// Delete removes an object.
func (s *Server) Delete(bucket, key string) {
	if _, err := s.backend.DeleteObject(context.Background(), bucket, key); err != nil {
		s.fatal(fmt.Errorf("delete %s/%s: %w", bucket, key, err))
	}
}

// Object is what a bucket has.
type Object struct {
	Bucket, Key string
	Size        int64
	// Modified tells one writing from the next.
	Modified time.Time `json:"-"`
}

// Objects lists the objects of a bucket, by their keys.
func (s *Server) Objects(bucket, prefix string) []Object {
	list, err := s.backend.ListBucket(context.Background(), bucket, &gofakes3.Prefix{Prefix: prefix, HasPrefix: true}, gofakes3.ListBucketPage{})
	if err != nil {
		s.fatal(fmt.Errorf("list %s: %w", bucket, err))
	}
	out := make([]Object, len(list.Contents))
	for i, o := range list.Contents {
		out[i] = Object{bucket, o.Key, o.Size, o.LastModified.Time}
	}
	return out
}

// Keys lists the keys of a bucket.
func (s *Server) Keys(bucket, prefix string) []string {
	objects := s.Objects(bucket, prefix)
	out := make([]string, len(objects))
	for i, o := range objects {
		out[i] = o.Key
	}
	return out
}

// Buckets lists the names of the buckets.
func (s *Server) Buckets() []string {
	list, err := s.backend.ListBuckets(context.Background())
	if err != nil {
		s.fatal(err)
	}
	var out []string
	for _, b := range list {
		out = append(out, b.Name)
	}
	slices.Sort(out)
	return out
}

// Answer gives calls of a name one answer after the other; the last one stays. In
// the name, * stands for anything but a slash, as in path.Match.
func (s *Server) Answer(name string, answers ...Answer) {
	next := 0
	s.Respond(name, func(Call) Answer { // one at a time
		if len(answers) == 0 {
			return notImplemented(name)
		}
		a := answers[next]
		next = min(next+1, len(answers)-1)
		return a
	})
}

// Respond lets a function answer calls of a name, which may have * as in
// path.Match. It is called by one goroutine at a time, and must not call the
// server. The last one that was given for a name counts.
func (s *Server) Respond(name string, answer func(Call) Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = append(s.answers, &respondent{name, answer})
}

type respondent struct {
	name   string
	answer func(Call) Answer
}

func (r *respondent) is(name string) bool {
	ok, err := path.Match(r.name, name)
	return ok && err == nil || r.name == name
}

func notImplemented(name string) Answer {
	return Answer{Status: http.StatusNotImplemented, Type: "NotImplemented", Body: fmt.Sprintf(`{"__type":"NotImplemented","message":%q}`, name)}
}

// Fail gives the next call whose name begins with name an answer in place of
// S3's.
func (s *Server) Fail(name string, a Answer) { s.add(fault{name: name, answer: a}) }

// Unused returns the names of Fail and Break that no call has had, each as often as
// it was given.
func (s *Server) Unused() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, f := range s.faults {
		out = append(out, f.name)
	}
	return out
}

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
		call.Body, call.Name = body, nameOf(r, body)
		r.Body = io.NopCloser(bytes.NewReader(body))
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
	case answer != nil:
		answer.write(w)
	case s.rest != nil:
		s.rest.ServeHTTP(w, r)
	default:
		notImplemented(call.Name).write(w)
	}
}

// nameOf is the name of a call of another service than S3.
func nameOf(r *http.Request, body []byte) string {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return target
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		if form, err := url.ParseQuery(string(body)); err == nil && form.Get("Action") != "" {
			return Service(r) + "." + form.Get("Action")
		}
	}
	return r.Method + " " + r.URL.Path
}

// Service is the name that a request is signed for ("sns"), or "".
func Service(r *http.Request) string {
	_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	scope, _, _ = strings.Cut(scope, ",")
	if parts := strings.Split(scope, "/"); len(parts) == 5 {
		return parts[3]
	}
	return ""
}

// bucketOf returns what stands before the path in path style: "/bucket" for
// "<bucket>.s3.<region>..." and "<name>-<account>.s3-accesspoint.<region>...",
// nothing for "s3.<region>...".
func bucketOf(host string) (string, bool) {
	if bucket, end, ok := strings.Cut(host, ".s3."); ok {
		// With an endpoint of its own, an access point has the form of a bucket.
		if name, ok := cutAccount(bucket); ok && end == "aws.test" {
			return "/" + name, true
		}
		return "/" + bucket, true
	}
	name, _, ok := strings.Cut(host, ".s3-accesspoint.")
	if i := strings.LastIndexByte(name, '-'); ok && i > 0 {
		return "/" + name[:i], true
	}
	return "", strings.HasPrefix(host, "s3.")
}

// cutAccount cuts the id of an account from the end of a name.
func cutAccount(name string) (string, bool) {
	i := strings.LastIndexByte(name, '-')
	if i <= 0 || len(name)-i-1 != 12 || strings.Trim(name[i+1:], "0123456789") != "" {
		return name, false
	}
	return name[:i], true
}

// note notes a call, and returns its fault or its answer; neither if there is none.
func (s *Server) note(call Call) (f fault, failing bool, a *Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, call)
	for i, f := range s.faults {
		if strings.HasPrefix(call.Name, f.name) {
			s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
			f.before = s.onFail
			return f, true, nil
		}
	}
	for _, r := range slices.Backward(s.answers) {
		if r.is(call.Name) {
			answer := r.answer(call)
			return f, false, &answer
		}
	}
	return f, false, nil
}

// Rest handles the calls that no answer was given for. Its hosts, paths and
// headers are those of AWS, or of Environment.
func (s *Server) Rest(rest http.Handler) { s.rest = rest }

func (a Answer) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	if a.Type != "" {
		w.Header().Set("X-Amzn-ErrorType", a.Type)
	}
	for name, value := range a.Header {
		w.Header().Set(name, value)
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
