package rules

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

const (
	root     = "guardhook" // the first element of every package
	library  = "lib"       // the family of packages that are no rules
	denySet  = "deny"      // the set that a rule defines
	gateName = "relevant"  // what a rule may define to say where deny is empty
)

//go:embed input.schema.json
var inputSchema []byte

// InputSchema returns the JSON Schema of the input document of rules.
func InputSchema() string { return string(inputSchema) }

func inputSchemaDocument() any {
	var doc any
	if err := json.Unmarshal(inputSchema, &doc); err != nil {
		return err.Error() // no schema: the compiler will refuse it
	}
	return doc
}

// file is one file of a policy set.
type file struct {
	path string // relative to the set, with slashes
	name string // in messages
	src  []byte
}

// load builds a set from the files of a directory or a bundle, and compiles all
// of it with all checks.
func load(name string, files []file, opts Options) (*Set, error) {
	var errs LoadErrors
	s := &Set{modules: map[string]*module{}, checks: true, config: opts.Config}
	var defaults map[string]any
	var guards []file
	for _, f := range files {
		switch kind(f.path) {
		case moduleKind:
			s.addModule(f, &errs)
		case paramsKind:
			var err error
			if defaults, err = parseParams(f.name, f.src); err != nil {
				errs = append(errs, err.(*LoadError))
			}
		case configKind:
			if !opts.Config.onlyLocates() {
				errs.add(f.name, 1, 0, "the policy set has its own %s, and another configuration is given: only one can be in force", ConfigFile)
				continue
			}
			c, err := ParseConfig(f.name, f.src)
			if err != nil {
				errs = append(errs, err.(LoadErrors)...)
				continue
			}
			s.config = c
		case guardKind:
			guards = append(guards, f)
		case unknownKind:
			errs.add(f.name, 1, 0, "the file would not be read: rules are .rego and .guard files, parameters are in %s at the root of the policy set", paramsFile)
		}
	}
	defaults = s.addLibraries(defaults, &errs)
	s.config = s.config.inForce(opts.Profile)
	s.collect(&errs)
	for _, f := range guards {
		s.addGuard(f, &errs)
	}
	if len(s.rules) == 0 && len(errs) == 0 {
		errs.add(name, 0, 0, "the policy set has no rules")
	}
	if err := errs.err(); err != nil {
		return nil, err
	}
	s.params = mergeParams(defaults, s.config, &errs)
	s.checkConfig(&errs)
	if err := errs.err(); err != nil {
		return nil, err
	}
	if opts.Unenforced {
		s.config = s.config.unenforced()
	}
	s, err := newSet(s, opts)
	if err != nil {
		return nil, err
	}
	if err := s.compileAll(); err != nil {
		return nil, err
	}
	return s, nil
}

type fileKind int

const (
	ignoredKind fileKind = iota // documentation, tests, fixtures
	moduleKind
	paramsKind
	configKind
	guardKind
	unknownKind // would be read by other programs: refused, not passed over
)

// kind tells what a file of a policy set is, by its path.
func kind(p string) fileKind {
	for _, dir := range strings.Split(path.Dir(p), "/") {
		if dir == "testdata" || (strings.HasPrefix(dir, ".") && dir != ".") {
			return ignoredKind
		}
	}
	base := path.Base(p)
	switch {
	case strings.HasPrefix(base, "."), strings.HasSuffix(base, "_test.rego"), isGuardTest(base):
		return ignoredKind
	case p == paramsFile:
		return paramsKind
	case p == ConfigFile:
		return configKind
	}
	switch strings.ToLower(path.Ext(base)) {
	case ".rego":
		if path.Ext(base) == ".rego" {
			return moduleKind
		}
		return unknownKind
	case ".guard", ".ruleset":
		return guardKind
	case ".json", ".yaml", ".yml", ".wasm":
		return unknownKind
	}
	return ignoredKind
}

func (s *Set) addModule(f file, errs *LoadErrors) {
	sum := sha256.Sum256(f.src)
	m := &module{
		path: f.path, name: f.name, sha256: hex.EncodeToString(sum[:]),
		source: func() (string, error) { return string(f.src), nil },
	}
	if err := m.parse(capabilities()); err != nil {
		errs.take(f.name, err)
		return
	}
	// The compiler takes calls of print away before it looks at capabilities.
	ast.WalkExprs(m.parsed, func(e *ast.Expr) bool {
		if e.IsCall() && e.Operator().Equal(ast.Print.Ref()) {
			errs.add(f.name, e.Location.Row, e.Location.Col, "the built-in function print is not available to rules")
		}
		return false
	})
	s.modules[f.path] = m
}

// take adds the reasons that an error holds.
func (e *LoadErrors) take(file string, err error) {
	switch err := err.(type) {
	case LoadErrors:
		*e = append(*e, err...)
	case *LoadError:
		*e = append(*e, err)
	default:
		e.add(file, 0, 0, "%s", err)
	}
}

