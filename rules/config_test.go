package rules

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// TestConfig reads each file of testdata/config. The .out file beside it is the
// configuration, or the error. The published schema must agree.
func TestConfig(t *testing.T) {
	t.Parallel()
	schema := compiledSchema(t)
	located := regexp.MustCompile(`^[a-z0-9_]+\.yaml:\d+(:\d+)?: .`)
	names, err := filepath.Glob("testdata/config/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".yaml"), func(t *testing.T) {
			t.Parallel()
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			c, err := ParseConfig(filepath.Base(name), src)
			var got string
			if err == nil {
				got = string(c.canonical()) + "\n" + marshal(t, c.Params) + "\n" + c.Policy + "\n"
			} else {
				got = err.Error() + "\n"
				for line := range strings.Lines(got) {
					if !located.MatchString(line) {
						t.Errorf("no file and line: %s", line)
					}
				}
			}
			if verdict := againstSchema(schema, src); verdict != nil && (*verdict == nil) != (err == nil) {
				t.Errorf("the schema says %v, the parser says %v", *verdict, err)
			}
			out := strings.TrimSuffix(name, ".yaml") + ".out"
			if *update {
				if err := os.WriteFile(out, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(ConfigSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("guardhook.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("guardhook.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// againstSchema returns the schema's verdict, or nil for text that is no single
// YAML document, which a schema cannot judge.
func againstSchema(schema *jsonschema.Schema, src []byte) *error {
	var errs LoadErrors
	y := yamlReader{errs: &errs}
	root := y.parse(src)
	if root == nil {
		return nil
	}
	plainDates(root)
	doc := y.value(root)
	if len(errs) > 0 {
		return nil
	}
	err := schema.Validate(doc)
	return &err
}

// plainDates makes dates text, as JSON has them.
func plainDates(n *yaml.Node) {
	if n.ShortTag() == "!!timestamp" {
		n.Tag = "!!str"
	}
	for _, c := range n.Content {
		plainDates(c)
	}
}

func TestInputSchema(t *testing.T) {
	t.Parallel()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(InputSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("input.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Compile("input.schema.json"); err != nil {
		t.Fatal(err)
	}
}

func FuzzParseConfig(f *testing.F) {
	names, err := filepath.Glob("testdata/config/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		c, err := ParseConfig("guardhook.yaml", src)
		if (c == nil) == (err == nil) {
			t.Fatalf("%v and %v", c, err)
		}
		var errs LoadErrors
		if err != nil && (!errors.As(err, &errs) || len(errs) == 0) {
			t.Fatalf("not located: %v", err)
		}
		for _, e := range errs {
			if e.Line < 1 || e.File == "" || e.Message == "" {
				t.Fatalf("not located: %#v", e)
			}
		}
	})
}
