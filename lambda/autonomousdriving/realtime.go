package autonomousdriving

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime/types"
	"github.com/aws/smithy-go"

	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/discovery"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/keys"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
	"github.com/fsxns3ap/guardhook/lambda/internal/route"
	"github.com/fsxns3ap/guardhook/lambda/internal/telemetry"
)

// What a cloud is to the model, and what the model answers. Jobs say the same.
const (
	contentType = "application/octet-stream"
	accept      = "application/json"
)

// SliceEvent is a slice of the list of clouds.
type SliceEvent struct {
	Run    string `json:"run"`
	Clouds string `json:"clouds_key"`
	Offset int    `json:"offset"`
	Count  int    `json:"count"`
}

// Sliced is what became of a slice.
type Sliced struct {
	Processed int `json:"processed"`
	Failed    int `json:"failed"`
	// Failures is the key of the list of failures, empty if there is none.
	Failures string `json:"failures,omitempty"`
}

// maxClouds bounds the list of clouds, in bytes: 10,000 of them, whose keys are
// escaped throughout.
const maxClouds = 10_000 * (1024*6 + 512)

// invoker asks a model for each cloud, in calls that wait for the answer.
type invoker struct {
	platform      *bootstrap.Platform
	api           *sagemakerruntime.Client
	input, output *objects.Store
	metrics       *telemetry.Metrics
	results       *results // of an A/B test; nil without one

	path                route.Path
	endpoint, component string
	parallel            int
	timeout             time.Duration // of a call
	cold                *coldStart    // nil for a path that does not start from nothing
}

// openRealtime returns the function of an endpoint, with instances or without.
func openRealtime(sleep Sleeper) func(*bootstrap.Platform) (func(context.Context, SliceEvent) (Sliced, error), error) {
	return func(p *bootstrap.Platform) (func(context.Context, SliceEvent) (Sliced, error), error) {
		kind := p.Settings.Choice("INFERENCE_TYPE", route.Provisioned, route.Serverless)
		i := openInvoker(p, kind)
		i.path = route.RealtimeEndpoint
		if kind == route.Serverless {
			i.path = route.ServerlessInference
			i.startCold(p, sleep, ServerlessColdStart, "endpoint "+i.endpoint, 200*time.Second)
		}
		if table := p.Settings.TextOr("AB_TEST_TABLE", ""); table != "" {
			i.results = openResults(p, table, i.endpoint)
		}
		return i.slice, p.Settings.Err()
	}
}

// openComponents returns the function of an inference component.
func openComponents(sleep Sleeper) func(*bootstrap.Platform) (func(context.Context, SliceEvent) (Sliced, error), error) {
	return func(p *bootstrap.Platform) (func(context.Context, SliceEvent) (Sliced, error), error) {
		i := openInvoker(p, route.Components)
		i.path, i.component = route.InferenceComponents, p.Settings.Text("INFERENCE_COMPONENT_NAME")
		i.metrics = i.metrics.With("ComponentName", i.component)
		i.startCold(p, sleep, ComponentsColdStart, "component "+i.component, 600*time.Second)
		return i.slice, p.Settings.Err()
	}
}

func openInvoker(p *bootstrap.Platform, kind string) *invoker {
	r, client := p.Settings, s3.NewFromConfig(p.AWS)
	return &invoker{
		platform: p, api: sagemakerruntime.NewFromConfig(p.AWS), metrics: p.Metrics.With("InferenceType", kind),
		input: objects.New(client, r.Bucket("S3_ACCESS_POINT")), output: objects.New(client, r.Bucket("OUTPUT_BUCKET")),
		endpoint: r.Text("ENDPOINT_NAME"), parallel: r.Int("PARALLEL", 4, 1, 32),
		timeout: r.Duration("INVOCATION_TIMEOUT", 70*time.Second, time.Second, 10*time.Minute),
	}
}

// startCold lets the function wait for a model. A budget that the function's
// deadline does not leave is cut.
func (i *invoker) startCold(p *bootstrap.Platform, sleep Sleeper, kind failure.Kind, name string, budget time.Duration) {
	i.cold = &coldStart{
		kind: kind, name: name, now: p.Now, sleep: sleep, margin: 10 * time.Second,
		budget: p.Settings.Duration("COLD_START_BUDGET", budget, 5*time.Second, 14*time.Minute),
	}
}

