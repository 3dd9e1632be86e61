// Package schema knows the type of every property of every resource type of
// CloudFormation, and converts values to it.
//
// CloudFormation sends "true" where a template says true and "900" where it
// says 900, and both front ends must give a rule the same document. [Canonical]
// converts a whole property tree, [Shape.Scalar] one scalar; both use the type
// that [Of] returns. Types come from goformation's Go structs, completed and
// corrected by an embedded table (newer.txt) made from the resource provider
// schemas.
//
// Nothing happens at program start: the list of types is made by the first
// call, the shape of a type by the first call that asks for it. Shapes are
// shared and must not be modified. All functions are safe for concurrent use.
//
// The package does not validate: it knows no required properties, no allowed
// values, and a property that it has never heard of is free-form.
package schema

import (
	"slices"
	"strings"
)

// Kind is the kind of a [Shape].
type Kind uint8

// The kinds of shapes. Any is the zero value: free-form content that is not
// described, such as a policy document.
const (
	Any Kind = iota
	String
	Number
	Bool
	List
	Map
	Object
)

// String returns the words for k in messages, for example "a number".
func (k Kind) String() string {
	switch k {
	case String:
		return "a string"
	case Number:
		return "a number"
	case Bool:
		return "true or false"
	case List:
		return "a list"
	case Map, Object:
		return "an object"
	default:
		return "a value"
	}
}

// Shape is the type of a value: of all properties of a resource, of one
// property, or of a part of one. Shapes may be cyclic. A nil *Shape is Any.
type Shape struct {
	Kind Kind
	// Elem is the shape of the elements of a List or the values of a Map.
	Elem *Shape
	// Fields are the described properties of an Object by name.
	Fields map[string]*Shape
}

// Kind-only shapes, shared by all types.
var (
	anyShape    = &Shape{Kind: Any}
	stringShape = &Shape{Kind: String}
	numberShape = &Shape{Kind: Number}
	boolShape   = &Shape{Kind: Bool}
	openObject  = &Shape{Kind: Object}
)

// Of returns the shape of the properties of resourceType, an Object. It is nil
// when the type is unknown. Custom resources and modules have an Object whose
// properties are all free-form.
func Of(resourceType string) *Shape {
	if isOpen(resourceType) {
		return openObject
	}
	return catalog().shape(resourceType)
}

// Known reports whether resourceType is a type of CloudFormation or SAM, a
// custom resource or a module.
func Known(resourceType string) bool {
	return isOpen(resourceType) || catalog().has(resourceType)
}

// Types returns the names of all known types in alphabetical order, without
// custom resources and modules. The caller owns the slice.
func Types() []string {
	return slices.Clone(catalog().names)
}

// Match reports whether pattern matches at least one known type. In a pattern
// * stands for any number of characters; everything else is literal.
func Match(pattern string) bool {
	if !strings.Contains(pattern, "*") {
		return Known(pattern)
	}
	if strings.HasPrefix(pattern, customPrefix) || strings.HasSuffix(pattern, moduleSuffix) {
		return true
	}
	parts := strings.Split(pattern, "*")
	return slices.ContainsFunc(catalog().names, func(name string) bool { return matches(parts, name) })
}

// Field returns the shape of the property name of s: Any when s does not
// describe it. Every key of a Map has the shape of its values.
func (s *Shape) Field(name string) *Shape {
	if s == nil {
		return anyShape
	}
	if s.Kind == Map && s.Elem != nil {
		return s.Elem
	}
	if f := s.Fields[name]; f != nil {
		return f
	}
	return anyShape
}

// Element returns the shape of the elements of a List or the values of a Map,
// and Any for everything else.
func (s *Shape) Element() *Shape {
	if s == nil || s.Elem == nil {
		return anyShape
	}
	return s.Elem
}

const (
	customPrefix = "Custom::"
	moduleSuffix = "::MODULE"
)

// isOpen reports whether the properties of resourceType are described by
// nobody: CloudFormation passes them on as they are.
func isOpen(resourceType string) bool {
	return resourceType == "AWS::CloudFormation::CustomResource" ||
		len(resourceType) > len(customPrefix) && strings.HasPrefix(resourceType, customPrefix) ||
		len(resourceType) > len(moduleSuffix) && strings.HasSuffix(resourceType, moduleSuffix)
}

// matches reports whether the parts of a pattern between its stars, of which
// there is at least one, match the whole of name.
func matches(parts []string, name string) bool {
	name, found := strings.CutPrefix(name, parts[0])
	if !found {
		return false
	}
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		if _, name, found = strings.Cut(name, part); !found {
			return false
		}
	}
	return strings.HasSuffix(name, parts[last])
}
