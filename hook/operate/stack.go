package operate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"go.yaml.in/yaml/v3"

	"github.com/fsxns3ap/guardhook/templates"
)

// stack is a stack as it is now.
type stack struct {
	name, id, reason string
	status           types.StackStatus
	parameters       map[string]string
	outputs          map[string]string
}

// stack returns the stack of a name or an id, nil if there is none.
func (o *Operator) stack(ctx context.Context, name string) (*stack, error) {
	out, err := o.cfn.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &name})
	switch {
	case apiCode(err) == "ValidationError" && strings.Contains(apiMessage(err), "does not exist"):
		return nil, nil
	case err != nil:
		return nil, err
	case len(out.Stacks) == 0:
		return nil, nil
	}
	found := out.Stacks[0]
	s := &stack{
		name: aws.ToString(found.StackName), id: aws.ToString(found.StackId), reason: aws.ToString(found.StackStatusReason),
		status: found.StackStatus, parameters: map[string]string{}, outputs: map[string]string{},
	}
	for _, p := range found.Parameters {
		s.parameters[aws.ToString(p.ParameterKey)] = aws.ToString(p.ParameterValue)
	}
	for _, p := range found.Outputs {
		s.outputs[aws.ToString(p.OutputKey)] = aws.ToString(p.OutputValue)
	}
	return s, nil
}

func (s *stack) busy() bool {
	return strings.HasSuffix(string(s.status), "_IN_PROGRESS") && s.status != types.StackStatusReviewInProgress
}

// exists tells whether the stack has been created: a stack that has only a
// change set has not.
func (s *stack) exists() bool { return s != nil && s.status != types.StackStatusReviewInProgress }

// settled returns the stack when CloudFormation is not busy with it, nil if
// there is none, and an error if it is in a state from which no change can start.
func (o *Operator) settled(ctx context.Context, name string) (*stack, error) {
	s, err := o.stack(ctx, name)
	if err != nil || s == nil {
		return nil, err
	}
	if s.busy() {
		o.say("stack %s: waiting, it is in %s", name, s.status)
		if s, err = o.follow(ctx, s); err != nil || s == nil {
			return nil, err
		}
	}
	switch s.status {
	case types.StackStatusRollbackComplete, types.StackStatusRollbackFailed, types.StackStatusCreateFailed:
		return nil, o.stuck(ctx, s, "its creation failed and it cannot be updated; delete it with \"hookctl remove --stack %[1]s\" and deploy again")
	case types.StackStatusDeleteFailed:
		return nil, o.stuck(ctx, s, "its deletion failed; run \"hookctl remove --stack %[1]s\" again when the cause is gone")
	case types.StackStatusUpdateRollbackFailed:
		return nil, o.stuck(ctx, s, "run \"aws cloudformation continue-update-rollback --stack-name %[1]s\" when the cause is gone")
	case types.StackStatusDeleteComplete:
		return nil, nil
	}
	return s, nil
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
	return withCauses(fmt.Sprintf("stack %s is in %s: %s", e.Stack, e.Status, e.Advice), e.Causes)
}

// withCauses adds a line for each cause.
func withCauses(text string, causes []string) string {
	return strings.Join(append([]string{text}, causes...), "\n  ")
}

func (o *Operator) stuck(ctx context.Context, s *stack, advice string) error {
	t := &tail{}
	if err := o.events(ctx, s, t, func(types.StackEvent) {}); err != nil {
		return err
	}
	return &StuckError{Stack: s.name, Status: string(s.status), Advice: fmt.Sprintf(advice, s.name), Causes: t.failures}
}

// tail remembers which events of a stack were seen, and those that are failures.
type tail struct {
	last     string
	since    time.Time
	failures []string
}

