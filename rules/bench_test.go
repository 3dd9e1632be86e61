package rules

import (
	"testing"
)

func BenchmarkEmbedded(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Embedded(Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDigest(b *testing.B) {
	s := embedded(b)
	b.ReportAllocs()
	for b.Loop() {
		_ = s.computeDigest()
	}
}

func BenchmarkPrepareOneType(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		s := embedded(b)
		if err := s.Prepare(b.Context(), []string{"AWS::S3::Bucket"}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPrepareAll(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		s := embedded(b)
		if err := s.prepare(b.Context(), s.rules...); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoadDir(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := LoadDir("testdata/sets/small", Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	s, err := LoadDir("testdata/sets/small", Options{})
	if err != nil {
		b.Fatal(err)
	}
	r := s.Rule("ACME_BUCKET_VERSIONED")
	for name, status := range map[string]string{"pass": "Enabled", "fail": "Suspended"} {
		b.Run(name, func(b *testing.B) {
			input, err := ResourceInput(bucket(status))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Judge(b.Context(), r, input); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEvaluate(b *testing.B) {
	s, err := LoadDir("testdata/sets/small", Options{})
	if err != nil {
		b.Fatal(err)
	}
	target := bucket("Suspended")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Evaluate(b.Context(), target); err != nil {
			b.Fatal(err)
		}
	}
}

func embedded(tb testing.TB) *Set {
	tb.Helper()
	s, err := Embedded(Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func bucket(versioning string) *Target {
	return &Target{
		Kind: "RESOURCE", Action: ActionCreate,
		Resource: &Resource{ID: "Logs", Type: "AWS::S3::Bucket", Properties: map[string]any{
			"VersioningConfiguration": map[string]any{"Status": versioning},
		}},
	}
}
