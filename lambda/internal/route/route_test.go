package route_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fsxns3ap/guardhook/lambda/internal/route"
)

func TestChoose(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind             string
		count, threshold int64
		want             route.Path
	}{
		{route.None, 0, 10, route.BatchTransform},
		{route.None, 10, 10, route.BatchTransform},
		{route.Provisioned, 0, 1, route.RealtimeEndpoint},
		{route.Provisioned, 9, 10, route.RealtimeEndpoint},
		{route.Provisioned, 10, 10, route.BatchTransform},
		{route.Provisioned, 1, 1, route.BatchTransform},
		{route.Provisioned, 11, 10, route.BatchTransform},
		{route.Serverless, 0, 10, route.ServerlessInference},
		{route.Serverless, 10, 10, route.ServerlessInference},
		{route.Components, 0, 10, route.InferenceComponents},
		{route.Components, 10, 10, route.InferenceComponents},
		{"", 0, 10, route.BatchTransform},
		{"SERVERLESS", 0, 10, route.BatchTransform},
	} {
		in := route.Input{InferenceType: test.kind, FileCount: test.count, BatchThreshold: test.threshold}
		if got := route.Choose(in); got != test.want {
			t.Errorf("%+v: %s, want %s", in, got, test.want)
		}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		in   route.Input
		want string
	}{
		{route.Input{InferenceType: route.None, BatchThreshold: 1}, "<nil>"},
		{route.Input{InferenceType: route.Provisioned, FileCount: math.MaxInt64, BatchThreshold: math.MaxInt64}, "<nil>"},
		{route.Input{InferenceType: route.Serverless, BatchThreshold: 1}, "<nil>"},
		{route.Input{InferenceType: route.Components, BatchThreshold: 1}, "<nil>"},
		{route.Input{BatchThreshold: 1}, `inference type "": want one of components, none, provisioned, serverless`},
		{route.Input{InferenceType: "None", BatchThreshold: 1}, `inference type "None": want one of components, none, provisioned, serverless`},
		{route.Input{InferenceType: route.None, FileCount: -1, BatchThreshold: 1}, "file count -1: want 0 or more"},
		{route.Input{InferenceType: route.None}, "batch threshold 0: want 1 or more"},
	} {
		if got := fmt.Sprint(test.in.Validate()); got != test.want {
			t.Errorf("%+v: %s, want %s", test.in, got, test.want)
		}
	}
}

// inputs are all there are: known kinds and any other text, any counts, and more of
// those around the threshold.
func inputs() *rapid.Generator[route.Input] {
	return rapid.Custom(func(t *rapid.T) route.Input {
		known := rapid.SampledFrom([]string{route.None, route.Provisioned, route.Serverless, route.Components, "Serverless", " none"})
		in := route.Input{
			InferenceType:  rapid.OneOf(known, known, rapid.String()).Draw(t, "kind"),
			BatchThreshold: rapid.Int64().Draw(t, "threshold"),
		}
		near := rapid.Map(rapid.Int64Range(-2, 2), func(by int64) int64 { return in.BatchThreshold + by })
		in.FileCount = rapid.OneOf(rapid.Int64(), near).Draw(t, "count")
		return in
	})
}

// Each path's own words, independent of the order in which Choose asks.
var belongs = map[route.Path]func(route.Input) bool{
	route.ServerlessInference: func(in route.Input) bool { return in.InferenceType == "serverless" },
	route.InferenceComponents: func(in route.Input) bool { return in.InferenceType == "components" },
	route.RealtimeEndpoint: func(in route.Input) bool {
		return in.InferenceType == "provisioned" && in.FileCount < in.BatchThreshold
	},
	route.BatchTransform: func(in route.Input) bool {
		full := in.InferenceType == "provisioned" && in.FileCount >= in.BatchThreshold
		return full || !slices.Contains([]string{"provisioned", "serverless", "components"}, in.InferenceType)
	},
}

// Every input belongs to exactly one path, and Choose returns it.
func TestChooseExactlyOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := inputs().Draw(t, "input")
		var mine []route.Path
		for _, path := range route.Paths() {
			if belongs[path](in) {
				mine = append(mine, path)
			}
		}
		if got := route.Choose(in); !cmp.Equal(mine, []route.Path{got}) {
			t.Fatalf("%s, want the one of %v", got, mine)
		}
	})
}

// states draws deployments: batch transform and at least one path more.
func states() *rapid.Generator[route.States] {
	return rapid.Custom(func(t *rapid.T) route.States {
		others := []route.Path{route.RealtimeEndpoint, route.ServerlessInference, route.InferenceComponents}
		s := route.States{route.BatchTransform: "Batch"}
		bits := rapid.IntRange(1, 7).Draw(t, "deployed")
		for i, path := range others {
			if bits&(1<<i) != 0 {
				s[path] = "State of " + string(path)
			}
		}
		return s
	})
}

// Step Functions goes where the function goes, for every input and deployment.
func TestChoiceAgrees(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in, s := inputs().Draw(t, "input"), states().Draw(t, "states")
		at := rapid.SampledFrom([]string{"$", "$.discovery", "$.a.b"}).Draw(t, "at")
		choice, err := s.Choice(at)
		if err != nil {
			t.Fatal(err)
		}
		next, err := evaluate(marshal(t, choice), document(t, in, at))
		if err != nil {
			t.Fatal(err)
		}
		if want := s[s.Choose(in)]; next != want {
			t.Fatalf("the state goes to %q, the function to %q", next, want)
		}
	})
}

