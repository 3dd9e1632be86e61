package report

import (
	"io"
	"strings"

	"github.com/fsxns3ap/guardhook/rules"
)

// GitLab writes a report as GitLab's Code Quality reads it
// (https://docs.gitlab.com/ci/testing/code_quality/): a list of issues and
// nothing else. So what could not be judged, remarks, and the summary with the
// digest of the policy set are issues as well, whose check_name begins with
// "guardhook/". Fingerprints do not change when lines move.
type GitLab struct{}

type gitlabIssue struct {
	Description string         `json:"description"`
	CheckName   string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"`
	Location    gitlabLocation `json:"location"`
}

type gitlabLocation struct {
	Path  string      `json:"path"`
	Lines gitlabLines `json:"lines"`
}

type gitlabLines struct {
	Begin int `json:"begin"`
}

// gitlabSeverities are GitLab's five, least first.
const (
	gitlabInfo     = "info"
	gitlabMinor    = "minor"
	gitlabMajor    = "major"
	gitlabCritical = "critical"
	gitlabBlocker  = "blocker"
)

// Write implements Format.
func (GitLab) Write(w io.Writer, r *Report) error {
	issues := []gitlabIssue{}
	add := func(n notice, check, severity, print string) {
		issues = append(issues, gitlabIssue{
			Description: n.Message, CheckName: check, Fingerprint: print, Severity: severity,
			// Lines begin with 1; an issue of a whole file is on the first.
			Location: gitlabLocation{Path: relative(n.file), Lines: gitlabLines{max(n.Line, 1)}},
		})
	}
	own := func(n notice, kind, severity string) {
		if n.file == "" {
			n.file = r.firstFile()
		}
		check := noticeID(kind)
		add(n, check, severity, fingerprint(check, relative(n.file), n.Message))
	}
	for _, n := range r.troubles() {
		own(n, n.kind, gitlabBlocker)
	}
	prints := r.fingerprints()
	for _, f := range r.ranked() {
		text := strings.TrimSpace(f.Resource+" "+f.Path) + ": " + f.described()
		add(notice{file: f.File, Remark: Remark{f.Line, f.Column, strings.TrimPrefix(text, ": ")}}, f.Rule, gitlabSeverity(f), prints[f])
	}
	for _, t := range r.Templates {
		for _, n := range t.NotJudged {
			own(notice{file: t.File, Remark: Remark{n.Line, n.Column, n.Resource + " (" + n.Type + ") is not judged: " + n.Reason}}, noticeResource, gitlabInfo)
		}
	}
	for _, ignored := range r.Ignored {
		own(notice{file: ignored.File, Remark: Remark{Message: "ignored: " + ignored.Reason}}, "ignored", gitlabInfo)
	}
	for _, n := range r.remarks() {
		own(n, n.kind, gitlabInfo)
	}
	word, counts := r.Summary.verdict(false)
	lines := []string{word + ": " + counts}
	for _, f := range r.facts() {
		lines = append(lines, f.String())
	}
	// Its fingerprint is always the same, so that no merge request has it as new.
	add(notice{file: r.firstFile(), Remark: Remark{Message: strings.Join(lines, "\n")}}, "guardhook/summary", gitlabInfo, fingerprint("guardhook/summary"))
	return writeJSON(w, issues)
}

// firstFile is the place of what has none.
func (r *Report) firstFile() string {
	switch {
	case len(r.Templates) > 0:
		return r.Templates[0].File
	case len(r.Refused) > 0:
		return r.Refused[0].File
	}
	return "."
}

func gitlabSeverity(f *Finding) string {
	switch {
	case f.Status == rules.Errored:
		return gitlabBlocker
	case f.Status == rules.Waived || f.Known != Live:
		return gitlabInfo
	}
	switch f.Severity {
	case rules.Critical:
		return gitlabBlocker
	case rules.High:
		return gitlabCritical
	case rules.Medium:
		return gitlabMajor
	case rules.Low:
		return gitlabMinor
	}
	return gitlabInfo
}
