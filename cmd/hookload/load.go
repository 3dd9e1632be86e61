package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fsxns3ap/guardhook/hook"
	"github.com/fsxns3ap/guardhook/internal/lambdaruntime"
)

// What the hook is meant to keep to, on one core of a small machine. A missed
// one is printed, and no failure: it is a matter of the machine as well.
const (
	targetCold   = 120 * time.Millisecond
	targetP50    = time.Millisecond
	targetP99    = 5 * time.Millisecond
	targetMemory = 80 << 20
)

const (
	// warmEvents is how many answers the warm latency is taken of.
	warmEvents = 1000
	// settled is the event after which a bootstrap has all the memory that it
	// needs: every sample was judged many times, and the collector has its
	// pace.
	settled = 10_000
	// maxGrowth is how much more of it there may be at the end, in bytes. A
	// leak of 100 bytes an event is more over 90,000 events.
	maxGrowth = 8 << 20
	// patience is how long an answer may take.
	patience = 30 * time.Second
)

// session is an API with the bootstraps that take its events.
type session struct {
	api   *lambdaruntime.API
	procs []*lambdaruntime.Process
	// ended ends when a bootstrap does.
	ended context.Context
	stop  context.CancelCauseFunc
}

var errEnded = errors.New("a bootstrap ended")

func (r *runner) open(ctx context.Context, workers int) (*session, error) {
	api, err := lambdaruntime.New(lambdaruntime.Options{Left: patience})
	if err != nil {
		return nil, err
	}
	s := &session{api: api}
	s.ended, s.stop = context.WithCancelCause(ctx)
	for range workers {
		p, err := api.Start(ctx, r.bootstrap, r.env, nil, nil)
		if err != nil {
			s.close()
			return nil, err
		}
		s.procs = append(s.procs, p)
		go func() { <-p.Done(); s.stop(errEnded) }()
	}
	return s, nil
}

func (s *session) close() {
	for _, p := range s.procs {
		p.Stop()
	}
	s.stop(nil)
	_ = s.api.Close()
}

// invoke sends a sample once and checks the answer.
func (s *session) invoke(r *runner, sample *sample) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(s.ended, patience)
	defer cancel()
	event, token := sample.event(r.next.Add(1))
	started := time.Now()
	answer, err := s.api.Invoke(ctx, event)
	took := time.Since(started)
	switch {
	case err != nil:
		return took, err
	case answer.Fault:
		return took, fmt.Errorf("%s: the bootstrap reports an error: %.200s", sample.name, answer.Body)
	}
	return took, sample.check(answer.Body, token)
}

// cold measures how long it takes from the start of the process to the answer
// to its first event.
func (r *runner) cold(ctx context.Context) error {
	var took []time.Duration
	for i := range r.starts {
		started := time.Now()
		s, err := r.open(ctx, 1)
		if err != nil {
			return err
		}
		_, err = s.invoke(r, r.samples[i%(len(r.samples)-1)])
		took = append(took, time.Since(started))
		s.close()
		if err != nil {
			return fmt.Errorf("cold start: %w", err)
		}
	}
	p50 := quantile(took, 0.5)
	r.say("cold start     %d starts: p50 %s, max %s %s", len(took), ms(p50), ms(quantile(took, 1)), against(p50 < targetCold, "p50", ms(targetCold)))
	return nil
}

// steady sends events to one bootstrap, one after the other, and watches its
// memory.
func (r *runner) steady(ctx context.Context) error {
	s, err := r.open(ctx, 1)
	if err != nil {
		return err
	}
	defer s.close()
	var warm []time.Duration
	var base lambdaruntime.Memory
	for i := range r.events {
		sample := r.samples[i%len(r.samples)]
		took, err := s.invoke(r, sample)
		if err != nil {
			return fmt.Errorf("event %d: %w", i+1, err)
		}
		if i >= len(r.samples) && !sample.heavy && len(warm) < warmEvents {
			warm = append(warm, took)
		}
		n := i + 1
		if n != 1 && n != 1000 && n != settled && n != r.events {
			continue
		}
		m, err := s.procs[0].Memory()
		if err != nil {
			return err
		}
		r.say("memory         after %d events: peak %s, resident %s, %d threads", n, mib(m.Peak), mib(m.Resident), m.Threads)
		switch {
		case n == r.events:
			r.say("warm           %d resource events: p50 %s, p99 %s %s", len(warm), ms(quantile(warm, 0.5)), ms(quantile(warm, 0.99)),
				against(quantile(warm, 0.5) < targetP50 && quantile(warm, 0.99) < targetP99, "p50, p99", ms(targetP50)+", "+ms(targetP99)))
			return r.grown(base, m)
		case n <= settled:
			base = m
		}
	}
	return nil
}

