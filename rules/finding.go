package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Status is the outcome of one rule on one target.
type Status string

// The statuses.
const (
	Pass      Status = "pass"
	Fail      Status = "fail"
	Undecided Status = "undecided" // the verdict depends on a value that is not known
	Errored   Status = "error"     // the rule could not be evaluated; never counts as passed
	Waived    Status = "waived"    // fails, and a waiver in force covers it
	Skipped   Status = "skipped"   // no rule applies
)

// Severity orders findings. The values are those of CloudFormation hook
// annotations (severityLevel).
type Severity int

// The severities, least first.
const (
	Informational Severity = iota + 1
	Low
	Medium
	High
	Critical
)

var severityNames = [...]string{"", "INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"}

func (s Severity) String() string {
	if s < Informational || s > Critical {
		return "Severity(" + strconv.Itoa(int(s)) + ")"
	}
	return severityNames[s]
}

// ParseSeverity reads a severity's name, in any case. ok is false for anything
// else.
func ParseSeverity(name string) (s Severity, ok bool) {
	for i, n := range severityNames {
		if i > 0 && strings.EqualFold(n, name) {
			return Severity(i), true
		}
	}
	return 0, false
}

// MarshalText implements encoding.TextMarshaler.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Severity) UnmarshalText(text []byte) error {
	v, ok := ParseSeverity(string(text))
	if !ok {
		return fmt.Errorf("unknown severity %q (want INFORMATIONAL, LOW, MEDIUM, HIGH or CRITICAL)", text)
	}
	*s = v
	return nil
}

// Level says what a finding does.
type Level int

// The enforcement levels, weakest first. The zero Level means that no level is
// set.
const (
	Off    Level = iota + 1 // not evaluated
	Advise                  // shown
	Warn                    // shown, and counted as a warning
	Block                   // fails the gate
)

var levelNames = [...]string{"", "off", "advise", "warn", "block"}

func (l Level) String() string {
	if l < Off || l > Block {
		return "Level(" + strconv.Itoa(int(l)) + ")"
	}
	return levelNames[l]
}

// ParseLevel reads a level's name. ok is false for anything else.
func ParseLevel(name string) (l Level, ok bool) {
	for i, n := range levelNames {
		if i > 0 && n == name {
			return Level(i), true
		}
	}
	return 0, false
}

// MarshalText implements encoding.TextMarshaler.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *Level) UnmarshalText(text []byte) error {
	v, ok := ParseLevel(string(text))
	if !ok {
		return fmt.Errorf("unknown enforcement level %q (want off, advise, warn or block)", text)
	}
	*l = v
	return nil
}

// Path is a property path relative to a resource's properties. Its elements
// are strings (keys) and ints (indexes from 0).
type Path []any

// String gives the path in CloudFormation's dotted form: "Policies.0.PolicyName".
func (p Path) String() string {
	var b strings.Builder
	for i, e := range p {
		if i > 0 {
			b.WriteByte('.')
		}
		switch e := e.(type) {
		case int:
			b.WriteString(strconv.Itoa(e))
		case string:
			b.WriteString(e)
		}
	}
	return b.String()
}

// Violation is one element of a rule's deny set.
type Violation struct {
	Path    Path
	Message string
	// Resource is the logical id that a template-scope rule points at; empty
	// for resource scope, and where a Guard rule points at another part of the
	// template: then Path starts at its root.
	Resource string
	// At is the place in the document of a Guard rule, from its root; nil for
	// other rules.
	At Path
}

// Finding is one rule's outcome on one resource, at one property path.
type Finding struct {
	Rule     *Rule
	Status   Status
	Level    Level
	Resource string // logical id
	Type     string // resource type
	Path     Path
	Message  string
	// Waiver is set on waived findings.
	Waiver *Waiver
}

// ID returns the finding's fingerprint: stable across runs and gates, a hash
// of rule id, stack path, logical id and property path.
func (f *Finding) ID(stackPath string) string {
	return FindingID(f.Rule.ID, stackPath, f.Resource, f.Path)
}

// FindingID computes the fingerprint of a finding: the first 16 hex digits of
// SHA-256 over the parts, separated by NUL.
func FindingID(rule, stackPath, resource string, path Path) string {
	h := sha256.New()
	for _, part := range [...]string{rule, stackPath, resource, path.String()} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
