package asl

import (
	"encoding/json"
	"slices"
	"strings"
)

// Typed returns a definition of which all scalars are texts, as validate.Resolve
// gives them, with numbers and booleans where the language has them. Texts that are
// none, such as "${Name}", stay.
func Typed(definition any) any { return typed("", definition) }

func typed(field string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, inner := range v {
			switch {
			case field == "States": // its fields are the names of states
				out[name] = typed("", inner)
			case payload(name):
				out[name] = inner
			default:
				out[name] = typed(name, inner)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = typed("", inner)
		}
		return out
	case string:
		var value any
		if scalar(field) && json.Unmarshal([]byte(v), &value) == nil {
			switch value.(type) {
			case bool, float64:
				return value
			}
		}
	}
	return v
}

// payload tells whether a field has what a workflow passes on, as it is.
func payload(field string) bool {
	return slices.Contains([]string{"Parameters", "Arguments", "Result", "ResultSelector", "ItemSelector", "Output", "Assign"}, field)
}

// scalar tells whether a field has a number or a boolean.
func scalar(field string) bool {
	switch field {
	case "End", "Seconds", "TimeoutSeconds", "HeartbeatSeconds", "IntervalSeconds", "MaxDelaySeconds", "MaxAttempts", "BackoffRate",
		"MaxConcurrency", "ToleratedFailurePercentage", "ToleratedFailureCount", "MaxItemsPerBatch", "MaxInputBytesPerBatch", "MaxItems", "BooleanEquals":
		return true
	}
	return is[field] != "" || strings.HasPrefix(field, "Numeric") && !strings.HasSuffix(field, "Path")
}
