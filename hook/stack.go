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
	switch {
	case e.Kind == Stack && e.Action == rules.ActionDelete:
		return j.deletion(ctx, d)
	case d.template == "" && len(d.changes) == 0:
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
		judged = result.Template
		var before *template.Template
		if e.Kind == Stack && e.Action == rules.ActionUpdate {
			before = j.previousTemplate(out, d.previous, judged, pinned)
		}
		j.findings(out, d.staying(e.Kind, before), result)
		if before != nil {
			if err := j.updates(ctx, out, before, judged, pinned); err != nil {
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
// so only in strict mode: the call for the resource decides. Rules that do not
// judge updates say nothing of what stays, and where a condition decides whether
// it does, the call for the resource decides, too.
func (j *judge) findings(out *judgement, stays staying, result *validate.Result) {
	strict := j.strict || j.set.Config().Strict
	out.judged = result.Resources
	failing := map[*rules.Rule]bool{}
	type judged struct {
		rule     *rules.Rule
		resource string
	}
	passedOver := map[judged]bool{}
	for _, f := range result.Findings {
		there, perhaps := false, false
		if !f.Rule.Judges(rules.ActionUpdate) {
			there, perhaps = stays(f.Resource, f.Type)
		}
		failing[f.Rule] = true
		if there {
			if of := (judged{f.Rule, f.Resource}); !passedOver[of] {
				passedOver[of] = true
				out.add(verdict{Finding: rules.Finding{Rule: f.Rule, Resource: f.Resource, Type: f.Type, Status: rules.Skipped, Level: f.Level}})
			}
			continue
		}
		v := verdict{Finding: f.Finding, where: fmt.Sprintf("line %d", f.Line)}
		if perhaps {
			v.where += ", if it is created"
		}
		switch f.Status {
		case rules.Errored:
			v.blocks = true
		case rules.Fail:
			always := slices.ContainsFunc(f.When, everywhere)
			v.blocks = f.Level == rules.Block && (always && !perhaps || strict)
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

// staying tells whether a resource of the new template is there already, and
// whether it is perhaps: under a condition.
type staying func(id, typeName string) (there, perhaps bool)

// staying returns what is known of that: from the template before an update, or
// from the changes of a change set, which names all that is created.
func (d *document) staying(k Kind, before *template.Template) staying {
	return func(id, typeName string) (there, perhaps bool) {
		switch {
		case before != nil:
			if was := before.Resource(id); was != nil && was.Type == typeName {
				return was.Condition == "", was.Condition != ""
			}
		case k == ChangeSet && len(d.changes) > 0 && id != "":
			i := slices.IndexFunc(d.changes, func(c change) bool { return c.id == id })
			return i < 0 || d.changes[i].action == rules.ActionUpdate && d.changes[i].typeName == typeName, false
		}
		return false, false
	}
}

func everywhere(s validate.Scenario) bool { return len(s) == 0 }

// changes judges the resources of a change set with the values that it has.
// What fails so fails in the deployment that the change set describes. Rules
// that read a value that is not known yet say nothing here: what they say of the
// template t stands. Where they say nothing of it, as there is no template, a
// macro makes the resource or they are about the change, a note names them.
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
		var of *template.Resource
		if t != nil && c.action != rules.ActionDelete {
			of = t.Resource(c.id)
		}
		stands := func(r *rules.Rule) bool {
			return of != nil && (c.action == rules.ActionCreate || !j.aboutChange(r, c.action))
		}
		if properties == nil {
			unread.addAll(j, c, stands)
			continue
		}
		holes := unknown(nil, properties)
		if c.action != rules.ActionUpdate {
			previous = nil
		}
		verdicts, err := j.evaluate(ctx, ChangeSet, c.action, &rules.Resource{
			ID: c.id, Type: c.typeName, Properties: properties, Previous: previous, Metadata: inlineWaivers(of),
		})
		if err != nil {
			return err
		}
		noBefore := c.action == rules.ActionUpdate && (c.before == nil || len(unknown(nil, c.before)) > 0)
		for _, v := range verdicts {
			switch {
			case v.Status == rules.Skipped:
			case slices.ContainsFunc(holes, func(hole rules.Path) bool { return j.readsAt(v.Rule, hole) }):
				if !stands(v.Rule) {
					unread.add(v.Rule, c.id)
				}
			case noBefore && j.readsPrevious(v.Rule):
				open.add(v.Rule, c.id)
			case v.Status == rules.Undecided && stands(v.Rule):
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

// addAll adds the rules that judge a change of which no properties are sent,
// but for those whose verdict stands.
func (n *notRun) addAll(j *judge, c *change, stands func(*rules.Rule) bool) {
	for _, rule := range j.set.For(c.typeName) {
		if rule.Judges(c.action) && j.set.Level(rule, j.stack) != rules.Off && !stands(rule) {
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
		case have.Status == rules.Undecided && v.Status == rules.Undecided:
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
