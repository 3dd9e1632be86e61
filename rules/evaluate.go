package rules

import (
	"context"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Target is what is judged. Its values are canonical and known.
type Target struct {
	Kind     string // RESOURCE, STACK, CHANGE_SET or CLOUD_CONTROL
	Action   string // CREATE, UPDATE or DELETE
	Resource *Resource
	Stack    Stack
	// Template has all resources by logical id; rules of scope template are
	// evaluated if it is not nil.
	Template map[string]*Resource
}

// Resource is one resource. Values are those of encoding/json, with
// json.Number or any Go number type for numbers.
type Resource struct {
	ID, Type string
	// Properties are the desired ones. Previous are those before an update, nil
	// otherwise.
	Properties, Previous                map[string]any
	Metadata                            any
	DeletionPolicy, UpdateReplacePolicy string
	DependsOn                           []string
}

// Stack is what is known of the stack; empty fields are not known.
type Stack struct {
	Name, Region, Partition, Account string
	Tags                             map[string]string
}

// Evaluate judges a target by every rule that applies to it. A rule gives one
// finding per violation, or a single one with the status pass, error, or
// skipped: it is off in this stack, or does not judge this action. No finding
// at all means that no rule applies. Rules of scope resource come first; within
// a scope, findings are sorted by rule id and property path.
//
// The error is not nil only if the target itself cannot be judged; a rule that
// fails to evaluate gives a finding of status error.
func (s *Set) Evaluate(ctx context.Context, t *Target) ([]Finding, error) {
	var out []Finding
	if t.Resource != nil {
		if err := s.prepare(ctx, s.For(t.Resource.Type)...); err != nil {
			return nil, err
		}
		var input ast.Value
		for _, r := range s.For(t.Resource.Type) {
			if s.skips(r, t) {
				out = append(out, s.single(r, t, Skipped, ""))
				continue
			}
			if input == nil {
				var err error
				if input, err = ResourceInput(t); err != nil {
					return nil, err
				}
			}
			out = append(out, s.findings(ctx, r, t, input)...)
		}
	}
	if t.Template == nil {
		return out, nil
	}
	types := make(map[string]bool, len(t.Template))
	for _, r := range t.Template {
		types[r.Type] = true
	}
	applicable := s.TemplateRules(types)
	if err := s.prepare(ctx, applicable...); err != nil {
		return nil, err
	}
	for _, r := range applicable {
		if s.skips(r, t) {
			out = append(out, s.single(r, t, Skipped, ""))
			continue
		}
		input, err := TemplateInput(t, r)
		if err != nil {
			return nil, err
		}
		out = append(out, s.findings(ctx, r, t, input)...)
	}
	return out, nil
}

func (s *Set) skips(r *Rule, t *Target) bool {
	return !r.Judges(t.Action) || s.Level(r, t.Stack) == Off
}

// findings runs one rule.
func (s *Set) findings(ctx context.Context, r *Rule, t *Target, input ast.Value) []Finding {
	violations, skipped, err := s.verdict(ctx, r, input)
	switch {
	case err != nil:
		return []Finding{s.single(r, t, Errored, err.Error())}
	case skipped:
		return []Finding{s.single(r, t, Skipped, "")}
	case len(violations) == 0:
		return []Finding{s.single(r, t, Pass, "")}
	}
	now := s.now()
	out := make([]Finding, len(violations))
	for i, v := range violations {
		f := s.single(r, t, Fail, v.Message)
		f.Path = v.Path
		resource := t.Resource
		if r.Scope == ScopeTemplate {
			if resource = t.Template[v.Resource]; resource == nil {
				// A Guard rule on another part of the template.
				out[i] = f
				continue
			}
			f.Resource, f.Type = resource.ID, resource.Type
		}
		inline, err := InlineWaivers(resource.ID, resource.Metadata)
		if err != nil {
			f.Message += " (inline waivers are not read: " + err.Error() + ")"
		}
		if w, _ := s.Waive(r, t.Stack, resource.ID, inline, now); w != nil {
			f.Status, f.Waiver = Waived, w
		}
		out[i] = f
	}
	return out
}

func (s *Set) single(r *Rule, t *Target, status Status, message string) Finding {
	f := Finding{Rule: r, Status: status, Level: s.Level(r, t.Stack), Message: message}
	if r.Scope == ScopeResource {
		f.Resource, f.Type = t.Resource.ID, t.Resource.Type
	}
	return f
}

// ResourceInput builds the input document of rules of scope resource.
func ResourceInput(t *Target) (ast.Value, error) {
	doc := t.document()
	resource, err := t.Resource.document()
	if err != nil {
		return nil, err
	}
	resource = append(resource, field("id", ast.String(t.Resource.ID)))
	return ast.NewObject(append(doc, field("resource", ast.NewObject(resource...)))...), nil
}

// TemplateInput builds the input document of a rule of scope template: the
// resources of the types that the rule names. A Guard rule gets all of them, of
// those that it does not look at the types only.
func TemplateInput(t *Target, r *Rule) (ast.Value, error) {
	resources := ast.NewObject()
	for _, id := range keys(t.Template) {
		resource := t.Template[id]
		if r.guard != nil && !r.LooksAt(resource.Type) {
			resource = &Resource{ID: id, Type: resource.Type}
		} else if r.guard == nil && !r.AppliesTo(resource.Type) {
			continue
		}
		doc, err := resource.document()
		if err != nil {
			return nil, err
		}
		depends := make([]*ast.Term, len(resource.DependsOn))
		for i, d := range resource.DependsOn {
			depends[i] = ast.StringTerm(d)
		}
		doc = append(doc, field("id", ast.String(id)), field("depends_on", ast.NewArray(depends...)))
		resources.Insert(ast.StringTerm(id), ast.ObjectTerm(doc...))
	}
	template := ast.NewObject(field("resources", resources))
	return ast.NewObject(append(t.document(), field("template", template))...), nil
}

type entry = [2]*ast.Term

func field(name string, v ast.Value) entry {
	return entry{ast.StringTerm(name), ast.NewTerm(v)}
}

func (t *Target) document() []entry {
	stack := ast.NewObject()
	for _, f := range [...][2]string{
		{"name", t.Stack.Name}, {"region", t.Stack.Region}, {"partition", t.Stack.Partition}, {"account", t.Stack.Account},
	} {
		if f[1] != "" {
			stack.Insert(ast.StringTerm(f[0]), ast.StringTerm(f[1]))
		}
	}
	if t.Stack.Tags != nil {
		tags := ast.NewObject()
		for _, k := range keys(t.Stack.Tags) {
			tags.Insert(ast.StringTerm(k), ast.StringTerm(t.Stack.Tags[k]))
		}
		stack.Insert(ast.StringTerm("tags"), ast.NewTerm(tags))
	}
	return []entry{field("target", ast.String(t.Kind)), field("action", ast.String(t.Action)), field("stack", stack)}
}

func (r *Resource) document() ([]entry, error) {
	properties := r.Properties
	if properties == nil {
		properties = map[string]any{}
	}
	doc := []entry{field("type", ast.String(r.Type))}
	for _, part := range [...]struct {
		name  string
		value any
		there bool
	}{
		{"properties", properties, true},
		{"previous", r.Previous, r.Previous != nil},
		{"metadata", r.Metadata, r.Metadata != nil},
		{"deletion_policy", r.DeletionPolicy, r.DeletionPolicy != ""},
		{"update_replace_policy", r.UpdateReplacePolicy, r.UpdateReplacePolicy != ""},
	} {
		if !part.there {
			continue
		}
		v, err := ast.InterfaceToValue(part.value)
		if err != nil {
			return nil, fmt.Errorf("%s of resource %s: %w", part.name, r.ID, err)
		}
		doc = append(doc, field(part.name, v))
	}
	return doc, nil
}
