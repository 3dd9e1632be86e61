// Program draw puts drawings of the state machines of templates/usecases/NAME.yaml
// into docs/usecases/NAME.md, between <!-- machine --> and <!-- /machine -->.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/fsxns3ap/guardhook/internal/asl"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

func main() { os.Exit(command(os.Args[1:], os.Stderr)) }

// command returns the exit code.
func command(args []string, stderr io.Writer) int {
	flags := flag.NewFlagSet("draw", flag.ContinueOnError)
	flags.SetOutput(stderr)
	write := flags.Bool("write", false, "write the pages; otherwise they are compared")
	if err := flags.Parse(args); err != nil || flags.NArg() != 1 {
		_, _ = fmt.Fprintln(stderr, "usage: draw [-write] ROOT")
		return 64
	}
	if err := run(flags.Arg(0), *write); err != nil {
		for line := range strings.Lines(err.Error()) {
			_, _ = fmt.Fprintf(stderr, "draw: %s\n", strings.TrimSuffix(line, "\n"))
		}
		return 1
	}
	return 0
}

// run draws the machines of all use cases. All that is wrong is one error.
func run(root string, write bool) error {
	files, err := filepath.Glob(filepath.Join(root, "templates", "usecases", "*.yaml"))
	if err != nil {
		return err
	}
	var wrong []error
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		if err := page(file, filepath.Join(root, "docs", "usecases", name+".md"), write); err != nil {
			wrong = append(wrong, err)
		}
	}
	return errors.Join(wrong...)
}

// page brings the page of a template up to date, or says that it is not.
func page(file, path string, write bool) error {
	drawn, err := drawings(file)
	if err != nil || drawn == "" {
		return err
	}
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	fresh, err := replace(string(old), drawn)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", path, err)
	case fresh == string(old):
		return nil
	case !write:
		return fmt.Errorf("%s: the drawing is not that of %s: run make generate", path, file)
	}
	return os.WriteFile(path, []byte(fresh), 0o644)
}

// The marks in a page.
const (
	begin = "<!-- machine -->\n"
	end   = "<!-- /machine -->\n"
)

// replace puts drawings into a page, whose second mark may be missing.
func replace(page, drawn string) (string, error) {
	before, rest, ok := strings.Cut(page, begin)
	if !ok {
		return "", errors.New("there is no line <!-- machine -->")
	}
	if _, after, ok := strings.Cut(rest, end); ok {
		rest = after
	} else if strings.Contains(rest, "```mermaid") {
		return "", errors.New("there is no line <!-- /machine --> after the drawing")
	}
	return before + begin + drawn + end + rest, nil
}

// variant is a machine in some deployments.
type variant struct {
	name, when, drawing string
	states              int
}

// drawings draws the machines of a template: each as the defaults make it and, if
// parameters change its states, with the most states as well.
func drawings(file string) (string, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	t, err := template.Load(file, src, template.Options{})
	if err != nil {
		return "", err
	}
	defaults := map[string]string{}
	for _, p := range t.Parameters {
		if p.Default != nil {
			defaults[p.Name] = *p.Default
		}
	}
	usual, err := variants(t, defaults)
	if err != nil {
		return "", err
	}
	all, err := variants(t, nil)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	names := 0
	for _, res := range t.Resources {
		if res.Type != machineType {
			continue
		}
		names++
		shown := ""
		for _, v := range usual {
			if v.name == res.ID {
				shown = v.drawing
				out.WriteString(heading(v.name, "", t))
				out.WriteString(v.drawing)
			}
		}
		most := variant{}
		for _, v := range all {
			if v.name == res.ID && v.states > most.states {
				most = v
			}
		}
		if most.drawing != "" && most.drawing != shown {
			out.WriteString(heading(res.ID, most.when, t))
			out.WriteString(most.drawing)
		}
	}
	if names == 0 {
		return "", nil
	}
	return "\n" + out.String(), nil
}

const machineType = "AWS::StepFunctions::StateMachine"

// heading is the line above a drawing; there is none above a single one.
func heading(name, when string, t *template.Template) string {
	machines := 0
	for _, res := range t.Resources {
		if res.Type == machineType {
			machines++
		}
	}
	switch {
	case when != "":
		return fmt.Sprintf("`%s` with %s:\n\n", name, when)
	case machines > 1:
		return fmt.Sprintf("`%s`:\n\n", name)
	}
	return ""
}

// variants are the machines that pinned values of parameters leave open.
func variants(t *template.Template, pinned map[string]string) ([]variant, error) {
	deployments, err := validate.Resolve(t, pinned, "")
	if err != nil {
		return nil, err
	}
	var out []variant
	for _, d := range deployments {
		if d.Resource.Type != machineType {
			continue
		}
		m, err := asl.New(asl.Typed(d.Properties["Definition"]))
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", t.File, d.Resource.ID, err)
		}
		drawing := m.Mermaid()
		out = append(out, variant{
			name: d.Resource.ID, when: d.When.String(), drawing: "```mermaid\n" + drawing + "```\n\n",
			states: strings.Count(drawing, "\n"),
		})
	}
	return out, nil
}
