package validate_test

import (
	"context"
	"os"
	"testing"

	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

func benchTemplate(b *testing.B) (string, []byte) {
	b.Helper()
	const file = "testdata/usecase.yaml"
	src, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	return file, src
}

func BenchmarkLoad(b *testing.B) {
	file, src := benchTemplate(b)
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := template.Load(file, src, template.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkResolve(b *testing.B) {
	file, src := benchTemplate(b)
	tmpl, err := template.Load(file, src, template.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := validate.Resolve(tmpl, nil, ""); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkValidate judges a template from nothing remembered.
func BenchmarkValidate(b *testing.B) {
	file, src := benchTemplate(b)
	tmpl, err := template.Load(file, src, template.Options{})
	if err != nil {
		b.Fatal(err)
	}
	set := embedded(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := validate.New(set, validate.Options{}).Validate(context.Background(), tmpl); err != nil {
			b.Fatal(err)
		}
	}
}