// collect finds the rules among the modules.
func (s *Set) collect(errs *LoadErrors) {
	paths := keys(s.modules)
	byPackage := map[string]string{} // rule package -> file
	for _, p := range paths {
		m := s.modules[p]
		loc := m.parsed.Package.Location
		elements := packageElements(m.parsed)
		if len(elements) < 2 || elements[0] != root {
			errs.add(m.name, loc.Row, loc.Col, "package %s is outside of %s: a rule is in package %[2]s.<family>.<name>", strings.Join(elements, "."), root)
			continue
		}
		if elements[1] == library {
			for _, r := range m.parsed.Rules {
				if headName(r) == denySet {
					errs.add(m.name, r.Location.Row, r.Location.Col, "a library package defines %s: rules belong in package %s.<family>.<name>", denySet, root)
				}
			}
			continue
		}
		if len(elements) != 3 {
			errs.add(m.name, loc.Row, loc.Col, "package %s is not of the form %s.<family>.<name>", strings.Join(elements, "."), root)
			continue
		}
		pkg := strings.Join(elements, ".")
		if other, twice := byPackage[pkg]; twice {
			errs.add(m.name, loc.Row, loc.Col, "package %s is in %s already: a rule is one file", pkg, other)
			continue
		}
		byPackage[pkg] = m.name
		checkDeny(m, errs)
		r, complaints := metadata(m.name, m.parsed)
		if r == nil {
			*errs = append(*errs, complaints...)
			continue
		}
		r.Package, r.Family, r.Path = pkg, elements[1], p
		s.addRule(r, paths, errs)
	}
}

// addRule adds a rule that needs modules, unless there is one of its id.
func (s *Set) addRule(r *Rule, needs []string, errs *LoadErrors) {
	for _, other := range s.rules {
		if other.ID == r.ID {
			errs.add(r.File, r.Line, 0, "rule id %s is in %s:%d already", r.ID, other.File, other.Line)
			return
		}
	}
	r.index = len(s.rules)
	s.rules = append(s.rules, r)
	s.needs = append(s.needs, needs)
}

func packageElements(m *ast.Module) []string {
	var out []string
	for _, t := range m.Package.Path[1:] {
		s, _ := t.Value.(ast.String)
		out = append(out, string(s))
	}
	return out
}

func headName(r *ast.Rule) string {
	name, _ := r.Head.Ref()[0].Value.(ast.Var)
	return string(name)
}

// checkDeny refuses modules that do not define deny as a partial set.
func checkDeny(m *module, errs *LoadErrors) {
	found := false
	var others []string
	gated := slices.ContainsFunc(m.parsed.Rules, func(r *ast.Rule) bool { return headName(r) == gateName })
	for _, r := range m.parsed.Rules {
		if headName(r) != denySet {
			others = append(others, headName(r))
			continue
		}
		found = true
		if r.Head.RuleKind() != ast.MultiValue || len(r.Head.Ref()) != 1 || len(r.Head.Args) > 0 {
			errs.add(m.name, r.Location.Row, r.Location.Col, "%s must be a partial set: %[1]s contains finding if { ... }", denySet)
		}
		if gated && !slices.ContainsFunc(r.Body, isGate) {
			errs.add(m.name, r.Location.Row, r.Location.Col, "the package defines %s, so every %s must begin with it", gateName, denySet)
		}
	}
	if !found {
		slices.Sort(others)
		loc := m.parsed.Package.Location
		errs.add(m.name, loc.Row, loc.Col, "the rule does not define %s (it defines %s)", denySet, list(slices.Compact(others)))
	}
}

// isGate tells whether an expression asks for relevant and nothing else.
func isGate(e *ast.Expr) bool {
	t, ok := e.Terms.(*ast.Term)
	return ok && !e.Negated && len(e.With) == 0 && t.Equal(ast.VarTerm(gateName))
}

// checkConfig refuses a configuration that names what the set does not have.
func (s *Set) checkConfig(errs *LoadErrors) {
	c := s.config
	matchesRule := func(id string) bool {
		return slices.ContainsFunc(s.rules, func(r *Rule) bool { return matches(id, r.ID) })
	}
	for i, l := range c.Levels {
		for j, id := range l.Rules {
			if !matchesRule(id) {
				c.fail(errs, fmt.Sprintf("levels.%d.rules.%d", i, j), "%q matches no rule of the policy set", id)
			}
		}
		for j, f := range l.Families {
			if !slices.ContainsFunc(s.rules, func(r *Rule) bool { return matches(f, r.Family) }) {
				c.fail(errs, fmt.Sprintf("levels.%d.families.%d", i, j), "%q matches no rule family of the policy set", f)
			}
		}
	}
	for i, w := range c.Waivers {
		at := fmt.Sprintf("waivers.%d", i)
		j := slices.IndexFunc(s.rules, func(r *Rule) bool { return r.ID == w.Rule })
		switch {
		case j < 0:
			c.fail(errs, at, "the waiver names %q, which is no rule of the policy set", w.Rule)
		case s.rules[j].NonWaivable:
			c.fail(errs, at, "rule %s accepts no waiver", w.Rule)
		}
	}
}
