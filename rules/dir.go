package rules

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// maxFileBytes bounds one file of a policy set: 1 MiB.
const maxFileBytes = 1 << 20

// LoadDir loads the policy set in a directory: every .rego, .guard and .ruleset
// file but tests (_test.rego), the parameters in params.json, and the configuration in
// guardhook.yaml, if they are there. Hidden files, folders named testdata and
// tests of Guard rules (NAME_tests.yaml) are not part of the set. All reasons for a refusal are reported at once.
func LoadDir(dir string, opts Options) (*Set, error) {
	var files []file
	var errs LoadErrors
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if entry.IsDir() {
			if kind(rel+"/x.rego") == ignoredKind {
				return filepath.SkipDir
			}
			return nil
		}
		if kind(rel) == ignoredKind && entry.Type()&fs.ModeSymlink == 0 {
			return nil
		}
		stat, err := os.Stat(name) // follows a link to a file
		switch {
		case err != nil:
			return err
		case !stat.Mode().IsRegular():
			errs.add(name, 0, 0, "neither a file nor a folder: it would not be read")
			return nil
		case kind(rel) == ignoredKind:
			return nil
		case stat.Size() > maxFileBytes:
			errs.add(name, 0, 0, "larger than %d bytes", maxFileBytes)
			return nil
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		files = append(files, file{path: rel, name: name, src: src})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("policy set: %w", err)
	}
	if err := errs.err(); err != nil {
		return nil, err
	}
	return load(dir, files, opts)
}

// LoadFiles loads the policy set that a map from paths, relative to the set and
// with slashes, to contents holds. The same files are part of the set as in
// LoadDir. name stands for the set in messages.
func LoadFiles(name string, contents map[string][]byte, opts Options) (*Set, error) {
	var files []file
	var errs LoadErrors
	for _, p := range keys(contents) {
		full := name + "/" + p
		switch {
		case !fs.ValidPath(p) || p == ".":
			errs.add(full, 0, 0, "not a path inside the policy set")
		case kind(p) == ignoredKind:
		case len(contents[p]) > maxFileBytes:
			errs.add(full, 0, 0, "larger than %d bytes", maxFileBytes)
		default:
			files = append(files, file{path: p, name: full, src: contents[p]})
		}
	}
	if err := errs.err(); err != nil {
		return nil, err
	}
	return load(name, files, opts)
}
