// Package validate judges CloudFormation templates by a policy set, in every
// deployment that is possible: every value that a parameter may have, every
// outcome of the conditions. A finding names the deployments that it is about
// and the place in the source.
//
// Values that a template leaves open (a parameter without default, an import,
// an attribute of a custom resource) are never invented. A rule's verdict that
// is the same for all of them stands; otherwise the finding is undecided and
// names a value that the rule denies.
//
// Identifiers that AWS assigns (the reference or attribute of an AWS resource)
// are taken to be unlike any constant that a rule compares with. That is the
// only assumption.
//
// The package does not check that a template deploys: property names, required
// properties and allowed values are the business of linters.
package validate

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fsxns3ap/guardhook/internal/schema"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate/sam"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// Validator judges templates. It may be used by many goroutines.
type Validator struct {
	set    *rules.Set
	params map[string]string
	stack  rules.Stack
	now    func() time.Time
	guard  GuardInput
	// children and construct are those of the Options.
	children  Children
	construct func(file, logicalID string) string

	*memory
}

// memory is what one validator has learnt, for all templates.
type memory struct {
	mu       sync.Mutex
	memo     map[*rules.Rule]*verdicts
	lexicons map[*rules.Rule]*lexicon
}

// Options are the settings of a Validator.
type Options struct {
	// Parameters pins values of parameters and pseudo parameters
	// ("AWS::Region"); names that a template does not declare are ignored.
	Parameters map[string]string
	// Now is the clock that waivers expire by; time.Now when nil.
	Now func() time.Time
	// Guard says what Guard rules are given.
	Guard GuardInput
	// Children finds the templates of nested stacks, which are then judged as
	// their parents deploy them; nil finds none.
	Children Children
	// Construct returns the path of the construct that made a resource, or "";
	// where it is nil or does so, findings have what the CDK wrote into Metadata.
	Construct func(file, logicalID string) string
}

// New returns a Validator for a policy set.
func New(set *rules.Set, opts Options) *Validator {
	v := &Validator{set: set, params: opts.Parameters, now: opts.Now, guard: opts.Guard, children: opts.Children, construct: opts.Construct}
	v.memory = &memory{memo: map[*rules.Rule]*verdicts{}, lexicons: map[*rules.Rule]*lexicon{}}
	if v.now == nil {
		v.now = time.Now
	}
	v.stack = rules.Stack{
		Name: opts.Parameters["AWS::StackName"], Region: opts.Parameters["AWS::Region"],
		Partition: opts.Parameters["AWS::Partition"], Account: opts.Parameters["AWS::AccountId"],
	}
	return v
}

// Stack returns what the pinned parameters tell of the stack.
func (v *Validator) Stack() rules.Stack { return v.stack }

// Finding is a rule's outcome on a resource, at a place in the source, in the
// deployments that its scenarios describe.
type Finding struct {
	rules.Finding
	// ID is the fingerprint, the same at every gate. In a nested stack it covers
	// the path of stacks, which only the parent knows.
	ID string
	// StackPath are the logical ids of the nested stacks that lead to the
	// resource, with slashes: "Orders/Queues". It is empty in a template itself.
	StackPath string
	// Construct is the path of the construct of the CDK that made the resource.
	Construct string
	template.Pos
	// When describes the deployments in which the rule fails. One empty
	// scenario is every deployment.
	When []Scenario
	// Possible describes the deployments in which it may fail, if Witness holds.
	Possible []Scenario
	// Witness names values, which the template admits, that the rule denies.
	Witness []Assignment
}

// NotJudged is a resource that no rule could look at, or a part of one that does
// not become what it generates.
type NotJudged struct {
	Resource, Type string
	template.Pos
	Reason string
}

