package rules

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/fsxns3ap/guardhook/rules/internal/image"
)

// module is one Rego file of a set.
type module struct {
	path   string // in the set, with slashes
	name   string // in messages
	sha256 string
	source func() (string, error)
	image  func() *ast.Module // the module when it is compiled; nil to compile source

	once   sync.Once
	parsed *ast.Module
	err    error
}

// prepared is a rule that is ready to run.
type prepared struct {
	compiler *ast.Compiler
	query    ast.Body
	// Only callers that have values left open ask for these.
	reads      func() *Reads
	vocabulary func() *Vocabulary
	// gate asks for the rule's document relevant; nil when it has none.
	gate      ast.Body
	gateReads func() *Reads
}

// resultVar is bound to the deny set by every query.
const resultVar = ast.Var("deny")

// Prepare makes the rules of resource types ready: their modules are compiled,
// together, unless they are already. It saves Judge from doing so rule by rule.
func (s *Set) Prepare(ctx context.Context, types []string) error {
	named := make(map[string]bool, len(types))
	var todo []*Rule
	for _, t := range types {
		if !named[t] {
			named[t] = true
			todo = append(todo, s.For(t)...)
		}
	}
	return s.prepare(ctx, append(todo, s.TemplateRules(named)...)...)
}

// Reads returns what a rule reads of its input.
func (s *Set) Reads(r *Rule) *Reads {
	if r.guard != nil {
		return r.guard.reads
	}
	p, err := s.ready(r)
	if err != nil {
		return &Reads{All: true} // Judge will report the error
	}
	return p.reads()
}

// Gate returns what a rule's document relevant reads of the input, or nil when
// the rule has none. Where relevant does not hold, deny is empty: its clauses
// begin with it. relevant reads less than deny, which spares the callers that
// have values left open most of the work.
func (s *Set) Gate(r *Rule) *Reads {
	if r.guard != nil {
		return nil
	}
	p, err := s.ready(r)
	if err != nil || p.gate == nil {
		return nil
	}
	return p.gateReads()
}

// Vocabulary returns the constants of a rule.
func (s *Set) Vocabulary(r *Rule) *Vocabulary {
	if r.guard != nil {
		return r.guard.vocabulary
	}
	p, err := s.ready(r)
	if err != nil {
		return &Vocabulary{Opaque: true} // Judge will report the error
	}
	return p.vocabulary()
}

func (s *Set) ready(r *Rule) (*prepared, error) {
	if r.index >= len(s.rules) || s.rules[r.index] != r {
		return nil, fmt.Errorf("rule %s belongs to another policy set", r.ID)
	}
	if p := s.prepared[r.index].Load(); p != nil {
		return p, nil
	}
	if err := s.prepare(context.Background(), r); err != nil {
		return nil, err
	}
	return s.prepared[r.index].Load(), nil
}

// unitRules is how many rules make a unit of their own worthwhile: a unit
// compiles its libraries again, which costs a tenth more for a few milliseconds.
const unitRules = 64

// prepare compiles the rules that are not yet ready, in units that are compiled
// side by side. A compiler that is in use is never extended.
func (s *Set) prepare(ctx context.Context, rules ...*Rule) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	todo := make([]*Rule, 0, len(rules))
	for _, r := range rules {
		if r.guard == nil && s.prepared[r.index].Load() == nil {
			todo = append(todo, r)
		}
	}
	if len(todo) == 0 {
		return nil
	}
	// Rules of one family share libraries.
	slices.SortFunc(todo, func(a, b *Rule) int { return cmp.Compare(a.Package, b.Package) })
	todo = slices.Compact(todo)
	units := min(runtime.GOMAXPROCS(0), (len(todo)+unitRules-1)/unitRules)
	errs := make([]error, units)
	var wg sync.WaitGroup
	for i := range units {
		unit := todo[i*len(todo)/units : (i+1)*len(todo)/units]
		wg.Go(func() { errs[i] = s.prepareUnit(ctx, unit) })
	}
	wg.Wait()
	return cmp.Or(errs...)
}