// A deployment without a path sends what is left to batch transform.
func TestStatesChoose(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in, s := inputs().Draw(t, "input"), states().Draw(t, "states")
		want := route.Choose(in)
		if s[want] == "" {
			want = route.BatchTransform
		}
		if got := s.Choose(in); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	})
}

func TestChoiceJSON(t *testing.T) {
	t.Parallel()
	choice, err := route.States{
		route.BatchTransform: "BatchTransform", route.RealtimeEndpoint: "RealtimeInference",
		route.ServerlessInference: "ServerlessInference", route.InferenceComponents: "ComponentsInference",
	}.Choice("$.discovery")
	if err != nil {
		t.Fatal(err)
	}
	want := `{"Type":"Choice","Choices":[` +
		`{"Variable":"$.discovery.inference_type","StringEquals":"serverless","Next":"ServerlessInference"},` +
		`{"Variable":"$.discovery.inference_type","StringEquals":"components","Next":"ComponentsInference"},` +
		`{"And":[{"Variable":"$.discovery.inference_type","StringEquals":"provisioned"},` +
		`{"Variable":"$.discovery.file_count","NumericLessThanPath":"$.discovery.batch_threshold"}],"Next":"RealtimeInference"}],` +
		`"Default":"BatchTransform"}`
	if diff := cmp.Diff(want, string(marshal(t, choice))); diff != "" {
		t.Errorf("Choice (-want +got):\n%s", diff)
	}
}

func TestChoiceRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		states route.States
		at     string
		want   string
	}{
		{route.States{route.BatchTransform: "B", route.ServerlessInference: "S"}, "discovery", `reference path "discovery": want $ or one that begins with $.`},
		{route.States{route.ServerlessInference: "S"}, "$", "path batch_transform: has no state"},
		{route.States{route.BatchTransform: "B", "fast": "F"}, "$", `path "fast": not a path`},
		{route.States{route.BatchTransform: "B", route.ServerlessInference: ""}, "$", "only one path has a state: there is nothing to choose"},
	} {
		if _, err := test.states.Choice(test.at); fmt.Sprint(err) != test.want {
			t.Errorf("%v at %s: error %v, want %s", test.states, test.at, err, test.want)
		}
	}
}

// fataler is a test, of testing or of rapid.
type fataler interface {
	Helper()
	Fatal(args ...any)
}

func marshal(t fataler, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// document is the input of an execution, with in at a reference path.
func document(t fataler, in route.Input, at string) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(marshal(t, in)))
	d.UseNumber() // counts stay exact
	var doc any
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	names := strings.Split(at, ".")[1:]
	for _, name := range slices.Backward(names) {
		doc = map[string]any{name: doc}
	}
	return doc
}

// evaluate does what Step Functions does with a Choice state: the first rule that
// holds decides, a rule whose types do not fit does not hold, a path that is not
// there is an error. It reads the state's JSON and shares nothing with the builder.
func evaluate(state []byte, doc any) (string, error) {
	var choice struct {
		Type    string
		Choices []map[string]any
		Default string
	}
	if err := json.Unmarshal(state, &choice); err != nil {
		return "", err
	}
	if choice.Type != "Choice" || len(choice.Choices) == 0 {
		return "", fmt.Errorf("not a Choice state: %s", state)
	}
	for _, rule := range choice.Choices {
		next, ok := rule["Next"].(string)
		if !ok {
			return "", fmt.Errorf("rule without Next: %v", rule)
		}
		delete(rule, "Next")
		if holds, err := holds(rule, doc); err != nil || holds {
			return next, err
		}
	}
	return choice.Default, nil
}

func holds(rule map[string]any, doc any) (bool, error) {
	if all, ok := rule["And"].([]any); ok && len(rule) == 1 {
		for _, part := range all {
			if holds, err := holds(part.(map[string]any), doc); err != nil || !holds {
				return false, err
			}
		}
		return true, nil
	}
	variable, ok := rule["Variable"].(string)
	if !ok || len(rule) != 2 {
		return false, fmt.Errorf("rule without one variable and one comparison: %v", rule)
	}
	value, err := resolve(variable, doc)
	if err != nil {
		return false, err
	}
	if want, ok := rule["StringEquals"].(string); ok {
		return value == any(want), nil
	}
	path, ok := rule["NumericLessThanPath"].(string)
	if !ok {
		return false, fmt.Errorf("comparison not known: %v", rule)
	}
	bound, err := resolve(path, doc)
	if err != nil {
		return false, err
	}
	a, okA := value.(json.Number)
	b, okB := bound.(json.Number)
	if !okA || !okB {
		return false, nil
	}
	x, errX := a.Int64()
	y, errY := b.Int64()
	return errX == nil && errY == nil && x < y, nil
}

// resolve follows a reference path of names.
func resolve(path string, doc any) (any, error) {
	for _, name := range strings.Split(path, ".")[1:] {
		object, _ := doc.(map[string]any)
		next, there := object[name]
		if !there {
			return nil, fmt.Errorf("%s: nothing there", path)
		}
		doc = next
	}
	return doc, nil
}
