package bootstrap_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fsxns3ap/guardhook/internal/lambdaruntime"
	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
)

// runEnv makes the test binary be a bootstrap.
const runEnv = "RUN_BOOTSTRAP"

func TestMain(m *testing.M) {
	if os.Getenv(runEnv) != "" {
		bootstrap.Main(functions)
		return
	}
	os.Exit(m.Run())
}

type event struct{ Text string }

type reply struct{ Text string }

// functions answer in the ways that there are.
var functions = bootstrap.Functions{
	"echo": bootstrap.Handle(func(p *bootstrap.Platform) (func(context.Context, event) (reply, error), error) {
		client := s3.NewFromConfig(p.AWS) // as real ones have
		return func(ctx context.Context, e event) (reply, error) {
			p.Log.InfoContext(ctx, "echo", "region", client.Options().Region)
			return reply(e), nil
		}, nil
	}),
	"fail": bootstrap.Handle(func(*bootstrap.Platform) (func(context.Context, event) (reply, error), error) {
		return func(_ context.Context, e event) (reply, error) {
			return reply{}, failure.New(failure.NotFound, "%s is not there", e.Text)
		}, nil
	}),
	"wait": bootstrap.Handle(func(*bootstrap.Platform) (func(context.Context, event) (reply, error), error) {
		return func(ctx context.Context, _ event) (reply, error) {
			<-ctx.Done()
			return reply{}, failure.Wrap(ctx.Err(), "waiting")
		}, nil
	}),
	"deadline": bootstrap.Handle(func(*bootstrap.Platform) (func(context.Context, event) (time.Time, error), error) {
		return func(ctx context.Context, _ event) (time.Time, error) {
			deadline, _ := ctx.Deadline()
			return deadline, nil
		}, nil
	}),
	"panic": bootstrap.Handle(func(*bootstrap.Platform) (func(context.Context, event) (reply, error), error) {
		return func(_ context.Context, e event) (reply, error) { panic(e.Text) }, nil
	}),
	"refused": bootstrap.Handle(func(p *bootstrap.Platform) (func(context.Context, event) (reply, error), error) {
		p.Settings.Bucket("OUTPUT_BUCKET")
		return nil, p.Settings.Err()
	}),
	"large": bootstrap.Handle(func(*bootstrap.Platform) (func(context.Context, event) (reply, error), error) {
		return func(context.Context, event) (reply, error) {
			return reply{strings.Repeat("x", bootstrap.MaxResponse)}, nil
		}, nil
	}),
	"no JSON": bootstrap.Handle(func(*bootstrap.Platform) (func(context.Context, event) (any, error), error) {
		return func(context.Context, event) (any, error) { return func() {}, nil }, nil
	}),
}

type fault struct{ ErrorMessage, ErrorType string }

// sandbox is a function as a process under a Lambda Runtime API.
type sandbox struct {
	t       *testing.T
	api     *lambdaruntime.API
	process *lambdaruntime.Process
	out     *strings.Builder
}

func start(t *testing.T, handler string, left time.Duration) *sandbox {
	t.Helper()
	api, err := lambdaruntime.New(lambdaruntime.Options{Left: left})
	if err != nil {
		t.Fatal(err)
	}
	s := &sandbox{t: t, api: api, out: &strings.Builder{}}
	s.process, err = api.Start(t.Context(), os.Args[0], []string{runEnv + "=1", "_HANDLER=" + handler, "USE_CASE=uc"}, s.out, s.out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.process.Stop(); _ = api.Close() })
	return s
}

func (s *sandbox) ask(event string) (string, fault) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	a, err := s.api.Invoke(ctx, []byte(event))
	if err != nil {
		s.t.Fatal(err)
	}
	var f fault
	if a.Fault {
		if err := json.Unmarshal(a.Body, &f); err != nil {
			s.t.Fatal(err)
		}
		return "", f
	}
	return string(a.Body), f
}

// TestRuntime: what a workflow sees of a call that succeeds and one that fails.
func TestRuntime(t *testing.T) {
	t.Parallel()
	for handler, want := range map[string]fault{"echo": {}, "fail": {"planted is not there", "NotFound"}} {
		s := start(t, handler, time.Minute)
		for range 2 {
			body, f := s.ask(`{"text":"planted"}`)
			if f != want || handler == "echo" && body != `{"Text":"planted"}` {
				t.Errorf("%s: %s %+v", handler, body, f)
			}
		}
		s.process.Stop()
		if text := s.out.String(); strings.Count(text, `"requestId":"request-2"`) != 1 || strings.Count(text, `"UseCase":"uc"`) != 2 {
			t.Errorf("%s: %s", handler, text)
		}
	}
}

