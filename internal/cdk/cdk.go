// Package cdk reads cloud assemblies, the folders that the AWS CDK writes
// (cdk.out): which templates they have, and which construct made a resource.
//
// The form of an assembly is that of the package cloud-assembly-schema of the
// CDK; versions differ in where they keep the metadata, and both places are read.
package cdk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Template is a template of an assembly.
type Template struct {
	// File is its path below the folder of the assembly, with slashes.
	File string
	// Stack is the name of the stack, as the CDK shows it. Nested stacks have
	// that of the stack they are part of.
	Stack string
	// Scope is the path of the stack's construct: "Prod/app".
	Scope string
	// Constructs are the paths of the constructs that made resources, by logical id.
	Constructs map[string]string
}

// Limits of an assembly.
const (
	maxBytes      = 64 << 20 // of a manifest or a metadata file
	maxNested     = 8        // assemblies in assemblies
	maxAssemblies = 1000     // in one, at any depth
)

const manifestName = "manifest.json"

// IsAssembly tells whether a folder is an assembly: it has a manifest, and the
// marker of the CDK.
func IsAssembly(dir fs.FS) bool {
	for _, name := range []string{manifestName, "cdk.out"} {
		if stat, err := fs.Stat(dir, name); err != nil || !stat.Mode().IsRegular() {
			return false
		}
	}
	return true
}

// manifest is what is read of manifest.json.
type manifest struct {
	Artifacts map[string]artifact `json:"artifacts"`
}

type artifact struct {
	Type        string `json:"type"`
	DisplayName string `json:"displayName"`
	Properties  struct {
		TemplateFile  string `json:"templateFile"`
		StackName     string `json:"stackName"`
		DirectoryName string `json:"directoryName"`
	} `json:"properties"`
	Metadata               metadata `json:"metadata"`
	AdditionalMetadataFile string   `json:"additionalMetadataFile"`
}

// metadata are facts about constructs by their paths: "/app/Bucket/Resource".
type metadata map[string][]struct {
	Type string          `json:"type"`
	Data json.RawMessage `json:"data"`
}

// Read returns the templates of an assembly and of the assemblies in it, sorted
// by file. An error names the file below dir.
func Read(dir fs.FS) ([]Template, error) {
	left := maxAssemblies
	out, err := read(dir, ".", 0, &left)
	slices.SortFunc(out, func(a, b Template) int { return strings.Compare(a.File, b.File) })
	return out, err
}

func read(dir fs.FS, folder string, depth int, left *int) ([]Template, error) {
	if *left--; *left < 0 {
		return nil, fmt.Errorf("%s: more than %d assemblies", folder, maxAssemblies)
	}
	if depth > maxNested {
		return nil, fmt.Errorf("%s: more than %d assemblies in one another", folder, maxNested)
	}
	var m manifest
	if err := readJSON(dir, path.Join(folder, manifestName), &m); err != nil {
		return nil, err
	}
	var out []Template
	for id, a := range m.Artifacts {
		var of []Template
		var err error
		switch a.Type {
		case "aws:cloudformation:stack":
			of, err = stack(dir, folder, id, &a)
		case "cdk:cloud-assembly":
			var below string
			if below, err = inside(folder, a.Properties.DirectoryName); err == nil {
				of, err = read(dir, below, depth+1, left)
			}
		}
		if err != nil {
			return nil, err
		}
		out = append(out, of...)
	}
	return out, nil
}

// inside is the path of a file that a manifest names. It cannot leave the folder.
func inside(folder, name string) (string, error) {
	if !fs.ValidPath(name) || name == "." {
		return "", fmt.Errorf("%s: the name %q is not a path below the folder", path.Join(folder, manifestName), name)
	}
	return path.Join(folder, name), nil
}

// stack returns the templates of a stack: its own and those of nested stacks.
func stack(dir fs.FS, folder, id string, a *artifact) ([]Template, error) {
	file, err := inside(folder, a.Properties.TemplateFile)
	if err != nil {
		return nil, err
	}
	facts := a.Metadata
	if a.AdditionalMetadataFile != "" {
		name, err := inside(folder, a.AdditionalMetadataFile)
		if err != nil {
			return nil, err
		}
		more := metadata{}
		if err := readJSON(dir, name, &more); err != nil {
			return nil, err
		}
		if facts == nil {
			facts = metadata{}
		}
		for p, items := range more {
			facts[p] = append(facts[p], items...)
		}
	}
	name := id
	for _, s := range []string{a.Properties.StackName, a.DisplayName} {
		if s != "" {
			name = s
		}
	}
	own := Template{File: file, Stack: name, Scope: scopeOf(facts, a.Properties.TemplateFile), Constructs: map[string]string{}}
	out := []Template{own}
	for p, file := range facts.texts("aws:cdk:templateFile") {
		if file == a.Properties.TemplateFile {
			continue
		}
		nested, err := inside(folder, file)
		if err != nil {
			return nil, err
		}
		out = append(out, Template{File: nested, Stack: name, Scope: strings.TrimPrefix(p, "/"), Constructs: map[string]string{}})
	}
	for p, logical := range facts.texts("aws:cdk:logicalId") {
		p = strings.TrimPrefix(p, "/")
		owner := 0
		for i := range out {
			if strings.HasPrefix(p, out[i].Scope+"/") && len(out[i].Scope) > len(out[owner].Scope) {
				owner = i
			}
		}
		out[owner].Constructs[logical] = p
	}
	return out, nil
}

// scopeOf is the path of the construct that has a template.
func scopeOf(facts metadata, file string) string {
	for p, text := range facts.texts("aws:cdk:templateFile") {
		if text == file {
			return strings.TrimPrefix(p, "/")
		}
	}
	return ""
}

// texts are the facts of one type that are text, by construct.
func (m metadata) texts(kind string) map[string]string {
	out := map[string]string{}
	for p, items := range m {
		for _, item := range items {
			var text string
			if item.Type == kind && json.Unmarshal(item.Data, &text) == nil {
				out[p] = text
			}
		}
	}
	return out
}

func readJSON(dir fs.FS, name string, to any) error {
	stat, err := fs.Stat(dir, name)
	switch {
	case err != nil:
		var p *fs.PathError
		if errors.As(err, &p) {
			err = p.Err
		}
		return fmt.Errorf("%s: %w", name, err)
	case stat.Size() > maxBytes:
		return fmt.Errorf("%s: larger than %d bytes", name, maxBytes)
	}
	src, err := fs.ReadFile(dir, name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := json.Unmarshal(src, to); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
