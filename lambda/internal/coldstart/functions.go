package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// function is a function of a template.
type function struct {
	handler string
	environ []string
}

// functions are those of the templates of a program, with everything on that can be
// turned on, by their handlers: templates/usecases/NAME.yaml without hyphens, or
// templates/shared.
func functions(root, program string) ([]function, error) {
	folder := "usecases"
	if program == "shared" {
		folder = "shared"
	}
	files, err := filepath.Glob(filepath.Join(root, "templates", folder, "*.yaml"))
	if err != nil {
		return nil, err
	}
	found := map[string]function{}
	for _, file := range files {
		name := strings.ReplaceAll(strings.TrimSuffix(filepath.Base(file), ".yaml"), "-", "")
		if folder == "usecases" && name != program {
			continue
		}
		if err := ofTemplate(file, found); err != nil {
			return nil, err
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no template has its functions")
	}
	var out []function
	for _, handler := range slices.Sorted(maps.Keys(found)) {
		out = append(out, found[handler])
	}
	return out, nil
}

// ofTemplate adds the functions of a template.
func ofTemplate(file string, found map[string]function) error {
	src, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	t, err := template.Load(file, src, template.Options{})
	if err != nil {
		return err
	}
	pinned := map[string]string{
		"AWS::Region": "eu-west-1", "AWS::AccountId": "123456789012", "AWS::Partition": "aws", "AWS::StackName": "stack",
		"AWS::StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/stack/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f",
	}
	for _, p := range t.Parameters {
		switch {
		case slices.Contains(p.AllowedValues, "true"):
			pinned[p.Name] = "true"
		case p.Default != nil:
			pinned[p.Name] = *p.Default
		}
	}
	deployments, err := validate.Resolve(t, pinned, "")
	if err != nil {
		return err
	}
	for _, d := range deployments {
		if d.Resource.Type != "AWS::Lambda::Function" || d.Properties["Runtime"] != "provided.al2023" {
			continue
		}
		f := function{handler: fmt.Sprint(d.Properties["Handler"])}
		f.environ = []string{"_HANDLER=" + f.handler, "AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=none", "AWS_SECRET_ACCESS_KEY=none"}
		environment, _ := d.Properties["Environment"].(map[string]any)
		variables, _ := environment["Variables"].(map[string]any)
		for name, value := range variables {
			f.environ = append(f.environ, name+"="+known(fmt.Sprint(value)))
		}
		found[f.handler] = f
	}
	return nil
}

// open are values that are not known before a deployment.
var open = regexp.MustCompile(`\$\{([^}]*)\}`)

// odd is what a name of a bucket has not.
var odd = regexp.MustCompile(`[^a-z0-9]+`)

// known returns a value of which nothing is open: ARNs and names stand for the rest.
func known(value string) string {
	return open.ReplaceAllStringFunc(value, func(name string) string {
		switch name = strings.ToLower(strings.Trim(name, "${}")); {
		case strings.Contains(name, "uuid"):
			return "0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"
		case strings.HasSuffix(name, "arn"):
			return "arn:aws:service:eu-west-1:123456789012:name"
		case strings.Contains(name, "topic"):
			return "arn:aws:sns:eu-west-1:123456789012:topic"
		}
		return strings.Trim(odd.ReplaceAllString(name, "-"), "-")
	})
}
