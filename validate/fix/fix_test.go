package fix

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
)

func newValidator(t *testing.T) *validate.Validator {
	t.Helper()
	set, err := rules.Embedded(rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return validate.New(set, validate.Options{})
}

// TestFixtures fixes the templates that the built-in rules refuse: what changes
// stays a template, has fewer findings, keeps every line it had but for those of
// replaced literals, and a second run changes nothing. Every fix is used.
func TestFixtures(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../rules/policy/*/testdata/*/fail_*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	v := newValidator(t)
	used := map[string]bool{}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Fix(context.Background(), v, file, src, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range r.Changes {
			used[c.Rule] = true
		}
		if len(r.Changes) == 0 != bytes.Equal(r.Source, src) {
			t.Errorf("%s: %d changes: %s", file, len(r.Changes), r.Source)
		}
		again, err := Fix(context.Background(), v, file, r.Source, Options{})
		if err != nil || len(again.Changes) > 0 || len(again.Left) != len(r.Left) {
			t.Errorf("%s: a second run: %v, %v, %v", file, err, again.Changes, again.Left)
		}
		lost := 0
		for line := range strings.Lines(string(src)) {
			if !strings.Contains(string(r.Source), strings.TrimSuffix(line, "\n")) {
				lost++
			}
		}
		if lost > len(r.Changes) {
			t.Errorf("%s: %d lines changed:\n%s", file, lost, r.Source)
		}
	}
	for _, rule := range newRules(t) {
		if Rules(rule) && !used[rule] {
			t.Errorf("the fix of %s is of no use to its fixtures", rule)
		}
	}
}

func newRules(t *testing.T) []string {
	t.Helper()
	set, err := rules.Embedded(rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range set.Rules() {
		out = append(out, r.ID)
	}
	return out
}

// TestFix shows what is changed and what is left, in one template.
func TestFix(t *testing.T) {
	t.Parallel()
	src := []byte(`Parameters:
  Days: {Type: Number, Default: 0}
Conditions:
  Keep: !Not [!Equals [!Ref Days, 0]]
Resources:
  # What people upload.
  Uploads:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: uploads
      PublicAccessBlockConfiguration: {BlockPublicAcls: true}

  Items:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Delete   # for now
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      SSESpecification: {SSEEnabled: true, SSEType: KMS}

  Log:
    Type: AWS::Logs::LogGroup
    Properties:
      RetentionInDays: !If [Keep, !Ref Days, !Ref AWS::NoValue]
`)
	const want = `Parameters:
  Days: {Type: Number, Default: 0}
Conditions:
  Keep: !Not [!Equals [!Ref Days, 0]]
Resources:
  # What people upload.
  Uploads:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: uploads
      PublicAccessBlockConfiguration: {BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true}
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault:
              SSEAlgorithm: AES256
      VersioningConfiguration:
        Status: Enabled

  Items:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain   # for now
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      SSESpecification: {SSEEnabled: true, SSEType: KMS}
      PointInTimeRecoverySpecification:
        PointInTimeRecoveryEnabled: true
      DeletionProtectionEnabled: true
    UpdateReplacePolicy: Retain

  Log:
    Type: AWS::Logs::LogGroup
    Properties:
      RetentionInDays: !If [Keep, !Ref Days, !Ref AWS::NoValue]

  UploadsTlsPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Uploads
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Sid: DenyRequestsWithoutTls
            Effect: Deny
            Principal: "*"
            Action: "s3:*"
            Resource:
              - !GetAtt Uploads.Arn
              - !Sub "${Uploads.Arn}/*"
            Condition:
              Bool:
                "aws:SecureTransport": "false"
`
	r, err := Fix(context.Background(), newValidator(t), "app.yaml", src, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if string(r.Source) != want {
		t.Errorf("%s", r.Source)
	}
	if len(r.Changes) != 8 || len(r.Left) != 1 || r.Left[0] != (Left{"LOG_GROUP_RETENTION", "Log", 1, "the value is not a literal"}) {
		t.Errorf("changes %v, left %v", r.Changes, r.Left)
	}
}

// TestFixRefused does not fix what does not load.
func TestFixRefused(t *testing.T) {
	t.Parallel()
	if r, err := Fix(context.Background(), newValidator(t), "app.yaml", []byte("Resources: []"), Options{}); err == nil {
		t.Errorf("%v", r)
	}
}

// TestFixComments adds a resource after text that ends like a comment, and a
// setting that does as well as the one that a finding names.
func TestFixComments(t *testing.T) {
	t.Parallel()
	const queue = "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: a\n"
	const text = "Resources:\n  B: {Type: AWS::S3::Bucket}\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      Code:\n        ZipFile: |\n          f()\n          # end\n"
	for src, want := range map[string]string{
		queue: queue + "      SqsManagedSseEnabled: true\n",
		text:  "          f()\n          # end\n  BTlsPolicy:\n    Type: AWS::S3::BucketPolicy\n",
	} {
		r, err := Fix(context.Background(), newValidator(t), "app.yaml", []byte(src), Options{})
		if err != nil || !strings.Contains(string(r.Source), want) {
			t.Errorf("%v, %v\n%s", err, r.Left, r.Source)
		}
	}
}
