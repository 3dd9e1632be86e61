package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const queue = "Transform: AWS::Serverless-2016-10-31\nResources:\n  T: {Type: AWS::Serverless::SimpleTable, Properties: {SSESpecification: {SSEEnabled: true}}}\n"

// TestTable compares a template with what a stand-in for the translator says.
func TestTable(t *testing.T) {
	t.Parallel()
	const same = `{"Resources": {"T": {"Type": "AWS::DynamoDB::Table", "Properties": {
		"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
		"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST", "SSESpecification": {"SSEEnabled": true}}}}}`
	for _, test := range []struct {
		name, answer string
		code         int
		rows         []string
	}{
		{"agrees", `{"template": ` + same + `}`, 0, []string{"resources compared 1", "properties compared 4", "that differ 0"}},
		{
			"a property that no rule reads", `{"template": ` + strings.Replace(same, "HASH", "RANGE", 1) + `}`, 0,
			[]string{"with a difference 1", "that differ 1", "that differ and that a rule reads 0", "T (AWS::DynamoDB::Table) Properties.KeySchema"},
		},
		{"a property that a rule reads", `{"template": ` + strings.Replace(same, "true", "false", 1) + `}`, 1, []string{"that differ and that a rule reads 1"}},
		{"a missing resource", `{"template": {"Resources": {"More": {"Type": "AWS::SNS::Topic"}}}}`, 1, []string{"missing 1", "in excess 1"}},
		{"refused", `{"error": "because"}`, 0, []string{"refused by the translator 1", "refused by the translator: because"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			out, code := agree(t, test.answer)
			if code != test.code {
				t.Errorf("exit code %d, not %d", code, test.code)
			}
			for _, row := range test.rows {
				if !strings.Contains(out, row) {
					t.Errorf("there is no %q in\n%s", row, out)
				}
			}
		})
	}
}

// agree runs the program on one template, with a script that gives the answer.
func agree(t *testing.T, answer string) (out string, code int) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "t.yaml")
	var line map[string]any
	if err := json.Unmarshal([]byte(answer), &line); err != nil {
		t.Fatal(err)
	}
	line["file"] = file
	text, err := json.Marshal(line)
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(dir, "script.sh")
	for name, content := range map[string]string{file: queue, script: "cat >/dev/null; cat \"$(dirname \"$0\")/answer\"\n", filepath.Join(dir, "answer"): string(text) + "\n"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), &stdout, &stderr, []string{"-v", "sh", script, dir})
	if stderr.Len() > 0 {
		t.Fatal(stderr.String())
	}
	return strings.Join(strings.FieldsFunc(stdout.String(), func(r rune) bool { return r == ' ' }), " "), code
}

func TestFailures(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"no arguments":    nil,
		"no such folder":  {"sh", "script", filepath.Join(t.TempDir(), "none")},
		"no such program": {filepath.Join(t.TempDir(), "none"), "script", t.TempDir()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			if code := run(t.Context(), &stdout, &stderr, args); code != 2 || stderr.Len() == 0 {
				t.Errorf("exit code %d, %q", code, stderr.String())
			}
		})
	}
}
