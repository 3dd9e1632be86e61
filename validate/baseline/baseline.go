// Package baseline remembers findings that a code base already has, so that
// only new ones count. It hides exactly what it recorded: a finding of the same
// rule at the same property of the same resource in the same file, with the same
// value, status and deployments. When any of them changes, the finding counts.
package baseline

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// Version is that of the file's form.
const Version = 1

// maxBytes bounds a baseline file.
const maxBytes = 64 << 20

// Entry is a recorded finding.
type Entry struct {
	File     string `json:"file"`
	Resource string `json:"resource"`
	Rule     string `json:"rule"`
	// Path is the property path, as findings have it.
	Path   string       `json:"path"`
	Status rules.Status `json:"status"`
	// Value is a hash of the property in the template and of the deployments
	// that the finding is about: "sha256:" and 32 hexadecimal digits.
	Value string `json:"value"`
}

func (e Entry) String() string {
	return fmt.Sprintf("%s: %s.%s: %s", e.File, e.Resource, e.Path, e.Rule)
}

func compare(a, b Entry) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Rule, b.Rule),
		cmp.Compare(a.Path, b.Path), cmp.Compare(a.Status, b.Status), cmp.Compare(a.Value, b.Value))
}

// Of returns the entry of a finding in a template. Files are named as on the
// command line, with slashes, so that a baseline serves every system.
func Of(t *template.Template, f *validate.Finding) Entry {
	h := sha256.New()
	hashValue(h, t.Resource(f.Resource), f.Path)
	for _, scenarios := range [][]validate.Scenario{f.When, f.Possible} {
		fmt.Fprintf(h, "(%d", len(scenarios))
		for _, s := range scenarios {
			fmt.Fprintf(h, "%q", fmt.Sprint(s))
		}
	}
	return Entry{
		File: filepath.ToSlash(filepath.Clean(t.File)), Resource: f.Resource, Rule: f.Rule.ID, Path: f.Path.String(), Status: f.Status,
		Value: "sha256:" + hex.EncodeToString(h.Sum(nil)[:16]),
	}
}

// hashValue writes what a resource has at a path: all of it below an intrinsic
// function, since the path leads through it.
func hashValue(w io.Writer, r *template.Resource, path rules.Path) {
	if r == nil {
		return
	}
	if len(path) == 0 {
		fmt.Fprintf(w, "%q", r.Type)
		hashNode(w, r.DeletionPolicy)
		hashNode(w, r.UpdateReplacePolicy)
		return
	}
	n := r.Properties
	for _, step := range path {
		if n == nil || n.Kind == template.Call {
			break
		}
		switch step := step.(type) {
		case string:
			n = n.Get(step)
		case int:
			if n.Kind == template.List && step < len(n.Items) {
				n = n.Items[step]
			}
		}
	}
	hashNode(w, n)
}

// hashNode writes a value so that equal ones, wherever they stand and in
// whatever order their keys are, and no others, give the same text.
func hashNode(w io.Writer, n *template.Node) {
	if n == nil {
		fmt.Fprint(w, "-")
		return
	}
	fmt.Fprintf(w, "%d%q%q[", n.Kind, n.Text, n.Fn)
	order := make([]int, len(n.Items))
	for i := range order {
		order[i] = i
	}
	if n.Kind == template.Map {
		slices.SortFunc(order, func(a, b int) int { return cmp.Compare(n.Keys[a].Name, n.Keys[b].Name) })
	}
	for _, i := range order {
		if n.Kind == template.Map {
			fmt.Fprintf(w, "%q", n.Keys[i].Name)
		}
		hashNode(w, n.Items[i])
	}
	fmt.Fprint(w, "]")
}

// file is the form of a baseline file.
type file struct {
	Version  int     `json:"version"`
	Findings []Entry `json:"findings"`
}

// Write writes entries as a baseline file: sorted, so that it is the same for
// the same findings.
func Write(w io.Writer, entries []Entry) error {
	sorted := slices.Clone(entries)
	slices.SortFunc(sorted, compare)
	if sorted == nil {
		sorted = []Entry{}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(file{Version, sorted})
}

// Baseline is what was recorded. It is not for concurrent use.
type Baseline struct {
	left map[Entry]int
}

// Read reads a baseline file. name is what errors call it.
func Read(name string, src []byte) (*Baseline, error) {
	if len(src) > maxBytes {
		return nil, fmt.Errorf("%s: larger than %d bytes", name, maxBytes)
	}
	dec := json.NewDecoder(bytes.NewReader(src))
	dec.DisallowUnknownFields()
	var f file
	if err := dec.Decode(&f); err != nil {
		return nil, fmt.Errorf("%s: not a baseline file: %w", name, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: not a baseline file: text after its end", name)
	}
	if f.Version != Version {
		return nil, fmt.Errorf("%s: version %d of the form, and this program reads %d", name, f.Version, Version)
	}
	b := &Baseline{left: map[Entry]int{}}
	for i, e := range f.Findings {
		if e.File == "" || e.Rule == "" || !strings.HasPrefix(e.Value, "sha256:") {
			return nil, fmt.Errorf("%s: finding %d has no file, rule or value", name, i+1)
		}
		b.left[e]++
	}
	return b, nil
}

// Take tells whether a finding is recorded, and not taken as often already.
func (b *Baseline) Take(e Entry) bool {
	if b.left[e] == 0 {
		return false
	}
	b.left[e]--
	return true
}

// Unused returns what was recorded and not taken: findings that are gone or
// have changed. files are those that were judged; of others nothing is known.
func (b *Baseline) Unused(files []string) []Entry {
	judged := map[string]bool{}
	for _, name := range files {
		judged[filepath.ToSlash(filepath.Clean(name))] = true
	}
	var out []Entry
	for e, n := range b.left {
		for range n {
			if judged[e.File] {
				out = append(out, e)
			}
		}
	}
	slices.SortFunc(out, compare)
	return out
}
