package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fsxns3ap/guardhook/internal/lambdaruntime"
)

// fakeEnv makes the test binary be a bootstrap that answers with its value.
const fakeEnv = "AWS_FAKE_ANSWER"

func TestMain(m *testing.M) {
	if answer, ok := os.LookupEnv(fakeEnv); ok {
		if err := fakeBootstrap(answer); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// fakeBootstrap answers events with a text, as an error if it begins with one;
// "exit" ends it.
func fakeBootstrap(answer string) error {
	base := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		r, err := http.Get(base + "next")
		if err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
		if answer == "exit" {
			return nil
		}
		outcome := "/response"
		if strings.HasPrefix(answer, "error") {
			outcome = "/error"
		}
		r, err = http.Post(base+r.Header.Get("Lambda-Runtime-Aws-Request-Id")+outcome, "application/json", strings.NewReader(answer))
		if err != nil {
			return err
		}
		_ = r.Body.Close()
	}
}

func runLoad(t *testing.T, environ []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	c := &Command{Stdout: &out, Stderr: &errs, Environ: environ}
	code = c.Main(ctx, args)
	return code, out.String(), errs.String()
}

// TestShortLoad runs all parts against the program as it is deployed. It is not
// parallel: it counts the goroutines of the process.
func TestShortLoad(t *testing.T) {
	bootstrap := filepath.Join(t.TempDir(), "bootstrap")
	build := exec.Command("go", "build", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", bootstrap, "../hook")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	code, stdout, stderr := runLoad(t, nil, "-bootstrap", bootstrap, "-duration", "2s", "-events", "500", "-starts", "3")
	if code != exitGood {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
	for _, want := range []string{
		"cold start     3 starts: p50 ", "after 1 events: peak ", "after 500 events: peak ", " resource events: p50 ",
		"200 for 2s, 2 bootstraps: ", "200 for 2s, 1 handler in process: ", " 0 errors, ", "goroutines ",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
}

// TestFaultsAreFound gives the load bootstraps that do not answer as they
// should.
func TestFaultsAreFound(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		"error of the runtime": "the bootstrap reports an error: error of the runtime",
		"no JSON":              "malformed response",
		`{"hookStatus":"FAILED","errorCode":"NonCompliant","message":"m","clientRequestToken":"x","callbackDelaySeconds":0,"more":1}`: "malformed response",
		`{"hookStatus":"FAILED","errorCode":"NonCompliant","message":"m","clientRequestToken":"other","callbackDelaySeconds":0}`:      "the answer is that of another event",
		`{"hookStatus":"FAILED","errorCode":"InternalFailure","message":"The time of the call ended","clientRequestToken":"token-1"}`: "error code InternalFailure: The time",
		`{"hookStatus":"SUCCESS","message":"m","clientRequestToken":"token-1","callbackDelaySeconds":0}`:                              "status SUCCESS",
		`{"hookStatus":"FAILED","message":"m","clientRequestToken":"token-1","callbackDelaySeconds":0}`:                               `error code "", want FAILED`,
		`{"hookStatus":"FAILED","errorCode":"NonCompliant","message":"","clientRequestToken":"token-1","callbackDelaySeconds":0}`:     "no message",
		"exit": "a bootstrap ended",
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			code, _, stderr := runLoad(t, []string{fakeEnv + "=" + answer},
				"-bootstrap", os.Args[0], "-duration", "10ms", "-events", "1", "-starts", "1", "-streams", "2", "-workers", "1")
			if code != exitBad || !strings.Contains(stderr, want) {
				t.Errorf("%d: %s", code, stderr)
			}
		})
	}
}

// TestGrowth judges memory by its peaks.
func TestGrowth(t *testing.T) {
	t.Parallel()
	r := &runner{out: io.Discard, plan: plan{events: 100_000}}
	base := lambdaruntime.Memory{Peak: 40 << 20}
	if err := r.grown(base, lambdaruntime.Memory{Peak: base.Peak + maxGrowth}); err != nil {
		t.Error(err)
	}
	if err := r.grown(base, lambdaruntime.Memory{Peak: base.Peak + maxGrowth + 1}); err == nil {
		t.Error("growth is not found")
	}
}

// TestChangedAnswer finds an event that is not answered the same way again.
func TestChangedAnswer(t *testing.T) {
	t.Parallel()
	s := &sample{name: "s", want: "SUCCESS"}
	const answer = `{"hookStatus":"SUCCESS","message":"%s","clientRequestToken":"%s","callbackDelaySeconds":0}`
	for i, c := range []struct{ message, token, want string }{{"m", "token-1", ""}, {"m", "token-2", ""}, {"n", "token-3", "not the answer"}} {
		err := s.check(fmt.Appendf(nil, answer, c.message, c.token), c.token)
		if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"-bootstrap", "b", "more"}, {"-bootstrap", "b", "-events", "0"}, {"-unknown"}} {
		if code, _, stderr := runLoad(t, nil, args...); code != exitUsage || stderr == "" {
			t.Errorf("%v: %d", args, code)
		}
	}
	if code, _, stderr := runLoad(t, nil, "-bootstrap", "/no/such/file"); code != exitBad || !strings.Contains(stderr, "/no/such/file") {
		t.Errorf("%d: %s", code, stderr)
	}
}
