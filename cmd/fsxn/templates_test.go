package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// handlers are the Handlers of the functions of our runtime in a template, in any
// deployment.
func handlers(t *testing.T, file string) []string {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := template.Load(file, src, template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	deployments, err := validate.Resolve(tmpl, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, d := range deployments {
		if d.Resource.Type == "AWS::Lambda::Function" && d.Properties["Runtime"] == "provided.al2023" {
			found[fmt.Sprint(d.Properties["Handler"])] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// TestHandlers: the functions of a use case's template are those of its program, and
// every template is that of a use case, with a page and an event for each function.
func TestHandlers(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../templates/usecases/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range useCases() {
		file := "../../templates/usecases/" + u.Name + ".yaml"
		if u.Template != "" {
			file = "../../" + u.Template
		} else {
			files = slices.DeleteFunc(files, func(f string) bool { return f == file })
			if _, err := os.Stat("../../docs/usecases/" + u.Name + ".md"); err != nil {
				t.Error(err)
			}
		}
		if got, want := handlers(t, file), u.Names(); !slices.Equal(got, want) {
			t.Errorf("%s: the template has functions %v, the program %v", u.Name, got, want)
		}
		for _, name := range u.Names() {
			events, err := filepath.Glob("../../testdata/events/" + u.Name + "/" + name + "*.json")
			if err != nil || !slices.ContainsFunc(events, func(e string) bool {
				return filepath.Base(e) == name+".json" || strings.HasPrefix(filepath.Base(e), name+".")
			}) {
				t.Errorf("%s: %s has no event", u.Name, name)
			}
		}
	}
	for _, file := range files {
		t.Errorf("%s is the template of no use case", file)
	}
}
