package template

import (
	"fmt"
	"strings"
	"testing"
)

// nineHundredLines is a template of about 900 lines with the mix of a real
// one: parameters, conditions, policies, functions, code blocks.
func nineHundredLines() string {
	var b strings.Builder
	b.WriteString(`AWSTemplateFormatVersion: "2010-09-09"
Description: A template to measure with.
Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Bucket:
    Type: String
    Description: The bucket that functions read.
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
`)
	for i := range 22 {
		fmt.Fprintf(&b, `  # Function %[1]d and its role.
  Role%[1]d:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Service: lambda.amazonaws.com}
            Action: sts:AssumeRole
      Policies:
        - PolicyName: read
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: [s3:GetObject, s3:ListBucket]
                Resource: !Sub "arn:${AWS::Partition}:s3:::${Bucket}/*"
  Function%[1]d:
    Type: AWS::Lambda::Function
    DependsOn: Role%[1]d
    Properties:
      FunctionName: !Sub "${AWS::StackName}-%[1]d"
      Runtime: python3.13
      Handler: index.handler
      MemorySize: !If [IsProd, 1024, 256]
      Timeout: 900
      Role: !GetAtt Role%[1]d.Arn
      Code:
        ZipFile: |
          def handler(event, context):
              return event
      Environment:
        Variables:
          BUCKET: !Ref Bucket
          TOPIC: !Join [":", [arn, aws, sns, !Ref "AWS::Region"]]
      Tags:
        - {Key: Stage, Value: !Ref Stage}
`, i)
	}
	b.WriteString("Outputs:\n")
	for i := range 8 {
		fmt.Fprintf(&b, "  Function%[1]dArn:\n    Value: !GetAtt Function%[1]d.Arn\n", i)
	}
	return b.String()
}

func BenchmarkLoadYAML(b *testing.B) {
	benchmarkLoad(b, []byte(nineHundredLines()))
}

func BenchmarkLoadJSON(b *testing.B) {
	l := &loader{src: newSource([]byte(nineHundredLines())), t: &Template{}}
	var text strings.Builder
	renderJSON(&text, l.read())
	benchmarkLoad(b, []byte(text.String()))
}

func benchmarkLoad(b *testing.B, src []byte) {
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load("bench.yaml", src, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
