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
	"github.com/fsxns3ap/guardhook/lambda/internal/route/routetest"
)

func TestChoose(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind             string
		count, threshold int64
		want             route.Path
		bytes            int64
	}{
		{route.None, 0, 10, route.BatchTransform, 0},
		{route.None, 10, 10, route.BatchTransform, 0},
		{route.Provisioned, 0, 1, route.RealtimeEndpoint, 0},
		{route.Provisioned, 9, 10, route.RealtimeEndpoint, 0},
		{route.Provisioned, 10, 10, route.BatchTransform, 0},
		{route.Provisioned, 1, 1, route.BatchTransform, 0},
		{route.Provisioned, 11, 10, route.BatchTransform, 0},
		{route.Serverless, 0, 10, route.ServerlessInference, 0},
		{route.Serverless, 10, 10, route.ServerlessInference, 0},
		{route.Components, 0, 10, route.InferenceComponents, 0},
		{route.Components, 10, 10, route.InferenceComponents, 0},
		{"", 0, 10, route.BatchTransform, 0},
		{"SERVERLESS", 0, 10, route.BatchTransform, 0},
		{route.Serverless, 1, 10, route.ServerlessInference, 4 << 20},
		{route.Serverless, 1, 10, route.BatchTransform, 4<<20 + 1},
		{route.Components, 1, 10, route.InferenceComponents, 6 << 20},
		{route.Components, 1, 10, route.BatchTransform, 6<<20 + 1},
		{route.Provisioned, 1, 10, route.RealtimeEndpoint, 6 << 20},
		{route.Provisioned, 1, 10, route.BatchTransform, 6<<20 + 1},
	} {
		in := route.Input{InferenceType: test.kind, FileCount: test.count, BatchThreshold: test.threshold, MaxBytes: test.bytes}
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
		{route.Input{InferenceType: route.None, BatchThreshold: 1, MaxBytes: -1}, "largest file of -1 bytes: want 0 or more"},
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
		limits := rapid.SampledFrom([]int64{0, 4<<20 - 1, 4 << 20, 4<<20 + 1, 6<<20 - 1, 6 << 20, 6<<20 + 1})
		in.MaxBytes = rapid.OneOf(rapid.Int64(), limits, limits).Draw(t, "bytes")
		return in
	})
}

// Each path's own words, independent of the order in which Choose asks.
var belongs = map[route.Path]func(route.Input) bool{
	route.ServerlessInference: func(in route.Input) bool { return in.InferenceType == "serverless" && in.MaxBytes <= 4_194_304 },
	route.InferenceComponents: func(in route.Input) bool { return in.InferenceType == "components" && in.MaxBytes <= 6_291_456 },
	route.RealtimeEndpoint: func(in route.Input) bool {
		return in.InferenceType == "provisioned" && in.MaxBytes <= 6_291_456 && in.FileCount < in.BatchThreshold
	},
	route.BatchTransform: func(in route.Input) bool {
		full := in.InferenceType == "provisioned" && in.FileCount >= in.BatchThreshold
		large := in.MaxBytes > 6_291_456 || in.InferenceType == "serverless" && in.MaxBytes > 4_194_304
		return full || large || !slices.Contains([]string{"provisioned", "serverless", "components"}, in.InferenceType)
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

func TestPayload(t *testing.T) {
	t.Parallel()
	for path, want := range map[route.Path]int64{
		route.RealtimeEndpoint: 6 << 20, route.InferenceComponents: 6 << 20, route.ServerlessInference: 4 << 20, route.BatchTransform: 0,
	} {
		if got := route.Payload(path); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
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
		next, err := routetest.Evaluate(marshal(t, choice), document(t, in, at))
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
		`{"And":[{"Variable":"$.discovery.inference_type","StringEquals":"serverless"},` +
		`{"Variable":"$.discovery.max_bytes","NumericLessThanEquals":4194304}],"Next":"ServerlessInference"},` +
		`{"And":[{"Variable":"$.discovery.inference_type","StringEquals":"components"},` +
		`{"Variable":"$.discovery.max_bytes","NumericLessThanEquals":6291456}],"Next":"ComponentsInference"},` +
		`{"And":[{"Variable":"$.discovery.inference_type","StringEquals":"provisioned"},` +
		`{"Variable":"$.discovery.max_bytes","NumericLessThanEquals":6291456},` +
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
