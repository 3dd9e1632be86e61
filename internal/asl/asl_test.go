package asl_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/fsxns3ap/guardhook/internal/asl"
)

// definition reads a definition in YAML.
func definition(t *testing.T, text string) any {
	t.Helper()
	var out any
	if err := yaml.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func machine(t *testing.T, text string) *asl.Machine {
	t.Helper()
	m, err := asl.New(definition(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// everything has a state of every type.
const everything = `
StartAt: Find
TimeoutSeconds: 60
States:
  Find:
    Type: Task
    Resource: ${Search}
    TimeoutSeconds: 5
    Retry: [{ErrorEquals: [Throttled]}]
    Catch:
      - {ErrorEquals: [NotFound, TooLarge], Next: Rest}
      - {ErrorEquals: [States.ALL], Next: Failed}
    Next: Any
  Any:
    Type: Choice
    Choices:
      - {Variable: $.n, NumericGreaterThan: 0, Next: Parts}
      - {Variable: $.x, IsPresent: false, Next: Both}
    Default: Done
  Parts:
    Type: Map
    ItemsPath: $.parts
    MaxConcurrency: 10
    ItemProcessor:
      StartAt: One
      States:
        One: {Type: Task, Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken", Parameters: {FunctionName: "${One}"}, TimeoutSecondsPath: $.t, Retry: [{}], Catch: [{ErrorEquals: [States.ALL], Next: Lost}], End: true}
        Lost: {Type: Pass, End: true}
    Next: Rest
  Both:
    Type: Parallel
    Branches:
      - {StartAt: Tell, States: {Tell: {Type: Task, Resource: "arn:aws:states:::sns:publish", TimeoutSeconds: 5, Retry: [{}], Catch: [{ErrorEquals: [States.ALL], Next: "a \"b\" <c> #1"}], End: true}, "a \"b\" <c> #1": {Type: Fail}}}
      - {StartAt: Ask, States: {Ask: {Type: Task, Resource: "arn:aws:states:::aws-sdk:glue:getTable", TimeoutSeconds: 5, Retry: [{}], Catch: [{ErrorEquals: [States.ALL], Next: No}], End: true}, No: {Type: Fail}}}
    End: true
  Rest: {Type: Wait, Seconds: 30, Next: Until}
  Until: {Type: Wait, TimestampPath: $.at, Next: Done}
  Done: {Type: Succeed}
  Failed: {Type: Fail}
`

func TestMermaid(t *testing.T) {
	t.Parallel()
	const want = `flowchart TD
  start(("start")) --> s1
  s1["Find<br/>Search"]
  s2{"Any"}
  s3("Rest<br/>waits 30 s")
  s4(["Failed"])
  subgraph s5["Parts: for each item of $.parts, 10 at once"]
    s6["One<br/>waits for the answer"]
    s7("Lost")
    s6 -.->|"error"| s7
  end
  subgraph s8["Both"]
    subgraph s9["branch 1"]
      s10["Tell<br/>sns:publish"]
      s11(["a #quot;b#quot; #lt;c#gt; #35;1"])
      s10 -.->|"error"| s11
    end
    subgraph s12["branch 2"]
      s13["Ask<br/>glue:getTable"]
      s14(["No"])
      s13 -.->|"error"| s14
    end
  end
  s15(["Done"])
  s16("Until<br/>waits until $.at")
  s1 --> s2
  s1 -.->|"NotFound, TooLarge"| s3
  s1 -.->|"error"| s4
  s2 -->|"$.n #gt; 0"| s5
  s2 -->|"$.x is not there"| s8
  s2 -->|"otherwise"| s15
  s3 --> s16
  s5 --> s3
  s16 --> s15
  s8 --> stop(("end"))
`
	m := machine(t, everything)
	if diff := cmp.Diff(want, m.Mermaid()); diff != "" {
		t.Error(diff)
	}
	if problems := m.Problems(); len(problems) > 0 {
		t.Error(problems)
	}
	var tasks []string
	for name := range m.Tasks() {
		tasks = append(tasks, name)
	}
	slices.Sort(tasks)
	if got := strings.Join(tasks, " "); got != "Ask Find One Tell" {
		t.Error(got)
	}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]string{
		"{Variable: $.a, NumericEquals: 4194304}":                             "$.a = 4194304",
		"{Variable: $.a, StringEquals: x}":                                    "$.a = x",
		"{Variable: $.a, StringMatches: 'x*'}":                                "$.a matches x*",
		"{Variable: $.a, NumericLessThanEqualsPath: $.b}":                     "$.a ≤ $.b",
		"{Variable: $.a, TimestampGreaterThanEquals: '2026-01-01T00:00:00Z'}": "$.a ≥ 2026-01-01T00:00:00Z",
		"{Variable: $.a, IsNull: true}":                                       "$.a is null",
		"{Not: {Variable: $.a, BooleanEquals: true}}":                         "not $.a = true",
		"{And: [{Variable: $.a, NumericLessThan: 1}, {Or: [{Variable: $.b, IsString: true}, {Not: {Variable: $.c, IsNumeric: false}}]}]}": "$.a #lt; 1 and ($.b is a text or not $.c is not a number)",
		"{Condition: '{% $n > 1 %}'}": "$n #gt; 1",
		"{Variable: $.a}":             "$.a",
	} {
		text := "StartAt: A\nStates:\n  A: {Type: Choice, Choices: [" + strings.TrimSuffix(rule, "}") + ", Next: B}]}\n  B: {Type: Succeed}"
		if got := machine(t, text).Mermaid(); !strings.Contains(got, `|"`+want+`"|`) {
			t.Errorf("%s: %s", rule, got)
		}
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]string{
		"{Type: Map, ItemReader: {Resource: 'arn:aws:states:::s3:getObject'}, Iterator: {StartAt: B, States: {B: {Type: Pass}}}}": "for each item of s3:getObject",
		"{Type: Map, Items: '{% $x %}', MaxConcurrency: '${N}', ItemProcessor: {StartAt: B, States: {B: {Type: Pass}}}}":          "for each item of {% $x %}, ${N} at once",
		"{Type: Wait, SecondsPath: $.s}":                                  "waits $.s s",
		"{Type: Wait, Timestamp: '2026-01-01T00:00:00Z'}":                 "waits until 2026-01-01T00:00:00Z",
		"{Type: Task, Resource: 'arn:aws:lambda:eu-west-1:1:function:f'}": "<br/>f",
		"{Type: Task, Resource: 'arn:aws:states:::lambda:invoke'}":        "<br/>invoke",
		"{Type: Pass, Next: Gone}":                                        `["Gone?"]`,
	} {
		if got := machine(t, "StartAt: A\nStates:\n  A: "+state).Mermaid(); !strings.Contains(got, want) {
			t.Errorf("%s: %s", state, got)
		}
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	got := machine(t, `
StartAt: A
States:
  A: {Type: Task, Resource: r, Catch: [{ErrorEquals: [Throttled], Next: Gone}], Next: Gone}
  C: {Type: Parallel, Catch: [{ErrorEquals: [States.ALL], Next: A}], Branches: [{StartAt: A, States: {A: {Type: Task, Resource: r, TimeoutSeconds: 1, Retry: [{}], End: true}}}]}
  B: {Type: Map, ItemProcessor: {StartAt: A, States: {A: {Type: Task, Resource: r, TimeoutSeconds: 1, Retry: [{}], End: true}}}}
`).Problems()
	want := []string{
		"A: has no Catch of States.ALL", "A: has no Retry", "A: has no TimeoutSeconds", "B.A: has no Catch of States.ALL", "B: cannot be reached", "C: cannot be reached", "Gone: there is no such state",
		"the machine has no TimeoutSeconds",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Tasks of one name in two places have two names.
func TestTasks(t *testing.T) {
	t.Parallel()
	tasks := machine(t, `
StartAt: A
States:
  A: {Type: Task}
  M: {Type: Map, ItemProcessor: {StartAt: A, States: {A: {Type: Task}}}}
`).Tasks()
	if len(tasks) != 2 || tasks["M.A"] == nil {
		t.Error(tasks)
	}
}

// What all scalars of are texts is the same machine.
func TestTyped(t *testing.T) {
	t.Parallel()
	want := definition(t, everything)
	var texts func(any) any
	texts = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			out := map[string]any{}
			for name, inner := range v {
				out[name] = texts(inner)
			}
			return out
		case []any:
			out := make([]any, len(v))
			for i := range v {
				out[i] = texts(v[i])
			}
			return out
		case string:
			return v
		}
		text, _ := json.Marshal(v)
		return string(text)
	}
	plain := func(v any) any {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var out any
		if err := json.Unmarshal(text, &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	if diff := cmp.Diff(plain(want), plain(asl.Typed(texts(want)))); diff != "" {
		t.Error(diff)
	}
	left := map[string]any{"States": map[string]any{"Result": map[string]any{"End": true, "Parameters": map[string]any{"End": "true"}, "MaxConcurrency": "${N}"}}}
	if diff := cmp.Diff(any(left), asl.Typed(texts(left))); diff != "" {
		t.Error(diff)
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	for _, v := range []any{nil, map[string]any{"StartAt": "A"}, map[string]any{"StartAt": 1}, func() {}} {
		if _, err := asl.New(v); err == nil {
			t.Errorf("%T: no error", v)
		}
	}
}
