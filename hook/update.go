package hook

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/sam"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// An update of a stack comes with two templates. Package validate judges the
// new one as if all of it were created. What remains are the rules that are
// about the change: those that only judge updates, that compare with the state
// before, or that judge what is deleted.

// transition judges the change from one template to another.
type transition struct {
	*judge
	out           *judgement
	before, after *template.Template
	pinned        map[string]string
	open          notRun
}

// updates judges the change by the rules that are about it, where both
// templates have all values that a rule reads. Where they do not, a note names
// the rule: the call for the resource decides.
func (j *judge) updates(ctx context.Context, out *judgement, before, after *template.Template, pinned map[string]string) error {
	u := &transition{judge: j, out: out, before: before, after: after, pinned: pinned}
	for _, was := range before.Resources {
		var err error
		if is := after.Resource(was.ID); is != nil && is.Type == was.Type {
			err = u.resource(ctx, rules.ActionUpdate, after, is, was)
		} else {
			err = u.resource(ctx, rules.ActionDelete, before, was, nil)
		}
		if err != nil {
			return err
		}
	}
	out.notes = append(out.notes, u.open.note("for want of values in the templates")...)
	onlyUpdates := func(r *rules.Rule) bool { return r.Judges(rules.ActionUpdate) && !r.Judges(rules.ActionCreate) }
	out.notes = append(out.notes, j.ofTemplates(after, onlyUpdates).note("since a template is judged as one that is created")...)
	return nil
}

// ofTemplates lists the rules about templates that are of a kind.
func (j *judge) ofTemplates(t *template.Template, of func(*rules.Rule) bool) notRun {
	var out notRun
	types := map[string]bool{}
	for _, res := range t.Resources {
		types[res.Type] = true
	}
	for _, rule := range j.set.TemplateRules(types) {
		if j.set.Level(rule, j.stack) != rules.Off && of(rule) {
			out.add(rule, "the template")
		}
	}
	return out
}

// previousTemplate loads the template before the update. One that cannot be
// read is in use nevertheless: it is no reason to refuse, but, where a rule
// needed it, a note.
func (j *judge) previousTemplate(out *judgement, text string, after *template.Template, pinned map[string]string) *template.Template {
	reason := "There is no previousTemplate"
	if text != "" {
		t, err := template.Load("previousTemplate", []byte(text), template.Options{Parameters: pinned})
		if err == nil {
			t, note := expanded(t, pinned)
			if j.needsPrevious(after) {
				out.notes = append(out.notes, note...)
			}
			return t
		}
		reason = refusedTemplate(err).Message
	}
	if j.needsPrevious(after) {
		out.notes = append(out.notes, reason+"; rules about updates and deletions were not run here.")
	}
	return nil
}

// expanded returns a template before with its serverless resources expanded, and
// a note of what is not.
func expanded(t *template.Template, pinned map[string]string) (out *template.Template, note []string) {
	out, gaps := sam.Expand(t, pinned)
	var list []string
	for _, g := range gaps {
		list = append(list, g.Resource+" ("+g.Reason+")")
	}
	for _, res := range out.Resources {
		if strings.HasPrefix(res.Type, "AWS::Serverless::") || strings.HasSuffix(res.Type, "::MODULE") {
			list = append(list, res.ID+" ("+res.Type+" is not expanded)")
		}
	}
	if len(list) > 0 {
		note = []string{"Not judged of the template before: " + some(list, func(s string) string { return s }) + "."}
	}
	return out, note
}

// deletion judges the deletion of a stack by the rules that ask for it, where
// there is a template. One that cannot be read keeps nobody from deleting the
// stack: a note says what was not run.
func (j *judge) deletion(ctx context.Context, d *document) (*judgement, error) {
	out := &judgement{}
	text := cmp.Or(d.template, d.previous)
	if text == "" {
		out.notes = []string{"CloudFormation sends no template of what it deletes."}
		return out, nil
	}
	pinned := j.event.parameters(j.stack)
	t, err := template.Load("template", []byte(text), template.Options{Parameters: pinned})
	if err != nil {
		if j.judgesDeletions() {
			out.notes = []string{refusedTemplate(err).Message + "; rules about deletions were not run here."}
		}
		return out, nil
	}
	t, note := expanded(t, pinned)
	if j.judgesDeletions() {
		out.notes = append(out.notes, note...)
	}
	out.judged = len(t.Resources)
	u := &transition{judge: j, out: out, before: t, pinned: pinned}
	for _, was := range t.Resources {
		if err := u.resource(ctx, rules.ActionDelete, t, was, nil); err != nil {
			return nil, err
		}
	}
	out.notes = append(out.notes, u.open.note("for want of values in the template")...)
	deletions := func(r *rules.Rule) bool { return r.Judges(rules.ActionDelete) }
	out.notes = append(out.notes, j.ofTemplates(t, deletions).note("since a template is judged as one that is created")...)
	return out, nil
}

// inlineWaivers returns the metadata of a resource as far as it holds waivers,
// which depend on nothing; nil if there are none.
func inlineWaivers(res *template.Resource) any {
	if res == nil {
		return nil
	}
	section := res.Metadata.Get("guardhook")
	if section == nil || !section.Pure {
		return nil
	}
	return map[string]any{"guardhook": plainValue(section)}
}

