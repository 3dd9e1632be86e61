// Package autostop stops SageMaker endpoints that nobody calls.
//
// It promises to look at every endpoint of the project, also after one that
// fails, and to leave alone what it is not sure of: an endpoint whose tags,
// settings or metrics cannot be read is not stopped, and fails the run. It does
// not start anything again.
package autostop

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"

	"github.com/fsxns3ap/guardhook/lambda/internal/config"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/telemetry"
)

// The values of ACTION.
const (
	// ScaleDown leaves one instance a variant.
	ScaleDown = "scale-down"
	// Delete deletes the endpoint; its configuration stays.
	Delete = "delete"
)

// Tags of endpoints.
const (
	projectTag   = "Project"
	protectedTag = "DoNotAutoStop"
)

// Settings are those of templates/shared/auto-stop.yaml.
type Settings struct {
	Project string
	Action  string
	DryRun  bool
	Idle    time.Duration
}

// NewSettings reads an environment in the form of os.Environ. A run that is not
// told otherwise is dry.
func NewSettings(environ []string) (Settings, error) {
	r := config.NewReader(environ)
	s := Settings{
		Project: r.Text("PROJECT"),
		Action:  r.Choice("ACTION", ScaleDown, Delete),
		DryRun:  r.Bool("DRY_RUN", true),
		Idle:    time.Duration(r.Int("IDLE_MINUTES", 60, 15, 1440)) * time.Minute,
	}
	return s, r.Err()
}

// SageMaker is what is used of sagemaker.Client.
type SageMaker interface {
	sagemaker.ListEndpointsAPIClient
	sagemaker.ListTagsAPIClient
	sagemaker.DescribeEndpointAPIClient
	DescribeEndpointConfig(context.Context, *sagemaker.DescribeEndpointConfigInput, ...func(*sagemaker.Options)) (*sagemaker.DescribeEndpointConfigOutput, error)
	UpdateEndpointWeightsAndCapacities(context.Context, *sagemaker.UpdateEndpointWeightsAndCapacitiesInput, ...func(*sagemaker.Options)) (*sagemaker.UpdateEndpointWeightsAndCapacitiesOutput, error)
	DeleteEndpoint(context.Context, *sagemaker.DeleteEndpointInput, ...func(*sagemaker.Options)) (*sagemaker.DeleteEndpointOutput, error)
}

// Function is the Lambda function. All fields are needed.
type Function struct {
	Settings
	SageMaker SageMaker
	Calls     Calls
	Log       *slog.Logger
	Metrics   *telemetry.Metrics
	Now       func() time.Time
}

// Report is what a run did.
type Report struct {
	DryRun bool `json:"dry_run"`
	// Checked counts the endpoints of the project that are in service.
	Checked int    `json:"endpoints_checked"`
	Idle    []Idle `json:"idle_endpoints"`
}

// Idle is an endpoint that was stopped, or would be without DryRun.
type Idle struct {
	Endpoint string `json:"endpoint"`
	// Instances is how many instances fewer there are.
	Instances int32 `json:"instances"`
}

// Handle looks at every endpoint. The error joins those of all endpoints; the
// others are dealt with nevertheless.
func (f *Function) Handle(ctx context.Context) (Report, error) {
	report := Report{DryRun: f.DryRun, Idle: []Idle{}}
	var failures []error
	pages := sagemaker.NewListEndpointsPaginator(f.SageMaker, &sagemaker.ListEndpointsInput{StatusEquals: types.EndpointStatusInService})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			failures = append(failures, failure.Wrap(err, "endpoints"))
			break
		}
		for _, e := range page.Endpoints {
			if err := f.one(ctx, &report, e); err != nil {
				failures = append(failures, failure.Wrap(err, "endpoint %s", aws.ToString(e.EndpointName)))
			}
		}
	}
	failures = append(failures, f.tell(report, len(failures)))
	return report, errors.Join(failures...)
}

// tell writes the metrics of a run.
func (f *Function) tell(report Report, failed int) error {
	var instances int32
	for _, idle := range report.Idle {
		instances += idle.Instances
	}
	return f.Metrics.Emit(map[string]any{"DryRun": report.DryRun},
		telemetry.Metric{Name: "EndpointsChecked", Unit: telemetry.Count, Value: float64(report.Checked)},
		telemetry.Metric{Name: "EndpointsIdle", Unit: telemetry.Count, Value: float64(len(report.Idle))},
		telemetry.Metric{Name: "InstancesIdle", Unit: telemetry.Count, Value: float64(instances)},
		telemetry.Metric{Name: "EndpointsFailed", Unit: telemetry.Count, Value: float64(failed)})
}

