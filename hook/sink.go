package hook

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/smithy-go"
)

// The kinds of sinks, as metrics name them.
const (
	sinkS3       = "S3"
	sinkLogs     = "LOGS"
	sinkProvider = "PROVIDER"
)

// Limits of the delivery of a record.
const (
	// deliveryTime is how long an answer waits for the delivery of its record:
	// Lambda stops the process after the answer, so that nothing can be
	// delivered later.
	deliveryTime = 2 * time.Second
	// maxDeliveries is how many deliveries may be under way in a Handler.
	maxDeliveries = 256
)

// sink is a place that keeps the records of decisions, beside the function's
// own log.
type sink struct {
	kind string
	// place names it to operators.
	place string
	write func(ctx context.Context, d *Decision) error
}

// sinks returns where the record of a call goes: the place of the settings, and
// the log group that a private hook's event names.
func (h *Handler) sinks(e *Event) []sink {
	out := slices.Clip(h.own)
	if e.logGroup != "" && strings.TrimSpace(e.providerCredentials) != "" {
		out = append(out, h.providerSink(e))
	}
	return out
}

// deliver writes the record of a call to its sinks. It returns when all have it
// or last comes, whichever is first; a record that is not kept is logged and
// counted, and changes no verdict.
func (h *Handler) deliver(ctx context.Context, e *Event, d *Decision, last time.Time) {
	sinks := h.sinks(e)
	if len(sinks) == 0 {
		return
	}
	if until := time.Now().Add(deliveryTime); until.Before(last) {
		last = until
	}
	ctx, cancel := context.WithDeadline(ctx, last)
	defer cancel()
	results := make([]chan error, len(sinks))
	for i, s := range sinks {
		results[i] = make(chan error, 1)
		select {
		case h.deliveries <- struct{}{}:
			h.calls.Go(func() {
				defer func() { <-h.deliveries }()
				_, err := safely(h, ctx, func() (struct{}, error) { return struct{}{}, s.write(ctx, d) })
				results[i] <- err
			})
		default:
			results[i] <- fmt.Errorf("%d deliveries are under way already", maxDeliveries)
		}
	}
	for i, s := range sinks {
		var err error
		select {
		case err = <-results[i]:
		case <-ctx.Done():
			err = errors.New("no answer in time")
		}
		if err != nil {
			h.opts.Log.ErrorContext(ctx, "a decision was not recorded", "log", s.kind, "place", s.place, "reason", err.Error())
			h.opts.Unrecorded(ctx, s.kind)
		}
	}
}

// awsReason says in words of ours what an AWS service answered. The texts of
// the SDK name hosts, and may hold signed URLs; they are not passed on.
func awsReason(service string, err error) (Code, string) {
	var api smithy.APIError
	status := httpStatus(err)
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return NetworkFailure, service + " does not answer in time"
	case errors.As(err, &api):
		code := InternalFailure
		if status == http.StatusForbidden || strings.HasPrefix(api.ErrorCode(), "AccessDenied") {
			code = AccessDenied
		}
		return code, service + " answers " + cut(api.ErrorCode(), 60)
	case status != 0:
		return NetworkFailure, service + " answers " + statusReason(status)
	}
	return NetworkFailure, service + " cannot be reached"
}

// failAWS is awsReason for what may be a Failure already.
func failAWS(where, service string, err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	code, reason := awsReason(service, err)
	return failf(code, "%s%s", where, reason)
}

// pathSafe makes a text of an event a part of a path: what is not a letter,
// digit, point, hyphen or underline is an underline.
func pathSafe(text, otherwise string) string {
	const limit = 200
	safe := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '_'
	}, text)
	if strings.Trim(safe, "._") == "" {
		return otherwise
	}
	return safe[:min(len(safe), limit)]
}
