package schema

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/awslabs/goformation/v7/cloudformation"
)

// types is the list of all known types with the shapes compiled so far.
type types struct {
	structs map[string]reflect.Type
	table   table
	names   []string
	shapes  sync.Map // string → *Shape
}

// catalog makes the list of types on the first call.
var catalog = sync.OnceValue(newTypes)

func newTypes() *types {
	resources := cloudformation.AllResources()
	t := &types{
		structs: make(map[string]reflect.Type, len(resources)),
		table:   indexTable(newerTable),
	}
	for name, r := range resources {
		// The Globals section of SAM is in the list too, as "Function" etc.
		if !strings.Contains(name, "::") {
			continue
		}
		t.structs[name] = reflect.TypeOf(r).Elem()
		t.names = append(t.names, name)
	}
	for name := range t.table {
		if t.structs[name] == nil {
			t.names = append(t.names, name)
		}
	}
	slices.Sort(t.names)
	return t
}

func (t *types) has(name string) bool {
	_, found := slices.BinarySearch(t.names, name)
	return found
}

// shape returns nil for an unknown type.
func (t *types) shape(name string) *Shape {
	if s, ok := t.shapes.Load(name); ok {
		return s.(*Shape)
	}
	if !t.has(name) {
		return nil
	}
	var s *Shape
	if st := t.structs[name]; st != nil {
		s = structShapes{}.object(st)
	}
	if lines, ok := t.table[name]; ok {
		newer, err := parseType(lines)
		if err != nil {
			// The table is part of the program and a test parses all of it.
			panic("schema: newer.txt: " + name + ": " + err.Error())
		}
		s = merger{}.merge(s, newer)
	}
	// Two goroutines may compile the same type; all callers get the first.
	first, _ := t.shapes.LoadOrStore(name, s)
	return first.(*Shape)
}

// structShapes compiles goformation's structs to shapes. The map makes
// recursive structs end and shares repeated ones within a type.
type structShapes map[reflect.Type]*Shape

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

func (c structShapes) of(t reflect.Type) *Shape {
	switch t.Kind() {
	case reflect.Pointer:
		return c.of(t.Elem())
	case reflect.String:
		return stringShape
	case reflect.Bool:
		return boolShape
	case reflect.Int, reflect.Int64, reflect.Float64:
		return numberShape
	case reflect.Slice:
		return &Shape{Kind: List, Elem: c.of(t.Elem())}
	case reflect.Map:
		// map[string]any is how goformation writes a JSON document.
		if t.Elem().Kind() == reflect.Interface {
			return anyShape
		}
		return &Shape{Kind: Map, Elem: c.of(t.Elem())}
	case reflect.Struct:
		// A property struct that decodes itself is a union, such as "a string
		// or an S3 location".
		if reflect.PointerTo(t).Implements(unmarshaler) {
			return anyShape
		}
		return c.object(t)
	default:
		return anyShape
	}
}

func (c structShapes) object(t reflect.Type) *Shape {
	if s := c[t]; s != nil {
		return s
	}
	s := &Shape{Kind: Object, Fields: make(map[string]*Shape, t.NumField())}
	c[t] = s
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		// "-" marks resource attributes (DependsOn, Metadata, ...), which are
		// not properties.
		if !f.IsExported() || name == "" || name == "-" {
			continue
		}
		s.Fields[name] = c.of(f.Type)
	}
	return s
}
