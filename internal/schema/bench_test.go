package schema

import "testing"

// BenchmarkFirst is what the first call of a program costs.
func BenchmarkFirst(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		newTypes().shape("AWS::S3::Bucket")
	}
}

func BenchmarkCompile(b *testing.B) {
	for _, name := range []string{"AWS::S3::Bucket", "AWS::WAFv2::WebACL", "AWS::SNS::Topic"} {
		b.Run(name, func(b *testing.B) {
			t := newTypes()
			b.ReportAllocs()
			for b.Loop() {
				t.shape(name)
				t.shapes.Clear()
			}
		})
	}
}

func BenchmarkOf(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Of("AWS::S3::Bucket")
	}
}

func BenchmarkCanonical(b *testing.B) {
	s := Of("AWS::S3::Bucket")
	v := map[string]any{
		"BucketName": "logs",
		"PublicAccessBlockConfiguration": map[string]any{
			"BlockPublicAcls": "true", "BlockPublicPolicy": "true", "IgnorePublicAcls": "true", "RestrictPublicBuckets": "true",
		},
		"Tags": []any{map[string]any{"Key": "team", "Value": "storage"}},
		"LifecycleConfiguration": map[string]any{"Rules": []any{
			map[string]any{"Id": "expire", "Status": "Enabled", "ExpirationInDays": "30"},
		}},
	}
	b.ReportAllocs()
	for b.Loop() {
		Canonical(s, v)
	}
}

func BenchmarkMatch(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Match("AWS::XRay::*")
	}
}
