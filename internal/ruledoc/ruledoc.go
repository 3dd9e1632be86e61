// Package ruledoc writes documentation of rules in Markdown: a page per rule,
// from its METADATA and from its fixture templates with what validate says of
// them, and an index. The same policy set gives the same bytes.
package ruledoc

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/fixture"
	"github.com/fsxns3ap/guardhook/validate/report"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// Book is the documentation of a policy set.
type Book struct {
	// Set are the rules.
	Set *rules.Set
	// Dir is the folder of the policy set, with its fixtures.
	Dir fs.FS
}

// IndexName is the file name of the index.
const IndexName = "README.md"

// day is that of the reports in pages: they have to stay the same.
func day() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

// Pages returns the files of the documentation by their names. An error names
// the fixture that could not be judged.
func (b *Book) Pages(ctx context.Context) (map[string][]byte, error) {
	out := map[string][]byte{IndexName: b.index()}
	fixtures, _, err := fixture.Policy{FS: b.Dir}.Find(b.Set)
	if err != nil {
		return nil, err
	}
	for _, r := range b.Set.Rules() {
		page, err := b.page(ctx, r, fixtures)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.ID, err)
		}
		out[r.ID+".md"] = page
	}
	return out, nil
}

func (b *Book) index() []byte {
	var w bytes.Buffer
	families := map[string][]*rules.Rule{}
	for _, r := range b.Set.Rules() {
		families[r.Family] = append(families[r.Family], r)
	}
	fmt.Fprintf(&w, "# Rules\n\n%d rules. A page has what the rule asks for, why, and templates with the verdict on them.\n", len(b.Set.Rules()))
	for _, family := range slices.Sorted(maps.Keys(families)) {
		fmt.Fprintf(&w, "\n## %s\n\n| Rule | Severity | |\n| --- | --- | --- |\n", family)
		for _, r := range families[family] {
			fmt.Fprintf(&w, "| [%s](%s.md) | %s | %s |\n", r.ID, r.ID, r.Severity, cell(r.Title))
		}
	}
	return w.Bytes()
}

// cell escapes a text for a table.
func cell(s string) string { return strings.ReplaceAll(strings.TrimSpace(s), "|", `\|`) }

func (b *Book) page(ctx context.Context, r *rules.Rule, fixtures []fixture.Fixture) ([]byte, error) {
	var w bytes.Buffer
	fmt.Fprintf(&w, "# %s\n\n%s.\n", r.ID, strings.TrimSuffix(r.Title, "."))
	if r.Description != "" {
		fmt.Fprintf(&w, "\n%s\n", strings.TrimSpace(r.Description))
	}
	fmt.Fprint(&w, "\n| | |\n| --- | --- |\n")
	row := func(name string, values ...string) {
		if len(values) > 0 && values[0] != "" {
			fmt.Fprintf(&w, "| %s | %s |\n", name, cell(strings.Join(values, ", ")))
		}
	}
	row("Severity", r.Severity.String())
	row("Level", r.DefaultLevel.String()+" unless configured")
	row("Resource types", r.ResourceTypes...)
	row("Sees", map[string]string{rules.ScopeResource: "one resource", rules.ScopeTemplate: "the whole template"}[r.Scope])
	row("Actions", r.Actions...)
	row("Fix", r.Remediation)
	var controls []string
	for name, ids := range r.Controls {
		controls = append(controls, name+" "+strings.Join(ids, " "))
	}
	slices.Sort(controls)
	row("Controls", controls...)
	if r.NonWaivable {
		row("Waivers", "not accepted")
	}
	if r.Kind == rules.KindGuard {
		row("Source", "Guard rule in `"+r.Path+"`")
	} else {
		row("Source", "package `"+r.Package+"`")
	}
	for _, link := range r.RelatedResources {
		fmt.Fprintf(&w, "\n- <%s>", link)
	}
	if len(r.RelatedResources) > 0 {
		fmt.Fprintln(&w)
	}
	if err := b.examples(ctx, &w, r, fixtures); err != nil {
		return nil, err
	}
	return w.Bytes(), nil
}

// examples writes the fixtures of a rule: those that fail with the report.
func (b *Book) examples(ctx context.Context, w *bytes.Buffer, r *rules.Rule, fixtures []fixture.Fixture) error {
	for _, fails := range []bool{true, false} {
		for _, f := range fixtures {
			if f.Rule != r || f.Fails != fails {
				continue
			}
			src, err := fs.ReadFile(b.Dir, f.File)
			if err != nil {
				return err
			}
			base, ext := path.Base(f.File), path.Ext(f.File)
			_, title, _ := strings.Cut(strings.TrimSuffix(base, ext), "_")
			word := map[bool]string{true: "Refused", false: "Accepted"}[fails]
			language := map[string]string{".json": "json"}[ext]
			fmt.Fprintf(w, "\n## %s: %s\n\n```%s\n%s```\n", word, strings.ReplaceAll(title, "_", " "), cmp.Or(language, "yaml"), withNewline(src))
			if fails {
				text, err := b.report(ctx, r, base, src)
				if err != nil {
					return err
				}
				fmt.Fprintf(w, "\n```console\n$ validate %s\n%s```\n", base, text)
			}
		}
	}
	return nil
}

func withNewline(src []byte) []byte { return append(bytes.TrimRight(src, "\n"), '\n') }

// report is what validate prints of a template, as far as it is about one rule,
// without the summary.
func (b *Book) report(ctx context.Context, r *rules.Rule, name string, src []byte) ([]byte, error) {
	t, err := template.Load(name, src, template.Options{})
	if err != nil {
		return nil, err
	}
	v := validate.New(b.Set, validate.Options{Now: day})
	result, err := v.Validate(ctx, t)
	if err != nil {
		return nil, err
	}
	result.Findings = slices.DeleteFunc(result.Findings, func(f validate.Finding) bool { return f.Rule != r })
	if len(result.Findings) == 0 {
		return nil, fmt.Errorf("%s: the rule finds nothing", name)
	}
	format, err := report.NewFormat("text", report.Style{})
	if err != nil {
		return nil, err
	}
	rep := report.New(b.Set, report.Options{Stack: v.Stack(), Fail: rules.Block, Now: day()})
	rep.Add(result)
	rep.Finish()
	var out bytes.Buffer
	if err := format.Write(&out, rep); err != nil {
		return nil, err
	}
	findings, _, ok := bytes.Cut(out.Bytes(), []byte("\njudged:"))
	if !ok {
		return nil, fmt.Errorf("%s: the report has no summary", name)
	}
	return append(bytes.TrimSpace(findings), '\n'), nil
}
