package operate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// Options are what an Operator works with. AWS and Progress must be set.
type Options struct {
	// AWS holds credentials, the Region and the endpoint. DryRun makes one that
	// calls nothing.
	AWS aws.Config
	// Progress gets a line for everything that is done or waited for.
	Progress io.Writer
	// Poll is the time between two looks at what AWS is busy with; DefaultPoll
	// if it is zero.
	Poll time.Duration
	// Patience is how long AWS may be busy with one thing; DefaultPatience if
	// it is zero.
	Patience time.Duration
	// Now is the clock for the expiry of waivers; time.Now if nil.
	Now func() time.Time
}

// Defaults of Options.
const (
	DefaultPoll     = 3 * time.Second
	DefaultPatience = 45 * time.Minute
)

// Operator makes the calls. It is for one goroutine.
type Operator struct {
	region   string
	progress io.Writer
	poll     time.Duration
	patience time.Duration
	now      func() time.Time

	cfn    *cloudformation.Client
	s3     *s3.Client
	lambda *lambda.Client
	logs   *cloudwatchlogs.Client
	kms    *kms.Client
	sts    *sts.Client
}

// New returns an Operator.
func New(opts Options) *Operator {
	o := &Operator{
		region: opts.AWS.Region, progress: opts.Progress, poll: opts.Poll, patience: opts.Patience, now: opts.Now,
		cfn: cloudformation.NewFromConfig(opts.AWS),
		// Not every object has a checksum, and the SDK would write to standard error.
		s3:     s3.NewFromConfig(opts.AWS, func(o *s3.Options) { o.DisableLogOutputChecksumValidationSkipped = true }),
		lambda: lambda.NewFromConfig(opts.AWS),
		logs:   cloudwatchlogs.NewFromConfig(opts.AWS),
		kms:    kms.NewFromConfig(opts.AWS),
		sts:    sts.NewFromConfig(opts.AWS),
	}
	if o.poll == 0 {
		o.poll = DefaultPoll
	}
	if o.patience == 0 {
		o.patience = DefaultPatience
	}
	if o.now == nil {
		o.now = time.Now
	}
	return o
}

// say writes a line of progress.
func (o *Operator) say(format string, args ...any) {
	_, _ = fmt.Fprintf(o.progress, format+"\n", args...)
}

// until calls look, at intervals, until it says that it is done. what names what
// is waited for.
func (o *Operator) until(ctx context.Context, what string, look func(context.Context) (done bool, err error)) error {
	ctx, cancel := context.WithTimeout(ctx, o.patience)
	defer cancel()
	for {
		done, err := look(ctx)
		if done || err != nil {
			return err
		}
		timer := time.NewTimer(o.poll)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("%s: not finished when the wait ended (%w); it goes on without, and running the command again goes on waiting", what, ctx.Err())
		}
	}
}

// account returns the id of the account of the credentials.
func (o *Operator) account(ctx context.Context) (string, error) {
	id, err := o.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", err
	}
	return aws.ToString(id.Account), nil
}

// apiCode returns the code of an error that a service answered, or "".
func apiCode(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// apiMessage returns the message of an error that a service answered, or "".
func apiMessage(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorMessage()
	}
	return ""
}

// Explain makes an error of the SDK readable: which call, which code, which
// message, without hosts and request ids. Other errors, and those that wrap one of
// the SDK, stay as they are.
func Explain(err error) error {
	call, ok := err.(*smithy.OperationError)
	if !ok {
		return err
	}
	var api smithy.APIError
	if errors.As(call.Err, &api) {
		return &explained{err, fmt.Sprintf("%s %s: %s: %s", call.ServiceID, call.OperationName, api.ErrorCode(), api.ErrorMessage())}
	}
	cause := root(call.Err).Error()
	// The SDK has no type for it.
	if strings.Contains(call.Err.Error(), "get credentials: ") {
		cause = "there are no credentials of AWS: sign in, or name a profile with --profile (" + cause + ")"
	}
	return &explained{err, fmt.Sprintf("%s %s: %s", call.ServiceID, call.OperationName, cause)}
}

// root returns the innermost error.
func root(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// explained has another text than the error that it stands for.
type explained struct {
	error
	text string
}

func (e *explained) Error() string { return e.text }
func (e *explained) Unwrap() error { return e.error }
