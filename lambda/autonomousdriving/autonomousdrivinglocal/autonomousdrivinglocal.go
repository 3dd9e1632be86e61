// Package autonomousdrivinglocal describes the autonomous-driving use case for the
// local stack: recordings, a model that answers at once, and jobs that end.
package autonomousdrivinglocal

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/fsxns3ap/guardhook/lambda/autonomousdriving"
	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/pointcloud/pointcloudtest"
	"github.com/fsxns3ap/guardhook/lambda/internal/video/videotest"
	"github.com/fsxns3ap/guardhook/lambda/local"
)

// Names of what the template does not make, and of calls.
const (
	// Source is the access point of the recordings.
	Source = "recordings-ext-s3alias"
	// CreateJob starts a job of the model.
	CreateJob = "SageMaker.CreateTransformJob"
	// Invoke calls an endpoint.
	Invoke = "POST /endpoints/*/invocations"
	// Detect looks at a frame.
	Detect = "RekognitionService.DetectLabels"
	// Converse asks for suggestions.
	Converse = "POST /model/*/converse"
)

// points is how many points each cloud has.
const points = 200

// Segmented is what the model answers for a cloud: a label for each point.
func Segmented() string {
	return `{"labels": [0` + strings.Repeat(", 1, 2, 3", (points-1)/3) + strings.Repeat(", 1", (points-1)%3) + `]}`
}

// AllOn turns every feature with functions on.
func AllOn() map[string]string {
	return map[string]string{
		"EnableInference": "true", "EnableRealtimeEndpoint": "true", "EnableServerlessEndpoint": "true", "EnableInferenceComponents": "true", "EnableABTesting": "true",
		"EnableModelRegistry": "true", "EnableSchedule": "true", "BedrockModelId": "amazon.nova-lite-v1:0",
		"ModelBucket": "models", "ServerlessModelName": "serverless-model", "VpcId": "vpc-11111111", "S3PrefixListId": "pl-11111111",
		"FirstSubnetId": "subnet-11111111", "SecondSubnetId": "subnet-22222222",
	}
}

// UseCase returns the description. Executions have a job unless a parameter says
// otherwise.
func UseCase() local.UseCase {
	u := local.UseCase{
		Name: "autonomous-driving", Package: "lambda/autonomousdriving", Machine: "Workflow", Buckets: []string{Source},
		Functions: autonomousdriving.FunctionsWith(Hurry),
		Parameters: map[string]string{
			"CodeBucket": "code", "CodeKey": "autonomousdriving-arm64.zip", "KeyArn": local.KeyArn,
			"AccessPointAlias": Source, "AccessPointName": "recordings",
		},
		AllOn: AllOn(),
		Answers: []local.Answer{
			{Service: "rekognition", Operation: "DetectLabels", Call: Detect, Body: `{"Labels": [
				{"Name": "Car", "Confidence": 98.5, "Instances": [{"Confidence": 97, "BoundingBox": {"Left": 0.25, "Top": 0.5, "Width": 0.5, "Height": 0.25}}]},
				{"Name": "Road", "Confidence": 91.25}]}`},
			{Service: "bedrock-runtime", Operation: "Converse", Call: Converse, Body: awsfake.ConverseAnswer("end_turn", "Label the cyclists.")},
		},
		Before:  before,
		Seed:    seed,
		Input:   func(*local.World) any { return map[string]any{"trigger": "schedule"} },
		Prepare: prepare,
	}
	for _, name := range []string{"EnableInference", "ModelBucket", "VpcId", "S3PrefixListId", "FirstSubnetId", "SecondSubnetId"} {
		u.Parameters[name] = u.AllOn[name]
	}
	return u
}

// Hurry waits a thousandth.
func Hurry(ctx context.Context, d time.Duration) error {
	return autonomousdriving.Sleep(ctx, d/1000)
}

// before makes the model, and lets an hour pass: recordings are looked at when they
// do not change any more.
func before(w *local.World) error {
	w.Now = func() time.Time { return time.Now().Add(time.Hour) }
	w.Answer(Invoke, awsfake.Answer{Body: Segmented()})
	var jobs sync.WaitGroup
	w.Cleanup(jobs.Wait)
	w.Respond(CreateJob, func(c awsfake.Call) awsfake.Answer {
		jobs.Go(func() { _ = Run(w, c, "Completed", "") }) // without an end, the workflow waits
		return Created(c)
	})
	return nil
}

