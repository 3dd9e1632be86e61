package report

import (
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/baseline"
	"github.com/fsxns3ap/guardhook/validate/fix"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// adoptionFile is the file of a case that makes findings known: a line says what
// they are known from, and names their resource.
const adoptionFile = "adoption"

func adoptionLines(archive *txtar.Archive) map[string]Known {
	for _, f := range archive.Files {
		if f.Name != adoptionFile {
			continue
		}
		out := map[string]Known{}
		for line := range strings.Lines(string(f.Data)) {
			known, resource, _ := strings.Cut(strings.TrimSpace(line), " ")
			out[resource] = Known(known)
		}
		return out
	}
	return nil
}

// adopted makes findings known, and gives the others a fix.
func adopted(archive *txtar.Archive, opts Options) Options {
	known := adoptionLines(archive)
	if known == nil {
		return opts
	}
	opts.Known = func(_ *template.Template, f *validate.Finding) Known { return known[f.Resource] }
	opts.Fix = func(_ *template.Template, f *validate.Finding) *fix.Suggestion {
		if known[f.Resource] != Live {
			return nil
		}
		return &fix.Suggestion{Rule: f.Rule.ID, Resource: f.Resource, Start: f.Pos, End: f.Pos, Text: "New:\n"}
	}
	return opts
}

func adoption(archive *txtar.Archive) *Adoption {
	if adoptionLines(archive) == nil {
		return nil
	}
	out := &Adoption{
		Baseline: &BaselineUse{File: "baseline.json", Gone: []baseline.Entry{{
			File: "app.yaml", Resource: "Gone", Rule: "BUCKET_ENCRYPTION", Path: "BucketEncryption", Status: rules.Fail, Value: "sha256:00",
		}}},
		Since: &Since{Ref: "main", Files: 3},
		Fixes: &Fixes{Made: []Fix{}, Left: []Fix{}},
	}
	out.Fixes.Add("app.yaml", &fix.Result{
		Changes: []fix.Change{
			{Rule: "BUCKET_ENCRYPTION", Resource: "One", Findings: 1, Settings: []string{"Properties.BucketEncryption"}},
			{Rule: "BUCKET_ENCRYPTION", Resource: "Two", Findings: 2, Settings: []string{"Properties.BucketEncryption"}},
		},
		Left:  []fix.Left{{Rule: "BUCKET_ENCRYPTION", Resource: "Three", Findings: 1, Reason: "the value is not a literal"}},
		Other: 4,
	})
	return out
}
