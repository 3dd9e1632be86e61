package validate

import (
	"errors"
	"slices"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// waive makes a finding waived if there is a waiver in force for it.
func (j *judgement) waive(x *exploration, res *template.Resource, f *Finding) {
	w, problems := j.v.set.Waive(x.rule, j.v.stack, res.ID, j.inlineWaivers(res), j.v.now())
	if w != nil {
		f.Status, f.Waiver = rules.Waived, w
		j.result.Waivers[w] = true
	}
	j.waiverProblems(res, problems)
}

// reviewWaivers says what is to be said of the waivers that resources carry, and
// finds out which of the others this template is about.
func (j *judgement) reviewWaivers() {
	for _, res := range j.r.t.Resources {
		j.waiverProblems(res, j.v.set.InlineWaiverReport(j.inlineWaivers(res), j.result.Waivers, rules.ActionCreate, j.v.now()))
	}
	waivers := j.v.set.Config().Waivers
	for i := range waivers {
		w := &waivers[i]
		rule := j.v.set.Rule(w.Rule)
		if j.result.Rules[rule] && slices.ContainsFunc(j.r.t.Resources, func(res *template.Resource) bool {
			return rule.AppliesTo(res.Type) && w.Covers(rule, j.v.stack, res.ID)
		}) {
			j.result.Named[w] = true
		}
	}
}

// waiverProblems adds remarks on waivers, each once. Those on waivers that the
// resource carries are located in the template.
func (j *judgement) waiverProblems(res *template.Resource, problems []rules.WaiverProblem) {
	for _, p := range problems {
		if p.File == "" {
			p.File = j.r.t.File
		}
		if !slices.Contains(j.result.WaiverProblems, p) {
			j.result.WaiverProblems = append(j.result.WaiverProblems, p)
		}
	}
}

// inlineWaivers reads the waivers that a resource carries. Where they cannot be
// read it has none, and that is a problem of the template.
func (j *judgement) inlineWaivers(res *template.Resource) []rules.Waiver {
	section := res.Metadata.Get("guardhook")
	if section == nil {
		return nil
	}
	if have, done := j.inline[res]; done {
		return have
	}
	read, err := j.readWaivers(res, section)
	if err != nil {
		j.r.problem(section.Pos, "%v", err)
	}
	j.inline[res] = read
	return read
}

// readWaivers reads the waivers that a resource carries. They hold for the
// resource in every deployment, so that what they hide in one is not hidden in
// another by chance: nothing in them may depend on the deployment.
func (j *judgement) readWaivers(res *template.Resource, section *template.Node) ([]rules.Waiver, error) {
	if !section.Pure || hasDynamicReference(section) {
		return nil, errors.New("Metadata.guardhook depends on the deployment: write its waivers without intrinsic functions")
	}
	v, err := j.r.newWorld(nil).eval(section)
	if err != nil {
		return nil, err
	}
	out, err := rules.InlineWaivers(res.ID, map[string]any{"guardhook": v})
	if err != nil {
		return nil, err
	}
	for i, record := range section.Get("waivers").Items {
		out[i].Line = record.Line
	}
	return out, nil
}
