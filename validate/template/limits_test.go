package template

import (
	"fmt"
	"strings"
	"testing"
)

// TestLimits loads a template at every limit and refuses it one past it.
func TestLimits(t *testing.T) {
	t.Parallel()
	const resource = "Resources: {R: {Type: T}}\n"
	entries := func(n int, entry string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "  E%d: %s\n", i, entry)
		}
		return b.String()
	}
	tests := []struct {
		name  string
		limit int
		make  func(n int) string
	}{
		{"bytes", MaxBytes, func(n int) string { return resource + "#" + strings.Repeat("x", n-len(resource)-1) }},
		{"bytes of JSON", MaxBytes, func(n int) string {
			const text = `{"Resources": {"R": {"Type": "T"}}}`
			return text + strings.Repeat(" ", n-len(text))
		}},
		// The root, Resources, R, Properties and X are the first values.
		{"depth", MaxDepth, func(n int) string {
			return "Resources: {R: {Type: T, Properties: {X: " + strings.Repeat("[", n-4) + strings.Repeat("]", n-4) + "}}}\n"
		}},
		{"depth of JSON", MaxDepth, func(n int) string {
			return `{"Resources": {"R": {"Type": "T", "Properties": {"X": ` + strings.Repeat("[", n-4) + strings.Repeat("]", n-4) + "}}}}"
		}},
		{"depth of calls", MaxDepth, func(n int) string {
			return "Resources: {R: {Type: T, Properties: {X: " + strings.Repeat("!Base64 {Fn::Base64: ", (n-5)/2) + "!Base64 x" + strings.Repeat("}", (n-5)/2) + strings.Repeat(" ", n%2) + "}}}\n"
		}},
		{"nodes", MaxNodes, func(n int) string {
			return "Resources: {R: {Type: T, Properties: {X: [" + strings.Repeat("a,", n-6) + "]}}}\n"
		}},
		{"nodes of aliases", MaxNodes, func(n int) string {
			const list = 1000
			times, rest := (n-6)/(list+1), (n-6)%(list+1)
			return "Resources: {R: {Type: T, Properties: {X: [&a [" + strings.Repeat("a,", list) + "]" + strings.Repeat(",*a", times-1) + strings.Repeat(",a", rest) + "]}}}\n"
		}},
		{"parameters", MaxParameters, func(n int) string { return "Parameters:\n" + entries(n, "{Type: String}") + resource }},
		{"mappings", MaxMappings, func(n int) string { return "Mappings:\n" + entries(n, "{a: {b: c}}") + resource }},
		{"resources", MaxResources, func(n int) string { return "Resources:\n" + entries(n, "{Type: T}") }},
		{"resources of a loop", MaxResources, func(n int) string {
			return "Transform: AWS::LanguageExtensions\nResources: {Fn::ForEach::L: [N, [" + loopValues(n) + "], {'E${N}': {Type: T}}]}\n"
		}},
		{"outputs", MaxOutputs, func(n int) string { return resource + "Outputs:\n" + entries(n, "{Value: x}") }},
		{"mapping keys", MaxMappingKeys, func(n int) string {
			return resource + "Mappings: {M: {" + strings.ReplaceAll(entries(n, "{b: c},"), "\n", "") + "}}\n"
		}},
		{"mapping names", MaxMappingKeys, func(n int) string {
			return resource + "Mappings: {M: {k: {" + strings.ReplaceAll(entries(n, "c,"), "\n", "") + "}}}\n"
		}},
		{"name", MaxName, func(n int) string { return "Resources: {" + strings.Repeat("R", n) + ": {Type: T}}\n" }},
		{"description", MaxDescription, func(n int) string { return resource + "Description: " + strings.Repeat("x", n) + "\n" }},
		{"parameter value", MaxParameterValue, func(n int) string {
			return resource + "Parameters: {P: {Type: String, Default: " + strings.Repeat("x", n) + "}}\n"
		}},
		{"condition operands", MaxConditionOperands, func(n int) string {
			return resource + "Conditions: {C: !Or [" + strings.Repeat("!Equals [a, b],", n) + "]}\n"
		}},
		{"bytes after loops", MaxBytes, func(n int) string {
			const size = 1024
			return "Transform: AWS::LanguageExtensions\nResources: {Fn::ForEach::L: [V, [" + strings.Repeat("v", size) + "], {R: {Type: T, Properties: {X: '" +
				strings.Repeat("${V}", n/size-1) + "', Y: '&{V}" + strings.Repeat("y", n%size) + "'}}}]}\n"
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, err := Load("x.yaml", []byte(test.make(test.limit)), Options{}); err != nil {
				t.Errorf("refused at the limit: %v", err)
			}
			_, err := Load("x.yaml", []byte(test.make(test.limit+1)), Options{})
			if err == nil {
				t.Error("loaded past the limit")
			} else if !strings.Contains(err.Error(), "limit") && !strings.Contains(err.Error(), "more than") && !strings.Contains(err.Error(), "deeper") &&
				!strings.Contains(err.Error(), "arguments") && !strings.Contains(err.Error(), "larger") {
				t.Errorf("refused for another reason: %v", err)
			}
		})
	}
}

func loopValues(n int) string {
	values := make([]string, n)
	for i := range values {
		values[i] = fmt.Sprintf("v%d", i)
	}
	return strings.Join(values, ",")
}

// TestManyErrors cuts the errors and notes of a file.
func TestManyErrors(t *testing.T) {
	t.Parallel()
	src := "Resources: {R: {Type: T, Properties: {X: [" + strings.Repeat("!Ref No,", 2*MaxErrors) + "]}}}\n"
	_, err := Load("x.yaml", []byte(src), Options{})
	errs, ok := err.(Errors)
	if !ok || len(errs) != MaxErrors {
		t.Errorf("%d errors", len(errs))
	}
	src = "Resources: {R: {Type: T, Properties: {X: [" + strings.Repeat("010,", 2*MaxNotes) + "]}}}\n"
	tmpl, err := Load("x.yaml", []byte(src), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(tmpl.Notes) != MaxNotes+1 {
		t.Errorf("%d notes", len(tmpl.Notes))
	}
}

// TestDeep refuses nesting that would exhaust a stack.
func TestDeep(t *testing.T) {
	t.Parallel()
	for _, open := range []string{"[", "{\"a\":", "- ", "!Base64 {a: "} {
		for _, prefix := range []string{"Resources: ", "{\"Resources\": "} {
			refused(t, []byte(prefix+strings.Repeat(open, 100_000)))
		}
	}
}
