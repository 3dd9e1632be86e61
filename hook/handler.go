package hook

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/fsxns3ap/guardhook/rules"
)

// Options are what a Handler works with. The zero value serves the built-in
// policy set and says nothing but its responses.
type Options struct {
	// Config holds the settings; DefaultConfig if it is zero.
	Config Config
	// ConfigErr is why there is no Config. Every call fails with it.
	ConfigErr error
	// Set is the policy set, in place of the built-in one; nil for that.
	Set *rules.Set
	// Region is that of the function, for events that do not tell one.
	Region string
	// Log gets what operators need to know; nothing if nil.
	Log *slog.Logger
	// Decided is called with the record of every call, before the answer.
	Decided func(context.Context, *Decision)
	// Unrecorded is called when a record did not reach a log other than that of
	// the function; kind says which: S3, LOGS or PROVIDER.
	Unrecorded func(ctx context.Context, kind string)
	// Transport fetches payloads; a transport without proxies if nil.
	Transport http.RoundTripper
	// OpenStore opens S3. c are the credentials of the event, or nil.
	OpenStore func(ctx context.Context, c *Credentials) (ObjectStore, error)
	// OpenLogs opens CloudWatch Logs. c are the credentials of the event, or nil.
	OpenLogs func(ctx context.Context, c *Credentials) (LogStore, error)
	// TraceHeader returns the X-Ray tracing header of a call, TraceDaemon is the
	// address of the daemon as AWS_XRAY_DAEMON_ADDRESS has it.
	TraceHeader func(context.Context) string
	TraceDaemon string
	// Now is the clock for ages and the expiry of waivers; time.Now if nil.
	Now func() time.Time
}

// Handler answers events. It serves any number of goroutines.
type Handler struct {
	opts  Options
	calls sync.WaitGroup
	// own are the sinks of the settings.
	own        []sink
	deliveries chan struct{} // has an entry for each that is under way
	turns      chan struct{} // has an entry for each evaluation that is under way

	mu     sync.Mutex
	caches map[Config]*cache
	cold   bool
}

// maxCaches is how many configurations a Handler remembers the policy set of.
const maxCaches = 8

