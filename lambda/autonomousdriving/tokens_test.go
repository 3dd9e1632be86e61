package autonomousdriving_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/fsxns3ap/guardhook/lambda/autonomousdriving"
	driving "github.com/fsxns3ap/guardhook/lambda/autonomousdriving/autonomousdrivinglocal"
	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/local"
)

const token = "AQCoAAAAKgAAAAMAAAAA-a-token-that-nobody-may-see"

// TestTokenIsSecret: no way to print, log or encode a token, or something that has
// one, shows it.
func TestTokenIsSecret(t *testing.T) {
	t.Parallel()
	var e autonomousdriving.BatchEvent
	if err := json.Unmarshal([]byte(`{"task_token": "`+token+`"}`), &e); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "token", e.Token, "event", e, "pointer", &e.Token)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "token", e.Token, "event", e)
	text, err := json.Marshal(map[string]any{"event": e, "token": e.Token})
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&log, verb+" "+verb+" "+verb+"\n", e.Token, &e.Token, e)
	}
	all := log.String() + string(text)
	if strings.Contains(all, "nobody") || strings.Contains(all, fmt.Sprintf("%x", "nobody")) || !strings.Contains(all, "REDACTED") {
		t.Error(all)
	}
	err = json.Unmarshal([]byte(`{"task_token": {"secret": "nobody"}}`), &e)
	if err == nil || strings.Contains(err.Error(), "nobody") {
		t.Error(err)
	}
}

// jobs is a world in which nobody runs jobs, and the time is that of the test.
func jobs(t *testing.T, now *time.Time) *local.World {
	t.Helper()
	w := flow(t)
	if now != nil {
		w.Now = func() time.Time { return *now }
	}
	w.Respond(driving.CreateJob, driving.Created)
	return w
}

const start = `{"task_token": "` + token + `", "run": "run-1", "manifest_uri": "s3://autonomous-driving-output/runs/run-1/model-input.manifest"}`

func started(t *testing.T, w *local.World, event string) (autonomousdriving.Started, error) {
	t.Helper()
	var out autonomousdriving.Started
	text, err := w.Invoke("StartJob", event)
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	return out, err
}

func records(w *local.World) []map[string]any {
	return w.Contents().Tables["autonomous-driving-tokentable"]
}

