package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUpToDate(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(string) ([]byte, error){"index_gen.go": generate, "image.bin": compile} {
		want, err := make("../../policy")
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile("../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want, got) {
			t.Errorf("%s is out of date: run go generate in the rules folder", name)
		}
	}
}

func TestNeeds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, src := range map[string]string{
		"acme/a.rego":       "package guardhook.acme.a\nimport data.guardhook.lib.one\nx if one.x\n",
		"acme/b.rego":       "package guardhook.acme.b\nx if data.guardhook.acme.a.x\n",
		"acme/c.rego":       "package guardhook.acme.c\nx if data.params.acme.y\n",
		"acme/c_test.rego":  "package guardhook.acme.c_test\n",
		"lib/one.rego":      "package guardhook.lib.one\nx if data.guardhook.lib.two.x\n",
		"lib/one_more.rego": "package guardhook.lib.one\ny := 1\n",
		"lib/two.rego":      "package guardhook.lib.two\nx := 1\n",
		"lib/three.rego":    "package guardhook.lib.three\nx := 1\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(src), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	modules, err := parse(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, m := range modules {
		got[m.path] = needs(m, modules)
	}
	libraries := []string{"lib/one.rego", "lib/one_more.rego", "lib/two.rego"}
	want := map[string][]string{
		"acme/a.rego":       append([]string{"acme/a.rego"}, libraries...),
		"acme/b.rego":       append([]string{"acme/a.rego", "acme/b.rego"}, libraries...),
		"acme/c.rego":       {"acme/c.rego"},
		"lib/one.rego":      libraries,
		"lib/one_more.rego": libraries,
		"lib/two.rego":      {"lib/two.rego"},
		"lib/three.rego":    {"lib/three.rego"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
