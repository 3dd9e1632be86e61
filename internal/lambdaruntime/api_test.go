package lambdaruntime

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func start(t *testing.T, opts Options) (*API, string) {
	t.Helper()
	a, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a, "http://" + a.Addr() + version
}

// next is a bootstrap that asks for an event.
func next(t *testing.T, base string) (event string, header http.Header) {
	t.Helper()
	r, err := http.Get(base + "invocation/next")
	if err != nil {
		t.Error(err)
		return "", nil
	}
	body, err := io.ReadAll(r.Body)
	_ = r.Body.Close()
	if err != nil {
		t.Error(err)
	}
	return string(body), r.Header
}

func post(t *testing.T, url, body string) int {
	t.Helper()
	r, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0
	}
	_ = r.Body.Close()
	return r.StatusCode
}

// TestAnswers gives each caller the answer to its own event, in any order.
func TestAnswers(t *testing.T) {
	t.Parallel()
	a, base := start(t, Options{Left: time.Second, TraceID: "Root=1-a-b;Sampled=1"})
	const calls = 20
	done := make(chan struct{})
	go func() {
		defer close(done)
		open := map[string]string{}
		for range calls {
			event, header := next(t, base)
			if header.Get("Lambda-Runtime-Deadline-Ms") == "" || header.Get("Lambda-Runtime-Trace-Id") != "Root=1-a-b;Sampled=1" {
				t.Errorf("%v", header)
			}
			open[header.Get("Lambda-Runtime-Aws-Request-Id")] = event
		}
		for id, event := range open {
			outcome := "/response"
			if strings.HasSuffix(event, "7") {
				outcome = "/error"
			}
			if status := post(t, base+"invocation/"+id+outcome, "answer to "+event); status != http.StatusAccepted {
				t.Errorf("%s: %d", id, status)
			}
			if status := post(t, base+"invocation/"+id+"/response", "again"); status != http.StatusBadRequest {
				t.Errorf("%s again: %d", id, status)
			}
		}
	}()
	results := make(chan string, calls)
	for i := range calls {
		event := "event " + string(rune('0'+i))
		go func() {
			answer, err := a.Invoke(t.Context(), []byte(event))
			if err != nil || string(answer.Body) != "answer to "+event || answer.Fault != strings.HasSuffix(event, "7") {
				t.Errorf("%s: %v, %v, %s", event, err, answer.Fault, answer.Body)
			}
			results <- event
		}()
	}
	for range calls {
		<-results
	}
	<-done
	if status := post(t, base+"restore/next", ""); status != http.StatusNotFound {
		t.Errorf("unknown path: %d", status)
	}
}

// TestNoAnswer returns when there will be none.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	a, base := start(t, Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := a.Invoke(ctx, nil); err == nil || !strings.Contains(err.Error(), "no bootstrap asks") {
		t.Error(err)
	}
	asked := make(chan struct{})
	go func() { defer close(asked); next(t, base) }()
	ctx, cancel = context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := a.Invoke(ctx, nil); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Error(err)
	}
	<-asked
	for range 2 {
		post(t, base+"init/error", `{"errorMessage":"no handler"}`)
	}
	if _, err := a.Invoke(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "no handler") {
		t.Error(err)
	}
}

func TestParseStatus(t *testing.T) {
	t.Parallel()
	m, err := parseStatus("Name:\thook\nVmHWM:\t   2048 kB\nVmRSS:\t  1024 kB\nThreads:\t5\n")
	if err != nil || m != (Memory{Peak: 2 << 20, Resident: 1 << 20, Threads: 5}) {
		t.Errorf("%+v, %v", m, err)
	}
	for _, text := range []string{"", "Name: hook\nThreads: 1\n", "VmHWM: many kB\n"} {
		if _, err := parseStatus(text); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}
