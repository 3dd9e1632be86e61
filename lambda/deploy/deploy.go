// Package deploy deploys the stacks of use cases, deletes them, and turns SnapStart
// on for their functions.
//
// Every operation can be run again: it looks at what there is, does what is missing
// and nothing else. Nothing that has data in it is deleted or emptied. Progress, a
// line at a time, has no values of properties or parameters in it.
package deploy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/fsxns3ap/guardhook/internal/stacks"
)

// Options are what a Deployer works with. AWS and Progress must be set.
type Options struct {
	// AWS holds credentials, the Region and the endpoint. DryRun makes one that
	// calls nothing.
	AWS aws.Config
	// Progress gets a line for everything that is done or waited for.
	Progress io.Writer
	// Poll is the time between two looks at what AWS is busy with; a default if
	// it is zero.
	Poll time.Duration
	// Patience is how long AWS may be busy with one thing; a default if it is zero.
	Patience time.Duration
}

// Deployer makes the calls. It is for one goroutine.
type Deployer struct {
	stacks *stacks.Client
	region string
	s3     *s3.Client
	sts    *sts.Client
	lambda *lambda.Client
}

// mark is the tag of the stacks, and begins the keys of what is uploaded.
const mark = "fsxn"

// New returns a Deployer.
func New(opts Options) *Deployer {
	return &Deployer{
		stacks: stacks.New(stacks.Options{
			AWS: opts.AWS, Progress: opts.Progress, Changes: true, Poll: opts.Poll, Patience: opts.Patience, Mark: mark, Remove: "fsxn delete --stack",
		}),
		region: opts.AWS.Region, s3: s3.NewFromConfig(opts.AWS), sts: sts.NewFromConfig(opts.AWS), lambda: lambda.NewFromConfig(opts.AWS),
	}
}

// Deployment is a stack of a use case as it is to be.
type Deployment struct {
	UseCase, Stack string
	Template       string // text
	// Package is the archive of the functions, as "make lambda" writes it.
	Package string
	// CodeBucket is where the archive goes. If it is empty it is that of the stack
	// or, for a new one, a bucket that the stack CodeStack has.
	CodeBucket string
	// Parameters are those to set. The others keep their values, or have their
	// defaults.
	Parameters map[string]string
}

// CodeStack is the stack of the bucket for archives, which all use cases share.
const CodeStack = "fsxn-code"

// maxTemplateObject is how long a template in S3 may be.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
const maxTemplateObject = 1 << 20

// Deployed is what came of a deployment.
type Deployed struct {
	// Changed tells whether anything was not that way before.
	Changed bool
	Outputs map[string]string
}

// Deploy uploads the functions of a use case, and creates or updates its stack.
func (d *Deployer) Deploy(ctx context.Context, in Deployment) (*Deployed, error) {
	for _, name := range []string{"CodeBucket", "CodeKey"} {
		if _, ok := in.Parameters[name]; ok {
			return nil, fmt.Errorf("parameter %s: it is set by what is uploaded; name a bucket with --code-bucket", name)
		}
	}
	if n := len(in.Template); n > maxTemplateObject {
		return nil, fmt.Errorf("stack %s: its template has %d bytes, and CloudFormation reads at most %d: move resources to a stack of their own", in.Stack, n, maxTemplateObject)
	}
	archive, err := stacks.ReadArchive(in.Package, "make lambda")
	if err != nil {
		return nil, err
	}
	now, err := d.stacks.Settled(ctx, in.Stack)
	if err != nil {
		return nil, err
	}
	want := stacks.Change{Name: in.Stack, Template: in.Template, Parameters: map[string]string{"CodeBucket": "", "CodeKey": ""}}
	maps.Copy(want.Parameters, in.Parameters)
	switch err := d.stacks.Check(want, now); {
	case errors.Is(err, stacks.ErrNoValue):
		return nil, fmt.Errorf("%w: give each with --parameters NAME=VALUE; the template describes them", err)
	case err != nil:
		return nil, err
	}
	if !now.Exists() {
		if err := d.inTheWay(ctx, in); err != nil {
			return nil, err
		}
	}
	bucket := in.CodeBucket
	if bucket == "" && now.Exists() {
		bucket = now.Parameters["CodeBucket"]
	}
	if bucket == "" {
		if bucket, err = d.codeBucket(ctx); err != nil {
			return nil, err
		}
	}
	key, err := d.stacks.Upload(ctx, archive, bucket, in.UseCase)
	if err != nil {
		return nil, err
	}
	want.Parameters["CodeBucket"], want.Parameters["CodeKey"] = bucket, key
	if want.URL, err = d.templateURL(ctx, in, bucket); err != nil {
		return nil, err
	}
	after, changed, err := d.stacks.Apply(ctx, want, now)
	if err != nil {
		return nil, err
	}
	return &Deployed{Changed: changed, Outputs: after.Outputs}, nil
}

// inTheWay is an error if logs that an earlier stack has left have names that those of
// a new one would have: it would fail when half of it is there.
func (d *Deployer) inTheWay(ctx context.Context, in Deployment) error {
	kept, err := d.stacks.Retained(ctx, in.Stack)
	if err != nil {
		return err
	}
	var remedies []string
	for _, r := range kept {
		if r.Type == "AWS::Logs::LogGroup" && strings.Contains(in.Template, strings.Replace(r.ID, in.Stack, "${AWS::StackName}", 1)) {
			remedies = append(remedies, r.Remedy)
		}
	}
	if len(remedies) == 0 {
		return nil
	}
	return errors.New(stacks.WithCauses(fmt.Sprintf("stack %s: logs of an earlier stack of that name are there: give it another name with --stack, or remove them, when nobody needs them", in.Stack), remedies))
}

// codeBucket returns the bucket that use cases share, after making it if need be.
func (d *Deployer) codeBucket(ctx context.Context) (string, error) {
	id, err := d.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", err
	}
	return d.stacks.CodeBucket(ctx, CodeStack, aws.ToString(id.Account))
}

// templateURL uploads a template that is too long for a call.
func (d *Deployer) templateURL(ctx context.Context, in Deployment, bucket string) (string, error) {
	if len(in.Template) <= stacks.MaxTemplateBytes {
		return "", nil
	}
	key := fmt.Sprintf("%s/%s/%s.yaml", mark, in.UseCase, stacks.Digest(in.Template))
	d.stacks.Say("template: upload %d bytes to s3://%s/%s", len(in.Template), bucket, key)
	_, err := d.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader([]byte(in.Template))})
	if err != nil {
		return "", fmt.Errorf("s3://%s/%s: %w", bucket, key, stacks.Explain(err))
	}
	suffix := "amazonaws.com"
	if strings.HasPrefix(d.region, "cn-") {
		suffix += ".cn"
	}
	return fmt.Sprintf("https://%s.s3.%s.%s/%s", bucket, d.region, suffix, key), nil
}

// Delete deletes a stack, and returns what it leaves behind, also of stacks of that
// name before. there tells whether there was one; that none was is no error. The
// bucket of the archives stays, with them.
func (d *Deployer) Delete(ctx context.Context, stack string) (there bool, kept []stacks.Retained, err error) {
	if there, err = d.stacks.Delete(ctx, stack); err != nil {
		return there, nil, err
	}
	kept, err = d.stacks.Retained(ctx, stack)
	return there, kept, err
}
