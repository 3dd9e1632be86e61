package stacks

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// Stack is a stack as it is now.
type Stack struct {
	Name, ID   string
	Status     types.StackStatus
	Parameters map[string]string
	Outputs    map[string]string
}

// Get returns the stack of a name or an id, nil if there is none.
func (c *Client) Get(ctx context.Context, name string) (*Stack, error) {
	out, err := c.cfn.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &name})
	switch {
	case Code(err) == "ValidationError" && strings.Contains(Message(err), "does not exist"):
		return nil, nil
	case err != nil:
		return nil, err
	case len(out.Stacks) == 0:
		return nil, nil
	}
	found := out.Stacks[0]
	s := &Stack{
		Name: aws.ToString(found.StackName), ID: aws.ToString(found.StackId),
		Status: found.StackStatus, Parameters: map[string]string{}, Outputs: map[string]string{},
	}
	for _, p := range found.Parameters {
		s.Parameters[aws.ToString(p.ParameterKey)] = aws.ToString(p.ParameterValue)
	}
	for _, p := range found.Outputs {
		s.Outputs[aws.ToString(p.OutputKey)] = aws.ToString(p.OutputValue)
	}
	return s, nil
}

// Busy tells whether CloudFormation is at work on the stack.
func (s *Stack) Busy() bool {
	return strings.HasSuffix(string(s.Status), "_IN_PROGRESS") && s.Status != types.StackStatusReviewInProgress
}

// Exists tells whether the stack has been created: a stack that has only a
// change set has not.
func (s *Stack) Exists() bool { return s != nil && s.Status != types.StackStatusReviewInProgress }

// Settled returns the stack when CloudFormation is not busy with it, nil if
// there is none, and an error if it is in a state from which no change can start.
func (c *Client) Settled(ctx context.Context, name string) (*Stack, error) {
	s, err := c.Get(ctx, name)
	if err != nil || s == nil {
		return nil, err
	}
	if s.Busy() {
		c.Say("stack %s: waiting, it is in %s", name, s.Status)
		if s, err = c.Follow(ctx, s); err != nil || s == nil {
			return nil, err
		}
	}
	if advice := c.advice(s); advice != "" {
		return nil, c.stuck(ctx, s, advice)
	}
	if s.Status == types.StackStatusDeleteComplete {
		return nil, nil
	}
	return s, nil
}

// advice says what to do with a stack from whose state no change can start, or
// nothing.
func (c *Client) advice(s *Stack) string {
	switch s.Status {
	case types.StackStatusRollbackComplete, types.StackStatusRollbackFailed, types.StackStatusCreateFailed:
		return fmt.Sprintf("its creation failed and it cannot be updated; delete it with %q and deploy again", c.remove+" "+s.Name)
	case types.StackStatusDeleteFailed:
		return fmt.Sprintf("its deletion failed; run %q again when the cause is gone", c.remove+" "+s.Name)
	case types.StackStatusUpdateRollbackFailed:
		return fmt.Sprintf("run \"aws cloudformation continue-update-rollback --stack-name %s\" when the cause is gone", s.Name)
	}
	return ""
}

// StuckError is a stack in a state from which no change can start.
type StuckError struct {
	Stack, Status string
	// Advice says what to do.
	Advice string
	// Causes are the failures that CloudFormation reported, the first one first.
	Causes []string
}

func (e *StuckError) Error() string {
	return WithCauses(fmt.Sprintf("stack %s is in %s: %s", e.Stack, e.Status, e.Advice), e.Causes)
}

// WithCauses adds a line for each cause to a text.
func WithCauses(text string, causes []string) string {
	return strings.Join(append([]string{text}, causes...), "\n  ")
}

func (c *Client) stuck(ctx context.Context, s *Stack, advice string) error {
	t := &tail{}
	if err := c.events(ctx, s, t, func(types.StackEvent) {}); err != nil {
		return err
	}
	return &StuckError{Stack: s.Name, Status: string(s.Status), Advice: advice, Causes: t.failures}
}

// tail remembers which events of a stack were seen, and those that are failures.
type tail struct {
	last     string
	since    time.Time
	failures []string
}

// events calls fn for the events that are new, the oldest first.
func (c *Client) events(ctx context.Context, s *Stack, t *tail, fn func(types.StackEvent)) error {
	var fresh []types.StackEvent
	pages := cloudformation.NewDescribeStackEventsPaginator(c.cfn, &cloudformation.DescribeStackEventsInput{StackName: &s.ID})
	for seen := false; !seen && pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, e := range page.StackEvents {
			if seen = aws.ToString(e.EventId) == t.last || aws.ToTime(e.Timestamp).Before(t.since); seen {
				break
			}
			fresh = append(fresh, e)
		}
	}
	if len(fresh) > 0 {
		t.last = aws.ToString(fresh[0].EventId)
	}
	for _, e := range slices.Backward(fresh) {
		if strings.HasSuffix(string(e.ResourceStatus), "_FAILED") {
			t.failures = append(t.failures, fmt.Sprintf("%s (%s): %s: %s", aws.ToString(e.LogicalResourceId),
				aws.ToString(e.ResourceType), e.ResourceStatus, aws.ToString(e.ResourceStatusReason)))
		}
		fn(e)
	}
	return nil
}

// Follow waits until CloudFormation is done with a stack, and says what happens.
// It returns the stack as it is then, and as an error what failed.
func (c *Client) Follow(ctx context.Context, s *Stack) (*Stack, error) {
	t := &tail{}
	if err := c.events(ctx, s, t, func(e types.StackEvent) { t.since = aws.ToTime(e.Timestamp) }); err != nil {
		return nil, err
	}
	return c.followFrom(ctx, s, &tail{last: t.last, since: t.since})
}

func (c *Client) followFrom(ctx context.Context, s *Stack, t *tail) (*Stack, error) {
	var now *Stack
	err := c.Until(ctx, "stack "+s.Name, func(ctx context.Context) (bool, error) {
		var err error
		if now, err = c.Get(ctx, s.ID); err != nil || now == nil {
			return true, err
		}
		err = c.events(ctx, s, t, func(e types.StackEvent) {
			c.Say("  %s %s %s", e.ResourceStatus, aws.ToString(e.ResourceType), aws.ToString(e.LogicalResourceId))
		})
		return !now.Busy(), err
	})
	if err != nil || now == nil {
		return nil, err
	}
	status := string(now.Status)
	if strings.Contains(status, "ROLLBACK") || strings.HasSuffix(status, "_FAILED") {
		return now, &StuckError{Stack: s.Name, Status: status, Advice: cmp.Or(c.advice(now), "the change failed and was taken back"), Causes: t.failures}
	}
	return now, nil
}