// TestInvoke: every way to end, with its kind, a line of log and metrics.
func TestInvoke(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		handler, event string
		want           fault
	}{
		{"echo", `{"text":"planted"}`, fault{}},
		{"echo", "{", fault{"event: unexpected end of JSON input", "InvalidInput"}},
		{"echo", `{"text": 1}`, fault{"event: json: cannot unmarshal number into Go struct field event.Text of type string", "InvalidInput"}},
		{"fail", `{"text":"it"}`, fault{"it is not there", "NotFound"}},
		{"wait", "{}", fault{"waiting: context deadline exceeded", "Timeout"}},
		{"panic", `{"text":"planted"}`, fault{"the handler panicked", "Internal"}},
		{"refused", "{}", fault{"environment: OUTPUT_BUCKET: is not set", "Configuration"}},
		{"large", "{}", fault{"answer: 65547 bytes, want at most 65536: pass a reference to an object", "TooLarge"}},
		{"no JSON", "{}", fault{"answer: json: unsupported type: func()", "Internal"}},
		{"none", "{}", fault{"the handler none is none of this program: want one of deadline, echo, fail, large, no JSON, panic, refused, wait", "Configuration"}},
	} {
		var out strings.Builder
		p := bootstrap.New(t.Context(), functions, []string{"_HANDLER=" + c.handler}, &out, time.Now)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		_, err := p.Invoke(ctx, []byte(c.event))
		cancel()
		var got messages.InvokeResponse_Error
		if errors.As(err, &got); got.Type != c.want.ErrorType || !strings.HasPrefix(got.Message, c.want.ErrorMessage) || got.ShouldExit != (c.handler == "panic") {
			t.Errorf("%s: %+v", c.handler, got)
		}
		told := `"ProcessingErrors":0,"ProcessingSuccess":1`
		if err != nil {
			told = `"ProcessingErrors":1,"ProcessingSuccess":0`
		}
		if !strings.Contains(out.String(), told) || strings.Contains(out.String(), "planted") || strings.Count(out.String(), "the call failed") != strings.Count(told, `Errors":1`) {
			t.Errorf("%s: %s", c.handler, out.String())
		}
	}
}

// TestDeadline: a handler has a second less than Lambda gives it.
func TestDeadline(t *testing.T) {
	t.Parallel()
	p := bootstrap.New(t.Context(), functions, []string{"_HANDLER=deadline"}, &strings.Builder{}, time.Now)
	end := time.Now().Add(time.Hour)
	ctx, cancel := context.WithDeadline(t.Context(), end)
	defer cancel()
	out, err := p.Invoke(ctx, []byte("{}"))
	var got time.Time
	if err != nil || json.Unmarshal(out, &got) != nil || !got.Equal(end.Add(-time.Second)) {
		t.Errorf("%v, want a second before %v: %v", got, end, err)
	}
}

// TestPanic fails the call and ends the program, and tells no value.
func TestPanic(t *testing.T) {
	t.Parallel()
	s := start(t, "panic", time.Minute)
	if _, f := s.ask(`{"text":"planted"}`); f != (fault{"the handler panicked", "Internal"}) {
		t.Errorf("%+v", f)
	}
	<-s.process.Done()
	if text := s.out.String(); strings.Contains(text, "planted") || !strings.Contains(text, `"stack":`) || !strings.Contains(text, `"ProcessingErrors":1`) {
		t.Error(text)
	}
}

// TestConfiguration of AWS that is not understood.
func TestConfiguration(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte("[profile broken\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CONFIG_FILE", file)
	t.Setenv("AWS_PROFILE", "missing")
	p := bootstrap.New(t.Context(), functions, []string{"_HANDLER=echo"}, &strings.Builder{}, time.Now)
	if _, err := p.Invoke(t.Context(), []byte("{}")); err == nil || !strings.Contains(err.Error(), "AWS: ") {
		t.Error(err)
	}
}
