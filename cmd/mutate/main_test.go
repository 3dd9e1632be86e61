package main

import (
	"context"
	"regexp"
	"strings"
	"testing"
)

// TestSample tries some mutants of every family: few survive.
func TestSample(t *testing.T) {
	t.Parallel()
	var out, errs strings.Builder
	code := run(context.Background(), &out, &errs, []string{"-sample", "60", "../../rules/policy"})
	last := regexp.MustCompile(`(?m)^mutation: [0-9]+ mutants, [0-9]+ killed, [0-9]+ survived \([0-9.]+ %\), [0-9]+ more do not compile\n\z`)
	if code != 0 || !last.MatchString(out.String()) {
		t.Errorf("exit code %d: %s%s", code, out.String(), errs.String())
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"-sample", "0", "../../rules/policy"}, {t.TempDir()}, {"../../rules/policy", "no/such.rego"}, {"-odd"}} {
		var out, errs strings.Builder
		if code := run(context.Background(), &out, &errs, args); code != 2 || errs.Len() == 0 {
			t.Errorf("%v: exit code %d: %s%s", args, code, out.String(), errs.String())
		}
	}
}

// TestLimit fails when too much survives.
func TestLimit(t *testing.T) {
	t.Parallel()
	var out, errs strings.Builder
	if code := run(context.Background(), &out, &errs, []string{"-limit", "0", "../../rules/policy", "encryption/sqs_queue.rego"}); code != 1 {
		t.Errorf("exit code %d: %s%s", code, out.String(), errs.String())
	}
}