// events calls fn for the events that are new, the oldest first.
func (o *Operator) events(ctx context.Context, s *stack, t *tail, fn func(types.StackEvent)) error {
	var fresh []types.StackEvent
	pages := cloudformation.NewDescribeStackEventsPaginator(o.cfn, &cloudformation.DescribeStackEventsInput{StackName: &s.id})
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

// follow waits until CloudFormation is done with a stack, and says what happens.
// It returns the stack as it is then, and as an error what failed.
func (o *Operator) follow(ctx context.Context, s *stack) (*stack, error) {
	t := &tail{}
	if err := o.events(ctx, s, t, func(e types.StackEvent) { t.since = aws.ToTime(e.Timestamp) }); err != nil {
		return nil, err
	}
	return o.followFrom(ctx, s, &tail{last: t.last, since: t.since})
}

func (o *Operator) followFrom(ctx context.Context, s *stack, t *tail) (*stack, error) {
	var now *stack
	err := o.until(ctx, "stack "+s.name, func(ctx context.Context) (bool, error) {
		var err error
		if now, err = o.stack(ctx, s.id); err != nil || now == nil {
			return true, err
		}
		err = o.events(ctx, s, t, func(e types.StackEvent) {
			o.say("  %s %s %s", e.ResourceStatus, aws.ToString(e.ResourceType), aws.ToString(e.LogicalResourceId))
		})
		return !now.busy(), err
	})
	if err != nil || now == nil {
		return nil, err
	}
	status := string(now.status)
	if strings.Contains(status, "ROLLBACK") || strings.HasSuffix(status, "_FAILED") {
		return now, &StuckError{Stack: s.name, Status: status, Advice: "the change failed and was taken back", Causes: t.failures}
	}
	return now, nil
}

// change is what a stack is to be.
type change struct {
	name string
	// template is the text; the stack's own if it is empty.
	template string
	// parameters are those to set. All others of the template keep their
	// values, or have their defaults.
	parameters map[string]string
}

// apply creates or updates a stack through a change set. changed is false if the
// stack is that way already.
func (o *Operator) apply(ctx context.Context, c change, now *stack) (after *stack, changed bool, err error) {
	in, err := c.input(now)
	if err != nil {
		return nil, false, err
	}
	id, stackID, err := o.createChangeSet(ctx, in)
	if errors.Is(err, errNoChanges) {
		o.say("stack %s: no changes", c.name)
		return now, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	s := &stack{name: c.name, id: stackID}
	t := &tail{}
	if err := o.events(ctx, s, t, func(types.StackEvent) {}); err != nil {
		return nil, false, err
	}
	o.say("stack %s: %s", c.name, strings.ToLower(string(in.ChangeSetType)))
	_, err = o.cfn.ExecuteChangeSet(ctx, &cloudformation.ExecuteChangeSetInput{ChangeSetName: &id, StackName: &c.name})
	if err != nil {
		return nil, false, err
	}
	after, err = o.followFrom(ctx, s, &tail{last: t.last})
	if err == nil && after == nil {
		err = fmt.Errorf("stack %s: it was deleted while it was being changed", c.name)
	}
	return after, true, err
}

func (c *change) input(now *stack) (*cloudformation.CreateChangeSetInput, error) {
	in := &cloudformation.CreateChangeSetInput{
		StackName: &c.name, ChangeSetType: types.ChangeSetTypeCreate,
		Capabilities: []types.Capability{types.CapabilityCapabilityIam, types.CapabilityCapabilityNamedIam},
		Tags:         []types.Tag{{Key: aws.String("guardhook"), Value: aws.String(c.name)}},
	}
	known := map[string]bool{}
	if c.template != "" {
		var err error
		if known, err = templateParameters(c.template); err != nil {
			return nil, err
		}
		in.TemplateBody = &c.template
	} else {
		in.UsePreviousTemplate = aws.Bool(true)
		for name := range now.parameters {
			known[name] = true
		}
	}
	keep := map[string]string{}
	if now.exists() {
		in.ChangeSetType = types.ChangeSetTypeUpdate
		keep = now.parameters
	}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		_, kept := keep[name]
		switch value, given := c.parameters[name]; {
		case given:
			in.Parameters = append(in.Parameters, types.Parameter{ParameterKey: &name, ParameterValue: &value})
		case kept:
			in.Parameters = append(in.Parameters, types.Parameter{ParameterKey: &name, UsePreviousValue: aws.Bool(true)})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.parameters)) {
		if !known[name] {
			return nil, fmt.Errorf("stack %s: its template has no parameter %s", c.name, name)
		}
	}
	token := digestOf(fmt.Sprint(c.name, c.template, c.parameters, in.ChangeSetType))[:24]
	in.ChangeSetName = aws.String("guardhook-" + token)
	return in, nil
}

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// templateParameters returns the names of the parameters of a template.
func templateParameters(text string) (map[string]bool, error) {
	var document struct {
		Parameters map[string]yaml.Node `yaml:"Parameters"`
	}
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	names := map[string]bool{}
	for name := range document.Parameters {
		names[name] = true
	}
	return names, nil
}

// maxTemplateBytes is how long a template in a call may be.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
const maxTemplateBytes = 51_200

// hookTemplate returns the text of a template of the hook.
func hookTemplate(name string) (string, error) {
	text, err := templates.Hook.ReadFile("hook/" + name)
	if err != nil {
		return "", err
	}
	if len(text) > maxTemplateBytes {
		return "", fmt.Errorf("template %s: larger than %d bytes", name, maxTemplateBytes)
	}
	return string(text), nil
}

var errNoChanges = errors.New("the change set has no changes")

// createChangeSet returns the ids of a change set that is ready, and of its
// stack. A change set of that name that is left from before is replaced: what it
// would change was worked out against an older stack.
func (o *Operator) createChangeSet(ctx context.Context, in *cloudformation.CreateChangeSetInput) (id, stackID string, err error) {
	out, err := o.cfn.CreateChangeSet(ctx, in)
	if apiCode(err) == "AlreadyExistsException" {
		if err := o.deleteChangeSet(ctx, in.StackName, in.ChangeSetName); err != nil {
			return "", "", err
		}
		out, err = o.cfn.CreateChangeSet(ctx, in)
	}
	if unchanged(apiMessage(err)) {
		return "", "", errNoChanges
	}
	if err != nil {
		return "", "", err
	}
	var reason string
	var status types.ChangeSetStatus
	err = o.until(ctx, "change set "+*in.ChangeSetName, func(ctx context.Context) (bool, error) {
		d, err := o.cfn.DescribeChangeSet(ctx, &cloudformation.DescribeChangeSetInput{ChangeSetName: out.Id, StackName: in.StackName})
		if err != nil {
			return false, err
		}
		status, reason = d.Status, aws.ToString(d.StatusReason)
		return status == types.ChangeSetStatusCreateComplete || status == types.ChangeSetStatusFailed, nil
	})
	switch {
	case err != nil:
		return "", "", err
	case status == types.ChangeSetStatusCreateComplete:
		return aws.ToString(out.Id), aws.ToString(out.StackId), nil
	}
	if err := o.deleteChangeSet(ctx, in.StackName, out.Id); err != nil {
		return "", "", err
	}
	if unchanged(reason) {
		return "", "", errNoChanges
	}
	return "", "", fmt.Errorf("stack %s: the change set failed: %s", *in.StackName, reason)
}

func (o *Operator) deleteChangeSet(ctx context.Context, stackName, id *string) error {
	_, err := o.cfn.DeleteChangeSet(ctx, &cloudformation.DeleteChangeSetInput{ChangeSetName: id, StackName: stackName})
	return err
}

// unchanged tells whether a message says that there is nothing to change. There
// is no code for it.
func unchanged(message string) bool {
	return strings.Contains(message, "didn't contain changes") || strings.Contains(message, "No updates are to be performed")
}
