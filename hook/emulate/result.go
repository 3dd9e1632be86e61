package emulate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/hook"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
)

// Mode is what a hook's refusal does (FailureMode).
type Mode string

// The modes.
const (
	ModeFail Mode = "FAIL"
	ModeWarn Mode = "WARN"
)

// Result is an event and the hook's answer.
type Result struct {
	Event
	Answer
	// Undecided are findings that depend on values that the event has a
	// placeholder for: the verdict holds for the placeholder only.
	Undecided []validate.Finding
}

// Refused tells whether the hook refuses the target.
func (r *Result) Refused() bool { return r.Response.Status == hook.Failed }

// Unjudged tells whether the target is refused because it could not be judged.
func (r *Result) Unjudged() bool { return r.Refused() && r.Response.ErrorCode != hook.NonCompliant }

// Run hands events to the hook, in order. open are what package validate finds
// in the template with the parameters of the events, if there is one.
func (r *Runner) Run(ctx context.Context, events []Event, open *validate.Result) ([]Result, error) {
	out := make([]Result, 0, len(events))
	for _, e := range events {
		body, payload, err := e.Encode()
		if err != nil {
			return nil, fmt.Errorf("%s of %s: %w", e.Kind, e.ID, err)
		}
		out = append(out, Result{Event: e, Answer: r.Send(ctx, body, payload), Undecided: undecided(&e, open)})
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
	}
	return out, nil
}

// undecided lists the findings on a resource that only the deployment decides.
func undecided(e *Event, open *validate.Result) []validate.Finding {
	if open == nil || e.Type == "" || e.Action == rules.ActionDelete {
		return nil
	}
	var out []validate.Finding
	for _, f := range open.Findings {
		if f.Resource == e.ID && f.Status == rules.Undecided && f.Rule.Scope == rules.ScopeResource {
			out = append(out, f)
		}
	}
	return out
}

// Outcome says, a sentence each, what CloudFormation would do with the answers.
// action is what is done with the stack.
func Outcome(results []Result, action string, mode Mode) []string {
	refused := slices.DeleteFunc(slices.Clone(results), func(r Result) bool { return !r.Refused() })
	switch {
	case len(refused) == 0:
		return []string{"CloudFormation would go on."}
	case mode == ModeWarn:
		names := make([]string, len(refused))
		for i := range refused {
			names[i] = refused[i].name()
		}
		return []string{"CloudFormation would go on, with warnings for " + strings.Join(names, ", ") + "."}
	}
	var out []string
	seen := map[hook.Kind]bool{}
	for i := range refused {
		r := &refused[i]
		// Where one resource is refused, CloudFormation does not ask about the rest.
		if r.Kind == hook.CloudControl || !seen[r.Kind] {
			out = append(out, r.consequence(action))
		}
		seen[r.Kind] = true
	}
	return out
}

func (r *Result) name() string {
	switch r.Kind {
	case hook.ChangeSet:
		return "the change set"
	case hook.Stack:
		return "the stack"
	case hook.CloudControl:
		return r.ID + " (Cloud Control)"
	}
	return r.ID
}

// consequence is what follows where the hook is in the mode FAIL.
func (r *Result) consequence(action string) string {
	doing := map[string]string{rules.ActionCreate: "creating", rules.ActionUpdate: "updating", rules.ActionDelete: "deleting"}[r.Action]
	switch r.Kind {
	case hook.ChangeSet:
		return "CloudFormation would fail the creation of the change set: nothing is deployed."
	case hook.Stack:
		return "CloudFormation would stop before " + doing + " the stack: nothing is changed."
	case hook.CloudControl:
		return "Cloud Control would stop before " + doing + " " + r.ID + "."
	}
	end := "the stack rolls back"
	switch {
	case action == rules.ActionDelete:
		end = "the deletion of the stack fails"
	case r.Action == rules.ActionDelete:
		end = "the stack is updated, and the resource stays"
	}
	if len(r.When) > 0 {
		end += ", if " + r.When.String()
	}
	return "CloudFormation would stop before " + doing + " " + r.ID + ": " + end + "."
}
