package operate

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/fsxns3ap/guardhook/internal/stacks"
)

// Retained is a resource that outlives its stack.
type Retained = stacks.Retained

// Remove disables the managed hook and deletes its stack, and that of the bucket
// that was made for its packages. With purge it also deletes what stacks of that
// name have retained (a KMS key is scheduled for deletion); otherwise it returns
// what stays. A stack that is not there is no error.
func (o *Operator) Remove(ctx context.Context, name string, purge bool) ([]Retained, error) {
	s, err := o.stacks.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	if s.Exists() {
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
		if _, err := o.stacks.Delete(ctx, name); err != nil {
			return nil, err
		}
		found, err := o.stacks.Retained(ctx, name)
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
func (o *Operator) disableFirst(ctx context.Context, s *stacks.Stack) error {
	alias := s.Parameters["HookAlias"]
	if alias == "" {
		return fmt.Errorf("stack %s: it is not the stack of a hook (it has no parameter HookAlias)", s.Name)
	}
	t, err := o.hookType(ctx, alias)
	if err != nil || t == nil {
		return err
	}
	return o.disable(ctx, t)
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
		o.say("key %s: schedule for deletion in %d days", r.ID, stacks.KeyDays)
		_, err := o.kms.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: &r.ID, PendingWindowInDays: aws.Int32(stacks.KeyDays)})
		return err
	}
	return nil
}

// purgePackages deletes the packages of a stack from a bucket that is not its own.
func (o *Operator) purgePackages(ctx context.Context, s *stacks.Stack) error {
	bucket := s.Parameters["CodeBucket"]
	if bucket == "" {
		return nil
	}
	there, err := o.stacks.BucketThere(ctx, bucket)
	if err != nil || !there {
		return err
	}
	n, err := o.purgeObjects(ctx, bucket, keyPrefix+s.Name+"/")
	if n > 0 {
		o.say("bucket %s: deleted %d versions of packages", bucket, n)
	}
	return err
}