// plainValue is a node without functions; scalars other than texts are nil.
func plainValue(n *template.Node) any {
	switch n.Kind {
	case template.Map:
		out := make(map[string]any, len(n.Keys))
		for i, key := range n.Keys {
			out[key.Name] = plainValue(n.Items[i])
		}
		return out
	case template.List:
		out := make([]any, len(n.Items))
		for i, item := range n.Items {
			out[i] = plainValue(item)
		}
		return out
	case template.String:
		return n.Text
	}
	return nil
}

// needsPrevious tells whether a rule is about deletions, or about updates of a
// resource that a template has.
func (j *judge) needsPrevious(t *template.Template) bool {
	return j.judgesDeletions() ||
		slices.ContainsFunc(t.Resources, func(res *template.Resource) bool {
			return slices.ContainsFunc(j.set.For(res.Type), func(r *rules.Rule) bool { return j.aboutChange(r, rules.ActionUpdate) })
		})
}

// judgesDeletions tells whether a rule is about deletions.
func (j *judge) judgesDeletions() bool {
	return slices.ContainsFunc(j.set.Rules(), func(r *rules.Rule) bool { return r.Judges(rules.ActionDelete) })
}

// resource judges a resource of the template t, which was a resource of the
// template before unless that is nil.
func (u *transition) resource(ctx context.Context, action string, t *template.Template, is, was *template.Resource) error {
	wanted := map[*rules.Rule]bool{}
	for _, rule := range u.set.For(is.Type) {
		switch {
		case !u.aboutChange(rule, action) || u.set.Level(rule, u.stack) == rules.Off:
		case !u.settled(rule, is, was):
			u.open.add(rule, is.ID)
		default:
			wanted[rule] = true
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	r := &rules.Resource{ID: is.ID, Type: is.Type, Metadata: inlineWaivers(is)}
	var err error
	if r.Properties, err = u.properties(t, is); err == nil && was != nil {
		r.Previous, err = u.properties(u.before, was)
	}
	if err != nil {
		for rule := range wanted {
			u.open.add(rule, is.ID)
		}
		return nil
	}
	verdicts, err := u.evaluate(ctx, Stack, action, r)
	if err != nil {
		return err
	}
	for _, v := range verdicts {
		if wanted[v.Rule] {
			u.out.decide(v)
		}
	}
	return nil
}

// properties returns what a template says of a resource. Values that are not
// known stand in it, too; see settled.
func (u *transition) properties(t *template.Template, res *template.Resource) (map[string]any, error) {
	list, err := validate.Resolve(t, u.pinned, res.ID)
	switch {
	case err != nil:
		return nil, err
	case len(list) != 1:
		return nil, fmt.Errorf("%s: %d deployments", res.ID, len(list))
	}
	return list[0].Properties, nil
}

// aboutChange tells whether a rule says of an action what it does not say of
// the new template alone.
func (j *judge) aboutChange(r *rules.Rule, action string) bool {
	if !r.Judges(action) {
		return false
	}
	return action == rules.ActionDelete || !r.Judges(rules.ActionCreate) || j.readsPrevious(r) || j.set.Reads(r).Field("action") != nil
}

// readsPrevious tells whether a rule compares with the state before.
func (j *judge) readsPrevious(r *rules.Rule) bool {
	return j.set.Reads(r).At("resource", "previous") != nil
}

// settled tells whether all that a rule reads of a resource is written out, in
// both states, and the resource depends on no condition.
func (u *transition) settled(r *rules.Rule, is, was *template.Resource) bool {
	reads := u.set.Reads(r)
	if is.Condition != "" || !written(is.Properties, reads.At("resource", "properties")) {
		return false
	}
	return was == nil || was.Condition == "" && written(was.Properties, reads.At("resource", "previous"))
}

// written tells whether what is read of a node is literal.
func written(n *template.Node, reads *rules.Reads) bool {
	switch {
	case n == nil || reads == nil || n.Pure:
		return true
	case n.Kind == template.Map && !reads.All:
		for i, key := range n.Keys {
			if !written(n.Items[i], reads.Field(key.Name)) {
				return false
			}
		}
		return true
	case n.Kind == template.List && !reads.All:
		return !slices.ContainsFunc(n.Items, func(item *template.Node) bool { return !written(item, reads.Element()) })
	}
	return false
}

// notRun lists the rules that were not run, with the resources, by rule id.
type notRun map[string][]string

func (n *notRun) add(r *rules.Rule, resource string) {
	if *n == nil {
		*n = notRun{}
	}
	(*n)[r.ID] = append((*n)[r.ID], resource)
}

// note says so; there is none if all were run.
func (n notRun) note(why string) []string {
	if len(n) == 0 {
		return nil
	}
	var parts []string
	for _, id := range slices.Sorted(maps.Keys(n)) {
		parts = append(parts, id+" ("+some(n[id], func(s string) string { return s })+")")
	}
	return []string{plural(len(n), "rule was", "rules were") + " not run here, " + why + ": " + strings.Join(parts, ", ") + "."}
}