// slice asks the model for the clouds of a slice. What cannot be asked for, as it is,
// goes into the list of failures. A cloud whose answer is there, of an earlier call,
// is not asked for again.
func (i *invoker) slice(ctx context.Context, e SliceEvent) (Sliced, error) {
	clouds, err := i.clouds(ctx, e)
	if err != nil {
		return Sliced{}, err
	}
	failures, err := i.all(ctx, e.Run, clouds)
	if err != nil {
		return Sliced{}, err
	}
	out := Sliced{Processed: len(clouds) - len(failures), Failed: len(failures)}
	if len(failures) > 0 {
		slices.SortFunc(failures, func(a, b discovery.Failure) int { return strings.Compare(a.Key, b.Key) })
		out.Failures = fmt.Sprintf("failures/inference/%s/%06d.json", e.Run, e.Offset)
		err = i.output.WriteJSON(ctx, out.Failures, failures, objects.Condition{})
	}
	return out, errors.Join(err, i.metrics.Emit(
		map[string]any{"run": e.Run},
		telemetry.Metric{Name: "CloudsSegmented", Unit: telemetry.Count, Value: float64(out.Processed)},
		telemetry.Metric{Name: "CloudsFailed", Unit: telemetry.Count, Value: float64(out.Failed)},
	))
}

// clouds returns those of the slice.
func (i *invoker) clouds(ctx context.Context, e SliceEvent) ([]objects.Object, error) {
	if err := checkRun(e.Run); err != nil {
		return nil, err
	}
	if e.Clouds == "" || e.Offset < 0 || e.Count < 1 {
		return nil, failure.New(failure.InvalidInput, "event: want clouds_key, an offset from 0 and a count from 1")
	}
	var all []objects.Object
	if _, err := i.output.ReadJSON(ctx, e.Clouds, maxClouds, &all); err != nil {
		return nil, err
	}
	if e.Offset >= len(all) {
		return nil, failure.New(failure.InvalidInput, "event: offset %d: the list has %d clouds", e.Offset, len(all))
	}
	slice := all[e.Offset:min(len(all), e.Offset+e.Count)]
	limit := route.Payload(i.path)
	for _, o := range slice {
		if o.Size > limit {
			return nil, failure.New(failure.TooLarge, "%s: %d bytes, and a call takes %d", o.Key, o.Size, limit)
		}
	}
	return slice, nil
}

// slicing is a slice that is under way.
type slicing struct {
	run     string
	started time.Time
	// warm is set when the model has answered.
	warm atomic.Bool
}

// all asks for several clouds at once. The first failure that is not of a cloud
// ends them.
func (i *invoker) all(ctx context.Context, run string, clouds []objects.Object) ([]discovery.Failure, error) {
	s := &slicing{run: run, started: i.platform.Now()}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		wg       sync.WaitGroup
		mu       sync.Mutex
		failures []discovery.Failure
		next     = make(chan objects.Object)
	)
	for range min(i.parallel, len(clouds)) {
		wg.Go(func() {
			for o := range next {
				err := i.one(ctx, s, o)
				var its *ofCloud
				switch {
				case err == nil:
				case errors.As(err, &its):
					mu.Lock()
					failures = append(failures, discovery.Failure{Key: o.Key, Kind: failure.Of(err), Reason: err.Error()})
					mu.Unlock()
				default:
					cancel(failure.Wrap(err, "%s", o.Key))
				}
			}
		})
	}
	for _, o := range clouds {
		select {
		case next <- o:
		case <-ctx.Done():
		}
	}
	close(next)
	wg.Wait()
	return failures, context.Cause(ctx)
}

// ofCloud is a failure of one cloud.
type ofCloud struct{ error }

func (e *ofCloud) Unwrap() error { return e.error }

// one asks for one cloud, and writes the answer.
func (i *invoker) one(ctx context.Context, s *slicing, o objects.Object) error {
	key := keys.Output(inferencePrefix(s.run), o.Key, ".out")
	_, err := i.output.Stat(ctx, key)
	if failure.Of(err) != failure.NotFound {
		return err // it is there, or nobody knows
	}
	content, _, err := i.input.Read(ctx, o.Key, o.ETag, route.Payload(i.path))
	switch failure.Of(err) {
	case failure.NotFound, failure.Conflict, failure.TooLarge: // deleted or changed since it was checked
		return &ofCloud{err}
	}
	if err != nil {
		return err
	}
	answer, err := i.ask(ctx, s, content)
	if told := i.note(ctx, s.run, o, answer, err); told != nil {
		return told
	}
	if err != nil {
		return err
	}
	return i.output.Write(ctx, key, accept, answer.body, objects.Condition{})
}

