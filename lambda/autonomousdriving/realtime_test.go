package autonomousdriving_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fsxns3ap/guardhook/lambda/autonomousdriving"
	driving "github.com/fsxns3ap/guardhook/lambda/autonomousdriving/autonomousdrivinglocal"
	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/discovery"
)

// kindOf is the type of an error of a function, "" for none.
func kindOf(t *testing.T, err error) string {
	t.Helper()
	var refused messages.InvokeResponse_Error
	if err != nil && !errors.As(err, &refused) {
		t.Fatal(err)
	}
	return refused.Type
}

// call calls a function that has its environment from the test.
func call(t *testing.T, w interface{ Config() aws.Config }, name, event string, env ...string) ([]byte, error) {
	t.Helper()
	environ := append([]string{"_HANDLER=" + name, "USE_CASE=autonomous-driving"}, env...)
	return bootstrap.NewWith(w.Config(), autonomousdriving.FunctionsWith(driving.Hurry), environ, io.Discard, time.Now).Invoke(t.Context(), []byte(event))
}

// listed is AWS with clouds, and their list.
func listed(t *testing.T, sizes ...int) *awsfake.Server {
	t.Helper()
	s := awsfake.New(t, "files", "outputs")
	var list []map[string]any
	for i, size := range sizes {
		key := fmt.Sprintf("a/%d.pcd", i)
		s.Put("files", key, make([]byte, size))
		o, err := s.Store("files").Stat(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, map[string]any{"key": key, "size": o.Size, "etag": o.ETag, "points": 1, "qc": "x"})
	}
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	s.Put("outputs", "runs/r/clouds.json", text)
	s.Answer(driving.Invoke, awsfake.Answer{Body: `{"labels": [1]}`})
	return s
}

var slicing = []string{"S3_ACCESS_POINT=files", "OUTPUT_BUCKET=outputs", "ENDPOINT_NAME=e", "PARALLEL=1"}

// sliced asks for a slice.
func sliced(t *testing.T, s interface{ Config() aws.Config }, name string, offset, count int, env ...string) (autonomousdriving.Sliced, error) {
	t.Helper()
	var out autonomousdriving.Sliced
	event := fmt.Sprintf(`{"run": "r", "clouds_key": "runs/r/clouds.json", "offset": %d, "count": %d}`, offset, count)
	text, err := call(t, s, name, event, append(env, slicing...)...)
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	return out, err
}

// TestSlice: the clouds of a slice are asked for, once each, whatever kind of
// endpoint it is.
func TestSlice(t *testing.T) {
	t.Parallel()
	for name, env := range map[string][]string{"realtime": nil, "realtime ": {"INFERENCE_TYPE=serverless"}, "components": {"INFERENCE_COMPONENT_NAME=c"}} {
		s := listed(t, 10, 20, 30, 40, 50)
		got, err := sliced(t, s, strings.TrimSpace(name), 2, 2, env...)
		if want := (autonomousdriving.Sliced{Processed: 2}); err != nil || got != want {
			t.Fatalf("%s: %+v %v", name, got, err)
		}
		if keys := s.Keys("outputs", "inference/"); fmt.Sprint(keys) != "[inference/r/a/2.pcd.out inference/r/a/3.pcd.out]" || string(s.Get("outputs", keys[0])) != `{"labels": [1]}` {
			t.Errorf("%s: %v", name, keys)
		}
		var bodies []int
		s.Peek(func(c awsfake.Call) {
			if strings.HasPrefix(c.Name, "POST /endpoints/") {
				bodies = append(bodies, len(c.Body))
			}
		})
		if fmt.Sprint(bodies) != "[30 40]" {
			t.Errorf("%s: %v", name, bodies)
		}
		// The last slice is shorter, and what is there is not asked for again.
		s.Calls()
		got, err = sliced(t, s, strings.TrimSpace(name), 3, 20, env...)
		calls := 0
		s.Peek(func(c awsfake.Call) {
			if strings.HasPrefix(c.Name, "POST /endpoints/") {
				calls++
			}
		})
		if err != nil || got.Processed != 2 || calls != 1 {
			t.Errorf("%s: %+v %v, %d calls", name, got, err, calls)
		}
	}
}

