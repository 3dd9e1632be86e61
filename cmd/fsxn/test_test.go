package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fsxns3ap/guardhook/internal/cli"
	"github.com/fsxns3ap/guardhook/lambda/local"
)

// TestEvents: what is wrong with events is a line of the table, and the others go on.
func TestEvents(t *testing.T) {
	t.Parallel()
	cloud, err := local.Start()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	c := &Command{cli.Surroundings{Stdout: &out, Stderr: &out, Environ: os.Environ(), Now: time.Now}}
	events := t.TempDir()
	for name, text := range map[string]string{
		"processor.fails-NotFound.json": `{}`, "processor.no-json.json": `{`, "nobody.json": `{}`, "processor.json": `{}`,
	} {
		if err := os.WriteFile(filepath.Join(events, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	results, err := c.testUseCase(t.Context(), cloud, "event-driven", events, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.tellResults(results); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"event-driven  nobody                    no function", "event-driven  processor.fails-NotFound  not NotFound",
		"event-driven  processor.no-json         not run", "event-driven  processor                 InvalidInput",
		"event-driven  reporter                  no event", "event-driven reporter: want testdata/events/event-driven/reporter.json",
		"event-driven processor.no-json: processor.no-json.json:1: it is no JSON: unexpected end", "5 events and functions, 5 failed",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

func TestShort(t *testing.T) {
	t.Parallel()
	if got := short(" a\n b" + strings.Repeat("é", 200)); !strings.HasPrefix(got, "a bé") || !strings.HasSuffix(got, "é...") {
		t.Error(got)
	}
	if got := cause(`{"errorMessage": "slow", "errorType": "Throttled"}`); got != "slow" || cause("") != "no cause" || cause("x") != "x" {
		t.Error(got)
	}
	var b strings.Builder
	section(&b, "rows", shown+2, func(int) string { return "row" })
	if !strings.HasSuffix(b.String(), "  row\n  and 2 more\n") || strings.Count(b.String(), "row\n") != shown {
		t.Error(b.String())
	}
}
