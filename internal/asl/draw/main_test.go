package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDrawn: the pages have the drawings of the templates.
func TestDrawn(t *testing.T) {
	t.Parallel()
	if err := run("../../..", false); err != nil {
		t.Error(err)
	}
}

const flow = `
Parameters:
  More: {Type: String, Default: "false", AllowedValues: ["true", "false"]}
Conditions:
  More: !Equals [!Ref More, "true"]
Resources:
  Flow:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: arn:aws:iam::123456789012:role/r
      Definition:
        StartAt: One
        States: !If
          - More
          - {One: {Type: Pass, Next: Two}, Two: {Type: Pass, End: true}}
          - {One: {Type: Pass, End: true}}
`

// place makes a checkout with one use case.
func place(t *testing.T, template, page string) (root, path string) {
	t.Helper()
	root = t.TempDir()
	path = filepath.Join(root, "docs", "usecases", "one.md")
	for name, text := range map[string]string{path: page, filepath.Join(root, "templates", "usecases", "one.yaml"): template} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if text == "" {
			continue
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root, path
}

func TestRun(t *testing.T) {
	t.Parallel()
	second := strings.ReplaceAll(flow[strings.Index(flow, "  Flow:"):], "Flow", "Other")
	for name, c := range map[string]struct{ template, want string }{
		"with a parameter": {flow, "a\n<!-- machine -->\n\n" +
			"```mermaid\nflowchart TD\n  start((\"start\")) --> s1\n  s1(\"One\")\n  s1 --> stop((\"end\"))\n```\n\n" +
			"`Flow` with More=true:\n\n```mermaid\nflowchart TD\n  start((\"start\")) --> s1\n  s1(\"One\")\n  s2(\"Two\")\n  s1 --> s2\n  s2 --> stop((\"end\"))\n```\n\n" +
			"<!-- /machine -->\nb\n"},
		"two machines": {flow + second, "`Other`:\n\n```mermaid"},
		"no machine":   {"Resources: {A: {Type: 'AWS::SNS::Topic'}}", "a\n<!-- machine -->\nb\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root, path := place(t, c.template, "a\n<!-- machine -->\nb\n")
			for range 2 {
				var out bytes.Buffer
				if code := command([]string{"-write", root}, &out); code != 0 {
					t.Fatal(out.String())
				}
				got, err := os.ReadFile(path)
				if err != nil || !strings.Contains(string(got), c.want) {
					t.Errorf("%v\n%s", err, got)
				}
			}
			if err := run(root, false); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRunFails(t *testing.T) {
	t.Parallel()
	const page = "<!-- machine -->\n"
	for _, c := range []struct{ template, page, want string }{
		{flow, page, "run make generate"},
		{flow, "", "no such file"},
		{flow, "x\n", "there is no line <!-- machine -->"},
		{flow, page + "```mermaid\n", "there is no line <!-- /machine -->"},
		{strings.Replace(flow, "StartAt", "Start", 1), page, "Flow: definition: it has no StartAt"},
		{"{", page, "one.yaml"},
	} {
		root, _ := place(t, c.template, c.page)
		var out bytes.Buffer
		if code := command([]string{root}, &out); code != 1 || !strings.Contains(out.String(), c.want) {
			t.Errorf("%d: %s, want %s", code, out.String(), c.want)
		}
	}
	if code := command(nil, &bytes.Buffer{}); code != 64 {
		t.Error(code)
	}
}
