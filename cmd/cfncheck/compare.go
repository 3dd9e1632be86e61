package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
)

// entry is a file in an archive.
type entry struct {
	mode    fs.FileMode
	content []byte
}

// compare compares our package with the CLI's and says in a sentence how they
// differ. The CLI's may have sources, which the registry does not run; any other
// difference is an error.
func compare(ours, theirs []byte) (string, error) {
	a, err := unzip(ours)
	if err != nil {
		return "", err
	}
	b, err := unzip(theirs)
	if err != nil {
		return "", err
	}
	var sources []string
	for _, name := range slices.Sorted(maps.Keys(b)) {
		if _, ok := a[name]; ok {
			continue
		}
		if !isSource(name) {
			return "", fmt.Errorf("%w: only the CLI's package has %s", errFound, name)
		}
		sources = append(sources, name)
	}
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if _, ok := b[name]; !ok {
			return "", fmt.Errorf("%w: only our package has %s", errFound, name)
		}
		if err := same(name, a[name].content, b[name].content); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d entries are the same; sources that only the CLI's has: %s", len(a), strings.Join(sources, ", ")), nil
}

// isSource tells whether an entry is one of the sources that the plugin adds.
func isSource(name string) bool {
	return name == "Makefile" || strings.HasPrefix(name, "cmd/") || strings.HasPrefix(name, "internal/")
}

// same compares an entry: archives by what they hold, the metadata as JSON, all
// others by their bytes.
func same(name string, ours, theirs []byte) error {
	switch {
	case path.Ext(name) == ".zip":
		a, err := unzip(ours)
		if err != nil {
			return err
		}
		b, err := unzip(theirs)
		if err != nil {
			return err
		}
		if !maps.EqualFunc(a, b, func(x, y entry) bool { return x.mode == y.mode && bytes.Equal(x.content, y.content) }) {
			return fmt.Errorf("%w: %s holds other files than the CLI's", errFound, name)
		}
	case name == ".cfn_metadata.json":
		var a, b any
		if err := json.Unmarshal(ours, &a); err != nil {
			return err
		}
		if err := json.Unmarshal(theirs, &b); err != nil {
			return err
		}
		if !reflect.DeepEqual(a, b) {
			return fmt.Errorf("%w: %s is %s, and the CLI's is %s", errFound, name, ours, theirs)
		}
	case !bytes.Equal(ours, theirs):
		return fmt.Errorf("%w: %s differs from the CLI's:\n%s\n%s", errFound, name, ours, theirs)
	}
	return nil
}

// unzip returns the files of an archive by name.
func unzip(content []byte) (map[string]entry, error) {
	r, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	files := map[string]entry{}
	for _, f := range r.File {
		body, err := f.Open()
		if err != nil {
			return nil, err
		}
		read, err := io.ReadAll(body)
		if err != nil {
			return nil, err
		}
		files[f.Name] = entry{f.Mode(), read}
	}
	return files, nil
}
