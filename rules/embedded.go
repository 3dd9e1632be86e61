package rules

//go:generate go run -tags genindex ./internal/genindex policy index_gen.go image.bin

import (
	_ "embed"
	"fmt"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/fsxns3ap/guardhook/rules/internal/image"
)

// builtinName stands for the built-in policy set in messages.
const builtinName = "rules/policy"

// builtinModule describes a module of the built-in set, so that it need not be
// parsed before a rule in it is needed.
type builtinModule struct {
	path   string
	pkg    string
	sha256 string
	rule   *Rule    // nil in libraries
	needs  []string // paths of the modules to compile for the rule
}

// imageData is the built-in set in the form that its rules run in.
//
//go:embed image.bin
var imageData string

var openImage = sync.OnceValue(func() *image.Image { return image.Open(imageData) })

// compiledModule is the module as the compiler has left it.
func (b builtinModule) compiledModule() *module {
	m := b.module()
	m.image = func() *ast.Module { return openImage().Module(b.path, m.name) }
	return m
}

// module is the module as it was written, for sets that are compiled.
func (b builtinModule) module() *module {
	return &module{
		path: b.path, name: builtinName + "/" + b.path, sha256: b.sha256,
		source: func() (string, error) {
			src, err := builtinFiles.ReadFile("policy/" + b.path)
			return string(src), err
		},
	}
}

// Embedded loads the built-in policy set. It costs next to nothing: a rule is
// parsed and compiled when it is first needed.
func Embedded(opts Options) (*Set, error) {
	s := &Set{modules: map[string]*module{}, config: opts.Config.inForce(opts.Profile), compiled: true}
	for _, b := range builtinModules() {
		s.modules[b.path] = b.compiledModule()
		if b.rule == nil {
			continue
		}
		b.rule.File, b.rule.Path = builtinName+"/"+b.path, b.path
		b.rule.DefaultLevel = defaultLevel(b.rule.Severity)
		b.rule.index = len(s.rules)
		s.rules = append(s.rules, b.rule)
		s.needs = append(s.needs, b.needs)
	}
	if len(s.rules) == 0 {
		return nil, &LoadError{File: builtinName, Message: "the policy set has no rules"}
	}
	var errs LoadErrors
	defaults, err := builtinParams()
	if err != nil {
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
	return newSet(s, opts)
}

// builtinParams reads the default parameters of the built-in set.
func builtinParams() (map[string]any, error) {
	src, err := builtinFiles.ReadFile("policy/" + paramsFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", builtinName, err)
	}
	return parseParams(builtinName+"/"+paramsFile, src)
}
