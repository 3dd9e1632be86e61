package autonomousdriving

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
)

func TestPause(t *testing.T) {
	t.Parallel()
	var got []time.Duration
	for n := 1; n <= 7; n++ {
		got = append(got, pause(n)/time.Second)
	}
	if diff := cmp.Diff([]time.Duration{5, 10, 20, 30, 30, 30, 30}, got); diff != "" {
		t.Error(diff)
	}
}

// waker is a model that becomes ready after some calls, and a clock that stands
// still but while somebody sleeps or a call takes its time.
type waker struct {
	readyAfter int // calls that find it not ready
	takes      time.Duration
	other      error // of the last call in place of an answer

	now   time.Time
	calls int
	slept []time.Duration
}

var errAsleep = errors.New("asleep")

func (w *waker) call(context.Context) (bool, error) {
	w.now = w.now.Add(w.takes)
	if w.calls++; w.calls <= w.readyAfter {
		return false, errAsleep
	}
	return true, w.other
}

func (w *waker) sleep(_ context.Context, d time.Duration) error {
	w.slept = append(w.slept, d)
	w.now = w.now.Add(d)
	return nil
}

func (w *waker) cold(budget time.Duration) *coldStart {
	return &coldStart{kind: ComponentsColdStart, name: "component c", budget: budget, margin: 10 * time.Second, now: func() time.Time { return w.now }, sleep: w.sleep}
}

func TestColdStart(t *testing.T) {
	t.Parallel()
	other := errors.New("other")
	for name, c := range map[string]struct {
		waker
		budget time.Duration
		slept  []time.Duration // seconds
		calls  int
		want   string
	}{
		"ready":             {waker{}, 600, nil, 1, "<nil>"},
		"after one":         {waker{readyAfter: 1}, 600, []time.Duration{5}, 2, "<nil>"},
		"after five":        {waker{readyAfter: 5}, 600, []time.Duration{5, 10, 20, 30, 30}, 6, "<nil>"},
		"another reason":    {waker{other: other}, 600, nil, 1, "other"},
		"then another":      {waker{readyAfter: 2, other: other}, 600, []time.Duration{5, 10}, 3, "other"},
		"never":             {waker{readyAfter: 99}, 95, []time.Duration{5, 10, 20, 30, 30}, 6, "component c: not ready after 6 tries: asleep"},
		"never, a bit less": {waker{readyAfter: 99}, 94, []time.Duration{5, 10, 20, 30}, 5, "component c: not ready after 5 tries: asleep"},
		"slow calls count":  {waker{readyAfter: 99, takes: 20 * time.Second}, 95, []time.Duration{5, 10, 20}, 4, "component c: not ready after 4 tries: asleep"},
		"no budget":         {waker{readyAfter: 99}, 4, nil, 1, "component c: not ready after 1 tries: asleep"},
		"minutes":           {waker{readyAfter: 20}, 600, []time.Duration{5, 10, 20, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30}, 21, "<nil>"},
	} {
		w := c.waker
		cold := w.cold(c.budget * time.Second)
		waits, err := cold.do(t.Context(), w.now, w.call)
		var slept []time.Duration
		for _, d := range w.slept {
			slept = append(slept, d/time.Second)
		}
		if diff := cmp.Diff(c.slept, slept); diff != "" || fmt.Sprint(err) != c.want || w.calls != c.calls || waits != len(slept) {
			t.Errorf("%s: %d waits, %d calls, %v\n%s", name, waits, w.calls, err, diff)
		}
		if strings.Contains(c.want, "not ready") != (failure.Of(err) == ComponentsColdStart) {
			t.Errorf("%s: kind %s", name, failure.Of(err))
		}
	}
}

// TestColdStartBudget: whatever calls take, no wait ends after the budget, and a
// model that is ready in time is found ready.
func TestColdStartBudget(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := &waker{
			readyAfter: rapid.IntRange(0, 40).Draw(t, "ready"),
			takes:      time.Duration(rapid.IntRange(0, 60).Draw(t, "takes")) * time.Second,
		}
		budget := time.Duration(rapid.IntRange(0, 840).Draw(t, "budget")) * time.Second
		started := w.now
		_, err := w.cold(budget).do(context.Background(), started, w.call)
		if took := w.now.Sub(started); took > max(budget, 0)+w.takes {
			t.Fatalf("it took %s of %s", took, budget)
		}
		next := pause(len(w.slept) + 1)
		if late := !w.now.Add(next).After(started.Add(budget)); err != nil && late {
			t.Fatalf("it gave up at %s of %s", w.now.Sub(started), budget)
		}
	})
}

// TestColdStartDeadline: the typed error comes before the deadline, of which a
// margin is left; also when a call hangs. The clock is that of the bubble.
func TestColdStartDeadline(t *testing.T) {
	t.Parallel()
	for name, hangs := range map[string]bool{"not ready": false, "hangs": true} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
			defer cancel()
			cold := &coldStart{kind: ServerlessColdStart, name: "endpoint e", budget: time.Hour, margin: 10 * time.Second, now: time.Now, sleep: Sleep}
			started := time.Now()
			waits, err := cold.do(ctx, started, func(try context.Context) (bool, error) {
				if hangs {
					<-try.Done()
					return false, try.Err()
				}
				return false, errAsleep
			})
			took := time.Since(started)
			if failure.Of(err) != ServerlessColdStart || ctx.Err() != nil || took >= 60*time.Second {
				t.Errorf("%s: %v after %s", name, err, took)
			}
			if want := map[bool]int{false: 3, true: 0}[hangs]; waits != want {
				t.Errorf("%s: %d waits, want %d", name, waits, want)
			}
		})
	}
}

// TestColdStartEnds: a context that ends while one waits ends the waiting.
func TestColdStartEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cold := &coldStart{kind: ServerlessColdStart, name: "endpoint e", budget: time.Hour, now: time.Now, sleep: Sleep}
		go func() {
			time.Sleep(time.Second)
			cancel()
		}()
		waits, err := cold.do(ctx, time.Now(), func(context.Context) (bool, error) { return false, errAsleep })
		if waits != 0 || failure.Of(err) != ServerlessColdStart {
			t.Errorf("%d waits, %v", waits, err)
		}
	})
}
