package rules

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/rules/guard"
)

// DefaultGuardSeverity is the severity of Guard rules, whose language has none,
// unless a Config says otherwise.
const DefaultGuardSeverity = Medium

// guardSource is a file of Guard rules of a set.
type guardSource struct {
	path   string // in the set, with slashes
	sha256 string
	file   *guard.File
}

// guardRule is what a Rule of KindGuard is made of: all rules of its name in
// one file, which fail together.
type guardRule struct {
	file       *guard.File
	name       string // as the file has it
	reads      *Reads
	vocabulary *Vocabulary
	// types are the resource types that the rule looks at; nil for any.
	types []string
}

// isGuardTest tells files with tests of Guard rules by their names, which are
// those of the Guard rules registry.
func isGuardTest(base string) bool {
	ext := strings.ToLower(path.Ext(base))
	if ext != ".yaml" && ext != ".yml" && ext != ".json" {
		return false
	}
	name := strings.TrimSuffix(base, path.Ext(base))
	return strings.HasSuffix(name, "_tests") || strings.HasSuffix(name, "_test")
}

// addGuard adds the rules of a Guard file to the set.
func (s *Set) addGuard(f file, errs *LoadErrors) {
	parsed, err := guard.Parse(f.name, f.src)
	if err != nil {
		errs.takeGuard(f.name, err)
		return
	}
	problems, warnings := parsed.Check()
	if len(problems) > 0 {
		errs.addGuardProblems(problems)
		return
	}
	for _, w := range warnings {
		s.warnings = append(s.warnings, Warning{File: w.File, Line: w.Pos.Line, Message: w.Msg})
	}
	sum := sha256.Sum256(f.src)
	s.guards = append(s.guards, guardSource{path: f.path, sha256: hex.EncodeToString(sum[:]), file: parsed})
	done := map[string]bool{}
	for _, r := range parsed.Rules {
		if done[r.Name] {
			continue // rules of one name are one
		}
		done[r.Name] = true
		s.addRule(s.newGuardRule(f, parsed, r), nil, errs)
	}
}

// takeGuard adds an error of the package guard.
func (e *LoadErrors) takeGuard(file string, err error) {
	var one *guard.Error
	if !errors.As(err, &one) {
		e.add(file, 0, 0, "%s", err)
		return
	}
	e.add(one.File, one.Pos.Line, one.Pos.Col, "%s", one.Msg)
}

// addGuardProblems adds what is wrong with a file. A mistake that is made again
// and again is reported once.
func (e *LoadErrors) addGuardProblems(problems guard.Errors) {
	times := map[string]int{}
	for _, p := range problems {
		times[p.Msg]++
	}
	for _, p := range problems {
		switch n := times[p.Msg]; {
		case n == 1:
			e.add(p.File, p.Pos.Line, p.Pos.Col, "%s", p.Msg)
		case n > 1:
			e.add(p.File, p.Pos.Line, p.Pos.Col, "%s (%d times in this file)", p.Msg, n)
		}
		delete(times, p.Msg)
	}
}

func (s *Set) newGuardRule(f file, parsed *guard.File, first *guard.Rule) *Rule {
	usage := parsed.Usage(first.Name)
	r := &Rule{
		ID: first.Name, Kind: KindGuard, Title: first.Name,
		Severity: cmp.Or(s.config.GuardSeverity, DefaultGuardSeverity),
		Actions:  []string{ActionCreate, ActionUpdate},
		Family:   "guard", File: f.name, Path: f.path, Line: first.Pos.Line,
		guard: &guardRule{file: parsed, name: first.Name, vocabulary: guardVocabulary(usage), types: usage.Types},
	}
	if first.Name == guard.DefaultRule {
		r.ID = path.Base(f.path) + "/" + guard.DefaultRule
		r.Title = "Clauses outside of rules in " + path.Base(f.path)
	}
	if dir := path.Base(path.Dir(f.path)); dir != "." {
		r.Family = dir
	}
	r.DefaultLevel = defaultLevel(r.Severity)
	r.ResourceTypes = guardTypes(parsed, first.Name, usage)
	r.Scope = ScopeResource
	if usage.Relates || slices.ContainsFunc(usage.Reads, beyondResource) {
		r.Scope = ScopeTemplate
	}
	r.guard.reads = guardReads(usage, r.Scope)
	for _, name := range unknownContext(usage) {
		s.warnings = append(s.warnings, Warning{File: f.name, Line: r.Line, Message: fmt.Sprintf("rule %s reads HookContext.%s, which no gate sets", r.ID, name)})
	}
	return r
}

// guardTypes gives the types that make a rule worth evaluating, and those that it
// looks at beside them: without a resource of them it has nothing to judge.
func guardTypes(f *guard.File, name string, usage *guard.Usage) []string {
	var types []string
	for _, r := range f.Rules {
		if r.Name != name {
			continue
		}
		one, all := r.RuleTypes()
		if all {
			return []string{"*"}
		}
		types = append(types, one...)
	}
	types = append(types, usage.Types...)
	slices.Sort(types)
	if types = slices.Compact(types); len(types) == 0 {
		return []string{"*"}
	}
	return types
}

// LooksAt tells whether a rule reads more than the type of resources of a type.
func (r *Rule) LooksAt(resourceType string) bool {
	if r.guard == nil {
		return r.AppliesTo(resourceType)
	}
	return len(r.guard.types) == 0 || slices.Contains(r.guard.types, resourceType)
}

