package template

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares got with the file beside the template.
func golden(t *testing.T, file, got string) {
	t.Helper()
	out := file + ".out"
	if *update {
		if err := os.WriteFile(out, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", out, diff)
	}
}

// files returns the templates in a folder of testdata.
func files(t testing.TB, folder string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join("testdata", folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var templates []string
	for _, f := range all {
		if filepath.Ext(f) != ".out" {
			templates = append(templates, f)
		}
	}
	if len(templates) == 0 {
		t.Fatalf("no files in testdata/%s", folder)
	}
	return templates
}

func read(t testing.TB, file string) []byte {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// TestOK loads every template in testdata/ok. What is loaded is in the .out
// beside it.
func TestOK(t *testing.T) {
	t.Parallel()
	for _, file := range files(t, "ok") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			tmpl, err := Load(filepath.Base(file), read(t, file), Options{})
			if err != nil {
				t.Fatal(err)
			}
			checkPure(t, tmpl)
			golden(t, file, dump(tmpl, true))
		})
	}
}

// TestErr refuses every template in testdata/err, with exactly the errors in
// the .out beside it.
func TestErr(t *testing.T) {
	t.Parallel()
	for _, file := range files(t, "err") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			tmpl, err := Load(filepath.Base(file), read(t, file), Options{})
			if tmpl != nil || err == nil {
				t.Fatalf("loaded: %v", tmpl)
			}
			var errs Errors
			if !errors.As(err, &errs) {
				t.Fatalf("the error is a %T", err)
			}
			golden(t, file, err.Error()+"\n")
		})
	}
}

// TestTwins compares the templates that are there as YAML and as JSON.
func TestTwins(t *testing.T) {
	t.Parallel()
	twins := 0
	for _, file := range files(t, "ok") {
		yamlFile, isJSON := strings.CutSuffix(file, ".json")
		yamlFile += ".yaml"
		if _, err := os.Stat(yamlFile); !isJSON || err != nil {
			continue
		}
		twins++
		y, err := Load(yamlFile, read(t, yamlFile), Options{})
		if err != nil {
			t.Fatal(err)
		}
		j, err := Load(file, read(t, file), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(dump(y, false), dump(j, false)); diff != "" {
			t.Errorf("%s differs from its YAML:\n%s", file, diff)
		}
	}
	if twins == 0 {
		t.Error("no twins")
	}
}

// checkPure checks that a node is pure when there is no call in it.
func checkPure(t *testing.T, tmpl *Template) {
	t.Helper()
	var pure func(n *Node) bool
	pure = func(n *Node) bool {
		want := n.Kind != Call
		for _, item := range n.Items {
			want = pure(item) && want
		}
		if n.Pure != want {
			t.Errorf("%s:%d:%d: Pure is %t", tmpl.File, n.Line, n.Col, n.Pure)
		}
		return want
	}
	for _, n := range []*Node{tmpl.Metadata, tmpl.Globals} {
		if n != nil {
			pure(n)
		}
	}
	for _, r := range tmpl.Resources {
		pure(r.Node)
	}
	for _, o := range tmpl.Outputs {
		pure(o.Value)
	}
	for _, c := range tmpl.Conditions {
		pure(c)
	}
	for _, top := range tmpl.Mappings {
		for _, second := range top {
			for _, value := range second {
				pure(value)
			}
		}
	}
}

func TestNotTemplate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       bool
	}{
		{"empty", "", true},
		{"comment", "# nothing\n", true},
		{"scalar", "hello", true},
		{"prose", "Dear reader: this: is not YAML\n", true},
		{"sequence", "- Resources\n", true},
		{"other mapping", "name: x\nsteps: [1]\n", true},
		{"other mapping with a foreign tag", "a: !vault b\n", true},
		{"other mapping with a duplicate key", "a: 1\na: 2\n", true},
		{"other JSON", `{"name": "x"}`, true},
		{"other JSON with a duplicate key", `{"a": 1, "a": 2}`, true},
		{"JSON list", `["Resources"]`, true},
		{"several documents", "kind: a\n---\nkind: b\n", true},
		{"binary", "\x7fELF\x00\x01\xff", true},
		{"broken JSON", `{"name": `, true},
		{"broken YAML template", "Resources:\n  A: [\n", false},
		{"broken JSON template", `{"Resources": `, false},
		{"template in the second document", "a: 1\n---\nResources: {}\n", false},
		{"only a version", "AWSTemplateFormatVersion: 2010-09-09\n", false},
		{"only a transform", "Transform: X\n", false},
		{"UTF-16", "\xff\xfeR\x00e\x00s\x00o\x00u\x00r\x00c\x00e\x00s\x00", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := Load("x", []byte(test.text), Options{})
			if err == nil {
				t.Fatal("loaded")
			}
			if got := errors.Is(err, ErrNotTemplate); got != test.want {
				t.Errorf("is ErrNotTemplate: %t, error: %v", got, err)
			}
		})
	}
}

func TestTemplateLookups(t *testing.T) {
	t.Parallel()
	tmpl, err := Load("x.yaml", []byte("Parameters: {P: {Type: String}}\nResources: {A: {Type: T}}\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p := tmpl.Parameter("P"); p == nil || p.Type != "String" || tmpl.Parameter("A") != nil {
		t.Errorf("Parameter gives %v", p)
	}
	if r := tmpl.Resource("A"); r == nil || r.Type != "T" || tmpl.Resource("P") != nil {
		t.Errorf("Resource gives %v", r)
	}
}
