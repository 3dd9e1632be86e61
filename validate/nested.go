package validate

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/validate/nested"
	"github.com/fsxns3ap/guardhook/validate/sam"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// Limits of the nested stacks of one template. They bound the work, and are not
// CloudFormation's.
const (
	// MaxNesting is how deep stacks may be nested in one another.
	MaxNesting = 16
	// MaxNested is how many there may be in all.
	MaxNested = 500
)

// Children finds the templates of nested stacks.
type Children interface {
	// Child returns the file and the text of the template of a nested stack: a
	// resource of type AWS::CloudFormation::Stack in the template of the file
	// parent. The file is "" where the template is not to be had, as behind a
	// URL. An error says why a template that is there cannot be read.
	Child(parent string, stack *template.Resource) (file string, src []byte, err error)
}

// child is a nested stack whose template was found.
type child struct {
	stack *template.Resource
	t     *template.Template
	gaps  []sam.Gap
	pins  map[string]string
}

// descent is where a template is in a hierarchy of stacks, and what was found in
// it of nested stacks.
type descent struct {
	path  []string // logical ids, from the outermost template
	files []string // that of the outermost template first, this one last

	children []child
	problems []Problem
	// reported are the nested stacks with a problem.
	reported []*template.Resource
}

// place is the stack path and the outermost file; both are empty there.
func (d *descent) place() (stackPath, root string) {
	if len(d.path) == 0 {
		return "", ""
	}
	return strings.Join(d.path, "/"), d.files[0]
}

// follows tells whether a resource is a nested stack whose template is judged, or
// is a problem.
func (d *descent) follows(res *template.Resource) bool {
	return slices.Contains(d.reported, res) || slices.ContainsFunc(d.children, func(c child) bool { return c.stack == res })
}

// hierarchy judges an expanded template and its nested stacks.
func (v *Validator) hierarchy(ctx context.Context, t *template.Template, gaps []sam.Gap) (*Result, error) {
	h := &hierarchy{ctx: ctx}
	root, err := h.judge(v, t, gaps, &descent{files: []string{t.File}})
	if err != nil {
		return nil, err
	}
	if len(h.results) > 1 {
		root.Nested = h.results[1:]
	}
	return root, nil
}

// hierarchy is the work on a template and its nested stacks.
type hierarchy struct {
	ctx     context.Context
	results []*Result
	stacks  int
}

