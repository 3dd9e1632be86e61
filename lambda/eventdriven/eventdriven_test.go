package eventdriven_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/lambda/eventdriven"
	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/catalog"
	"github.com/fsxns3ap/guardhook/lambda/internal/workflowtest"
	"github.com/fsxns3ap/guardhook/lambda/local"
)

// What is started once: the checker of answers, the interpreter of workflows, and
// the local stack.
var (
	checker   *awsfake.Checker
	workflows *workflowtest.Server
	cloud     *local.Cloud
)

func TestMain(m *testing.M) {
	checker = awsfake.Must(awsfake.StartChecker())
	cloud = awsfake.Must(local.Start())
	workflows = cloud.Machines()
	os.Exit(m.Run())
}

const (
	detect   = "RekognitionService.DetectLabels"
	converse = "POST /model/amazon.nova-lite-v1:0/converse"
	output   = "catalog/products/a.jpg.json"
)

var picture = []byte("\xff\xd8\xff\xe0 a picture")

// world is AWS with two buckets, a picture, and services that answer.
func world(t *testing.T) *awsfake.Server {
	t.Helper()
	s := awsfake.New(t, "source", "output")
	s.Put("source", "products/a.jpg", picture)
	s.Answer(detect, checker.Check(t, "rekognition", "DetectLabels", `{"Labels": [{"Name": "Shirt", "Confidence": 98.5}]}`))
	s.Answer(converse, checker.Check(t, "bedrock-runtime", "Converse", awsfake.ConverseAnswer("end_turn", `{"color": "Red"}`)))
	return s
}

// function opens a function in a world.
func function(t *testing.T, s *awsfake.Server, name string, out *bytes.Buffer, env ...string) *bootstrap.Program {
	t.Helper()
	environ := append([]string{
		"_HANDLER=" + name, "USE_CASE=event-driven", "SOURCE_BUCKET=source", "OUTPUT_BUCKET=output", "PREFIX_FILTER=products/", "SUFFIX_FILTER=.jpg,.png",
	}, env...)
	return bootstrap.NewWith(s.Config(), eventdriven.Functions(), environ, out, func() time.Time { return eventTime.Add(1500 * time.Millisecond) })
}

var eventTime = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// event is one of EventBridge. The ETag is that of the picture.
func event(sequencer string, change ...string) string {
	text := fmt.Sprintf(`{"version": "0", "id": "i", "detail-type": "Object Created", "source": "aws.s3", "time": "2026-11-01T12:00:00Z",
		"detail": {"bucket": {"name": "source"}, "object": {"key": "products/a.jpg", "size": 1, "etag": "ETAG", "sequencer": %q}, "reason": "PutObject"}}`, sequencer)
	return strings.NewReplacer(append(change, "ETAG", "5750bddcd71ad39871028646b338c84c")...).Replace(text)
}

// ask calls a function and decodes its answer; the second result is the type of
// the error.
func ask[T any](t *testing.T, p *bootstrap.Program, event string) (T, string) {
	t.Helper()
	var out T
	text, err := p.Invoke(t.Context(), []byte(event))
	if refused, ok := err.(messages.InvokeResponse_Error); ok {
		return out, refused.Type
	}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out, ""
}

func process(t *testing.T, s *awsfake.Server, event string) (eventdriven.Processed, string) {
	t.Helper()
	return ask[eventdriven.Processed](t, function(t, s, "processor", &bytes.Buffer{}), event)
}