// TestComponentName: a component is named in the call.
func TestComponentName(t *testing.T) {
	t.Parallel()
	see := &sight{server: listed(t, 10)}
	if _, err := sliced(t, see, "components", 0, 1, "INFERENCE_COMPONENT_NAME=c"); err != nil || see.component.Load() != "c" {
		t.Errorf("%v %v", see.component.Load(), err)
	}
}

// sight is a server, and sees the component that calls name.
type sight struct {
	server    *awsfake.Server
	transport http.RoundTripper
	component atomic.Value
}

// Config is that of the server.
func (s *sight) Config() aws.Config {
	c := s.server.Config()
	client := *c.HTTPClient.(*http.Client)
	s.transport, client.Transport = client.Transport, s
	c.HTTPClient = &client
	return c
}

// RoundTrip implements http.RoundTripper.
func (s *sight) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/invocations") {
		s.component.Store(r.Header.Get("X-Amzn-SageMaker-Inference-Component"))
	}
	return s.transport.RoundTrip(r)
}

// TestSliceFails: what is of one cloud, and what is of all.
func TestSliceFails(t *testing.T) {
	t.Parallel()
	unfit := awsfake.Answer{Status: 424, Type: "ModelError", Body: `{"Message": "refused", "OriginalStatusCode": 400}`}
	internal := failing(500, "InternalFailure", "x")
	busy := failing(503, "ServiceUnavailable", "x")
	for name, c := range map[string]struct {
		function string
		prepare  func(*awsfake.Server)
		answers  []awsfake.Answer
		failed   string // the kind of all
		list     string // kinds in the list of failures
	}{
		"unfit":              {"realtime", nil, []awsfake.Answer{unfit, {Body: "{}"}}, "", "InvalidInput"},
		"changed":            {"realtime", func(s *awsfake.Server) { s.Put("files", "a/0.pcd", []byte("x")) }, nil, "", "Conflict"},
		"gone":               {"realtime", func(s *awsfake.Server) { s.Delete("files", "a/0.pcd") }, nil, "", "NotFound"},
		"broken":             {"realtime", nil, []awsfake.Answer{broken}, "Unavailable", ""},
		"asleep":             {"realtime", nil, []awsfake.Answer{asleep}, "Unavailable", ""},
		"throttled":          {"realtime", nil, []awsfake.Answer{slowDown}, "Throttled", ""},
		"internal":           {"realtime", nil, []awsfake.Answer{internal}, "Unavailable", ""},
		"busy":               {"realtime", nil, []awsfake.Answer{busy}, "Unavailable", ""},
		"no endpoint":        {"realtime", nil, []awsfake.Answer{noEndpoint}, "Configuration", ""},
		"no capacity":        {"realtime", nil, []awsfake.Answer{noCapacity}, "Unavailable", ""},
		"no list":            {"realtime", func(s *awsfake.Server) { s.Delete("outputs", "runs/r/clouds.json") }, nil, "NotFound", ""},
		"no source":          {"realtime", func(s *awsfake.Server) { s.Fail("GET files", slow) }, nil, "Throttled", ""},
		"no output":          {"realtime", func(s *awsfake.Server) { s.Fail("PUT outputs/inference", slow) }, nil, "Throttled", ""},
		"no look":            {"realtime", func(s *awsfake.Server) { s.Fail("HEAD outputs", awsfake.Answer{Status: 403}) }, nil, "AccessDenied", ""},
		"component, other":   {"components", nil, []awsfake.Answer{noEndpoint}, "Configuration", ""},
		"component, unfit":   {"components", nil, []awsfake.Answer{noCapacity, unfit, {Body: "{}"}}, "", "InvalidInput"},
		"component, model":   {"components", nil, []awsfake.Answer{failing(400, "ValidationError", "The model data is not valid")}, "Configuration", ""},
		"component, awakes":  {"components", nil, []awsfake.Answer{noCapacity, failing(400, "ValidationError", "no instance yet"), asleep, {Body: "{}"}}, "", ""},
		"component, breaks":  {"components", nil, []awsfake.Answer{asleep, broken}, "Unavailable", ""},
		"component, no list": {"components", func(s *awsfake.Server) { s.Put("outputs", "runs/r/clouds.json", []byte("{")) }, nil, "InvalidInput", ""},
	} {
		s := listed(t, 10, 20)
		if c.answers != nil {
			s.Answer(driving.Invoke, c.answers...)
		}
		if c.prepare != nil {
			c.prepare(s)
		}
		got, err := sliced(t, s, c.function, 0, 2, "INFERENCE_COMPONENT_NAME=c")
		if kind := kindOf(t, err); kind != c.failed {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var list []discovery.Failure
		if text := s.Get("outputs", "failures/inference/r/000000.json"); text != nil {
			if err := json.Unmarshal(text, &list); err != nil {
				t.Fatal(err)
			}
		}
		kinds := ""
		for _, f := range list {
			kinds += string(f.Kind)
		}
		if kinds != c.list || c.failed == "" && (got.Failed != len(list) || got.Processed != 2-len(list)) {
			t.Errorf("%s: %+v %+v", name, got, list)
		}
	}
}

// TestTooLarge: what does not fit into a call fails the slice before anything is
// asked for.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		function, kind string
		size           int
		want           string
	}{
		{"realtime", "provisioned", 6 << 20, ""},
		{"realtime", "provisioned", 6<<20 + 1, "TooLarge"},
		{"realtime", "serverless", 4 << 20, ""},
		{"realtime", "serverless", 4<<20 + 1, "TooLarge"},
		{"components", "", 6 << 20, ""},
		{"components", "", 6<<20 + 1, "TooLarge"},
	} {
		s := listed(t, 10, c.size)
		_, err := sliced(t, s, c.function, 0, 2, "INFERENCE_TYPE="+c.kind, "INFERENCE_COMPONENT_NAME=c")
		calls := 0
		s.Peek(func(c awsfake.Call) {
			if strings.HasPrefix(c.Name, "POST ") {
				calls++
			}
		})
		if kindOf(t, err) != c.want || (calls == 0) != (c.want != "") {
			t.Errorf("%+v: %v, %d calls", c, err, calls)
		}
	}
}

