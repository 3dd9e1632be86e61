package rules

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
)

func TestJudgeShapes(t *testing.T) {
	t.Parallel()
	for finding, want := range map[string]string{
		`{"path": [], "message": "m"}`:            "",
		`{"path": ["A", 0, "B"], "message": "m"}`: "A.0.B",
		`"open"`:                            "is no object",
		`1`:                                 "is no object",
		`["path"]`:                          "is no object",
		`{}`:                                "lacks path or message",
		`{"path": []}`:                      "lacks path or message",
		`{"message": "m"}`:                  "lacks path or message",
		`{"path": [], "message": ""}`:       "message of an element",
		`{"path": [], "message": " "}`:      "message of an element",
		`{"path": [], "message": 1}`:        "message of an element",
		`{"path": [], "message": null}`:     "message of an element",
		`{"path": "A.B", "message": "m"}`:   "path of an element",
		`{"path": [-1], "message": "m"}`:    "path of an element",
		`{"path": [0.5], "message": "m"}`:   "path of an element",
		`{"path": [true], "message": "m"}`:  "path of an element",
		`{"path": [["A"]], "message": "m"}`: "path of an element",
		`{"path": {"A"}, "message": "m"}`:   "path of an element",
		`{"path": [], "message": "m", "severity": "LOW"}`:         `unknown key "severity"`,
		`{"path": [], "message": "m", "resource": "R"}`:           `unknown key "resource"`,
		`{"path": [], "message": "m", 1: 2}`:                      "unknown key 1",
		`{"path": [], "message": "m", "msg": "m", "meta": [1,2]}`: "unknown key",
	} {
		t.Run(finding, func(t *testing.T) {
			t.Parallel()
			s, r := oneRule(t, "deny contains "+finding, Options{})
			got, err := s.Judge(t.Context(), r, resource(t, `{}`))
			var failed *EvaluationError
			switch {
			case err == nil && len(got) == 1 && !strings.Contains(want, " "):
				if p := got[0].Path.String(); p != want {
					t.Errorf("path %s, want %s", p, want)
				}
			case err == nil:
				t.Errorf("accepted as %v", got)
			case !errors.As(err, &failed) || failed.Rule != "ACME_RULE" || !strings.Contains(err.Error(), want) || got != nil:
				t.Errorf("got %v and the error %v, want %q", got, err, want)
			}
		})
	}
}