// The sections of the documents of Guard rules.
const (
	guardResources = "Resources"
	guardPrevious  = "Previous"
	guardContext   = "HookContext"
)

// beyondResource tells whether a place is one that a resource event does not
// have: another section, or an attribute of resources. Metadata by which Guard
// rules are suppressed is not taken for one: it is never there.
func beyondResource(r guard.Read) bool {
	p := r.Path
	switch {
	case len(p) == 0:
		return r.Whole
	case p[0] == guardContext:
		return false
	case p[0] == guardPrevious:
		// The resources as they were, by logical id.
		return beyondResource(guard.Read{Path: append([]string{guardResources}, p[1:]...), Whole: r.Whole})
	case p[0] != guardResources:
		return true
	case len(p) < 3:
		return false
	}
	return p[2] != "Type" && p[2] != "Properties" && !suppression(p[2:])
}

// suppression tells whether a path is Metadata that turns rules off for a
// resource.
func suppression(p []string) bool {
	if p[0] != "Metadata" || len(p) == 1 {
		return p[0] == "Metadata"
	}
	// A key is looked up in other spellings too.
	plain := strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(p[1]))
	return plain == "guard" || plain == "cfnnag"
}

// unknownContext lists the entries of HookContext that a rule reads and that are
// never set: they are not part of a target.
func unknownContext(u *guard.Usage) []string {
	var out []string
	for _, r := range u.Reads {
		if len(r.Path) > 1 && r.Path[0] == guardContext && r.Path[1] != "" && contextField(r.Path[1]) == "" {
			out = append(out, r.Path[1])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// guardReads translates what a rule reads of its document into what it needs of
// the input.
func guardReads(u *guard.Usage, scope string) *Reads {
	resource := &Reads{}
	resource.add([]string{"id"})
	resource.add([]string{"type"})
	out := &Reads{}
	for _, r := range u.Reads {
		switch {
		case len(r.Path) == 0 && r.Whole, len(r.Path) == 1 && r.Path[0] == "":
			resource.addAttributes()
			out.addContext("")
		case len(r.Path) == 0:
		case r.Path[0] == guardContext:
			name := ""
			if len(r.Path) > 1 {
				name = r.Path[1]
			}
			out.addContext(name)
		case r.Path[0] == guardPrevious:
			resource.add([]string{"previous"})
		case r.Path[0] == guardResources:
			resource.addGuard(r, scope)
		}
	}
	at := &Reads{Fields: map[string]*Reads{"resource": resource}}
	if scope == ScopeTemplate {
		all := &Reads{Fields: map[string]*Reads{"resources": {Any: resource}}}
		at = &Reads{Fields: map[string]*Reads{"template": all}}
	}
	out.merge(at)
	out.spread()
	return out
}

// guardAttributes maps the attributes of resources to fields of the input.
func guardAttributes() map[string]string {
	return map[string]string{
		"Properties": "properties", "Metadata": "metadata", "DeletionPolicy": "deletion_policy",
		"UpdateReplacePolicy": "update_replace_policy", "DependsOn": "depends_on",
	}
}

// addAttributes adds all of a resource.
func (r *Reads) addAttributes() {
	for _, field := range guardAttributes() {
		r.add([]string{field})
	}
}

// addGuard adds a place below Resources to what is read of a resource.
func (r *Reads) addGuard(read guard.Read, scope string) {
	p := read.Path[1:]
	switch {
	case len(p) < 2 && !read.Whole:
		return
	case len(p) < 2 || p[1] == "":
		if scope == ScopeResource {
			r.add([]string{"properties"})
			return
		}
		r.addAttributes()
		return
	case scope == ScopeResource && p[1] != "Properties":
		return // resource events carry nothing else
	}
	field := guardAttributes()[p[1]]
	if field == "" {
		return // Type, which is always there, or nothing that resources have
	}
	path := append([]string{field}, p[2:]...)
	if read.Whole {
		r.add(path)
		return
	}
	r.touch(path)
}

// touch adds a place without what is below it.
func (r *Reads) touch(path []string) {
	for _, name := range path {
		if r.All {
			return
		}
		next := r.Fields[name]
		if name == "" {
			next = r.Any
		}
		if next == nil {
			next = &Reads{}
			if name == "" {
				r.Any = next
			} else {
				if r.Fields == nil {
					r.Fields = map[string]*Reads{}
				}
				r.Fields[name] = next
			}
		}
		r = next
	}
}

// contextField gives the field of the input that an entry of HookContext comes
// from, or "".
func contextField(name string) string {
	return map[string]string{
		"AWSAccountID": "stack", "InvocationPoint": "action", "TargetType": "target",
		"TargetName": "target", "TargetLogicalId": "target",
	}[name]
}

// addContext adds what an entry of HookContext comes from; "" is all.
func (r *Reads) addContext(name string) {
	switch field := contextField(name); {
	case name == "":
		r.add([]string{"action"})
		r.add([]string{"target"})
		r.add([]string{"stack", "account"})
	case field == "stack":
		r.add([]string{"stack", "account"})
	case field != "":
		r.add([]string{field})
	}
}

func guardVocabulary(u *guard.Usage) *Vocabulary {
	return &Vocabulary{Strings: u.Strings, Compared: u.Strings, Patterns: u.Patterns, Numbers: u.Numbers, Opaque: u.Opaque}
}
