package rules

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/fsxns3ap/guardhook/rules/guard"
)

// guardSteps is how many steps of a Guard rule are worth one expression of Rego.
const guardSteps = 10

// judgeGuard evaluates a Guard rule on the document that the input stands for.
func (s *Set) judgeGuard(ctx context.Context, r *Rule, input ast.Value) (out []Violation, skipped bool, err error) {
	doc, err := guardDocument(r, input)
	if err != nil {
		return nil, false, err
	}
	out, skipped, err = s.evaluateGuard(ctx, r, doc, false)
	if r.Scope == ScopeResource {
		// There is one resource only, and nothing else to point at.
		for i := range out {
			if out[i].Resource == "" {
				out[i].Path = nil
			}
			out[i].Resource = ""
		}
		out = joined(out)
	}
	return out, skipped, err
}

// JudgeDocument evaluates a Guard rule on a document of the caller's, a template
// as it is written, and returns its violations, sorted. Their messages show
// values of the document. An error is an *EvaluationError.
func (s *Set) JudgeDocument(ctx context.Context, r *Rule, doc *guard.Value) (out []Violation, err error) {
	defer func() { err = evaluationError(r, recover(), err, func() { out = nil }) }()
	if r.guard == nil {
		return nil, errors.New("the rule is no Guard rule")
	}
	out, _, err = s.evaluateGuard(ctx, r, doc, true)
	return out, err
}

func (s *Set) evaluateGuard(ctx context.Context, r *Rule, doc *guard.Value, values bool) (out []Violation, skipped bool, err error) {
	limited, cancel := context.WithTimeout(ctx, s.budget.Time)
	defer cancel()
	results, err := r.guard.file.Evaluate(limited, doc, guard.Options{
		Steps: guardSteps * s.budget.Steps, Now: s.now,
		Only: func(one *guard.Rule) bool { return one.Name == r.guard.name },
	})
	switch {
	case ctx.Err() != nil:
		return nil, false, ctx.Err()
	case err != nil:
		return nil, false, fmt.Errorf("%w: more than %s", ErrBudget, s.budget.Time)
	}
	skipped = true
	for i := range results {
		one := &results[i]
		switch one.Status {
		case guard.Errored:
			if errors.Is(one.Err, guard.ErrSteps) {
				return nil, false, fmt.Errorf("%w: more than %d steps", ErrBudget, guardSteps*s.budget.Steps)
			}
			return nil, false, one.Err
		case guard.Fail:
			out = append(out, guardViolations(r, one, values)...)
		}
		skipped = skipped && one.Status == guard.Skip
	}
	out = joined(out)
	if len(out) > s.budget.Violations {
		return nil, false, fmt.Errorf("%w: more than %d violations", ErrBudget, s.budget.Violations)
	}
	return out, skipped, nil
}

// guardErrorText is the error of a Guard rule without its name.
func guardErrorText(e *guard.Error) string {
	text := e.Msg
	if rest, ok := strings.CutPrefix(text, "rule "); ok {
		if _, after, found := strings.Cut(rest, ": "); found {
			text = after
		}
	}
	return (&LoadError{File: e.File, Line: e.Pos.Line, Col: e.Pos.Col, Message: text}).Error()
}

// guardViolations gives what is wrong with a document: at least one violation.
func guardViolations(r *Rule, result *guard.Result, values bool) []Violation {
	var out []Violation
	for i := range result.Findings {
		f := &result.Findings[i]
		v := Violation{Message: guardMessage(r.guard.file.Name, f, values)}
		if f.Value != nil {
			v.At = f.Value.Steps()
			for _, name := range f.Wanted {
				v.At = append(v.At, name)
			}
			v.Resource, v.Path = guardPlace(v.At)
		}
		out = append(out, v)
	}
	if len(out) == 0 {
		out = append(out, Violation{Message: "the rule fails: a clause had nothing to compare"})
	}
	return out
}

// guardMessage says what is wrong, by which clause.
func guardMessage(file string, f *guard.Finding, values bool) string {
	at := fmt.Sprintf("%s:%s: %s", file, f.At, f.Explain(values))
	if f.Message == "" {
		return at
	}
	return strings.Join(strings.Fields(f.Message), " ") + " (" + at + ")"
}

// guardPlace translates a place of a document: the resource that it is in, and
// its path relative to the properties. Places outside of resources have no
// resource and the path from the root; attributes other than properties have no
// path.
func guardPlace(at Path) (resource string, p Path) {
	if len(at) < 2 || at[0] != guardResources {
		return "", at
	}
	resource, _ = at[1].(string)
	if len(at) > 2 && at[2] == "Properties" {
		p = at[3:]
	}
	return resource, p
}

// joined sorts violations and makes one of those at the same place.
func joined(list []Violation) []Violation {
	slices.SortStableFunc(list, func(a, b Violation) int {
		if c := strings.Compare(a.Resource, b.Resource); c != 0 {
			return c
		}
		return comparePaths(a.Path, b.Path)
	})
	var out []Violation
	for _, v := range list {
		if n := len(out); n > 0 && out[n-1].Resource == v.Resource && comparePaths(out[n-1].Path, v.Path) == 0 {
			if !strings.Contains(out[n-1].Message, v.Message) {
				out[n-1].Message += "; " + v.Message
			}
			continue
		}
		out = append(out, v)
	}
	return out
}

// Document returns the document that a Guard rule is given for an input, as
// values of encoding/json with json.Number; nil for other rules.
func Document(r *Rule, input ast.Value) (any, error) {
	if r.guard == nil {
		return nil, nil
	}
	doc, err := guardDocument(r, input)
	if err != nil {
		return nil, err
	}
	v, _, err := document([]byte(doc.String()))
	return v, err
}

