package autonomousdriving_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/lambda/autonomousdriving"
	driving "github.com/fsxns3ap/guardhook/lambda/autonomousdriving/autonomousdrivinglocal"
	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/pointcloud/pointcloudtest"
	"github.com/fsxns3ap/guardhook/lambda/internal/route"
	"github.com/fsxns3ap/guardhook/lambda/local"
)

// flow opens a world with values for parameters, given in pairs.
func flow(t *testing.T, parameters ...string) *local.World {
	t.Helper()
	u := driving.UseCase()
	for i := 0; i < len(parameters); i += 2 {
		u.Parameters[parameters[i]] = parameters[i+1]
	}
	return cloud.Open(t, u)
}

// Parameters of the paths.
var (
	provisioned = []string{"EnableRealtimeEndpoint", "true", "InferenceType", "provisioned"}
	serverless  = []string{"EnableServerlessEndpoint", "true", "ServerlessModelName", "m", "InferenceType", "serverless"}
	components  = []string{"EnableInferenceComponents", "true", "InferenceType", "components"}
)

// inference is what the states after the data made of the clouds.
type inference struct {
	Path   route.Path `json:"path"`
	Prefix string     `json:"prefix"`
	Job    string     `json:"job_name"`
	Status string     `json:"status"`
}

// output decodes a part of the output of an execution.
func output[T any](t *testing.T, e local.Execution, name string) T {
	t.Helper()
	var out T
	text, err := json.Marshal(e.Output[name])
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// count counts calls with a name since the last Calls.
func count(w *local.World, name string) int {
	n := 0
	w.Peek(func(c awsfake.Call) {
		if c.Name == name || strings.HasSuffix(name, "*") && strings.HasPrefix(c.Name, strings.TrimSuffix(name, "*")) {
			n++
		}
	})
	return n
}

const invocations = "POST /endpoints/*"

// retried counts how often tasks of a state failed.
func retried(e local.Execution, state string) int {
	n := 0
	for _, v := range e.Visits {
		if v.State == state {
			n += len(v.Failures)
		}
	}
	return n
}

// failing are answers of an error of the runtime.
func failing(status int, code, message string) awsfake.Answer {
	return awsfake.Answer{Status: status, Type: code, Body: fmt.Sprintf(`{"message": %q, "Message": %q}`, message, message)}
}

var (
	asleep     = failing(429, "ModelNotReadyException", "The model is not ready.")
	noCapacity = failing(400, "ValidationError", "Inference Component has no capacity to process this request. ApplicationAutoScaling may be in-progress.")
	noEndpoint = failing(400, "ValidationError", "Endpoint autonomous-driving-realtime of account 123456789012 not found.")
	broken     = awsfake.Answer{Status: 424, Type: "ModelError", Body: `{"Message": "Received server error (500) from primary", "OriginalStatusCode": 500}`}
	slowDown   = failing(400, "ThrottlingException", "Rate exceeded")
)

// TestPaths: each of the four paths, and what leads from one to another. There is
// one answer for each cloud, nobody waits for a job any more, and the annotations
// are there.
func TestPaths(t *testing.T) {
	t.Parallel()
	answer := awsfake.Answer{Body: driving.Segmented()}
	large := pointcloudtest.PCD(pointcloudtest.Binary, pointcloudtest.Scan(300_000))
	if len(large) <= route.MaxServerlessPayload || len(large) > route.MaxPayload {
		t.Fatalf("%d bytes", len(large))
	}
	for name, c := range map[string]struct {
		parameters []string
		prepare    func(*local.World)
		answers    []awsfake.Answer
		path       route.Path
		states     string // after the data, before the annotations
		fallback   string // the error that leads to a job
		calls      int    // of the endpoint
		failures   int    // of the task that calls it
	}{
		"none":               {nil, nil, nil, route.BatchTransform, "AnyClouds BatchTransform", "", 0, 0},
		"provisioned":        {provisioned, nil, nil, route.RealtimeEndpoint, "AnyClouds Slices Route RealtimeInference InvokeRealtime", "", 6, 0},
		"provisioned, many":  {append(provisioned, "BatchThreshold", "6"), nil, nil, route.BatchTransform, "AnyClouds Slices Route BatchTransform", "", 0, 0},
		"provisioned, busy":  {provisioned, nil, []awsfake.Answer{slowDown, answer}, route.RealtimeEndpoint, "AnyClouds Slices Route RealtimeInference InvokeRealtime", "", -1, 1},
		"provisioned, dead":  {provisioned, nil, []awsfake.Answer{broken}, route.BatchTransform, "AnyClouds Slices Route RealtimeInference InvokeRealtime BatchTransform", "Unavailable", -1, 5},
		"no such endpoint":   {provisioned, nil, []awsfake.Answer{noEndpoint}, route.BatchTransform, "AnyClouds Slices Route RealtimeInference InvokeRealtime BatchTransform", "Configuration", -1, 1},
		"serverless":         {serverless, nil, nil, route.ServerlessInference, "AnyClouds Slices Route ServerlessInference InvokeServerless", "", 6, 0},
		"serverless, waking": {serverless, nil, []awsfake.Answer{asleep, asleep, asleep, answer}, route.ServerlessInference, "AnyClouds Slices Route ServerlessInference InvokeServerless", "", 9, 0},
		"serverless, asleep": {serverless, nil, []awsfake.Answer{asleep}, route.BatchTransform, "AnyClouds Slices Route ServerlessInference InvokeServerless BatchTransform", "ServerlessColdStartTimeoutError", -1, 1},
		"serverless, large":  {serverless, func(w *local.World) { w.Put(driving.Source, "large.pcd", large) }, nil, route.BatchTransform, "AnyClouds Slices Route BatchTransform", "", 0, 0},
		"components":         {components, nil, nil, route.InferenceComponents, "AnyClouds Slices Route ComponentsInference InvokeComponents", "", 6, 0},
		"components, large":  {components, func(w *local.World) { w.Put(driving.Source, "large.pcd", large) }, nil, route.InferenceComponents, "AnyClouds Slices Route ComponentsInference InvokeComponents", "", 7, 0},
		"components, waking": {components, nil, []awsfake.Answer{noCapacity, noCapacity, asleep, answer}, route.InferenceComponents, "AnyClouds Slices Route ComponentsInference InvokeComponents", "", 9, 0},
		"components, asleep": {components, nil, []awsfake.Answer{noCapacity}, route.BatchTransform, "AnyClouds Slices Route ComponentsInference InvokeComponents BatchTransform", "ComponentsColdStartTimeoutError", -1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := flow(t, c.parameters...)
			w.Seed(8)
			if c.prepare != nil {
				c.prepare(w)
			}
			if c.answers != nil {
				w.Answer(driving.Invoke, c.answers...)
			}
			if c.fallback != "" { // time passes as fast as it is slept
				patience(w)
			}
			e := w.Execute("run", nil)
			got := output[inference](t, e, "inference")
			if e.Status != "SUCCEEDED" || got.Path != c.path || got.Prefix != "inference/run/" || got.Status != "COMPLETED" || len(e.Empty()) > 0 {
				t.Fatalf("%s %s %s %+v, empty %v, %v", e.Status, e.Error, e.Cause, got, e.Empty(), e.Output["fallback"])
			}
			states := strings.Join(e.States, " ")
			_, states, _ = strings.Cut(states, "AnyClouds")
			if states = "AnyClouds" + states; states != c.states+" Annotate Commit Whole Done" {
				t.Errorf("%s, want %s", states, c.states)
			}
			if fallback := output[struct{ Error string }](t, e, "fallback"); fallback.Error != c.fallback {
				t.Errorf("fallback %q, want %q", fallback.Error, c.fallback)
			}
			var failures int
			for _, invoke := range []string{"InvokeRealtime", "InvokeServerless", "InvokeComponents"} {
				failures += retried(e, invoke)
			}
			if calls := count(w, invocations); c.calls >= 0 && calls != c.calls || failures != c.failures {
				t.Errorf("%d calls, %d failures, want %d and %d", calls, failures, c.calls, c.failures)
			}
			if jobs := count(w, driving.CreateJob); (jobs == 1) != (c.path == route.BatchTransform) || jobs > 1 {
				t.Errorf("%d jobs", jobs)
			}
			done(t, w, e)
		})
	}
}

