package workflowtest_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/workflowtest"
)

// server is started once.
var server *workflowtest.Server

func TestMain(m *testing.M) {
	server = awsfake.Must(workflowtest.Start())
	os.Exit(m.Run())
}

// The template has a wait, a map over parts, and errors that are caught by name.
const template = `
Resources:
  Flow:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: !GetAtt Role.Arn
      Definition:
        StartAt: Rest
        States:
          Rest: {Type: Wait, Seconds: 60, Next: All}
          All:
            Type: Map
            ItemsPath: $.parts
            MaxConcurrency: 2
            ItemProcessor:
              StartAt: One
              States:
                One:
                  Type: Task
                  Resource: ${Work}
                  Retry: [{ErrorEquals: [Throttled], IntervalSeconds: 30, MaxAttempts: 2}]
                  Catch: [{ErrorEquals: [NotFound], Next: Lost}]
                  End: true
                Lost: {Type: Pass, Result: lost, End: true}
            ResultPath: $.results
            Next: Count
          Count: {Type: Pass, Parameters: {n.$: States.ArrayLength($.results), results.$: $.results}, End: true}
`

func TestExecute(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "template.yaml")
	if err := os.WriteFile(file, []byte(template), 0o600); err != nil {
		t.Fatal(err)
	}
	busy := true
	work := func(_ context.Context, event []byte) ([]byte, error) {
		switch text := string(event); {
		case strings.Contains(text, "lost"):
			return nil, messages.InvokeResponse_Error{Type: "NotFound", Message: "x"}
		case strings.Contains(text, "broken"):
			return nil, errors.New("no type")
		case strings.Contains(text, "busy") && busy:
			busy = false
			return nil, messages.InvokeResponse_Error{Type: "Throttled", Message: "x"}
		}
		return []byte(`"done"`), nil
	}
	m := server.Machine(t, file, "Flow", map[string]workflowtest.Function{"Work": work})
	e := m.Execute("good", []byte(`{"parts": ["busy", "lost"]}`))
	if diff := cmp.Diff(map[string]any{"n": 2.0, "results": []any{"done", "lost"}}, e.Output); e.Status != "SUCCEEDED" || diff != "" {
		t.Errorf("%+v\n%s", e, diff)
	}
	if got := strings.Join(e.States, " "); !strings.HasPrefix(got, "Rest All ") || !strings.HasSuffix(got, " Count") || strings.Count(got, "One") != 2 {
		t.Error(got)
	}
	if e := m.Execute("bad", []byte(`{"parts": ["broken"]}`)); e.Status != "FAILED" || e.Error != "*errors.errorString" || !strings.Contains(e.Cause, "no type") {
		t.Errorf("%+v", e)
	}
}

// TestVisits: what went through the states, of which item, and what was tried again.
func TestVisits(t *testing.T) {
	t.Parallel()
	account := server.Account()
	defer account.Close()
	busy := true
	arn := account.Function("work", func(_ context.Context, event []byte) ([]byte, error) {
		if strings.Contains(string(event), `"b"`) && busy {
			busy = false
			return nil, messages.InvokeResponse_Error{Type: "Throttled", Message: "x"}
		}
		return []byte(`{"done": true}`), nil
	})
	definition := `{"StartAt": "All", "States": {
		"All": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 1, "ResultPath": "$.all", "Next": "One", "ItemProcessor": {"StartAt": "Work", "States": {
			"Work": {"Type": "Task", "Resource": "` + arn + `", "Retry": [{"ErrorEquals": ["Throttled"], "IntervalSeconds": 30, "BackoffRate": 1}], "End": true}}}},
		"One": {"Type": "Pass", "Parameters": {}, "Next": "Both"},
		"Both": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "Bad", "States": {"Bad": {"Type": "Pass", "Parameters": {"x.$": "$.nothing"}, "End": true}}}]}}}`
	m, err := account.Machine(t.Context(), "m", definition)
	if err != nil {
		t.Fatal(err)
	}
	steps := 0
	e, err := m.Run(t.Context(), "one", []byte(`{"items": ["a", "b"]}`), func(workflowtest.Step) { steps++ })
	if err != nil || e.Status != "FAILED" || e.Error != "States.Runtime" && e.Error != "States.ParameterPathFailure" || steps < 10 {
		t.Fatalf("%v %+v, %d steps", err, e, steps)
	}
	want := []workflowtest.Visit{
		{State: "All", Item: -1, Input: `{"items":["a","b"]}`, Output: `{"items":["a","b"],"all":[{"done":true},{"done":true}]}`},
		{State: "Work", Item: 0, Input: `"a"`, Output: `{"done":true}`},
		{State: "Work", Item: 1, Input: `"b"`, Output: `{"done":true}`, Failures: []string{"Throttled"}, Pauses: []float64{30}},
		{State: "One", Item: -1, Input: `{"items":["a","b"],"all":[{"done":true},{"done":true}]}`, Output: "{}"},
	}
	if diff := cmp.Diff(want, e.Visits[:len(want)]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Both", "Bad"}, e.Empty()); diff != "" || e.Count("Work") != 2 {
		t.Error(diff)
	}
	if _, err := account.Machine(t.Context(), "bad", `{"StartAt": "None"}`); err == nil || !strings.Contains(err.Error(), "CreateStateMachine: 400") {
		t.Error(err)
	}
	if _, err := m.Run(t.Context(), "two", []byte(`{`), nil); err == nil {
		t.Error("an input that is no JSON")
	}
}
