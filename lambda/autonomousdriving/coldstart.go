package autonomousdriving

import (
	"context"
	"time"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
)

// The kinds of a model that did not become ready in time. No Retry names them; a
// Catch does, and leads to a job.
const (
	ServerlessColdStart failure.Kind = "ServerlessColdStartTimeoutError"
	ComponentsColdStart failure.Kind = "ComponentsColdStartTimeoutError"
)

// pause returns how long to wait before the nth call after the first: 5, 10, 20,
// and from then on 30 seconds.
func pause(n int) time.Duration {
	const first, most = 5 * time.Second, 30 * time.Second
	if n > 3 {
		return most
	}
	return min(first<<(n-1), most)
}

// coldStart calls a model until it is ready.
type coldStart struct {
	// kind is that of the error of a model that does not become ready.
	kind failure.Kind
	// name is the endpoint or the component, for the error.
	name string
	// budget is how long to try, from the start of a call of the function.
	budget time.Duration
	// margin is what has to be left before the deadline of the context, to answer.
	margin time.Duration
	now    func() time.Time
	sleep  Sleeper
}

// end is when the last try may begin, by the function's clock. The deadline of the
// context is one of the system's clock.
func (c *coldStart) end(ctx context.Context, started time.Time) time.Time {
	end := started.Add(c.budget)
	if deadline, ok := ctx.Deadline(); ok {
		if at := c.now().Add(time.Until(deadline) - c.margin); at.Before(end) {
			return at
		}
	}
	return end
}

// do makes a call, and makes it again while it says that the model is not ready
// and the next try can begin in time. A try ends before the context does, so that
// there is time for an answer. It returns how often it waited. An error of another
// reason is returned as it is, at once.
func (c *coldStart) do(ctx context.Context, started time.Time, call func(context.Context) (ready bool, err error)) (waits int, err error) {
	end, try := c.end(ctx, started), ctx
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		try, cancel = context.WithDeadline(ctx, deadline.Add(-c.margin/2))
		defer cancel()
	}
	for {
		ready, err := call(try)
		if ready || err == nil {
			return waits, err
		}
		wait := pause(waits + 1)
		if c.now().Add(wait).After(end) || c.sleep(ctx, wait) != nil {
			return waits, failure.New(c.kind, "%s: not ready after %d tries: %w", c.name, waits+1, err)
		}
		waits++
	}
}
