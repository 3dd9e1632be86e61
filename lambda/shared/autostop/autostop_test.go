package autostop_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwschemas "github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
	"github.com/aws/smithy-go/transport/http/protocol/awsquery"

	"github.com/fsxns3ap/guardhook/internal/awstest"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/telemetry"
	"github.com/fsxns3ap/guardhook/lambda/shared/autostop"
)

// server is moto, started once.
var server *awstest.Server

func TestMain(m *testing.M) {
	var err error
	if server, err = awstest.Start(); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// world is an account with endpoints, and the function two hours after they were
// made.
type world struct {
	*autostop.Function
	account   *awstest.Account
	sagemaker *sagemaker.Client
	metrics   *cloudwatch.Client
	lines     bytes.Buffer
}

func newWorld(t *testing.T, s autostop.Settings) *world {
	t.Helper()
	account := server.Account(t)
	who := credentials.NewStaticCredentialsProvider("test", "test", "")
	w := &world{
		account:   account,
		sagemaker: sagemaker.New(sagemaker.Options{BaseEndpoint: &account.URL, Region: awstest.Region, Credentials: who, RetryMaxAttempts: 1}),
		metrics: cloudwatch.New(cloudwatch.Options{BaseEndpoint: &account.URL, Region: awstest.Region, Credentials: who, RetryMaxAttempts: 1}, func(o *cloudwatch.Options) {
			o.Protocol = awsquery.New(cwschemas.GraniteServiceVersion20100801) // that of moto
		}),
	}
	now := time.Now().Add(2 * time.Hour).Truncate(time.Minute)
	w.Function = &autostop.Function{
		Settings: s, SageMaker: w.sagemaker, Calls: autostop.Calls{CloudWatch: w.metrics},
		Log: slog.New(slog.NewJSONHandler(io.Discard, nil)), Now: func() time.Time { return now },
	}
	w.Metrics = telemetry.NewMetrics(&w.lines, w.Now)
	return w
}

var settings = autostop.Settings{Project: "p", Action: autostop.ScaleDown, Idle: time.Hour}

// with returns the settings with a change.
func with(change func(*autostop.Settings)) autostop.Settings {
	s := settings
	change(&s)
	return s
}

func variant(name string, instances int32) types.ProductionVariant {
	return types.ProductionVariant{
		VariantName: &name, ModelName: aws.String("model"), InstanceType: types.ProductionVariantInstanceTypeMlM5Large,
		InitialInstanceCount: &instances, InitialVariantWeight: aws.Float32(1),
	}
}

// endpoint makes one of the project.
func (w *world) endpoint(t *testing.T, name string, tags map[string]string, variants ...types.ProductionVariant) {
	t.Helper()
	ctx := context.Background()
	_, err := w.sagemaker.CreateModel(ctx, &sagemaker.CreateModelInput{
		ModelName: aws.String("model"), ExecutionRoleArn: aws.String("arn:aws:iam::123456789012:role/r"),
		PrimaryContainer: &types.ContainerDefinition{Image: aws.String("image")},
	})
	if err != nil && !strings.Contains(err.Error(), "already existing") {
		t.Fatal(err)
	}
	if _, err := w.sagemaker.CreateEndpointConfig(ctx, &sagemaker.CreateEndpointConfigInput{EndpointConfigName: &name, ProductionVariants: variants}); err != nil {
		t.Fatal(err)
	}
	in := &sagemaker.CreateEndpointInput{EndpointName: &name, EndpointConfigName: &name, Tags: []types.Tag{{Key: aws.String("Project"), Value: aws.String("p")}}}
	for key, value := range tags {
		in.Tags = slices.DeleteFunc(in.Tags, func(tag types.Tag) bool { return *tag.Key == key })
		in.Tags = append(in.Tags, types.Tag{Key: &key, Value: &value})
	}
	if _, err := w.sagemaker.CreateEndpoint(ctx, in); err != nil {
		t.Fatal(err)
	}
}

// called notes calls of a variant, some time ago.
func (w *world) called(t *testing.T, endpoint, variant string, ago time.Duration) {
	t.Helper()
	_, err := w.metrics.PutMetricData(context.Background(), &cloudwatch.PutMetricDataInput{
		Namespace: aws.String("AWS/SageMaker"),
		MetricData: []cwtypes.MetricDatum{{
			MetricName: aws.String("Invocations"), Value: aws.Float64(3), Timestamp: aws.Time(w.Now().Add(-ago)),
			Dimensions: []cwtypes.Dimension{{Name: aws.String("EndpointName"), Value: &endpoint}, {Name: aws.String("VariantName"), Value: &variant}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// instances are the counts of an endpoint's variants, or nil if it is gone.
func (w *world) instances(t *testing.T, endpoint string) []int32 {
	t.Helper()
	out, err := w.sagemaker.DescribeEndpoint(context.Background(), &sagemaker.DescribeEndpointInput{EndpointName: &endpoint})
	if err != nil {
		if !strings.Contains(err.Error(), "Could not find") {
			t.Fatal(err)
		}
		return nil
	}
	var counts []int32
	for _, v := range out.ProductionVariants {
		counts = append(counts, aws.ToInt32(v.CurrentInstanceCount))
	}
	return counts
}

func TestHandle(t *testing.T) {
	t.Parallel()
	serverless := types.ProductionVariant{
		VariantName: aws.String("a"), ModelName: aws.String("model"), InitialVariantWeight: aws.Float32(1),
		ServerlessConfig: &types.ProductionVariantServerlessConfig{MaxConcurrency: aws.Int32(1), MemorySizeInMB: aws.Int32(1024)},
	}
	managed := variant("a", 3)
	managed.ManagedInstanceScaling = &types.ProductionVariantManagedInstanceScaling{Status: types.ManagedInstanceScalingStatusEnabled}
	dry := with(func(s *autostop.Settings) { s.DryRun = true })
	deletes := with(func(s *autostop.Settings) { s.Action = autostop.Delete })
	young := with(func(s *autostop.Settings) { s.Idle = 4 * time.Hour })
	for name, c := range map[string]struct {
		settings autostop.Settings
		tags     map[string]string
		variants []types.ProductionVariant
		called   string        // the variant that is
		ago      time.Duration // when
		checked  int
		idle     int32   // instances that are reported
		left     []int32 // instances that there are
	}{
		"idle":                     {settings: settings, variants: []types.ProductionVariant{variant("a", 3)}, checked: 1, idle: 2, left: []int32{1}},
		"two variants":             {settings: settings, variants: []types.ProductionVariant{variant("a", 3), variant("b", 1)}, checked: 1, idle: 2, left: []int32{1, 1}},
		"deleted":                  {settings: deletes, variants: []types.ProductionVariant{variant("a", 1), variant("b", 2)}, checked: 1, idle: 3},
		"called":                   {settings: settings, variants: []types.ProductionVariant{variant("a", 3)}, called: "a", ago: 30 * time.Minute, checked: 1, left: []int32{3}},
		"second variant called":    {settings: settings, variants: []types.ProductionVariant{variant("a", 3), variant("b", 1)}, called: "b", ago: time.Minute, checked: 1, left: []int32{3, 1}},
		"called long ago":          {settings: settings, variants: []types.ProductionVariant{variant("a", 3)}, called: "a", ago: 90 * time.Minute, checked: 1, idle: 2, left: []int32{1}},
		"one instance":             {settings: settings, variants: []types.ProductionVariant{variant("a", 1)}, checked: 1, left: []int32{1}},
		"dry":                      {settings: dry, variants: []types.ProductionVariant{variant("a", 3)}, checked: 1, idle: 2, left: []int32{3}},
		"new":                      {settings: young, variants: []types.ProductionVariant{variant("a", 3)}, checked: 1, left: []int32{3}},
		"of another project":       {settings: settings, tags: map[string]string{"Project": "p2"}, variants: []types.ProductionVariant{variant("a", 3)}, left: []int32{3}},
		"protected":                {settings: deletes, tags: map[string]string{"DoNotAutoStop": "TRUE"}, variants: []types.ProductionVariant{variant("a", 3)}, checked: 1, left: []int32{3}},
		"not protected after all":  {settings: settings, tags: map[string]string{"DoNotAutoStop": "false"}, variants: []types.ProductionVariant{variant("a", 3)}, checked: 1, idle: 2, left: []int32{1}},
		"serverless":               {settings: deletes, variants: []types.ProductionVariant{serverless}, checked: 1, left: []int32{0}},
		"instances of SageMaker's": {settings: deletes, variants: []types.ProductionVariant{managed}, checked: 1, left: []int32{3}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.settings)
			w.endpoint(t, "e", c.tags, c.variants...)
			if c.called != "" {
				w.called(t, "e", c.called, c.ago)
			}
			report, err := w.Handle(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			want := []autostop.Idle{}
			if c.idle > 0 {
				want = append(want, autostop.Idle{Endpoint: "e", Instances: c.idle})
			}
			if report.Checked != c.checked || report.DryRun != c.settings.DryRun || !slices.Equal(report.Idle, want) {
				t.Errorf("%+v, want %d checked, %v", report, c.checked, want)
			}
			if got := w.instances(t, "e"); !slices.Equal(got, c.left) {
				t.Errorf("%v instances, want %v", got, c.left)
			}
		})
	}
}

// kinds changes what SageMaker says of an endpoint to what moto has not.
type kinds struct {
	autostop.SageMaker
	change func(*sagemaker.DescribeEndpointConfigOutput)
}

func (k kinds) DescribeEndpointConfig(ctx context.Context, in *sagemaker.DescribeEndpointConfigInput, o ...func(*sagemaker.Options)) (*sagemaker.DescribeEndpointConfigOutput, error) {
	out, err := k.SageMaker.DescribeEndpointConfig(ctx, in, o...)
	if err == nil {
		k.change(out)
	}
	return out, err
}

// TestKinds: endpoints whose variants have no calls of their own are no idle ones.
func TestKinds(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*sagemaker.DescribeEndpointConfigOutput){
		"inference components": func(o *sagemaker.DescribeEndpointConfigOutput) { o.ProductionVariants[0].ModelName = nil },
		"asynchronous": func(o *sagemaker.DescribeEndpointConfigOutput) {
			o.AsyncInferenceConfig = &types.AsyncInferenceConfig{OutputConfig: &types.AsyncInferenceOutputConfig{}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, with(func(s *autostop.Settings) { s.Action = autostop.Delete }))
			w.endpoint(t, "e", nil, variant("a", 2))
			w.SageMaker = kinds{w.sagemaker, change}
			report, err := w.Handle(context.Background())
			if err != nil || len(report.Idle) > 0 || !slices.Equal(w.instances(t, "e"), []int32{2}) {
				t.Errorf("%+v, %v", report, err)
			}
		})
	}
}

// TestFailures: whatever cannot be read or done fails the run, stops nothing, and
// keeps no other endpoint from being stopped.
func TestFailures(t *testing.T) {
	t.Parallel()
	// The calls for the first endpoint, after ListEndpoints.
	for number, call := range []string{"ListEndpoints", "ListTags", "DescribeEndpoint", "DescribeEndpointConfig", "GetMetricData", "UpdateEndpointWeightsAndCapacities"} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings)
			w.endpoint(t, "e1", nil, variant("a", 3))
			w.endpoint(t, "e2", nil, variant("a", 3))
			w.account.Fail(number, awstest.Denied())
			report, err := w.Handle(context.Background())
			if calls := w.account.Calls(); len(calls) <= number || calls[number] != call {
				t.Fatalf("calls %v", calls)
			}
			if failure.Of(err) != failure.AccessDenied || !strings.Contains(err.Error(), call) {
				t.Errorf("%v", err)
			}
			stopped := 1
			if number == 0 {
				stopped = 0
			}
			if len(report.Idle) != stopped {
				t.Errorf("%+v, want %d stopped", report, stopped)
			}
			total := w.instances(t, "e1")[0] + w.instances(t, "e2")[0]
			if want := int32(6 - 2*stopped); total != want {
				t.Errorf("%d instances, want %d", total, want)
			}
		})
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	w := newWorld(t, with(func(s *autostop.Settings) { s.DryRun = true }))
	w.endpoint(t, "e1", nil, variant("a", 3))
	w.endpoint(t, "e2", nil, variant("a", 1))
	if _, err := w.Handle(context.Background()); err != nil {
		t.Fatal(err)
	}
	var line map[string]any
	if err := json.Unmarshal(w.lines.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{"EndpointsChecked": 2.0, "EndpointsIdle": 1.0, "InstancesIdle": 2.0, "EndpointsFailed": 0.0, "DryRun": true} {
		if line[name] != want {
			t.Errorf("%s is %v, want %v", name, line[name], want)
		}
	}
}

// answers are answers of CloudWatch, one a page.
type answers []*cloudwatch.GetMetricDataOutput

func (a *answers) GetMetricData(context.Context, *cloudwatch.GetMetricDataInput, ...func(*cloudwatch.Options)) (*cloudwatch.GetMetricDataOutput, error) {
	first := (*a)[0]
	*a = (*a)[1:]
	return first, nil
}

func page(next *string, status cwtypes.StatusCode, values ...float64) *cloudwatch.GetMetricDataOutput {
	return &cloudwatch.GetMetricDataOutput{NextToken: next, MetricDataResults: []cwtypes.MetricDataResult{{Label: aws.String("Invocations"), StatusCode: status, Values: values}}}
}

// TestSum: all pages count, and an answer that is not complete is none.
func TestSum(t *testing.T) {
	t.Parallel()
	from := time.Unix(0, 0)
	two := &answers{page(aws.String("more"), cwtypes.StatusCodePartialData), page(nil, cwtypes.StatusCodeComplete, 2, 3)}
	if got, err := (autostop.Calls{CloudWatch: two}).Sum(context.Background(), "e", []string{"a"}, from, from.Add(time.Hour)); got != 5 || err != nil {
		t.Errorf("%v, %v; want 5", got, err)
	}
	for _, status := range []cwtypes.StatusCode{cwtypes.StatusCodeInternalError, cwtypes.StatusCodeForbidden} {
		one := &answers{page(nil, status)}
		if _, err := (autostop.Calls{CloudWatch: one}).Sum(context.Background(), "e", []string{"a"}, from, from.Add(time.Hour)); failure.Of(err) != failure.Unavailable {
			t.Errorf("%s: %v", status, err)
		}
	}
}

func TestNewSettings(t *testing.T) {
	t.Parallel()
	got, err := autostop.NewSettings([]string{"PROJECT=p"})
	if want := (autostop.Settings{Project: "p", Action: autostop.ScaleDown, DryRun: true, Idle: time.Hour}); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	_, err = autostop.NewSettings([]string{"ACTION=drop", "DRY_RUN=no", "IDLE_MINUTES=1"})
	for _, name := range []string{"PROJECT", "ACTION", "DRY_RUN", "IDLE_MINUTES"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not refused: %v", name, err)
		}
	}
}