func stored(t *testing.T, s *awsfake.Server) eventdriven.Record {
	t.Helper()
	var r eventdriven.Record
	if err := json.Unmarshal(s.Get("output", output), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestProcess(t *testing.T) {
	t.Parallel()
	s := world(t)
	got, failed := process(t, s, event("0A"))
	want := eventdriven.Processed{Status: "SUCCESS", Key: "products/a.jpg", Output: output, EventToProcessing: 1500}
	if diff := cmp.Diff(want, got); failed != "" || diff != "" {
		t.Errorf("%s\n%s", failed, diff)
	}
	record := eventdriven.Record{
		Key: "products/a.jpg", ETag: "5750bddcd71ad39871028646b338c84c", Sequencer: "0A", EventTime: eventTime, Status: "SUCCESS",
		Tags: &catalog.Tags{Status: "SUCCESS", Labels: []catalog.Label{{Name: "Shirt", Confidence: 98.5}}, MaxConfidence: 98.5, Threshold: 70},
		Entry: &catalog.Entry{
			Category: "Uncategorized", Color: "Red", Material: "Unknown", Style: []string{}, Tags: []string{"Shirt"}, Source: "model", Model: "amazon.nova-lite-v1:0",
		},
	}
	if diff := cmp.Diff(record, stored(t, s)); diff != "" {
		t.Error(diff)
	}
}

// TestOrder: duplicates and older events change nothing and cost nothing; newer
// ones overwrite.
func TestOrder(t *testing.T) {
	t.Parallel()
	s := world(t)
	for _, c := range []struct {
		sequencer string
		want      eventdriven.Outcome
		stays     string
	}{
		{"0055AED6DCD90281E5", "SUCCESS", "0055AED6DCD90281E5"},
		{"0055AED6DCD90281E5", "DUPLICATE", "0055AED6DCD90281E5"},
		{"0055aed6dcd90281e500", "DUPLICATE", "0055AED6DCD90281E5"},
		{"0055AED6DCD90281E4FF", "SUPERSEDED", "0055AED6DCD90281E5"},
		{"0055AED6DCD90281E501", "SUCCESS", "0055AED6DCD90281E501"},
	} {
		s.Calls()
		got, failed := process(t, s, event(c.sequencer))
		if r := stored(t, s); got.Status != c.want || failed != "" || r.Sequencer != c.stays {
			t.Errorf("%+v: %+v %s, stays %s", c, got, failed, r.Sequencer)
		}
		if calls := len(s.Calls()); c.want != "SUCCESS" && calls != 1 {
			t.Errorf("%+v: %d calls", c, calls)
		}
	}
}

// TestAtOnce: the same event, many times at the same time, has one result.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	s := world(t)
	var mu sync.Mutex
	outcomes := map[eventdriven.Outcome]int{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			got, failed := process(t, s, event("0A"))
			if failed != "" {
				t.Error(failed)
			}
			mu.Lock()
			defer mu.Unlock()
			outcomes[got.Status]++
		})
	}
	wg.Wait()
	if outcomes["SUCCESS"] != 1 || outcomes["DUPLICATE"] != 7 {
		t.Error(outcomes)
	}
}

// TestOvertaken: while a picture is looked at, an older event writes first.
func TestOvertaken(t *testing.T) {
	t.Parallel()
	for sequencer, want := range map[string]eventdriven.Outcome{"09": "SUCCESS", "0B": "SUPERSEDED"} {
		s := world(t)
		conflict := awsfake.Answer{Status: 412, Body: "<Error><Code>PreconditionFailed</Code></Error>"}
		s.Fail("PUT output", conflict)
		s.OnFail(func() { s.Put("output", output, fmt.Appendf(nil, `{"sequencer": %q}`, sequencer)) })
		got, failed := process(t, s, event("0A"))
		if got.Status != want || failed != "" {
			t.Errorf("%s: %+v %s", sequencer, got, failed)
		}
	}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		event  string
		change func(*awsfake.Server)
		want   eventdriven.Outcome
		failed string
	}{
		"changed since":   {event("0A", "ETAG", "0123456789abcdef0123456789abcdef"), nil, "SUPERSEDED", ""},
		"deleted since":   {event("0A", "a.jpg", "b.jpg"), nil, "SUPERSEDED", ""},
		"other ending":    {event("0A", "a.jpg", "a.gif"), nil, "", "InvalidInput"},
		"other prefix":    {event("0A", "products/", "private/"), nil, "", "InvalidInput"},
		"other bucket":    {event("0A", `"source"}`, `"other"}`), nil, "", "InvalidInput"},
		"no sequencer":    {event(""), nil, "", "InvalidInput"},
		"no event":        {"{}", nil, "", "InvalidInput"},
		"damaged picture": {event("0A"), func(s *awsfake.Server) { s.Answer(detect, refusal("InvalidImageFormatException")) }, "REJECTED", ""},
		"too large":       {event("0A"), func(s *awsfake.Server) { s.Answer(detect, refusal("ImageTooLargeException")) }, "REJECTED", ""},
		"old credentials": {event("0A"), func(s *awsfake.Server) { s.Answer(detect, refusal("ExpiredTokenException")) }, "", "AccessDenied"},
		"gone bucket":     {event("0A"), func(s *awsfake.Server) { s.Fail("GET source", gone) }, "", "Configuration"},
		"throttled":       {event("0A"), func(s *awsfake.Server) { s.Answer(detect, refusal("ThrottlingException")) }, "", "Throttled"},
		"no permission":   {event("0A"), func(s *awsfake.Server) { s.Answer(converse, refusal("AccessDeniedException")) }, "", "AccessDenied"},
		"no source":       {event("0A"), func(s *awsfake.Server) { s.Fail("GET source", slow) }, "", "Throttled"},
		"no output":       {event("0A"), func(s *awsfake.Server) { s.Fail("PUT output", slow) }, "", "Throttled"},
		"no earlier":      {event("0A"), func(s *awsfake.Server) { s.Fail("GET output", slow) }, "", "Throttled"},
		"bad earlier":     {event("0A"), func(s *awsfake.Server) { s.Put("output", output, []byte("{")) }, "", "InvalidInput"},
	} {
		s := world(t)
		if c.change != nil {
			c.change(s)
		}
		got, failed := process(t, s, c.event)
		if failed != c.failed || got.Status != c.want {
			t.Errorf("%s: %+v %s", name, got, failed)
		}
	}
	s := world(t)
	s.Put("source", "products/a.jpg", make([]byte, catalog.MaxImage+1))
	got, _ := process(t, s, event("0A", "ETAG", "8ab420d03f1bad39feb6b4794f695e88"))
	if r := stored(t, s); got.Status != "REJECTED" || r.Status != "REJECTED" || !strings.Contains(r.Reason, "5242881 bytes") || r.Tags != nil {
		t.Errorf("%+v %+v", got, r)
	}
}

