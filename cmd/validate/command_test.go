package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/fsxns3ap/guardhook/internal/termimage"
)

// command returns a Command and what it wrote.
func command(stdin string) (c *Command, stdout, stderr *bytes.Buffer) {
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	return &Command{
		Stdin: strings.NewReader(stdin), Stdout: stdout, Stderr: stderr,
		Env: func(string) string { return "" }, Now: today,
	}, stdout, stderr
}

// bundled are the templates of the first command of the README.
const bundled = "../../testdata/templates"

func TestJSONSchema(t *testing.T) {
	t.Parallel()
	schema, err := jsonschema.NewCompiler().Compile("../../docs/report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"bundled":   {bundled},
		"hidden":    {"--severity", "critical", bundled},
		"refused":   {bundled, "nowhere.yaml"},
		"ignored":   {".", "../../rules"},
		"parameter": {"--parameters", "AdminCidr=nonsense", "--parameters", "Nothing=1", bundled},
		"fixtures":  {"../../rules/policy"},
		"none":      {"../../docs"},
		"nested":    {"../../validate/testdata/nested"},
		"assembly":  {"../../internal/cdk/testdata/app"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, stdout, stderr := command("")
			c.Main(context.Background(), append([]string{"--format", "json"}, args...))
			doc, err := jsonschema.UnmarshalJSON(stdout)
			if err != nil {
				t.Fatalf("%v\n%s", err, stderr)
			}
			if err := schema.Validate(doc); err != nil {
				t.Errorf("%v", err)
			}
		})
	}
	// Goldens and scripts have what the built-in rules do not: waivers, errors.
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range scripts {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range regexp.MustCompile(`(?ms)^\{\n  "version": 1,\n  "policy": \{.*?^\}\n`).FindAll(src, -1) {
			found++
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(doc); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
	if found == 0 {
		t.Error("no script has a report")
	}
}

func TestRunsAreAlike(t *testing.T) {
	t.Parallel()
	var outputs []string
	for _, jobs := range []string{"1", "2", "16"} {
		c, stdout, _ := command("")
		c.Main(context.Background(), []string{"--format", "json", "--jobs", jobs, bundled, "../../rules/policy/public_access"})
		outputs = append(outputs, stdout.String())
	}
	for _, got := range outputs[1:] {
		if diff := cmp.Diff(outputs[0], got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestColor(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		args     []string
		env      map[string]string
		terminal bool
		want     bool
	}{
		{name: "terminal", terminal: true, want: true},
		{name: "pipe", terminal: false, want: false},
		{name: "NO_COLOR", terminal: true, env: map[string]string{"NO_COLOR": "1"}, want: false},
		{name: "empty NO_COLOR", terminal: true, env: map[string]string{"NO_COLOR": ""}, want: true},
		{name: "dumb terminal", terminal: true, env: map[string]string{"TERM": "dumb"}, want: false},
		{name: "never", args: []string{"--color", "never"}, terminal: true, want: false},
		{name: "always", args: []string{"--color=always"}, env: map[string]string{"NO_COLOR": "1"}, want: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, stdout, _ := command("Resources: {Topic: {Type: AWS::SNS::Topic}}")
			c.StdoutTerminal = test.terminal
			c.Env = func(name string) string { return test.env[name] }
			c.Main(context.Background(), append(test.args, "--quiet", "-"))
			if got := strings.Contains(stdout.String(), "\x1b["); got != test.want {
				t.Errorf("colour is %t\n%q", got, stdout)
			}
		})
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		terminal bool
		tick     time.Duration
		want     string
	}{
		{"slow run", true, 600 * time.Millisecond, "\r\x1b[Kjudged 2 of 4 files"},
		{"quick run", true, time.Millisecond, ""},
		{"no terminal", false, 600 * time.Millisecond, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, _, stderr := command("")
			c.StderrTerminal = test.terminal
			now := today()
			p := newProgress(c, 4)
			p.c = &Command{Stderr: stderr, StderrTerminal: test.terminal, Now: func() time.Time {
				now = now.Add(test.tick)
				return now
			}}
			for i := range 4 {
				p.step(i + 1)
			}
			p.clear()
			if test.want == "" && stderr.Len() > 0 || !strings.Contains(stderr.String(), test.want) {
				t.Errorf("got %q", stderr)
			}
			if test.want != "" && !strings.HasSuffix(stderr.String(), "\r\x1b[K") {
				t.Errorf("the line stays: %q", stderr)
			}
		})
	}
}

// brokenWriter refuses to be written to.
type brokenWriter struct{}

var errBroken = errors.New("broken pipe")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestOutputThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		c, _, stderr := command("Resources: {Topic: {Type: AWS::SNS::Topic}}")
		c.Stdout = brokenWriter{}
		if code := c.Main(context.Background(), []string{"--format", format, "-"}); code != exitUnjudged {
			t.Errorf("%s: exit code %d", format, code)
		}
		if !strings.Contains(stderr.String(), "output: broken pipe") {
			t.Errorf("%s: %s", format, stderr)
		}
	}
}

