package report

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

var update = flag.Bool("update", false, "write expected outputs")

// extensions are those of expected outputs. HTML is without style and script.
var extensions = map[string]string{
	"sarif": "sarif", "junit": "xml", "github": "github", "gitlab": "gitlab.json", "markdown": "md", "html": "html.golden",
}

// caseNames are the files of testdata/cases.
func caseNames(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	var names []string
	for _, file := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(file), ".txtar"))
	}
	return names
}

// reportOf judges the files of a case as the program does: guardhook.yaml is the
// configuration, rules join those of the program's tests, the file "problems" is a
// problem of the run, the file "adoption" makes findings known, and the others may
// be templates.
func reportOf(t *testing.T, name string) *Report {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata/cases", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	opts := rules.Options{Name: "policy", Now: func() time.Time { return now }}
	policy := programPolicy(t)
	for _, f := range archive.Files {
		switch {
		case f.Name == rules.ConfigFile:
			opts.Config, err = rules.ParseConfig(f.Name, f.Data)
		case strings.HasSuffix(f.Name, ".rego"):
			policy[f.Name] = f.Data
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	set, err := rules.LoadFiles("policy", policy, opts)
	if err != nil {
		t.Fatal(err)
	}
	v := validate.New(set, validate.Options{Now: opts.Now, Children: children(archive.Files)})
	r := New(set, adopted(archive, Options{Policy: "policy", Now: now, Program: "v1.2.3"}))
	r.Adoption = adoption(archive)
	for _, f := range archive.Files {
		switch {
		case f.Name == "problems":
			r.Fail(strings.TrimSuffix(string(f.Data), "\n"))
		case strings.HasPrefix(f.Name, childFolder):
		case f.Name != rules.ConfigFile && f.Name != adoptionFile && !strings.HasSuffix(f.Name, ".rego"):
			record(t, r, v, f.Name, f.Data)
		}
	}
	r.Finish()
	return r
}

// programPolicy is the policy set of the program's tests.
func programPolicy(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("../../cmd/validate/testdata/policy/*.rego")
	if err != nil || len(files) == 0 {
		t.Fatalf("no policy set: %v", err)
	}
	out := map[string][]byte{}
	for _, file := range files {
		if out[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func record(t *testing.T, r *Report, v *validate.Validator, file string, src []byte) {
	t.Helper()
	tmpl, err := template.Load(file, src, template.Options{})
	switch {
	case errors.Is(err, template.ErrNotTemplate):
		r.Ignore(file, "no template")
		return
	case err != nil:
		r.Refuse(file, err)
		return
	}
	result, err := v.Validate(context.Background(), tmpl)
	if err != nil {
		t.Fatal(err)
	}
	r.Add(result)
}

// written is a report in a format.
func written(t *testing.T, r *Report, format string) string {
	t.Helper()
	f, err := NewFormat(format, Style{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestGolden compares every case in every format with what is checked in.
func TestGolden(t *testing.T) {
	t.Parallel()
	for _, name := range caseNames(t) {
		for format, extension := range extensions {
			t.Run(name+"/"+format, func(t *testing.T) {
				t.Parallel()
				got := written(t, reportOf(t, name), format)
				if format == "html" {
					got = strings.NewReplacer(pageStyle, "STYLE", pageScript, "SCRIPT", sourceHash(pageStyle), "HASH", sourceHash(pageScript), "HASH").Replace(got)
				}
				file := filepath.Join("testdata/golden", name+"."+extension)
				if *update {
					if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("%s is stale (go test ./validate/report -update):\n%s", file, diff)
				}
			})
		}
	}
}
