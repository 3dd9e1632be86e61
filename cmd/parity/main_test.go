package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args   []string
		code   int
		stdout string // how the last line begins
	}{
		{[]string{"../../testdata/templates"}, 0, "parity: 4 templates, "},
		{nil, 2, ""},
		{[]string{"no/such/folder"}, 2, ""},
	} {
		var stdout, stderr bytes.Buffer
		code := run(context.Background(), &stdout, &stderr, c.args)
		lines := strings.Split(strings.TrimSpace(stdout.String()), "\n")
		if last := lines[len(lines)-1]; code != c.code || !strings.HasPrefix(last, c.stdout) {
			t.Errorf("%v: %d: %s%s", c.args, code, stdout.String(), stderr.String())
		}
		if (code == 2) != (stderr.Len() > 0) {
			t.Errorf("%v: standard error: %s", c.args, stderr.String())
		}
	}
}
