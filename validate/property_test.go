package validate_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// fixtures are the templates that the built-in rules are tested with, and the
// package's own.
func fixtures(t testing.TB) []string {
	t.Helper()
	var files []string
	for _, pattern := range []string{
		"../rules/policy/*/testdata/*/*.yaml", "testdata/*.yaml", "../testdata/templates/*.yaml",
	} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 100 {
		t.Fatalf("only %d fixtures", len(files))
	}
	return files
}

func embedded(t testing.TB) *rules.Set {
	t.Helper()
	set, err := rules.Embedded(rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func load(t testing.TB, file string) *template.Template {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := template.Load(file, src, template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

// interesting are values that some built-in rule denies or that a fixture's
// condition asks for; parameters are drawn from them, their own allowed values
// and their defaults.
var interesting = []string{
	"", "true", "false", "*", "0.0.0.0/0", "::/0", "10.0.0.0/8", "s3:*", "iam:PassRole", "NONE", "AWS_IAM",
	"prod", "dev", "0", "1", "22", "443", "900", "901", "10240", "10241", "python3.8", "python3.13", "provided.al2023",
	"Enabled", "Disabled", "aws:kms", "AES256", "PublicRead", "Retain", "Delete", "arn:aws:iam::aws:policy/AdministratorAccess",
	"arn:aws:iam::123456789012:root", "anything",
}

// draw gives a parameter a value that CloudFormation would take.
func draw(rt *rapid.T, p *template.Parameter) string {
	values := slices.Clone(interesting)
	values = append(values, p.AllowedValues...)
	if p.Default != nil {
		values = append(values, *p.Default, *p.Default)
	}
	if p.MinValue != nil {
		values = append(values, fmt.Sprint(*p.MinValue))
	}
	if p.MinLength != nil {
		values = append(values, strings.Repeat("x", *p.MinLength))
	}
	values = slices.DeleteFunc(values, func(v string) bool { return !validate.Admits(p, v) })
	if len(values) == 0 {
		// Quotes and controls would break a JSON text that the value stands in.
		return rapid.StringMatching(p.AllowedPattern).Filter(func(v string) bool {
			return validate.Admits(p, v) && strconv.Quote(v) == `"`+v+`"`
		}).Draw(rt, p.Name)
	}
	return rapid.SampledFrom(values).Draw(rt, p.Name)
}

// TestReportCoversEveryDeployment draws values for all parameters of a template
// and judges that one deployment. What fails there has been reported for it, or
// may fail by the report; what is reported to fail there fails.
func TestReportCoversEveryDeployment(t *testing.T) {
	t.Parallel()
	v := validate.New(embedded(t), validate.Options{})
	checked := 0
	for _, file := range fixtures(t) {
		tmpl := load(t, file)
		if len(tmpl.Parameters) == 0 || len(tmpl.Parameters) > 8 {
			continue
		}
		checked++
		report, err := v.Validate(context.Background(), tmpl)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimPrefix(filepath.ToSlash(file), "../rules/policy/"), func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				values := map[string]string{}
				for _, p := range tmpl.Parameters {
					values[p.Name] = draw(rt, p)
				}
				if problem := compareWithReport(v, tmpl, report, values); problem != "" {
					rt.Fatalf("%s with %v: %s", file, values, problem)
				}
			})
		})
	}
	if checked < 20 {
		t.Errorf("only %d fixtures have parameters", checked)
	}
}

type where struct{ rule, resource, path string }

func compareWithReport(_ *validate.Validator, tmpl *template.Template, report *validate.Result, values map[string]string) string {
	concrete, err := validate.New(concreteSet, validate.Options{Parameters: values}).Validate(context.Background(), tmpl)
	if err != nil {
		return err.Error()
	}
	fails, open := map[where]bool{}, map[where]bool{}
	for _, f := range concrete.Findings {
		w := where{f.Rule.ID, f.Resource, f.Path.String()}
		if f.Status == rules.Fail {
			fails[w] = true
		} else {
			open[w] = true
		}
	}
	covered := map[where]bool{}
	for _, f := range report.Findings {
		w := where{f.Rule.ID, f.Resource, f.Path.String()}
		for _, s := range f.When {
			if s.Admits(values) {
				covered[w] = true
				if !fails[w] && !open[w] {
					return fmt.Sprintf("%v is reported to fail when %q and does not", w, s)
				}
			}
		}
		for _, s := range f.Possible {
			if s.Admits(values) {
				covered[w] = true
			}
		}
	}
	for w := range fails {
		if !covered[w] {
			return fmt.Sprintf("%v fails and is not reported", w)
		}
	}
	return ""
}

var concreteSet = func() *rules.Set {
	set, err := rules.Embedded(rules.Options{})
	if err != nil {
		panic(err)
	}
	return set
}()

// TestWitnessesAreDenied gives every undecided finding's witness to the
// parameters and expects the finding to stay: as a failure, unless something
// else is open too.
func TestWitnessesAreDenied(t *testing.T) {
	t.Parallel()
	set := embedded(t)
	v := validate.New(set, validate.Options{})
	checked := 0
	for _, file := range fixtures(t) {
		tmpl := load(t, file)
		report, err := v.Validate(context.Background(), tmpl)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range report.Findings {
			if f.Status != rules.Undecided || len(f.Witness) == 0 || len(f.Possible) != 1 || len(f.Possible[0]) != 0 {
				continue
			}
			pinned := map[string]string{}
			for _, a := range f.Witness {
				if tmpl.Parameter(a.Symbol) != nil {
					pinned[a.Symbol] = a.Value
				}
			}
			if len(pinned) != len(f.Witness) {
				continue
			}
			checked++
			again, err := validate.New(set, validate.Options{Parameters: pinned}).Validate(context.Background(), tmpl)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(again.Findings, func(g validate.Finding) bool {
				return g.Rule.ID == f.Rule.ID && g.Status != rules.Waived && g.Resource == f.Resource && g.Path.String() == f.Path.String()
			}) {
				t.Errorf("%s: %s on %s %s: witness %v is not denied", file, f.Rule.ID, f.Resource, f.Path, f.Witness)
			}
		}
	}
	if checked < 5 {
		t.Errorf("only %d witnesses", checked)
	}
}
