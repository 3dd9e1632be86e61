// Program shared is the bootstrap of the functions in templates/shared. The
// Handler of a function says which of them it is.
package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/telemetry"
	"github.com/fsxns3ap/guardhook/lambda/shared/autostop"
)

func main() {
	p := program{handler: os.Getenv("_HANDLER"), environ: os.Environ(), stdout: os.Stdout, now: time.Now}
	handler, err := p.open(context.Background())
	if err != nil {
		telemetry.NewLogger(os.Stdout).Error("the function does not start", "reason", err.Error())
		os.Exit(1)
	}
	lambda.Start(handler)
}

// program is what a function gets from its surroundings. Every field is needed.
type program struct {
	handler string
	environ []string // in the form of os.Environ
	stdout  io.Writer
	now     func() time.Time
}

// functions are the functions by their Handler. Each returns a handler as
// lambda.Start takes it.
func functions() map[string]func(*program, aws.Config) (any, error) {
	return map[string]func(*program, aws.Config) (any, error){"auto-stop": (*program).autoStop}
}

// open makes the handler of the function that the program is.
func (p *program) open(ctx context.Context) (any, error) {
	all := functions()
	open, ok := all[p.handler]
	if !ok {
		return nil, failure.New(failure.Configuration, "handler %q: want one of %s", p.handler, strings.Join(slices.Sorted(maps.Keys(all)), ", "))
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("configuration of the SDK: %w", err)
	}
	return open(p, cfg)
}

func (p *program) autoStop(cfg aws.Config) (any, error) {
	settings, err := autostop.NewSettings(p.environ)
	if err != nil {
		return nil, err
	}
	out := telemetry.Lines(p.stdout)
	f := &autostop.Function{
		Settings: settings, SageMaker: sagemaker.NewFromConfig(cfg), Calls: autostop.Calls{CloudWatch: cloudwatch.NewFromConfig(cfg)},
		Log: telemetry.NewLogger(out), Metrics: telemetry.NewMetrics(out, p.now).With("FunctionName", p.handler), Now: p.now,
	}
	return f.Handle, nil
}
