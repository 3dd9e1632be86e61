package operate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/fsxns3ap/guardhook/internal/stacks"
)

// Mode is what a refusal does.
type Mode string

// The modes: Warn lets the operation go on, Fail stops it.
const (
	Warn Mode = "WARN"
	Fail Mode = "FAIL"
)

// ParseMode reads a mode.
func ParseMode(text string) (Mode, error) {
	switch m := Mode(strings.ToUpper(text)); m {
	case Warn, Fail:
		return m, nil
	}
	return "", fmt.Errorf("mode %q: want WARN or FAIL", text)
}

// The names in a type configuration.
// https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/hooks-configuration-schema.html
const (
	configurationRoot = "CloudFormationConfiguration"
	hookConfiguration = "HookConfiguration"
	invocationStatus  = "HookInvocationStatus"
	failureMode       = "FailureMode"
	targetOperations  = "TargetOperations"
	targetFilters     = "TargetFilters"
	stackFilters      = "StackFilters"
	hookProperties    = "Properties"
)

// typeConfiguration is what is set up for a hook type. What the package does not
// know is kept.
type typeConfiguration struct {
	document map[string]any
}

// parseTypeConfiguration reads a configuration, which may be empty.
func parseTypeConfiguration(text string) (*typeConfiguration, error) {
	c := &typeConfiguration{document: map[string]any{}}
	if text != "" {
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&c.document); err != nil {
			return nil, fmt.Errorf("type configuration: %w", err)
		}
	}
	_, err := c.hook()
	return c, err
}

// hook returns the part that is about the hook, and makes it if it is missing.
func (c *typeConfiguration) hook() (map[string]any, error) {
	at := c.document
	for _, name := range []string{configurationRoot, hookConfiguration} {
		if at[name] == nil {
			at[name] = map[string]any{}
		}
		next, ok := at[name].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("type configuration: %s is no object", name)
		}
		at = next
	}
	return at, nil
}

// field returns a text of the hook's part, or "".
func (c *typeConfiguration) field(name string) string {
	h, err := c.hook()
	if err != nil {
		return ""
	}
	text, _ := h[name].(string)
	return text
}

// set changes fields of the hook's part.
func (c *typeConfiguration) set(fields map[string]any) error {
	h, err := c.hook()
	if err != nil {
		return err
	}
	maps.Copy(h, fields)
	return nil
}

// defaults sets the fields that are missing.
func (c *typeConfiguration) defaults(fields map[string]any) error {
	h, err := c.hook()
	if err != nil {
		return err
	}
	for name, value := range fields {
		if _, ok := h[name]; !ok {
			h[name] = value
		}
	}
	return nil
}

// merge lays another document over this one: objects are merged, all else is
// replaced.
func (c *typeConfiguration) merge(over map[string]any) { mergeInto(c.document, over) }

func mergeInto(to, over map[string]any) {
	for name, value := range over {
		inner, ok := value.(map[string]any)
		old, was := to[name].(map[string]any)
		if ok && was {
			mergeInto(old, inner)
			continue
		}
		to[name] = value
	}
}

func (c *typeConfiguration) text() (string, error) {
	src, err := json.Marshal(c.document)
	return string(src), err
}

// hookType is a hook type in an account and Region.
type hookType struct {
	arn, name, original, defaultVersion string
	role                                string
}

// managed tells whether it is AWS's hook that calls a function.
func (t *hookType) managed() bool { return t.original == managedHook }

// managedHook is the type behind every managed Lambda hook.
const managedHook = "AWS::Hooks::LambdaHook"

// hookType returns the hook type of a name or an alias, nil if there is none.
func (o *Operator) hookType(ctx context.Context, name string) (*hookType, error) {
	out, err := o.cfn.DescribeType(ctx, &cloudformation.DescribeTypeInput{Type: types.RegistryTypeHook, TypeName: &name})
	var none *types.TypeNotFoundException
	switch {
	case errors.As(err, &none):
		return nil, nil
	case err != nil:
		return nil, err
	case out.DeprecatedStatus == types.DeprecatedStatusDeprecated:
		return nil, nil
	}
	return &hookType{
		arn: withoutVersion(aws.ToString(out.Arn)), name: name, original: aws.ToString(out.OriginalTypeName),
		defaultVersion: aws.ToString(out.DefaultVersionId), role: aws.ToString(out.ExecutionRoleArn),
	}, nil
}

