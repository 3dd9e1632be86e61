package operate

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// ResultQuery selects results of hooks.
type ResultQuery struct {
	// Alias is the name of the hook, of which the results are.
	Alias string
	// Failed leaves out what passed.
	Failed bool
	// Target is a change set ARN or the token of a request to Cloud Control.
	// If it is set, results of all hooks are looked at.
	Target string
	// Limit is how many results there may be, the newest first.
	Limit int
}

// Result is what a hook said of one target.
type Result struct {
	ID          string       `json:"id"`
	Hook        string       `json:"hook"`
	Version     string       `json:"version,omitempty"`
	At          *time.Time   `json:"at,omitempty"`
	Status      string       `json:"status"`
	Mode        string       `json:"mode,omitempty"`
	Invocation  string       `json:"invocation,omitempty"`
	TargetType  string       `json:"target_type,omitempty"`
	TypeName    string       `json:"type_name,omitempty"`
	Target      string       `json:"target,omitempty"`
	Action      string       `json:"action,omitempty"`
	Reason      string       `json:"reason,omitempty"`
	Annotations []Annotation `json:"annotations,omitempty"`
}

// Annotation is what a hook said of one rule.
type Annotation struct {
	Name        string `json:"name"`
	Status      string `json:"status"`
	Severity    string `json:"severity,omitempty"`
	Message     string `json:"message,omitempty"`
	Remediation string `json:"remediation,omitempty"`
	Link        string `json:"link,omitempty"`
}

// Failed tells whether the hook refused the target, or could not judge it.
func (r *Result) Failed() bool { return strings.HasSuffix(r.Status, "FAILED") }

// Results returns results of hooks with their annotations. more tells whether
// there are others beyond the limit.
func (o *Operator) Results(ctx context.Context, q ResultQuery) (results []Result, more bool, err error) {
	in := &cloudformation.ListHookResultsInput{}
	if q.Target != "" {
		in.TargetId, in.TargetType = &q.Target, targetTypeOf(q.Target)
	} else {
		t, err := o.hookType(ctx, q.Alias)
		switch {
		case err != nil:
			return nil, false, err
		case t == nil:
			return nil, false, fmt.Errorf("hook %s: there is none in %s", q.Alias, o.region)
		}
		in.TypeArn = &t.arn
	}
	for {
		page, err := o.cfn.ListHookResults(ctx, in)
		if err != nil {
			return nil, false, err
		}
		for _, summary := range page.HookResults {
			// The call can select one status, and there are two of failure.
			if q.Failed && !strings.HasSuffix(string(summary.Status), "FAILED") {
				continue
			}
			if len(results) == q.Limit {
				return results, true, nil
			}
			r, err := o.result(ctx, summary)
			if err != nil {
				return nil, false, err
			}
			results = append(results, *r)
		}
		if in.NextToken = page.NextToken; aws.ToString(in.NextToken) == "" {
			return results, false, nil
		}
	}
}

// targetTypeOf tells what a target is, by its id.
func targetTypeOf(id string) types.ListHookResultsTargetType {
	if strings.HasPrefix(id, "arn:") && strings.Contains(id, ":changeSet/") {
		return types.ListHookResultsTargetTypeChangeSet
	}
	return types.ListHookResultsTargetTypeCloudControl
}

func (o *Operator) result(ctx context.Context, s types.HookResultSummary) (*Result, error) {
	out, err := o.cfn.GetHookResult(ctx, &cloudformation.GetHookResultInput{HookResultId: s.HookResultId})
	if err != nil {
		return nil, err
	}
	r := &Result{
		ID: aws.ToString(out.HookResultId), Hook: aws.ToString(out.TypeName), Version: aws.ToString(out.TypeVersionId),
		At: out.InvokedAt, Status: string(out.Status), Mode: string(out.FailureMode), Invocation: string(out.InvocationPoint),
		Reason: aws.ToString(out.HookStatusReason),
	}
	if t := out.Target; t != nil {
		r.TargetType, r.TypeName, r.Target, r.Action = string(t.TargetType), aws.ToString(t.TargetTypeName), aws.ToString(t.TargetId), string(t.Action)
	}
	for _, a := range out.Annotations {
		r.Annotations = append(r.Annotations, Annotation{
			Name: aws.ToString(a.AnnotationName), Status: string(a.Status), Severity: string(a.SeverityLevel),
			Message: aws.ToString(a.StatusMessage), Remediation: aws.ToString(a.RemediationMessage), Link: aws.ToString(a.RemediationLink),
		})
	}
	return r, nil
}

// WriteText writes a result for people: what failed, and what to do about it.
func (r *Result) WriteText(w io.Writer) error {
	var b strings.Builder
	at := ""
	if r.At != nil {
		at = r.At.UTC().Format("2006-01-02T15:04:05Z") + " "
	}
	fmt.Fprintf(&b, "%s%s %s %s %s %s (%s)\n", at, r.Status, r.Action, r.TypeName, r.Target, r.Hook, r.Mode)
	if r.Reason != "" {
		fmt.Fprintf(&b, "  %s\n", r.Reason)
	}
	for _, a := range r.Annotations {
		if a.Status != "FAILED" {
			continue
		}
		fmt.Fprintf(&b, "  %s %s: %s\n", a.Severity, a.Name, a.Message)
		if a.Remediation != "" {
			fmt.Fprintf(&b, "    fix: %s\n", a.Remediation)
		}
		if a.Link != "" {
			fmt.Fprintf(&b, "    %s\n", a.Link)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
