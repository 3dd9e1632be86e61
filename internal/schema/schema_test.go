package schema_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/fsxns3ap/guardhook/internal/schema"
)

// The number of types of the resource provider schemas and SAM. It changes
// only when the table or goformation does; a drop means that types got lost.
const typeCount = 1631

func TestTypes(t *testing.T) {
	t.Parallel()
	names := schema.Types()
	if len(names) != typeCount || !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != typeCount {
		t.Errorf("got %d types, want %d, sorted and unique", len(names), typeCount)
	}
	for _, name := range names {
		if s := schema.Of(name); s == nil || s.Kind != schema.Object || !schema.Known(name) || !schema.Match(name) {
			t.Errorf("%s: got %v", name, s)
		}
	}
	names[0] = "changed"
	if schema.Types()[0] == "changed" {
		t.Error("Types returns a shared slice")
	}
}

func TestKnown(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		"AWS::S3::Bucket":                     true,
		"AWS::S3Tables::TableBucket":          true,
		"AWS::CloudFormation::LambdaHook":     true,
		"AWS::CloudFormation::GuardHook":      true,
		"AWS::FSx::S3AccessPointAttachment":   true,
		"AWS::SageMaker::InferenceComponent":  true,
		"AWS::CDK::Metadata":                  true,
		"AWS::Serverless::Function":           true,
		"AWS::Serverless::GraphQLApi":         true,
		"Alexa::ASK::Skill":                   true,
		"Custom::Thing":                       true,
		"AWS::CloudFormation::CustomResource": true,
		"Org::Net::Thing::MODULE":             true,

		"":                 false,
		"AWS::S3::Bukket":  false,
		"AWS::S3::bucket":  false,
		"AWS::S3::Bucket ": false,
		"AWS::S3":          false,
		"Org::Net::Thing":  false,
		"Custom::":         false,
		"::MODULE":         false,
		"Function":         false, // a section of SAM's Globals
	}
	for name, want := range tests {
		if got := schema.Known(name); got != want {
			t.Errorf("Known(%q) = %v", name, got)
		}
		if got := schema.Of(name) != nil; got != want {
			t.Errorf("Of(%q) != nil is %v", name, got)
		}
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		"*":                 true,
		"AWS::*":            true,
		"AWS::S3::*":        true,
		"AWS::S3::Bucket":   true,
		"AWS::S3::Bucket*":  true,
		"*::Bucket":         true,
		"AWS::*::Table*":    true,
		"*Lambda*Function*": true,
		"Custom::*":         true,
		"Custom::Thing":     true,
		"Org::Net::*MODULE": false,
		"Org::*::MODULE":    true,

		"":                false,
		"AWS::S4::*":      false,
		"aws::s3::*":      false,
		"AWS::S3::Buck":   false,
		"S3::*":           false,
		"AWS::S3::*::*":   false,
		"*Function*Lamda": false,
		// The parts around a star do not overlap.
		"AWS::S3::Bucket*Bucket": false,
	}
	for pattern, want := range tests {
		if got := schema.Match(pattern); got != want {
			t.Errorf("Match(%q) = %v", pattern, got)
		}
	}
}

// at follows path: a name is a property, "[]" the elements.
func at(s *schema.Shape, path ...string) *schema.Shape {
	for _, step := range path {
		if step == "[]" {
			s = s.Element()
		} else {
			s = s.Field(step)
		}
	}
	return s
}

