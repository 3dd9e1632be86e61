package rules

import (
	"slices"
	"strings"
)

// The scopes of rules.
const (
	ScopeResource = "resource" // sees one resource
	ScopeTemplate = "template" // sees all resources of its types, and how they relate
)

// The languages of rules.
const (
	KindRego  = "rego"
	KindGuard = "guard"
)

// The actions that a target is judged for.
const (
	ActionCreate = "CREATE"
	ActionUpdate = "UPDATE"
	ActionDelete = "DELETE"
)

// Rule is what a rule's METADATA says of it, or what follows from the text of a
// Guard rule.
type Rule struct {
	// ID is the id in METADATA, or the name of a Guard rule.
	ID string
	// Kind is KindRego, or "" for it, or KindGuard.
	Kind        string
	Title       string
	Description string
	Severity    Severity
	// Scope is ScopeResource or ScopeTemplate.
	Scope string
	// ResourceTypes are exact names, or patterns in which * stands for any text.
	ResourceTypes []string
	// Actions are those that the rule is evaluated for: CREATE and UPDATE unless
	// METADATA says otherwise, so that what breaks a rule can still be deleted.
	Actions     []string
	Remediation string
	// Controls maps a framework to the ids of its controls that the rule serves.
	Controls map[string][]string
	// RelatedResources are URLs.
	RelatedResources []string
	// Witnesses are values to try for what a template leaves open.
	Witnesses []string
	// Literals means that the rule is about what a template writes, defaults
	// included: what may be given for an open value is not tried.
	Literals bool
	// NonWaivable rules accept no waiver.
	NonWaivable bool
	// Family is the second element of Package; of a Guard rule, the folder that
	// its file is in, or "guard".
	Family string
	// Package is the Rego package: "guardhook.encryption.s3_bucket". Guard rules
	// have none.
	Package string
	// File and Line locate the rule's METADATA, or the Guard rule. Path is the
	// file within the policy set, with slashes.
	File, Path string
	Line       int
	// DefaultLevel follows from Severity; a Config changes it.
	DefaultLevel Level

	index int        // position in its set
	guard *guardRule // of KindGuard
}

// AppliesTo tells whether the rule names the resource type.
func (r *Rule) AppliesTo(resourceType string) bool {
	return slices.ContainsFunc(r.ResourceTypes, func(p string) bool { return matches(p, resourceType) })
}

// Judges tells whether the rule is evaluated for an action.
func (r *Rule) Judges(action string) bool { return slices.Contains(r.Actions, action) }

func defaultLevel(s Severity) Level {
	switch s {
	case Informational:
		return Advise
	case Low:
		return Warn
	}
	return Block
}

// matches tells whether text has the form of a pattern, in which * stands for
// any text, also none. There is no way to quote a *.
func matches(pattern, text string) bool {
	first, rest, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == text
	}
	if !strings.HasPrefix(text, first) {
		return false
	}
	text = text[len(first):]
	for {
		part, tail, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(text, part)
		}
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text, rest = text[i+len(part):], tail
	}
}

func matchesAny(patterns []string, text string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, text) })
}