// judge judges a template and then its nested stacks, in the order of the
// template.
func (h *hierarchy) judge(v *Validator, t *template.Template, gaps []sam.Gap, d *descent) (*Result, error) {
	h.find(v, t, d)
	result, err := v.template(h.ctx, t, gaps, d)
	if err != nil {
		return nil, err
	}
	h.results = append(h.results, result)
	if len(d.path) > 0 {
		label(result, d.path)
	}
	for _, c := range d.children {
		below := &descent{
			path:  append(slices.Clone(d.path), c.stack.ID),
			files: append(slices.Clone(d.files), c.t.File),
		}
		if _, err := h.judge(v.within(c.pins), c.t, c.gaps, below); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// within returns a validator for a nested stack. What CloudFormation will call
// the stack is not known.
func (v *Validator) within(pins map[string]string) *Validator {
	inner := *v
	inner.params, inner.stack.Name = pins, ""
	return &inner
}

// find looks for the templates of nested stacks. What is wrong with one is a
// problem of its parent.
func (h *hierarchy) find(v *Validator, t *template.Template, d *descent) {
	if v.children == nil {
		return
	}
	for _, res := range t.Resources {
		if res.Type != nested.StackType {
			continue
		}
		c, err := h.child(v, t, res, d)
		switch {
		case err != nil:
			pos := res.Pos
			if url := res.Properties.Get("TemplateURL"); url != nil {
				pos = url.Pos
			}
			d.reported = append(d.reported, res)
			d.problems = append(d.problems, Problem{Pos: pos, Message: fmt.Sprintf("nested stack %s: %v", res.ID, err)})
		case c != nil:
			d.children = append(d.children, *c)
		}
	}
}

// child loads the template of a nested stack; it is nil where there is none, and
// where one more than may be was a problem before.
func (h *hierarchy) child(v *Validator, t *template.Template, res *template.Resource, d *descent) (*child, error) {
	file, src, err := v.children.Child(t.File, res)
	if err != nil || file == "" {
		return nil, err
	}
	if i := slices.IndexFunc(d.files, func(f string) bool { return filepath.Clean(f) == filepath.Clean(file) }); i >= 0 {
		return nil, fmt.Errorf("stacks are nested in themselves: %s", strings.Join(append(d.files[i:len(d.files):len(d.files)], file), " -> "))
	}
	if len(d.path) >= MaxNesting {
		return nil, fmt.Errorf("more than %d stacks nested in one another", MaxNesting)
	}
	switch h.stacks++; {
	case h.stacks == MaxNested+1:
		return nil, fmt.Errorf("more than %d nested stacks; the others are not judged", MaxNested)
	case h.stacks > MaxNested:
		return nil, nil
	}
	known := nested.Known(v.params, res)
	loaded, err := template.Load(file, src, template.Options{Parameters: known, Passed: nested.Passed(t, v.params, res)})
	if err != nil {
		return nil, firstOf(err)
	}
	expanded, gaps := sam.Expand(loaded, known)
	derived, pins, err := nested.Derive(t, v.params, res, expanded)
	if err != nil {
		return nil, err
	}
	return &child{stack: res, t: derived, gaps: gaps, pins: pins}, nil
}

// Located is a resource in a template or in one of its nested stacks.
type Located struct {
	// Template is that of the stack, expanded.
	Template *template.Template
	// Resource is nil where the path names a stack and no resource.
	Resource *template.Resource
	// Path are the logical ids of the stacks, from the outermost template.
	Path []string
	v    *Validator // for the stack
}

// Locate finds a resource by its logical id, below the logical ids of the nested
// stacks that it is in: Data/Buckets/Files, as in the full name of a finding. A path
// that ends with a slash names the stack.
func (v *Validator) Locate(t *template.Template, path string) (*Located, error) {
	stacks := strings.Split(path, "/")
	id := stacks[len(stacks)-1]
	at := &Located{Template: v.Expand(t), Path: stacks[:len(stacks)-1], v: v}
	h := &hierarchy{}
	d := &descent{files: []string{t.File}}
	for i, name := range at.Path {
		stack := at.Template.Resource(name)
		if stack == nil {
			return nil, fmt.Errorf("%s: there is no resource %q", at.Template.File, name)
		}
		if stack.Type != nested.StackType {
			return nil, fmt.Errorf("%s: %s is no nested stack (it is a %s)", at.Template.File, name, stack.Type)
		}
		var c *child
		var err error
		if v.children != nil {
			c, err = h.child(at.v, at.Template, stack, d)
		}
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s: nested stack %s: %w", at.Template.File, name, err)
		case c == nil:
			return nil, fmt.Errorf("%s: the template of the nested stack %s is not there", at.Template.File, name)
		}
		at.Template, at.v = c.t, at.v.within(c.pins)
		d = &descent{path: at.Path[:i+1], files: append(d.files, c.t.File)}
	}
	if id == "" {
		return at, nil
	}
	if at.Resource = at.Template.Resource(id); at.Resource == nil {
		return nil, fmt.Errorf("%s: there is no resource %q", at.Template.File, id)
	}
	return at, nil
}

// Resolve lists the resources as Resolve of the package does: that of the path, or,
// where that names a stack, all of the stack's own. "" is the outermost one.
func (v *Validator) Resolve(t *template.Template, path string) ([]Deployment, error) {
	at, err := v.Locate(t, path)
	if err != nil {
		return nil, err
	}
	id := ""
	if at.Resource != nil {
		id = at.Resource.ID
	}
	out, err := Resolve(at.Template, at.v.params, id)
	for i := range out {
		at.label(out[i].When)
		out[i].Properties, _ = at.texts(out[i].Properties).(map[string]any)
	}
	return out, err
}

// label names the symbols of a scenario as the outermost template calls them.
func (l *Located) label(s Scenario) {
	if len(l.Path) > 0 {
		labelScenarios([]Scenario{s}, l.Path)
	}
}

// texts names what a stack takes from those around it in all texts of a value, which
// it changes.
func (l *Located) texts(v any) any {
	if len(l.Path) == 0 {
		return v
	}
	switch v := v.(type) {
	case string:
		return nested.Text(v)
	case []any:
		for i := range v {
			v[i] = l.texts(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = l.texts(v[k])
		}
	}
	return v
}

// firstOf shortens the errors of a template to what fits on a line.
func firstOf(err error) error {
	var list template.Errors
	if !errors.As(err, &list) || len(list) < 2 {
		return err
	}
	return fmt.Errorf("%w (and %d more)", list[0], len(list)-1)
}

// Label is what a name in the template of the result, as of a parameter, is
// called in its findings.
func (f *Finding) Label(name string) string {
	if f.StackPath == "" {
		return name
	}
	return nested.Label(name, strings.Split(f.StackPath, "/"))
}

// label names what a nested stack takes from the stacks around it as these call
// it, and its own parameters by the path of the stack.
func label(r *Result, path []string) {
	for i := range r.Findings {
		f := &r.Findings[i]
		f.Message = nested.Text(f.Message)
		labelScenarios(f.When, path)
		labelScenarios(f.Possible, path)
		for j := range f.Witness {
			f.Witness[j].Symbol = nested.Label(f.Witness[j].Symbol, path)
		}
	}
	for i := range r.Problems {
		r.Problems[i].Message = nested.Text(r.Problems[i].Message)
	}
}

func labelScenarios(list []Scenario, path []string) {
	for _, s := range list {
		for i := range s {
			if a, b, equation := strings.Cut(s[i].Symbol, " = "); equation {
				s[i].Symbol = nested.Label(a, path) + " = " + nested.Label(b, path)
				continue
			}
			s[i].Symbol = nested.Label(s[i].Symbol, path)
		}
		slices.SortFunc(s, func(a, b Constraint) int { return strings.Compare(a.Symbol, b.Symbol) })
	}
}

// constructOf is the path of the construct that made a resource.
func (v *Validator) constructOf(file string, res *template.Resource) string {
	if v.construct != nil {
		if path := v.construct(file, res.ID); path != "" {
			return path
		}
	}
	if n := res.Metadata.Get("aws:cdk:path"); n != nil && n.Kind == template.String {
		return n.Text
	}
	return ""
}