// one deals with one endpoint.
func (f *Function) one(ctx context.Context, report *Report, summary types.EndpointSummary) error {
	tags, err := f.tags(ctx, summary.EndpointArn)
	if err != nil || tags[projectTag] != f.Project {
		return err
	}
	report.Checked++
	if strings.EqualFold(tags[protectedTag], "true") {
		f.leave(ctx, summary, "it is protected")
		return nil
	}
	endpoint, err := f.SageMaker.DescribeEndpoint(ctx, &sagemaker.DescribeEndpointInput{EndpointName: summary.EndpointName})
	if err != nil {
		return err
	}
	reason, err := f.busy(ctx, endpoint)
	if err != nil {
		return err
	}
	if reason != "" {
		f.leave(ctx, summary, reason)
		return nil
	}
	idle := Idle{Endpoint: aws.ToString(endpoint.EndpointName), Instances: f.saved(endpoint)}
	if !f.DryRun {
		if err := f.stop(ctx, endpoint); err != nil {
			return err
		}
	}
	f.Log.InfoContext(ctx, "an endpoint is idle", "endpoint", idle.Endpoint, "instances", idle.Instances, "action", f.Action, "dry_run", f.DryRun)
	report.Idle = append(report.Idle, idle)
	return nil
}

func (f *Function) leave(ctx context.Context, e types.EndpointSummary, reason string) {
	f.Log.InfoContext(ctx, "an endpoint is left alone", "endpoint", aws.ToString(e.EndpointName), "reason", reason)
}

func (f *Function) tags(ctx context.Context, arn *string) (map[string]string, error) {
	out := map[string]string{}
	pages := sagemaker.NewListTagsPaginator(f.SageMaker, &sagemaker.ListTagsInput{ResourceArn: arn})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, tag := range page.Tags {
			out[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
		}
	}
	return out, nil
}

// busy says why an endpoint is not stopped, or nothing.
func (f *Function) busy(ctx context.Context, e *sagemaker.DescribeEndpointOutput) (string, error) {
	now := f.Now()
	// Also one that was scaled: its instances have not had the time to be idle.
	if changed := latest(e.CreationTime, e.LastModifiedTime); now.Sub(changed) < f.Idle {
		return "it is new, or was changed", nil
	}
	settings, err := f.SageMaker.DescribeEndpointConfig(ctx, &sagemaker.DescribeEndpointConfigInput{EndpointConfigName: e.EndpointConfigName})
	if err != nil {
		return "", err
	}
	if reason := scalesItself(settings); reason != "" {
		return reason, nil
	}
	if f.saved(e) == 0 {
		return "it has the fewest instances", nil
	}
	var variants []string
	for _, v := range e.ProductionVariants {
		variants = append(variants, aws.ToString(v.VariantName))
	}
	calls, err := f.Calls.Sum(ctx, aws.ToString(e.EndpointName), variants, now.Add(-f.Idle), now)
	if err != nil {
		return "", err
	}
	if calls > 0 {
		return "it is called", nil
	}
	return "", nil
}

// scalesItself names a kind of endpoint whose idleness neither costs what its
// instances say, nor shows in the calls of its variants.
func scalesItself(c *sagemaker.DescribeEndpointConfigOutput) string {
	if c.AsyncInferenceConfig != nil {
		return "it takes requests from a queue"
	}
	for _, v := range c.ProductionVariants {
		switch {
		case v.ServerlessConfig != nil:
			return "it is serverless"
		case v.ManagedInstanceScaling != nil && v.ManagedInstanceScaling.Status == types.ManagedInstanceScalingStatusEnabled:
			return "SageMaker scales its instances"
		case aws.ToString(v.ModelName) == "":
			return "it hosts inference components"
		}
	}
	return ""
}

// saved counts the instances that stopping takes away.
func (f *Function) saved(e *sagemaker.DescribeEndpointOutput) int32 {
	var n int32
	for _, v := range e.ProductionVariants {
		count := aws.ToInt32(v.CurrentInstanceCount)
		if f.Action == ScaleDown {
			count = max(0, count-1)
		}
		n += count
	}
	return n
}

func (f *Function) stop(ctx context.Context, e *sagemaker.DescribeEndpointOutput) error {
	if f.Action == Delete {
		_, err := f.SageMaker.DeleteEndpoint(ctx, &sagemaker.DeleteEndpointInput{EndpointName: e.EndpointName})
		return err
	}
	var wanted []types.DesiredWeightAndCapacity
	for _, v := range e.ProductionVariants {
		if aws.ToInt32(v.CurrentInstanceCount) > 1 {
			wanted = append(wanted, types.DesiredWeightAndCapacity{VariantName: v.VariantName, DesiredInstanceCount: aws.Int32(1)})
		}
	}
	_, err := f.SageMaker.UpdateEndpointWeightsAndCapacities(ctx, &sagemaker.UpdateEndpointWeightsAndCapacitiesInput{
		EndpointName: e.EndpointName, DesiredWeightsAndCapacities: wanted,
	})
	return err
}

// latest is the last of the times that are known.
func latest(times ...*time.Time) time.Time {
	var known []time.Time
	for _, t := range times {
		known = append(known, aws.ToTime(t))
	}
	return slices.MaxFunc(known, time.Time.Compare)
}
