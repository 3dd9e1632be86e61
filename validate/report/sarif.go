package report

import (
	"io"
	"path"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/rules"
)

const (
	// home is where the program comes from.
	home = "https://github.com/fsxns3ap/guardhook"
	// sourceRoot is what relative paths are relative to.
	sourceRoot = "SRCROOT"
	// sarifNone is the only level that a result may have which is not of kind
	// fail (SARIF 2.1.0, 3.27.10).
	sarifNone = "none"
)

// SARIF writes a report in version 2.1.0 of the Static Analysis Results
// Interchange Format (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), as code
// scanning services read it. Findings are results: undecided ones and errors of
// rules of kind "open", waived ones suppressed. What could not be judged, and
// remarks, are notifications of the invocation, which is successful only if
// everything was judged.
type SARIF struct{}

// Write implements Format.
func (SARIF) Write(w io.Writer, r *Report) error {
	b := &sarifBuilder{r: r, rules: map[*rules.Rule]int{}, artifacts: map[string]int{}}
	return writeJSON(w, sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{b.run()},
	})
}

// version is a version as SARIF wants it, beginning with a number.
func version(program string) string {
	if number, ok := strings.CutPrefix(program, "v"); ok {
		return number
	}
	return "0.0.0-devel"
}

// sarifBuilder makes a run and remembers the indexes of what it refers to.
type sarifBuilder struct {
	r         *Report
	rules     map[*rules.Rule]int
	artifacts map[string]int
	files     []sarifArtifact
}

func (b *sarifBuilder) run() sarifRun {
	r := b.r
	driver := sarifDriver{
		Name: "guardhook", Version: version(r.opts.Program), InformationURI: home,
		Rules: []sarifRule{}, Notifications: sarifNotices(),
	}
	for _, rule := range r.set.Rules() {
		b.rules[rule] = len(driver.Rules)
		driver.Rules = append(driver.Rules, b.rule(rule))
	}
	for _, t := range r.Templates {
		i := b.artifact(t.File).Index
		b.files[*i].Hashes = map[string]string{"sha-256": t.hash}
		b.files[*i].Roles = []string{"analysisTarget"}
	}
	results := []sarifResult{}
	prints := r.fingerprints()
	for _, t := range r.Templates {
		for _, f := range t.Findings {
			results = append(results, b.result(f, prints[f]))
		}
	}
	invocation := b.invocation()
	word, counts := r.Summary.verdict(false)
	properties := map[string]any{"policy": r.Policy, "summary": r.Summary, "outcome": word + ": " + counts, "ignored": r.Ignored}
	if r.Adoption != nil {
		properties["adoption"] = r.Adoption
	}
	return sarifRun{
		Tool:        sarifTool{driver},
		Invocations: []sarifInvocation{invocation},
		Bases: map[string]sarifBase{sourceRoot: {sarifMessage{
			Text: "The folder that the program ran in: the root of the repository, as a rule.",
		}}},
		Artifacts: b.files, Results: results, ColumnKind: "unicodeCodePoints",
		Properties: properties,
	}
}

// securitySeverities are in the ranges that GitHub's code scanning calls low,
// medium, high and critical; 0.0 is none of these.
func securitySeverity(s rules.Severity) string {
	switch s {
	case rules.Critical:
		return "9.5"
	case rules.High:
		return "8.0"
	case rules.Medium:
		return "5.5"
	case rules.Low:
		return "3.0"
	}
	return "0.0"
}

func sarifLevel(l rules.Level) string {
	switch l {
	case rules.Block:
		return "error"
	case rules.Warn:
		return "warning"
	}
	return "note"
}