// patience makes every look at the clock find it a minute later.
func patience(w *local.World) {
	var minutes atomic.Int64
	before := w.Now
	w.Now = func() time.Time { return before().Add(time.Duration(minutes.Add(1)) * time.Minute) }
}

// done checks what lies about after a run that succeeded.
func done(t *testing.T, w *local.World, e local.Execution) {
	t.Helper()
	clouds := output[autonomousdriving.Selected](t, e, "clouds")
	answers := w.Keys(w.Name("Output"), "inference/run/")
	if int64(len(answers)) != clouds.FileCount || clouds.FileCount == 0 {
		t.Errorf("%d answers for %d clouds: %v", len(answers), clouds.FileCount, answers)
	}
	contents := w.Contents()
	if waiting := contents.Tables["autonomous-driving-tokentable"]; len(waiting) > 0 {
		t.Errorf("somebody waits: %v", waiting)
	}
	told := contents.Messages["autonomous-driving-topic"]
	if len(told) != 1 || !strings.Contains(told[0].Body, "annotations/run/coco.json") {
		t.Errorf("told: %v", told)
	}
	if annotated := output[autonomousdriving.Annotated](t, e, "annotated"); int64(annotated.Segmented) != clouds.FileCount {
		t.Errorf("%+v", annotated)
	}
	if w.Get(w.Name("Output"), "annotations/run/coco.json") == nil {
		t.Error("there are no annotations")
	}
}

