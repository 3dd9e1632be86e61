// Package stacks creates, changes and deletes stacks of CloudFormation, for the
// programs that do, and says what happens meanwhile.
//
// Every operation can be run again: it waits for what is under way, does what is
// missing and nothing else. It writes progress to Options.Progress, one line at a
// time, which never has the value of a property or of a parameter in it.
package stacks

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Options are what a Client works with. AWS, Progress, Mark and Remove must be set.
type Options struct {
	// AWS holds credentials, the Region and the endpoint. DryRun makes one that
	// calls nothing.
	AWS aws.Config
	// Progress gets a line for everything that is done or waited for.
	Progress io.Writer
	// Changes says what a change set changes before it is executed.
	Changes bool
	// Poll is the time between two looks at what AWS is busy with; DefaultPoll
	// if it is zero.
	Poll time.Duration
	// Patience is how long AWS may be busy with one thing; DefaultPatience if
	// it is zero.
	Patience time.Duration
	// Mark is the name of the tag of all stacks, and begins the names of change
	// sets and the keys of packages.
	Mark string
	// Remove is the command that deletes the stack whose name follows.
	Remove string
}

// Defaults of Options.
const (
	DefaultPoll     = 3 * time.Second
	DefaultPatience = 45 * time.Minute
)

// Client makes the calls. It is for one goroutine.
type Client struct {
	progress       io.Writer
	changes        bool
	poll, patience time.Duration
	mark, remove   string

	cfn  *cloudformation.Client
	s3   *s3.Client
	logs *cloudwatchlogs.Client
	kms  *kms.Client
}

// New returns a Client.
func New(opts Options) *Client {
	c := &Client{
		progress: opts.Progress, changes: opts.Changes, poll: opts.Poll, patience: opts.Patience, mark: opts.Mark, remove: opts.Remove,
		cfn: cloudformation.NewFromConfig(opts.AWS), logs: cloudwatchlogs.NewFromConfig(opts.AWS), kms: kms.NewFromConfig(opts.AWS),
		// Not every object has a checksum, and the SDK would write to standard error.
		s3: s3.NewFromConfig(opts.AWS, func(o *s3.Options) { o.DisableLogOutputChecksumValidationSkipped = true }),
	}
	if c.poll == 0 {
		c.poll = DefaultPoll
	}
	if c.patience == 0 {
		c.patience = DefaultPatience
	}
	return c
}

// Say writes a line of progress.
func (c *Client) Say(format string, args ...any) {
	_, _ = fmt.Fprintf(c.progress, format+"\n", args...)
}

// Until calls look, at intervals, until it says that it is done. what names what
// is waited for.
func (c *Client) Until(ctx context.Context, what string, look func(context.Context) (done bool, err error)) error {
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	for {
		done, err := look(ctx)
		if err != nil && ctx.Err() != nil {
			return ended(ctx, what)
		}
		if done || err != nil {
			return err
		}
		timer := time.NewTimer(c.poll)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ended(ctx, what)
		}
	}
}

// ended is the error of a wait that was too long.
func ended(ctx context.Context, what string) error {
	return fmt.Errorf("%s: not finished when the wait ended (%w); it goes on without, and running the command again goes on waiting", what, ctx.Err())
}
