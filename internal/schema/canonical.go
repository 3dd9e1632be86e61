package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Diagnostic says that a value is not of the type that its property has. The
// message never contains the value: it may be a secret.
type Diagnostic struct {
	Path    []any // property names (string) and list indices (int), from the root
	Message string
}

// Canonical converts a decoded JSON value to the types of s: every scalar as
// [Shape.Scalar] does, a scalar or object where a List is expected to a list
// of one. Nulls inside objects are dropped; CloudFormation treats them as
// absent. v is built of map[string]any, []any, string, bool, json.Number and
// nil; float64 and int are taken for numbers.
//
// v is not modified, but the result may share scalars with it. A value that
// does not convert stays as it is and makes a diagnostic. Diagnostics are
// ordered by path. Converting the result again changes nothing.
func Canonical(s *Shape, v any) (any, []Diagnostic) {
	var c conversion
	out := c.value(s, v)
	return out, c.diagnostics
}

type conversion struct {
	path        []any
	diagnostics []Diagnostic
}

func (c *conversion) value(s *Shape, v any) any {
	if s == nil {
		s = anyShape
	}
	switch v := v.(type) {
	case nil:
		return nil
	case map[string]any:
		return c.object(s, v)
	case []any:
		return c.list(s, v)
	case string:
		return c.scalar(s, TextScalar, v, v)
	case bool:
		return c.scalar(s, BoolScalar, strconv.FormatBool(v), v)
	case json.Number:
		return c.scalar(s, NumberScalar, v.String(), v)
	case float64:
		return c.scalar(s, NumberScalar, strconv.FormatFloat(v, 'f', -1, 64), v)
	case int:
		return c.scalar(s, NumberScalar, strconv.Itoa(v), v)
	default:
		c.report("a value of Go type %T is not JSON", v)
		return v
	}
}

func (c *conversion) object(s *Shape, v map[string]any) any {
	switch s.Kind {
	case Any, Map, Object:
	case List:
		return []any{c.child(0, s.Element(), v)}
	default:
		c.report("expected %v, found an object", s.Kind)
		s = anyShape
	}
	out := make(map[string]any, len(v))
	for _, name := range slices.Sorted(maps.Keys(v)) {
		if v[name] == nil {
			continue
		}
		out[name] = c.child(name, s.Field(name), v[name])
	}
	return out
}

func (c *conversion) list(s *Shape, v []any) any {
	switch s.Kind {
	case Any, List:
	default:
		c.report("expected %v, found a list", s.Kind)
		s = anyShape
	}
	out := make([]any, len(v))
	for i, e := range v {
		if e == nil && s.Kind == List {
			c.path = append(c.path, i)
			c.report("a list has no null elements")
			c.path = c.path[:len(c.path)-1]
			continue
		}
		out[i] = c.child(i, s.Element(), e)
	}
	return out
}

func (c *conversion) child(step any, s *Shape, v any) any {
	c.path = append(c.path, step)
	out := c.value(s, v)
	c.path = c.path[:len(c.path)-1]
	return out
}

func (c *conversion) scalar(s *Shape, kind ScalarKind, text string, v any) any {
	if s.Kind == List {
		return []any{c.child(0, s.Element(), v)}
	}
	outKind, out, ok := s.Scalar(kind, text)
	if !ok {
		c.report("expected %v, found %s", s.Kind, found(kind, s.Kind))
		return v
	}
	switch outKind {
	case BoolScalar:
		return out == "true"
	case NumberScalar:
		return json.Number(out)
	default:
		return out
	}
}

func (c *conversion) report(format string, args ...any) {
	c.diagnostics = append(c.diagnostics, Diagnostic{
		Path:    slices.Clone(c.path),
		Message: fmt.Sprintf(format, args...),
	})
}

// found is what a scalar of kind is called where want is expected.
func found(kind ScalarKind, want Kind) string {
	switch {
	case kind == BoolScalar:
		return "a boolean"
	case kind == NumberScalar:
		return "a number"
	case want == Number:
		return "text that is none"
	case want == Bool:
		return "other text"
	default:
		return "text"
	}
}
