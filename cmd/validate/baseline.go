package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/baseline"
	"github.com/fsxns3ap/guardhook/validate/report"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// baselineFile is the file that is read, or written, or "".
func (a *adoption) baselineFile() string {
	if a.args.WriteBaseline != "" {
		return a.args.WriteBaseline
	}
	return a.args.Baseline
}

// readBaseline reads the baseline. One that is to be written need not be there.
func (a *adoption) readBaseline() error {
	name := a.baselineFile()
	if name == "" {
		return nil
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return err
	}
	a.folder = filepath.Dir(path)
	a.report.Baseline = &report.BaselineUse{File: name, Gone: []baseline.Entry{}}
	src, err := os.ReadFile(name)
	switch {
	case a.args.WriteBaseline != "" && errors.Is(err, fs.ErrNotExist):
		a.baseline = baseline.New(nil)
		return nil
	case err != nil:
		return fmt.Errorf("baseline: %w", err)
	}
	if a.baseline, err = baseline.Read(name, src); err != nil {
		return fmt.Errorf("baseline: %w", err)
	}
	return nil
}

// entry is a finding as a baseline has it: its file is named from the folder of
// the baseline, so that it does not matter where the program runs.
func (a *adoption) entry(t *template.Template, f *validate.Finding) baseline.Entry {
	e := baseline.Of(t, f)
	e.File = a.name(t.File)
	return e
}

func (a *adoption) name(file string) string {
	clean := filepath.ToSlash(filepath.Clean(file))
	if a.folder == "" || file == stdinName {
		return clean
	}
	path, err := filepath.Abs(file)
	if err != nil {
		return clean
	}
	if path, err = filepath.Rel(a.folder, path); err != nil {
		return clean
	}
	return filepath.ToSlash(path)
}

// missing tells whether a file that a baseline names is no longer there.
func (a *adoption) missing(name string) bool {
	path := filepath.FromSlash(name)
	if !filepath.IsAbs(path) {
		path = filepath.Join(a.folder, path)
	}
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

// settle tells the report what is gone of the baseline: of files that were
// judged, and of those that are no longer there.
func (a *adoption) settle(r *report.Report) {
	if a.baseline == nil {
		return
	}
	judged := map[string]bool{}
	for _, t := range r.Templates {
		judged[a.name(t.File)] = true
	}
	var over, rest []string
	for _, name := range a.baseline.Files() {
		if judged[name] || name != stdinName && a.missing(name) {
			over = append(over, name)
		} else {
			rest = append(rest, name)
		}
	}
	a.report.Baseline.Gone = append(a.report.Baseline.Gone, a.baseline.Unused(over)...)
	if a.args.WriteBaseline != "" {
		recorded := len(a.found)
		a.report.Baseline.Recorded = &recorded
		// What was not judged may still be as it was recorded.
		a.found = slices.Concat(a.found, a.baseline.Unused(rest))
	}
}

// save writes the baseline, unless a part could not be judged: its findings would
// be missing.
func (a *adoption) save(r *report.Report) error {
	if a.args.WriteBaseline == "" {
		return nil
	}
	if r.Summary.Status == report.NotJudged {
		a.report.Baseline.Recorded, a.report.Baseline.NotWritten = nil, true
		return nil
	}
	err := replaceFile(a.args.WriteBaseline, func(w io.Writer) error { return baseline.Write(w, a.found) })
	if err != nil {
		a.report.Baseline.Recorded, a.report.Baseline.NotWritten = nil, true
		return fmt.Errorf("baseline: %w", err)
	}
	return nil
}