// guardDocument makes the document of a Guard rule. It has the shape that the
// Guard Hook of AWS gives rules.
func guardDocument(r *Rule, input ast.Value) (*guard.Value, error) {
	in, ok := input.(ast.Object)
	if !ok {
		return nil, errors.New("the input is no object")
	}
	c := guard.HookContext{AWSAccountID: textAt(in, "stack", "account"), TargetType: textAt(in, "target")}
	if action := textAt(in, "action"); action != "" {
		c.InvocationPoint = action + "_PRE_PROVISION"
	}
	if r.Scope == ScopeResource {
		return resourceDocument(in, c)
	}
	return templateDocument(in, c)
}

func resourceDocument(in ast.Object, c guard.HookContext) (*guard.Value, error) {
	id, resourceType := textAt(in, "resource", "id"), textAt(in, "resource", "type")
	if c.TargetType != "" {
		c.TargetName, c.TargetLogicalID = resourceType, id
	}
	properties, err := guardAt(in, "resource", "properties")
	if err != nil {
		return nil, err
	}
	if properties == nil {
		properties = guard.Map(guard.Pos{}, nil, nil)
	}
	previous, err := guardAt(in, "resource", "previous")
	if err != nil {
		return nil, err
	}
	return guard.ResourceDocument(c, id, resourceType, properties, previous), nil
}

func templateDocument(in ast.Object, c guard.HookContext) (*guard.Value, error) {
	if c.TargetType != "" {
		c.TargetName = c.TargetType
	}
	all, _ := valueAt(in, "template", "resources").(ast.Object)
	resources := &entries{}
	if all != nil {
		for _, id := range all.Keys() {
			resource, err := guardResource(all.Get(id))
			if err != nil {
				return nil, err
			}
			resources.add(termText(id), resource)
		}
	}
	top := &entries{}
	sections, _ := valueAt(in, "template", "sections").(ast.Object)
	if sections != nil {
		for _, name := range sections.Keys() {
			v, err := guardValue(sections.Get(name).Value)
			if err != nil {
				return nil, err
			}
			top.add(termText(name), v)
		}
	}
	top.add(guardResources, resources.value())
	return guard.TemplateDocument(c, top.value(), nil, nil)
}

// guardResource is the entry of Resources for a resource of the input.
func guardResource(t *ast.Term) (*guard.Value, error) {
	in, ok := t.Value.(ast.Object)
	if !ok {
		return nil, errors.New("a resource is no object")
	}
	out := &entries{}
	out.add("Type", guard.String(guard.Pos{}, textAt(in, "type")))
	for name, field := range guardAttributes() {
		v, err := guardAt(in, field)
		if err != nil {
			return nil, err
		}
		if v != nil && (v.Kind() != guard.KindList || len(v.Items()) > 0) {
			out.add(name, v)
		}
	}
	return out.value(), nil
}

// entries collects the entries of a map, which is sorted: a document does not
// depend on how it came about.
type entries struct {
	names []string
	items map[string]*guard.Value
}

func (e *entries) add(name string, v *guard.Value) {
	if e.items == nil {
		e.items = map[string]*guard.Value{}
	}
	e.names = append(e.names, name)
	e.items[name] = v
}

func (e *entries) value() *guard.Value {
	slices.Sort(e.names)
	names := make([]guard.Key, len(e.names))
	items := make([]*guard.Value, len(e.names))
	for i, name := range e.names {
		names[i], items[i] = guard.Key{Name: name}, e.items[name]
	}
	return guard.Map(guard.Pos{}, names, items)
}

func termText(t *ast.Term) string {
	s, _ := t.Value.(ast.String)
	return string(s)
}

func valueAt(in ast.Object, names ...string) ast.Value {
	var v ast.Value = in
	for _, name := range names {
		o, ok := v.(ast.Object)
		if !ok {
			return nil
		}
		t := o.Get(ast.InternedTerm(name))
		if t == nil {
			return nil
		}
		v = t.Value
	}
	return v
}

func textAt(in ast.Object, names ...string) string {
	s, _ := valueAt(in, names...).(ast.String)
	return string(s)
}

func guardAt(in ast.Object, names ...string) (*guard.Value, error) {
	v := valueAt(in, names...)
	if v == nil {
		return nil, nil
	}
	return guardValue(v)
}

// guardValue converts a value of the input.
func guardValue(v ast.Value) (*guard.Value, error) {
	at := guard.Pos{}
	switch v := v.(type) {
	case ast.Null:
		return guard.Null(at), nil
	case ast.Boolean:
		return guard.Bool(at, bool(v)), nil
	case ast.String:
		return guard.String(at, string(v)), nil
	case ast.Number:
		return guardNumber(json.Number(v))
	case *ast.Array:
		items := make([]*guard.Value, v.Len())
		for i := range items {
			item, err := guardValue(v.Elem(i).Value)
			if err != nil {
				return nil, err
			}
			items[i] = item
		}
		return guard.List(at, items), nil
	case ast.Object:
		out := &entries{}
		for _, key := range v.Keys() {
			item, err := guardValue(v.Get(key).Value)
			if err != nil {
				return nil, err
			}
			out.add(termText(key), item)
		}
		return out.value(), nil
	}
	return nil, fmt.Errorf("a value is of the type %s, which documents do not have", ast.ValueName(v))
}

func guardNumber(n json.Number) (*guard.Value, error) {
	if i, err := n.Int64(); err == nil {
		return guard.Int(guard.Pos{}, i), nil
	}
	f, err := strconv.ParseFloat(string(n), 64)
	if err != nil {
		return nil, errors.New("a number is out of range")
	}
	return guard.Float(guard.Pos{}, f), nil
}
