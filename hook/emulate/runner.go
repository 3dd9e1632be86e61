package emulate

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/fsxns3ap/guardhook/hook"
	"github.com/fsxns3ap/guardhook/rules"
)

// Options are what a Runner works with.
type Options struct {
	Set    *rules.Set
	Config hook.Config
	Now    func() time.Time
	// Fetch fetches documents that an event has only the URL of; nothing is
	// fetched if it is nil.
	Fetch http.RoundTripper
}

// Runner hands events to the hook, in process. It is for one goroutine.
type Runner struct {
	handler  *hook.Handler
	fetch    http.RoundTripper
	payload  []byte
	decision *hook.Decision
}

// NewRunner returns a Runner.
func NewRunner(opts Options) *Runner {
	r := &Runner{fetch: opts.Fetch}
	r.handler = hook.New(hook.Options{
		Set: opts.Set, Config: opts.Config, Now: opts.Now, Transport: r,
		Decided: func(_ context.Context, d *hook.Decision) { r.decision = d },
	})
	return r
}

// Answer is what the hook answered, and its record.
type Answer struct {
	Response hook.Response
	Decision *hook.Decision
	// Payload is the document behind the event's URL; nil if it was not asked for.
	Payload []byte
}

// Send hands an event to the hook. payload is the document behind its URL; nil
// to have it fetched.
func (r *Runner) Send(ctx context.Context, body, payload []byte) Answer {
	r.payload = payload
	response := r.handler.Respond(ctx, body)
	// A call that was given up still reads the payload.
	r.handler.Wait()
	return Answer{Response: response, Decision: r.decision, Payload: r.payload}
}

var errNoPayload = errors.New("no payload")

// RoundTrip implements http.RoundTripper.
func (r *Runner) RoundTrip(request *http.Request) (*http.Response, error) {
	if r.payload != nil {
		return &http.Response{
			StatusCode: http.StatusOK, Request: request, ContentLength: int64(len(r.payload)), Body: io.NopCloser(bytes.NewReader(r.payload)),
		}, nil
	}
	if r.fetch == nil {
		return nil, errNoPayload
	}
	response, err := r.fetch.RoundTrip(request)
	if err == nil && response.StatusCode == http.StatusOK {
		response.Body = &recorder{ReadCloser: response.Body, runner: r}
	}
	return response, err
}

// recorder keeps what is read of a document.
type recorder struct {
	io.ReadCloser
	runner *Runner
	seen   []byte
}

// Read implements io.Reader.
func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.seen = append(r.seen, p[:n]...)
	if err == io.EOF {
		r.runner.payload = r.seen
	}
	return n, err
}
