package template

import "maps"

// Derived is what a transform makes of a template.
type Derived struct {
	// Resources and Outputs replace those of the template.
	Resources []*Resource
	Outputs   []*Output
	// Conditions are added to those of the template, in the order of their
	// names.
	Conditions     map[string]*Node
	ConditionNames []string
	// Notes are added to those of the template.
	Notes []Note
}

// Derive returns a template with other resources and everything else from t,
// which stays as it is.
func (t *Template) Derive(d Derived) *Template {
	out := *t
	out.Resources, out.Outputs = d.Resources, d.Outputs
	out.resources = make(map[string]*Resource, len(d.Resources))
	for _, r := range d.Resources {
		out.resources[r.ID] = r
	}
	if len(d.ConditionNames) > 0 {
		out.Conditions = maps.Clone(t.Conditions)
		maps.Copy(out.Conditions, d.Conditions)
		out.ConditionNames = append(t.ConditionNames[:len(t.ConditionNames):len(t.ConditionNames)], d.ConditionNames...)
	}
	out.Notes = append(t.Notes[:len(t.Notes):len(t.Notes)], d.Notes...)
	return &out
}
