package deploy

import (
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/fsxns3ap/guardhook/internal/stacks"
)

// DryRun returns a configuration whose clients print their calls to w and make
// none. deployed says that the stack is there; otherwise there is nothing, and what
// is made exists from then on. <Words> stand for what AWS would choose.
func DryRun(w io.Writer, region string, deployed bool) aws.Config {
	stack := stacks.DryStack{There: deployed, Complete: complete, Resources: []cfntypes.StackResourceSummary{
		{ResourceType: aws.String("AWS::Lambda::Function"), PhysicalResourceId: aws.String("<Function>"), ResourceStatus: cfntypes.ResourceStatusCreateComplete},
		stacks.DryKept("AWS::S3::Bucket", "<Bucket>"),
	}}
	return stacks.DryRun(w, region, func(in any) (any, error) {
		if out, err := stack.Answer(in); out != nil || err != nil {
			return out, err
		}
		return others(in)
	})
}

// complete adds what the templates of the use cases have.
func complete(s *cfntypes.Stack) {
	s.Outputs = []cfntypes.Output{{OutputKey: aws.String("Bucket"), OutputValue: aws.String("<CodeBucket>")}}
	s.Parameters = []cfntypes.Parameter{{ParameterKey: aws.String(snapStartParameter), ParameterValue: aws.String("<Value>")}}
}

func others(in any) (any, error) {
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
