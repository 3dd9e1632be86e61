package stacks

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

// KeyDays is how many days a key waits before it is deleted, the default of KMS.
const KeyDays = 30

// Delete deletes a stack and waits until it is gone. there tells whether there was
// one.
func (c *Client) Delete(ctx context.Context, name string) (there bool, err error) {
	s, err := c.Get(ctx, name)
	if err != nil {
		return false, err
	}
	if s != nil && s.Busy() && s.Status != types.StackStatusDeleteInProgress {
		c.Say("stack %s: waiting, it is in %s", name, s.Status)
		var stuck *StuckError
		if s, err = c.Follow(ctx, s); err != nil && !errors.As(err, &stuck) {
			return true, err
		}
	}
	if s == nil || s.Status == types.StackStatusDeleteComplete {
		c.Say("stack %s: there is none", name)
		return false, nil
	}
	c.Say("stack %s: delete", name)
	if s.Status != types.StackStatusDeleteInProgress {
		if _, err := c.cfn.DeleteStack(ctx, &cloudformation.DeleteStackInput{StackName: &s.ID}); err != nil {
			return true, err
		}
	}
	_, err = c.Follow(ctx, s)
	return true, err
}

// Retained returns what deleted stacks of a name left behind and is still there.
func (c *Client) Retained(ctx context.Context, name string) ([]Retained, error) {
	var kept []Retained
	pages := cloudformation.NewListStacksPaginator(c.cfn, &cloudformation.ListStacksInput{
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
			found, err := c.leftBehind(ctx, s.StackId)
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

func (c *Client) leftBehind(ctx context.Context, stackID *string) ([]Retained, error) {
	var kept, keys []Retained
	pages := cloudformation.NewListStackResourcesPaginator(c.cfn, &cloudformation.ListStackResourcesInput{StackName: stackID})
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
			there, err := c.describe(ctx, &r)
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

// describe tells whether a retained resource is still there, as far as that is
// asked for, and says how to remove it.
func (c *Client) describe(ctx context.Context, r *Retained) (there bool, err error) {
	switch r.Type {
	case "AWS::S3::Bucket":
		r.Remedy = "empty it with all versions, then: aws s3api delete-bucket --bucket " + r.ID
		return c.BucketThere(ctx, r.ID)
	case "AWS::Logs::LogGroup":
		r.Remedy = "aws logs delete-log-group --log-group-name " + r.ID
		out, err := c.logs.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &r.ID})
		if err != nil {
			return false, err
		}
		return slices.ContainsFunc(out.LogGroups, func(g logtypes.LogGroup) bool { return aws.ToString(g.LogGroupName) == r.ID }), nil
	case "AWS::KMS::Key":
		r.Remedy = fmt.Sprintf("aws kms schedule-key-deletion --pending-window-in-days %d --key-id %s", KeyDays, r.ID)
		out, err := c.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &r.ID})
		if Code(err) == "NotFoundException" {
			return false, nil
		}
		return err == nil && out.KeyMetadata.KeyState != kmstypes.KeyStatePendingDeletion, err
	case "AWS::Lambda::Version": // goes with its function
		return false, nil
	case "AWS::SQS::Queue":
		r.Remedy = "aws sqs delete-queue --queue-url " + r.ID
	default:
		r.Remedy = fmt.Sprintf("aws cloudcontrol delete-resource --type-name %s --identifier %s", r.Type, r.ID)
	}
	return true, nil
}

// Resources returns the physical ids of a stack's resources of a type.
func (c *Client) Resources(ctx context.Context, stack, resourceType string) ([]string, error) {
	var out []string
	pages := cloudformation.NewListStackResourcesPaginator(c.cfn, &cloudformation.ListStackResourcesInput{StackName: &stack})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range page.StackResourceSummaries {
			if aws.ToString(r.ResourceType) == resourceType {
				out = append(out, aws.ToString(r.PhysicalResourceId))
			}
		}
	}
	return out, nil
}
