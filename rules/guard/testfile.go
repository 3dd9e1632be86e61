package guard

import (
	"context"
	"fmt"
	"strconv"
)

// TestCase is one entry of a test file: a document and the statuses that rules
// must give for it.
type TestCase struct {
	Name  string
	Pos   Pos
	Input *Value
	Want  []Expectation
}

// Expectation is the status that a rule must give.
type Expectation struct {
	Rule   string
	Status Status
	Pos    Pos
}

// LoadTests reads a test file, as the registry of Guard rules has them: a list
// of maps with the keys name (optional), input, and expectations, which has
// the map rules from names to PASS, FAIL or SKIP. An error is an *Error.
func LoadTests(name string, text []byte) ([]TestCase, error) {
	doc, err := Load(name, text, Core)
	if err != nil {
		return nil, err
	}
	if doc.kind != KindList {
		return nil, &Error{File: name, Pos: doc.pos, Msg: "a test file is a list of tests, not " + doc.kind.article()}
	}
	tests := make([]TestCase, 0, len(doc.items))
	for i, item := range doc.items {
		t, err := loadTest(name, i, item)
		if err != nil {
			return nil, err
		}
		tests = append(tests, t)
	}
	return tests, nil
}

func loadTest(file string, number int, v *Value) (TestCase, error) {
	t := TestCase{Name: "test " + strconv.Itoa(number+1), Pos: v.pos}
	problem := func(at *Value, msg string) (TestCase, error) {
		return t, &Error{File: file, Pos: at.pos, Msg: msg}
	}
	if v.kind != KindMap {
		return problem(v, "a test is a map, not "+v.kind.article())
	}
	for i, key := range v.keys {
		item := v.items[i]
		switch key.Name {
		case "name":
			if item.kind == KindString && item.str != "" {
				t.Name = item.str
			}
		case "input":
			// The input is a document of its own.
			root := *item
			root.parent = nil
			for _, child := range root.items {
				child.parent = &root
			}
			t.Input = &root
		case "expectations":
			rules := item.Get("rules")
			if rules == nil || rules.kind != KindMap {
				return problem(item, "expectations needs the map `rules` from rules to statuses")
			}
			for j, rule := range rules.keys {
				st, ok := parseStatus(rules.items[j])
				if !ok {
					return problem(rules.items[j], "the status of a rule is PASS, FAIL or SKIP")
				}
				t.Want = append(t.Want, Expectation{rule.Name, st, rule.Pos})
			}
		default:
			return t, &Error{File: file, Pos: key.Pos, Msg: "unknown key " + key.Name + " in a test; it has name, input and expectations"}
		}
	}
	switch {
	case t.Input == nil:
		return problem(v, "the test has no input")
	case t.Want == nil:
		return problem(v, "the test has no expectations")
	}
	return t, nil
}

func parseStatus(v *Value) (Status, bool) {
	for st := Skip; st <= Fail; st++ {
		if v.kind == KindString && v.str == st.String() {
			return st, true
		}
	}
	return 0, false
}

// TestResult is the outcome of one expectation.
type TestResult struct {
	Test *TestCase
	Expectation
	// Got are the statuses of all rules of that name; none when there is no
	// such rule.
	Got []Status
	// Err is the error of one of those rules.
	Err error
	// OK is whether the expectation is met: PASS and FAIL by any rule of the
	// name, SKIP by all of them.
	OK bool
	// Findings are those of the rules of the name.
	Findings []Finding
}

// Unknown reports whether there is no rule of that name. The reference ignores
// such expectations; OK is true for them.
func (r *TestResult) Unknown() bool { return len(r.Got) == 0 }

func (r *TestResult) String() string {
	switch {
	case r.Unknown():
		return fmt.Sprintf("%s: %s: there is no such rule", r.Test.Name, r.Rule)
	case r.Err != nil:
		return fmt.Sprintf("%s: %s: want %s: %v", r.Test.Name, r.Rule, r.Status, r.Err)
	}
	return fmt.Sprintf("%s: %s: want %s, got %v", r.Test.Name, r.Rule, r.Status, r.Got)
}

// RunTests evaluates the tests. Coverage in opts collects over all of them.
func (f *File) RunTests(ctx context.Context, tests []TestCase, opts Options) ([]TestResult, error) {
	var out []TestResult
	for i := range tests {
		results, err := f.Evaluate(ctx, tests[i].Input, opts)
		if err != nil {
			return nil, err
		}
		for _, want := range tests[i].Want {
			out = append(out, judge(&tests[i], want, results))
		}
	}
	return out, nil
}

func judge(t *TestCase, want Expectation, results []Result) TestResult {
	r := TestResult{Test: t, Expectation: want}
	met := 0
	for i := range results {
		if results[i].Rule.Name != want.Rule {
			continue
		}
		r.Got = append(r.Got, results[i].Status)
		r.Findings = append(r.Findings, results[i].Findings...)
		if results[i].Err != nil {
			r.Err = results[i].Err
		}
		if results[i].Status == want.Status {
			met++
		}
	}
	switch {
	case r.Err != nil:
	case want.Status == Skip:
		r.OK = met == len(r.Got)
	default:
		r.OK = met > 0 || r.Unknown()
	}
	return r
}
