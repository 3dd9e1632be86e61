package stacks

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"go.yaml.in/yaml/v3"
)

// MaxTemplateBytes is how long a template in a call may be.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
const MaxTemplateBytes = 51_200

// Change is what a stack is to be.
type Change struct {
	Name string
	// Template is the text; the stack's own if it is empty.
	Template string
	// URL is where the text is in S3, for one of more than MaxTemplateBytes.
	URL string
	// Parameters are those to set. All others of the template keep their
	// values, or have their defaults.
	Parameters map[string]string
	// Expand allows macros and serverless templates.
	Expand bool
}

// Apply creates or updates a stack through a change set. changed is false if the
// stack is that way already.
func (c *Client) Apply(ctx context.Context, want Change, now *Stack) (after *Stack, changed bool, err error) {
	in, err := c.input(&want, now)
	if err != nil {
		return nil, false, err
	}
	id, stackID, err := c.createChangeSet(ctx, in)
	if errors.Is(err, errNoChanges) {
		c.Say("stack %s: no changes", want.Name)
		return now, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	s := &Stack{Name: want.Name, ID: stackID}
	t := &tail{}
	if err := c.events(ctx, s, t, func(types.StackEvent) {}); err != nil {
		return nil, false, err
	}
	c.Say("stack %s: %s", want.Name, strings.ToLower(string(in.ChangeSetType)))
	_, err = c.cfn.ExecuteChangeSet(ctx, &cloudformation.ExecuteChangeSetInput{
		ChangeSetName: &id, StackName: &want.Name,
		ClientRequestToken:   aws.String(c.mark + "-" + Digest(id)), // or a repeated call is refused
		RetainExceptOnCreate: aws.Bool(true),                        // or what a failed change has made is in the way of the next one
	})
	if err != nil {
		return nil, false, err
	}
	after, err = c.followFrom(ctx, s, &tail{last: t.last})
	if err == nil && after == nil {
		err = fmt.Errorf("stack %s: it was deleted while it was being changed", want.Name)
	}
	return after, true, err
}

// ErrNoValue is the error of a change that leaves parameters without a value.
var ErrNoValue = errors.New("these parameters have no default and no value")

// Check tells whether a change has the parameters that its template wants, before
// anything is made for it.
func (c *Client) Check(want Change, now *Stack) error {
	_, err := c.input(&want, now)
	return err
}

func (c *Client) input(want *Change, now *Stack) (*cloudformation.CreateChangeSetInput, error) {
	in := &cloudformation.CreateChangeSetInput{
		StackName: &want.Name, ChangeSetType: types.ChangeSetTypeCreate,
		Capabilities: []types.Capability{types.CapabilityCapabilityIam, types.CapabilityCapabilityNamedIam},
		Tags:         []types.Tag{{Key: &c.mark, Value: &want.Name}},
	}
	if want.Expand {
		in.Capabilities = append(in.Capabilities, types.CapabilityCapabilityAutoExpand)
	}
	known := map[string]bool{} // whether a parameter has a default
	switch {
	case want.Template == "":
		in.UsePreviousTemplate = aws.Bool(true)
		for name := range now.Parameters {
			known[name] = true
		}
	default:
		var err error
		if known, err = templateParameters(want.Template); err != nil {
			return nil, err
		}
		if in.TemplateBody = &want.Template; want.URL != "" {
			in.TemplateBody, in.TemplateURL = nil, &want.URL
		}
	}
	keep := map[string]string{}
	if now.Exists() {
		in.ChangeSetType = types.ChangeSetTypeUpdate
		keep = now.Parameters
	}
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(known)) {
		_, kept := keep[name]
		switch value, given := want.Parameters[name]; {
		case given:
			in.Parameters = append(in.Parameters, types.Parameter{ParameterKey: &name, ParameterValue: &value})
		case kept:
			in.Parameters = append(in.Parameters, types.Parameter{ParameterKey: &name, UsePreviousValue: aws.Bool(true)})
		case !known[name]:
			missing = append(missing, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want.Parameters)) {
		if _, ok := known[name]; !ok {
			return nil, fmt.Errorf("stack %s: its template has no parameter %s", want.Name, name)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("stack %s: %w: %s", want.Name, ErrNoValue, strings.Join(missing, ", "))
	}
	token := Digest(fmt.Sprint(want.Name, want.Template, want.Parameters, in.ChangeSetType))[:24]
	in.ChangeSetName = aws.String(c.mark + "-" + token)
	return in, nil
}

// Digest is the SHA-256 of a text.
func Digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// templateParameters returns the names of the parameters of a template, and
// whether they have defaults.
func templateParameters(text string) (map[string]bool, error) {
	var document struct {
		Parameters map[string]struct {
			Default any `yaml:"Default"`
		} `yaml:"Parameters"`
	}
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	names := map[string]bool{}
	for name, p := range document.Parameters {
		names[name] = p.Default != nil
	}
	return names, nil
}

// show says what a change set changes, if the options ask for it.
func (c *Client) show(planned []types.Change) {
	if !c.changes {
		return
	}
	for _, p := range planned {
		r := p.ResourceChange
		if r == nil {
			continue
		}
		what := strings.ToLower(string(r.Action))
		switch r.Replacement {
		case types.ReplacementTrue:
			what = "replace"
		case types.ReplacementConditional:
			what += " or replace"
		}
		c.Say("  %s %s %s", what, aws.ToString(r.ResourceType), aws.ToString(r.LogicalResourceId))
	}
}

var errNoChanges = errors.New("the change set has no changes")

// createChangeSet returns the ids of a change set that is ready, and of its
// stack. A change set of that name that is left from before is replaced: what it
// would change was worked out against an older stack.
func (c *Client) createChangeSet(ctx context.Context, in *cloudformation.CreateChangeSetInput) (id, stackID string, err error) {
	out, err := c.cfn.CreateChangeSet(ctx, in)
	if Code(err) == "AlreadyExistsException" {
		if err := c.deleteChangeSet(ctx, in.StackName, in.ChangeSetName); err != nil {
			return "", "", err
		}
		out, err = c.cfn.CreateChangeSet(ctx, in)
	}
	if unchanged(Message(err)) {
		return "", "", errNoChanges
	}
	if err != nil {
		return "", "", err
	}
	var reason string
	var status types.ChangeSetStatus
	var planned []types.Change
	err = c.Until(ctx, "change set "+*in.ChangeSetName, func(ctx context.Context) (bool, error) {
		d, err := c.cfn.DescribeChangeSet(ctx, &cloudformation.DescribeChangeSetInput{ChangeSetName: out.Id, StackName: in.StackName})
		if err != nil {
			return false, err
		}
		status, reason, planned = d.Status, aws.ToString(d.StatusReason), d.Changes
		for next := d.NextToken; next != nil && status == types.ChangeSetStatusCreateComplete; {
			more, err := c.cfn.DescribeChangeSet(ctx, &cloudformation.DescribeChangeSetInput{ChangeSetName: out.Id, StackName: in.StackName, NextToken: next})
			if err != nil {
				return false, err
			}
			planned, next = append(planned, more.Changes...), more.NextToken
		}
		return status == types.ChangeSetStatusCreateComplete || status == types.ChangeSetStatusFailed, nil
	})
	switch {
	case err != nil:
		return "", "", err
	case status == types.ChangeSetStatusCreateComplete:
		c.show(planned)
		return aws.ToString(out.Id), aws.ToString(out.StackId), nil
	}
	if err := c.deleteChangeSet(ctx, in.StackName, out.Id); err != nil {
		return "", "", err
	}
	if unchanged(reason) {
		return "", "", errNoChanges
	}
	return "", "", fmt.Errorf("stack %s: the change set failed: %s", *in.StackName, reason)
}

func (c *Client) deleteChangeSet(ctx context.Context, stackName, id *string) error {
	_, err := c.cfn.DeleteChangeSet(ctx, &cloudformation.DeleteChangeSetInput{ChangeSetName: id, StackName: stackName})
	return err
}

// unchanged tells whether a message says that there is nothing to change. There
// is no code for it.
func unchanged(message string) bool {
	return strings.Contains(message, "didn't contain changes") || strings.Contains(message, "No updates are to be performed")
}
