package emulate

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/fsxns3ap/guardhook/internal/schema"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate/template"
)

const (
	// Unknown stands for a value that is not known before a deployment: an
	// identifier that no rule names. Numbers are 1, booleans true.
	Unknown = "id-0a1b2c3d4e5f60718"
	// changeSetUnknown is what CloudFormation writes for such a value in change
	// sets, hidden what it writes for a value that is not to be shown.
	changeSetUnknown = "{{changeSet:KNOWN_AFTER_APPLY}}"
	hidden           = "****"
)

// Pseudo returns values of the pseudo parameters for a stack of an example
// account.
func Pseudo() map[string]string {
	out := map[string]string{
		"AWS::AccountId": "111122223333", "AWS::Partition": "aws", "AWS::Region": "eu-west-1", "AWS::StackName": "app",
		"AWS::URLSuffix": "amazonaws.com",
	}
	SetStackID(out)
	return out
}

// SetStackID makes AWS::StackId agree with the other pseudo parameters.
func SetStackID(values map[string]string) {
	values["AWS::StackId"] = "arn:" + values["AWS::Partition"] + ":cloudformation:" + values["AWS::Region"] + ":" +
		values["AWS::AccountId"] + ":stack/" + values["AWS::StackName"] + "/7f0c2a10-0000-11f0-9aaa-0a0a0a0a0a0a"
}

// stackValues returns the pseudo parameters of a stack, of which some are given.
// The partition follows from the region.
func stackValues(given map[string]string) map[string]string {
	out := Pseudo()
	switch region := given["AWS::Region"]; {
	case strings.HasPrefix(region, "cn-"):
		out["AWS::Partition"], out["AWS::URLSuffix"] = "aws-cn", "amazonaws.com.cn"
	case strings.HasPrefix(region, "us-gov-"):
		out["AWS::Partition"] = "aws-us-gov"
	}
	out["AWS::NotificationARNs"] = ""
	for name, value := range given {
		if strings.HasPrefix(name, "AWS::") {
			out[name] = value
		}
	}
	if _, ok := given["AWS::StackId"]; !ok {
		SetStackID(out)
	}
	return out
}

// isSSM tells whether what a parameter is given is the name of its value.
func isSSM(p *template.Parameter) bool {
	return strings.HasPrefix(p.Type, "AWS::SSM::Parameter::Value<")
}

// Values returns values for all parameters of a template: those given, or the
// defaults, and pseudo parameters. It fails, naming them, when parameters have
// neither. Of SSM parameter types only the name is known, and no value is
// returned.
func Values(t *template.Template, given map[string]string) (map[string]string, error) {
	out := stackValues(given)
	var missing []string
	for _, p := range t.Parameters {
		value, ok := given[p.Name]
		if !ok && p.Default != nil {
			value, ok = *p.Default, true
		}
		switch {
		case !ok:
			missing = append(missing, p.Name)
		case !isSSM(p):
			out[p.Name] = value
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("%s: an event has final values, and these parameters have none: %s; give them with --parameters KEY=VALUE",
			t.File, strings.Join(missing, ", "))
	}
	return out, nil
}

// Closer replaces what stands for values in the properties that package validate
// resolves ("${Name}") by values, or by placeholders.
type Closer struct {
	t      *template.Template
	values map[string]string
	// unknown writes a placeholder, for a parameter or, if it is nil, for
	// something else; typed makes it one of the type of the property.
	unknown func(*template.Parameter) string
	typed   bool
	// paths are the properties with placeholders so far.
	paths []rules.Path
	path  rules.Path
}

// NewCloser returns a Closer for resource events.
func NewCloser(t *template.Template, values map[string]string) *Closer {
	return &Closer{t: t, values: values, typed: true, unknown: func(*template.Parameter) string { return Unknown }}
}

// newChangeSetCloser returns a Closer that writes placeholders as CloudFormation
// does in change sets, where values of NoEcho parameters are not shown.
func newChangeSetCloser(t *template.Template, values map[string]string) *Closer {
	shown := map[string]string{}
	for name, value := range values {
		if p := t.Parameter(name); p == nil || !p.NoEcho {
			shown[name] = value
		}
	}
	return &Closer{t: t, values: shown, unknown: func(p *template.Parameter) string {
		if p != nil && p.NoEcho {
			return hidden
		}
		return changeSetUnknown
	}}
}

// Properties closes the properties of a resource.
func (c *Closer) Properties(resourceType string, p map[string]any) map[string]any {
	out, _ := c.value(schema.Of(resourceType), p).(map[string]any)
	return out
}

// Unknown returns the places of the placeholders so far.
func (c *Closer) Unknown() []rules.Path { return c.paths }

func (c *Closer) value(shape *schema.Shape, v any) any {
	switch v := v.(type) {
	case string:
		return c.text(shape, v)
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			out[k] = c.below(shape.Field(k), k, item)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = c.below(shape.Element(), i, item)
		}
		return out
	}
	return v
}

func (c *Closer) below(shape *schema.Shape, step, v any) any {
	c.path = append(c.path, step)
	out := c.value(shape, v)
	c.path = c.path[:len(c.path)-1]
	return out
}

// text replaces the tokens of a text. One may stand inside another, where a
// function could not be computed.
func (c *Closer) text(shape *schema.Shape, s string) any {
	var b strings.Builder
	open := false
	for {
		before, token, after, ok := cutToken(s)
		b.WriteString(before)
		if !ok {
			break
		}
		value, known := c.token(token)
		b.WriteString(value)
		open = open || !known
		s = after
	}
	if !open {
		return b.String()
	}
	c.paths = append(c.paths, append(rules.Path(nil), c.path...))
	if c.typed && b.String() == Unknown {
		return placeholder(shape)
	}
	return b.String()
}

// placeholder stands for a value of a type.
func placeholder(shape *schema.Shape) any {
	if shape != nil {
		switch shape.Kind {
		case schema.Number:
			return json.Number("1")
		case schema.Bool:
			return true
		}
	}
	return Unknown
}

// cutToken cuts a text around its first "${...}".
func cutToken(s string) (before, token, after string, ok bool) {
	start := strings.Index(s, "${")
	if start < 0 {
		return s, "", "", false
	}
	depth := 0
	for i := start + 1; i < len(s); i++ {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return s[:start], s[start+2 : i], s[i+1:], true
			}
		}
	}
	return s, "", "", false
}

// token returns what stands for a token; known is false for a placeholder. A
// text of the template that looks like a token stays.
func (c *Closer) token(name string) (value string, known bool) {
	if v, ok := c.values[name]; ok {
		return v, true
	}
	id, _, _ := strings.Cut(name, ".")
	p := c.t.Parameter(id)
	if p == nil && c.t.Resource(id) == nil && !strings.HasPrefix(name, "Fn::") {
		return "${" + name + "}", true
	}
	return c.unknown(p), false
}

// stringified turns every number and boolean into a string, the way
// CloudFormation may send them.
func stringified(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			out[k] = stringified(item)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = stringified(item)
		}
		return out
	case bool:
		return strconv.FormatBool(v)
	case nil, string:
		return v
	default:
		return fmt.Sprint(v)
	}
}