// refused is a failure of a function.
func refused(kind string) error { return messages.InvokeResponse_Error{Type: kind, Message: "planted"} }

// fails lets a function fail, as often as is said.
func fails(w *local.World, function, kind string, times int64) *atomic.Int64 {
	var calls atomic.Int64
	w.Around(function, func(next local.Function) local.Function {
		return func(ctx context.Context, event []byte) ([]byte, error) {
			if calls.Add(1) <= times {
				return nil, refused(kind)
			}
			return next(ctx, event)
		}
	})
	return &calls
}

// TestJobs: how a job can end, and what else can happen with it.
func TestJobs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status, reason string
		create         []awsfake.Answer // before jobs are created
		failed, cause  string
		jobs           int
	}{
		"completed":        {"Completed", "", nil, "", "", 1},
		"failed":           {"Failed", "ClientError: no model", nil, "TransformJobFailed", "Failed: ClientError: no model", 1},
		"stopped":          {"Stopped", "", nil, "TransformJobFailed", "Stopped", 1},
		"throttled":        {"Completed", "", []awsfake.Answer{slowDown, slowDown}, "", "", 3},
		"no permission":    {"Completed", "", []awsfake.Answer{failing(400, "AccessDeniedException", "no")}, "AccessDenied", "AccessDeniedException", 1},
		"too many of them": {"Completed", "", []awsfake.Answer{failing(400, "ResourceLimitExceeded", "ml.m5.xlarge"), failing(400, "ResourceLimitExceeded", "x")}, "InvalidInput", "ResourceLimitExceeded", 1},
		"created before":   {"Completed", "", []awsfake.Answer{failing(400, "ResourceInUse", "Job name must be unique")}, "", "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := flow(t)
			w.Seed(4)
			var jobs sync.WaitGroup
			t.Cleanup(jobs.Wait)
			var calls atomic.Int64
			w.Respond(driving.CreateJob, func(call awsfake.Call) awsfake.Answer {
				n := int(calls.Add(1))
				if n <= len(c.create) && c.create[n-1].Type != "ResourceInUse" {
					return c.create[n-1]
				}
				jobs.Go(func() {
					if err := driving.Run(w, call, c.status, c.reason); err != nil {
						t.Error(err)
					}
				})
				if n <= len(c.create) {
					return c.create[n-1]
				}
				return driving.Created(call)
			})
			e := w.Execute("run", nil)
			if e.Error != c.failed || !strings.Contains(e.Cause, c.cause) || (e.Status == "SUCCEEDED") != (c.failed == "") || int(calls.Load()) != c.jobs {
				t.Errorf("%s %s %s, %d jobs", e.Status, e.Error, e.Cause, calls.Load())
			}
			jobs.Wait()
			if c.failed == "" {
				done(t, w, e)
				return
			}
			if c.failed == autonomousdriving.TransformJobFailed { // what it has not answered for is found again
				again := w.Execute("again", nil)
				if again.Count("PointClouds") != 1 || again.Count("Frames") != 0 {
					t.Errorf("again: %v", again.States)
				}
				return
			}
			reported(t, w, c.failed)
			if waiting := w.Contents().Tables["autonomous-driving-tokentable"]; len(waiting) > 0 {
				t.Errorf("somebody waits: %v", waiting)
			}
		})
	}
}