var gone = awsfake.Answer{Status: 404, Body: "<Error><Code>NoSuchBucket</Code></Error>"}

var slow = awsfake.Answer{Status: 503, Body: "<Error><Code>SlowDown</Code></Error>"}

// refusal is an error of a service with JSON.
func refusal(code string) awsfake.Answer {
	return awsfake.Answer{Status: 400, Type: code, Body: `{"__type": "` + code + `", "message": "x"}`}
}

// TestRegions: only a service that a setting names is used elsewhere.
func TestRegions(t *testing.T) {
	t.Parallel()
	s := world(t)
	p := function(t, s, "processor", &bytes.Buffer{}, "SERVICE_REGIONS=bedrock=us-east-1")
	if _, failed := ask[eventdriven.Processed](t, p, event("0A")); failed != "" {
		t.Fatal(failed)
	}
	for _, c := range s.Calls() {
		if away := strings.Contains(c.Host, "us-east-1"); away != (c.Name == converse) {
			t.Errorf("%s %s", c.Name, c.Host)
		}
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for _, env := range []string{"SOURCE_BUCKET=", "OUTPUT_BUCKET=X", "CONFIDENCE_THRESHOLD=101", "SERVICE_REGIONS=s3=us-east-1"} {
		p := function(t, world(t), "processor", &bytes.Buffer{}, env)
		if _, failed := ask[eventdriven.Processed](t, p, event("0A")); failed != "Configuration" {
			t.Errorf("%s: %s", env, failed)
		}
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	const processed = `"processing": {"status": "SUCCESS", "file_key": "k", "event_to_processing_ms": 20, "processing_duration_ms": 300}`
	for event, want := range map[string][]string{
		`{"time": "2026-11-01T12:00:00Z", ` + processed + `}`: {
			`{"status":"SUCCESS","end_to_end_duration_ms":1500,"event_to_processing_latency_ms":20,"processing_duration_ms":300}`,
			`"EndToEndDuration":1500,"EventToProcessingLatency":20,"Events":1,"FunctionName":"reporter","PictureProcessingDuration":300,"Status":"SUCCESS","TriggerMode":"event-driven","UseCase":"event-driven"`,
			`"key":"k"`,
		},
		// The clock of the event is ahead.
		`{"time": "2026-11-01T12:00:09Z", ` + processed + `}`: {`"end_to_end_duration_ms":0,`, `"EndToEndDuration":0,`},
		`{"time": "2026-11-01T12:00:00Z", "error": {"Error": "Throttled", "Cause": "planted"}}`: {
			`{"status":"FAILED","end_to_end_duration_ms":1500}`, `"Status":"FAILED"`, `"errorType":"Throttled"`,
		},
	} {
		var out bytes.Buffer
		text, err := function(t, world(t), "reporter", &out).Invoke(context.Background(), []byte(event))
		for _, part := range want {
			if err != nil || !strings.Contains(string(text)+out.String(), part) || strings.Contains(out.String(), "planted") {
				t.Errorf("%s: %v\n%s\n%s\nwant %s", event, err, text, out.String(), part)
			}
		}
	}
	for _, event := range []string{"{}", `{"time": "2026-11-01T12:00:00Z"}`, `{` + processed + `}`, `{"time": "2026-11-01T12:00:00Z", "error": {}, ` + processed + `}`} {
		if _, failed := ask[eventdriven.Report](t, function(t, world(t), "reporter", &bytes.Buffer{}), event); failed != "InvalidInput" {
			t.Errorf("%s: %s", event, failed)
		}
	}
}
