package regions_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/regions"
)

func TestConfig(t *testing.T) {
	t.Parallel()
	r, err := regions.New(aws.Config{Region: "ap-northeast-1", AppID: "a"}, []string{"textract=us-east-1", "rekognition=us-gov-west-1"}, "textract", "rekognition", "bedrock")
	if err != nil {
		t.Fatal(err)
	}
	for service, want := range map[string]string{"textract": "us-east-1", "rekognition": "us-gov-west-1", "bedrock": "ap-northeast-1", "s3": "ap-northeast-1"} {
		if c := r.Config(service); c.Region != want || c.AppID != "a" {
			t.Errorf("%s: %s %s", service, c.Region, c.AppID)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for _, entry := range []string{"textract", "textract=", "textract=somewhere", "textract=us-east-1.evil.test", "s3=us-east-1", "=us-east-1"} {
		if _, err := regions.New(aws.Config{}, []string{entry}, "textract"); failure.Of(err) != failure.Configuration {
			t.Errorf("%s: %v", entry, err)
		}
	}
}
