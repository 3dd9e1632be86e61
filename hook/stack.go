package hook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// maxReasons is how many reasons of one kind a message lists.
const maxReasons = 5

// template judges the template of a stack or change set, in every deployment
// that it allows: parameter values are not part of the event.
func (j *judge) template(ctx context.Context, d *document) (*judgement, error) {
	e := j.event
	if d.template == "" && len(d.changes) == 0 {
		if e.Action == rules.ActionDelete {
			return &judgement{notes: []string{"CloudFormation sends no template of what it deletes."}}, nil
		}
		return nil, failf(InvalidRequest, "payload: template is empty")
	}
	out := &judgement{}
	var judged *template.Template
	if d.template != "" {
		pinned := e.parameters(j.stack)
		t, err := template.Load("template", []byte(d.template), template.Options{Parameters: pinned})
		if err != nil {
			return nil, refusedTemplate(err)
		}
		result, err := validate.New(j.set, validate.Options{Parameters: pinned, Now: j.now}).Validate(ctx, t)
		if err != nil {
			return nil, failf(InternalFailure, "%s: %v", e, err)
		}
		if len(result.Problems) > 0 {
			return nil, failf(InternalFailure, "The template cannot be judged: %s", some(result.Problems, validate.Problem.String))
		}
		var before *template.Template
		if e.Kind == Stack && e.Action == rules.ActionUpdate {
			before = j.previousTemplate(out, d.previous, t, pinned)
		}
		judged = result.Template
		j.findings(out, t, before, result)
		if before != nil {
			if err := j.updates(ctx, out, before, t, pinned); err != nil {
				return nil, err
			}
		}
	}
	if err := j.changes(ctx, out, judged, d.changes); err != nil {
		return nil, err
	}
	return out, nil
}

func refusedTemplate(err error) *Failure {
	var all template.Errors
	if errors.As(err, &all) {
		return failf(InvalidRequest, "The template cannot be read: %s", some(all, func(e *template.Error) string { return e.Error() }))
	}
	return failf(InvalidRequest, "The template cannot be read: %v", err)
}

func some[T any](list []T, text func(T) string) string {
	var parts []string
	for i, v := range list {
		if i == maxReasons {
			parts = append(parts, fmt.Sprintf("and %d more", len(list)-maxReasons))
			break
		}
		parts = append(parts, text(v))
	}
	return strings.Join(parts, "; ")
}

// findings takes over the result of a template. A violation in every deployment
// blocks. One in some, or one that depends on values that are not known, does
// so only in strict mode: the call for the resource decides. before is the
// template before an update, or nil: rules that do not judge updates say nothing
// of what it has.
func (j *judge) findings(out *judgement, t, before *template.Template, result *validate.Result) {
	strict := j.strict || j.set.Config().Strict
	out.judged = result.Resources
	failing := map[*rules.Rule]bool{}
	for _, f := range result.Findings {
		if before != nil && !f.Rule.Judges(rules.ActionUpdate) && stays(before, f.Resource, f.Type) {
			continue
		}
		v := verdict{Finding: f.Finding, where: fmt.Sprintf("line %d", f.Line)}
		failing[f.Rule] = true
		switch f.Status {
		case rules.Errored:
			v.blocks = true
		case rules.Fail:
			always := slices.ContainsFunc(f.When, everywhere)
			v.blocks = f.Level == rules.Block && (always || strict)
			if !always {
				v.where += ", if " + some(f.When, validate.Scenario.String)
			}
		case rules.Undecided:
			v.blocks = f.Level == rules.Block && strict
			if len(f.Witness) > 0 {
				v.where += ", for example if " + some(f.Witness, validate.Assignment.String)
			} else if len(f.Possible) > 0 && !slices.ContainsFunc(f.Possible, everywhere) {
				v.where += ", if " + some(f.Possible, validate.Scenario.String)
			}
		}
		out.add(v)
	}
	for _, rule := range j.set.Rules() {
		if result.Rules[rule] && !failing[rule] {
			out.add(verdict{Finding: rules.Finding{Rule: rule, Status: rules.Pass, Level: j.set.Level(rule, j.stack)}})
		}
	}
	if len(result.NotJudged) > 0 {
		out.notes = append(out.notes, "Not judged here: "+some(result.NotJudged, func(n validate.NotJudged) string {
			return n.Resource + " (" + n.Reason + ")"
		})+".")
	}
	for _, n := range result.Template.Notes {
		out.notes = append(out.notes, fmt.Sprintf("line %d: %s.", n.Line, n.Message))
	}
}

