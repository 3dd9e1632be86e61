package sam_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/validate/sam"
	"github.com/fsxns3ap/guardhook/validate/sam/internal/compare"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// TestGolden compares the expansion of each template in testdata with the one
// that aws-sam-translator made of it. `make golden-sam` writes these anew.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no templates: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(strings.TrimSuffix(file, ".yaml") + ".json")
			if err != nil {
				t.Fatal(err)
			}
			expanded, gaps := expand(t, file, map[string]string{"AWS::Region": "us-east-1"})
			for _, g := range gaps {
				t.Errorf("%s:%d:%d: %s is not expanded: %s", file, g.Line, g.Col, g.Resource, g.Reason)
			}
			result, err := compare.Template(expanded, want)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range result.Differences {
				t.Error(d)
			}
			if result.Resources == 0 || result.Properties == 0 {
				t.Errorf("nothing was compared: %+v", result)
			}
		})
	}
}

func expand(t *testing.T, file string, params map[string]string) (*template.Template, []sam.Gap) {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return expandText(t, string(src), params)
}

func expandText(t *testing.T, src string, params map[string]string) (*template.Template, []sam.Gap) {
	t.Helper()
	loaded, err := template.Load("template.yaml", []byte(src), template.Options{Parameters: params})
	if err != nil {
		t.Fatal(err)
	}
	return sam.Expand(loaded, params)
}
