package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// watching runs the program until the steps are done: each is one look at the
// files, and changes them or not. It returns the exit code and how many reports
// were written.
func watching(t *testing.T, terminal bool, args []string, steps ...func()) (code, reports int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c, out, errs := command("")
	c.StdoutTerminal = terminal
	c.Pause = func(ctx context.Context, d time.Duration) error {
		if d != watchEvery {
			t.Errorf("looks every %s", d)
		}
		if len(steps) == 0 {
			cancel()
			return ctx.Err()
		}
		steps[0]()
		steps = steps[1:]
		return nil
	}
	code = c.Main(ctx, append([]string{"--watch", "--quiet"}, args...))
	return code, strings.Count("\n"+out.String(), "\npolicy: "), out.String(), errs.String()
}

func nothing() {}

// clean is a template without findings.
const clean = "Resources: {Wait: {Type: AWS::CloudFormation::WaitConditionHandle}}\n"

// TestWatch judges again when something has changed that the report depends on,
// and at no other time.
func TestWatch(t *testing.T) {
	t.Parallel()
	dir, file := project(t)
	policy := filepath.Join(dir, "policy")
	if err := os.CopyFS(policy, os.DirFS("testdata/policy")); err != nil {
		t.Fatal(err)
	}
	config, baseline, parameters := filepath.Join(dir, "config.yaml"), filepath.Join(dir, "baseline.json"), filepath.Join(dir, "parameters.json")
	write(t, config, "version: 1\npolicy: policy\n")
	write(t, baseline, "{\"version\": 1, \"findings\": []}\n")
	write(t, parameters, "[]")
	judged := filepath.Join(dir, "templates")
	if err := os.Mkdir(judged, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file, filepath.Join(judged, "app.yaml")); err != nil {
		t.Fatal(err)
	}
	changes := map[string]func(){
		"a template":    func() { write(t, filepath.Join(judged, "app.yaml"), clean) },
		"a new one":     func() { write(t, filepath.Join(judged, "new.yaml"), clean) },
		"one less":      func() { _ = os.Remove(filepath.Join(judged, "new.yaml")) },
		"a rule":        func() { appendTo(t, filepath.Join(policy, "topic_name.rego"), "\n# Changed.\n") },
		"a new file":    func() { write(t, filepath.Join(policy, "notes.txt"), "Notes.") },
		"configuration": func() { write(t, config, "version: 1\npolicy: ./policy\n") },
		"baseline":      func() { write(t, baseline, "{\"version\": 1,  \"findings\": []}\n") },
		"parameters":    func() { write(t, parameters, "[] ") },
	}
	steps := []func(){nothing, nothing}
	for _, name := range []string{"a template", "a new one", "one less", "a rule", "a new file", "configuration", "baseline", "parameters"} {
		steps = append(steps, changes[name], nothing)
	}
	code, reports, stdout, stderr := watching(t, false, []string{"--config", config, "--baseline", baseline, "--parameter-file", parameters, judged}, steps...)
	if want := len(changes) + 1; code != exitClean || reports != want {
		t.Errorf("exit code %d, %d reports, want %d:\n%s%s", code, reports, want, stdout, stderr)
	}
	if strings.Contains(stdout, "\x1b") {
		t.Errorf("clears what is no terminal: %q", stdout)
	}
}

// TestWatchReports does not take a report for a template that has changed, and
// looks at nested stacks outside of what is named.
func TestWatchReports(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	judged, report := filepath.Join(dir, "templates"), filepath.Join(dir, "templates", "report.json")
	if err := os.Mkdir(judged, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(judged, "app.yaml"), "Resources: {Child: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ../child.yaml}}}\n")
	child := filepath.Join(dir, "child.yaml")
	write(t, child, clean)
	calls := 0
	change := func() { calls++; write(t, child, "# Changed.\n"+clean) }
	code, reports, stdout, stderr := watching(t, false, []string{"--output", "text", "--output", "json=" + report, judged}, nothing, nothing, change, nothing)
	if code != exitClean || reports != 2 || calls != 1 {
		t.Errorf("exit code %d, %d reports, %d changes:\n%s%s", code, reports, calls, stdout, stderr)
	}
}

func appendTo(t *testing.T, file, text string) {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, string(src)+text)
}

// TestWatchEnds has the exit code of the last report, also when that was one of
// an error which was mended or not.
func TestWatchEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		steps func(file string) []func()
		code  int
	}{
		"at once":    {func(string) []func() { return nil }, exitFindings},
		"mended":     {func(file string) []func() { return []func(){func() { write(t, file, clean) }} }, exitClean},
		"broken":     {func(file string) []func() { return []func(){func() { write(t, file, "Resources: [") }} }, exitUnjudged},
		"taken away": {func(file string) []func() { return []func(){func() { _ = os.Remove(file) }} }, exitUnjudged},
		"brought back": {func(file string) []func() {
			return []func(){func() { _ = os.Remove(file) }, func() { write(t, file, clean) }}
		}, exitClean},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, file := project(t)
			code, _, stdout, stderr := watching(t, true, []string{file}, c.steps(file)...)
			if code != c.code || !strings.HasPrefix(stdout, clearScreen) {
				t.Errorf("exit code %d, want %d: %s%s", code, c.code, stdout, stderr)
			}
			if !strings.Contains(stderr, "watching 2 files; an interrupt ends it") {
				t.Errorf("%s", stderr)
			}
		})
	}
}

// TestWatchConfiguration goes on when the configuration breaks, and says so.
func TestWatchConfiguration(t *testing.T) {
	t.Parallel()
	dir, file := project(t)
	config := filepath.Join(dir, "config.yaml")
	write(t, config, "version: 1\n")
	code, reports, _, stderr := watching(t, false, []string{"--config", config, file},
		func() { write(t, config, "version: 9\n") },
		func() { write(t, config, "version: 1\nundecided: warn\n") })
	if code != exitFindings || reports != 2 || !strings.Contains(stderr, "version") {
		t.Errorf("exit code %d, %d reports: %s", code, reports, stderr)
	}
}

// TestWatchRefused does not wait for what cannot change.
func TestWatchRefused(t *testing.T) {
	t.Parallel()
	_, file := project(t)
	for _, args := range [][]string{{"-"}, {"--severity", "odd", file}, {"--write-baseline", "b.json", file}} {
		if code, _, _, stderr := watching(t, false, args, nothing); code != exitUsage {
			t.Errorf("%v: exit code %d: %s", args, code, stderr)
		}
	}
}

// TestPause waits by the clock where nothing else is set, and not beyond its
// context.
func TestPause(t *testing.T) {
	t.Parallel()
	c, _, _ := command("")
	if err := c.pause(context.Background(), time.Nanosecond); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := c.pause(ctx, time.Hour); err == nil {
		t.Error("no error")
	}
}
