// Package routetest evaluates Choice states for tests, apart from what makes them.
package routetest

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Evaluate does what Step Functions does with a Choice state: the first rule that
// holds decides, a rule whose types do not fit does not hold, a path that is not
// there is an error. It reads the JSON of a state, and an input whose numbers are
// of json.Number.
func Evaluate(state []byte, doc any) (string, error) {
	var choice struct {
		Type    string
		Choices []map[string]any
		Default string
	}
	if err := json.Unmarshal(state, &choice); err != nil {
		return "", err
	}
	if choice.Type != "Choice" || len(choice.Choices) == 0 {
		return "", fmt.Errorf("not a Choice state: %s", state)
	}
	for _, rule := range choice.Choices {
		next, ok := rule["Next"].(string)
		if !ok {
			return "", fmt.Errorf("rule without Next: %v", rule)
		}
		delete(rule, "Next")
		if holds, err := holds(rule, doc); err != nil || holds {
			return next, err
		}
	}
	return choice.Default, nil
}

func holds(rule map[string]any, doc any) (bool, error) {
	if all, ok := rule["And"].([]any); ok && len(rule) == 1 {
		for _, part := range all {
			if holds, err := holds(part.(map[string]any), doc); err != nil || !holds {
				return false, err
			}
		}
		return true, nil
	}
	variable, ok := rule["Variable"].(string)
	if !ok || len(rule) != 2 {
		return false, fmt.Errorf("rule without one variable and one comparison: %v", rule)
	}
	value, err := resolve(variable, doc)
	if err != nil {
		return false, err
	}
	if want, ok := rule["StringEquals"].(string); ok {
		return value == any(want), nil
	}
	if limit, ok := rule["NumericLessThanEquals"].(float64); ok {
		number, _ := value.(json.Number)
		x, err := number.Int64()
		return err == nil && x <= int64(limit), nil
	}
	path, ok := rule["NumericLessThanPath"].(string)
	if !ok {
		return false, fmt.Errorf("comparison not known: %v", rule)
	}
	bound, err := resolve(path, doc)
	if err != nil {
		return false, err
	}
	a, okA := value.(json.Number)
	b, okB := bound.(json.Number)
	if !okA || !okB {
		return false, nil
	}
	x, errX := a.Int64()
	y, errY := b.Int64()
	return errX == nil && errY == nil && x < y, nil
}

// resolve follows a reference path of names.
func resolve(path string, doc any) (any, error) {
	for _, name := range strings.Split(path, ".")[1:] {
		object, _ := doc.(map[string]any)
		next, there := object[name]
		if !there {
			return nil, fmt.Errorf("%s: nothing there", path)
		}
		doc = next
	}
	return doc, nil
}
