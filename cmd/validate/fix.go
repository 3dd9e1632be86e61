package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/baseline"
	"github.com/fsxns3ap/guardhook/validate/fix"
	"github.com/fsxns3ap/guardhook/validate/template"
)

func (a *adoption) fixes() bool { return a.args.Fix || a.args.Diff }

// fixed is what came of fixing a file.
type fixed struct {
	old    []byte
	result *fix.Result
}

// fix fixes the template of a file, and puts the new one in its place where files
// are written.
func (j *job) fix(ctx context.Context, in input, out *judged) {
	if out.template == nil || !j.adopt.fixes() || in.path == "-" {
		return
	}
	defer recovered(out)
	if !isRegular(in.path) {
		*out = judged{err: errors.New("what is no regular file cannot be fixed")}
		return
	}
	src, err := readFile(in.path)
	if err != nil {
		out.template, out.err = nil, readError(err)
		return
	}
	opts := template.Options{Parameters: j.params.Values}
	result, err := fix.Fix(ctx, j.validator, in.name(), src, fix.Options{Template: opts, Wanted: j.adopt.wanted(in.name())})
	if err != nil {
		// Judging the template says why.
		return
	}
	out.fixed = &fixed{old: src, result: result}
	if !j.adopt.args.Fix || len(result.Changes) == 0 {
		return
	}
	if now, err := readFile(in.path); err != nil || !bytes.Equal(now, src) {
		*out = judged{err: errors.New("the file changed while it was fixed: it is left as it is")}
		return
	}
	err = replaceFile(in.path, func(w io.Writer) error {
		_, err := w.Write(result.Source)
		return err
	})
	if err == nil {
		out.template, err = template.Load(in.name(), result.Source, opts)
	}
	if err != nil {
		*out = judged{err: err}
	}
}

// writeDiff shows what fixes change.
func (c *Command) writeDiff(a *adoption) error {
	if _, err := a.diff.WriteTo(c.Stdout); err != nil {
		return fmt.Errorf("output: %w", err)
	}
	return nil
}

// wanted tells which findings of a file to fix: those that count and are shown.
func (a *adoption) wanted(file string) func(*template.Template, *validate.Finding) bool {
	var known []*baseline.Baseline
	for _, b := range [...]*baseline.Baseline{a.baseline, a.old} {
		if b != nil {
			known = append(known, b.Of(a.name(file)))
		}
	}
	return func(t *template.Template, f *validate.Finding) bool {
		e, live := a.entry(t, f), true
		for _, b := range known {
			live = !b.Take(e) && live
		}
		return live && f.Rule.Severity >= a.least
	}
}

// suggestion names a fix.
type suggestion struct{ file, rule, resource string }

// suggest looks for the fixes of a template that was judged, where a report has
// them.
func (j *job) suggest(ctx context.Context, out *judged) {
	if !j.adopt.suggest || out.result == nil || out.stopped != nil {
		return
	}
	defer recovered(out)
	opts := fix.Options{Template: template.Options{Parameters: j.params.Values}}
	out.fixes, out.stopped = fix.Suggest(ctx, j.validator, out.result, opts)
}

// suggested is the fix for a finding, or nil.
func (a *adoption) suggested(t *template.Template, f *validate.Finding) *fix.Suggestion {
	if f.Status != rules.Fail {
		return nil
	}
	return a.suggestions[suggestion{t.File, f.Rule.ID, f.Resource}]
}

// recordFix tells the report what was fixed, and keeps the difference.
func (a *adoption) recordFix(file string, out judged) {
	for i := range out.fixes {
		s := &out.fixes[i]
		a.suggestions[suggestion{file, s.Rule, s.Resource}] = s
	}
	f := out.fixed
	if f == nil {
		return
	}
	a.report.Fixes.Add(file, f.result)
	if a.args.Diff && len(f.result.Changes) > 0 {
		name := strings.TrimPrefix(filepath.ToSlash(filepath.Clean(file)), "/")
		a.diff.Write(diff.Diff(patchName("a/"+name), f.old, patchName("b/"+name), f.result.Source))
	}
}

// patchName is a file's name in a patch, in quotes, as git has it, where it could
// end the line.
func patchName(name string) string {
	special := func(c byte) bool { return c < ' ' || c == 0x7F || c == '"' || c == '\\' }
	var b strings.Builder
	quoted := false
	for i := range len(name) {
		if c := name[i]; special(c) {
			quoted = true
			fmt.Fprintf(&b, "\\%03o", c)
		} else {
			b.WriteByte(c)
		}
	}
	if quoted {
		return `"` + b.String() + `"`
	}
	return name
}
