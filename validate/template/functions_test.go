package template

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// property is a template with one property, as JSON or YAML flow text.
func property(value string) []byte {
	return []byte(`Transform: AWS::LanguageExtensions
Parameters: {P: {Type: String}, L: {Type: CommaDelimitedList}}
Mappings: {M: {k: {n: v}}}
Conditions: {C: {Fn::Equals: [{Ref: P}, x]}}
Resources:
  R:
    Type: Custom::R
    Properties:
      X: ` + value + "\n")
}

// TestWrongShape gives every function arguments of the wrong number and kind,
// in the long and in the short form.
func TestWrongShape(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		fnRef:       {"[P]", "{a: b}", "[]"},
		fnBase64:    {"[a]", "{a: b}", "[]"},
		fnCidr:      {"a", "[a]", "[a, 1, 2, 3]", "[[a], 1]", "[a, [1]]", "[a, 1, {b: c}]"},
		fnFindInMap: {"M", "[M]", "[M, k]", "[M, k, n, x]", "[M, k, n, {Default: x}]", "[M, k, n, {DefaultValue: x}, y]", "[[M], k, n]", "[M, [k], n]", "[M, k, {a: b}]"},
		fnGetAtt:    {"R", "R.", ".Arn", "[R]", "[R, A, B]", "{a: b}", "[[R], A]", "[R, [A]]", "[{a: b}, A]"},
		fnGetAZs:    {"[a]", "{a: b}", "[]"},
		fnGetOutput: {"a", "[a]", "{StackName: a}", "{OutputName: a}", "{StackName: a, OutputName: b, X: c}"},
		fnIf:        {"C", "[C]", "[C, a]", "[C, a, b, c]", "[{Ref: P}, a, b]", "[[C], a, b]", "[No, a, b]", "{a: b}"},
		fnImport:    {"[a]", "{a: b}"},
		fnJoin:      {"a", "[',']", "[',', [a], b]", "[',', a]", "[[','], [a]]", "[',', {a: b}]"},
		fnLength:    {"a", "{a: b}", "5"},
		fnSelect:    {"a", "[0]", "[0, [a], b]", "[0, a]", "[1, [a]]", "[-1, [a]]", "[x, [a]]", "[1.5, [a]]", "[[0], [a]]", "[0, {a: b}]", "[0, []]"},
		fnSplit:     {"a", "[',']", "[',', a, b]", "[',', [a]]", "[[','], a]", "[',', {a: b}]"},
		fnSub:       {"[a]", "[a, {}, b]", "{a: b}", "[a, b]", "[[a], {}]", "[a, [b]]", "[a, {Ref: P}]", "[]", "'${}'", "'${X}'"},
		fnToJSON:    {"a", "5", "true"},
		fnTransform: {"a", "[]", "[a]", "{Parameters: {}}", "{Name: [a]}", "{Name: a, Parameters: b}", "{Name: a, X: b}"},
		fnAnd:       {"[{Fn::Equals: [a, b]}, {Fn::Equals: [a, b]}]"},
		fnOr:        {"[{Fn::Equals: [a, b]}, {Fn::Equals: [a, b]}]"},
		fnNot:       {"[{Fn::Equals: [a, b]}]"},
		fnEquals:    {"[a, b]"},
		fnCondition: {},
		fnContains:  {"[[a], b]"},
		fnEachEq:    {"[[a], b]"},
		fnEachIn:    {"[[a], [b]]"},
		fnRefAll:    {"a"},
		fnValueOf:   {"[P, a]"},
		fnValueAll:  {"[P, a]"},
	}
	for name := range functions {
		cases, ok := tests[name]
		if !ok {
			t.Errorf("no cases for %s", name)
		}
		for _, arg := range append(cases, "null", "{}") {
			if arg == "{}" && name == fnToJSON || name == fnCondition {
				continue
			}
			refused(t, property(fmt.Sprintf("{%q: %s}", name, arg)))
			if arg == "null" {
				continue // the text "null"
			}
			refused(t, property("!"+strings.TrimPrefix(name, "Fn::")+" "+arg))
		}
	}
}

// TestWrongShapeInConditions does the same where conditions are allowed.
func TestWrongShapeInConditions(t *testing.T) {
	t.Parallel()
	eq := "{Fn::Equals: [a, b]}"
	tests := map[string][]string{
		fnAnd:       {eq, "[]", "[" + eq + "]", "[" + strings.Repeat(eq+",", 10) + eq + "]", "[a, b]"},
		fnOr:        {eq, "[]", "[" + eq + "]", "[" + strings.Repeat(eq+",", 10) + eq + "]", "[a, b]"},
		fnNot:       {eq, "[]", "[" + eq + "," + eq + "]", "[a]"},
		fnEquals:    {"a", "[]", "[a]", "[a, b, c]"},
		fnCondition: {"[C]", "{a: b}", "No", "5", "{Ref: P}"},
		fnContains:  {"[[a], b]"},
		fnRef:       {"P"},
	}
	for name, args := range tests {
		for _, arg := range append(args, "null", "{}") {
			refused(t, fmt.Appendf(nil, "Parameters: {P: {Type: String}}\nConditions: {C: %s, X: {%q: %s}}\nResources: {R: {Type: T}}\n", eq, name, arg))
		}
	}
	rules := []string{
		"{Fn::Contains: [a, b]}", "{Fn::Contains: [[a]]}", "{Fn::Contains: [[a], [b]]}", "{Fn::EachMemberEquals: [a, b]}",
		"{Fn::EachMemberIn: [[a], b]}", "{Fn::EachMemberIn: [[a]]}", "{Fn::RefAll: a}", "{Fn::ValueOf: [a, b]}",
		"{Fn::Contains: [{Fn::RefAll: [a]}, b]}", "{Fn::Contains: [{Fn::ValueOfAll: [a]}, b]}", "{Fn::Contains: [{Fn::ValueOf: [a, [b]]}, b]}",
	}
	for _, rule := range rules {
		refused(t, []byte("Rules: {X: {Assertions: [{Assert: "+rule+"}]}}\nResources: {R: {Type: T}}\n"))
	}
}

func refused(t *testing.T, src []byte) {
	t.Helper()
	_, err := Load("x.yaml", src, Options{})
	var errs Errors
	if !errors.As(err, &errs) || errors.Is(err, ErrNotTemplate) {
		t.Errorf("not refused: %v\n%s", err, src)
		return
	}
	for _, e := range errs {
		if e.Line < 1 || e.Col < 1 {
			t.Errorf("no position: %v", e)
		}
	}
}

func TestForEachParameters(t *testing.T) {
	t.Parallel()
	src := []byte(`Transform: AWS::LanguageExtensions
Parameters: {L: {Type: CommaDelimitedList}, S: {Type: String, Default: s}}
Resources:
  Fn::ForEach::A: [N, !Ref L, {"A${N}": {Type: T}}]
  Fn::ForEach::B: [N, [!Ref AWS::AccountId, !Ref S], {"B${N}": {Type: T}}]
`)
	tmpl, err := Load("x.yaml", src, Options{Parameters: map[string]string{"L": "x, y", "AWS::AccountId": "1", "S": "given"}})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range tmpl.Resources {
		ids = append(ids, r.ID)
	}
	if got := strings.Join(ids, " "); got != "Ax Ay B1 Bgiven" {
		t.Errorf("resources are %s", got)
	}
	if len(tmpl.Notes) > 0 {
		t.Errorf("notes on values that were given: %v", tmpl.Notes)
	}
}
