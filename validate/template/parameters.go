package template

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// parameters reads Parameters.
func (l *loader) parameters(n *Node) {
	l.entries(n, "parameter", MaxParameters, func(key Key, entry *Node) {
		param := l.parameter(key, entry)
		l.t.Parameters = append(l.t.Parameters, param)
		l.t.parameters[key.Name] = param
	})
}

// parameter reads a declaration. What is wrong in it is recorded; the result
// is usable to check the rest of the template.
func (l *loader) parameter(key Key, entry *Node) *Parameter {
	p := &Parameter{Name: key.Name, Pos: key.Pos}
	if entry.Kind != Map {
		l.errorf(entry.Pos, "the parameter %s must be a map, not %s", key.Name, describe(entry))
		return p
	}
	for i, attr := range entry.Keys {
		value := entry.Items[i]
		switch attr.Name {
		case "Type":
			p.Type, _ = l.literal(attr.Name, value)
		case "Default":
			if text, ok := l.literal(attr.Name, value); ok {
				p.Default = &text
			}
		case "AllowedValues":
			if value.Kind != List {
				l.errorf(value.Pos, "AllowedValues must be a list, not %s", describe(value))
				continue
			}
			for _, item := range value.Items {
				if text, ok := l.literal("an allowed value", item); ok {
					p.AllowedValues = append(p.AllowedValues, text)
				}
			}
		case "AllowedPattern":
			p.AllowedPattern, _ = l.literal(attr.Name, value)
		case "MinLength":
			p.MinLength = l.integer(attr.Name, value)
		case "MaxLength":
			p.MaxLength = l.integer(attr.Name, value)
		case "MinValue":
			p.MinValue = l.number(attr.Name, value)
		case "MaxValue":
			p.MaxValue = l.number(attr.Name, value)
		case "NoEcho":
			text, ok := l.literal(attr.Name, value)
			p.NoEcho = strings.EqualFold(text, "true")
			if ok && !p.NoEcho && !strings.EqualFold(text, "false") {
				l.errorf(value.Pos, "NoEcho must be true or false, not %q", text)
			}
		case "ConstraintDescription", "Description":
			l.literal(attr.Name, value)
		default:
			l.errorf(attr.Pos, "the parameter %s: unknown key %s", key.Name, attr.Name)
		}
	}
	typ := entry.Get("Type")
	switch {
	case typ == nil:
		l.errorf(key.Pos, "the parameter %s has no Type", key.Name)
	case !isParameterType(p.Type):
		l.errorf(typ.Pos, "the parameter %s: unknown type %q", key.Name, p.Type)
	default:
		l.checkDefault(p, entry.Get("Default"))
	}
	return p
}

// literal returns the text of a scalar.
func (l *loader) literal(what string, n *Node) (string, bool) {
	if !n.isScalar() {
		l.errorf(n.Pos, "%s must be a string, not %s", what, describe(n))
		return "", false
	}
	n.Pure = true
	return n.Text, true
}

func (l *loader) integer(what string, n *Node) *int {
	text, ok := l.literal(what, n)
	if !ok {
		return nil
	}
	v, err := strconv.Atoi(text)
	if err != nil || v < 0 {
		l.errorf(n.Pos, "%s must be a whole number, 0 or more, not %q", what, text)
		return nil
	}
	return &v
}

func (l *loader) number(what string, n *Node) *float64 {
	text, ok := l.literal(what, n)
	if !ok {
		return nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !isJSONNumber(text) {
		l.errorf(n.Pos, "%s must be a number, not %q", what, text)
		return nil
	}
	return &v
}

// isParameterType reports whether CloudFormation has the parameter type:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
func isParameterType(t string) bool {
	switch t {
	case "String", "Number", "CommaDelimitedList", "List<Number>", "List<String>", "AWS::SSM::Parameter::Name",
		"AWS::EC2::KeyPair::KeyName":
		return true
	}
	if inner, ok := cutWrapper(t, "AWS::SSM::Parameter::Value<"); ok {
		return inner != "Number" && inner != "List<Number>" && !strings.HasPrefix(inner, "AWS::SSM::") && isParameterType(inner)
	}
	if inner, ok := cutWrapper(t, "List<"); ok {
		return slices.Contains(resourceParameterTypes, inner)
	}
	return slices.Contains(resourceParameterTypes, t)
}

// resourceParameterTypes may also stand in List<...>.
var resourceParameterTypes = []string{
	"AWS::EC2::AvailabilityZone::Name",
	"AWS::EC2::Image::Id",
	"AWS::EC2::Instance::Id",
	"AWS::EC2::SecurityGroup::GroupName",
	"AWS::EC2::SecurityGroup::Id",
	"AWS::EC2::Subnet::Id",
	"AWS::EC2::VPC::Id",
	"AWS::EC2::Volume::Id",
	"AWS::Route53::HostedZone::Id",
}

// checkDefault checks a default against the constraints that stand beside it,
// except AllowedPattern. The value of an SSM parameter type is the name of a
// key, and so is its default.
func (l *loader) checkDefault(p *Parameter, at *Node) {
	if p.Default == nil {
		return
	}
	text := *p.Default
	if len(text) > MaxParameterValue {
		l.errorf(at.Pos, "Default has %d bytes; the limit is %d", len(text), MaxParameterValue)
	}
	values := []string{text}
	if p.IsList() && !strings.HasPrefix(p.Type, "AWS::SSM::") {
		values = splitList(text)
	}
	for _, v := range values {
		if len(p.AllowedValues) > 0 && !slices.Contains(p.AllowedValues, v) {
			l.errorf(at.Pos, "the default %q of %s is not one of AllowedValues", v, p.Name)
		}
		if p.Type == "Number" || p.Type == "List<Number>" {
			l.checkNumber(p, v, at.Pos)
		}
	}
	length := utf8.RuneCountInString(text)
	switch {
	case p.IsList():
	case p.MinLength != nil && length < *p.MinLength:
		l.errorf(at.Pos, "the default of %s is shorter than MinLength %d", p.Name, *p.MinLength)
	case p.MaxLength != nil && length > *p.MaxLength:
		l.errorf(at.Pos, "the default of %s is longer than MaxLength %d", p.Name, *p.MaxLength)
	}
}

func (l *loader) checkNumber(p *Parameter, text string, pos Pos) {
	v, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil:
		l.errorf(pos, "the default %q of %s is not a number", text, p.Name)
	case p.MinValue != nil && v < *p.MinValue:
		l.errorf(pos, "the default %s of %s is less than MinValue", text, p.Name)
	case p.MaxValue != nil && v > *p.MaxValue:
		l.errorf(pos, "the default %s of %s is more than MaxValue", text, p.Name)
	}
}

// splitList splits the text of a list parameter; spaces around elements do not
// count.
func splitList(text string) []string {
	items := strings.Split(text, ",")
	for i, item := range items {
		items[i] = strings.TrimSpace(item)
	}
	return items
}
