package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate/fix"
)

// project is a folder with a template that has findings which can be fixed, and
// some which cannot.
func project(t *testing.T) (dir, file string) {
	t.Helper()
	dir = t.TempDir()
	file = filepath.Join(dir, "app.yaml")
	write(t, file, "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n  Door:\n    Type: AWS::EC2::SecurityGroup\n    Properties: {SecurityGroupIngress: [{IpProtocol: \"-1\", CidrIp: 0.0.0.0/0}]}\n")
	return dir, file
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestAdoptionSchemas validates a baseline, and reports on everything that a run
// can leave out or fix.
func TestAdoptionSchemas(t *testing.T) {
	t.Parallel()
	dir, file := project(t)
	recorded, out := filepath.Join(dir, "baseline.json"), filepath.Join(dir, "report.json")
	for _, run := range []struct {
		args []string
		code int
		has  string
	}{
		{[]string{"--write-baseline", recorded, file}, exitClean, `"recorded": `},
		{[]string{"--baseline", recorded, file}, exitClean, `"known": "baseline"`},
		{[]string{"--diff", file}, exitFindings, `"written": false`},
		{[]string{"--fix", file}, exitFindings, `"written": true`},
		{[]string{"--baseline", recorded, file}, exitClean, `"gone": [
        {`},
		{[]string{"--write-baseline", recorded, file, filepath.Join(dir, "nowhere.yaml")}, exitUnjudged, `"notWritten": true`},
	} {
		c, _, stderr := command("")
		if code := c.Main(context.Background(), append(run.args, "--output", "json="+out)); code != run.code {
			t.Fatalf("%v: exit code %d: %s", run.args, code, stderr)
		}
		if text := validateJSON(t, "report", out); !strings.Contains(text, run.has) {
			t.Errorf("%v: no %s in\n%s", run.args, run.has, text)
		}
	}
	validateJSON(t, "baseline", recorded)
}

// validateJSON checks a file against a published schema, and returns it.
func validateJSON(t *testing.T, schema, file string) string {
	t.Helper()
	compiled, err := jsonschema.NewCompiler().Compile("../../docs/" + schema + ".schema.json")
	if err != nil {
		t.Fatal(err)
	}
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(src)))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(doc); err != nil {
		t.Errorf("%s: %v", file, err)
	}
	return string(src)
}

// TestFixAll fixes copies of the templates that the built-in rules refuse:
// all load, and a second run changes nothing.
func TestFixAll(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../rules/policy")); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) string {
		c, stdout, stderr := command("")
		if code := c.Main(context.Background(), append(args, dir)); code != exitFindings {
			t.Fatalf("%v: exit code %d: %s", args, code, stderr)
		}
		return stdout.String()
	}
	judged := run("--quiet")
	first := run("--quiet", "--fix")
	second := run("--quiet", "--fix", "--diff")
	if strings.Contains(first, "fixed:     0 findings") || !strings.Contains(second, "fixed:     0 findings") {
		t.Errorf("first:\n%s\nsecond:\n%s", first, second)
	}
	if line := "judged:    "; templates(judged, line) != templates(second, line) {
		t.Errorf("before:\n%s\nafter:\n%s", judged, second)
	}
}

// templates is how many templates a report says were judged.
func templates(text, line string) string {
	_, rest, _ := strings.Cut(text, line)
	n, _, _ := strings.Cut(rest, ",")
	return n
}

// TestFixesAreDocumented keeps the table of fixes complete.
func TestFixesAreDocumented(t *testing.T) {
	t.Parallel()
	set, err := rules.Embedded(rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(readDoc(t, "docs/adoption.md"), "| Rules | What is written |")
	for _, rule := range set.Rules() {
		if fix.Rules(rule.ID) != strings.Contains(table, rule.ID) {
			t.Errorf("%s: there is a fix: %t, and docs/adoption.md has it: %t", rule.ID, fix.Rules(rule.ID), strings.Contains(table, rule.ID))
		}
	}
}
