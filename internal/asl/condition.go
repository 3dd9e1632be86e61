package asl

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// signs are the comparisons of choices, by the end of their names.
var signs = []struct{ name, sign string }{
	{"LessThanEquals", "≤"},
	{"GreaterThanEquals", "≥"},
	{"LessThan", "<"},
	{"GreaterThan", ">"},
	{"Matches", "matches"},
	{"Equals", "="},
}

// is are the tests of a value's kind.
var is = map[string]string{
	"IsPresent": "there", "IsNull": "null", "IsBoolean": "a boolean", "IsNumeric": "a number", "IsString": "a text", "IsTimestamp": "a time",
}

// condition is a rule of a Choice state in words.
func condition(rule map[string]any) string {
	if text, ok := rule["Condition"].(string); ok {
		return strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(text), "{%"), "%}"))
	}
	for name, word := range map[string]string{"And": " and ", "Or": " or "} {
		if rules, ok := rule[name].([]any); ok {
			var parts []string
			for _, inner := range rules {
				parts = append(parts, part(inner))
			}
			return strings.Join(parts, word)
		}
	}
	if inner, ok := rule["Not"]; ok {
		return "not " + part(inner)
	}
	variable := fmt.Sprint(rule["Variable"])
	for name, value := range rule {
		if word, ok := is[name]; ok {
			if value == true {
				return variable + " is " + word
			}
			return variable + " is not " + word
		}
		kind := strings.TrimSuffix(name, "Path")
		i := slices.IndexFunc(signs, func(s struct{ name, sign string }) bool { return strings.HasSuffix(kind, s.name) })
		if i >= 0 {
			if n, ok := value.(float64); ok { // 4194304, and not 4.194304e+06
				value = strconv.FormatFloat(n, 'f', -1, 64)
			}
			return fmt.Sprintf("%s %s %v", variable, signs[i].sign, value)
		}
	}
	return variable
}

// part is a condition inside of another one.
func part(rule any) string {
	inner, _ := rule.(map[string]any)
	text := condition(inner)
	if inner["And"] != nil || inner["Or"] != nil {
		return "(" + text + ")"
	}
	return text
}

// caught names the errors of a Catch.
func caught(errors []string) string {
	if slices.Contains(errors, "States.ALL") {
		return "error"
	}
	return strings.Join(errors, ", ")
}