func TestSliceEvents(t *testing.T) {
	t.Parallel()
	s := listed(t, 10)
	for _, event := range []string{
		`{}`, `{"run": "r", "clouds_key": "runs/r/clouds.json", "offset": 1, "count": 1}`, `{"run": "r", "clouds_key": "runs/r/clouds.json", "offset": -1, "count": 1}`,
		`{"run": "r", "clouds_key": "runs/r/clouds.json"}`, `{"run": "a/b", "clouds_key": "runs/r/clouds.json", "count": 1}`, `{"run": "r", "count": 1}`,
	} {
		if _, err := call(t, s, "realtime", event, slicing...); kindOf(t, err) != "InvalidInput" {
			t.Errorf("%s: %v", event, err)
		}
	}
	for _, env := range []string{"INFERENCE_TYPE=none", "PARALLEL=0", "ENDPOINT_NAME=", "COLD_START_BUDGET=1s"} {
		if _, err := call(t, s, "components", "{}", append(slicing, env)...); kindOf(t, err) != "Configuration" {
			t.Errorf("%s: %v", env, err)
		}
	}
}

// TestHangs: a call that is not answered is a model that does not start, if it has
// never answered; and a call in vain otherwise.
func TestHangs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answered int // calls that are answered before
		want     string
	}{"from the start": {0, "ServerlessColdStartTimeoutError"}, "later": {1, "Timeout"}} {
		s := listed(t, 10, 20)
		n := 0
		s.Respond(driving.Invoke, func(awsfake.Call) awsfake.Answer {
			if n++; n <= c.answered {
				return awsfake.Answer{Body: "{}"}
			}
			return failing(400, "ModelTimeoutException", "x")
		})
		env := append([]string{"_HANDLER=realtime", "INFERENCE_TYPE=serverless", "COLD_START_BUDGET=5s"}, slicing...)
		now := time.Now()
		clock := func() time.Time { now = now.Add(time.Second); return now }
		p := bootstrap.NewWith(s.Config(), autonomousdriving.FunctionsWith(driving.Hurry), env, io.Discard, clock)
		_, err := p.Invoke(t.Context(), []byte(`{"run": "r", "clouds_key": "runs/r/clouds.json", "offset": 0, "count": 2}`))
		if kindOf(t, err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var slow = awsfake.Answer{Status: 503, Body: "<Error><Code>SlowDown</Code></Error>"}
