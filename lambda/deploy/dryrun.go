package deploy

import (
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/fsxns3ap/guardhook/internal/stacks"
)

// DryRun returns a configuration whose clients print their calls to w and make
// none. deployed says that the stack is there; otherwise there is nothing, and what
// is made exists from then on. <Words> stand for what AWS would choose.
func DryRun(w io.Writer, region string, deployed bool) aws.Config {
	d := &dryRun{there: deployed}
	return stacks.DryRun(w, region, d.answer)
}

// dryRun is the world of a dry run.
type dryRun struct {
	there bool
	name  string
}

func (d *dryRun) answer(in any) (any, error) {
	switch in := in.(type) {
	case *cloudformation.DescribeStacksInput:
		if !d.there {
			return nil, &smithy.GenericAPIError{Code: "ValidationError", Message: aws.ToString(in.StackName) + " does not exist"}
		}
		if name := aws.ToString(in.StackName); name != stackID {
			d.name = name
		}
		return &cloudformation.DescribeStacksOutput{Stacks: []cfntypes.Stack{{
			StackName: &d.name, StackId: aws.String(stackID), StackStatus: cfntypes.StackStatusCreateComplete,
			Outputs:    []cfntypes.Output{{OutputKey: aws.String("Bucket"), OutputValue: aws.String("<CodeBucket>")}},
			Parameters: []cfntypes.Parameter{{ParameterKey: aws.String(snapStartParameter), ParameterValue: aws.String("<Value>")}},
		}}}, nil
	case *cloudformation.CreateChangeSetInput:
		return &cloudformation.CreateChangeSetOutput{Id: aws.String("<ChangeSetId>"), StackId: aws.String(stackID)}, nil
	case *cloudformation.DescribeChangeSetInput:
		return &cloudformation.DescribeChangeSetOutput{Status: cfntypes.ChangeSetStatusCreateComplete}, nil
	case *cloudformation.ExecuteChangeSetInput:
		d.there = true
		return &cloudformation.ExecuteChangeSetOutput{}, nil
	case *cloudformation.DescribeStackEventsInput:
		return &cloudformation.DescribeStackEventsOutput{}, nil
	case *cloudformation.DeleteStackInput:
		d.there = false
		return &cloudformation.DeleteStackOutput{}, nil
	case *cloudformation.ListStacksInput:
		return &cloudformation.ListStacksOutput{StackSummaries: []cfntypes.StackSummary{
			{StackName: &d.name, StackId: aws.String(stackID), StackStatus: cfntypes.StackStatusDeleteComplete},
		}}, nil
	case *cloudformation.ListStackResourcesInput:
		return &cloudformation.ListStackResourcesOutput{StackResourceSummaries: []cfntypes.StackResourceSummary{
			{ResourceType: aws.String("AWS::Lambda::Function"), PhysicalResourceId: aws.String("<Function>"), ResourceStatus: cfntypes.ResourceStatusCreateComplete},
			{ResourceType: aws.String("AWS::S3::Bucket"), PhysicalResourceId: aws.String("<Bucket>"), ResourceStatus: cfntypes.ResourceStatusDeleteSkipped},
		}}, nil
	}
	return d.others(in)
}

const stackID = "<StackId>"

func (d *dryRun) others(in any) (any, error) {
	switch in.(type) {
	case *sts.GetCallerIdentityInput:
		return &sts.GetCallerIdentityOutput{Account: aws.String("<AccountId>")}, nil
	case *s3.HeadObjectInput:
		return nil, &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: http.StatusNotFound}}, Err: &s3types.NoSuchKey{},
		}
	case *s3.PutObjectInput:
		return &s3.PutObjectOutput{}, nil
	case *s3.HeadBucketInput:
		return &s3.HeadBucketOutput{}, nil
	case *lambda.GetFunctionConfigurationInput:
		return &lambda.GetFunctionConfigurationOutput{
			Runtime: lambdatypes.RuntimePython313, State: lambdatypes.StateActive,
			SnapStart: &lambdatypes.SnapStartResponse{ApplyOn: lambdatypes.SnapStartApplyOnPublishedVersions, OptimizationStatus: lambdatypes.SnapStartOptimizationStatusOn},
		}, nil
	case *lambda.PublishVersionInput:
		return &lambda.PublishVersionOutput{Version: aws.String("<Version>")}, nil
	case *lambda.ListAliasesInput:
		return &lambda.ListAliasesOutput{Aliases: []lambdatypes.AliasConfiguration{{}}}, nil
	}
	return nil, nil
}
