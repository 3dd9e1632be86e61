package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/fsxns3ap/guardhook/rules"
)

// ruleDocument is a rule in JSON.
type ruleDocument struct {
	ID            string              `json:"id"`
	Title         string              `json:"title"`
	Description   string              `json:"description,omitempty"`
	Severity      rules.Severity      `json:"severity"`
	Level         rules.Level         `json:"level"`
	Scope         string              `json:"scope"`
	Family        string              `json:"family"`
	ResourceTypes []string            `json:"resourceTypes"`
	Actions       []string            `json:"actions"`
	Remediation   string              `json:"remediation,omitempty"`
	Controls      map[string][]string `json:"controls,omitempty"`
	Related       []string            `json:"relatedResources,omitempty"`
	Waivable      bool                `json:"waivable"`
	Kind          string              `json:"kind"`
	Package       string              `json:"package,omitempty"`
	File          string              `json:"file"`
}

func document(set *rules.Set, r *rules.Rule) ruleDocument {
	return ruleDocument{
		ID: r.ID, Title: r.Title, Description: r.Description, Severity: r.Severity, Level: set.Level(r, rules.Stack{}),
		Scope: r.Scope, Family: r.Family, ResourceTypes: r.ResourceTypes, Actions: r.Actions, Remediation: r.Remediation,
		Controls: r.Controls, Related: r.RelatedResources, Waivable: !r.NonWaivable, Kind: cmp.Or(r.Kind, rules.KindRego), Package: r.Package, File: r.File,
	}
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func (c *Command) listRules(g *grammar) (int, error) {
	set, _, err := c.load(g)
	if err != nil {
		return 0, err
	}
	if g.Rules.List.JSON {
		out := struct {
			Version int            `json:"version"`
			Digest  string         `json:"digest"`
			Rules   []ruleDocument `json:"rules"`
		}{1, set.Digest(), []ruleDocument{}}
		for _, r := range set.Rules() {
			out.Rules = append(out.Rules, document(set, r))
		}
		return exitClean, writeJSON(c.Stdout, out)
	}
	w := tabwriter.NewWriter(c.Stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "RULE\tSEVERITY\tLEVEL\tSCOPE\tTYPES\tTITLE")
	for _, r := range set.Rules() {
		types := r.ResourceTypes[0]
		if n := len(r.ResourceTypes); n > 1 {
			types += fmt.Sprintf(" +%d", n-1)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.Severity, set.Level(r, rules.Stack{}), r.Scope, types, r.Title)
	}
	return exitClean, w.Flush()
}

func (c *Command) showRule(g *grammar) (int, error) {
	set, _, err := c.load(g)
	if err != nil {
		return 0, err
	}
	r, err := findRule(set, g.Rules.Show.ID)
	if err != nil {
		return 0, err
	}
	if g.Rules.Show.JSON {
		return exitClean, writeJSON(c.Stdout, document(set, r))
	}
	w := tabwriter.NewWriter(c.Stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "%s: %s\n", r.ID, r.Title)
	if r.Description != "" {
		fmt.Fprintf(w, "\n%s\n", r.Description)
	}
	fmt.Fprintln(w)
	row := func(name string, values ...string) {
		for i, v := range values {
			if i > 0 {
				name = ""
			}
			fmt.Fprintf(w, "%s\t%s\n", name, v)
		}
	}
	row("severity", r.Severity.String())
	row("level", set.Level(r, rules.Stack{}).String())
	row("scope", r.Scope)
	row("types", r.ResourceTypes...)
	row("actions", strings.Join(r.Actions, ", "))
	if r.Remediation != "" {
		row("remediation", r.Remediation)
	}
	var frameworks []string
	for name, ids := range r.Controls {
		frameworks = append(frameworks, name+": "+strings.Join(ids, ", "))
	}
	slices.Sort(frameworks)
	row("controls", frameworks...)
	row("see", r.RelatedResources...)
	if r.NonWaivable {
		row("waivers", "not accepted")
	}
	in := "package " + r.Package
	if r.Kind == rules.KindGuard {
		in = "Guard rule"
	}
	row("source", fmt.Sprintf("%s:%d (%s)", r.File, r.Line, in))
	return exitClean, w.Flush()
}

// findRule finds a rule by its id, in any case where that is enough.
func findRule(set *rules.Set, id string) (*rules.Rule, error) {
	if r := set.Rule(id); r != nil {
		return r, nil
	}
	var alike []*rules.Rule
	var near []string
	for _, r := range set.Rules() {
		if strings.EqualFold(r.ID, id) {
			alike = append(alike, r)
		}
		if strings.Contains(strings.ToUpper(r.ID), strings.ToUpper(id)) && len(near) < 5 {
			near = append(near, r.ID)
		}
	}
	switch {
	case len(alike) == 1:
		return alike[0], nil
	case len(near) > 0:
		return nil, usagef("there is no rule %q (there is %s)", id, strings.Join(near, ", "))
	}
	return nil, usagef(`there is no rule %q ("validate rules" lists them)`, id)
}
