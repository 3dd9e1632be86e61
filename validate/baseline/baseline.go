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
	"maps"
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
	// Value is a hash of the property in the template, of the parameters and
	// mappings that it names, and of the deployments that the finding is about:
	// "sha256:" and 32 hexadecimal digits.
	Value string `json:"value"`
}

func (e Entry) String() string {
	return fmt.Sprintf("%s: %s.%s: %s", e.File, e.Resource, e.Path, e.Rule)
}

func compare(a, b Entry) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Rule, b.Rule),
		cmp.Compare(a.Path, b.Path), cmp.Compare(a.Status, b.Status), cmp.Compare(a.Value, b.Value))
}

// Of returns the entry of a finding in a template. The file is named as the
// template names it, with slashes; a caller that keeps entries for other folders
// to read names it from a place that all know.
func Of(t *template.Template, f *validate.Finding) Entry {
	h := sha256.New()
	x := &hasher{w: h, t: t, seen: map[string]bool{}}
	x.value(t.Resource(f.Resource), f.Path)
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
	left map[string]map[Entry]int // by file: how often, and not taken yet
}

// New returns a baseline of entries, each as often as it is there.
func New(entries []Entry) *Baseline {
	b := &Baseline{left: map[string]map[Entry]int{}}
	for _, e := range entries {
		if b.left[e.File] == nil {
			b.left[e.File] = map[Entry]int{}
		}
		b.left[e.File][e]++
	}
	return b
}

// Of returns a copy of what is recorded of one file.
func (b *Baseline) Of(file string) *Baseline {
	return &Baseline{left: map[string]map[Entry]int{file: maps.Clone(b.left[file])}}
}

// Files lists the files that something is recorded of, sorted.
func (b *Baseline) Files() []string { return slices.Sorted(maps.Keys(b.left)) }

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
	for i, e := range f.Findings {
		if e.File == "" || e.Rule == "" || !strings.HasPrefix(e.Value, "sha256:") {
			return nil, fmt.Errorf("%s: finding %d has no file, rule or value", name, i+1)
		}
	}
	return New(f.Findings), nil
}

// Take tells whether a finding is recorded, and not taken as often already.
func (b *Baseline) Take(e Entry) bool {
	if b.left[e.File][e] == 0 {
		return false
	}
	b.left[e.File][e]--
	return true
}

// Unused returns what was recorded and not taken: findings that are gone or
// have changed. files are those that were judged; of others nothing is known.
func (b *Baseline) Unused(files []string) []Entry {
	var out []Entry
	seen := map[string]bool{}
	for _, name := range files {
		name = filepath.ToSlash(filepath.Clean(name))
		if seen[name] {
			continue
		}
		seen[name] = true
		for e, n := range b.left[name] {
			out = append(out, slices.Repeat([]Entry{e}, n)...)
		}
	}
	slices.SortFunc(out, compare)
	return out
}
