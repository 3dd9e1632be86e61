package rules

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// compileAll compiles every module as one unit and makes all rules ready.
func (s *Set) compileAll() error {
	modules := make(map[string]*ast.Module, len(s.modules))
	for p, m := range s.modules {
		modules[p] = m.parsed
	}
	c, err := s.compile(modules)
	if err != nil {
		return err
	}
	var errs LoadErrors
	s.checkReferences(c, &errs)
	s.checkUnused(c, &errs)
	for _, r := range s.rules {
		if r.guard == nil {
			s.publish(r, c)
			s.checkReads(r, &errs)
		}
	}
	return errs.err()
}

// checkReferences refuses references to data that neither a rule nor a
// parameter defines: they would be undefined in every evaluation.
func (s *Set) checkReferences(c *ast.Compiler, errs *LoadErrors) {
	for _, p := range keys(s.modules) {
		m := c.Modules[p]
		ast.WalkTerms(m, func(t *ast.Term) bool {
			ref, ok := t.Value.(ast.Ref)
			if !ok || len(ref) < 2 || !ref[0].Equal(ast.DefaultRootDocument) {
				return false
			}
			prefix := ref.GroundPrefix()
			if len(prefix) > 1 && prefix[1].Equal(ast.StringTerm("params")) {
				if name, ok := s.declared(prefix); !ok {
					errs.add(s.modules[p].name, t.Location.Row, t.Location.Col, "%s has no value: declare it in %s", name, paramsFile)
				}
				return false
			}
			if len(c.GetRulesDynamicWithOpts(ref, ast.RulesOptions{IncludeHiddenModules: true})) == 0 && len(c.GetRulesForVirtualDocument(prefix)) == 0 {
				errs.add(s.modules[p].name, t.Location.Row, t.Location.Col, "%s is not defined", ref)
			}
			return false
		})
	}
}

// declared tells whether a reference to data.params names a family, and a
// parameter of it, that have a value.
func (s *Set) declared(ref ast.Ref) (name string, ok bool) {
	var v any = s.params
	for i, t := range ref[2:min(len(ref), 4)] {
		key, isText := t.Value.(ast.String)
		m, isMap := v.(map[string]any)
		if !isText || !isMap {
			return ref[:3+i].String(), false
		}
		if v, ok = m[string(key)]; !ok {
			return ref[:3+i].String(), false
		}
	}
	return ref.String(), true
}

// checkUnused refuses heads in a rule's package that its deny set does not
// depend on: a misspelled deny is one.
func (s *Set) checkUnused(c *ast.Compiler, errs *LoadErrors) {
	used := map[*ast.Rule]bool{}
	for _, r := range s.rules {
		if r.guard != nil {
			continue
		}
		for _, rule := range reachable(c, r.Package, denySet) {
			used[rule] = true
		}
	}
	for _, p := range keys(s.modules) {
		if packageElements(c.Modules[p])[1] == library {
			continue
		}
		for _, rule := range c.Modules[p].Rules {
			for ; rule != nil; rule = rule.Else {
				if !used[rule] && !rule.Default {
					errs.add(s.modules[p].name, rule.Location.Row, rule.Location.Col, "%s does not depend on %s, which has no effect", denySet, headName(rule))
				}
			}
		}
	}
}

// resourceFields are the fields of a resource in input.template.resources.
var resourceFields = [...]string{
	"id", "type", "properties", "previous", "metadata", "deletion_policy", "update_replace_policy", "depends_on",
}

// checkReads refuses what the type checker cannot see: fields of resources in a
// template that do not exist, and documents of the other scope.
func (s *Set) checkReads(r *Rule, errs *LoadErrors) {
	reads := s.Reads(r)
	if reads.All {
		return
	}
	other := "template"
	if r.Scope == ScopeTemplate {
		other = "resource"
	}
	if reads.Fields[other] != nil {
		errs.add(r.File, r.Line, 0, "rule %s has scope %s and reads input.%s, which is not there", r.ID, r.Scope, other)
	}
	resource := reads.At("template", "resources").Element()
	if resource == nil {
		return
	}
	for _, name := range keys(resource.Fields) {
		if !slices.Contains(resourceFields[:], name) {
			errs.add(r.File, r.Line, 0, "rule %s reads input.template.resources[_].%s, which does not exist (want %s)", r.ID, name, list(resourceFields[:]))
		}
	}
}