// withoutVersion returns the ARN of a type for that of one of its versions.
func withoutVersion(arn string) string {
	i := strings.LastIndexByte(arn, '/')
	if i < 0 || strings.Trim(arn[i+1:], "0123456789") != "" {
		return arn
	}
	return arn[:i]
}

// configuration returns the configuration of a hook type, an empty one if none
// has been set.
func (o *Operator) configuration(ctx context.Context, t *hookType) (*typeConfiguration, error) {
	out, err := o.cfn.BatchDescribeTypeConfigurations(ctx, &cloudformation.BatchDescribeTypeConfigurationsInput{
		TypeConfigurationIdentifiers: []types.TypeConfigurationIdentifier{{TypeArn: &t.arn, TypeConfigurationAlias: aws.String("default")}},
	})
	switch {
	case stacks.Code(err) == "TypeConfigurationNotFoundException":
		return parseTypeConfiguration("")
	case err != nil:
		return nil, err
	}
	for _, e := range out.Errors {
		if !strings.Contains(aws.ToString(e.ErrorCode), "NotFound") {
			return nil, fmt.Errorf("type configuration of %s: %s: %s", t.name, aws.ToString(e.ErrorCode), aws.ToString(e.ErrorMessage))
		}
	}
	if len(out.UnprocessedTypeConfigurations) > 0 {
		return nil, fmt.Errorf("type configuration of %s: CloudFormation did not read it; run the command again", t.name)
	}
	if len(out.TypeConfigurations) == 0 {
		return parseTypeConfiguration("")
	}
	return parseTypeConfiguration(aws.ToString(out.TypeConfigurations[0].Configuration))
}

// configure reads the configuration of a hook type, lets edit change it, and
// writes it if it has changed. It returns what was and what is in force.
func (o *Operator) configure(ctx context.Context, t *hookType, edit func(*typeConfiguration) error) (before, after *typeConfiguration, err error) {
	if before, err = o.configuration(ctx, t); err != nil {
		return nil, nil, err
	}
	old, err := before.text()
	if err != nil {
		return nil, nil, err
	}
	if after, err = parseTypeConfiguration(old); err != nil {
		return nil, nil, err
	}
	if err := edit(after); err != nil {
		return nil, nil, err
	}
	if reflect.DeepEqual(before.document, after.document) {
		return before, after, nil
	}
	text, err := after.text()
	if err != nil {
		return nil, nil, err
	}
	// The call replaces everything, so everything is sent.
	_, err = o.cfn.SetTypeConfiguration(ctx, &cloudformation.SetTypeConfigurationInput{
		TypeArn: &t.arn, ConfigurationAlias: aws.String("default"), Configuration: &text,
	})
	return before, after, err
}

// disable makes CloudFormation stop calling a hook.
func (o *Operator) disable(ctx context.Context, t *hookType) error {
	before, _, err := o.configure(ctx, t, func(c *typeConfiguration) error {
		// A hook without a configuration is not called.
		if h, err := c.hook(); err != nil || len(h) == 0 {
			return err
		}
		return c.set(map[string]any{invocationStatus: "DISABLED"})
	})
	if err != nil {
		return err
	}
	if before.field(invocationStatus) == "ENABLED" {
		o.say("hook %s: disabled", t.name)
	}
	return nil
}

// texts returns the strings of a list in the hook's part.
func (c *typeConfiguration) texts(name string) []string {
	h, err := c.hook()
	if err != nil {
		return nil
	}
	var out []string
	switch list := h[name].(type) {
	case []any:
		for _, v := range list {
			if s, ok := v.(string); ok {
				out = append(out, s)
			}
		}
	case []string:
		out = slices.Clone(list)
	}
	return out
}
