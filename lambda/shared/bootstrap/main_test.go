package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// environ is the environment that a template gives a function.
func environ(d validate.Deployment) []string {
	var out []string
	environment, _ := d.Properties["Environment"].(map[string]any)
	variables, _ := environment["Variables"].(map[string]any)
	for name, value := range variables {
		out = append(out, fmt.Sprintf("%s=%v", name, value))
	}
	return out
}

// TestTemplates: each function starts with what its template gives it, and not
// without.
func TestTemplates(t *testing.T) {
	t.Parallel()
	stacks := map[string]map[string]string{
		"auto-stop": {"Project": "p", "Action": "delete", "DryRun": "false", "IdleMinutes": "1440"},
	}
	for name := range functions() {
		file := filepath.Join("..", "..", "..", "templates", "shared", name+".yaml")
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tmpl, err := template.Load(file, src, template.Options{})
		if err != nil {
			t.Fatal(err)
		}
		all, err := validate.Resolve(tmpl, stacks[name], "Function")
		if err != nil || len(all) == 0 {
			t.Fatal(all, err)
		}
		for _, d := range all {
			p := program{handler: fmt.Sprint(d.Properties["Handler"]), environ: environ(d), stdout: io.Discard, now: time.Now}
			if _, err := p.open(context.Background()); err != nil || p.handler != name {
				t.Errorf("%s: handler %s: %v", file, p.handler, err)
			}
			p.environ = nil
			if _, err := p.open(context.Background()); failure.Of(err) != failure.Configuration {
				t.Errorf("%s without settings: %v", name, err)
			}
		}
	}
}

func TestUnknownHandler(t *testing.T) {
	t.Parallel()
	p := program{handler: "bootstrap", stdout: io.Discard, now: time.Now}
	if _, err := p.open(context.Background()); failure.Of(err) != failure.Configuration || !strings.Contains(err.Error(), "auto-stop") {
		t.Errorf("%v", err)
	}
}
