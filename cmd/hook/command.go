package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fsxns3ap/guardhook/hook"
)

// warmTime is how long loading the policy set may delay the first call.
const warmTime = 8 * time.Second

// Command is the program. Every field must be set.
type Command struct {
	Stdout, Stderr io.Writer
	// Environ is the environment, in the form of os.Environ.
	Environ []string
	Now     func() time.Time
}

// Main runs the program and returns its exit code.
func (c *Command) Main(args []string) int {
	lines := &lineWriter{w: c.Stdout}
	if c.env("AWS_LAMBDA_RUNTIME_API") == "" {
		// Standard output is the response's.
		lines.w = c.Stderr
	}
	h := c.handler(lines)
	if c.env("AWS_LAMBDA_RUNTIME_API") != "" {
		ctx, cancel := context.WithTimeout(context.Background(), warmTime)
		h.Warm(ctx)
		cancel()
		lambda.Start(h)
		return 0
	}
	if len(args) != 1 {
		_, _ = fmt.Fprintln(c.Stderr, "usage: hook EVENT\n\nEVENT is the JSON text of a hook event. Under AWS Lambda there is no argument.")
		return 64
	}
	response, err := h.Invoke(context.Background(), []byte(args[0]))
	if err == nil {
		_, err = fmt.Fprintf(c.Stdout, "%s\n%s\n%s\n", hook.ResponseStart, response, hook.ResponseEnd)
	}
	h.Wait()
	if err != nil {
		_, _ = fmt.Fprintln(c.Stderr, "hook:", err)
		return 1
	}
	return 0
}

// handler makes the handler that logs to w: structured lines, and metrics in
// CloudWatch's embedded metric format.
func (c *Command) handler(w io.Writer) *hook.Handler {
	logger := slog.New(slog.NewJSONHandler(w, nil))
	settings, err := hook.ConfigFromEnv(c.Environ)
	if err != nil {
		logger.Error("the configuration is refused", "reason", err.Error())
		settings = hook.DefaultConfig()
	}
	clients := clients{region: c.env("AWS_REGION")}
	return hook.New(hook.Options{
		Config: settings, ConfigErr: err, Region: c.env("AWS_REGION"), Log: logger, Now: c.Now,
		OpenStore: clients.store, OpenLogs: clients.logs,
		TraceHeader: traceHeader, TraceDaemon: c.env("AWS_XRAY_DAEMON_ADDRESS"),
		Unrecorded: func(_ context.Context, kind string) {
			_, _ = w.Write(append(hook.UnrecordedMetric(settings.MetricsNamespace, kind, c.Now()), '\n'))
		},
		Decided: func(ctx context.Context, d *hook.Decision) {
			logger.InfoContext(ctx, "decision", "decision", d)
			for _, line := range d.EmbeddedMetrics(settings.MetricsNamespace, c.Now()) {
				_, _ = w.Write(append(line, '\n'))
			}
		},
	})
}

func (c *Command) env(name string) string {
	for _, entry := range c.Environ {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// traceHeader returns the tracing header that the Lambda runtime has for a call.
func traceHeader(ctx context.Context) string {
	// The key of aws-lambda-go, which has no name for it.
	header, _ := ctx.Value("x-amzn-trace-id").(string)
	return header
}

// clients opens AWS services: once with the credentials of the function, and
// anew with those of an event.
type clients struct {
	region string

	mu     sync.Mutex
	own    *aws.Config
	s3     *s3.Client
	logger *cloudwatchlogs.Client
}

// configuration returns the configuration for calls of AWS. The lock is held.
func (s *clients) configuration(ctx context.Context, c *hook.Credentials) (aws.Config, error) {
	if c == nil && s.own != nil {
		return *s.own, nil
	}
	options := []func(*config.LoadOptions) error{config.WithRegion(s.region), config.WithRetryMaxAttempts(2)}
	if c != nil {
		options = append(options, config.WithCredentialsProvider(c))
	}
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("AWS configuration: %w", err)
	}
	if c == nil {
		s.own = &loaded
	}
	return loaded, nil
}

func (s *clients) store(ctx context.Context, c *hook.Credentials) (hook.ObjectStore, error) {
	return client(ctx, s, c, &s.s3, func(c aws.Config) *s3.Client { return s3.NewFromConfig(c) })
}

func (s *clients) logs(ctx context.Context, c *hook.Credentials) (hook.LogStore, error) {
	return client(ctx, s, c, &s.logger, func(c aws.Config) *cloudwatchlogs.Client { return cloudwatchlogs.NewFromConfig(c) })
}

// client returns the function's client of a service, kept in own, or one with
// credentials of an event.
func client[T any](ctx context.Context, s *clients, c *hook.Credentials, own **T, open func(aws.Config) *T) (*T, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c == nil && *own != nil {
		return *own, nil
	}
	loaded, err := s.configuration(ctx, c)
	if err != nil {
		return nil, err
	}
	opened := open(loaded)
	if c == nil {
		*own = opened
	}
	return opened, nil
}

var _ aws.CredentialsProvider = (*hook.Credentials)(nil)

// lineWriter writes whole lines, one at a time.
type lineWriter struct {
	mu sync.Mutex
	w  io.Writer
}

// Write implements io.Writer.
func (l *lineWriter) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(line)
}