// reported checks that a failure was told, and that the run is found again.
func reported(t *testing.T, w *local.World, failed string) {
	t.Helper()
	told := w.Contents().Messages["autonomous-driving-topic"]
	if n := len(told); n == 0 || told[n-1].Subject != "Autonomous driving failed" || !strings.Contains(told[n-1].Body, failed+" in execution run") {
		t.Errorf("told: %v", told)
	}
	if keys := w.Keys(w.Name("Output"), "checkpoints/"); len(keys) > 0 {
		t.Errorf("it counts as done: %v", keys)
	}
}

// TestCallbacks: an event that comes again, or too late, or of another job, changes
// nothing.
func TestCallbacks(t *testing.T) {
	t.Parallel()
	w := flow(t)
	w.Seed(4)
	e := w.Execute("run", nil)
	job := output[inference](t, e, "inference").Job
	ask := func(job, status string) autonomousdriving.Action {
		t.Helper()
		text, err := w.Invoke("EndJob", driving.Ended(job, status, ""))
		if err != nil {
			t.Fatal(err)
		}
		var out autonomousdriving.CalledBack
		if err := json.Unmarshal(text, &out); err != nil {
			t.Fatal(err)
		}
		return out.Action
	}
	prefix, _, _ := strings.Cut(job, "-0a1b2c3d4e5f-")
	if prefix != "ad" {
		t.Errorf("job %s", job)
	}
	if got := ask(job, "Completed"); got != autonomousdriving.Orphaned {
		t.Errorf("again: %s", got)
	}
	if got := ask(job, "InProgress"); got != autonomousdriving.Ignored {
		t.Errorf("not yet: %s", got)
	}
	if _, err := w.Invoke("EndJob", driving.Ended("other-job", "Completed", "")); err == nil || !strings.Contains(err.Error(), "JOB_PREFIX") {
		t.Errorf("another one: %v", err)
	}
}

// TestSharedTokens: a table that is not of the stack serves as well.
func TestSharedTokens(t *testing.T) {
	t.Parallel()
	u := driving.UseCase()
	u.Parameters["TokenTableName"] = "shared-tokens"
	before := u.Before
	u.Before = func(w *local.World) error {
		_, err := w.Make("AWS::DynamoDB::Table", map[string]any{
			"TableName": "shared-tokens", "BillingMode": "PAY_PER_REQUEST",
			"AttributeDefinitions": []any{map[string]any{"AttributeName": "correlation_id", "AttributeType": "S"}},
			"KeySchema":            []any{map[string]any{"AttributeName": "correlation_id", "KeyType": "HASH"}},
		})
		return errors.Join(err, before(w))
	}
	w := cloud.Open(t, u)
	w.Seed(4)
	e := w.Execute("run", nil)
	waiting, there := w.Contents().Tables["shared-tokens"]
	if _, own := w.Contents().Tables["autonomous-driving-tokentable"]; e.Status != "SUCCEEDED" || !there || own || len(waiting) > 0 {
		t.Errorf("%s %s %s, %v", e.Status, e.Error, e.Cause, w.Contents().Tables)
	}
}

