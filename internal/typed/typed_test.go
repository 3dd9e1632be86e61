package typed_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/awslabs/goformation/v7/cloudformation/lambda"
	"github.com/awslabs/goformation/v7/cloudformation/s3"
	"github.com/awslabs/goformation/v7/cloudformation/serverless"

	"github.com/fsxns3ap/guardhook/internal/schema"
	"github.com/fsxns3ap/guardhook/internal/typed"
)

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestTypedBucket(t *testing.T) {
	t.Parallel()
	r, err := typed.Typed("AWS::S3::Bucket", decode(t, `{
		"BucketName": "logs",
		"PublicAccessBlockConfiguration": {"BlockPublicAcls": true},
		"Tags": [{"Key": "team", "Value": "storage"}]
	}`))
	if err != nil {
		t.Fatal(err)
	}
	bucket, ok := r.(*s3.Bucket)
	if !ok {
		t.Fatalf("got %T", r)
	}
	if *bucket.BucketName != "logs" || !*bucket.PublicAccessBlockConfiguration.BlockPublicAcls || bucket.Tags[0].Value != "storage" {
		t.Errorf("got %+v", bucket)
	}
}

// What CloudFormation sends as text is typed once it is canonical.
func TestTypedCanonical(t *testing.T) {
	t.Parallel()
	properties, diagnostics := schema.Canonical(schema.Of("AWS::Lambda::Function"), decode(t, `{
		"Timeout": "900", "Environment": {"Variables": {"DAYS": 30}}, "Layers": "arn:x"
	}`))
	if len(diagnostics) > 0 {
		t.Fatal(diagnostics)
	}
	r, err := typed.Typed("AWS::Lambda::Function", properties.(map[string]any))
	if err != nil {
		t.Fatal(err)
	}
	function := r.(*lambda.Function)
	if *function.Timeout != 900 || function.Environment.Variables["DAYS"] != "30" || function.Layers[0] != "arn:x" {
		t.Errorf("got %+v", function)
	}
}

func TestTypedUnion(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{"CodeUri": "s3://b/k"}`, `{"CodeUri": {"Bucket": "b", "Key": "k"}}`} {
		r, err := typed.Typed("AWS::Serverless::Function", decode(t, text))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := r.(*serverless.Function); !ok {
			t.Errorf("%s: got %T", text, r)
		}
	}
}

func TestTypedWithoutProperties(t *testing.T) {
	t.Parallel()
	if _, err := typed.Typed("AWS::SNS::Topic", nil); err != nil {
		t.Error(err)
	}
}

func TestTypedErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, resourceType, properties string
		want                           error
		text                           string
	}{
		{"type", "AWS::S3Tables::TableBucket", `{}`, typed.ErrUnknownType, "AWS::S3Tables::TableBucket: resource type is unknown"},
		{"Globals section of SAM", "Function", `{}`, typed.ErrUnknownType, "Function: resource type is unknown"},
		{"property", "AWS::S3::Bucket", `{"BucketNmae": "x"}`, typed.ErrUnknownProperty, "AWS::S3::Bucket: BucketNmae: property is unknown"},
		{
			"property in a list", "AWS::S3::Bucket", `{"Tags": [{"Key": "a", "Value": "b"}, {"Name": "secret"}]}`,
			typed.ErrUnknownProperty, "AWS::S3::Bucket: Tags.1.Name: property is unknown",
		},
		{
			"property in a union", "AWS::Serverless::Function", `{"CodeUri": {"Bukket": "b"}}`,
			typed.ErrUnknownProperty, "AWS::Serverless::Function: CodeUri.Bukket: property is unknown",
		},
		{
			"resource attribute", "AWS::S3::Bucket", `{"AWSCloudFormationCondition": "c"}`,
			typed.ErrUnknownProperty, "AWS::S3::Bucket: AWSCloudFormationCondition: property is unknown",
		},
		{"text for a number", "AWS::Lambda::Function", `{"Timeout": "900"}`, typed.ErrValue, "AWS::Lambda::Function: Timeout: value does not fit the property: expected a number"},
		{"object for text", "AWS::S3::Bucket", `{"BucketName": {}}`, typed.ErrValue, "AWS::S3::Bucket: BucketName: value does not fit the property: expected a string"},
		{"text for an object", "AWS::S3::Bucket", `{"BucketEncryption": "x"}`, typed.ErrValue, "AWS::S3::Bucket: BucketEncryption: value does not fit the property: expected an object"},
		{"object for a list", "AWS::S3::Bucket", `{"Tags": {}}`, typed.ErrValue, "AWS::S3::Bucket: Tags: value does not fit the property: expected a list"},
		{"list for a map", "AWS::Lambda::Function", `{"Environment": {"Variables": []}}`, typed.ErrValue, "AWS::Lambda::Function: Environment.Variables: value does not fit the property: expected an object"},
		{"list for a union", "AWS::Serverless::Function", `{"CodeUri": []}`, typed.ErrValue, "AWS::Serverless::Function: CodeUri: value does not fit the property: no alternative takes it"},
		{"fraction for an integer", "AWS::Lambda::Function", `{"Timeout": 1.5}`, typed.ErrValue, "AWS::Lambda::Function: Timeout: value does not fit the property"},
		{"huge integer", "AWS::Lambda::Function", `{"Timeout": 98765432109876543210}`, typed.ErrValue, "AWS::Lambda::Function: Timeout: value does not fit the property"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r, err := typed.Typed(test.resourceType, decode(t, test.properties))
			if r != nil || !errors.Is(err, test.want) || err.Error() != test.text {
				t.Errorf("got %v, %v; want %s", r, err, test.text)
			}
		})
	}
}

func TestTypedNotJSON(t *testing.T) {
	t.Parallel()
	_, err := typed.Typed("AWS::IAM::ManagedPolicy", map[string]any{"PolicyDocument": func() {}})
	if !errors.Is(err, typed.ErrValue) {
		t.Errorf("got %v", err)
	}
}