// stays tells whether a resource of the new template is in the one before.
func stays(before *template.Template, id, typeName string) bool {
	was := before.Resource(id)
	return was != nil && was.Type == typeName
}

func everywhere(s validate.Scenario) bool { return len(s) == 0 }

// changes judges the resources of a change set with the values that it has.
// What fails so fails in the deployment that the change set describes. Rules
// that read a value that is not known yet say nothing here: what they say of the
// template t stands. Where it has no such resource, as there is no template or a
// macro makes the resource, a note names them.
//
// A rule that compares with the state before is not run where that is not known.
func (j *judge) changes(ctx context.Context, out *judgement, t *template.Template, changes []change) error {
	var open, unread notRun
	for i := range changes {
		c := &changes[i]
		properties, previous := c.after, c.before
		if c.action == rules.ActionDelete {
			properties, previous = c.before, nil
		}
		covered := t != nil && t.Resource(c.id) != nil && c.action != rules.ActionDelete
		if properties == nil {
			if !covered {
				unread.addAll(j, c)
			}
			continue
		}
		holes := unknown(nil, properties)
		if c.action != rules.ActionUpdate || len(previous) == 0 {
			previous = nil
		}
		verdicts, err := j.evaluate(ctx, ChangeSet, c.action, &rules.Resource{
			ID: c.id, Type: c.typeName, Properties: properties, Previous: previous,
		})
		if err != nil {
			return err
		}
		noBefore := c.action == rules.ActionUpdate && (c.before == nil || len(unknown(nil, c.before)) > 0)
		for _, v := range verdicts {
			switch {
			case v.Status == rules.Skipped || v.Status == rules.Undecided:
			case slices.ContainsFunc(holes, func(hole rules.Path) bool { return j.readsAt(v.Rule, hole) }):
				if !covered {
					unread.add(v.Rule, c.id)
				}
			case noBefore && j.readsPrevious(v.Rule):
				open.add(v.Rule, c.id)
			default:
				out.decide(v)
			}
		}
	}
	out.notes = append(out.notes, open.note("for want of the state before")...)
	out.notes = append(out.notes, unread.note("for want of values that are not known yet")...)
	out.judged = max(out.judged, len(changes))
	return nil
}

// addAll adds the rules that judge a change of which no properties are sent.
func (n *notRun) addAll(j *judge, c *change) {
	for _, rule := range j.set.For(c.typeName) {
		if rule.Judges(c.action) && j.set.Level(rule, j.stack) != rules.Off {
			n.add(rule, c.id)
		}
	}
}

// decide adds what a rule says of a resource whose values are known to what it
// said of the template.
func (j *judgement) decide(v verdict) {
	id := v.ID("")
	for i := range j.verdicts {
		have := &j.verdicts[i]
		switch {
		case have.Rule != v.Rule || have.Resource != "" && have.ID("") != id:
			continue
		case have.Status == rules.Waived:
			// The waiver may be inline, which only the template shows.
			return
		case have.Status != rules.Pass && v.Status == rules.Fail:
			v.where = strings.SplitN(have.where, ",", 2)[0]
			*have = v
			return
		}
	}
	j.add(v)
}

// unknown lists the paths of the values that a change set context leaves open.
func unknown(path rules.Path, v any) []rules.Path {
	var out []rules.Path
	switch v := v.(type) {
	case string:
		if isPlaceholder(v) {
			out = append(out, slices.Clone(path))
		}
	case map[string]any:
		for name, item := range v {
			out = append(out, unknown(append(path, name), item)...)
		}
	case []any:
		for i, item := range v {
			out = append(out, unknown(append(path, i), item)...)
		}
	}
	return out
}
