package discovery

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
)

// Outcome is what became of a part.
type Outcome struct {
	Part      string `json:"part"`
	Processed int    `json:"processed"`
	Failed    int    `json:"failed"`
	// Failures is the key of the list of failures, empty if there is none.
	Failures string `json:"failures,omitempty"`
}

// Failure is an object that cannot be processed as it is.
type Failure struct {
	Key    string       `json:"key"`
	Kind   failure.Kind `json:"kind"`
	Reason string       `json:"reason"`
}

// Each calls process for every object of a part, for at most parallel of them at
// once. An object that cannot be processed as it is (InvalidInput, NotFound,
// TooLarge, Conflict) goes into the list of failures, and the others go on. Any
// other failure is that of the call, and ends it: after another attempt, every
// object is processed again.
func Each(ctx context.Context, store *objects.Store, part string, parallel int, process func(context.Context, objects.Object) error) (Outcome, error) {
	list, err := ReadPart(ctx, store, part)
	if err != nil {
		return Outcome{}, err
	}
	failures, err := all(ctx, list, parallel, process)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{Part: part, Processed: len(list) - len(failures), Failed: len(failures)}
	if len(failures) > 0 {
		slices.SortFunc(failures, func(a, b Failure) int { return cmp.Compare(a.Key, b.Key) })
		out.Failures = "failures/" + strings.TrimPrefix(part, "manifests/")
		err = store.WriteJSON(ctx, out.Failures, failures, objects.Condition{})
	}
	return out, err
}

func all(ctx context.Context, list []objects.Object, parallel int, process func(context.Context, objects.Object) error) ([]Failure, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		wg       sync.WaitGroup
		mu       sync.Mutex
		failures []Failure
		next     = make(chan objects.Object)
	)
	for range max(1, min(parallel, len(list))) {
		wg.Go(func() {
			for o := range next {
				err := guarded(ctx, o, process)
				switch {
				case err == nil:
				case !ofObject(err):
					cancel(failure.Wrap(err, "%s", o.Key))
				default:
					mu.Lock()
					failures = append(failures, Failure{o.Key, failure.Of(err), err.Error()})
					mu.Unlock()
				}
			}
		})
	}
	for _, o := range list {
		select {
		case next <- o:
		case <-ctx.Done():
		}
	}
	close(next)
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, failure.Wrap(err, "part")
	}
	return failures, nil
}

// guarded makes a panic a failure: nobody else watches the goroutine, and the
// program would end without a word about the object.
func guarded(ctx context.Context, o objects.Object, process func(context.Context, objects.Object) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = failure.New(failure.Internal, "it panicked (%T) at %s", r, place())
		}
	}()
	return process(ctx, o)
}

// place is where a panic came from. The value may be anything, the place may be told.
func place() string {
	pc := make([]uintptr, 16)
	frames := runtime.CallersFrames(pc[:runtime.Callers(3, pc)])
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, "runtime.") || !more {
			return fmt.Sprintf("%s:%d", f.Function, f.Line)
		}
	}
}

// ofObject says whether a failure is that of one object.
func ofObject(err error) bool {
	return slices.Contains([]failure.Kind{failure.InvalidInput, failure.NotFound, failure.TooLarge, failure.Conflict}, failure.Of(err))
}