// Job is what is used of a call of CreateTransformJob.
type Job struct {
	Name  string `json:"TransformJobName"`
	Input struct {
		DataSource struct {
			S3DataSource struct {
				Type string `json:"S3DataType"`
				URI  string `json:"S3Uri"`
			} `json:"S3DataSource"`
		} `json:"DataSource"`
	} `json:"TransformInput"`
	Output struct {
		Path string `json:"S3OutputPath"`
	} `json:"TransformOutput"`
}

// JobOf is the job that a call asks for.
func JobOf(c awsfake.Call) (Job, error) {
	var j Job
	return j, json.Unmarshal(c.Body, &j)
}

// Created is the answer to a call for a job.
func Created(c awsfake.Call) awsfake.Answer {
	j, err := JobOf(c)
	if err != nil {
		return awsfake.Answer{Status: 400, Type: "ValidationException", Body: `{"__type": "ValidationException", "message": "no JSON"}`}
	}
	return awsfake.Answer{Body: fmt.Sprintf(`{"TransformJobArn": "arn:aws:sagemaker:eu-west-1:111122223333:transform-job/%s"}`, j.Name)}
}

// Run is a job: it answers for each cloud of its manifest if it is to be completed,
// and then tells that it has ended, as SageMaker does by EventBridge.
func Run(w *local.World, c awsfake.Call, status, reason string) error {
	j, err := JobOf(c)
	if err != nil {
		return err
	}
	if status == "Completed" {
		if err := answer(w, j); err != nil {
			return err
		}
	}
	_, err = w.Invoke("EndJob", Ended(j.Name, status, reason))
	return err
}

func answer(w *local.World, j Job) error {
	bucket, key := split(j.Input.DataSource.S3DataSource.URI)
	var manifest []json.RawMessage
	if err := json.Unmarshal(w.Get(bucket, key), &manifest); err != nil || len(manifest) < 2 {
		return fmt.Errorf("manifest %s: %d elements: %w", key, len(manifest), err)
	}
	var prefix struct{ Prefix string }
	if err := json.Unmarshal(manifest[0], &prefix); err != nil {
		return err
	}
	source, _ := split(prefix.Prefix)
	output, path := split(j.Output.Path)
	for _, element := range manifest[1:] {
		var cloud string
		if err := json.Unmarshal(element, &cloud); err != nil {
			return err
		}
		if w.Get(source, cloud) == nil {
			return fmt.Errorf("%s/%s is not there", source, cloud)
		}
		w.Put(output, path+cloud+".out", []byte(Segmented()))
	}
	return nil
}

func split(uri string) (bucket, key string) {
	bucket, key, _ = strings.Cut(strings.TrimPrefix(uri, "s3://"), "/")
	return bucket, key
}

// Ended is the event of a job that has ended.
func Ended(job, status, reason string) map[string]any {
	return map[string]any{
		"version": "0", "id": "844e2571-85d4-695f-b930-0153b71dcb42", "detail-type": "SageMaker Transform Job State Change", "source": "aws.sagemaker",
		"account": "111122223333", "time": "2026-11-01T12:00:00Z", "region": "eu-west-1",
		"detail": map[string]any{"TransformJobName": job, "TransformJobStatus": status, "FailureReason": reason},
	}
}

// seed makes recordings: of four, one is a video and three are point clouds.
func seed(w *local.World, objects int) error {
	clip := videotest.Video{Width: 64, Height: 32, Frames: videotest.Pictures(20, 64, 32)}.MP4()
	pcd, las := pointcloudtest.PCD(pointcloudtest.Binary, pointcloudtest.Scan(points)), pointcloudtest.LAS(pointcloudtest.Scan(points))
	for i := range objects {
		switch i % 4 {
		case 0:
			w.Put(Source, fmt.Sprintf("drive/%06d.mp4", i), clip)
		case 1, 2:
			w.Put(Source, fmt.Sprintf("drive/%06d.pcd", i), pcd)
		default:
			w.Put(Source, fmt.Sprintf("drive/%06d.las", i), las)
		}
	}
	return nil
}
