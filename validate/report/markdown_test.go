package report

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestMarkdownIsText holds that nothing of a template is Markdown: in a table, a
// row has as many cells as the head, whatever a message says.
func TestMarkdownIsText(t *testing.T) {
	t.Parallel()
	got := written(t, reportOf(t, "odd"), "markdown")
	rows := 0
	for line := range strings.Lines(got) {
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		rows++
		if n := strings.Count(line, "|"); n != 6 {
			t.Errorf("%d bars: %s", n, line)
		}
	}
	if rows < 6 {
		t.Errorf("%d rows", rows)
	}
	code := regexp.MustCompile("(?s)```text\n.*?\n```").ReplaceAllString(got, "")
	for _, bad := range []string{"<script", "<b>", "@team", "#12 ", "`", "*bold*", "[T-1]"} {
		if strings.Contains(code, bad) {
			t.Errorf("%q is in\n%s", bad, code)
		}
	}
}

func TestMarkdownFitsAComment(t *testing.T) {
	t.Parallel()
	r := many(t, 490)
	got := written(t, r, "markdown")
	if len(got) > MarkdownLimit || len(got) < MarkdownLimit*9/10 {
		t.Errorf("%d bytes, the limit is %d", len(got), MarkdownLimit)
	}
	total := len(r.ranked())
	for what, parts := range map[string]struct{ item, more string }{
		"rows":    {"\n| 🔴 HIGH ", `(\d+) more findings do not fit`},
		"details": {"```text\n", `details of (\d+) more findings`},
	} {
		left := regexp.MustCompile(parts.more).FindStringSubmatch(got)
		if left == nil {
			t.Fatalf("nothing is said of %s that are left out", what)
		}
		n, err := strconv.Atoi(left[1])
		if err != nil {
			t.Fatal(err)
		}
		shown := strings.Count(got, parts.item)
		if what == "rows" {
			shown += strings.Count(got, "\n| 🟣 ") + strings.Count(got, "\n| 🟠 ") + strings.Count(got, "\n| 🟡 ")
		}
		if shown == 0 || shown+n != total {
			t.Errorf("%d %s are shown, %d are said to be left out, of %d", shown, what, n, total)
		}
	}
	if open, closed := strings.Count(got, "<details>"), strings.Count(got, "</details>"); open != closed {
		t.Errorf("%d blocks begin, %d end", open, closed)
	}
}
