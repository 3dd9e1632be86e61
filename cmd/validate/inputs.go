package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/internal/cdk"
)

// input is a file to judge.
type input struct {
	path string // "-" is standard input
	// named means that the command line names the file: it has to be a
	// template.
	named bool
	// err is why there is nothing to read; ignore is why it is not read.
	err    error
	ignore string
	// cdk is what is known of a template of a cloud assembly.
	cdk *assembled
}

// extensions are those of the files that are looked at in directories.
var extensions = [...]string{".yaml", ".yml", ".json", ".template"}

func hasExtension(name string) bool {
	return slices.Contains(extensions[:], strings.ToLower(filepath.Ext(name)))
}

// inputs lists the files that the arguments name, each once, in order.
func inputs(args []string) []input {
	var out []input
	seen := map[string]int{}
	add := func(in input) {
		key := filepath.Clean(in.path)
		if in.path == "-" {
			key = in.path
		}
		if i, twice := seen[key]; twice {
			if in.named {
				out[i].named, out[i].ignore = true, ""
			}
			return
		}
		seen[key] = len(out)
		out = append(out, in)
	}
	for _, arg := range args {
		if arg == "-" {
			add(input{path: arg, named: true})
			continue
		}
		stat, err := os.Stat(arg)
		switch {
		case err == nil && stat.IsDir():
			walk(arg, add)
		case err == nil:
			add(input{path: arg, named: true})
		case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(arg, "*?["):
			glob(arg, add)
		default:
			add(input{path: arg, named: true, err: readError(err)})
		}
	}
	return out
}

// readError leaves out what the report says already.
func readError(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// walk finds the files of a directory that may be templates. Git's own folder
// is not looked at; a link to another folder is not followed, and said to be
// ignored, but for the directory itself.
func walk(dir string, add func(input)) {
	root := dir
	if isLink(dir) {
		root = dir + string(filepath.Separator) + "."
	}
	_ = filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if name == root {
			name = dir
		}
		switch {
		case err != nil:
			add(input{path: name, err: readError(err)})
			if entry != nil && entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			if entry.Name() == ".git" && name != dir {
				return fs.SkipDir
			}
			if cdk.IsAssembly(os.DirFS(name)) {
				walkAssembly(name, add)
				return fs.SkipDir
			}
			return nil
		case entry.Type()&fs.ModeSymlink != 0:
			stat, err := os.Stat(name)
			if err == nil && stat.IsDir() {
				add(linked(name))
				return nil
			}
		}
		if hasExtension(name) {
			add(found(name))
		}
		return nil
	})
}

func isLink(name string) bool {
	stat, err := os.Lstat(name)
	return err == nil && stat.Mode()&fs.ModeSymlink != 0
}

func linked(name string) input { return input{path: name, ignore: "a link to a folder"} }

// found is a file that nobody names. A pipe or a device may never end, and is not
// read.
func found(name string) input {
	in := input{path: name}
	if stat, err := os.Stat(name); err == nil && !stat.Mode().IsRegular() {
		in.ignore = "a pipe or a device"
	}
	return in
}

// glob finds the files that a pattern matches; ** stands for any number of
// folders. A folder that it matches is walked. A pattern that ends in * or **
// stands for the files that may be templates.
func glob(pattern string, add func(input)) {
	segments := slices.CompactFunc(strings.Split(filepath.ToSlash(filepath.Clean(pattern)), "/"), func(a, b string) bool {
		return a == "**" && a == b
	})
	every := strings.Trim(segments[len(segments)-1], "*") == ""
	matches := 0
	deep := slices.Contains(segments, "**")
	err := match("", segments, func(name string) {
		matches++
		if stat, err := os.Stat(name); err == nil && stat.IsDir() {
			if deep && isLink(name) {
				add(linked(name))
				return
			}
			walk(name, add)
			return
		}
		if !every || hasExtension(name) {
			add(found(name))
		}
	}, func(name string) { add(linked(name)) })
	switch {
	case err != nil:
		add(input{path: pattern, err: err})
	case matches == 0:
		add(input{path: pattern, err: errors.New("no file matches")})
	}
}

// match calls fn for every path below dir that the segments match, and skip for
// links to folders that ** does not follow.
func match(dir string, segments []string, fn, skip func(string)) error {
	at := dir
	if at == "" {
		at = "."
	}
	switch {
	case len(segments) == 0:
		fn(dir)
		return nil
	case segments[0] == "" && dir == "":
		return match("/", segments[1:], fn, skip)
	case segments[0] == "**":
		if len(segments) == 1 {
			segments = []string{"**", "*"}
		}
		if err := match(dir, segments[1:], fn, skip); err != nil {
			return err
		}
	case !strings.ContainsAny(segments[0], "*?["):
		name := filepath.Join(dir, segments[0])
		if _, err := os.Lstat(name); err != nil {
			return nil
		}
		return match(name, segments[1:], fn, skip)
	}
	entries, err := os.ReadDir(at)
	if err != nil {
		return fmt.Errorf("%s: %w", at, readError(err))
	}
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if e.Name() == ".git" {
			continue
		}
		if segments[0] == "**" {
			stat, err := os.Stat(name)
			switch {
			case e.IsDir():
				if err := match(name, segments, fn, skip); err != nil {
					return err
				}
			case err == nil && stat.IsDir():
				skip(name)
			}
			continue
		}
		ok, err := path.Match(segments[0], e.Name())
		if err != nil {
			return fmt.Errorf("%q is no pattern", segments[0])
		}
		if !ok {
			continue
		}
		if stat, err := os.Stat(name); len(segments) > 1 && (err != nil || !stat.IsDir()) {
			continue
		}
		if err := match(name, segments[1:], fn, skip); err != nil {
			return err
		}
	}
	return nil
}
