package main

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"github.com/fsxns3ap/guardhook/internal/parameters"
	"github.com/fsxns3ap/guardhook/validate/nested"
	"github.com/fsxns3ap/guardhook/validate/sam"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// children finds the templates of nested stacks that are local files.
type children struct{ cdk assemblies }

// Child implements validate.Children. A template is followed where TemplateURL
// is the path of a file, relative to the parent, as "aws cloudformation package"
// uploads it, and in what the CDK writes. What standard input refers to is not:
// nothing says which folder its paths are relative to.
func (c children) Child(parent string, stack *template.Resource) (string, []byte, error) {
	file := c.file(parent, stack)
	if file == "" {
		return "", nil, nil
	}
	src, err := readFile(file)
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w", file, readError(err))
	}
	return file, src, nil
}

// file is the path of a nested stack's template, or "".
func (c children) file(parent string, stack *template.Resource) string {
	if parent == stdinName {
		return ""
	}
	if file := c.cdk.nested(parent, stack); file != "" {
		return file
	}
	name := literal(stack.Properties.Get("TemplateURL"))
	if asset := literal(stack.Metadata.Get("aws:asset:path")); name == "" && literal(stack.Metadata.Get("aws:asset:property")) == "TemplateURL" {
		name = asset
	}
	if name == "" || filepath.IsAbs(name) {
		return ""
	}
	if u, err := url.Parse(name); err != nil || u.Scheme != "" || u.Host != "" {
		return ""
	}
	file := filepath.Join(filepath.Dir(parent), filepath.FromSlash(name))
	if stat, err := os.Stat(file); err != nil || !stat.Mode().IsRegular() {
		return ""
	}
	return file
}

// literal is the text of a value that is written out, or "".
func literal(n *template.Node) string {
	if n == nil || n.Kind != template.String {
		return ""
	}
	return n.Text
}

// stackMarks are in every template that has a nested stack.
var stackMarks = [...]string{nested.StackType, "AWS::Serverless::Application"}

// withoutNested tells the files that were found, not named, and seem to be nested
// stacks of others from the rest, which is judged first. A file that only files
// of its kind refer to, as where two refer to each other, is with the rest. What
// can be read only once, such as a pipe, is not looked at.
func withoutNested(files []input, c children, params *parameters.Given, jobs int) (rest, inside []input) {
	g := &nesting{children: c, params: params, refers: map[string][]string{}}
	refers := make([][]string, len(files))
	each(jobs, len(files), func(i int) {
		if files[i].err == nil && files[i].ignore == "" && isRegular(files[i].path) {
			refers[i] = g.read(files[i].path)
		}
	})
	referred := map[string]bool{}
	for i, in := range files {
		g.refers[filepath.Clean(in.path)] = refers[i]
		for _, file := range refers[i] {
			referred[file] = true
		}
	}
	judged := map[string]bool{}
	isChild := func(in input) bool { return !in.named && referred[filepath.Clean(in.path)] }
	for _, in := range files {
		if !isChild(in) {
			g.mark(filepath.Clean(in.path), judged)
		}
	}
	for _, in := range files {
		file := filepath.Clean(in.path)
		if isChild(in) && judged[file] {
			inside = append(inside, in)
			continue
		}
		g.mark(file, judged)
		rest = append(rest, in)
	}
	return rest, inside
}

// isRegular tells whether a name, "-" included, is that of a file which can be read
// again.
func isRegular(name string) bool {
	stat, err := os.Stat(name)
	return name != "-" && err == nil && stat.Mode().IsRegular()
}

// left lists the files that were to be judged as nested stacks, and were not.
func (j *job) left(inside []input) []input {
	return slices.DeleteFunc(inside, func(in input) bool { return j.nested[filepath.Clean(in.path)] })
}

// nesting tells which files refer to which.
type nesting struct {
	children children
	params   *parameters.Given
	refers   map[string][]string
}

// read lists the files of the nested stacks in a template. A file that is no
// template has none; why is said when it is judged.
func (g *nesting) read(file string) []string {
	src, err := readFile(file)
	if err != nil || !mentionsStacks(src) {
		return nil
	}
	t, err := template.Load(file, src, template.Options{Parameters: g.params.Values})
	if err != nil {
		return nil
	}
	t, _ = sam.Expand(t, g.params.Values)
	var out []string
	for _, res := range t.Resources {
		if res.Type != nested.StackType {
			continue
		}
		if child := g.children.file(file, res); child != "" {
			out = append(out, child)
		}
	}
	return out
}

func mentionsStacks(src []byte) bool {
	for _, mark := range stackMarks {
		if bytes.Contains(src, []byte(mark)) {
			return true
		}
	}
	return false
}

// mark marks what is judged with a file: the nested stacks in it, and those in
// them.
func (g *nesting) mark(file string, judged map[string]bool) {
	for _, child := range g.of(file) {
		if !judged[child] {
			judged[child] = true
			g.mark(child, judged)
		}
	}
}

// of lists the files of the nested stacks in a template, which is read once.
func (g *nesting) of(file string) []string {
	refers, known := g.refers[file]
	if !known {
		refers = g.read(file)
		g.refers[file] = refers
	}
	return refers
}

// every tells whether something is so of all nested stacks in a file.
func (g *nesting) every(file string, is func(string) bool) bool {
	below := map[string]bool{}
	g.mark(filepath.Clean(file), below)
	for child := range below {
		if !is(child) {
			return false
		}
	}
	return true
}
