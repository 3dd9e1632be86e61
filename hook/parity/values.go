package parity

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/fsxns3ap/guardhook/hook"
	"github.com/fsxns3ap/guardhook/hook/emulate"
	"github.com/fsxns3ap/guardhook/internal/schema"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// ValueDifference is a property that an event and a template disagree in.
type ValueDifference struct {
	Path rules.Path
	// Event and Template are the two values, as JSON; "" for none.
	Event, Template string
}

// String puts a difference on one line.
func (d ValueDifference) String() string {
	shown := func(v string) string {
		if v == "" {
			return "nothing"
		}
		return v
	}
	return fmt.Sprintf("%s: the event has %s, the template %s", d.Path, shown(d.Event), shown(d.Template))
}

// CompareTemplate compares the event of a resource with a template that is said
// to have made it. given are values of its parameters; it fails where one has
// none. What only the deployment tells differs from nothing.
func (c *Captured) CompareTemplate(ctx context.Context, t *template.Template, given map[string]string) (*Comparison, error) {
	d := c.Answer.Decision
	if reason := c.unjudged(); reason != "" {
		return &Comparison{NotCompared: reason}, nil
	}
	res := t.Resource(d.LogicalID)
	switch {
	case d.Kind != hook.Resource && d.Kind != hook.CloudControl:
		return nil, fmt.Errorf("the event is of a %s: only that of a resource is compared with a template", d.Kind)
	case res == nil:
		return nil, fmt.Errorf("%s: there is no resource %q", t.File, d.LogicalID)
	case res.Type != d.TypeName:
		return nil, fmt.Errorf("%s:%d: %s is a %s, in the event a %s", t.File, res.Line, res.ID, res.Type, d.TypeName)
	}
	pinned := c.pinned()
	maps.Copy(pinned, given)
	params, err := emulate.Values(t, pinned)
	if err != nil {
		return nil, err
	}
	result, err := c.validate(ctx, t, params)
	if err != nil {
		return nil, err
	}
	if len(result.Problems) > 0 {
		return &Comparison{NotCompared: "validate cannot judge the template: " + result.Problems[0].String()}, nil
	}
	values, err := c.values(t, params)
	if err != nil {
		return nil, err
	}
	want, got := c.findings(result)
	for _, f := range result.Findings {
		// What is not there in every deployment need not be in this one.
		if _, ok := got[f.ID]; !ok && !slices.ContainsFunc(f.When, func(s validate.Scenario) bool { return len(s) == 0 }) {
			delete(want, f.ID)
		}
	}
	return &Comparison{Findings: want.differences(got), Values: values}, nil
}

// values compares the properties of the event with those that the template
// gives in the deployment that is the most alike.
func (c *Captured) values(t *template.Template, params map[string]string) ([]ValueDifference, error) {
	d := c.Answer.Decision
	m, err := c.message()
	if err != nil {
		return nil, err
	}
	deployments, err := validate.Resolve(t, params, d.LogicalID)
	if err != nil {
		return nil, err
	}
	if len(deployments) == 0 {
		return nil, fmt.Errorf("%s: %s is not created with these parameters", t.File, d.LogicalID)
	}
	shape := schema.Of(d.TypeName)
	have, _ := schema.Canonical(shape, m.RequestData.TargetModel.ResourceProperties)
	var nearest []ValueDifference
	for i, deployment := range deployments {
		closer := emulate.NewCloser(t, params)
		want, _ := schema.Canonical(shape, closer.Properties(d.TypeName, deployment.Properties))
		w := walker{open: closer.Unknown()}
		w.value(nil, have, want)
		if i == 0 || len(w.out) < len(nearest) {
			nearest = w.out
		}
	}
	return nearest, nil
}

// walker compares values, place by place.
type walker struct {
	open []rules.Path // not known in the template
	out  []ValueDifference
}

func (w *walker) value(path rules.Path, have, want any) {
	if slices.ContainsFunc(w.open, func(p rules.Path) bool { return reflect.DeepEqual(p, path) }) {
		return
	}
	switch have := have.(type) {
	case map[string]any:
		if want, ok := want.(map[string]any); ok {
			names := slices.AppendSeq(slices.Collect(maps.Keys(have)), maps.Keys(want))
			slices.Sort(names)
			for _, name := range slices.Compact(names) {
				w.value(append(slices.Clip(path), name), have[name], want[name])
			}
			return
		}
	case []any:
		if want, ok := want.([]any); ok && len(want) == len(have) {
			for i := range have {
				w.value(append(slices.Clip(path), i), have[i], want[i])
			}
			return
		}
	}
	if !reflect.DeepEqual(have, want) {
		w.out = append(w.out, ValueDifference{Path: path, Event: jsonText(have), Template: jsonText(want)})
	}
}

func jsonText(v any) string {
	if v == nil {
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}
