package emulate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/fsxns3ap/guardhook/hook"
	"github.com/fsxns3ap/guardhook/internal/schema"
	"github.com/fsxns3ap/guardhook/rules"
)

// described is what is read of the output of DescribeChangeSet:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html
type described struct {
	ChangeSetName, ChangeSetID, StackID, StackName string
	NextToken                                      string
	Changes                                        []struct{ ResourceChange *resourceChange }
}

type resourceChange struct {
	Action, LogicalResourceID, ResourceType string
	BeforeContext, AfterContext             string
}

// ChangeSet is a change set that CloudFormation has described.
type ChangeSet struct {
	values  map[string]string
	id      string
	changes []closedChange
}

// ParseChangeSet reads the output of "aws cloudformation describe-change-set
// --include-property-values", all of it. file is the name that errors show.
func ParseChangeSet(file string, src []byte) (*ChangeSet, error) {
	var d described
	if err := decode(src, &d); err != nil {
		return nil, fmt.Errorf("%s: not a described change set: %w", file, err)
	}
	switch {
	case d.StackName == "" || d.ChangeSetName == "":
		return nil, fmt.Errorf("%s: not a described change set: StackName or ChangeSetName is missing", file)
	case d.NextToken != "":
		return nil, fmt.Errorf("%s: NextToken says that there are more changes: join the pages", file)
	}
	out := &ChangeSet{values: stackValues(KnownValues(d.StackID, "")), id: d.ChangeSetID}
	out.values["AWS::StackName"] = d.StackName
	for _, c := range d.Changes {
		if c.ResourceChange == nil {
			continue // a hook that would be called
		}
		change, err := c.ResourceChange.read()
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", file, c.ResourceChange.LogicalResourceID, err)
		}
		out.changes = append(out.changes, change)
	}
	return out, nil
}

// KnownValues returns the pseudo parameters that the ARN of a stack tells.
// account is that of the call, if the ARN tells none.
func KnownValues(stackID, account string) map[string]string {
	out := map[string]string{}
	if account != "" {
		out["AWS::AccountId"] = account
	}
	a, err := arn.Parse(stackID)
	if err != nil {
		return out
	}
	out["AWS::StackId"], out["AWS::Partition"], out["AWS::Region"] = stackID, a.Partition, a.Region
	if account == "" {
		out["AWS::AccountId"] = a.AccountID
	}
	if parts := strings.Split(a.Resource, "/"); len(parts) > 1 && parts[0] == "stack" {
		out["AWS::StackName"] = parts[1]
	}
	return out
}

func (r *resourceChange) read() (closedChange, error) {
	c := closedChange{Change: Change{ID: r.LogicalResourceID, Type: r.ResourceType}}
	actions := map[string]string{"Add": rules.ActionCreate, "Modify": rules.ActionUpdate, "Remove": rules.ActionDelete}
	if c.Action = actions[r.Action]; c.Action == "" {
		return c, fmt.Errorf("changes of the action %q are not emulated (those of Add, Modify and Remove are)", r.Action)
	}
	var err error
	if c.Before, err = readContext("BeforeContext", r.BeforeContext); err != nil {
		return c, err
	}
	if c.After, err = readContext("AfterContext", r.AfterContext); err != nil {
		return c, err
	}
	if c.Action != rules.ActionDelete && c.After == nil {
		return c, errors.New("there is no AfterContext: describe the change set with --include-property-values")
	}
	return c, nil
}

func readContext(name, text string) (map[string]any, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var c struct{ Properties map[string]any }
	if err := decode([]byte(text), &c); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if c.Properties == nil {
		c.Properties = map[string]any{}
	}
	return c.Properties, nil
}

// decode decodes one JSON document, digits of numbers as they are.
func decode(src []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(src))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errors.New("more follows behind the JSON document")
	}
	return nil
}

// Events returns the events of the change set: its own, with no template, and
// those of its resources in the order in which it lists them.
func (c *ChangeSet) Events(kinds []hook.Kind) []Event {
	var out []Event
	if slices.Contains(kinds, hook.ChangeSet) {
		e := ChangeSetEvent(c.values, nil, plain(c.changes))
		e.Body["changeSetId"] = c.id
		out = append(out, e)
	}
	if slices.Contains(kinds, hook.Resource) {
		closed := slices.Clone(c.changes)
		for i := range closed {
			closed[i].After, closed[i].unknown = known(closed[i].Type, closed[i].After)
			closed[i].Before, _ = known(closed[i].Type, closed[i].Before)
		}
		out = append(out, resourceEvents(c.values, hook.Resource, closed)...)
	}
	return out
}

// known replaces what CloudFormation writes for values that are not known, or
// not shown, by the placeholders of resource events.
func known(resourceType string, p map[string]any) (map[string]any, []rules.Path) {
	if p == nil {
		return nil, nil
	}
	w := opener{}
	out, _ := w.value(schema.Of(resourceType), nil, p).(map[string]any)
	return out, w.open
}

// opener finds what is not known in a change set.
type opener struct{ open []rules.Path }

func (o *opener) value(shape *schema.Shape, path rules.Path, v any) any {
	switch v := v.(type) {
	case string:
		if v != hidden && !strings.Contains(v, changeSetUnknown) {
			return v
		}
		o.open = append(o.open, path)
		if v == hidden || v == changeSetUnknown {
			return placeholder(shape)
		}
		return strings.ReplaceAll(v, changeSetUnknown, Unknown)
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, k := range sortedKeys(v) {
			out[k] = o.value(shape.Field(k), append(slices.Clip(path), k), v[k])
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = o.value(shape.Element(), append(slices.Clip(path), i), item)
		}
		return out
	}
	return v
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