// New returns a Handler. It loads the policy set that the configuration names
// when a call needs it, or Warm is called.
func New(opts Options) *Handler {
	if opts.Config == (Config{}) {
		opts.Config = DefaultConfig()
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Decided == nil {
		opts.Decided = func(context.Context, *Decision) {}
	}
	if opts.Unrecorded == nil {
		opts.Unrecorded = func(context.Context, string) {}
	}
	if opts.TraceHeader == nil {
		opts.TraceHeader = func(context.Context) string { return "" }
	}
	if opts.Transport == nil {
		opts.Transport = newTransport()
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.OpenStore == nil {
		opts.OpenStore = func(context.Context, *Credentials) (ObjectStore, error) {
			return nil, failf(InternalFailure, "S3 is not available")
		}
	}
	if opts.OpenLogs == nil {
		opts.OpenLogs = func(context.Context, *Credentials) (LogStore, error) {
			return nil, failf(InternalFailure, "CloudWatch Logs is not available")
		}
	}
	h := &Handler{
		opts: opts, caches: map[Config]*cache{}, cold: true,
		deliveries: make(chan struct{}, maxDeliveries), turns: make(chan struct{}, 2*runtime.GOMAXPROCS(0)),
	}
	switch to, err := parseDecisionLog(opts.Config.DecisionLog); {
	case err != nil:
		h.opts.ConfigErr = errors.Join(h.opts.ConfigErr, failf(InvalidTypeConfiguration, "decisionLog: %v", err))
	case to.group != "":
		h.own = []sink{h.logsSink(to.group)}
	case to.store.bucket != "":
		h.own = []sink{h.storeSink(to.store)}
	}
	return h
}

// newTransport returns a transport that leads nowhere but to the URL: no proxy
// may see it.
func newTransport() *http.Transport {
	return &http.Transport{
		TLSHandshakeTimeout:    3 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		IdleConnTimeout:        30 * time.Second,
		MaxIdleConnsPerHost:    2,
		ForceAttemptHTTP2:      true,
	}
}

// Warm loads the policy set, so that the first call need not. What goes wrong
// is the business of the calls.
func (h *Handler) Warm(ctx context.Context) {
	if h.opts.ConfigErr != nil {
		return
	}
	if c, err := h.cache(h.opts.Config); err == nil {
		if _, err := c.current(ctx, nil); err != nil {
			h.opts.Log.ErrorContext(ctx, "no policy set yet", "reason", err.Error())
		}
	}
}

// Wait returns when no evaluation is left that a call gave up.
func (h *Handler) Wait() { h.calls.Wait() }

// Invoke answers an event. It implements the Handler of aws-lambda-go: the
// response is always one of the protocol, the error always nil.
func (h *Handler) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	r := h.Respond(ctx, event)
	return r.encode(), nil
}

// Respond answers an event before the context's deadline, or Config.Limit, less
// Config.Margin.
func (h *Handler) Respond(ctx context.Context, src []byte) Response {
	started := time.Now()
	d := &Decision{Cold: h.first()}
	soft, hard, last := h.deadlines(ctx, started)
	ctx, cancel := context.WithDeadline(ctx, soft)
	defer cancel()

	e, err := safely(h, ctx, func() (*Event, error) { return decodeEvent(src) })
	if e == nil {
		e = &Event{}
	}
	done := make(chan answer, 1)
	if err != nil {
		done <- answer{err: err}
	} else {
		h.calls.Go(func() { done <- h.answer(ctx, e) })
	}
	timer := time.NewTimer(time.Until(hard))
	defer timer.Stop()
	var a answer
	select {
	case a = <-done:
	case <-timer.C:
		a = answer{err: errDeadline}
	}
	r := h.respond(ctx, e, a, d)
	d.Duration = time.Since(started)
	d.fill(e, &r)
	ctx = context.WithoutCancel(ctx)
	h.opts.Decided(ctx, d)
	h.trace(ctx, d, started)
	h.deliver(ctx, e, d, last)
	return r
}

// deadlines returns when work has to end, when there is an answer whether it has
// or not, and when the answer is given whether its record is delivered or not.
func (h *Handler) deadlines(ctx context.Context, now time.Time) (soft, hard, last time.Time) {
	end := now.Add(h.opts.Config.Limit)
	if d, ok := ctx.Deadline(); ok && d.Before(end) {
		end = d
	}
	// What is left is short when a margin is most of it.
	margin := min(h.opts.Config.Margin, end.Sub(now)/2)
	return end.Add(-margin), end.Add(-margin / 2), end.Add(-margin / 4)
}

var errDeadline = failf(InternalFailure, "The time of the call ended before the target was judged.")

// answer is what came of an event.
type answer struct {
	policy    *policy
	judgement *judgement
	err       error
}

func (h *Handler) answer(ctx context.Context, e *Event) answer {
	var a answer
	j, err := safely(h, ctx, func() (*judgement, error) {
		var err error
		config := h.opts.Config
		if h.opts.ConfigErr != nil {
			return nil, failure(h.opts.ConfigErr)
		}
		if config, err = config.withType(e.configuration); err != nil {
			return nil, err
		}
		if a.policy, err = h.policy(ctx, config, e); err != nil {
			return nil, err
		}
		return h.judge(ctx, config, a.policy.set, e)
	})
	a.judgement, a.err = j, err
	if f := (*Failure)(nil); ctx.Err() != nil && (!errors.As(err, &f) || f.Code != NetworkFailure) {
		// Whatever came out may be for want of time. Who did not answer is worth
		// telling.
		a.judgement, a.err = nil, errDeadline
	}
	return a
}

// judge evaluates an event with a policy set.
func (h *Handler) judge(ctx context.Context, config Config, set *rules.Set, e *Event) (*judgement, error) {
	j := judge{set: set, event: e, stack: e.stack(h.opts.Region), strict: config.Strict, now: h.opts.Now}
	if e.Kind == Resource || e.Kind == CloudControl {
		return h.inTurn(ctx, j.resource)
	}
	d, err := h.document(ctx, config, e)
	if err != nil {
		return nil, err
	}
	return h.inTurn(ctx, func(ctx context.Context) (*judgement, error) { return j.template(ctx, d) })
}

// inTurn evaluates when it is the event's turn. Evaluations only compute, so
// that more of them than processors would each take longer, and some too long.
func (h *Handler) inTurn(ctx context.Context, evaluate func(context.Context) (*judgement, error)) (*judgement, error) {
	select {
	case h.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, errDeadline
	}
	defer func() { <-h.turns }()
	return evaluate(ctx)
}

func (h *Handler) document(ctx context.Context, config Config, e *Event) (*document, error) {
	if e.inline != nil {
		var err error
		d := readDocument(fields{path: "event.requestData.targetModel", entries: e.inline, err: &err}, e.Kind)
		return d, err
	}
	f := fetcher{transport: h.opts.Transport, limit: config.PayloadBytes, patience: config.PayloadTime}
	src, err := f.fetch(ctx, e.payload)
	if err != nil {
		return nil, err
	}
	return decodeDocument(src, e.Kind)
}

// policy returns the policy set in force for a configuration.
func (h *Handler) policy(ctx context.Context, config Config, e *Event) (*policy, error) {
	c, err := h.cache(config)
	if err != nil {
		return nil, err
	}
	var creds *Credentials
	if config.Policy != Embedded {
		if creds, err = parseCredentials("event.requestData.callerCredentials", e.credentials); err != nil {
			return nil, err
		}
	}
	return c.current(ctx, creds)
}

func (h *Handler) cache(config Config) (*cache, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c := h.caches[config]; c != nil {
		return c, nil
	}
	opts, err := config.options(h.opts.Now)
	if err != nil {
		return nil, err
	}
	from, err := parseSource(config.Policy)
	if err != nil {
		return nil, failf(InvalidTypeConfiguration, "policy: %v", err)
	}
	var l loader = embeddedLoader{opts}
	switch {
	case config.Policy == Embedded && h.opts.Set != nil && config.PolicyConfig == "":
		l = givenLoader{h.opts.Set}
	case config.Policy != Embedded:
		l = &s3Loader{source: from, name: config.Policy, opts: opts, open: h.opts.OpenStore}
	}
	if len(h.caches) >= maxCaches {
		clear(h.caches)
	}
	c := newCache(config, l, h.opts.Now, func(err error) {
		h.opts.Log.Error("a policy set was not taken; the one in use stays", "reason", err.Error())
	})
	h.caches[config] = c
	return c, nil
}

func (h *Handler) first() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	cold := h.cold
	h.cold = false
	return cold
}

