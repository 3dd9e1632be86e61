package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/fsxns3ap/guardhook/rules/policytest"
)

// maxUncovered bounds how many lines the summary names that no test reached.
const maxUncovered = 5

// testDocument is the outcome of tests in JSON.
type testDocument struct {
	Version  int          `json:"version"`
	Status   string       `json:"status"` // pass, fail or error
	Policy   string       `json:"policy"`
	Passed   int          `json:"passed"`
	Failed   int          `json:"failed"`
	Skipped  int          `json:"skipped"`
	Missing  int          `json:"missing"`
	Errors   int          `json:"errors"`
	Coverage testCoverage `json:"coverage"`
	Problems []trouble    `json:"problems"`
}

type testCoverage struct {
	Percent    float64           `json:"percent"`
	Least      float64           `json:"least"`
	Lines      int               `json:"lines"`
	NotCovered []policytest.Line `json:"notCovered"`
}

func (t *testRun) document(least float64) testDocument {
	return testDocument{
		Version: 1, Policy: t.dir, Status: strings.ToLower(t.verdict(least)), Passed: t.passed, Skipped: t.skipped,
		Failed: t.count(testFailed), Missing: t.count(testMissing), Errors: t.count(testBroken),
		Coverage: testCoverage{
			Percent: percent(t.report.Coverage()), Least: least, Lines: t.report.Lines,
			NotCovered: append([]policytest.Line{}, t.report.NotCovered...),
		},
		Problems: append([]trouble{}, t.troubles...),
	}
}

func (t *testRun) verdict(least float64) string {
	return map[int]string{exitClean: "PASS", exitFindings: "FAIL", exitUnjudged: "ERROR"}[t.code(least)]
}

// write writes the outcome for people: a line for each thing that is wrong, and
// a summary.
func (t *testRun) write(w io.Writer, args *testArgs) error {
	var lines []string
	for _, warning := range t.set.Warnings() {
		lines = append(lines, "policy: "+warning.String())
	}
	for _, trouble := range t.troubles {
		lines = append(lines, trouble.String())
	}
	missed := t.report.NotCovered
	if args.Coverage {
		for _, line := range missed {
			lines = append(lines, line.String()+": not covered")
		}
	}
	counts := []string{fmt.Sprintf("%d passed, %d failed", t.passed, t.count(testFailed))}
	add := func(n int, what string) {
		if n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, what))
		}
	}
	add(t.skipped, "skipped")
	add(t.count(testMissing), "missing")
	add(t.count(testBroken), "not to be judged")
	summary := fmt.Sprintf("%-5s tests: %s; coverage %.1f %%", t.verdict(args.MinCoverage), strings.Join(counts, ", "), percent(t.report.Coverage()))
	if t.report.Coverage() < args.MinCoverage {
		summary += fmt.Sprintf(", less than %g %%", args.MinCoverage)
	}
	if len(missed) > 0 && !args.Coverage {
		names := make([]string, 0, maxUncovered+1)
		for i, line := range missed {
			if i == maxUncovered {
				names = append(names, fmt.Sprintf("%d more", len(missed)-i))
				break
			}
			names = append(names, line.String())
		}
		summary += " (not covered: " + strings.Join(names, ", ") + ")"
	}
	_, err := io.WriteString(w, strings.Join(append(lines, summary), "\n")+"\n")
	return err
}
