package main

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/fsxns3ap/guardhook/internal/cdk"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// templateSuffix ends the names of the templates that the CDK writes,
// nestedSuffix those of nested stacks, which older versions do not list.
const (
	templateSuffix = ".template.json"
	nestedSuffix   = ".nested.template.json"
)

// assembled is a template of a cloud assembly of the CDK.
type assembled struct {
	cdk.Template
	// dir is the folder of the assembly.
	dir string
}

// walkAssembly finds the templates of a cloud assembly, by its manifest. Assets
// are not looked at.
func walkAssembly(dir string, add func(input)) {
	templates, err := cdk.Read(os.DirFS(dir))
	if err != nil {
		add(input{path: dir, err: err})
		return
	}
	listed := map[string]bool{".": true} // files and folders
	for _, t := range templates {
		listed[t.File] = true
		in := found(filepath.Join(dir, filepath.FromSlash(t.File)))
		in.cdk = &assembled{t, dir}
		add(in)
		for folder := path.Dir(t.File); folder != "."; folder = path.Dir(folder) {
			listed[folder] = true
		}
	}
	unlisted(dir, ".", listed, add)
}

// unlisted finds the templates in a folder of an assembly, and the assemblies in
// it, that the manifest does not have: leftovers of what is gone, and nested
// stacks of older versions of the CDK.
func unlisted(dir, folder string, listed map[string]bool, add func(input)) {
	entries, err := fs.ReadDir(os.DirFS(dir), folder)
	if err != nil {
		add(input{path: filepath.Join(dir, filepath.FromSlash(folder)), err: readError(err)})
		return
	}
	for _, e := range entries {
		name := path.Join(folder, e.Name())
		in := input{path: filepath.Join(dir, filepath.FromSlash(name)), ignore: "not in the manifest"}
		switch {
		case e.IsDir() && listed[name]:
			unlisted(dir, name, listed, add)
			continue
		case listed[name], e.IsDir() && !cdk.IsAssembly(os.DirFS(in.path)), !e.IsDir() && !strings.HasSuffix(name, templateSuffix):
			continue
		case strings.HasSuffix(name, nestedSuffix):
			in.ignore = ""
		}
		add(in)
	}
}

// assemblies knows the templates of cloud assemblies by their paths.
type assemblies map[string]*assembled

// newAssemblies reads the manifests beside files that are named, too. One that
// cannot be read is no error there: what it would tell of nested stacks is then
// reported as not judged.
func newAssemblies(files []input) assemblies {
	out := assemblies{}
	read := map[string]bool{}
	for _, in := range files {
		dir := filepath.Dir(in.path)
		switch {
		case in.cdk != nil:
			out[filepath.Clean(in.path)] = in.cdk
		case strings.HasSuffix(in.path, templateSuffix) && !read[dir]:
			read[dir] = true
			out.beside(dir)
		}
	}
	return out
}

// beside adds the templates of a folder that is an assembly.
func (a assemblies) beside(dir string) {
	if !cdk.IsAssembly(os.DirFS(dir)) {
		return
	}
	templates, err := cdk.Read(os.DirFS(dir))
	if err != nil {
		return
	}
	for _, t := range templates {
		if file := filepath.Join(dir, filepath.FromSlash(t.File)); a[file] == nil {
			a[file] = &assembled{t, dir}
		}
	}
}

// construct is the path of the construct that made a resource, or "".
func (a assemblies) construct(file, logicalID string) string {
	if t := a[filepath.Clean(file)]; t != nil {
		return t.Constructs[logicalID]
	}
	return ""
}

// nested is the file of a nested stack in an assembly, or "". The construct of
// its resource is that of the stack with other ends:
// "app/Orders.NestedStack/Orders.NestedStackResource" for "app/Orders".
func (a assemblies) nested(parent string, stack *template.Resource) string {
	from := a[filepath.Clean(parent)]
	if from == nil {
		return ""
	}
	scope, ok := strings.CutSuffix(path.Dir(from.Constructs[stack.ID]), ".NestedStack")
	if !ok {
		return ""
	}
	for file, t := range a {
		if t.dir == from.dir && t.Stack == from.Stack && t.Scope == scope {
			return file
		}
	}
	return ""
}
