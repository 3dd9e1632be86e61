package sam_test

import (
	"os"
	"testing"

	"github.com/fsxns3ap/guardhook/validate/sam"
	"github.com/fsxns3ap/guardhook/validate/template"
)

func BenchmarkExpand(b *testing.B) {
	src, err := os.ReadFile("testdata/events.yaml")
	if err != nil {
		b.Fatal(err)
	}
	loaded, err := template.Load("events.yaml", src, template.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		sam.Expand(loaded, nil)
	}
}
