package mutate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/fsxns3ap/guardhook/internal/schema"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// Outcome is what became of a mutant.
type Outcome int

// The outcomes.
const (
	// Killed means that a test or a fixture noticed the change.
	Killed Outcome = iota
	// Survived means that nothing did.
	Survived
	// Invalid means that the changed module does not compile.
	Invalid
)

// Policy is a folder of rules: <family>/<rule>.rego, its tests beside it in
// <rule>_test.rego, its fixtures below <family>/testdata/<rule>/, helpers in lib/.
type Policy struct {
	sources map[string]string
	modules map[string]*ast.Module
	params  []byte
	// fixtures are the templates of a rule by the path of its module.
	fixtures map[string][]fixture
}

type fixture struct {
	fails    bool
	template *template.Template
}

const (
	ruleExt = ".rego"
	testExt = "_test.rego"
	library = "lib/"
	// patience is how long the tests of one mutant may take.
	patience = 20 * time.Second
)

// Load reads a folder of rules.
func Load(dir fs.FS) (*Policy, error) {
	p := &Policy{sources: map[string]string{}, modules: map[string]*ast.Module{}, fixtures: map[string][]fixture{}}
	err := fs.WalkDir(dir, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		src, err := fs.ReadFile(dir, name)
		if err != nil {
			return err
		}
		return p.add(name, src)
	})
	return p, err
}

func (p *Policy) add(name string, src []byte) (err error) {
	switch {
	case strings.HasSuffix(name, ruleExt):
		p.sources[name] = string(src)
		p.modules[name], err = parse(name, string(src))
		return err
	case name == "params.json":
		p.params = src
		return nil
	case !strings.HasSuffix(name, ".yaml"):
		return nil
	}
	folder, base := path.Split(name)
	verdict, _, _ := strings.Cut(base, "_")
	family, rule, ok := strings.Cut(folder, "/testdata/")
	if !ok || verdict != "pass" && verdict != "fail" {
		return nil
	}
	t, err := template.Load(name, src, template.Options{})
	if err != nil {
		return err
	}
	key := family + "/" + strings.TrimSuffix(rule, "/") + ruleExt
	p.fixtures[key] = append(p.fixtures[key], fixture{verdict == "fail", t})
	return nil
}

// Files lists the modules that are no tests, sorted.
func (p *Policy) Files() []string {
	var out []string
	for name := range p.sources {
		if !strings.HasSuffix(name, testExt) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// Mutants returns the mutants of one of Files.
func (p *Policy) Mutants(file string) ([]Mutant, error) { return Mutants(file, p.sources[file]) }

// Judge tells what becomes of a mutant. An error means that it could not be
// found out.
func (p *Policy) Judge(ctx context.Context, m *Mutant) (Outcome, error) {
	module, err := parse(m.File, m.Source)
	if err != nil {
		return Invalid, nil
	}
	for _, test := range p.testsOf(m.File) {
		outcome, err := p.test(ctx, m.File, module, test)
		if outcome != Survived || err != nil {
			return outcome, err
		}
	}
	return p.judgeFixtures(ctx, m)
}

// testsOf are the test modules that reach a module: its own and, for a module
// of the library, those of the modules that import it.
func (p *Policy) testsOf(file string) []string {
	out := []string{strings.TrimSuffix(file, ruleExt) + testExt}
	if !strings.HasPrefix(file, library) {
		return out
	}
	imported := "data.guardhook.lib." + strings.TrimSuffix(path.Base(file), ruleExt)
	for _, name := range p.Files() {
		if name != file && strings.Contains(p.sources[name], imported) {
			out = append(out, strings.TrimSuffix(name, ruleExt)+testExt)
		}
	}
	return out
}

// test runs the tests of one module with a changed one in its place.
func (p *Policy) test(ctx context.Context, changed string, module *ast.Module, test string) (Outcome, error) {
	if p.modules[test] == nil {
		return Survived, fmt.Errorf("%s: no such test", test)
	}
	tested := strings.TrimSuffix(test, testExt) + ruleExt
	modules := map[string]*ast.Module{test: p.modules[test], tested: p.modules[tested]}
	for name, m := range p.modules {
		if strings.HasPrefix(name, library) && !strings.HasSuffix(name, testExt) {
			modules[name] = m
		}
	}
	modules[changed] = module
	copies := map[string]*ast.Module{}
	for name, m := range modules {
		copies[name] = m.Copy()
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	results, err := tester.NewRunner().SetModules(copies).SetCompiler(ast.NewCompiler()).RaiseBuiltinErrors(true).SetTimeout(patience).RunTests(ctx, nil)
	if err != nil {
		var refused ast.Errors
		if errors.As(err, &refused) {
			return Invalid, nil
		}
		return Survived, fmt.Errorf("%s: %w", test, err)
	}
	outcome := Survived
	for r := range results {
		if !r.Pass() {
			outcome = Killed
		}
	}
	return outcome, nil
}

// judgeFixtures judges the templates of a rule by the changed rule.
func (p *Policy) judgeFixtures(ctx context.Context, m *Mutant) (Outcome, error) {
	if strings.HasPrefix(m.File, library) {
		return Survived, nil
	}
	files := map[string][]byte{m.File: []byte(m.Source)}
	if p.params != nil {
		files["params.json"] = p.params
	}
	for name, src := range p.sources {
		if strings.HasPrefix(name, library) && !strings.HasSuffix(name, testExt) {
			files[name] = []byte(src)
		}
	}
	set, err := rules.LoadFiles("mutant", files, rules.Options{KnownType: schema.Match})
	if err != nil {
		// A set that does not load is noticed wherever it is used.
		return Killed, nil
	}
	v := validate.New(set, validate.Options{})
	for _, f := range p.fixtures[m.File] {
		result, err := v.Validate(ctx, f.template)
		if err != nil {
			return Survived, err
		}
		broken := slices.ContainsFunc(result.Findings, func(f validate.Finding) bool { return f.Status == rules.Errored })
		if len(result.Findings) > 0 != f.fails || len(result.Problems) > 0 || broken {
			return Killed, nil
		}
	}
	return Survived, nil
}
