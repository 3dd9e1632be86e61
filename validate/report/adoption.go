package report

import (
	"fmt"

	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/baseline"
	"github.com/fsxns3ap/guardhook/validate/fix"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// Known says why a finding that fails or is undecided does not count.
type Known string

// What a finding can be known from.
const (
	Live      Known = ""          // it counts
	Unchanged Known = "unchanged" // the version that is compared with has it too; it is left out
	Recorded  Known = "baseline"  // the baseline has it; it is part of the report
)

// Adoption is what a run left out, or changed, of a code base that had findings
// before it was judged. The parts that were not asked for are nil.
type Adoption struct {
	Baseline *BaselineUse `json:"baseline,omitempty"`
	Since    *Since       `json:"since,omitempty"`
	Fixes    *Fixes       `json:"fixes,omitempty"`
}

// BaselineUse is what a baseline file did.
type BaselineUse struct {
	File string `json:"file"`
	// Gone are the records of findings that are gone or have changed, as far as
	// their files were judged or are gone, too.
	Gone []baseline.Entry `json:"gone"`
	// Recorded counts the findings that were written into it; nil where none were
	// to be. NotWritten tells that they could not, since a part was not judged or the
	// file cannot be written.
	Recorded   *int `json:"recorded,omitempty"`
	NotWritten bool `json:"notWritten,omitempty"`
}

// Since is what was left out for being the same as in a git revision.
type Since struct {
	Ref string `json:"ref"`
	// Files counts the files that were not judged, Findings the findings of the
	// others that the revision has as well.
	Files    int `json:"files"`
	Findings int `json:"findings"`
}

// Fixes is what was done to the text of templates, or would be done.
type Fixes struct {
	// Written tells whether the files were changed.
	Written bool  `json:"written"`
	Made    []Fix `json:"made"`
	Left    []Fix `json:"left"`
	// Other counts the findings that no fix exists for.
	Other int `json:"other"`
}

// Fix is what was done, or why nothing was, to a resource for the sake of a rule.
type Fix struct {
	File     string   `json:"file"`
	Rule     string   `json:"rule"`
	Resource string   `json:"resource"`
	Findings int      `json:"findings"`
	Settings []string `json:"settings,omitempty"`
	Reason   string   `json:"reason,omitempty"`
}

// Add takes what came of a file.
func (x *Fixes) Add(file string, r *fix.Result) {
	for _, c := range r.Changes {
		x.Made = append(x.Made, Fix{File: file, Rule: c.Rule, Resource: c.Resource, Findings: c.Findings, Settings: c.Settings})
	}
	for _, l := range r.Left {
		x.Left = append(x.Left, Fix{File: file, Rule: l.Rule, Resource: l.Resource, Findings: l.Findings, Reason: l.Reason})
	}
	x.Other += r.Other
}

// known tells what a finding is known from.
func (r *Report) known(t *template.Template, f *validate.Finding) Known {
	if r.opts.Known == nil || !Counts(f.Status) {
		return Live
	}
	return r.opts.Known(t, f)
}

// facts are the lines of the summary on an adoption.
func (a *Adoption) facts(known int, status Outcome) []fact {
	var out []fact
	add := func(label string, n int, text string) {
		if n > 0 {
			out = append(out, fact{label, text})
		}
	}
	if b := a.Baseline; b != nil {
		switch {
		case b.NotWritten && status == NotJudged:
			add("baseline", 1, plain(b.File)+" is left as it was: not everything could be judged")
		case b.NotWritten:
			add("baseline", 1, plain(b.File)+" is left as it was: it could not be written")
		case b.Recorded != nil:
			add("baseline", 1, count(*b.Recorded, "finding", "findings")+" recorded in "+plain(b.File))
		default:
			add("baseline", known, count(known, "finding", "findings")+" that "+plain(b.File)+" has")
		}
		names := make([]string, len(b.Gone))
		for i, e := range b.Gone {
			names[i] = plain(e.String())
		}
		add("gone", len(names), count(len(names), "finding", "findings")+" of the baseline: "+some(names))
	}
	if s := a.Since; s != nil {
		add("unchanged", s.Files, count(s.Files, "file", "files")+" as in "+plain(s.Ref)+": not judged")
		add("unchanged", s.Findings, count(s.Findings, "finding", "findings")+" that "+plain(s.Ref)+" has too")
	}
	if x := a.Fixes; x != nil {
		label := "fixable"
		if x.Written {
			label = "fixed"
		}
		out = append(out, fact{label, x.text()})
	}
	return out
}

func (x *Fixes) text() string {
	made, files, last := 0, 0, ""
	for _, f := range x.Made {
		made += f.Findings
		if f.File != last {
			files, last = files+1, f.File
		}
	}
	text := count(made, "finding", "findings") + " in " + count(files, "file", "files")
	left := 0
	for _, f := range x.Left {
		left += f.Findings
	}
	if left > 0 {
		text += fmt.Sprintf("; %d could not be fixed", left)
	}
	if x.Other > 0 {
		text += fmt.Sprintf("; %d without a mechanical fix", x.Other)
	}
	return text
}

// notices are the reasons why fixes were not made.
func (a *Adoption) notices() []notice {
	var out []notice
	if a.Fixes == nil {
		return nil
	}
	for _, f := range a.Fixes.Left {
		out = append(out, notice{kindNote, f.File, Remark{Message: f.Rule + " is not fixed for " + f.Resource + ": " + f.Reason}})
	}
	return out
}
