package validate_test

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// files finds nested stacks in a file system, by their paths in it.
type files struct{ fs.FS }

func (f files) Child(parent string, stack *template.Resource) (string, []byte, error) {
	url := stack.Properties.Get("TemplateURL")
	if url == nil || url.Kind != template.String || strings.Contains(url.Text, ":") {
		return "", nil, nil
	}
	name := path.Join(path.Dir(parent), url.Text)
	src, err := fs.ReadFile(f, name)
	return name, src, err
}

// hierarchy judges parent.yaml with its nested stacks, without expecting that
// there are no problems.
func hierarchy(t *testing.T, dir fs.FS, options validate.Options) *validate.Result {
	t.Helper()
	src, err := fs.ReadFile(dir, "parent.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := template.Load("parent.yaml", src, template.Options{Parameters: options.Parameters})
	if err != nil {
		t.Fatal(err)
	}
	options.Children = files{dir}
	result, err := validate.New(embedded(t), options).Validate(t.Context(), tmpl)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// described are the findings of a hierarchy without what tells where they are.
// Names are those without the path of stacks.
func described(results ...*validate.Result) []string {
	var out []string
	for _, r := range results {
		for i := range r.Findings {
			f := &r.Findings[i]
			line := fmt.Sprintf("%s %s %s %s", f.Rule.ID, f.Status, f.Resource, f.Path)
			var paths []string
			for at := f.StackPath; at != "" && at != "."; at = path.Dir(at) {
				paths = append(paths, at+"/", "")
			}
			name := strings.NewReplacer(paths...).Replace
			for _, list := range [][]validate.Scenario{f.When, f.Possible} {
				for _, s := range list {
					line += " | " + name(s.String())
				}
			}
			for _, a := range f.Witness {
				line += " ! " + name(a.String())
			}
			out = append(out, line)
		}
	}
	slices.Sort(out)
	return out
}

// TestNested judges testdata/nested/*: parent.yaml with its nested stacks is
// compared with expected.out, and with inline.yaml, which has everything in one
// template.
func TestNested(t *testing.T) {
	t.Parallel()
	cases, err := fs.ReadDir(os.DirFS("testdata/nested"), ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name(), func(t *testing.T) {
			t.Parallel()
			folder := "testdata/nested/" + c.Name()
			result := hierarchy(t, os.DirFS(folder), validate.Options{})
			all := append([]*validate.Result{result}, result.Nested...)
			var got strings.Builder
			for _, r := range all {
				fmt.Fprintf(&got, "%s %q of %q\n%s", r.Template.File, r.StackPath, r.Root, describe(r))
				for _, p := range r.Problems {
					t.Errorf("problem: %s", p)
				}
			}
			if *update {
				if err := os.WriteFile(folder+"/expected.out", []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(folder + "/expected.out")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Error(diff)
			}
			inline := judge(t, validate.New(embedded(t), validate.Options{}), load(t, folder+"/inline.yaml"))
			if diff := cmp.Diff(described(inline), described(all...)); diff != "" {
				t.Errorf("inlined -, nested +:\n%s", diff)
			}
		})
	}
}

// TestNestedAsWritten makes a nested stack of every rule's fixture templates,
// with a parent that has the same parameters and passes each: the findings have
// to be the same, on the same lines.
func TestNestedAsWritten(t *testing.T) {
	t.Parallel()
	v := validate.New(embedded(t), validate.Options{Children: files{os.DirFS("..")}})
	compared := 0
	for _, file := range fixtures(t) {
		child := load(t, file)
		want := judge(t, v, child)
		result := judge(t, v, wrapping(t, file, child))
		if len(result.Nested) == 0 {
			t.Errorf("%s: not judged as a nested stack: %v", file, result.Problems)
			continue
		}
		compared++
		got := result.Nested[0]
		if diff := cmp.Diff(described(want), described(got)); diff != "" {
			t.Errorf("%s: alone -, nested +:\n%s", file, diff)
		}
		for i := range min(len(want.Findings), len(got.Findings)) {
			if want.Findings[i].Pos != got.Findings[i].Pos {
				t.Errorf("%s: %v alone, %v nested", file, want.Findings[i].Pos, got.Findings[i].Pos)
			}
		}
	}
	if compared < 100 {
		t.Errorf("only %d templates compared", compared)
	}
}

// wrapping writes a template with a nested stack that has all parameters of a
// template, and passes them on.
func wrapping(t *testing.T, file string, child *template.Template) *template.Template {
	t.Helper()
	passed := map[string]any{}
	for _, p := range child.Parameters {
		value := any(map[string]any{"Ref": p.Name})
		if p.IsList() {
			value = map[string]any{"Fn::Join": []any{",", value}}
		}
		if !strings.HasPrefix(p.Type, "AWS::SSM::") {
			passed[p.Name] = value
		}
	}
	parent := map[string]any{"Resources": map[string]any{"Wrapped": map[string]any{
		"Type":       "AWS::CloudFormation::Stack",
		"Properties": map[string]any{"TemplateURL": path.Join("validate", file), "Parameters": passed},
	}}}
	if parameters := yamlEntry(yamlDocument(t, file).Content[0], "Parameters"); parameters != nil {
		parent["Parameters"] = parameters
	}
	src, err := yaml.Marshal(parent)
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := template.Load("parent.yaml", src, template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

// TestNestedProblems expects that what is wrong with a nested stack is said on
// the line of the parent, and that nothing passes that could not be judged.
func TestNestedProblems(t *testing.T) {
	t.Parallel()
	stack := func(url string, parameters ...string) string {
		return "Resources:\n  Next:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: " + url + "\n" + strings.Join(parameters, "")
	}
	deep := fstest.MapFS{"parent.yaml": {Data: []byte(stack("1.yaml"))}}
	for i := range validate.MaxNesting + 1 {
		deep[fmt.Sprint(i+1)+".yaml"] = &fstest.MapFile{Data: []byte(stack(fmt.Sprint(i+2) + ".yaml"))}
	}
	wide := fstest.MapFS{"parent.yaml": {Data: []byte(many(30, "middle.yaml"))}, "middle.yaml": {Data: []byte(many(20, "leaf.yaml"))}, "leaf.yaml": {Data: []byte("Resources: {A: {Type: AWS::SNS::Topic}}")}}
	for name, c := range map[string]struct {
		dir  fstest.MapFS
		want string
	}{
		"itself": {
			fstest.MapFS{"parent.yaml": {Data: []byte(stack("parent.yaml"))}},
			"parent.yaml:5:20: nested stack Next: stacks are nested in themselves: parent.yaml -> parent.yaml",
		},
		"cycle": {
			fstest.MapFS{"parent.yaml": {Data: []byte(stack("a.yaml"))}, "a.yaml": {Data: []byte(stack("./b.yaml"))}, "b.yaml": {Data: []byte(stack("a.yaml"))}},
			"b.yaml:5:20: nested stack Next: stacks are nested in themselves: a.yaml -> b.yaml -> a.yaml",
		},
		"missing": {
			fstest.MapFS{"parent.yaml": {Data: []byte(stack("a.yaml"))}},
			"parent.yaml:5:20: nested stack Next: open a.yaml: file does not exist",
		},
		"refused": {
			fstest.MapFS{"parent.yaml": {Data: []byte(stack("a.yaml"))}, "a.yaml": {Data: []byte("Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Condition: B\n  C: 1\n")}},
			"parent.yaml:5:20: nested stack Next: a.yaml:4:16: Condition: there is no condition \"B\" (and 1 more)",
		},
		"no template": {
			fstest.MapFS{"parent.yaml": {Data: []byte(stack("a.yaml"))}, "a.yaml": {Data: []byte("just: text")}},
			"parent.yaml:5:20: nested stack Next: a.yaml:1:1: not a CloudFormation template",
		},
		"deep": {deep, "16.yaml:5:20: nested stack Next: more than 16 stacks nested in one another"},
		"many": {wide, "middle.yaml:56:20: nested stack Next10: more than 500 nested stacks"},
		"large": {
			fstest.MapFS{
				"parent.yaml": {Data: []byte("Parameters: {A: {Type: String}}\n" + stack("a.yaml", doubled("A")))},
				"a.yaml":      {Data: []byte("Parameters: {P: {Type: String}}\n" + stack("b.yaml", doubled("P")))},
				"b.yaml":      {Data: []byte("Parameters: {P: {Type: String}}\n" + stack("c.yaml", doubled("P")))},
				"c.yaml":      {Data: []byte("Parameters: {P: {Type: String}}\n" + stack("d.yaml", doubled("P")))},
				"d.yaml":      {Data: []byte("Resources: {A: {Type: AWS::SNS::Topic}}")},
			},
			"b.yaml:6:20: nested stack Next: the values that are passed to it make it too large",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := hierarchy(t, c.dir, validate.Options{})
			var got []string
			for _, r := range append([]*validate.Result{result}, result.Nested...) {
				for _, p := range r.Problems {
					got = append(got, p.String())
				}
			}
			if len(got) != 1 || !strings.HasPrefix(got[0], c.want) {
				t.Errorf("got:  %q\nwant: %s", got, c.want)
			}
		})
	}
}

// many is a template with nested stacks of one file.
func many(n int, url string) string {
	var b strings.Builder
	b.WriteString("Resources:\n")
	for i := range n {
		fmt.Fprintf(&b, "  Next%d:\n    Type: AWS::CloudFormation::Stack\n    Condition: Always\n    Properties:\n      TemplateURL: %s\n", i, url)
	}
	return b.String() + "Conditions: {Always: !Equals [a, a]}\n"
}

// doubled passes a parameter on, forty times over.
func doubled(name string) string {
	return "      Parameters: {P: !Join ['', [" + strings.Repeat("!Ref "+name+", ", 40) + "x]]}\n"
}

// TestNestedStackName pins what is known of a stack: a nested one has the same
// Region, and another name.
func TestNestedStackName(t *testing.T) {
	t.Parallel()
	dir := fstest.MapFS{
		"parent.yaml": {Data: []byte("Resources:\n  Next:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: child.yaml}\n")},
		"child.yaml": {Data: []byte(`
Conditions:
  Named: !Equals [!Ref "AWS::StackName", app]
  Here: !Equals [!Ref "AWS::Region", eu-west-1]
Resources:
  ByName:
    Type: AWS::SQS::Queue
    Condition: Named
    Properties: {SqsManagedSseEnabled: false}
  ByRegion:
    Type: AWS::SQS::Queue
    Condition: Here
    Properties: {SqsManagedSseEnabled: false}
`)},
	}
	result := hierarchy(t, dir, validate.Options{Parameters: map[string]string{"AWS::StackName": "app", "AWS::Region": "eu-west-1"}})
	if len(result.Nested) != 1 {
		t.Fatal(result.Problems)
	}
	var got []string
	for i := range result.Nested[0].Findings {
		f := &result.Nested[0].Findings[i]
		got = append(got, f.Resource+" "+f.When[0].String())
	}
	want := []string{"ByName Next/AWS::StackName=app", "ByRegion "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestNestedIDs expects one id for a resource alone, and another for each stack
// that it is nested in.
func TestNestedIDs(t *testing.T) {
	t.Parallel()
	dir := os.DirFS("testdata/nested/absent")
	ids := map[string]string{}
	result := hierarchy(t, dir, validate.Options{})
	alone := judge(t, validate.New(embedded(t), validate.Options{}), load(t, "testdata/nested/absent/child.yaml"))
	for _, r := range append([]*validate.Result{result, alone}, result.Nested...) {
		for i := range r.Findings {
			f := &r.Findings[i]
			where := fmt.Sprintf("%s of %s: %s.%s: %s", r.StackPath, r.Template.File, f.Resource, f.Path, f.Rule.ID)
			if other, twice := ids[f.ID]; twice {
				t.Errorf("%s has the id of %s", where, other)
			}
			ids[f.ID] = where
			if want := f.Finding.ID(r.StackPath); f.ID != want {
				t.Errorf("%s: id %s, want %s", where, f.ID, want)
			}
		}
	}
	if len(ids) < 6 {
		t.Errorf("%d findings", len(ids))
	}
}

// TestLoopOfChild goes through a list that the parent passes: never the default of
// the child, which no deployment has.
func TestLoopOfChild(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		passed string
		pins   map[string]string
		want   []string // logical ids; nil is a problem
	}{
		"a text":                  {`"a,b"`, nil, []string{"Topica", "Topicb"}},
		"a default":               {`!Ref Names`, nil, []string{"Topicx", "Topicy"}},
		"a default, joined":       {`!Join [",", !Ref Names]`, nil, []string{"Topicx", "Topicy"}},
		"a pin, joined":           {`!Join [",", !Ref Names]`, map[string]string{"Names": "q"}, []string{"Topicq"}},
		"items":                   {`!Join [",", [a, !Ref Name]]`, nil, []string{"Topica", "Topicn"}},
		"nothing":                 {`!Ref AWS::NoValue`, nil, []string{"Topicp"}},
		"what is not known":       {`!ImportValue names`, nil, nil},
		"a part of it not known":  {`!Join [",", [a, !ImportValue names]]`, nil, nil},
		"a parameter with no one": {`!Ref Open`, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := fstest.MapFS{
				"parent.yaml": {Data: []byte(`
Parameters:
  Names: {Type: CommaDelimitedList, Default: "x, y"}
  Name: {Type: String, Default: n}
  Open: {Type: String}
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: child.yaml, Parameters: {Names: ` + c.passed + `}}
`)},
				"child.yaml": {Data: []byte(`
Transform: AWS::LanguageExtensions
Parameters:
  Names: {Type: CommaDelimitedList, Default: p}
Resources:
  Fn::ForEach::Topics:
    - Name
    - !Ref Names
    - Topic${Name}: {Type: "AWS::SNS::Topic"}
`)},
			}
			result := hierarchy(t, dir, validate.Options{Parameters: c.pins})
			var got []string
			for _, child := range result.Nested {
				for _, res := range child.Template.Resources {
					got = append(got, res.ID)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("resources (-want +got):\n%s", diff)
			}
			if problem := len(result.Problems) > 0; problem != (c.want == nil) {
				t.Errorf("problems: %v", result.Problems)
			}
		})
	}
}
