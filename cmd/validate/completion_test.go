package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func completionScript(t *testing.T, shell string) string {
	t.Helper()
	c, stdout, stderr := command("")
	if code := c.Main(context.Background(), []string{"completion", shell}); code != exitClean {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	return stdout.String()
}

// TestBashCompletion has bash complete command lines. A line is cut where the
// cursor is; a word that ends in "=" or comes after one is split as bash does.
func TestBashCompletion(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "app stack.yaml"), clean)
	write(t, filepath.Join(dir, "rules.yaml"), clean)
	write(t, filepath.Join(dir, "complete.bash"), completionScript(t, "bash")+`
COMP_WORDS=("$@")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_validate
printf '%s\n' "${COMPREPLY[@]}"
`)
	for line, want := range map[string][]string{
		"validate |r":                         {"resolve", "rules"},
		"validate |rules|":                    {"show"},
		"validate|rules|show|--j":             {"--json"},
		"validate|rules|show|--s":             {},
		"validate|--sev":                      {"--severity"},
		"validate|--severity|h":               {"high"},
		"validate|--severity|=|":              {"informational", "low", "medium", "high", "critical"},
		"validate|--severity|=|lo":            {"low"},
		"validate|--color|":                   {"auto", "always", "never"},
		"validate|--changed|":                 {"templates", "resources"},
		"validate|--changed-since|m":          {},
		"validate|--policy|rules|--fo":        {"--format"},
		"validate|--policy|=|rules|--fail":    {"--fail-level"},
		"validate|--policy|app":               {"app stack.yaml"},
		"validate|app":                        {"app stack.yaml"},
		"validate|app stack.yaml|rules.":      {"rules.yaml"},
		"validate|resolve|--res":              {"--resource"},
		"validate|resolve|--q":                {},
		"validate|guard|":                     {"fmt", "test", "to-rego"},
		"validate|completion|":                {"bash", "fish", "zsh"},
		"validate|--quiet|--baseline|x|--sho": {"--show-baseline"},
	} {
		words := strings.Split(strings.Replace(line, "validate |", "validate|", 1), "|")
		cmd := exec.Command("bash", append([]string{"--noprofile", "--norc", filepath.Join(dir, "complete.bash")}, words...)...)
		cmd.Dir = dir
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		got := strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' })
		if line == "validate |rules|" {
			// The files of a folder come where no word fits.
			got = slices.DeleteFunc(got, func(s string) bool { return strings.Contains(s, ".") })
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

// TestCompletionScripts finds every command, flag and value in every script. Bash
// reads its own.
func TestCompletionScripts(t *testing.T) {
	t.Parallel()
	words := grammarWords(t)
	for _, shell := range []string{"bash", "zsh", "fish"} {
		script := completionScript(t, shell)
		has := func(text string) {
			if !strings.Contains(script, text) {
				t.Errorf("%s: no %q", shell, text)
			}
		}
		for _, c := range words.Commands {
			has(c.Words)
			has(`"` + c.Path() + `"`)
			for _, flag := range c.Flags {
				if shell == "fish" {
					flag = " -l " + strings.TrimPrefix(flag, "--")
				}
				has(flag)
			}
		}
		for _, f := range words.Flags {
			has(f.Values)
		}
	}
	cmd := exec.Command("bash", "--noprofile", "--norc", "-n")
	cmd.Stdin = strings.NewReader(completionScript(t, "bash"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// TestCompletionUnknownShell is a command line that makes no sense.
func TestCompletionUnknownShell(t *testing.T) {
	t.Parallel()
	c, _, stderr := command("")
	if code := c.Main(context.Background(), []string{"completion", "tcsh"}); code != exitUsage || !strings.Contains(stderr.String(), "bash") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// TestFlagValues keeps the values that are completed those that the program
// takes.
func TestFlagValues(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "t.yaml")
	write(t, file, clean)
	for _, f := range grammarWords(t).Flags {
		if f.Name != "--severity" && f.Name != "--fail-level" && f.Name != "--guard-input" && f.Name != "--output" && f.Name != "--color" && f.Name != "--profile" {
			continue
		}
		if f.Values == "" {
			t.Errorf("%s has no values", f.Name)
		}
		for _, value := range strings.Fields(f.Values) {
			c, _, stderr := command("")
			if code := c.Main(context.Background(), []string{f.Name, value, file}); code != exitClean {
				t.Errorf("%s %s: exit code %d: %s", f.Name, value, code, stderr)
			}
		}
	}
}

func parser(t *testing.T) *kong.Kong {
	t.Helper()
	p, err := kong.New(&grammar{}, kong.Name("validate"), kong.NoDefaultHelp())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func grammarWords(t *testing.T) *completions {
	t.Helper()
	words, err := newCompletions(parser(t).Model.Node)
	if err != nil {
		t.Fatal(err)
	}
	return words
}

// TestHelpIsComplete finds flags and commands that help.txt does not have.
func TestHelpIsComplete(t *testing.T) {
	t.Parallel()
	for _, n := range parser(t).Model.Leaves(true) {
		if name := n.FullPath(); !strings.Contains(help, name) && n.Parent.DefaultCmd != n {
			t.Errorf("help.txt does not have %s", name)
		}
		for _, f := range n.Flags {
			if !strings.Contains(help, "--"+f.Name) && (f.Short == 0 || !strings.Contains(help, "-"+string(f.Short))) {
				t.Errorf("help.txt does not have --%s", f.Name)
			}
		}
	}
}