// TestStart: what SageMaker is asked for, and what is kept of it.
func TestStart(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	w := jobs(t, &now)
	out, err := started(t, w, start)
	if err != nil || out.Path != "batch_transform" || out.Prefix != "inference/run-1/" || !strings.HasPrefix(out.Job, "ad-0a1b2c3d4e5f-") || len(out.Job) > 63 {
		t.Fatalf("%+v %v", out, err)
	}
	var asked map[string]any
	w.Peek(func(c awsfake.Call) {
		if c.Name == driving.CreateJob {
			_ = json.Unmarshal(c.Body, &asked)
			if strings.Contains(string(c.Body), "nobody") {
				t.Error("the token is in the job")
			}
		}
	})
	for _, want := range []string{
		`"S3DataType":"ManifestFile"`, `"S3Uri":"s3://autonomous-driving-output/runs/run-1/model-input.manifest"`,
		`"S3OutputPath":"s3://autonomous-driving-output/inference/run-1/"`, `"KmsKeyId":"` + local.KeyArn + `"`, `"VolumeKmsKeyId":"` + local.KeyArn + `"`,
		`"ModelName":"autonomous-driving-model"`, `"BatchStrategy":"SingleRecord"`, `"SplitType":"None"`, `"InstanceType":"ml.m5.xlarge"`, `"InstanceCount":1`,
	} {
		text, _ := json.Marshal(asked)
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
	kept := records(w)
	if len(kept) != 1 || kept[0]["task_token"] != token || kept[0]["transform_job_name"] != out.Job || kept[0]["prefix"] != out.Prefix ||
		kept[0]["created_at"] != float64(now.Unix()) || kept[0]["ttl"] != float64(now.Unix()+86400) || kept[0]["source_region"] != "eu-west-1" {
		t.Errorf("%v", kept)
	}
	// The same call again: the same job, and one record.
	again, err := started(t, w, start)
	if err != nil || again != out || len(records(w)) != 1 {
		t.Errorf("%+v %v %v", again, err, records(w))
	}
	// Another attempt has another token, and so another job.
	other, err := started(t, w, strings.Replace(start, "nobody", "somebody", 1))
	if err != nil || other.Job == out.Job || len(records(w)) != 2 {
		t.Errorf("%+v %v", other, err)
	}
	if strings.Contains(w.Logs("StartJob"), "may-see") {
		t.Error(w.Logs("StartJob"))
	}
}

// TestStartFails: a job that cannot be started leaves no record, and no token in an
// error.
func TestStartFails(t *testing.T) {
	t.Parallel()
	const put, remove = "DynamoDB_20120810.PutItem", "DynamoDB_20120810.DeleteItem"
	echo := failing(400, "ValidationException", "Value '"+token+"' failed to satisfy constraint")
	for name, c := range map[string]struct {
		event  string
		call   string
		answer awsfake.Answer
		want   string
		kept   int
	}{
		"throttled":         {start, driving.CreateJob, slowDown, "Throttled", 0},
		"no model":          {start, driving.CreateJob, failing(400, "ValidationException", "Could not find model"), "InvalidInput", 0},
		"exists":            {start, driving.CreateJob, failing(400, "ResourceInUse", "exists"), "", 1},
		"token is repeated": {start, put, echo, "InvalidInput", 0},
		"table is busy":     {start, put, failing(400, "ProvisionedThroughputExceededException", "busy"), "Throttled", 0},
		"no run":            {`{"task_token": "t", "manifest_uri": "s3://b/k"}`, "", awsfake.Answer{}, "InvalidInput", 0},
		"no token":          {`{"run": "r", "manifest_uri": "s3://b/k"}`, "", awsfake.Answer{}, "InvalidInput", 0},
		"no manifest":       {`{"run": "r", "task_token": "t"}`, "", awsfake.Answer{}, "InvalidInput", 0},
	} {
		w := jobs(t, nil)
		if c.call != "" {
			w.Answer(c.call, c.answer)
		}
		_, err := started(t, w, c.event)
		if kind := kindOf(t, err); kind != c.want || len(records(w)) != c.kept {
			t.Errorf("%s: %s %v, kept %v", name, kind, err, records(w))
		}
		if strings.Contains(fmt.Sprint(err), "nobody") || strings.Contains(w.Logs("StartJob"), "nobody") {
			t.Errorf("%s: %v\n%s", name, err, w.Logs("StartJob"))
		}
	}
	w := jobs(t, nil)
	w.Answer(driving.CreateJob, slowDown)
	w.Answer(remove, failing(400, "AccessDeniedException", "no"))
	if _, err := started(t, w, start); kindOf(t, err) != "Throttled" || !strings.Contains(err.Error(), "a record is left behind") {
		t.Error(err)
	}
}

// TestEnd: the task of a job ends once, and whatever else fails makes the event come
// again.
func TestEnd(t *testing.T) {
	t.Parallel()
	const success, failure, get, remove = "AWSStepFunctions.SendTaskSuccess", "AWSStepFunctions.SendTaskFailure", "DynamoDB_20120810.GetItem", "DynamoDB_20120810.DeleteItem"
	for name, c := range map[string]struct {
		status string
		call   string
		answer awsfake.Answer
		later  time.Duration
		action autonomousdriving.Action
		failed string
		kept   int
	}{
		"completed":      {"Completed", success, awsfake.Answer{Body: "{}"}, 0, "SUCCEEDED", "", 0},
		"failed":         {"Failed", failure, awsfake.Answer{Body: "{}"}, 0, "FAILED", "", 0},
		"stopped":        {"Stopped", failure, awsfake.Answer{Body: "{}"}, 0, "FAILED", "", 0},
		"stopping":       {"Stopping", "x", awsfake.Answer{}, 0, "IGNORED", "", 1},
		"timed out":      {"Completed", success, failing(400, "TaskTimedOut", "late"), 0, "ORPHANED", "", 0},
		"gone":           {"Failed", failure, failing(400, "TaskDoesNotExist", "gone"), 0, "ORPHANED", "", 0},
		"invalid":        {"Completed", success, failing(400, "InvalidToken", token), 0, "ORPHANED", "", 0},
		"throttled":      {"Completed", success, slowDown, 0, "", "Throttled", 1},
		"token repeated": {"Completed", success, failing(400, "ValidationException", "Value '"+token+"' is not"), 0, "", "InvalidInput", 1},
		"no table":       {"Completed", get, failing(500, "InternalServerError", "x"), 0, "", "Unavailable", 1},
		"not deleted":    {"Completed", remove, failing(500, "InternalServerError", "x"), 0, "", "Unavailable", 1},
		"its time over":  {"Completed", "x", awsfake.Answer{}, 24 * time.Hour, "ORPHANED", "", 1},
		"its last hour":  {"Completed", success, awsfake.Answer{Body: "{}"}, 23 * time.Hour, "SUCCEEDED", "", 0},
	} {
		now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
		w := jobs(t, &now)
		w.Answer(success, awsfake.Answer{Body: "{}"})
		w.Answer(c.call, c.answer)
		job, err := started(t, w, start)
		if err != nil && c.call != get {
			t.Fatal(err)
		}
		now = now.Add(c.later)
		var out autonomousdriving.CalledBack
		text, err := w.Invoke("EndJob", driving.Ended(job.Job, c.status, "because"))
		if err == nil {
			err = json.Unmarshal(text, &out)
		}
		if kind := kindOf(t, err); kind != c.failed || out.Action != c.action || len(records(w)) != c.kept {
			t.Errorf("%s: %+v %v, kept %v", name, out, err, records(w))
		}
		if strings.Contains(fmt.Sprint(err), "nobody") || strings.Contains(w.Logs("EndJob"), "nobody") {
			t.Errorf("%s: %v\n%s", name, err, w.Logs("EndJob"))
		}
		w.Peek(func(call awsfake.Call) {
			want := map[string]string{success: `"status\":\"COMPLETED\"`, failure: "TransformJobFailed"}[call.Name]
			if !strings.Contains(string(call.Body), want) || want != "" && !strings.Contains(string(call.Body), token) {
				t.Errorf("%s: %s", name, call.Body)
			}
		})
	}
}

// TestDamagedRecord: a record that cannot be read is an error, not nobody waiting.
func TestDamagedRecord(t *testing.T) {
	t.Parallel()
	for _, item := range []string{
		`{"Item": {"correlation_id": {"S": "x"}}}`,
		`{"Item": {"task_token": {"S": "t"}, "transform_job_name": {"S": "j"}, "ttl": {"N": "1.5"}}}`,
		`{"Item": {"task_token": {"S": "t"}, "transform_job_name": {"S": "j"}, "ttl": {"S": "1"}}}`,
	} {
		w := jobs(t, nil)
		w.Answer("DynamoDB_20120810.GetItem", awsfake.Answer{Body: item})
		if _, err := w.Invoke("EndJob", driving.Ended("ad-0a1b2c3d4e5f-x", "Completed", "")); kindOf(t, err) != "InvalidInput" {
			t.Errorf("%s: %v", item, err)
		}
		if _, err := w.Invoke("StartJob", start); err != nil {
			t.Error(err)
		}
	}
}

// TestTaken: a record of another task is not overwritten.
func TestTaken(t *testing.T) {
	t.Parallel()
	w := jobs(t, nil)
	w.Answer("DynamoDB_20120810.PutItem", failing(400, "ConditionalCheckFailedException", "there"))
	w.Answer("DynamoDB_20120810.GetItem", awsfake.Answer{Body: `{"Item": {"task_token": {"S": "other"}, "transform_job_name": {"S": "j"}, "ttl": {"N": "99999999999"}}}`})
	if _, err := started(t, w, start); kindOf(t, err) != "Conflict" || count(w, driving.CreateJob) != 0 {
		t.Error(err)
	}
	w.Answer("DynamoDB_20120810.GetItem", slowDown)
	if _, err := started(t, w, start); kindOf(t, err) != "Throttled" {
		t.Error(err)
	}
}

// TestJobSettings: names of jobs have to fit.
func TestJobSettings(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"", "no-hyphen", "two--", "-first-", strings.Repeat("a", 31) + "-", "under_score-"} {
		for _, function := range []string{"batch", "callback"} {
			_, err := call(t, jobs(t, nil), function, start, "JOB_PREFIX="+prefix, "TASK_TOKEN_TABLE=t", "MODEL_NAME=m", "OUTPUT_BUCKET=outputs")
			if kindOf(t, err) != "Configuration" {
				t.Errorf("%s %q: %v", function, prefix, err)
			}
		}
	}
}
