package operate

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/fsxns3ap/guardhook/internal/stacks"
)

// Assume is what a dry run takes to be there already.
type Assume struct {
	// Deployed means that the stack, the hook and its results exist. Otherwise
	// there is nothing, and what is made exists from then on.
	Deployed bool
}

// DryRun returns a configuration whose clients print their calls to w and make
// none. They get answers in which <Words> stand for what AWS would choose; a
// call that the dry run has no answer for is an error. It needs no credentials.
func DryRun(w io.Writer, region string, assume Assume) aws.Config {
	d := &dryRun{stackSetThere: assume.Deployed, typeThere: assume.Deployed, objects: map[string][]byte{}}
	d.stack = stacks.DryStack{There: assume.Deployed, Complete: complete, Resources: []cfntypes.StackResourceSummary{
		stacks.DryKept("AWS::S3::Bucket", "<RulesBucket>"), stacks.DryKept("AWS::Logs::LogGroup", "<LogGroup>"), stacks.DryKept("AWS::KMS::Key", "<KeyId>"),
	}}
	return stacks.DryRun(w, region, d.answer)
}

// dryRun is the world of a dry run.
type dryRun struct {
	stack                    stacks.DryStack
	stackSetThere, typeThere bool
	configuration            string
	objects                  map[string][]byte
}

// answer returns what AWS might answer, nil if that is not known.
func (d *dryRun) answer(in any) (any, error) {
	for _, service := range []func(any) (any, error){d.stack.Answer, d.stackSets, d.types, d.storage, d.others} {
		if out, err := service(in); out != nil || err != nil {
			return out, err
		}
	}
	return nil, nil
}

// complete adds what the templates of the hook have.
func complete(s *cfntypes.Stack) {
	given := map[string]bool{}
	for _, p := range s.Parameters {
		given[aws.ToString(p.ParameterKey)] = aws.ToString(p.ParameterValue) != ""
	}
	for _, p := range [][2]string{
		{"CodeBucket", "<CodeBucket>"},
		{"CodeKey", "<CodeKey>"},
		{"HookAlias", DefaultAlias},
		{"FailureMode", string(Warn)},
		{"PolicySource", Embedded},
	} {
		if !given[p[0]] {
			s.Parameters = append(s.Parameters, cfntypes.Parameter{ParameterKey: &p[0], ParameterValue: &p[1]})
		}
	}
	for _, name := range []string{"HookArn", "FunctionAlias", "RulesBucket", "Bucket"} {
		s.Outputs = append(s.Outputs, cfntypes.Output{OutputKey: &name, OutputValue: aws.String("<" + name + ">")})
	}
}

func (d *dryRun) stackSets(in any) (any, error) {
	switch in := in.(type) {
	case *cloudformation.DescribeStackSetInput:
		if !d.stackSetThere {
			return nil, &cfntypes.StackSetNotFoundException{}
		}
		return &cloudformation.DescribeStackSetOutput{StackSet: &cfntypes.StackSet{StackSetName: in.StackSetName, Status: cfntypes.StackSetStatusActive, PermissionModel: cfntypes.PermissionModelsServiceManaged}}, nil
	case *cloudformation.CreateStackSetInput:
		d.stackSetThere = true
		return &cloudformation.CreateStackSetOutput{StackSetId: aws.String("<StackSetId>")}, nil
	case *cloudformation.ListStackInstancesInput:
		return &cloudformation.ListStackInstancesOutput{}, nil
	case *cloudformation.ListStackSetOperationsInput:
		return &cloudformation.ListStackSetOperationsOutput{}, nil
	case *cloudformation.CreateStackInstancesInput:
		return &cloudformation.CreateStackInstancesOutput{OperationId: aws.String("<OperationId>")}, nil
	case *cloudformation.UpdateStackSetInput:
		return &cloudformation.UpdateStackSetOutput{OperationId: aws.String("<OperationId>")}, nil
	case *cloudformation.DescribeStackSetOperationInput:
		return &cloudformation.DescribeStackSetOperationOutput{StackSetOperation: &cfntypes.StackSetOperation{Status: cfntypes.StackSetOperationStatusSucceeded}}, nil
	}
	return nil, nil
}

