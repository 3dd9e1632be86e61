package guard_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/fsxns3ap/guardhook/rules/guard"
)

func BenchmarkParse(b *testing.B) {
	text := read(b, "testdata/fsxn/no_public_access.guard")
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := guard.Parse("r.guard", text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEvaluate(b *testing.B) {
	paths, err := filepath.Glob("testdata/fsxn/*.guard")
	if err != nil {
		b.Fatal(err)
	}
	var files []*guard.File
	for _, path := range paths {
		files = append(files, parse(b, path))
	}
	doc := load(b, "testdata/verdicts/common.yaml")
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			for _, f := range files {
				if _, err := f.Evaluate(context.Background(), doc, guard.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}
