package operate

import (
	"context"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/fsxns3ap/guardhook/internal/stacks"
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
	DefaultPoll     = stacks.DefaultPoll
	DefaultPatience = stacks.DefaultPatience
)

// Operator makes the calls. It is for one goroutine.
type Operator struct {
	region string
	now    func() time.Time
	stacks *stacks.Client

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
		region: opts.AWS.Region, now: opts.Now,
		stacks: stacks.New(stacks.Options{
			AWS: opts.AWS, Progress: opts.Progress, Poll: opts.Poll, Patience: opts.Patience, Mark: "guardhook", Remove: "hookctl remove --stack",
		}),
		cfn: cloudformation.NewFromConfig(opts.AWS),
		// Not every object has a checksum, and the SDK would write to standard error.
		s3:     s3.NewFromConfig(opts.AWS, func(o *s3.Options) { o.DisableLogOutputChecksumValidationSkipped = true }),
		lambda: lambda.NewFromConfig(opts.AWS),
		logs:   cloudwatchlogs.NewFromConfig(opts.AWS),
		kms:    kms.NewFromConfig(opts.AWS),
		sts:    sts.NewFromConfig(opts.AWS),
	}
	if o.now == nil {
		o.now = time.Now
	}
	return o
}

// say writes a line of progress.
func (o *Operator) say(format string, args ...any) { o.stacks.Say(format, args...) }

// account returns the id of the account of the credentials.
func (o *Operator) account(ctx context.Context) (string, error) {
	id, err := o.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", err
	}
	return aws.ToString(id.Account), nil
}

// Explain is stacks.Explain.
func Explain(err error) error { return stacks.Explain(err) }