func (b *sarifBuilder) rule(rule *rules.Rule) sarifRule {
	level := b.r.set.Level(rule, b.r.opts.Stack)
	description := rule.Description
	if description == "" {
		description = rule.Title
	}
	out := sarifRule{
		ID: rule.ID, Name: pascal(rule.ID),
		Short:   sarifMessage{Text: sentence(rule.Title)},
		Full:    sarifMessage{Text: sentence(description)},
		Help:    sarifHelp{Text: ruleText(rule), Markdown: ruleMarkdown(rule)},
		Default: &sarifDefault{Enabled: level != rules.Off, Level: sarifLevel(level)},
		Properties: &sarifRuleProperties{
			SecuritySeverity: securitySeverity(rule.Severity), Severity: rule.Severity, Level: level,
			Tags: []string{"security", rule.Family}, Controls: rule.Controls, ResourceTypes: rule.ResourceTypes,
		},
	}
	if list := links(rule); len(list) > 0 {
		out.HelpURI = list[0]
	}
	return out
}

// pascal writes S3_ENCRYPTION as S3Encryption.
func pascal(id string) string {
	var b strings.Builder
	for _, word := range strings.Split(id, "_") {
		if word != "" {
			b.WriteString(word[:1] + strings.ToLower(word[1:]))
		}
	}
	return b.String()
}

