package stacks

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"
)

// DryStack is a stack in a dry run. What is made is there from then on.
type DryStack struct {
	There bool
	// Name and Parameters are those of the last call that had them.
	Name       string
	Parameters []types.Parameter
	// Complete adds parameters and outputs to what is told of the stack.
	Complete func(*types.Stack)
	// Resources are told of the stack, also when it is deleted.
	Resources []types.StackResourceSummary
}

const dryStackID = "<StackId>"

// Answer returns what CloudFormation might answer; nil for an input that is not about
// a stack.
func (d *DryStack) Answer(in any) (any, error) {
	switch in := in.(type) {
	case *cloudformation.DescribeStacksInput:
		if !d.There {
			return nil, &smithy.GenericAPIError{Code: "ValidationError", Message: aws.ToString(in.StackName) + " does not exist"}
		}
		if name := aws.ToString(in.StackName); name != dryStackID {
			d.Name = name
		}
		s := types.Stack{StackName: &d.Name, StackId: aws.String(dryStackID), StackStatus: types.StackStatusCreateComplete, Parameters: d.Parameters}
		d.Complete(&s)
		return &cloudformation.DescribeStacksOutput{Stacks: []types.Stack{s}}, nil
	case *cloudformation.CreateChangeSetInput:
		d.Parameters = in.Parameters
		return &cloudformation.CreateChangeSetOutput{Id: aws.String("<ChangeSetId>"), StackId: aws.String(dryStackID)}, nil
	case *cloudformation.DescribeChangeSetInput:
		return &cloudformation.DescribeChangeSetOutput{Status: types.ChangeSetStatusCreateComplete}, nil
	case *cloudformation.ExecuteChangeSetInput:
		d.There = true
		return &cloudformation.ExecuteChangeSetOutput{}, nil
	case *cloudformation.DescribeStackEventsInput:
		return &cloudformation.DescribeStackEventsOutput{}, nil
	case *cloudformation.DeleteStackInput:
		d.There = false
		return &cloudformation.DeleteStackOutput{}, nil
	case *cloudformation.ListStacksInput:
		out := &cloudformation.ListStacksOutput{}
		if !d.There {
			out.StackSummaries = []types.StackSummary{{StackName: &d.Name, StackId: aws.String(dryStackID), StackStatus: types.StackStatusDeleteComplete}}
		}
		return out, nil
	case *cloudformation.ListStackResourcesInput:
		return &cloudformation.ListStackResourcesOutput{StackResourceSummaries: d.Resources}, nil
	}
	return nil, nil
}

// DryKept is a resource that a deleted stack leaves behind.
func DryKept(resourceType, id string) types.StackResourceSummary {
	return types.StackResourceSummary{ResourceType: &resourceType, PhysicalResourceId: &id, ResourceStatus: types.ResourceStatusDeleteSkipped}
}
