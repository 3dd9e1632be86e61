package awsfake

import "encoding/json"

// ConverseAnswer is the body of an answer of Bedrock's Converse with blocks of
// text, for 11 tokens in and 7 out.
func ConverseAnswer(stop string, blocks ...string) string {
	content := make([]map[string]string, len(blocks))
	for i, text := range blocks {
		content[i] = map[string]string{"text": text}
	}
	body, _ := json.Marshal(map[string]any{ // texts always encode
		"output":     map[string]any{"message": map[string]any{"role": "assistant", "content": content}},
		"stopReason": stop,
		"usage":      map[string]any{"inputTokens": 11, "outputTokens": 7, "totalTokens": 18},
		"metrics":    map[string]any{"latencyMs": 5},
	})
	return string(body)
}