func TestJudgeTemplateShapes(t *testing.T) {
	t.Parallel()
	input := ast.MustParseTerm(`{"template": {"resources": {"R": {"type": "AWS::S3::Bucket"}}}}`).Value
	for finding, want := range map[string]string{
		`{"path": [], "message": "m", "resource": "R"}`: "",
		`{"path": [], "message": "m", "resource": "S"}`: "not in input.template.resources",
		`{"path": [], "message": "m", "resource": 1}`:   "not in input.template.resources",
		`{"path": [], "message": "m"}`:                  "lacks path, message or resource",
	} {
		s, r := oneModule(t, strings.Replace(ruleHead, "scope: resource", "scope: template", 1)+"deny contains "+finding, Options{})
		got, err := s.Judge(t.Context(), r, input)
		if want == "" {
			if err != nil || len(got) != 1 || got[0].Resource != "R" {
				t.Errorf("%s: %v, %v", finding, got, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", finding, err, want)
		}
	}
}

// A built-in that fails inside a body would make the body undefined, and the
// rule silent.
func TestJudgeBuiltinErrors(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	for _, call := range []string{
		`to_number(x) > 1`, `net.cidr_contains(x, "10.0.0.1")`, `net.cidr_intersects("10.0.0.0/8", x)`, `json.unmarshal(x)`,
		`base64.decode(x)`, `hex.decode(x)`, `units.parse(x) > 1`, `units.parse_bytes(x) > 1`, `semver.compare(x, "1.0.0") == 0`,
		`regex.match("[", x)`, `regex.split("(", x)`, `glob.match("{", [], x)`, `substring(x, -1, 1) == ""`, `10 / count(split(x, "h")) == 10 / (count(x) - 7)`,
		`numbers.range_step(1, count(x), 0)`, `urlquery.decode(concat("", ["%", x]))`, `base64url.decode(concat("", [x, "!"]))`,
		`bits.lsh(1, 0 - count(x)) == 1`, `net.cidr_merge([x])`,
	} {
		s, r := oneRule(t, `deny contains f if {
	x := input.resource.properties.Name
	`+call+`
	f := {"path": [], "message": "m"}
}
`, Options{})
		_, err := s.Judge(t.Context(), r, resource(t, `{"Name": "`+secret+`"}`))
		if err == nil {
			t.Errorf("%s: no error", call)
			continue
		}
		if !strings.HasPrefix(err.Error(), "rule ACME_RULE: acme/rule.rego:") {
			t.Errorf("%s: the error does not name rule and place: %v", call, err)
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error quotes the input: %v", call, err)
		}
	}
}

func TestJudgeConflict(t *testing.T) {
	t.Parallel()
	s, r := oneRule(t, `deny contains f if {
	mode == "open"
	f := {"path": [], "message": "m"}
}

mode := "open" if input.resource.properties.Open

mode := "shut" if input.resource.properties.Shut
`, Options{})
	_, err := s.Judge(t.Context(), r, resource(t, `{"Open": true, "Shut": true}`))
	if err == nil || !strings.Contains(err.Error(), "conflicting values") || strings.Contains(err.Error(), "open") {
		t.Errorf("error %v", err)
	}
}

const slow = `deny contains f if {
	some a in numbers.range(1, 3000)
	some b in numbers.range(1, 3000)
	a * b == -1
	f := {"path": [], "message": "m"}
}
`

func TestJudgeBudget(t *testing.T) {
	t.Parallel()
	many := `deny contains f if {
	some i in numbers.range(1, 11)
	f := {"path": [i], "message": "m"}
}
`
	for name, c := range map[string]struct {
		rego   string
		budget Budget
		want   string
	}{
		"steps":      {slow, Budget{Steps: 50_000}, "more than 50000 steps"},
		"time":       {slow, Budget{Time: 20 * time.Millisecond}, "more than 20ms"},
		"violations": {many, Budget{Violations: 10}, "more than 10 violations"},
		"enough":     {many, Budget{Violations: 11}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, r := oneRule(t, c.rego, Options{Budget: c.budget})
			got, err := s.Judge(t.Context(), r, resource(t, `{}`))
			if c.want == "" {
				if err != nil || len(got) != 11 {
					t.Errorf("%d violations, %v", len(got), err)
				}
				return
			}
			if !errors.Is(err, ErrBudget) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

// TestJudgeBytes stops rules that make much out of little, before they do.
func TestJudgeBytes(t *testing.T) {
	t.Parallel()
	doubled := func(step string) string {
		var b strings.Builder
		for i := range 60 {
			fmt.Fprintf(&b, "x%d := %s\n\n", i+1, strings.ReplaceAll(step, "X", fmt.Sprintf("x%d", i)))
		}
		return b.String() + `deny contains f if {
	type_name(x60) == "nothing"
	f := {"path": [], "message": "m"}
}
`
	}
	for name, rego := range map[string]string{
		"concat":           "x0 := \"aa\"\n\n" + doubled(`concat("", [X, X])`),
		"separators":       "x0 := \"aa\"\n\n" + doubled(`concat(X, ["", "", ""])`),
		"replace":          "x0 := \"aa\"\n\n" + doubled(`replace(X, "a", X)`),
		"replace nothing":  "x0 := \"aa\"\n\n" + doubled(`replace(X, "", X)`),
		"replace_n":        "x0 := \"aa\"\n\n" + doubled(`strings.replace_n({"aa": X, "a": concat("", [X, X])}, X)`),
		"regex.replace":    "x0 := \"aa\"\n\n" + doubled(`regex.replace(X, "a", X)`),
		"repeated groups":  "x0 := \"aa\"\n\n" + doubled(`regex.replace(X, "(?s)(.*)", "$1$1$1$1")`),
		"sprintf":          "x0 := \"aa\"\n\n" + doubled(`sprintf("%[1]s%[1]s", [X])`),
		"width":            "x0 := \"aa\"\n\n" + doubled(`sprintf("%999999s%999999s%999999s%999999s%s", [X, X, X, X, X])`),
		"width argument":   "x0 := \"aa\"\n\n" + doubled(`sprintf("%*s%*s%*s%*s%s", [999999, X, 999999, X, 999999, X, 999999, X, X])`),
		"array.concat":     "x0 := [1, 2]\n\n" + doubled(`array.concat(X, X)`),
		"shared parts":     "x0 := [1, 2]\n\n" + doubled(`[X, X]`) + "\ndeny contains {\"path\": [], \"message\": json.marshal(x60)}\n",
		"shared in format": "x0 := [1, 2]\n\n" + doubled(`[X, X]`) + "\ndeny contains {\"path\": [], \"message\": sprintf(\"%v\", [x60])}\n",
		"template":         "x0 := \"aa\"\n\n" + doubled(`$"{X}{X}"`),
		"multiplication":   "x0 := 99\n\n" + doubled(`X * X`),
		"shift":            "x0 := 1\n\n" + doubled(`bits.lsh(X, 99999999)`),
		"shift by much":    "x0 := 1\n\n" + doubled(`bits.lsh(X, 99999999999999999999)`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, r := oneRule(t, rego, Options{})
			if _, err := s.Judge(t.Context(), r, resource(t, `{}`)); !errors.Is(err, ErrBudget) || !strings.Contains(err.Error(), "bytes") {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestJudgeBytesEnough counts what is made, and no more.
func TestJudgeBytesEnough(t *testing.T) {
	t.Parallel()
	const rego = `deny contains f if {
	f := {"path": [], "message": concat("-", ["aaa", "bbb"])}
}
`
	for bytes, fails := range map[int]bool{14: true, 64: false} {
		s, r := oneRule(t, rego, Options{Budget: Budget{Bytes: bytes}})
		got, err := s.Judge(t.Context(), r, resource(t, `{}`))
		if fails != errors.Is(err, ErrBudget) || !fails && (err != nil || got[0].Message != "aaa-bbb") {
			t.Errorf("%d bytes: %v, %v", bytes, got, err)
		}
	}
}

// The number of steps of an evaluation is the same every time, so that a budget
// does not make verdicts depend on the machine.
func TestJudgeStepLimit(t *testing.T) {
	t.Parallel()
	const rego = `deny contains f if {
	some i in numbers.range(1, 20)
	i > 19
	f := {"path": [], "message": "m"}
}
`
	passes := func(steps int) bool {
		s, r := oneRule(t, rego, Options{Budget: Budget{Steps: steps}})
		_, err := s.Judge(t.Context(), r, resource(t, `{}`))
		return err == nil
	}
	limit := 1
	for !passes(limit) {
		limit++
	}
	for range 20 {
		if !passes(limit) || passes(limit-1) {
			t.Fatalf("%d steps were enough once, and not again", limit)
		}
	}
}

func TestJudgeCancelled(t *testing.T) {
	t.Parallel()
	s, r := oneRule(t, slow, Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := s.Judge(ctx, r, resource(t, `{}`)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("deadline: error %v", err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := s.Judge(ended, r, resource(t, `{}`)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
}

func TestJudgePanic(t *testing.T) {
	t.Parallel()
	s, r := oneRule(t, `deny contains {"path": [], "message": "m"} if input.resource.properties.Open`, Options{})
	_, err := s.Judge(t.Context(), r, brokenValue{ast.NewObject()})
	if err == nil || !strings.Contains(err.Error(), "rule ACME_RULE: panic") {
		t.Errorf("error %v", err)
	}
}

type brokenValue struct{ ast.Object }

func (brokenValue) Get(*ast.Term) *ast.Term         { panic("broken") }
func (brokenValue) Find(ast.Ref) (ast.Value, error) { panic("broken") }

func TestJudgeForeignRule(t *testing.T) {
	t.Parallel()
	s, _ := oneRule(t, `deny contains {"path": [], "message": "m"}`, Options{})
	_, other := oneRule(t, `deny contains {"path": [], "message": "m"}`, Options{})
	if _, err := s.Judge(t.Context(), other, resource(t, `{}`)); err == nil {
		t.Error("a rule of another set is judged")
	}
}

func TestJudgeOrder(t *testing.T) {
	t.Parallel()
	const rego = `deny contains f if {
	some i in [10, 9, 2]
	some k in ["B", "A"]
	f := {"path": ["L", i, k], "message": sprintf("%d%s", [i, k])}
}

deny contains {"path": ["L"], "message": "all"}

deny contains {"path": ["L", "A"], "message": "key"}
`
	s, r := oneRule(t, rego, Options{})
	var first []string
	for range 100 {
		got, err := s.Judge(t.Context(), r, resource(t, `{}`))
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, v := range got {
			lines = append(lines, v.Path.String()+" "+v.Message)
		}
		if first == nil {
			first = lines
			want := []string{"L all", "L.2.A 2A", "L.2.B 2B", "L.9.A 9A", "L.9.B 9B", "L.10.A 10A", "L.10.B 10B", "L.A key"}
			if diff := cmp.Diff(want, first); diff != "" {
				t.Fatal(diff)
			}
		}
		if diff := cmp.Diff(first, lines); diff != "" {
			t.Fatal(diff)
		}
	}
}

// Many goroutines use one set, with types that nobody has prepared.
func TestConcurrency(t *testing.T) {
	t.Parallel()
	s, err := Embedded(Options{})
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]bool{}
	for _, r := range s.Rules() {
		for _, rt := range r.ResourceTypes {
			types[rt] = true
		}
	}
	want := map[string]string{}
	for _, rt := range keys(types) {
		want[rt] = verdicts(t, s, rt)
	}
	fresh, err := Embedded(Options{})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i, rt := range append(keys(types)[g:], keys(types)[:g]...) {
				if i%2 == 0 {
					if err := fresh.Prepare(t.Context(), []string{rt}); err != nil {
						t.Error(err)
					}
				}
				if got := verdicts(t, fresh, rt); got != want[rt] {
					t.Errorf("%s: %s, alone %s", rt, got, want[rt])
				}
				for _, r := range fresh.For(rt) {
					_, _ = fresh.Reads(r), fresh.Vocabulary(r)
				}
			}
			_ = fresh.Digest()
		})
	}
	wg.Wait()
}

func verdicts(t *testing.T, s *Set, resourceType string) string {
	findings, err := s.Evaluate(t.Context(), &Target{Kind: "RESOURCE", Action: ActionCreate, Resource: &Resource{ID: "R", Type: resourceType}})
	if err != nil {
		t.Error(err)
	}
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s %s %s %s\n", f.Rule.ID, f.Status, f.Path, f.Message)
		if f.Status == Errored {
			t.Errorf("%s: %s", resourceType, f.Message)
		}
	}
	return b.String()
}

// TestPanicInCompile: what panics while rules are compiled is an error, as often as
// it is tried.
func TestPanicInCompile(t *testing.T) {
	t.Parallel()
	s, err := Embedded(Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := s.For("AWS::S3::Bucket")[0]
	s.modules[r.Path].image = func() *ast.Module { panic("planted") }
	for range 2 {
		if err := s.Prepare(t.Context(), []string{"AWS::S3::Bucket"}); err == nil || !strings.Contains(err.Error(), "panic") {
			t.Errorf("%v", err)
		}
	}
	if _, err := s.Evaluate(t.Context(), &Target{Action: ActionCreate, Resource: &Resource{ID: "It", Type: "AWS::S3::Bucket"}}); err == nil {
		t.Error("a verdict")
	}
}
