package report

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// command is what GitHub's runner makes of a line: of ::name key=value::message,
// and of ##[name key=value;]message, which it looks for anywhere.
var (
	command    = regexp.MustCompile(`^\s*::([a-z-]+)(?: ([^:]*))?::(.*)$`)
	oldCommand = regexp.MustCompile(`##\[[^\]]+\]`)
)

func unescape(text string) string {
	return strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%").Replace(text)
}

// TestGitHubCommands reads the log as the runner does.
func TestGitHubCommands(t *testing.T) {
	t.Parallel()
	for _, name := range caseNames(t) {
		r := reportOf(t, name)
		stopped := ""
		kinds := map[string]int{}
		var messages []string
		for line := range strings.Lines(written(t, r, "github")) {
			line = strings.TrimSuffix(line, "\n")
			if stopped != "" {
				if line == "::"+stopped+"::" {
					stopped = ""
				}
				continue
			}
			m := command.FindStringSubmatch(line)
			if m == nil {
				if oldCommand.MatchString(line) {
					t.Errorf("%s: a command in %q", name, line)
				}
				continue
			}
			kinds[m[1]]++
			switch m[1] {
			case "stop-commands":
				stopped = m[3]
			case "error", "warning", "notice":
				for _, property := range strings.Split(m[2], ",") {
					if key, _, ok := strings.Cut(property, "="); !ok || !slices.Contains([]string{"file", "line", "col", "title"}, key) {
						t.Errorf("%s: property %q", name, property)
					}
				}
				messages = append(messages, unescape(m[3]))
			}
		}
		if stopped != "" || kinds["group"] != 1 || kinds["endgroup"] != 1 {
			t.Errorf("%s: what begins does not end: %v", name, kinds)
		}
		for kind := range kinds {
			if !slices.Contains([]string{"group", "endgroup", "stop-commands", "error", "warning", "notice"}, kind) {
				t.Errorf("%s: command %s", name, kind)
			}
		}
		for _, f := range r.ranked() {
			said := slices.ContainsFunc(messages, func(m string) bool { return strings.HasSuffix(m, f.described()) })
			if said == (f.Known != Live) {
				t.Errorf("%s: a command says %q: %t", name, f.described(), said)
			}
		}
	}
}

func TestGitHubSaysWhatItDoesNotShow(t *testing.T) {
	t.Parallel()
	got := written(t, many(t, 30), "github")
	if n := strings.Count(got, "\n::error "); n != annotationsPerStep {
		t.Errorf("%d errors", n)
	}
	if !strings.Contains(got, "24 errors more in the text above") {
		t.Errorf("the rest is not counted:\n%s", got[max(0, len(got)-400):])
	}
}
