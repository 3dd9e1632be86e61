package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fsxns3ap/guardhook/hook"
)

// runEnv makes the test binary be the program.
const runEnv = "RUN_HOOK_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(runEnv) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// lambdaRuntime is a Lambda Runtime API that hands out events.
type lambdaRuntime struct {
	events  chan string
	answers chan string
	// left is how long a call has.
	left time.Duration
	mu   sync.Mutex
	next int
}

func (l *lambdaRuntime) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const base = "/2018-06-01/runtime/invocation/"
	switch {
	case r.URL.Path == base+"next":
		select {
		case event := <-l.events:
			l.mu.Lock()
			l.next++
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", fmt.Sprint("request-", l.next))
			l.mu.Unlock()
			w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(l.left).UnixMilli()))
			_, _ = io.WriteString(w, event)
		case <-r.Context().Done():
		}
	case strings.HasPrefix(r.URL.Path, base) && strings.HasSuffix(r.URL.Path, "/response"):
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
		l.answers <- string(body)
	default:
		body, _ := io.ReadAll(r.Body)
		l.answers <- r.URL.Path + ": " + string(body)
		w.WriteHeader(http.StatusAccepted)
	}
}

// TestRuntime runs the program under a Lambda Runtime API: good and bad events,
// one after the other.
func TestRuntime(t *testing.T) {
	t.Parallel()
	runtime := &lambdaRuntime{events: make(chan string), answers: make(chan string, 1), left: 5 * time.Second}
	server := httptest.NewServer(runtime)
	defer server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = []string{runEnv + "=1", "AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(server.URL, "http://"), "AWS_REGION=eu-west-1"}
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ask := func(event string) hook.Response {
		t.Helper()
		var r hook.Response
		select {
		case runtime.events <- event:
		case <-ctx.Done():
			t.Fatalf("the program does not ask for events: %s", stderr.String())
		}
		select {
		case answer := <-runtime.answers:
			if err := json.Unmarshal([]byte(answer), &r); err != nil {
				t.Errorf("%v: %s", err, answer)
			}
		case <-ctx.Done():
			t.Fatalf("the program does not answer: %s", stderr.String())
		}
		return r
	}
	for range 3 {
		if r := ask(event); r.Status != hook.Failed || r.ErrorCode != hook.NonCompliant || r.Token != "t" {
			t.Errorf("%+v", r)
		}
		for _, broken := range []string{"{}", "not JSON", `"text"`, "[1]", "null"} {
			if r := ask(broken); r.Status != hook.Failed || r.ErrorCode != hook.InternalFailure {
				t.Errorf("%s: %+v", broken, r)
			}
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if strings.Count(stdout.String(), `"msg":"decision"`) != 18 || strings.Count(stdout.String(), `"cold":true`) != 1 {
		t.Errorf("log: %s", stdout.String())
	}
	if strings.Contains(stdout.String()+stderr.String(), "planted") {
		t.Errorf("secrets: %s%s", stdout.String(), stderr.String())
	}
}