// answer is what a model said.
type answer struct {
	body    []byte
	variant string
	latency time.Duration // of the call that was answered, or of the last one
	waits   int           // for the model to become ready
	asked   bool          // a call has reached the model
}

// ask calls the model until it is ready, or once.
func (i *invoker) ask(ctx context.Context, s *slicing, content []byte) (a answer, err error) {
	call := func(try context.Context) (ready bool, err error) {
		a, err = i.call(try, content)
		if err == nil {
			s.warm.Store(true)
		}
		return i.cold == nil || ctx.Err() != nil || !notReady(err, s.warm.Load()), err
	}
	if i.cold == nil {
		_, err = call(ctx)
		return a, err
	}
	waits, err := i.cold.do(ctx, s.started, call)
	a.waits = waits
	return a, err
}

// call calls the model once.
func (i *invoker) call(ctx context.Context, content []byte) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, i.timeout)
	defer cancel()
	in := &sagemakerruntime.InvokeEndpointInput{EndpointName: &i.endpoint, Body: content, ContentType: aws.String(contentType), Accept: aws.String(accept)}
	if i.component != "" {
		in.InferenceComponentName = &i.component
	}
	before := i.platform.Now()
	out, err := i.api.InvokeEndpoint(ctx, in)
	a := answer{latency: i.platform.Now().Sub(before), variant: unknownVariant, asked: true}
	if err != nil {
		var refused *types.ModelError
		if errors.As(err, &refused) {
			a.variant = variantOf(aws.ToString(refused.LogStreamArn))
		}
		return a, explain(err)
	}
	a.body = out.Body
	if v := aws.ToString(out.InvokedProductionVariant); v != "" {
		a.variant = v
	}
	return a, nil
}

// explain gives an error of the model its kind. What the model refuses is the
// cloud's; an endpoint that is not there is a setting's.
func explain(err error) error {
	var refused *types.ModelError
	var api smithy.APIError
	switch {
	case errors.As(err, &refused):
		if status := aws.ToInt32(refused.OriginalStatusCode); status >= 400 && status < 500 && status != 408 && status != 429 {
			return &ofCloud{failure.New(failure.InvalidInput, "the model refuses it with status %d", status)}
		}
		return failure.New(failure.Unavailable, "the model fails with status %d", aws.ToInt32(refused.OriginalStatusCode))
	case noCapacity(err):
		return failure.New(failure.Unavailable, "%w", err)
	case errors.As(err, &api) && api.ErrorCode() == validationError:
		return failure.New(failure.Configuration, "%w", err)
	}
	return err
}

// The code of an error of SageMaker's runtime that says many things.
const validationError = "ValidationError"

// noCapacity says whether a component has no copy, which its error does not tell
// by a code.
func noCapacity(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != validationError {
		return false
	}
	text := strings.ToLower(api.ErrorMessage())
	return slices.ContainsFunc([]string{"no capacity", "not ready", "no instance"}, func(part string) bool { return strings.Contains(text, part) })
}

// notReady says whether a model has not started yet: it says so, or has never
// answered and does not in time.
func notReady(err error, warm bool) bool {
	var starting *types.ModelNotReadyException
	return errors.As(err, &starting) || noCapacity(err) || !warm && failure.Of(err) == failure.Timeout
}

// note tells of a call: metrics, and a result of an A/B test.
func (i *invoker) note(ctx context.Context, run string, o objects.Object, a answer, err error) error {
	failed := 0.0
	if err != nil {
		failed = 1
	}
	values := []telemetry.Metric{
		{Name: "InvokeLatency", Unit: telemetry.Milliseconds, Value: float64(a.latency.Microseconds()) / 1000},
		{Name: "PayloadSize", Unit: telemetry.Bytes, Value: float64(o.Size)},
		{Name: "InferenceSuccess", Unit: telemetry.Count, Value: 1 - failed},
	}
	if i.cold != nil {
		values = append(values, telemetry.Metric{Name: "ColdStartWaits", Unit: telemetry.Count, Value: float64(a.waits)})
	}
	told := i.metrics.Emit(map[string]any{"run": run, "key": o.Key}, values...)
	if i.results == nil || !a.asked {
		return told
	}
	return errors.Join(told, i.results.add(ctx, result{
		Variant: a.variant, Latency: a.latency, Failed: err != nil, Run: run, Key: o.Key,
	}))
}
