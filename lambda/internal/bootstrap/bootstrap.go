// Package bootstrap runs the functions of a use case on Lambda's runtimes without
// a language: one program has them all, and the Handler property of a function
// chooses one.
//
// It promises that a handler that fails makes a call that fails, with the kind of
// the failure as its errorType; that what a handler returns fits into the state of
// a workflow; and that a handler hears of its deadline before Lambda ends it. It
// knows nothing of what handlers do.
package bootstrap

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"

	"github.com/fsxns3ap/guardhook/lambda/internal/config"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/telemetry"
)

// Platform is what every function has.
type Platform struct {
	Settings *config.Reader
	AWS      aws.Config
	Log      *slog.Logger
	// Metrics have the dimensions UseCase and FunctionName.
	Metrics *telemetry.Metrics
	Trace   *telemetry.Tracer
	Now     func() time.Time
}

// Handler answers events. It serves one call after the other.
type Handler func(ctx context.Context, event []byte) ([]byte, error)

// Open makes a handler when a sandbox starts: it reads settings and makes clients,
// and calls nobody.
type Open func(*Platform) (Handler, error)

// Functions are the functions of a use case by the value of their Handler property.
type Functions map[string]Open

// MaxResponse is how long an answer is at most, in bytes. The state of a workflow,
// of which it is a part, may have 256 KiB:
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const MaxResponse = 64 << 10

// Handle returns a function whose events and answers are JSON of the given types.
// An event of another form is InvalidInput, a longer answer TooLarge.
func Handle[In, Out any](open func(*Platform) (func(context.Context, In) (Out, error), error)) Open {
	return func(p *Platform) (Handler, error) {
		handle, err := open(p)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, event []byte) ([]byte, error) {
			var in In
			if err := json.Unmarshal(event, &in); err != nil {
				return nil, failure.New(failure.InvalidInput, "event: %w", err)
			}
			out, err := handle(ctx, in)
			if err != nil {
				return nil, err
			}
			text, err := json.Marshal(out)
			if err != nil {
				return nil, failure.Wrap(err, "answer")
			}
			if len(text) > MaxResponse {
				return nil, failure.New(failure.TooLarge, "answer: %d bytes, want at most %d: pass a reference to an object", len(text), MaxResponse)
			}
			return text, nil
		}, nil
	}
}

// Main runs one of the functions until Lambda ends the program.
func Main(functions Functions) {
	lambda.Start(New(context.Background(), functions, os.Environ(), os.Stdout, time.Now))
}

// Program is one function.
type Program struct {
	platform *Platform
	name     string
	handle   Handler
	refused  error // the function could not be made
}

var _ lambda.Handler = (*Program)(nil)

// New makes the function that _HANDLER names. A function that cannot be made fails
// every call: a program that ends instead would be started again and again, and
// its workflow would not learn why.
func New(ctx context.Context, functions Functions, environ []string, out io.Writer, now func() time.Time) *Program {
	aws, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		functions = refusing(functions, failure.New(failure.Configuration, "AWS: %w", err))
	}
	return NewWith(aws, functions, environ, out, now)
}

// refusing returns functions that cannot be made.
func refusing(functions Functions, err error) Functions {
	out := Functions{}
	for name := range functions {
		out[name] = func(*Platform) (Handler, error) { return nil, err }
	}
	return out
}

// NewWith is New with a configuration of AWS.
func NewWith(aws aws.Config, functions Functions, environ []string, out io.Writer, now func() time.Time) *Program {
	settings := config.NewReader(environ)
	lines := telemetry.Lines(out)
	name := settings.TextOr("_HANDLER", "none")
	log := telemetry.NewLogger(lines).With("function", name)
	p := &Program{name: name, platform: &Platform{
		Settings: settings, AWS: aws, Log: log, Now: now,
		Metrics: telemetry.NewMetrics(lines, now).With("UseCase", settings.TextOr("USE_CASE", "unknown")).With("FunctionName", name),
		Trace:   &telemetry.Tracer{Daemon: settings.TextOr("AWS_XRAY_DAEMON_ADDRESS", ""), Log: log, Now: now},
	}}
	if p.handle, p.refused = p.open(functions); p.refused != nil {
		log.Error("the function cannot be made", "reason", p.refused.Error())
	}
	return p
}

func (p *Program) open(functions Functions) (Handler, error) {
	open := functions[p.name]
	if open == nil {
		names := slices.Sorted(maps.Keys(functions))
		return nil, failure.New(failure.Configuration, "the handler %s is none of this program: want one of %s", p.name, strings.Join(names, ", "))
	}
	return open(p.platform)
}

// Invoke implements lambda.Handler.
func (p *Program) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	if c, ok := lambdacontext.FromContext(ctx); ok {
		ctx = telemetry.WithRequest(ctx, c.AwsRequestID)
	}
	ctx, cancel := early(ctx)
	defer cancel()
	// The key of aws-lambda-go, which has no name for it.
	header, _ := ctx.Value("x-amzn-trace-id").(string)
	ctx = p.platform.Trace.Enter(ctx, header)
	started := p.platform.Now()
	var out []byte
	err := p.platform.Trace.Do(ctx, p.name, func(ctx context.Context) (err error) {
		out, err = p.call(ctx, event)
		return err
	})
	p.tell(ctx, p.platform.Now().Sub(started), err)
	if err != nil {
		return nil, answer(err)
	}
	return out, nil
}

// early ends a call before Lambda does, so that its failure has a name.
func early(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, deadline.Add(-min(time.Second, time.Until(deadline)/10)))
}

// call calls the handler. A panic is a failure.
func (p *Program) call(ctx context.Context, event []byte) (out []byte, err error) {
	if p.refused != nil {
		return nil, p.refused
	}
	defer func() {
		if r := recover(); r != nil {
			// The value may be anything, its type and the place may be told.
			p.platform.Log.ErrorContext(ctx, "the handler panicked", "type", fmt.Sprintf("%T", r), "stack", string(debug.Stack()))
			out, err = nil, &panicked{failure.New(failure.Internal, "the handler panicked")}
		}
	}()
	return p.handle(ctx, event)
}

// panicked is an error after which the program ends: nobody knows its state.
type panicked struct{ error }

func (p *panicked) Unwrap() error { return p.error }

// answer is a failure as Lambda reports it.
func answer(err error) error {
	_, exit := err.(*panicked)
	return messages.InvokeResponse_Error{Message: err.Error(), Type: string(failure.Of(err)), ShouldExit: exit}
}

func (p *Program) tell(ctx context.Context, took time.Duration, err error) {
	errors := 0.0
	properties := map[string]any{}
	if err != nil {
		errors, properties["errorType"] = 1, string(failure.Of(err))
		p.platform.Log.ErrorContext(ctx, "the call failed", "errorType", string(failure.Of(err)), "reason", err.Error())
	}
	if err := p.platform.Metrics.Emit(
		properties,
		telemetry.Metric{Name: "ProcessingDuration", Unit: telemetry.Milliseconds, Value: float64(took.Microseconds()) / 1000},
		telemetry.Metric{Name: "ProcessingSuccess", Unit: telemetry.Count, Value: 1 - errors},
		telemetry.Metric{Name: "ProcessingErrors", Unit: telemetry.Count, Value: errors},
	); err != nil {
		p.platform.Log.ErrorContext(ctx, "no metrics", "reason", err.Error())
	}
}
