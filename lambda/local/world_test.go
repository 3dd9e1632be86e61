package local_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"

	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/local"
)

// program calls AWS by what its event names.
func program() bootstrap.Functions {
	return bootstrap.Functions{"work": bootstrap.Handle(func(p *bootstrap.Platform) (func(context.Context, map[string]string) (map[string]any, error), error) {
		labels := rekognition.NewFromConfig(p.AWS)
		return func(ctx context.Context, in map[string]string) (map[string]any, error) {
			out, err := labels.DetectLabels(ctx, &rekognition.DetectLabelsInput{Image: &types.Image{Bytes: []byte("x")}})
			if err != nil {
				return nil, err
			}
			return map[string]any{"labels": len(out.Labels), "in": in, "more": p.Settings.Text("MORE"), "now": p.Now().Year()}, nil
		}, nil
	})}
}

// TestHooks: what a use case may do before the template is read, and what it is
// answered.
func TestHooks(t *testing.T) {
	t.Parallel()
	closed := false
	u := useCase()
	u.Functions, u.Handlers = program(), []string{"other"}
	u.Before = func(w *local.World) error {
		w.Cleanup(func() { closed = true })
		w.SetParameter("Limit", "9")
		w.Setenv("MORE=of it")
		_, err := w.Make("AWS::SecretsManager::Secret", map[string]any{"Name": "by-hand", "SecretString": "x"})
		return err
	}
	u.Seed = func(w *local.World, n int) error {
		for i := range n {
			w.Put("app-data", fmt.Sprint(i), []byte("x"))
		}
		return w.Context().Err()
	}
	body := `{"Labels": [{"Name": "a"}]}`
	u.Answers = []local.Answer{{Service: "rekognition", Operation: "DetectLabels", Call: "RekognitionService.*", Make: func(awsfake.Call) string { return body }}}
	t.Run("one", func(t *testing.T) {
		w := cloud.Open(t, u)
		w.Now = func() time.Time { return time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC) }
		w.Seed(3)
		if keys := w.Keys("app-data", ""); len(keys) != 3 {
			t.Error(keys)
		}
		if !slices.Contains(w.Environment("work"), "LIMIT=9") {
			t.Error(w.Environment("work"))
		}
		got, err := w.Invoke("work", map[string]string{"a": "b"})
		if want := `{"in":{"a":"b"},"labels":1,"more":"of it","now":2031}`; err != nil || string(got) != want {
			t.Errorf("%s %v", got, err)
		}
		if got, err := w.Function("Worker").Invoke(t.Context(), []byte(`{}`)); err != nil || !strings.Contains(string(got), `"labels":1`) {
			t.Errorf("%s %v", got, err)
		}
		if strings.Count(w.Logs("work"), `"ProcessingSuccess":1`) != 2 || !slices.Equal(w.Called(), []string{"Worker"}) {
			t.Error(w.Logs("work"), w.Called())
		}
		w.Throttle("RekognitionService", 1)
		if _, err := w.Invoke("work", "{}"); err == nil || !strings.Contains(err.Error(), "ThrottlingException") {
			t.Error(err)
		}
		body = `{"Labels": [{"Name": 1}]}`
		if _, err := w.Invoke("work", []byte("{}")); err == nil || !strings.Contains(err.Error(), "Invalid type for parameter Labels[0].Name") {
			t.Error(err)
		}
		w.Throttle("GET app-data", 1)
		if _, _, err := w.Store("app-data").Read(t.Context(), "1", "", 10); err == nil || !strings.Contains(err.Error(), "SlowDown") {
			t.Error(err)
		}
		if timeout, err := w.Timeout("work"); timeout != 30*time.Second || err != nil {
			t.Error(timeout, err)
		}
	})
	if !closed {
		t.Error("what was to be done at the end was not")
	}
	if got := u.Names(); !slices.Equal(got, []string{"other", "work"}) {
		t.Error(got)
	}
}

// TestTimeout: a call ends when the function's time is over.
func TestTimeout(t *testing.T) {
	t.Parallel()
	w := cloud.Open(t, useCase())
	w.Around("work", func(local.Function) local.Function {
		return func(ctx context.Context, _ []byte) ([]byte, error) {
			if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > 30*time.Second {
				return nil, errors.New("no deadline")
			}
			return []byte("1"), nil
		}
	})
	if _, err := w.Invoke("work", nil); err != nil {
		t.Error(err)
	}
}

// TestPanics: in a program, what cannot be done panics with an error.
func TestPanics(t *testing.T) {
	t.Parallel()
	u := useCase()
	u.Machine = ""
	u.Seed = func(*local.World, int) error { return errors.New("no objects") }
	w, err := cloud.New(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for want, do := range map[string]func(){
		"Nothing is no resource":    func() { w.Name("Nothing") },
		"source objects: no":        func() { w.Seed(1) },
		"neither the logical id":    func() { w.Function("nobody") },
		"has no state machine":      func() { w.Execute("x", nil) },
		"put nowhere/k":             func() { w.Put("nowhere", "k", nil) },
		"nobody is neither":         func() { w.Around("nobody", nil) },
		"app: nobody is neither th": func() { w.Logs("nobody") },
		"nobody is neither the log": func() { w.Environment("nobody") },
	} {
		func() {
			defer func() {
				if err, ok := recover().(error); !ok || !strings.Contains(err.Error(), want) {
					t.Errorf("%v, want %s", err, want)
				}
			}()
			do()
		}()
	}
	if err := w.Call(t.Context(), "states", "AWSStepFunctions.ListStateMachines", make(chan int), nil); err == nil {
		t.Error("what is no JSON")
	}
	var out struct{ StateMachines []any }
	if err := w.Call(t.Context(), "states", "AWSStepFunctions.ListStateMachines", map[string]any{}, &out); err != nil || len(out.StateMachines) != 0 {
		t.Error(err, out)
	}
}