func TestShapes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		resourceType string
		path         []string
		want         schema.Kind
	}{
		{"AWS::S3::Bucket", nil, schema.Object},
		{"AWS::S3::Bucket", []string{"BucketName"}, schema.String},
		{"AWS::S3::Bucket", []string{"PublicAccessBlockConfiguration", "BlockPublicAcls"}, schema.Bool},
		{"AWS::S3::Bucket", []string{"Tags", "[]", "Value"}, schema.String},
		{"AWS::S3::Bucket", []string{"LifecycleConfiguration", "Rules", "[]", "ExpirationInDays"}, schema.Number},
		{"AWS::S3::Bucket", []string{"NoSuchProperty", "Below", "[]"}, schema.Any},
		{"AWS::S3::Bucket", []string{"DependsOn"}, schema.Any},
		{"AWS::S3::BucketPolicy", []string{"PolicyDocument"}, schema.Any},
		{"AWS::IAM::Role", []string{"AssumeRolePolicyDocument"}, schema.Any},
		{"AWS::IAM::Role", []string{"Policies", "[]", "PolicyDocument"}, schema.Any},
		{"AWS::KMS::Key", []string{"KeyPolicy"}, schema.Any},
		{"AWS::SQS::Queue", []string{"RedrivePolicy"}, schema.Any},
		{"AWS::EC2::SecurityGroup", []string{"SecurityGroupIngress", "[]", "FromPort"}, schema.Number},
		{"AWS::RDS::DBInstance", []string{"AllocatedStorage"}, schema.String},
		{"AWS::RDS::DBInstance", []string{"StorageEncrypted"}, schema.Bool},
		{"AWS::Lambda::Function", []string{"Environment", "Variables", "ANY_NAME"}, schema.String},
		{"AWS::CloudFormation::Stack", []string{"Parameters", "Any"}, schema.String},
		{"AWS::CloudFormation::CustomResource", []string{"ServiceToken"}, schema.Any},
		{"Custom::Thing", []string{"Any"}, schema.Any},
		{"Org::Net::Thing::MODULE", []string{"Any"}, schema.Any},
		{"Org::Net::Thing", nil, schema.Any},

		// Newer properties of types that goformation has.
		{"AWS::Lambda::Function", []string{"DurableConfig", "ExecutionTimeout"}, schema.Number},
		{"AWS::Lambda::Function", []string{"Code", "SourceKMSKeyArn"}, schema.String},
		{"AWS::Lambda::Function", []string{"Code", "ZipFile"}, schema.String},
		{"AWS::EC2::Instance", []string{"MetadataOptions", "HttpPutResponseHopLimit"}, schema.Number},
		{"AWS::ECS::TaskDefinition", []string{"ContainerDefinitions", "[]", "RestartPolicy", "Enabled"}, schema.Bool},
		{"AWS::ECS::TaskDefinition", []string{"ContainerDefinitions", "[]", "Privileged"}, schema.Bool},
		// Newer types.
		{"AWS::S3Tables::TableBucket", []string{"EncryptionConfiguration", "KMSKeyArn"}, schema.String},
		{"AWS::S3Tables::TableBucket", []string{"UnreferencedFileRemoval", "NoncurrentDays"}, schema.Number},
		{"AWS::CloudFormation::LambdaHook", []string{"TargetFilters", "Actions"}, schema.List},
		// Corrections.
		{"AWS::CodeBuild::Project", []string{"Triggers", "FilterGroups", "[]", "[]", "ExcludeMatchedPattern"}, schema.Bool},
		{"AWS::Transfer::Server", []string{"Protocols", "[]"}, schema.String},
		{"AWS::Logs::ResourcePolicy", []string{"PolicyDocument"}, schema.Any},
		{"AWS::Serverless::Api", []string{"EndpointConfiguration"}, schema.Any},
		{"AWS::Serverless::Function", []string{"CodeUri"}, schema.Any},
		{"AWS::Serverless::Function", []string{"Timeout"}, schema.Number},
	}
	for _, test := range tests {
		s := schema.Of(test.resourceType)
		if got := at(s, test.path...); test.path != nil && got.Kind != test.want {
			t.Errorf("%s %v: got %v, want %v", test.resourceType, test.path, got.Kind, test.want)
		}
	}
}

// A recursive type stays recursive when newer properties are merged into it,
// and has them at every depth.
func TestRecursiveShape(t *testing.T) {
	t.Parallel()
	statement := at(schema.Of("AWS::WAFv2::WebACL"), "Rules", "[]", "Statement")
	for range 10 {
		statement = at(statement, "NotStatement", "Statement")
		if got := at(statement, "AsnMatchStatement", "AsnList", "[]").Kind; got != schema.Number {
			t.Fatalf("AsnList: got %v", got)
		}
		if got := at(statement, "ByteMatchStatement", "SearchString").Kind; got != schema.String {
			t.Fatalf("SearchString: got %v", got)
		}
	}
}

func TestNilShape(t *testing.T) {
	t.Parallel()
	var s *schema.Shape
	if s.Field("x").Kind != schema.Any || s.Element().Kind != schema.Any {
		t.Error("a nil shape is not Any")
	}
}

func TestConcurrent(t *testing.T) {
	t.Parallel()
	names := schema.Types()
	shapes := make([][]*schema.Shape, 8)
	var wg sync.WaitGroup
	for i := range shapes {
		wg.Go(func() {
			for _, name := range names {
				shapes[i] = append(shapes[i], schema.Of(name))
			}
		})
	}
	wg.Wait()
	for i := range shapes {
		if !slices.Equal(shapes[0], shapes[i]) {
			t.Error("two callers got different shapes of one type")
		}
	}
}
