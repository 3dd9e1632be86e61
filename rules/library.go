package rules

import (
	"maps"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// addLibraries adds those library modules of the built-in set that the modules
// refer to, unless the set defines the package itself. It returns the defaults
// of parameters, with those of the families that the libraries read.
func (s *Set) addLibraries(defaults map[string]any, errs *LoadErrors) map[string]any {
	defined := map[string]bool{}
	for _, m := range s.modules {
		defined[strings.Join(packageElements(m.parsed), ".")] = true
	}
	available := map[string][]builtinModule{}
	for _, b := range builtinModules() {
		if b.rule == nil && !defined[b.pkg] {
			available[b.pkg] = append(available[b.pkg], b)
		}
	}
	queue := make([]*module, 0, len(s.modules))
	for _, p := range keys(s.modules) {
		queue = append(queue, s.modules[p])
	}
	for ; len(queue) > 0; queue = queue[1:] {
		ast.WalkRefs(queue[0].parsed, func(ref ast.Ref) bool {
			pkg := libraryPackage(ref)
			for _, b := range available[pkg] {
				m := b.module()
				if err := m.parse(capabilities()); err != nil {
					errs.take(m.name, err)
					continue
				}
				if taken := s.modules[m.name]; taken != nil {
					errs.add(taken.name, 1, 0, "the path is that of the built-in library %s, which the policy set uses: move the file", pkg)
					continue
				}
				s.modules[m.name] = m
				queue = append(queue, m)
				defaults = addDefaults(defaults, m, errs)
			}
			delete(available, pkg)
			return false
		})
	}
	return defaults
}

// addDefaults returns the defaults with those families of the built-in set that
// a library module reads and the defaults do not have.
func addDefaults(defaults map[string]any, m *module, errs *LoadErrors) map[string]any {
	out := maps.Clone(defaults)
	if out == nil {
		out = map[string]any{}
	}
	builtin, err := builtinParams()
	if err != nil {
		errs.take(builtinName, err)
		return out
	}
	ast.WalkRefs(m.parsed, func(ref ast.Ref) bool {
		if len(ref) < 3 || !ref[0].Equal(ast.DefaultRootDocument) || !ref[1].Equal(ast.StringTerm("params")) {
			return false
		}
		name, _ := ref[2].Value.(ast.String)
		if _, there := out[string(name)]; !there && builtin[string(name)] != nil {
			out[string(name)] = builtin[string(name)]
		}
		return false
	})
	return out
}

// libraryPackage returns the library package that a reference is into, or "".
func libraryPackage(ref ast.Ref) string {
	if len(ref) < 4 || !ref[0].Equal(ast.DefaultRootDocument) || !ref[1].Equal(ast.StringTerm(root)) ||
		!ref[2].Equal(ast.StringTerm(library)) {
		return ""
	}
	name, _ := ref[3].Value.(ast.String)
	return root + "." + library + "." + string(name)
}
