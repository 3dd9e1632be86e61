package main

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"

	"github.com/fsxns3ap/guardhook/internal/parameters"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/baseline"
	"github.com/fsxns3ap/guardhook/validate/fix"
	"github.com/fsxns3ap/guardhook/validate/report"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// adoptArgs are flags for a code base that has findings before it is judged for
// the first time. docs/adoption.md explains them.
type adoptArgs struct {
	Baseline      string `placeholder:"FILE"`
	WriteBaseline string `placeholder:"FILE"`
	ShowBaseline  bool
	ChangedSince  string `placeholder:"REF"`
	Changed       string `default:"templates" placeholder:"WHAT"`
	Fix, Diff     bool
	Watch         bool
}

// adoption is what a run leaves out, records and fixes.
type adoption struct {
	args  *adoptArgs
	least rules.Severity // of findings that are fixed
	// folder is what the baseline names files from.
	folder   string
	baseline *baseline.Baseline // nil without one
	// found are the findings of this run that a baseline could have.
	found []baseline.Entry
	base  *revision // nil unless only changes are judged
	// unchanged are the files that are left out.
	unchanged []string
	// old are the findings of the base, nil where they are not asked for.
	old    *baseline.Baseline
	params *parameters.Given
	// suggest tells that a report has the fixes of findings, suggestions which.
	suggest     bool
	suggestions map[suggestion]*fix.Suggestion
	// diff collects what fixes change.
	diff   bytes.Buffer
	report report.Adoption
}

// adopt reads what the flags name.
func (c *Command) adopt(ctx context.Context, args *checkArgs, outputs []output, params *parameters.Given, least rules.Severity) (*adoption, error) {
	a := &adoption{args: &args.adoptArgs, least: least, params: params, suggestions: map[suggestion]*fix.Suggestion{}}
	a.suggest = slices.ContainsFunc(outputs, func(o output) bool {
		_, sarif := o.format.(report.SARIF)
		return sarif
	})
	if err := a.refuse(args, outputs); err != nil {
		return nil, err
	}
	if err := a.readBaseline(); err != nil {
		return nil, err
	}
	if a.args.ChangedSince != "" {
		var err error
		if a.base, err = openRevision(ctx, a.args.ChangedSince); err != nil {
			return nil, err
		}
		a.report.Since = &report.Since{Ref: a.args.ChangedSince}
	}
	if a.fixes() {
		a.report.Fixes = &report.Fixes{Written: a.args.Fix, Made: []report.Fix{}, Left: []report.Fix{}}
	}
	return a, nil
}

// refuse tells which flags make no sense together.
func (a *adoption) refuse(args *checkArgs, outputs []output) error {
	stdin := slices.Contains(args.Paths, "-")
	text := slices.ContainsFunc(outputs, func(o output) bool {
		_, is := o.format.(report.Text)
		return is && o.file == ""
	})
	stdout := slices.ContainsFunc(outputs, func(o output) bool { return o.file == "" })
	switch {
	case a.args.Changed != changedTemplates && a.args.Changed != changedResources:
		return usagef("--changed: unknown value %q (want %s or %s)", a.args.Changed, changedTemplates, changedResources)
	case a.args.Changed == changedResources && a.args.ChangedSince == "":
		return usagef("--changed goes with --changed-since")
	case a.args.Baseline != "" && a.args.WriteBaseline != "" && filepath.Clean(a.args.Baseline) != filepath.Clean(a.args.WriteBaseline):
		return usagef("--write-baseline brings its own file up to date: name one file, or leave --baseline out")
	case a.args.ShowBaseline && a.baselineFile() == "":
		return usagef("--show-baseline goes with --baseline")
	case a.args.Fix && stdin:
		return usagef("--fix: standard input is no file that could be changed")
	case a.args.Diff && stdout && !text:
		return usagef("--diff writes to standard output, beside no other report than text")
	case a.args.Watch && stdin:
		return usagef("--watch: standard input is no file that could change")
	case a.args.Watch && a.args.WriteBaseline != "":
		return usagef("--watch and --write-baseline do not go together")
	}
	return nil
}

// known tells which findings do not count, and remembers them all.
func (a *adoption) known(t *template.Template, f *validate.Finding) report.Known {
	e := a.entry(t, f)
	a.found = append(a.found, e)
	recorded := a.baseline != nil && a.baseline.Take(e)
	switch {
	case a.old != nil && a.old.Take(e):
		return report.Unchanged
	case recorded || a.args.WriteBaseline != "":
		return report.Recorded
	}
	return report.Live
}

// inForce is the part of a report on what was asked for, nil for nothing.
func (a *adoption) inForce() *report.Adoption {
	if a.report == (report.Adoption{}) {
		return nil
	}
	return &a.report
}