func sentence(text string) string {
	if text == "" || strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

func (b *sarifBuilder) result(f *Finding, print string) sarifResult {
	out := sarifResult{
		RuleID: f.Rule, RuleIndex: b.rules[f.doc], Kind: "fail", Level: sarifLevel(f.Level),
		Message:   sarifMessage{Text: f.described()},
		Locations: []sarifLocation{b.location(f.File, f.Line, f.Column)},
		Prints:    map[string]string{"guardhookFinding/v1": f.ID, "primaryLocationLineHash": print + ":1"},
		Properties: sarifResultProperties{
			Status: f.Status, Severity: f.Severity, Level: f.Level,
			When: f.when, Possible: f.possible, Witness: f.Witness,
		},
	}
	if f.Resource != "" {
		out.Locations[0].Logical = []sarifLogical{{
			Name: f.Resource, FullName: strings.TrimSuffix(f.qualified()+"."+f.Path, "."), Kind: "resource",
		}}
		if f.Construct != "" {
			out.Locations[0].Logical = append(out.Locations[0].Logical, sarifLogical{
				Name: path.Base(f.Construct), FullName: f.Construct, Kind: "construct",
			})
		}
	}
	for i, p := range f.parameters {
		related := b.location(p.file, p.line, p.column)
		related.ID, related.Message = i+1, &sarifMessage{Text: "The parameter " + p.name + "."}
		out.Related = append(out.Related, related)
	}
	b.baseline(&out, f)
	if f.fix != nil {
		out.Fixes = []sarifFix{b.fix(f)}
	}
	switch f.Status {
	case rules.Undecided, rules.Errored:
		out.Kind, out.Level = "open", sarifNone
	case rules.Waived:
		out.Suppressions = []sarifSuppression{{
			Kind: waiverKind(f.Waiver), Status: "accepted", Justification: f.Waiver.String(), Properties: f.Waiver,
		}}
	}
	return out
}

// fix is what an editor can do about a finding.
func (b *sarifBuilder) fix(f *Finding) sarifFix {
	s := f.fix
	change := sarifReplacement{Deleted: sarifRegion{s.Start.Line, s.Start.Col, s.End.Line, s.End.Col}}
	if s.Text != "" {
		change.Inserted = &sarifMessage{s.Text}
	}
	return sarifFix{
		Description: sarifMessage{"Make " + f.Rule + " pass for " + f.Resource + "."},
		Changes:     []sarifChange{{Artifact: b.artifact(f.File), Replacements: []sarifReplacement{change}}},
	}
}

// baseline says whether a result is known, where there is a baseline: then every
// result has to say it (SARIF 2.1.0, 3.27.24).
func (b *sarifBuilder) baseline(out *sarifResult, f *Finding) {
	a := b.r.Adoption
	switch {
	case a == nil || a.Baseline == nil:
	case f.Known == Live:
		out.Baseline = "new"
	default:
		out.Baseline = "unchanged"
		out.Suppressions = []sarifSuppression{{
			Kind: "external", Status: "accepted", Justification: "The baseline " + a.Baseline.File + " has it.",
		}}
	}
}

// waiverKind tells waivers in a template from those in the configuration.
func waiverKind(w *rules.Waiver) string {
	if w.File == "" {
		return "inSource"
	}
	return "external"
}

func (b *sarifBuilder) location(file string, line, column int) sarifLocation {
	out := sarifLocation{Physical: sarifPhysical{Artifact: b.artifact(file)}}
	if line > 0 {
		out.Physical.Region = &sarifRegion{StartLine: line, StartColumn: column}
	}
	return out
}

// artifact refers to a file, and puts it into the list of files.
func (b *sarifBuilder) artifact(file string) sarifFile {
	name := sarifFile{URI: uri(file), Base: sourceRoot}
	if strings.HasPrefix(name.URI, "file:") {
		name.Base = ""
	}
	i, known := b.artifacts[file]
	if !known {
		i = len(b.files)
		b.artifacts[file] = i
		b.files = append(b.files, sarifArtifact{Location: name})
	}
	name.Index = &i
	return name
}

// The ids of notifications, beside those of the kinds of notices.
const (
	noticeResource = "not-judged-resource"
	noticeRule     = "rule-error"
	noticeHidden   = "hidden"
)

func sarifNotices() []sarifRule {
	out := []sarifRule{}
	for _, n := range [...]struct{ id, text string }{
		{kindUnjudged, "A part of a template could not be judged."},
		{kindRefused, "A file cannot be read as a template."},
		{kindError, "Not everything that was asked for could be judged."},
		{noticeRule, "A rule could not be evaluated."},
		{noticeResource, "A resource is of a type that no rule can judge."},
		{kindNote, "Something in a template is worth knowing."},
		{noticeHidden, "Findings of low severity are left out."},
		{kindWaiver, "A waiver is not in force, or soon will not be, or covers nothing."},
		{kindPolicy, "Something in the policy set is worth knowing."},
	} {
		out = append(out, sarifRule{
			ID: noticeID(n.id), Name: pascal(strings.ToUpper(strings.NewReplacer(" ", "_", "-", "_").Replace(n.id))),
			Short: sarifMessage{n.text}, Full: sarifMessage{n.text}, Help: sarifHelp{n.text, n.text},
		})
	}
	return out
}

// noticeID is the id of a kind of notice, unlike that of any rule.
func noticeID(kind string) string { return "guardhook/" + strings.ReplaceAll(kind, " ", "-") }

func (b *sarifBuilder) invocation() sarifInvocation {
	r := b.r
	out := sarifInvocation{Successful: r.Summary.Status != NotJudged}
	run := func(n sarifNotification) { out.Execution = append(out.Execution, n) }
	for _, n := range r.troubles() {
		run(b.notification(n, "error"))
	}
	for _, t := range r.Templates {
		for _, f := range t.Findings {
			if f.Status == rules.Errored {
				n := b.notification(notice{noticeRule, t.File, Remark{f.Line, f.Column, f.Rule + ": " + f.Message}}, "error")
				n.Rule = &sarifReference{ID: f.Rule, Index: b.rules[f.doc]}
				run(n)
			}
		}
		for _, n := range t.NotJudged {
			run(b.notification(notice{noticeResource, t.File, Remark{n.Line, n.Column, n.Resource + " (" + n.Type + "): " + n.Reason}}, "warning"))
		}
	}
	if i := slices.IndexFunc(r.facts(), func(f fact) bool { return f.label == noticeHidden }); i >= 0 {
		run(b.notification(notice{kind: noticeHidden, Remark: Remark{Message: r.facts()[i].text}}, "note"))
	}
	for _, n := range r.remarks() {
		if n.kind == kindNote {
			run(b.notification(n, "note"))
			continue
		}
		out.Configuration = append(out.Configuration, b.notification(n, "warning"))
	}
	return out
}

func (b *sarifBuilder) notification(n notice, level string) sarifNotification {
	id := noticeID(n.kind)
	out := sarifNotification{
		Descriptor: sarifReference{ID: id, Index: slices.IndexFunc(sarifNotices(), func(d sarifRule) bool { return d.ID == id })},
		Level:      level, Message: sarifMessage{Text: n.Message},
	}
	if n.file != "" {
		out.Locations = []sarifLocation{b.location(n.file, n.Line, n.Column)}
	}
	return out
}
