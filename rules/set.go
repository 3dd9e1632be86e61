package rules

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

// Options change how a policy set is loaded and evaluated. The zero value
// works.
type Options struct {
	// Config is the enforcement configuration. A set may carry its own, in a
	// file named guardhook.yaml at its root; then Config may only locate the set.
	Config *Config
	// Profile is the profile in force; that of the configuration if nil.
	Profile *Profile
	// Unenforced leaves out the levels and waivers of the configuration: every
	// rule is judged, as its own tests want it.
	Unenforced bool
	// Verification makes LoadBundle accept nothing but bundles signed with the
	// key that it names.
	Verification *bundle.VerificationConfig
	// KnownType tells whether a pattern matches any resource type there is. Rules
	// for which it does not are reported by Warnings.
	KnownType func(pattern string) bool
	// Name names a bundle in messages.
	Name string
	// Budget bounds every evaluation; zero fields have defaults.
	Budget Budget
	// Now is the clock for the expiry of waivers; time.Now if nil.
	Now func() time.Time
}

// Set is a loaded policy set. It does not change, and is safe for many
// goroutines.
type Set struct {
	rules    []*Rule // by id
	modules  map[string]*module
	needs    [][]string // by Rule.index: paths of the modules to compile
	guards   []guardSource
	config   *Config
	params   map[string]any
	warnings []Warning
	revision string
	budget   Budget
	now      func() time.Time
	checks   bool // compile with all checks
	compiled bool // the modules are those of the image

	store storage.Store
	txn   storage.Transaction

	byType sync.Map // resource type -> []*Rule

	mu       sync.Mutex // held while compiling
	prepared []atomic.Pointer[prepared]
	texts    texts

	capabilities func() *ast.Capabilities
	digest       func() string
}

// newSet completes a set whose rules, modules, needs, config and params are
// there.
func newSet(s *Set, opts Options) (*Set, error) {
	slices.SortFunc(s.rules, func(a, b *Rule) int { return compareRules(a, b) })
	needs := make([][]string, len(s.rules))
	for i, r := range s.rules {
		needs[i] = s.needs[r.index]
		r.index = i
	}
	s.needs = needs
	s.prepared = make([]atomic.Pointer[prepared], len(s.rules))
	s.budget = opts.Budget.withDefaults()
	if s.now = opts.Now; s.now == nil {
		s.now = time.Now
	}
	if opts.KnownType != nil {
		for _, r := range s.rules {
			for _, t := range r.ResourceTypes {
				if t != "*" && !opts.KnownType(t) {
					s.warnings = append(s.warnings, Warning{r.File, r.Line, fmt.Sprintf("rule %s: %q matches no known resource type", r.ID, t)})
				}
			}
		}
	}
	s.store = inmem.NewFromObjectWithOpts(map[string]any{"params": s.params},
		inmem.OptReturnASTValuesOnRead(true), inmem.OptRoundTripOnWrite(false))
	// One read transaction serves all evaluations: nothing is ever written.
	txn, err := s.store.NewTransaction(context.Background())
	if err != nil {
		return nil, fmt.Errorf("parameters: %w", err)
	}
	s.txn = txn
	s.capabilities = sync.OnceValue(capabilities)
	s.digest = sync.OnceValue(s.computeDigest)
	return s, nil
}

func compareRules(a, b *Rule) int {
	switch {
	case a.ID < b.ID:
		return -1
	case a.ID > b.ID:
		return 1
	}
	return 0
}

// Digest identifies the content of the policy set: "sha256:" and 64 hex digits
// over rule sources, effective parameters, levels and waivers. Two gates with
// the same digest give the same verdicts.
func (s *Set) Digest() string { return s.digest() }

func (s *Set) computeDigest() string {
	h := sha256.New()
	field := func(parts ...string) {
		for _, p := range parts {
			fmt.Fprintf(h, "%d:", len(p))
			io.WriteString(h, p)
		}
	}
	field("guardhook policy set 1")
	for _, path := range keys(s.modules) {
		field("module", path, s.modules[path].sha256)
	}
	for _, g := range s.guards {
		field("guard", g.path, g.sha256)
	}
	params, err := json.Marshal(s.params)
	if err != nil { // values that no parser made
		params = []byte(err.Error())
	}
	field("params", string(params), "config", string(s.config.canonical()))
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// Revision is the revision that the manifest of a bundle names.
func (s *Set) Revision() string { return s.revision }

// Config returns the enforcement configuration in force, never nil. It must not
// be changed.
func (s *Set) Config() *Config { return s.config }

// Params returns the effective parameters. They must not be changed.
func (s *Set) Params() map[string]any { return s.params }

// Warnings returns remarks on the set.
func (s *Set) Warnings() []Warning { return slices.Clone(s.warnings) }

// Rules returns all rules, sorted by id.
func (s *Set) Rules() []*Rule { return slices.Clone(s.rules) }

// Rule returns the rule with an id, or nil.
func (s *Set) Rule(id string) *Rule {
	i, ok := slices.BinarySearchFunc(s.rules, id, func(r *Rule, id string) int { return compareRules(r, &Rule{ID: id}) })
	if !ok {
		return nil
	}
	return s.rules[i]
}

// For returns the rules of scope resource that apply to a resource type and are
// not off in every stack, sorted by id. The slice must not be changed.
func (s *Set) For(resourceType string) []*Rule {
	if v, ok := s.byType.Load(resourceType); ok {
		return v.([]*Rule)
	}
	var out []*Rule
	for _, r := range s.rules {
		if r.Scope == ScopeResource && r.AppliesTo(resourceType) && !s.offEverywhere(r) {
			out = append(out, r)
		}
	}
	v, _ := s.byType.LoadOrStore(resourceType, out)
	return v.([]*Rule)
}

// TemplateRules returns the rules of scope template that name at least one of
// the resource types and are not off in every stack, sorted by id.
func (s *Set) TemplateRules(types map[string]bool) []*Rule {
	var out []*Rule
	for _, r := range s.rules {
		if r.Scope != ScopeTemplate || s.offEverywhere(r) {
			continue
		}
		for t, there := range types {
			if there && r.AppliesTo(t) {
				out = append(out, r)
				break
			}
		}
	}
	return out
}