// TestABTest: each call of the endpoint is a result of its variant, which the
// comparison counts.
func TestABTest(t *testing.T) {
	t.Parallel()
	w := flow(t, append(provisioned, "EnableABTesting", "true")...)
	noon := time.Date(2040, 11, 1, 12, 0, 0, 0, time.UTC) // recordings have not changed for a while
	w.Now = func() time.Time { return noon }
	w.Seed(8)
	n := 0
	w.Respond(driving.Invoke, func(awsfake.Call) awsfake.Answer {
		n++
		variant := []string{"primary", "challenger"}[n%2]
		return awsfake.Answer{Body: driving.Segmented(), Header: map[string]string{"X-Amzn-Invoked-Production-Variant": variant}}
	})
	e := w.Execute("run", nil)
	if e.Status != "SUCCEEDED" || output[inference](t, e, "inference").Path != route.RealtimeEndpoint {
		t.Fatalf("%s %s %s", e.Status, e.Error, e.Cause)
	}
	text, err := w.Invoke("Compare", map[string]any{"time": "2040-11-01T12:06:00Z"})
	if err != nil {
		t.Fatal(err)
	}
	var got autonomousdriving.Comparison
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Variants) != 2 || got.Variants["primary"].Requests != 3 || got.Variants["challenger"].Requests != 3 {
		t.Errorf("%s", text)
	}
	if logs := w.Logs("Compare"); strings.Count(logs, `"RequestCount":3`) != 2 {
		t.Error(logs)
	}
}

// TestEmpty: without recordings nobody is asked for anything, and there are
// annotations of nothing. Without clouds there is no job.
func TestEmpty(t *testing.T) {
	t.Parallel()
	for _, objects := range []int{0, 1} {
		w := flow(t, provisioned...)
		w.Seed(objects)
		e := w.Execute("run", nil)
		if e.Status != "SUCCEEDED" || e.Count("NoInference") != 1 || e.Count("Route") != 0 || len(e.Empty()) > 0 {
			t.Errorf("%s %s %v", e.Status, e.Error, e.States)
		}
		if n := count(w, driving.CreateJob) + count(w, invocations); n != 0 || count(w, driving.Detect) > 0 != (objects > 0) {
			t.Errorf("%d calls", n)
		}
	}
}

// TestOff: without inference its states are not there.
func TestOff(t *testing.T) {
	t.Parallel()
	w := flow(t, "EnableInference", "false")
	w.Seed(4)
	e := w.Execute("run", nil)
	if e.Status != "SUCCEEDED" || e.Count("NoInference") != 1 || e.Count("AnyClouds") != 0 {
		t.Errorf("%s %s %v", e.Status, e.Error, e.States)
	}
}

// TestAgain: a second run without changes processes nothing; one with a new
// recording processes that one.
func TestAgain(t *testing.T) {
	t.Parallel()
	w := flow(t)
	w.Seed(8)
	if e := w.Execute("run", nil); e.Status != "SUCCEEDED" {
		t.Fatal(e.Error, e.Cause)
	}
	w.Calls()
	e := w.Execute("again", nil)
	if n := count(w, driving.Detect) + count(w, driving.CreateJob); e.Status != "SUCCEEDED" || e.Count("Frames")+e.Count("PointClouds") != 0 || n != 0 {
		t.Errorf("%s %v, %d calls", e.Status, e.States, n)
	}
	w.Put(driving.Source, "new.las", pointcloudtest.LAS(pointcloudtest.Scan(200)))
	e = w.Execute("third", nil)
	if got := w.Keys(w.Name("Output"), "inference/third/"); e.Status != "SUCCEEDED" || !cmp.Equal(got, []string{"inference/third/new.las.out"}) {
		t.Errorf("%s %v", e.Status, got)
	}
}

// TestOneOfMany: a recording that is damaged is said to be, and the others go on.
func TestOneOfMany(t *testing.T) {
	t.Parallel()
	w := flow(t)
	w.Seed(12)
	w.Put(driving.Source, "bad.pcd", []byte("# .PCD v0.7\nVERSION 0.7\nFIELDS x y z\n"))
	w.Put(driving.Source, "bad.mp4", []byte("no video"))
	e := w.Execute("run", nil)
	clouds, videos := output[autonomousdriving.Selected](t, e, "clouds"), output[autonomousdriving.Videos](t, e, "videos")
	if e.Status != "SUCCEEDED" || clouds.Passed != 9 || clouds.Clouds != 10 || videos.Succeeded != 3 || videos.Invalid+videos.Failed == 0 {
		t.Errorf("%s %s %+v %+v", e.Status, e.Error, clouds, videos)
	}
	done(t, w, e)
}

