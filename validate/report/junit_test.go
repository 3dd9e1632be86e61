package report

import (
	"encoding/xml"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/joshdk/go-junit"

	"github.com/fsxns3ap/guardhook/rules"
)

// junitDocument is JUnit's form as build servers read it.
type junitDocument struct {
	Tests, Failures, Errors int
	Suites                  []struct {
		Name     string `xml:"name,attr"`
		Tests    int    `xml:"tests,attr"`
		Failures int    `xml:"failures,attr"`
		Errors   int    `xml:"errors,attr"`
		Skipped  int    `xml:"skipped,attr"`
		Cases    []struct {
			Name  string `xml:"name,attr"`
			Class string `xml:"classname,attr"`
			Inner []struct {
				XMLName xml.Name
				Message string `xml:"message,attr"`
				Text    string `xml:",chardata"`
			} `xml:",any"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

func TestJUnitCounts(t *testing.T) {
	t.Parallel()
	for _, name := range caseNames(t) {
		r := reportOf(t, name)
		var doc junitDocument
		if err := xml.Unmarshal([]byte(written(t, r, "junit")), &doc); err != nil {
			t.Fatal(err)
		}
		if want := 1 + len(r.Templates) + len(r.Refused); len(doc.Suites) != want {
			t.Errorf("%s: %d suites, want %d", name, len(doc.Suites), want)
		}
		all := map[string]int{}
		for _, s := range doc.Suites {
			counts := map[string]int{}
			names := map[string]bool{}
			for _, c := range s.Cases {
				if names[c.Class+" "+c.Name] {
					t.Errorf("%s: %s is there twice", name, c.Name)
				}
				names[c.Class+" "+c.Name] = true
				if len(c.Inner) > 1 {
					t.Errorf("%s: %s has %d outcomes", name, c.Name, len(c.Inner))
				}
				for _, outcome := range c.Inner {
					counts[outcome.XMLName.Local]++
					all[outcome.XMLName.Local]++
					if outcome.Message == "" || outcome.Text == "" {
						t.Errorf("%s: %s does not say why", name, c.Name)
					}
				}
			}
			want := map[string]int{}
			for kind, n := range map[string]int{"failure": s.Failures, "error": s.Errors, "skipped": s.Skipped} {
				if n > 0 {
					want[kind] = n
				}
			}
			if diff := cmp.Diff(want, counts); diff != "" || len(s.Cases) != s.Tests {
				t.Errorf("%s: %s: %s", name, s.Name, diff)
			}
		}
		if failed := all["failure"] > 0; failed != (r.Summary.Failing > 0) {
			t.Errorf("%s: %d failures, %d failing findings", name, all["failure"], r.Summary.Failing)
		}
		if failed := all["error"] > 0; failed != (r.Summary.Status == NotJudged) {
			t.Errorf("%s: %d errors, the outcome is %s", name, all["error"], r.Summary.Status)
		}
	}
}

// TestJUnitRead: a reader of test results that others have written finds in a report
// the cases that it has, with what became of them and why.
func TestJUnitRead(t *testing.T) {
	t.Parallel()
	for _, name := range caseNames(t) {
		text := written(t, reportOf(t, name), "junit")
		var want junitDocument
		if err := xml.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		got, err := junit.Ingest([]byte(text))
		if err != nil || len(got) != len(want.Suites) {
			t.Fatalf("%s: %d suites are read, want %d: %v", name, len(got), len(want.Suites), err)
		}
		for i, suite := range got {
			w := want.Suites[i]
			totals := junit.Totals{
				Tests: w.Tests, Failed: w.Failures, Error: w.Errors, Skipped: w.Skipped,
				Passed: w.Tests - w.Failures - w.Errors - w.Skipped,
			}
			if diff := cmp.Diff(totals, suite.Totals); diff != "" || suite.Name != w.Name {
				t.Errorf("%s: %s: -want +got\n%s", name, w.Name, diff)
			}
			for j, c := range suite.Tests {
				wc := w.Cases[j]
				if c.Name != wc.Name || c.Classname != wc.Class {
					t.Errorf("%s: case %s of %s is read, want %s of %s", name, c.Name, c.Classname, wc.Name, wc.Class)
				}
				if failed := c.Status == junit.StatusFailed || c.Status == junit.StatusError; failed && (c.Error == nil || c.Error.Error() != wc.Inner[0].Text) {
					t.Errorf("%s: %s failed for %v, want %s", name, c.Name, c.Error, wc.Inner[0].Text)
				}
				if c.Status == junit.StatusSkipped && c.Message != wc.Inner[0].Message {
					t.Errorf("%s: %s is skipped for %q, want %q", name, c.Name, c.Message, wc.Inner[0].Message)
				}
			}
		}
	}
}

// TestJUnitHidesNothing holds that a rule whose findings are not shown for their
// severity has not passed.
func TestJUnitHidesNothing(t *testing.T) {
	t.Parallel()
	r := finished(t, Options{Least: rules.Critical})
	r.Finish()
	if r.Summary.Hidden == 0 {
		t.Fatal("nothing is hidden")
	}
	if got := written(t, r, "junit"); !strings.Contains(got, `<failure message="2 findings below severity CRITICAL at level block or above"`) {
		t.Errorf("no failure for what is hidden:\n%s", got)
	}
	passed := map[string]bool{}
	for _, rule := range r.Templates[0].passed {
		passed[rule.ID] = true
	}
	all := finished(t, Options{})
	for _, f := range all.Templates[0].Findings {
		if passed[f.Rule] {
			t.Errorf("%s is said to have passed", f.Rule)
		}
	}
}
