package operate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// Retained is a resource that outlives its stack.
type Retained struct {
	Type string // of the resource
	ID   string // its physical id
	// Remedy is the command that removes it.
	Remedy string
}

// keyDays is how many days a key waits before it is deleted, the default of KMS.
const keyDays = 30

// Remove disables the managed hook and deletes its stack, and that of the bucket
// that was made for its packages. With purge it also deletes what stacks of that
// name have retained (a KMS key is scheduled for deletion); otherwise it returns
// what stays. A stack that is not there is no error.
func (o *Operator) Remove(ctx context.Context, name string, purge bool) ([]Retained, error) {
	s, err := o.stack(ctx, name)
	if err != nil {
		return nil, err
	}
	if s.exists() {
		if err := o.disableFirst(ctx, s); err != nil {
			return nil, err
		}
		if purge {
			// While the stack still says where they are.
			if err := o.purgePackages(ctx, s); err != nil {
				return nil, err
			}
		}
	}
	var kept []Retained
	for _, name := range []string{name, codeStack(name)} {
		if err := o.deleteStack(ctx, name); err != nil {
			return nil, err
		}
		found, err := o.retained(ctx, name)
		if err != nil {
			return nil, err
		}
		kept = append(kept, found...)
	}
	if !purge {
		return kept, nil
	}
	for _, r := range kept {
		if err := o.purge(ctx, r); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// disableFirst makes CloudFormation stop calling the hook of a stack, so that
// nothing is refused while its parts go.
func (o *Operator) disableFirst(ctx context.Context, s *stack) error {
	alias := s.parameters["HookAlias"]
	if alias == "" {
		return fmt.Errorf("stack %s: it is not the stack of a hook (it has no parameter HookAlias)", s.name)
	}
	t, err := o.hookType(ctx, alias)
	if err != nil || t == nil {
		return err
	}
	return o.disable(ctx, t)
}

// deleteStack deletes a stack and waits until it is gone.
func (o *Operator) deleteStack(ctx context.Context, name string) error {
	s, err := o.stack(ctx, name)
	if err != nil {
		return err
	}
	if s != nil && s.busy() && s.status != types.StackStatusDeleteInProgress {
		o.say("stack %s: waiting, it is in %s", name, s.status)
		var stuck *StuckError
		if s, err = o.follow(ctx, s); err != nil && !errors.As(err, &stuck) {
			return err
		}
	}
	if s == nil || s.status == types.StackStatusDeleteComplete {
		o.say("stack %s: there is none", name)
		return nil
	}
	o.say("stack %s: delete", name)
	if s.status != types.StackStatusDeleteInProgress {
		if _, err := o.cfn.DeleteStack(ctx, &cloudformation.DeleteStackInput{StackName: &s.id}); err != nil {
			return err
		}
	}
	_, err = o.follow(ctx, s)
	return err
}

// retained returns what deleted stacks of a name left behind and is still there.
func (o *Operator) retained(ctx context.Context, name string) ([]Retained, error) {
	var kept []Retained
	pages := cloudformation.NewListStacksPaginator(o.cfn, &cloudformation.ListStacksInput{
		StackStatusFilter: []types.StackStatus{types.StackStatusDeleteComplete},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, s := range page.StackSummaries {
			if aws.ToString(s.StackName) != name {
				continue
			}
			found, err := o.leftBehind(ctx, s.StackId)
			if err != nil {
				return nil, err
			}
			for _, r := range found {
				if !slices.Contains(kept, r) {
					kept = append(kept, r)
				}
			}
		}
	}
	return kept, nil
}

func (o *Operator) leftBehind(ctx context.Context, stackID *string) ([]Retained, error) {
	var kept, keys []Retained
	pages := cloudformation.NewListStackResourcesPaginator(o.cfn, &cloudformation.ListStackResourcesInput{StackName: stackID})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, s := range page.StackResourceSummaries {
			if s.ResourceStatus != types.ResourceStatusDeleteSkipped {
				continue
			}
			r := Retained{Type: aws.ToString(s.ResourceType), ID: aws.ToString(s.PhysicalResourceId)}
			there, err := o.describe(ctx, &r)
			switch {
			case err != nil:
				return nil, err
			case !there:
			case r.Type == "AWS::KMS::Key":
				// Last: what it encrypts may have to be read until then.
				keys = append(keys, r)
			default:
				kept = append(kept, r)
			}
		}
	}
	return append(kept, keys...), nil
}

// describe tells whether a retained resource is still there, and says how to
// remove it.
func (o *Operator) describe(ctx context.Context, r *Retained) (there bool, err error) {
	switch r.Type {
	case "AWS::S3::Bucket":
		r.Remedy = "empty it with all versions, then: aws s3api delete-bucket --bucket " + r.ID
		return o.bucketThere(ctx, r.ID)
	case "AWS::Logs::LogGroup":
		r.Remedy = "aws logs delete-log-group --log-group-name " + r.ID
		out, err := o.logs.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &r.ID})
		if err != nil {
			return false, err
		}
		return slices.ContainsFunc(out.LogGroups, func(g logtypes.LogGroup) bool { return aws.ToString(g.LogGroupName) == r.ID }), nil
	case "AWS::KMS::Key":
		r.Remedy = fmt.Sprintf("aws kms schedule-key-deletion --pending-window-in-days %d --key-id %s", keyDays, r.ID)
		out, err := o.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &r.ID})
		if apiCode(err) == "NotFoundException" {
			return false, nil
		}
		return err == nil && out.KeyMetadata.KeyState != kmstypes.KeyStatePendingDeletion, err
	}
	// Versions of a function go with it.
	return false, nil
}

// purge removes a retained resource.
func (o *Operator) purge(ctx context.Context, r Retained) error {
	switch r.Type {
	case "AWS::S3::Bucket":
		return o.purgeBucket(ctx, r.ID)
	case "AWS::Logs::LogGroup":
		o.say("log group %s: delete", r.ID)
		_, err := o.logs.DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: &r.ID})
		return err
	case "AWS::KMS::Key":
		o.say("key %s: schedule for deletion in %d days", r.ID, keyDays)
		_, err := o.kms.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: &r.ID, PendingWindowInDays: aws.Int32(keyDays)})
		return err
	}
	return nil
}

// purgePackages deletes the packages of a stack from a bucket that is not its own.
func (o *Operator) purgePackages(ctx context.Context, s *stack) error {
	bucket := s.parameters["CodeBucket"]
	if bucket == "" {
		return nil
	}
	there, err := o.bucketThere(ctx, bucket)
	if err != nil || !there {
		return err
	}
	n, err := o.purgeObjects(ctx, bucket, keyPrefix+s.name+"/")
	if n > 0 {
		o.say("bucket %s: deleted %d versions of packages", bucket, n)
	}
	return err
}
