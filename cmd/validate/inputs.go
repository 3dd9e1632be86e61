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
			out[i].named = out[i].named || in.named
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
// ignored.
func walk(dir string, add func(input)) {
	_ = filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
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
				add(input{path: name, ignore: "a link to a folder"})
				return nil
			}
		}
		if hasExtension(name) {
			add(input{path: name})
		}
		return nil
	})
}

// glob finds the files that a pattern matches; ** stands for any number of
// folders. A folder that it matches is walked. A pattern that ends in * or **
// stands for the files that may be templates.
func glob(pattern string, add func(input)) {
	segments := strings.Split(filepath.ToSlash(filepath.Clean(pattern)), "/")
	every := strings.Trim(segments[len(segments)-1], "*") == ""
	found := 0
	err := match("", segments, func(name string) {
		found++
		if stat, err := os.Stat(name); err == nil && stat.IsDir() {
			walk(name, add)
			return
		}
		if !every || hasExtension(name) {
			add(input{path: name})
		}
	})
	switch {
	case err != nil:
		add(input{path: pattern, err: err})
	case found == 0:
		add(input{path: pattern, err: errors.New("no file matches")})
	}
}

// match calls fn for every path below dir that the segments match.
func match(dir string, segments []string, fn func(string)) error {
	at := dir
	if at == "" {
		at = "."
	}
	switch {
	case len(segments) == 0:
		fn(dir)
		return nil
	case segments[0] == "" && dir == "":
		return match("/", segments[1:], fn)
	case segments[0] == "**":
		if len(segments) == 1 {
			segments = []string{"**", "*"}
		}
		if err := match(dir, segments[1:], fn); err != nil {
			return err
		}
	case !strings.ContainsAny(segments[0], "*?["):
		name := filepath.Join(dir, segments[0])
		if _, err := os.Lstat(name); err != nil {
			return nil
		}
		return match(name, segments[1:], fn)
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
			if e.IsDir() {
				if err := match(name, segments, fn); err != nil {
					return err
				}
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
		if err := match(name, segments[1:], fn); err != nil {
			return err
		}
	}
	return nil
}
