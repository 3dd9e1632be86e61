package autonomousdriving

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/route"
	"github.com/fsxns3ap/guardhook/lambda/internal/telemetry"
)

// JobEvent is what SageMaker tells EventBridge of a job:
// https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
type JobEvent struct {
	Detail struct {
		Job    string `json:"TransformJobName"`
		Status string `json:"TransformJobStatus"`
		Reason string `json:"FailureReason"`
	} `json:"detail"`
}

// Action is what the end of a job led to.
type Action string

// The actions.
const (
	// Succeeded and JobFailed: the task has ended.
	Succeeded Action = "SUCCEEDED"
	JobFailed Action = "FAILED"
	// Ignored: the job has not ended.
	Ignored Action = "IGNORED"
	// Orphaned: no task waits for the job, or not any more.
	Orphaned Action = "ORPHANED"
)

// TransformJobFailed is the error of a task whose job failed.
const TransformJobFailed = "TransformJobFailed"

// CalledBack is what was done for an event.
type CalledBack struct {
	Action Action `json:"action"`
	Job    string `json:"job_name"`
}

// Transformed is the output of a task whose job has succeeded.
type Transformed struct {
	Started
	Status string `json:"status"`
}

type callback struct {
	platform *bootstrap.Platform
	api      *sfn.Client
	tokens   *tokens
	prefix   string
}

func openCallback(p *bootstrap.Platform) (func(context.Context, JobEvent) (CalledBack, error), error) {
	c := &callback{platform: p, api: sfn.NewFromConfig(p.AWS), tokens: openTokens(p), prefix: p.Settings.Text("JOB_PREFIX")}
	if err := p.Settings.Err(); err != nil {
		return nil, err
	}
	return c.end, checkJobPrefix(c.prefix)
}

// end ends the task of a job. An event that comes again finds no record, or a task
// that has ended; both change nothing. Whatever else fails is an error, so that the
// event comes again.
func (c *callback) end(ctx context.Context, e JobEvent) (CalledBack, error) {
	out := CalledBack{Job: e.Detail.Job}
	id, ours := strings.CutPrefix(e.Detail.Job, c.prefix)
	if !ours || id == "" {
		return out, failure.New(failure.InvalidInput, "event: detail.TransformJobName: want a name that begins with JOB_PREFIX")
	}
	if !slices.Contains([]string{"Completed", "Failed", "Stopped"}, e.Detail.Status) {
		out.Action = Ignored
		return out, nil
	}
	w, err := c.tokens.get(ctx, id)
	switch {
	case failure.Of(err) == failure.NotFound:
		out.Action = Orphaned
	case err != nil:
		return out, err
	default:
		if out.Action, err = c.send(ctx, w, e); err != nil {
			return out, err
		}
		if err := c.tokens.drop(ctx, id); err != nil {
			return out, err
		}
	}
	c.platform.Log.InfoContext(ctx, "job ended", "job", out.Job, "status", e.Detail.Status, "action", string(out.Action))
	return out, c.platform.Metrics.With("Status", string(out.Action)).Emit(
		map[string]any{"job": out.Job},
		telemetry.Metric{Name: "Callbacks", Unit: telemetry.Count, Value: 1},
	)
}

// send tells Step Functions. A task that does not wait any more is no error: it
// has timed out, or was told before.
func (c *callback) send(ctx context.Context, w waiting, e JobEvent) (Action, error) {
	token, action := w.Token.reveal(), Succeeded
	var err error
	if e.Detail.Status == "Completed" {
		out, _ := json.Marshal(Transformed{Started{route.BatchTransform, w.Job, w.Prefix}, "COMPLETED"}) // texts always encode
		_, err = c.api.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: &token, Output: aws.String(string(out))})
	} else {
		action = JobFailed
		cause := "job " + w.Job + ": " + e.Detail.Status
		if e.Detail.Reason != "" {
			cause += ": " + failure.Cut(e.Detail.Reason, maxCause)
		}
		_, err = c.api.SendTaskFailure(ctx, &sfn.SendTaskFailureInput{TaskToken: &token, Error: aws.String(TransformJobFailed), Cause: &cause})
	}
	var (
		late    *types.TaskTimedOut
		gone    *types.TaskDoesNotExist
		invalid *types.InvalidToken
	)
	if errors.As(err, &late) || errors.As(err, &gone) || errors.As(err, &invalid) {
		return Orphaned, nil
	}
	return action, failure.Wrap(w.Token.hide(err), "task of %s", w.Job)
}

// maxCause bounds what is taken over of SageMaker's reason, in bytes.
const maxCause = 4096