// respond turns an answer into the response.
func (h *Handler) respond(ctx context.Context, e *Event, a answer, d *Decision) Response {
	tail := ""
	if a.policy != nil {
		now := h.opts.Now()
		tail = a.policy.tail(now)
		d.Digest, d.Revision, d.PolicyAge = a.policy.set.Digest(), a.policy.set.Revision(), a.policy.age(now)
	}
	r, err := safely(h, ctx, func() (Response, error) {
		if a.err != nil {
			f := failure(a.err)
			return newResponse(e, f.Code, f.Message, tail, nil), nil
		}
		ranked := a.judgement.rank()
		d.findings(a.judgement)
		return newResponse(e, a.judgement.code(), a.judgement.message(ranked), tail, annotations(ranked)), nil
	})
	if err != nil {
		f := failure(err)
		return newResponse(e, f.Code, f.Message, "", nil)
	}
	return r
}

// safely calls f and turns a panic into a Failure. The panic's value may quote
// the event, and is not shown.
func safely[T any](h *Handler, ctx context.Context, f func() (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			h.opts.Log.ErrorContext(ctx, "panic", "stack", string(debug.Stack()))
			err = failf(InternalFailure, "A fault in the program kept the target from being judged.")
		}
	}()
	v, err = f()
	if err != nil {
		var f *Failure
		if !errors.As(err, &f) {
			err = failf(InternalFailure, "%v", err)
		}
	}
	return v, err
}
