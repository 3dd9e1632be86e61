// Package typed turns the canonical properties of a resource into the Go
// struct that goformation has for its type, for Go code that prefers fields to
// maps, and as a check of types.
//
// It is as old as goformation: a newer type or property is an error that names
// it. It never invents or drops a value, never panics, and its errors name
// property paths but never contain values.
package typed

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/awslabs/goformation/v7/cloudformation"
)

// Errors that [Typed] returns wrapped.
var (
	ErrUnknownType     = errors.New("resource type is unknown")
	ErrUnknownProperty = errors.New("property is unknown")
	ErrValue           = errors.New("value does not fit the property")
)

// structs are goformation's resource structs by resource type.
var structs = sync.OnceValue(func() map[string]reflect.Type {
	resources := cloudformation.AllResources()
	types := make(map[string]reflect.Type, len(resources))
	for name, r := range resources {
		if strings.Contains(name, "::") {
			types[name] = reflect.TypeOf(r).Elem()
		}
	}
	return types
})

// Typed decodes properties, in the canonical form that package schema makes,
// into the struct of resourceType. The error wraps one of [ErrUnknownType],
// [ErrUnknownProperty] and [ErrValue].
func Typed(resourceType string, properties map[string]any) (resource cloudformation.Resource, err error) {
	t := structs()[resourceType]
	if t == nil {
		return nil, fmt.Errorf("%s: %w", resourceType, ErrUnknownType)
	}
	defer func() {
		if r := recover(); r != nil {
			// Not %v: the panic may quote a value.
			resource, err = nil, fmt.Errorf("%s: %w (%T while decoding)", resourceType, ErrValue, r)
		}
	}()
	if path, cause := check(t, properties, nil); cause != nil {
		return nil, fmt.Errorf("%s: %s: %w", resourceType, strings.Join(path, "."), cause)
	}
	document, err := json.Marshal(map[string]any{"Type": resourceType, "Properties": properties})
	if err != nil {
		return nil, fmt.Errorf("%s: %w: not JSON", resourceType, ErrValue)
	}
	r := reflect.New(t).Interface().(cloudformation.Resource)
	if err := json.Unmarshal(document, r); err != nil {
		// The text of a decoding error quotes numbers.
		path := ""
		if typeError := (*json.UnmarshalTypeError)(nil); errors.As(err, &typeError) {
			path = strings.TrimPrefix(typeError.Field, "Properties.") + ": "
		}
		return nil, fmt.Errorf("%s: %s%w", resourceType, path, ErrValue)
	}
	return r, nil
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// check finds the first property, in alphabetical order, that t does not have
// or that has no place for the kind of v, and returns its path. goformation's
// own decoding would ignore it inside a union, and not say where it is.
func check(t reflect.Type, v any, path []string) ([]string, error) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if v == nil || t.Kind() == reflect.Interface {
		return nil, nil
	}
	switch t.Kind() {
	case reflect.Struct:
		if len(path) > 0 && reflect.PointerTo(t).Implements(unmarshaler) {
			return checkUnion(t, v, path)
		}
		object, ok := v.(map[string]any)
		if !ok {
			return path, fmt.Errorf("%w: expected an object", ErrValue)
		}
		fields := properties(t)
		for _, name := range slices.Sorted(maps.Keys(object)) {
			at := append(path, name)
			field, ok := fields[name]
			if !ok {
				return at, ErrUnknownProperty
			}
			if at, err := check(field, object[name], at); err != nil {
				return at, err
			}
		}
	case reflect.Map:
		object, ok := v.(map[string]any)
		if !ok {
			return path, fmt.Errorf("%w: expected an object", ErrValue)
		}
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if at, err := check(t.Elem(), object[name], append(path, name)); err != nil {
				return at, err
			}
		}
	case reflect.Slice:
		list, ok := v.([]any)
		if !ok {
			return path, fmt.Errorf("%w: expected a list", ErrValue)
		}
		for i, e := range list {
			if at, err := check(t.Elem(), e, append(path, fmt.Sprint(i))); err != nil {
				return at, err
			}
		}
	default:
		return path, checkScalar(t.Kind(), v)
	}
	return nil, nil
}

func checkScalar(kind reflect.Kind, v any) error {
	var ok bool
	var want string
	switch kind {
	case reflect.String:
		want = "a string"
		_, ok = v.(string)
	case reflect.Bool:
		want = "true or false"
		_, ok = v.(bool)
	default:
		want = "a number"
		switch v.(type) {
		case json.Number, float64, int:
			ok = true
		}
	}
	if !ok {
		return fmt.Errorf("%w: expected %s", ErrValue, want)
	}
	return nil
}

// checkUnion accepts v when one member of the union does. goformation writes a
// union as a struct with a pointer per member.
func checkUnion(t reflect.Type, v any, path []string) ([]string, error) {
	at, err := path, fmt.Errorf("%w: no alternative takes it", ErrValue)
	for member := range t.Fields() {
		found, cause := check(member.Type, v, path)
		if cause == nil {
			return nil, nil
		}
		// The member that goes deepest is the one that was meant.
		if len(found) > len(at) {
			at, err = slices.Clone(found), cause
		}
	}
	return at, err
}

// properties are the types of the fields of t by JSON name.
func properties(t reflect.Type) map[string]reflect.Type {
	fields := make(map[string]reflect.Type, t.NumField())
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.IsExported() && name != "" && name != "-" {
			fields[name] = f.Type
		}
	}
	return fields
}
