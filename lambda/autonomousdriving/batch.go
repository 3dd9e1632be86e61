package autonomousdriving

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"

	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/route"
)

// inferencePrefix is where the answers of the model to a run are, on every path:
// one object for each cloud, with the cloud's key and ".out".
func inferencePrefix(run string) string { return "inference/" + run + "/" }

// runName is the name of an execution.
var runName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,80}$`)

func checkRun(run string) error {
	if !runName.MatchString(run) {
		return failure.New(failure.InvalidInput, "event: run: want 1 to 80 letters, digits and ._-")
	}
	return nil
}

// BatchEvent starts a job, and says which task waits for it.
type BatchEvent struct {
	Token    Token  `json:"task_token"`
	Run      string `json:"run"`
	Manifest string `json:"manifest_uri"` // of the clouds, as SageMaker reads it
}

// Started is a job that was started.
type Started struct {
	Path   route.Path `json:"path"`
	Job    string     `json:"job_name"`
	Prefix string     `json:"prefix"`
}

type batch struct {
	platform *bootstrap.Platform
	api      *sagemaker.Client
	tokens   *tokens
	settings batchSettings
}

type batchSettings struct {
	output, model, jobPrefix, key string
	instance                      types.TransformInstanceType
	instances, payload            int
	timeout                       time.Duration
}

// The names of jobs have at most 63 characters, of which the id takes 32.
const maxJobPrefix = 31

var jobPrefixForm = regexp.MustCompile(`^[a-zA-Z0-9](-*[a-zA-Z0-9])*-$`)

// openTokens returns the table of tasks. The keeping time is that of the state
// and more.
func openTokens(p *bootstrap.Platform) *tokens {
	r := p.Settings
	return &tokens{
		api: dynamodb.NewFromConfig(p.AWS), table: r.Text("TASK_TOKEN_TABLE"), now: p.Now, region: p.AWS.Region,
		keep: r.Duration("TOKEN_TTL", 24*time.Hour, time.Minute, 366*24*time.Hour),
	}
}

func openBatch(p *bootstrap.Platform) (func(context.Context, BatchEvent) (Started, error), error) {
	r := p.Settings
	b := &batch{
		platform: p, api: sagemaker.NewFromConfig(p.AWS), tokens: openTokens(p),
		settings: batchSettings{
			output: r.Bucket("OUTPUT_BUCKET"), model: r.Text("MODEL_NAME"), jobPrefix: r.Text("JOB_PREFIX"), key: r.TextOr("KEY_ARN", ""),
			instance:  types.TransformInstanceType(r.TextOr("INSTANCE_TYPE", "ml.m5.xlarge")),
			instances: r.Int("INSTANCE_COUNT", 1, 1, 100), payload: r.Int("MAX_PAYLOAD_MB", 100, 1, 100),
			timeout: r.Duration("INVOCATION_TIMEOUT", 10*time.Minute, time.Second, time.Hour),
		},
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return b.start, checkJobPrefix(b.settings.jobPrefix)
}

// checkJobPrefix checks what begins the names of the jobs of a stack.
func checkJobPrefix(prefix string) error {
	if len(prefix) > maxJobPrefix || !jobPrefixForm.MatchString(prefix) {
		return failure.New(failure.Configuration, "environment: JOB_PREFIX: want at most %d letters, digits and hyphens, with one hyphen at the end", maxJobPrefix)
	}
	return nil
}

// start stores the task and then starts the job, so that the job's end finds it. A
// job that cannot be started leaves no record. A call that is made again starts no
// second job: its name is that of the first.
func (b *batch) start(ctx context.Context, e BatchEvent) (Started, error) {
	if err := checkRun(e.Run); err != nil {
		return Started{}, err
	}
	if e.Token.empty() || !strings.HasPrefix(e.Manifest, "s3://") {
		return Started{}, failure.New(failure.InvalidInput, "event: want task_token, and a manifest_uri that begins with s3://")
	}
	w := waiting{ID: waitingID(e.Run, e.Token), Token: e.Token, Run: e.Run, Prefix: inferencePrefix(e.Run)}
	w.Job = b.settings.jobPrefix + w.ID
	if err := b.tokens.add(ctx, w); err != nil {
		return Started{}, err
	}
	if err := b.create(ctx, w, e.Manifest); err != nil {
		return Started{}, errors.Join(failure.Wrap(err, "job %s", w.Job), b.forget(ctx, w.ID))
	}
	b.platform.Log.InfoContext(ctx, "job started", "job", w.Job, "run", w.Run)
	return Started{Path: route.BatchTransform, Job: w.Job, Prefix: w.Prefix}, nil
}

// forgetTime is how long the end of a failed call may take.
const forgetTime = 5 * time.Second

// forget deletes a record, also after the deadline of the call.
func (b *batch) forget(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), forgetTime)
	defer cancel()
	return failure.Wrap(b.tokens.drop(ctx, id), "a record is left behind")
}

func (b *batch) create(ctx context.Context, w waiting, manifest string) error {
	s := b.settings
	key := aws.String(s.key)
	if s.key == "" {
		key = nil
	}
	_, err := b.api.CreateTransformJob(ctx, &sagemaker.CreateTransformJobInput{
		TransformJobName: &w.Job, ModelName: &s.model,
		BatchStrategy: types.BatchStrategySingleRecord, MaxPayloadInMB: aws.Int32(int32(s.payload)), MaxConcurrentTransforms: aws.Int32(1),
		ModelClientConfig: &types.ModelClientConfig{InvocationsTimeoutInSeconds: aws.Int32(int32(s.timeout.Seconds())), InvocationsMaxRetries: aws.Int32(1)},
		TransformInput: &types.TransformInput{
			DataSource:  &types.TransformDataSource{S3DataSource: &types.TransformS3DataSource{S3DataType: types.S3DataTypeManifestFile, S3Uri: &manifest}},
			ContentType: aws.String(contentType), SplitType: types.SplitTypeNone,
		},
		TransformOutput:    &types.TransformOutput{S3OutputPath: aws.String("s3://" + s.output + "/" + w.Prefix), Accept: aws.String(accept), KmsKeyId: key},
		TransformResources: &types.TransformResources{InstanceType: s.instance, InstanceCount: aws.Int32(int32(s.instances)), VolumeKmsKeyId: key},
		Tags: []types.Tag{
			{Key: aws.String("UseCase"), Value: aws.String("autonomous-driving")}, {Key: aws.String("Run"), Value: &w.Run}, {Key: aws.String("CorrelationId"), Value: &w.ID},
		},
	})
	var used *types.ResourceInUse
	if errors.As(err, &used) {
		return nil // an earlier call has started it
	}
	return err
}