// Result is what was found in one template.
type Result struct {
	Template *template.Template
	// StackPath is that of the findings, and Root the file of the outermost
	// template; both are empty where that is this one.
	StackPath, Root string
	// Nested are the outcomes of its nested stacks, at any depth.
	Nested []*Result
	// Findings are those that did not pass, by position.
	Findings []Finding
	// Problems kept a part of the template from being judged.
	Problems []Problem
	// NotJudged lists resources of types that cannot be judged; Uncovered
	// counts those that no rule applies to.
	NotJudged []NotJudged
	Uncovered int
	// Resources counts the resources, Scenarios the deployments of them that
	// some rule told apart, Verdicts the outcomes of a rule on one of those.
	Resources, Scenarios, Verdicts int
	// Itemwise counts the times that a rule met too many open values for every
	// combination, so that list items and map entries were varied one at a time.
	Itemwise int
	// AsWritten are the Guard rules that were judged on the template as it is
	// written only.
	AsWritten map[*rules.Rule]bool
	// Rules are those that were evaluated.
	Rules map[*rules.Rule]bool
	// Waivers are those that were used; Named those of the configuration that are
	// about a resource and a rule that was judged on it; WaiverProblems are those
	// that are not in force, and what is to be said of those that resources carry.
	Waivers, Named map[*rules.Waiver]bool
	WaiverProblems []rules.WaiverProblem
}

// Prepare compiles the rules that templates need, all at once. Validate does so
// for the template it is given; for many templates this is faster.
func (v *Validator) Prepare(ctx context.Context, templates ...*template.Template) error {
	var types []string
	for _, t := range templates {
		types = append(types, typesOf(v.Expand(t))...)
	}
	slices.Sort(types)
	return v.set.Prepare(ctx, slices.Compact(types))
}

// Expand returns a template as it is judged: serverless resources are replaced
// by what they generate.
func (v *Validator) Expand(t *template.Template) *template.Template {
	expanded, _ := sam.Expand(t, v.params)
	return expanded
}

// Validate judges a template, with its serverless resources expanded, and those
// of its nested stacks that are found. The error is not nil only when the policy
// set does not compile or ctx ends.
func (v *Validator) Validate(ctx context.Context, t *template.Template) (*Result, error) {
	t, gaps := sam.Expand(t, v.params)
	return v.hierarchy(ctx, t, gaps)
}

// template judges one template, whose nested stacks that are found are judged
// elsewhere.
func (v *Validator) template(ctx context.Context, t *template.Template, gaps []sam.Gap, found *descent) (*Result, error) {
	types := typesOf(t)
	occurs := make(map[string]bool, len(types))
	for _, name := range types {
		occurs[name] = true
	}
	if err := v.set.Prepare(ctx, types); err != nil {
		return nil, err
	}
	j := &judgement{
		v: v, r: newResolver(t, v.params), found: found, inline: map[*template.Resource][]rules.Waiver{},
		result: &Result{
			Template: t, Resources: len(t.Resources),
			Rules: map[*rules.Rule]bool{}, Waivers: map[*rules.Waiver]bool{}, Named: map[*rules.Waiver]bool{}, AsWritten: map[*rules.Rule]bool{},
		},
	}
	j.result.StackPath, j.result.Root = found.place()
	for _, p := range found.problems {
		j.r.problem(p.Pos, "%s", p.Message)
	}
	for _, g := range gaps {
		j.result.NotJudged = append(j.result.NotJudged, NotJudged(g))
	}
	template := v.set.TemplateRules(occurs)
	for _, res := range t.Resources {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		j.resource(ctx, res, template)
	}
	for _, rule := range template {
		if v.judges(rule) {
			j.template(ctx, rule)
		}
	}
	if v.guard == GuardTemplate {
		j.asWritten(ctx)
	}
	j.finish()
	return j.result, ctx.Err()
}

// reasonNotJudged tells why resources of a type cannot be judged, or "".
func reasonNotJudged(resourceType string) string {
	switch {
	case strings.HasPrefix(resourceType, "AWS::Serverless::"):
		return "serverless resources are not expanded"
	case strings.HasSuffix(resourceType, "::MODULE"):
		return "modules are not expanded"
	case resourceType == "AWS::CloudFormation::Stack":
		return "nested stacks are not expanded"
	case !schema.Known(resourceType) && strings.HasPrefix(resourceType, "AWS::"):
		return "unknown resource type"
	}
	return ""
}
