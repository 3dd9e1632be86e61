package validate_test

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// FuzzResolve judges and resolves whatever loads: nothing panics, and a
// resource that is listed is one of the template's.
func FuzzResolve(f *testing.F) {
	for _, file := range fixtures(f)[:60] {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	v := validate.New(embedded(f), validate.Options{})
	f.Fuzz(func(t *testing.T, src []byte) {
		tmpl, err := template.Load("fuzz.yaml", src, template.Options{})
		if err != nil {
			var errs template.Errors
			if !errors.As(err, &errs) && !errors.Is(err, template.ErrNotTemplate) {
				t.Fatalf("an error without a place: %v", err)
			}
			return
		}
		result, err := v.Validate(context.Background(), tmpl)
		if err != nil {
			t.Fatal(err)
		}
		for _, finding := range result.Findings {
			if finding.Line < 1 || finding.Col < 1 {
				t.Errorf("%s has no place", finding.Rule.ID)
			}
		}
		deployments, err := validate.Resolve(tmpl, nil, "")
		if err != nil {
			return
		}
		for _, d := range deployments {
			if tmpl.Resource(d.Resource.ID) != d.Resource {
				t.Errorf("resource %q is not the template's", d.Resource.ID)
			}
		}
	})
}
