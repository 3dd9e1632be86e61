// Package lambdaruntime is the Lambda Runtime API for tests and load runs: it
// hands events to bootstrap processes, as many as ask for them, and returns
// what each of them answered. It listens on the loopback interface only.
//
// It follows https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html, of
// which it has what a bootstrap needs. It does not enforce deadlines: a process
// that never answers is left to the context of the caller.
package lambdaruntime

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Options are what an API tells the bootstraps of each call.
type Options struct {
	// Left is how long a call has; zero is a minute.
	Left time.Duration
	// TraceID is the X-Ray tracing header of calls; none if empty.
	TraceID string
}

// Answer is what a bootstrap made of an event.
type Answer struct {
	// Body is the response, or the description of the fault.
	Body []byte
	// Fault means that the bootstrap reported an error in place of a response.
	Fault bool
}

// API is a running Runtime API. Close ends it.
type API struct {
	opts   Options
	queue  chan *call
	server *http.Server
	addr   string

	mu   sync.Mutex
	last int
	open map[string]*call

	// refused is closed when a bootstrap could not begin; reason says why.
	refused chan struct{}
	reason  string
}

type call struct {
	event  []byte
	answer chan Answer
}

// New starts an API on a free port.
func New(opts Options) (*API, error) {
	if opts.Left == 0 {
		opts.Left = time.Minute
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("runtime API: %w", err)
	}
	a := &API{
		opts: opts, queue: make(chan *call), addr: listener.Addr().String(),
		open: map[string]*call{}, refused: make(chan struct{}),
	}
	a.server = &http.Server{Handler: http.HandlerFunc(a.serve), ReadHeaderTimeout: time.Minute}
	go func() { _ = a.server.Serve(listener) }()
	return a, nil
}

// Close ends the API. Bootstraps that still ask for events get no answer.
func (a *API) Close() error { return a.server.Close() }

// Addr is the host and port that AWS_LAMBDA_RUNTIME_API has to be.
func (a *API) Addr() string { return a.addr }

// Invoke hands an event to the next bootstrap that asks for one and waits for
// its answer. The error says that there was none: ctx ended, or a bootstrap
// reported that it cannot begin.
func (a *API) Invoke(ctx context.Context, event []byte) (Answer, error) {
	c := &call{event: event, answer: make(chan Answer, 1)}
	select {
	case a.queue <- c:
	case <-a.refused:
		return Answer{}, fmt.Errorf("the bootstrap cannot begin: %s", a.reason)
	case <-ctx.Done():
		return Answer{}, fmt.Errorf("no bootstrap asks for events: %w", context.Cause(ctx))
	}
	select {
	case answer := <-c.answer:
		return answer, nil
	case <-ctx.Done():
		return Answer{}, fmt.Errorf("the bootstrap does not answer: %w", context.Cause(ctx))
	}
}

// version begins all paths of the API.
const version = "/2018-06-01/runtime/"

func (a *API) serve(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, version)
	switch parts := strings.Split(path, "/"); {
	case path == "invocation/next" && r.Method == http.MethodGet:
		a.next(w, r)
	case path == "init/error" && r.Method == http.MethodPost:
		a.refuse(w, r)
	case len(parts) == 3 && parts[0] == "invocation" && r.Method == http.MethodPost && (parts[2] == "response" || parts[2] == "error"):
		a.take(w, r, parts[1], parts[2] == "error")
	default:
		http.NotFound(w, r)
	}
}

func (a *API) next(w http.ResponseWriter, r *http.Request) {
	var c *call
	select {
	case c = <-a.queue:
	case <-r.Context().Done():
		return
	}
	a.mu.Lock()
	a.last++
	id := "request-" + strconv.Itoa(a.last)
	a.open[id] = c
	a.mu.Unlock()
	h := w.Header()
	h.Set("Lambda-Runtime-Aws-Request-Id", id)
	h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(a.opts.Left).UnixMilli(), 10))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:111122223333:function:hook")
	if a.opts.TraceID != "" {
		h.Set("Lambda-Runtime-Trace-Id", a.opts.TraceID)
	}
	_, _ = w.Write(c.event)
}

func (a *API) take(w http.ResponseWriter, r *http.Request, id string, fault bool) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "the body ended early", http.StatusBadRequest)
		return
	}
	a.mu.Lock()
	c := a.open[id]
	delete(a.open, id)
	a.mu.Unlock()
	if c == nil {
		http.Error(w, "no such request", http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusAccepted)
	c.answer <- Answer{Body: body, Fault: fault}
}

func (a *API) refuse(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 4096))
	w.WriteHeader(http.StatusAccepted)
	a.mu.Lock()
	defer a.mu.Unlock()
	select {
	case <-a.refused:
	default:
		a.reason = string(body)
		close(a.refused)
	}
}
