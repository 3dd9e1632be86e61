package bedrock_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/bedrock"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
)

// checker is started once.
var checker *awsfake.Checker

func TestMain(m *testing.M) {
	checker = awsfake.Must(awsfake.StartChecker())
	os.Exit(m.Run())
}

const call = "POST /model/amazon.nova-lite-v1:0/converse"

// answer is one of Converse, which botocore's model knows.
func answer(t *testing.T, stop string, blocks ...string) awsfake.Answer {
	t.Helper()
	return checker.Check(t, "bedrock-runtime", "Converse", awsfake.ConverseAnswer(stop, blocks...))
}

func model(s *awsfake.Server) bedrock.Model {
	return bedrock.Model{API: bedrockruntime.NewFromConfig(s.Config()), ID: bedrock.DefaultModel}
}

func TestAsk(t *testing.T) {
	t.Parallel()
	s := awsfake.New(t)
	s.Answer(call, answer(t, "end_turn", " one ", "two\n"), answer(t, "stop_sequence", "three"))
	r, err := model(s).Ask(t.Context(), bedrock.Prompt{System: "be brief", User: "planted?", MaxTokens: 100, Temperature: 0.5})
	if want := (bedrock.Reply{Text: "one two", InputTokens: 11, OutputTokens: 7}); err != nil || r != want {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := model(s).Ask(t.Context(), bedrock.Prompt{User: "x", MaxTokens: 1}); err != nil || r.Text != "three" {
		t.Errorf("%+v, %v", r, err)
	}
	var got []any
	for _, c := range s.Calls() {
		var body any
		if err := json.Unmarshal(c.Body, &body); err != nil {
			t.Error(err)
		}
		got = append(got, body)
	}
	want := []any{
		map[string]any{
			"system": []any{map[string]any{"text": "be brief"}}, "inferenceConfig": map[string]any{"maxTokens": 100.0, "temperature": 0.5},
			"messages": []any{map[string]any{"role": "user", "content": []any{map[string]any{"text": "planted?"}}}},
		},
		map[string]any{
			"inferenceConfig": map[string]any{"maxTokens": 1.0, "temperature": 0.0},
			"messages":        []any{map[string]any{"role": "user", "content": []any{map[string]any{"text": "x"}}}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAskFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer awsfake.Answer
		want   failure.Kind
	}{
		"cut":        {answer(t, "max_tokens", "{"), failure.TooLarge},
		"context":    {answer(t, "model_context_window_exceeded", "x"), failure.TooLarge},
		"guardrail":  {answer(t, "guardrail_intervened", "x"), failure.InvalidInput},
		"filter":     {answer(t, "content_filtered", "x"), failure.InvalidInput},
		"empty":      {answer(t, "end_turn", " "), failure.InvalidInput},
		"no message": {awsfake.Answer{Body: `{"stopReason":"end_turn"}`}, failure.InvalidInput},
		"throttled":  {awsfake.Answer{Status: 429, Type: "ThrottlingException", Body: `{"message":"slow"}`}, failure.Throttled},
		"not ready":  {awsfake.Answer{Status: 429, Type: "ModelNotReadyException", Body: `{"message":"soon"}`}, failure.Unavailable},
		"denied":     {awsfake.Answer{Status: 403, Type: "AccessDeniedException", Body: `{"message":"no"}`}, failure.AccessDenied},
		"unknown":    {awsfake.Answer{Status: 404, Type: "ResourceNotFoundException", Body: `{"message":"no"}`}, failure.NotFound},
		"timeout":    {awsfake.Answer{Status: 408, Type: "ModelTimeoutException", Body: `{"message":"no"}`}, failure.Timeout},
		"invalid":    {awsfake.Answer{Status: 400, Type: "ValidationException", Body: `{"message":"no"}`}, failure.InvalidInput},
	} {
		s := awsfake.New(t)
		s.Answer(call, c.answer)
		_, err := model(s).Ask(t.Context(), bedrock.Prompt{User: "planted", MaxTokens: 1})
		if failure.Of(err) != c.want || strings.Contains(err.Error(), "planted") || !strings.HasPrefix(err.Error(), "model amazon.nova-lite-v1:0: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	type doc struct{ A int }
	for text, want := range map[string]int{
		`{"A": 1}`: 1,
		"Here it is:\n```json\n{\"A\": 2}\n```\nDone [1].": 2,
		`{not json} {"A": 3}`:                              3,
		`see [the note {"A": 4}`:                           4,
	} {
		var d doc
		if err := bedrock.JSON(text, &d); err != nil || d.A != want {
			t.Errorf("%s: %+v, %v", text, d, err)
		}
	}
	var list []int
	if err := bedrock.JSON("list: [1, 2]", &list); err != nil || fmt.Sprint(list) != "[1 2]" {
		t.Error(list, err)
	}
	for _, text := range []string{"", "no", "{", `{"A": "x"}`, "[1]"} {
		if err := bedrock.JSON(text, &doc{}); failure.Of(err) != failure.InvalidInput {
			t.Errorf("%s: %v", text, err)
		}
	}
}
