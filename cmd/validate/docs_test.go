package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func readDoc(t *testing.T, name string) string {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

// block returns the first block of code in a language.
func block(t *testing.T, text, language string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, "```"+language+"\n")
	if !ok {
		t.Fatalf("no block of %s", language)
	}
	code, _, _ := strings.Cut(rest, "```")
	return code
}

func TestExampleConfiguration(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "guardhook.yaml")
	if err := os.WriteFile(file, []byte(block(t, readDoc(t, "docs/configuration.md"), "yaml")), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _, stderr := command("")
	if code := c.Main(context.Background(), []string{"rules", "--config", file}); code != exitClean {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func TestExampleRule(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "rule.rego"), []byte(block(t, readDoc(t, "docs/writing-rules.md"), "rego")), 0o600); err != nil {
		t.Fatal(err)
	}
	c, stdout, stderr := command("Resources: {Bucket: {Type: AWS::S3::Bucket}}")
	if code := c.Main(context.Background(), []string{"--policy", dir, "-"}); code != exitFindings {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
}

// TestExampleTests holds the example of a policy set with tests to the files that
// a script runs.
func TestExampleTests(t *testing.T) {
	t.Parallel()
	doc := readDoc(t, "docs/writing-rules.md")
	_, doc, _ = strings.Cut(doc, "## Tests")
	for file, language := range map[string]string{
		"bucket_encryption_test.rego":                             "rego",
		"testdata/bucket_encryption/fail_sometimes.expected.yaml": "yaml",
	} {
		src, err := os.ReadFile(filepath.Join("testdata/acme/storage", file))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(src), block(t, doc, language)) {
			t.Errorf("docs/writing-rules.md does not show %s", file)
		}
	}
	rule, err := os.ReadFile("testdata/acme/storage/bucket_encryption.rego")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(rule)) {
		if !strings.HasPrefix(line, "#") && !strings.Contains(readDoc(t, "docs/writing-rules.md"), line) {
			t.Errorf("docs/writing-rules.md does not show %q", line)
		}
	}
}

// TestDependencies keeps docs/dependencies.md in step with go.mod.
func TestDependencies(t *testing.T) {
	t.Parallel()
	mod := readDoc(t, "go.mod")
	rows := regexp.MustCompile(`(?m)^\| ([a-z0-9.]+\.[a-z]+/\S+|\S+\.net/\S+) \| (v\S+) \|`).FindAllStringSubmatch(readDoc(t, "docs/dependencies.md"), -1)
	if len(rows) == 0 {
		t.Fatal("no rows")
	}
	listed := map[string]bool{}
	for _, row := range rows {
		listed[row[1]] = true
		if !strings.Contains(mod, row[1]+" "+row[2]+"\n") && !strings.Contains(mod, row[1]+" "+row[2]+" //") {
			t.Errorf("go.mod does not require %s %s", row[1], row[2])
		}
	}
	for _, direct := range regexp.MustCompile(`(?m)^\t(\S+) v\S+$`).FindAllStringSubmatch(mod, -1) {
		if !listed[direct[1]] {
			t.Errorf("docs/dependencies.md does not list %s", direct[1])
		}
	}
}

// TestLinks finds links to files that are not there.
func TestLinks(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, "../../README.md", "../../CONTRIBUTING.md", "../../SECURITY.md") {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`).FindAllStringSubmatch(string(src), -1) {
			if strings.Contains(link[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), link[1])); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}
