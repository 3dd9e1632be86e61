// Package telemetry is what a function tells of itself: log lines in JSON,
// metrics in CloudWatch's embedded metric format, subsegments of X-Ray.
//
// It promises whole lines, also from several goroutines, and that telemetry that
// cannot be sent changes no result. It does not decide what is told: who logs a
// value answers for it. Keys of objects may be logged; their contents, secrets
// and URLs with a signature may not.
package telemetry

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/fsxns3ap/guardhook/internal/xray"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
)

// NewLogger returns a logger of lines in JSON, with the id of the request that the
// context of a line has.
func NewLogger(w io.Writer) *slog.Logger { return slog.New(&handler{slog.NewJSONHandler(w, nil)}) }

type requestKey struct{}

// WithRequest returns a context whose log lines have the id of a request.
func WithRequest(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

type handler struct{ slog.Handler }

// Handle implements slog.Handler.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	if id, _ := ctx.Value(requestKey{}).(string); id != "" {
		r.AddAttrs(slog.String("requestId", id))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &handler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h *handler) WithGroup(name string) slog.Handler { return &handler{h.Handler.WithGroup(name)} }

// Lines makes of a writer one that many goroutines may write lines to.
func Lines(w io.Writer) io.Writer { return &lines{w: w} }

type lines struct {
	mu sync.Mutex
	w  io.Writer
}

// Write implements io.Writer.
func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(line)
}

// Tracer traces what a call does.
type Tracer struct {
	// Daemon is AWS_XRAY_DAEMON_ADDRESS. Without one, nothing is traced.
	Daemon string
	Log    *slog.Logger
	Now    func() time.Time
}

type traceKey struct{}

// Enter returns a context in which Do traces the call with the tracing header.
func (t *Tracer) Enter(ctx context.Context, header string) context.Context {
	h, err := xray.ParseHeader(header)
	if err != nil {
		t.Log.WarnContext(ctx, "a call is not traced", "reason", err.Error())
		return ctx
	}
	return context.WithValue(ctx, traceKey{}, h)
}

// Do runs a step, as a subsegment below that of ctx if the call is sampled. The
// error is that of the step.
func (t *Tracer) Do(ctx context.Context, name string, step func(context.Context) error) error {
	parent, _ := ctx.Value(traceKey{}).(xray.Header)
	if !parent.Sampled || t.Daemon == "" {
		return step(ctx)
	}
	s := xray.Subsegment{Name: failure.Cut(name, xray.MaxName), ID: xray.NewID(), Parent: parent, Start: t.Now()}
	below := xray.Header{Root: parent.Root, Parent: s.ID, Sampled: true}
	err := step(context.WithValue(ctx, traceKey{}, below))
	s.End = t.Now()
	if err != nil {
		s.Fault, s.Annotations = true, map[string]any{"kind": string(failure.Of(err))}
	}
	// Also after the deadline of the call: a step that took too long is worth seeing.
	if lost := xray.Send(context.WithoutCancel(ctx), t.Daemon, s); lost != nil {
		t.Log.WarnContext(ctx, "a step is not traced", "step", name, "reason", lost.Error())
	}
	return err
}
