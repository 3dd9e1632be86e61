package report

import (
	"maps"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/rules"
)

// ruleText explains a rule in plain text.
func ruleText(rule *rules.Rule) string {
	parts := []string{sentence(rule.Title)}
	if rule.Description != "" {
		parts = append(parts, sentence(rule.Description))
	}
	if rule.Remediation != "" {
		parts = append(parts, "Fix: "+sentence(rule.Remediation))
	}
	return strings.Join(append(parts, "Resource types: "+strings.Join(rule.ResourceTypes, ", ")), "\n\n")
}

// ruleMarkdown explains a rule in Markdown, with links.
func ruleMarkdown(rule *rules.Rule) string {
	parts := []string{"# " + markdown(rule.Title)}
	if rule.Description != "" {
		parts = append(parts, markdown(sentence(rule.Description)))
	}
	if rule.Remediation != "" {
		parts = append(parts, "**Fix:** "+markdown(sentence(rule.Remediation)))
	}
	lists := []string{"- Resource types: " + markdown(strings.Join(rule.ResourceTypes, ", "))}
	for _, c := range controls(rule) {
		lists = append(lists, "- "+markdown(c.String()))
	}
	for _, link := range links(rule) {
		lists = append(lists, "- <"+link+">")
	}
	return strings.Join(append(parts, strings.Join(lists, "\n")), "\n\n")
}

// controls lists the controls that a rule serves, by framework.
func controls(rule *rules.Rule) []fact {
	var out []fact
	for _, name := range slices.Sorted(maps.Keys(rule.Controls)) {
		out = append(out, fact{name, strings.Join(rule.Controls[name], ", ")})
	}
	return out
}

// links lists what a rule names to read, as far as a browser may follow it.
func links(rule *rules.Rule) []string {
	var out []string
	for _, link := range rule.RelatedResources {
		if strings.HasPrefix(link, "https://") && !strings.ContainsAny(link, "<> \n") {
			out = append(out, link)
		}
	}
	return out
}
