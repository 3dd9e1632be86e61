package fix

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// onlyTLS asks for fixes of the rule, and for no others.
var onlyTLS = Options{Wanted: func(_ *template.Template, f *validate.Finding) bool { return f.Rule.ID == tlsOnlyRule }}

const denied = `- {Sid: DenyRequestsWithoutTls, Effect: Deny, Principal: "*", Action: "s3:*", Resource: [!GetAtt B.Arn, !Sub "${B.Arn}/*"], Condition: {Bool: {aws:SecureTransport: "false"}}}`

// TestTLSOnly adds a policy or a statement. Where want is empty, nothing is
// changed, and reason says why.
func TestTLSOnly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ src, want, reason string }{
		"the bucket's condition": {
			src:  "Conditions:\n  C: !Equals [!Ref AWS::Region, eu-west-1]\nResources:\n  B: {Type: AWS::S3::Bucket, Condition: C}\n",
			want: "BTlsPolicy:\n    Type: AWS::S3::BucketPolicy\n    Condition: C\n    Properties:\n      Bucket: !Ref B\n",
		},
		"a policy of another bucket": {
			src:  "Resources:\n  B: {Type: AWS::S3::Bucket}\n  O: {Type: AWS::S3::Bucket}\n  P: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref O, PolicyDocument: {Statement: [" + strings.TrimPrefix(strings.ReplaceAll(denied, "B.Arn", "O.Arn"), "- ") + "]}}}\n",
			want: "BTlsPolicy:",
		},
		"a list in a block": {
			src:  "Resources:\n  B: {Type: AWS::S3::Bucket}\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      PolicyDocument:\n        Statement:\n          - {Effect: Allow, Principal: {AWS: !Ref AWS::AccountId}, Action: \"s3:*\", Resource: !GetAtt B.Arn}\n          # end\n      Bucket: !Ref B\n",
			want: "Resource: !GetAtt B.Arn}\n          - Sid: DenyRequestsWithoutTls\n            Effect: Deny\n",
		},
		"a list at the indentation of its key": {
			src:  "Resources:\n  B: {Type: AWS::S3::Bucket}\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      PolicyDocument:\n        Statement:\n        - Effect: Allow\n          Principal: {AWS: !Ref AWS::AccountId}\n          Action: \"s3:*\"\n          Resource: !GetAtt B.Arn\n        Version: \"2012-10-17\"\n      Bucket: !Ref B\n",
			want: "          Resource: !GetAtt B.Arn\n        - Sid: DenyRequestsWithoutTls\n          Effect: Deny\n",
		},
		"a list in brackets": {
			src:  "Resources:\n  B: {Type: AWS::S3::Bucket, Properties: {BucketName: logs}}\n  P: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: logs, PolicyDocument: {Statement: []}}}\n",
			want: `Statement: [{Sid: DenyRequestsWithoutTls, Effect: Deny, Principal: "*", Action: "s3:*", Resource: [!Sub "arn:${AWS::Partition}:s3:::logs", !Sub "arn:${AWS::Partition}:s3:::logs/*"]`,
		},
		"JSON": {
			src:  "{\n  \"Resources\": {\n    \"B\": {\"Type\": \"AWS::S3::Bucket\"},\n    \"P\": {\n      \"Type\": \"AWS::S3::BucketPolicy\",\n      \"Properties\": {\n        \"Bucket\": {\"Ref\": \"B\"},\n        \"PolicyDocument\": {\n          \"Statement\": [\n            {\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"1\"}, \"Action\": \"s3:*\", \"Resource\": \"*\"}\n          ]\n        }\n      }\n    }\n  }\n}\n",
			want: "\"Resource\": \"*\"},\n            {\n              \"Sid\": \"DenyRequestsWithoutTls\",\n",
		},
		"the name is taken": {
			src:    "Resources:\n  B: {Type: AWS::S3::Bucket}\n  BTlsPolicy: {Type: AWS::SNS::Topic}\n",
			reason: "there is a resource BTlsPolicy",
		},
		"a policy in some deployments": {
			src:    "Conditions:\n  C: !Equals [!Ref AWS::Region, eu-west-1]\nResources:\n  B: {Type: AWS::S3::Bucket}\n  P: {Type: AWS::S3::BucketPolicy, Condition: C, Properties: {Bucket: !Ref B, PolicyDocument: {Statement: [" + strings.TrimPrefix(denied, "- ") + "]}}}\n",
			reason: "P may be the policy of the bucket in some deployments",
		},
		"a website": {
			src:    "Resources:\n  B: {Type: AWS::S3::Bucket, Properties: {WebsiteConfiguration: {IndexDocument: index.html}}}\n",
			reason: "the endpoint of the bucket's website has no TLS",
		},
		"the policy of a website": {
			src:    "Resources:\n  B: {Type: AWS::S3::Bucket, Properties: {WebsiteConfiguration: {IndexDocument: index.html}}}\n  P: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref B, PolicyDocument: {Statement: []}}}\n",
			reason: "the endpoint of the bucket's website has no TLS",
		},
		"one statement": {
			src:    "Resources:\n  B: {Type: AWS::S3::Bucket}\n  P: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref B, PolicyDocument: {Statement: {Effect: Allow, Principal: {AWS: \"1\"}, Action: \"s3:*\", Resource: \"*\"}}}}\n",
			reason: "Resources.P.Properties.PolicyDocument.Statement is not a literal list",
		},
		"a loop": {
			src:    "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Buckets:\n    - Name\n    - [A, B]\n    - Bucket${Name}: {Type: AWS::S3::Bucket}\n",
			reason: "the template does not write the resource out",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newValidator(t)
			r, err := Fix(context.Background(), v, "t", []byte(c.src), onlyTLS)
			if err != nil {
				t.Fatal(err)
			}
			if c.want == "" {
				if len(r.Changes) > 0 || len(r.Left) == 0 || r.Left[0].Reason != c.reason {
					t.Errorf("changes %v, left %v", r.Changes, r.Left)
				}
				return
			}
			if len(r.Changes) == 0 || len(r.Left) > 0 || !strings.Contains(string(r.Source), c.want) {
				t.Errorf("left %v\n%s", r.Left, r.Source)
			}
			if c.src[0] == '{' && !json.Valid(r.Source) {
				t.Errorf("no JSON:\n%s", r.Source)
			}
			again, err := Fix(context.Background(), v, "t", r.Source, onlyTLS)
			if err != nil || len(again.Changes) > 0 || len(again.Left) > 0 {
				t.Errorf("again: %v, %v", again, err)
			}
		})
	}
}

// TestWanted fixes what is asked for.
func TestWanted(t *testing.T) {
	t.Parallel()
	var asked []rules.Status
	r, err := Fix(context.Background(), newValidator(t), "t", []byte("Resources:\n  Q:\n    Type: AWS::Logs::LogGroup\n  R:\n    Type: AWS::Logs::LogGroup\n"), Options{
		Wanted: func(_ *template.Template, f *validate.Finding) bool {
			asked = append(asked, f.Status)
			return f.Resource == "R" && f.Rule.ID == "LOG_GROUP_RETENTION"
		},
	})
	if err != nil || len(r.Changes) != 1 || r.Changes[0].Resource != "R" || len(asked) < 2 {
		t.Errorf("%+v, %v, asked %v", r, err, asked)
	}
}