func (d *dryRun) types(in any) (any, error) {
	switch in := in.(type) {
	case *cloudformation.DescribeTypeInput:
		if !d.typeThere {
			return nil, &cfntypes.TypeNotFoundException{}
		}
		return &cloudformation.DescribeTypeOutput{
			Arn: aws.String("<TypeArn>"), DefaultVersionId: aws.String("<VersionId>"), DeprecatedStatus: cfntypes.DeprecatedStatusLive,
		}, nil
	case *cloudformation.BatchDescribeTypeConfigurationsInput:
		out := &cloudformation.BatchDescribeTypeConfigurationsOutput{}
		if d.configuration != "" {
			out.TypeConfigurations = []cfntypes.TypeConfigurationDetails{{Configuration: &d.configuration}}
		}
		return out, nil
	case *cloudformation.SetTypeConfigurationInput:
		d.configuration = aws.ToString(in.Configuration)
		return &cloudformation.SetTypeConfigurationOutput{ConfigurationArn: aws.String("<ConfigurationArn>")}, nil
	case *cloudformation.RegisterTypeInput:
		d.typeThere = true
		return &cloudformation.RegisterTypeOutput{RegistrationToken: aws.String("<RegistrationToken>")}, nil
	case *cloudformation.DescribeTypeRegistrationInput:
		return &cloudformation.DescribeTypeRegistrationOutput{
			ProgressStatus: cfntypes.RegistrationStatusComplete, TypeArn: aws.String("<TypeArn>"), TypeVersionArn: aws.String("<VersionArn>"),
		}, nil
	case *cloudformation.SetTypeDefaultVersionInput:
		return &cloudformation.SetTypeDefaultVersionOutput{}, nil
	case *cloudformation.ListTypeVersionsInput:
		return &cloudformation.ListTypeVersionsOutput{TypeVersionSummaries: []cfntypes.TypeVersionSummary{
			{Arn: aws.String("<VersionArn>"), VersionId: aws.String("<VersionId>"), IsDefaultVersion: aws.Bool(true)},
		}}, nil
	case *cloudformation.DeregisterTypeInput:
		return &cloudformation.DeregisterTypeOutput{}, nil
	case *cloudformation.ListHookResultsInput:
		return &cloudformation.ListHookResultsOutput{HookResults: []cfntypes.HookResultSummary{{HookResultId: aws.String("<HookResultId>")}}}, nil
	case *cloudformation.GetHookResultInput:
		return &cloudformation.GetHookResultOutput{HookResultId: in.HookResultId, Target: &cfntypes.HookTarget{}}, nil
	}
	return nil, nil
}

// storage is S3: what is put is there.
func (d *dryRun) storage(in any) (any, error) {
	switch in := in.(type) {
	case *s3.HeadObjectInput:
		body, ok := d.objects[*in.Bucket+"/"+*in.Key]
		if !ok {
			return nil, notFound()
		}
		return &s3.HeadObjectOutput{ETag: etag(body)}, nil
	case *s3.PutObjectInput:
		body, err := io.ReadAll(in.Body)
		d.objects[*in.Bucket+"/"+*in.Key] = body
		return &s3.PutObjectOutput{ETag: etag(body), VersionId: aws.String("<VersionId>")}, err
	case *s3.GetObjectInput:
		body, ok := d.objects[*in.Bucket+"/"+*in.Key]
		if !ok {
			return nil, notFound()
		}
		return &s3.GetObjectOutput{Body: io.NopCloser(bytes.NewReader(body)), ETag: etag(body)}, nil
	case *s3.ListObjectsV2Input:
		return d.list(*in.Bucket+"/", aws.ToString(in.Prefix)), nil
	case *s3.ListObjectVersionsInput:
		return &s3.ListObjectVersionsOutput{}, nil
	case *s3.DeleteObjectsInput:
		return &s3.DeleteObjectsOutput{}, nil
	case *s3.GetObjectTaggingInput:
		return &s3.GetObjectTaggingOutput{}, nil
	case *s3.PutObjectTaggingInput:
		return &s3.PutObjectTaggingOutput{}, nil
	case *s3.HeadBucketInput:
		return &s3.HeadBucketOutput{}, nil
	case *s3.DeleteBucketInput:
		return &s3.DeleteBucketOutput{}, nil
	}
	return nil, nil
}

// notFound is the answer of S3 to a key that it does not have.
func notFound() error {
	return &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: http.StatusNotFound}}, Err: &s3types.NoSuchKey{},
	}
}

func (d *dryRun) list(bucket, prefix string) *s3.ListObjectsV2Output {
	out := &s3.ListObjectsV2Output{}
	for name, body := range d.objects {
		if key, ok := strings.CutPrefix(name, bucket); ok && strings.HasPrefix(key, prefix) {
			out.Contents = append(out.Contents, s3types.Object{Key: &key, ETag: etag(body), Size: aws.Int64(int64(len(body)))})
		}
	}
	slices.SortFunc(out.Contents, func(a, b s3types.Object) int { return strings.Compare(*a.Key, *b.Key) })
	return out
}

// etag is that of S3 for an object put in one piece without a key of KMS.
func etag(body []byte) *string {
	sum := md5.Sum(body)
	return aws.String(`"` + hex.EncodeToString(sum[:]) + `"`)
}

func (d *dryRun) others(in any) (any, error) {
	switch in := in.(type) {
	case *sts.GetCallerIdentityInput:
		return &sts.GetCallerIdentityOutput{Account: aws.String("<AccountId>")}, nil
	case *lambda.GetFunctionConfigurationInput:
		return &lambda.GetFunctionConfigurationOutput{
			CodeSha256: aws.String("<CodeSha256>"), Version: aws.String("<Version>"), Environment: &lambdatypes.EnvironmentResponse{},
		}, nil
	case *cloudwatchlogs.DescribeLogGroupsInput:
		return &cloudwatchlogs.DescribeLogGroupsOutput{LogGroups: []logtypes.LogGroup{{LogGroupName: in.LogGroupNamePrefix}}}, nil
	case *cloudwatchlogs.DeleteLogGroupInput:
		return &cloudwatchlogs.DeleteLogGroupOutput{}, nil
	case *kms.DescribeKeyInput:
		return &kms.DescribeKeyOutput{KeyMetadata: &kmstypes.KeyMetadata{KeyId: in.KeyId, KeyState: kmstypes.KeyStateEnabled}}, nil
	case *kms.ScheduleKeyDeletionInput:
		return &kms.ScheduleKeyDeletionOutput{}, nil
	}
	return nil, nil
}