// prepareUnit compiles a unit. It has a goroutine of its own, whose panic nobody
// else could recover from.
func (s *Set) prepareUnit(ctx context.Context, rules []*Rule) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("compile %s and others: %w", rules[0].ID, panicError{p})
		}
	}()
	modules := map[string]*ast.Module{}
	for _, r := range rules {
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, path := range s.needs[r.index] {
			m := s.modules[path]
			if err := m.parse(s.capabilities()); err != nil {
				return err
			}
			modules[path] = m.parsed
		}
	}
	c, err := s.compile(modules)
	if err != nil {
		return err
	}
	for _, r := range rules {
		s.publish(r, c)
	}
	return nil
}

// publish makes a rule of a compiled unit available.
func (s *Set) publish(r *Rule, c *ast.Compiler) {
	p := &prepared{
		compiler:   c,
		query:      ast.NewBody(ast.Equality.Expr(ast.NewTerm(resultVar), ast.NewTerm(headRef(r.Package, denySet)))),
		reads:      sync.OnceValue(func() *Reads { return analyseReads(c, r, denySet) }),
		vocabulary: sync.OnceValue(func() *Vocabulary { return analyseVocabulary(c, r, s.params) }),
	}
	if gate := headRef(r.Package, gateName); len(c.GetRulesExact(gate)) > 0 {
		p.gate = ast.NewBody(ast.Equality.Expr(ast.NewTerm(resultVar), ast.NewTerm(gate)))
		p.gateReads = sync.OnceValue(func() *Reads { return analyseReads(c, r, gateName) })
	}
	s.prepared[r.index].Store(p)
}

// headRef refers to a document of a rule's package.
func headRef(pkg, name string) ast.Ref {
	ref := ast.Ref{ast.DefaultRootDocument}
	for element := range strings.SplitSeq(pkg, ".") {
		ref = append(ref, ast.InternedTerm(element))
	}
	return append(ref, ast.InternedTerm(name))
}

// parse sets parsed, once. Many goroutines may ask for it.
func (m *module) parse(caps *ast.Capabilities) error {
	m.once.Do(func() {
		if m.image != nil {
			m.parsed = m.image()
			return
		}
		src, err := m.source()
		if err != nil {
			m.err = fmt.Errorf("%s: %w", m.name, err)
			return
		}
		m.parsed, err = ast.ParseModuleWithOpts(m.name, src, ast.ParserOptions{RegoVersion: ast.RegoV1, Capabilities: caps})
		if err != nil {
			m.err = regoErrors(err)
		}
	})
	return m.err
}

func (s *Set) compile(modules map[string]*ast.Module) (*ast.Compiler, error) {
	c := ast.NewCompiler().WithCapabilities(s.capabilities())
	if s.compiled {
		c = c.WithSkipStages(image.Rewrites()...)
	}
	if s.checks {
		schemas := ast.NewSchemaSet()
		schemas.Put(ast.SchemaRootRef, inputSchemaDocument())
		c = c.WithStrict(true).WithSchemas(schemas)
	} else {
		c = c.WithSkipStages(image.Checks()...)
	}
	c.Compile(modules)
	if c.Failed() {
		return nil, regoErrors(c.Errors)
	}
	return c, nil
}

// regoErrors turns errors of OPA's parser and compiler into LoadErrors.
func regoErrors(err error) error {
	var list ast.Errors
	if one := (*ast.Error)(nil); errors.As(err, &one) {
		list = ast.Errors{one}
	} else if !errors.As(err, &list) {
		return err
	}
	var out LoadErrors
	for _, e := range list {
		text := e.Message
		if name, ok := strings.CutPrefix(text, "undefined function "); ok && refusedBuiltin(name) {
			text = fmt.Sprintf("the built-in function %s is not available to rules", name)
		}
		if e.Details != nil {
			for _, line := range e.Details.Lines() {
				if line = strings.TrimSpace(line); line != "" {
					text += "; " + line
				}
			}
		}
		if e.Location == nil {
			out.add("", 0, 0, "%s", text)
			continue
		}
		out.add(e.Location.File, max(e.Location.Row, 1), e.Location.Col, "%s", text)
	}
	return out.err()
}