// TestThrottled: a service that wants fewer calls is asked again.
func TestThrottled(t *testing.T) {
	t.Parallel()
	w := flow(t)
	w.Seed(4)
	seen := awsfake.Answer{Body: `{"Labels": [{"Name": "Road", "Confidence": 90}]}`}
	w.Answer(driving.Detect, slowDown, slowDown, seen)
	e := w.Execute("run", nil)
	if e.Status != "SUCCEEDED" || retried(e, "Frames") != 2 {
		t.Errorf("%s %s, %d times again", e.Status, e.Error, retried(e, "Frames"))
	}
	done(t, w, e)
}

// TestStepFails: each step that fails for good ends the run, which is told and found
// again; a part that fails costs the others nothing.
func TestStepFails(t *testing.T) {
	t.Parallel()
	for step, last := range map[string]string{
		"FindVideos": "Failed", "FindClouds": "Failed", "GatherVideos": "Failed", "SelectClouds": "Failed", "StartJob": "Failed", "Annotate": "Failed", "Commit": "Failed",
	} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			w := flow(t)
			w.Seed(4)
			calls := fails(w, step, "AccessDenied", 1<<30)
			e := w.Execute("run", nil)
			if e.Status != "FAILED" || e.Error != "AccessDenied" || e.States[len(e.States)-1] != last || calls.Load() != 1 {
				t.Errorf("%s %s %v, %d calls", e.Status, e.Error, e.States, calls.Load())
			}
			reported(t, w, "AccessDenied")
		})
	}
	for _, step := range []string{"Frames", "PointClouds"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			w := flow(t)
			w.Seed(8)
			calls := fails(w, step, "AccessDenied", 1)
			e := w.Execute("run", nil)
			if e.Status != "FAILED" || e.Error != "PartsFailed" || e.Count(step+"Lost") != 1 || calls.Load() != 1 {
				t.Errorf("%s %s %v, %d calls", e.Status, e.Error, e.States, calls.Load())
			}
			again := w.Execute("again", nil)
			if other := map[string]string{"Frames": "PointClouds", "PointClouds": "Frames"}[step]; again.Status != "SUCCEEDED" || again.Count(step) != 1 || again.Count(other) != 0 {
				t.Errorf("again: %s %s %v", again.Status, again.Error, again.States)
			}
		})
	}
}

// TestNotTold: that a failure cannot be told does not hide it.
func TestNotTold(t *testing.T) {
	t.Parallel()
	w := flow(t)
	fails(w, "Annotate", "AccessDenied", 1<<30)
	w.Answer("sns.Publish", failing(403, "AuthorizationError", "no"))
	if e := w.Execute("run", nil); e.Status != "FAILED" || e.Error != "AccessDenied" {
		t.Errorf("%s %s %s", e.Status, e.Error, e.Cause)
	}
}

// TestMany: ten thousand recordings, of which the state has references only.
func TestMany(t *testing.T) {
	t.Parallel()
	w := flow(t, "VideosPerPart", "50", "CloudsPerPart", "50")
	const recordings = 10_000
	w.Seed(recordings)
	w.Answer(driving.Detect, awsfake.Answer{Body: `{"Labels": []}`})
	e := w.Execute("run", nil)
	clouds, videos := output[autonomousdriving.Selected](t, e, "clouds"), output[autonomousdriving.Videos](t, e, "videos")
	if e.Status != "SUCCEEDED" || clouds.Passed != recordings*3/4 || videos.Succeeded != recordings/4 || e.Largest() > 64<<10 {
		t.Fatalf("%s %s %s, %+v %+v, the largest state has %d bytes", e.Status, e.Error, e.Cause, clouds, videos, e.Largest())
	}
	if parts := e.Count("Frames") + e.Count("PointClouds"); parts != recordings/50 {
		t.Errorf("%d parts", parts)
	}
	done(t, w, e)
}

// TestSlices: clouds are asked for in slices, each once.
func TestSlices(t *testing.T) {
	t.Parallel()
	w := flow(t, append(serverless, "CloudsPerPart", "50")...)
	w.Seed(100)
	e := w.Execute("run", nil)
	if n := count(w, invocations); e.Status != "SUCCEEDED" || n != 75 || e.Count("InvokeServerless") != 4 || e.Count("PointClouds") != 2 {
		t.Errorf("%s %s: %d calls in %d slices", e.Status, e.Error, n, e.Count("InvokeServerless"))
	}
	done(t, w, e)
}
