package image_test

import (
	"bytes"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/fsxns3ap/guardhook/rules/internal/image"
)

const everything = `package guardhook.acme.all

import data.guardhook.lib.other
import data.params.acme.limit as most

default level := 0
level := 1 if input.a == null else := 2 if input.b else := 3

twice(x) := x * 2
kind(true, ["a", _]) := "list"

names contains name if {
	some name, value in input.resource.properties
	not name in {"Tags", "Name"}
	value > 1.5e3
}

sizes[kind] := {size: -1} if some kind, size in other.sizes
nested.deep[x].leaf := y if some x, y in input.pairs

deny contains {"path": [p], "message": sprintf("%s %v", [p, most])} if {
	p := input.path
	every i, item in input.items {
		item.x == i
		twice(item.y) > 3
	}
	count([1 | input.list[_].z]) == 0
	{1, 2} == {v | v := input.list[_]}
	{"a": b} = input.map
	{k: v | some k, v in input.map} != {}
	b != false
	level > 0 with input.a as null
	object.get(input, ["x", "y"], set()) == set()
	$"{p} is {b}" != "x"
}
`

const other = "package guardhook.lib.other\nsizes := {\"a\": 1}\n"

func parse(t *testing.T) map[string]*ast.Module {
	t.Helper()
	out := map[string]*ast.Module{}
	for path, src := range map[string]string{"acme/all.rego": everything, "lib/other.rego": other} {
		m, err := ast.ParseModuleWithOpts(path, src, ast.ParserOptions{RegoVersion: ast.RegoV1})
		if err != nil {
			t.Fatal(err)
		}
		out[path] = m
	}
	return out
}

// TestImage: what is read is what was written, with its places, and compiles into
// what its source compiles into.
func TestImage(t *testing.T) {
	t.Parallel()
	compiled := map[string]*ast.Module{}
	for path := range parse(t) {
		m, err := image.Compile(path, parse(t))
		if err != nil {
			t.Fatal(err)
		}
		compiled[path] = m
	}
	data, err := image.Write(compiled)
	if err != nil {
		t.Fatal(err)
	}
	read := map[string]*ast.Module{}
	im := image.Open(string(data))
	for path, m := range compiled {
		read[path] = im.Module(path, path)
		if !read[path].Equal(m) || read[path].String() != m.String() {
			t.Errorf("%s:\n%s\nwant:\n%s", path, read[path], m)
		}
		for i, rule := range read[path].Rules {
			if got, want := rule.Location, m.Rules[i].Location; got.File != path || got.Row != want.Row || got.Col != want.Col {
				t.Errorf("%s: rule %d is at %v, want %v", path, i, got, want)
			}
			for j, e := range rule.Body {
				if got, want := e.Location, m.Rules[i].Body[j].Location; got.Row != want.Row || got.Col != want.Col {
					t.Errorf("%s: rule %d, expression %d is at %v, want %v", path, i, j, got, want)
				}
			}
		}
	}
	// Flags that are not part of equality are in the second image.
	if again, err := image.Write(read); err != nil || !bytes.Equal(data, again) {
		t.Errorf("an image of what was read is another one: %v", err)
	}
	if im.Module("acme/none.rego", "") != nil {
		t.Error("there is a module that was not written")
	}
	c := ast.NewCompiler().WithSkipStages(append(image.Checks(), image.Rewrites()...)...)
	if c.Compile(read); c.Failed() {
		t.Fatal(c.Errors)
	}
	for path, m := range compiled {
		if !c.Modules[path].Equal(m) {
			t.Errorf("%s is compiled into\n%s\nwant:\n%s", path, c.Modules[path], m)
		}
	}
}

// TestNotCompiled: a module as it was parsed has what an image cannot hold.
func TestNotCompiled(t *testing.T) {
	t.Parallel()
	if _, err := image.Write(parse(t)); err == nil {
		t.Error("no error")
	}
}

func TestCompileFails(t *testing.T) {
	t.Parallel()
	m, err := ast.ParseModuleWithOpts("a.rego", "package guardhook.acme.a\n\nx if unsafe == 1\n", ast.ParserOptions{RegoVersion: ast.RegoV1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := image.Compile("a.rego", map[string]*ast.Module{"a.rego": m}); err == nil {
		t.Error("no error")
	}
}