// grown judges memory: the peak at the end against that at the event settled.
// Shorter runs say nothing of growth.
func (r *runner) grown(base, end lambdaruntime.Memory) error {
	r.say("memory         peak %s %s", mib(end.Peak), against(end.Peak < targetMemory, "peak", mib(targetMemory)))
	if r.events <= settled {
		return nil
	}
	growth := end.Peak - base.Peak
	r.say("memory         %s more than after %d events (allowed %s)", mib(growth), settled, mib(maxGrowth))
	if growth > maxGrowth {
		return fmt.Errorf("memory grows: by %s from event %d to event %d", mib(growth), settled, r.events)
	}
	return nil
}

// pool has the streams share a few bootstraps.
func (r *runner) pool(ctx context.Context) error {
	s, err := r.open(ctx, r.workers)
	if err != nil {
		return err
	}
	defer s.close()
	err = r.load(fmt.Sprintf("%d bootstraps", r.workers), func(sample *sample) (time.Duration, error) { return s.invoke(r, sample) })
	for i, p := range s.procs {
		m, failed := p.Memory()
		if failed != nil {
			return errors.Join(err, failed)
		}
		r.say("memory         of bootstrap %d: peak %s", i+1, mib(m.Peak))
	}
	return err
}

// inProcess has the streams share one Handler.
func (r *runner) inProcess(ctx context.Context) error {
	before := runtime.NumGoroutine()
	h := hook.New(hook.Options{})
	h.Warm(ctx)
	err := r.load("1 handler in process", func(sample *sample) (time.Duration, error) {
		event, token := sample.event(r.next.Add(1))
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		started := time.Now()
		answer, err := h.Invoke(ctx, event)
		took := time.Since(started)
		return took, errors.Join(err, sample.check(answer, token))
	})
	h.Wait()
	after := left(before)
	r.say("goroutines     %d before, %d after", before, after)
	if after > before {
		return errors.Join(err, fmt.Errorf("%d goroutines are left", after-before))
	}
	return err
}

// left is how many goroutines there are when those that are about to end have ended.
func left(before int) int {
	const looks, pause = 100, 20 * time.Millisecond
	for range looks {
		if runtime.NumGoroutine() <= before {
			break
		}
		time.Sleep(pause)
	}
	return runtime.NumGoroutine()
}

// load runs the streams for the duration of the plan.
func (r *runner) load(name string, invoke func(*sample) (time.Duration, error)) error {
	var (
		wg            sync.WaitGroup
		mu            sync.Mutex
		all           []time.Duration
		first         error
		count, errors atomic.Int64
	)
	end := time.Now().Add(r.duration)
	for stream := range r.streams {
		wg.Go(func() {
			var took []time.Duration
			for i := stream; time.Now().Before(end); i++ {
				d, err := invoke(r.samples[i%len(r.samples)])
				count.Add(1)
				took = append(took, d)
				if err != nil {
					errors.Add(1)
					mu.Lock()
					if first == nil {
						first = err
					}
					mu.Unlock()
					break
				}
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
		})
	}
	wg.Wait()
	n := count.Load()
	r.say("streams        %d for %s, %s: %d events, %d errors, %.0f events/s, p50 %s, p99 %s with waiting",
		r.streams, r.duration, name, n, errors.Load(), float64(n)/r.duration.Seconds(), ms(quantile(all, 0.5)), ms(quantile(all, 0.99)))
	if first != nil {
		return fmt.Errorf("%s: %d of %d events failed, the first: %w", name, errors.Load(), n, first)
	}
	return nil
}

// quantile returns the value that a share q of all is not above.
func quantile(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000) }

func mib(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

func against(met bool, what, target string) string {
	if met {
		return fmt.Sprintf("(target %s < %s: met)", what, target)
	}
	return fmt.Sprintf("(target %s < %s: MISSED)", what, target)
}
