// Package bedrock asks a model for a text by Converse, which has one form for the
// models of all vendors.
//
// It promises that an answer is whole: one that was cut off, or withheld, is an
// error. It does not promise that the answer is true, or in the form that was
// asked for: JSON finds the value in it, and the caller says what happens when
// there is none.
package bedrock

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
)

// DefaultModel is the id of Amazon Nova Lite.
const DefaultModel = "amazon.nova-lite-v1:0"

// API is what the package needs of Bedrock; *bedrockruntime.Client is one.
type API interface {
	Converse(context.Context, *bedrockruntime.ConverseInput, ...func(*bedrockruntime.Options)) (*bedrockruntime.ConverseOutput, error)
}

// Model is a model, by the id of a foundation model or an inference profile.
type Model struct {
	API API
	ID  string
}

// Prompt is a question. Its texts are in no error and no log.
type Prompt struct {
	System, User string
	// MaxTokens bounds the answer.
	MaxTokens int32
	// Temperature is from 0, the most likely answer, to 1.
	Temperature float32
}

// Reply is an answer, and what it cost.
type Reply struct {
	Text                      string
	InputTokens, OutputTokens int32
}

// Ask returns the answer of the model. One of more than MaxTokens is TooLarge; one
// that a filter or a guardrail withholds is InvalidInput.
func (m Model) Ask(ctx context.Context, p Prompt) (Reply, error) {
	in := &bedrockruntime.ConverseInput{
		ModelId:         &m.ID,
		Messages:        []types.Message{{Role: types.ConversationRoleUser, Content: []types.ContentBlock{&types.ContentBlockMemberText{Value: p.User}}}},
		InferenceConfig: &types.InferenceConfiguration{MaxTokens: &p.MaxTokens, Temperature: &p.Temperature},
	}
	if p.System != "" {
		in.System = []types.SystemContentBlock{&types.SystemContentBlockMemberText{Value: p.System}}
	}
	out, err := m.API.Converse(ctx, in)
	if err != nil {
		return Reply{}, failure.Wrap(err, "model %s", m.ID)
	}
	return reply(out, m.ID)
}

func reply(out *bedrockruntime.ConverseOutput, model string) (Reply, error) {
	var r Reply
	if out.Usage != nil {
		r.InputTokens, r.OutputTokens = aws.ToInt32(out.Usage.InputTokens), aws.ToInt32(out.Usage.OutputTokens)
	}
	switch out.StopReason {
	case types.StopReasonEndTurn, types.StopReasonStopSequence:
	case types.StopReasonMaxTokens, types.StopReasonModelContextWindowExceeded:
		return r, failure.New(failure.TooLarge, "model %s: the answer was cut off (%s)", model, out.StopReason)
	default:
		return r, failure.New(failure.InvalidInput, "model %s: no answer (%s)", model, out.StopReason)
	}
	message, ok := out.Output.(*types.ConverseOutputMemberMessage)
	if !ok {
		return r, failure.New(failure.InvalidInput, "model %s: the answer is no message", model)
	}
	var text strings.Builder
	for _, block := range message.Value.Content {
		if part, ok := block.(*types.ContentBlockMemberText); ok {
			text.WriteString(part.Value)
		}
	}
	if r.Text = strings.TrimSpace(text.String()); r.Text == "" {
		return r, failure.New(failure.InvalidInput, "model %s: the answer is empty", model)
	}
	return r, nil
}

// JSON decodes the first JSON object or list in a text, with or without a fence
// around it, into value. It is InvalidInput if there is none of that form.
func JSON(text string, value any) error {
	for rest := text; ; rest = rest[1:] {
		i := strings.IndexAny(rest, "{[")
		if i < 0 {
			return failure.New(failure.InvalidInput, "the answer of the model has no JSON of the form that was asked for")
		}
		rest = rest[i:]
		// Of a list or an object that is none of that form, what is in it is none either.
		d := json.NewDecoder(strings.NewReader(rest))
		var raw json.RawMessage
		if d.Decode(&raw) != nil {
			continue
		}
		if err := json.Unmarshal(raw, value); err != nil {
			return failure.New(failure.InvalidInput, "the answer of the model has another form than was asked for: %w", err)
		}
		return nil
	}
}