func TestStopped(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c, stdout, stderr := command("")
	if code := c.Main(ctx, []string{bundled}); code != exitUnjudged {
		t.Errorf("exit code %d", code)
	}
	if stdout.Len() > 0 || !strings.Contains(stderr.String(), "canceled") {
		t.Errorf("got %q, %q", stdout, stderr)
	}
}

// brokenReader fails after some text.
type brokenReader struct{ io.Reader }

func (r brokenReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err == io.EOF {
		err = errBroken
	}
	return n, err
}

func TestStdinThatCannotBeRead(t *testing.T) {
	t.Parallel()
	c, stdout, _ := command("")
	c.Stdin = brokenReader{strings.NewReader("Resources: {Topic: {Type: AWS::SNS::Topic}}")}
	if code := c.Main(context.Background(), []string{"-"}); code != exitUnjudged {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(stdout.String(), "stdin: refused: broken pipe") {
		t.Errorf("got %s", stdout)
	}
}

func TestTemplateThatIsTooLarge(t *testing.T) {
	t.Parallel()
	c, stdout, _ := command("Resources: {}\n#" + strings.Repeat("x", 2<<20))
	if code := c.Main(context.Background(), []string{"-"}); code != exitUnjudged {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(stdout.String(), "the limit is 1048576") {
		t.Errorf("got %s", stdout)
	}
}

// TestHelp keeps the manual complete: every flag is in it.
func TestHelp(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{
		"--policy", "--config", "--parameters", "--parameter-file", "--color", "--version", "--help", "--format", "--output",
		"--severity", "--fail-level", "--jobs", "--quiet", "--resource", "--json",
	} {
		if !strings.Contains(help, flag) {
			t.Errorf("%s is not in help.txt", flag)
		}
	}
	for line := range strings.Lines(help) {
		if len(line) > 80 {
			t.Errorf("longer than 79 columns: %s", line)
		}
	}
}

// unstable is what changes with every change of a rule.
var unstable = regexp.MustCompile(`(sha256:[0-9a-f]{12}|[0-9]+ rules)`)

// TestPicture keeps the picture in the README real.
func TestPicture(t *testing.T) {
	t.Parallel()
	c, stdout, stderr := command("")
	c.Main(context.Background(), []string{"--color", "always", bundled})
	if stderr.Len() > 0 {
		t.Fatal(stderr)
	}
	got, err := termimage.SVG("make demo", strings.ReplaceAll(stdout.String(), "../../", ""))
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "../../docs/demo.svg", got)
}

// TestReadme keeps the text in the README real.
func TestReadme(t *testing.T) {
	t.Parallel()
	c, stdout, _ := command("")
	c.Main(context.Background(), []string{filepath.Join(bundled, "bastion.yaml")})
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(stdout.String(), "../../", "")
	blocks := strings.Split(string(readme), "```")
	if !slices.ContainsFunc(blocks, func(block string) bool {
		_, block, _ = strings.Cut(block, "\n$ validate testdata/templates/bastion.yaml\n")
		return unstable.ReplaceAllString(block, "_") == unstable.ReplaceAllString(want, "_")
	}) {
		t.Errorf("README.md does not have this output:\n%s", want)
	}
}

func compare(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(unstable.ReplaceAllString(string(want), "_"), unstable.ReplaceAllString(string(got), "_")); diff != "" {
		t.Errorf("%s is stale (go test ./cmd/validate -update):\n%s", file, diff)
	}
}

func TestRulesAsJSON(t *testing.T) {
	t.Parallel()
	c, stdout, _ := command("")
	if code := c.Main(context.Background(), []string{"rules", "--json"}); code != exitClean {
		t.Fatalf("exit code %d", code)
	}
	var doc struct {
		Rules []struct{ ID, Title, Severity string }
	}
	if err := json.Unmarshal(stdout.Bytes(), &doc); err != nil || len(doc.Rules) == 0 {
		t.Errorf("%v: %s", err, stdout)
	}
}
