package schema

import (
	_ "embed"
	"fmt"
	"maps"
	"strings"
)

// newerTable describes what goformation lacks: types and properties that are
// newer, and properties whose type it has wrong. gen/newer.py makes it.
//
// A line is the name of a resource type and an expression:
//
//	s n b a      a string, number, boolean, anything
//	[x] <x>      a list of x, a map from strings to x
//	{A:x,B:y}    an object with the properties A and B
//	@N           the object of definition N
//
// Indented lines below it are the definitions of that type, each a name and
// an expression. The expression is merged into the struct of goformation:
// properties are added to an object, anything else replaces what is there.
//
//go:embed newer.txt
var newerTable string

// table holds the lines of each type, not parsed. All are parts of one string.
type table map[string]string

func indexTable(text string) table {
	t := table{}
	for text != "" {
		block := text
		if end := nextType(text); end >= 0 {
			block, text = text[:end], text[end:]
		} else {
			text = ""
		}
		if block[0] != '#' && block[0] != '\n' {
			name, lines, _ := strings.Cut(block, " ")
			t[name] = lines
		}
	}
	return t
}

// nextType returns the start of the next line that is not indented, or -1.
func nextType(text string) int {
	for i := 0; i < len(text); {
		end := strings.IndexByte(text[i:], '\n')
		if end < 0 || i+end+1 == len(text) {
			return -1
		}
		i += end + 1
		if text[i] != ' ' {
			return i
		}
	}
	return -1
}

// parseType parses the lines of one type.
func parseType(lines string) (*Shape, error) {
	first, rest, _ := strings.Cut(lines, "\n")
	p := tableParser{expressions: map[string]string{}, shapes: map[string]*Shape{}}
	for line := range strings.Lines(rest) {
		name, expression, _ := strings.Cut(strings.TrimSpace(line), " ")
		p.expressions[name] = expression
	}
	p.text = first
	s, err := p.expression()
	if err == nil && p.text != "" {
		err = fmt.Errorf("unexpected %.20q", p.text)
	}
	return s, err
}

type tableParser struct {
	expressions map[string]string // of the definitions
	shapes      map[string]*Shape // of the definitions parsed so far
	text        string            // what is left of the current expression
}

func (p *tableParser) expression() (*Shape, error) {
	switch {
	case p.skip("s"):
		return stringShape, nil
	case p.skip("n"):
		return numberShape, nil
	case p.skip("b"):
		return boolShape, nil
	case p.skip("a"):
		return anyShape, nil
	case p.skip("["):
		return p.container(List, "]")
	case p.skip("<"):
		return p.container(Map, ">")
	case p.skip("{"):
		s := &Shape{Kind: Object, Fields: map[string]*Shape{}}
		return s, p.fields(s)
	case p.skip("@"):
		return p.definition(p.name())
	default:
		return nil, fmt.Errorf("expected an expression at %.20q", p.text)
	}
}

func (p *tableParser) container(kind Kind, end string) (*Shape, error) {
	elem, err := p.expression()
	if err == nil && !p.skip(end) {
		err = fmt.Errorf("expected %q at %.20q", end, p.text)
	}
	return &Shape{Kind: kind, Elem: elem}, err
}

// fields parses the properties of an object into s, and the closing brace.
func (p *tableParser) fields(s *Shape) error {
	for !p.skip("}") {
		name := p.name()
		if name == "" || !p.skip(":") {
			return fmt.Errorf("expected a property at %.20q", p.text)
		}
		field, err := p.expression()
		if err != nil {
			return err
		}
		s.Fields[name] = field
		if !p.skip(",") && !strings.HasPrefix(p.text, "}") {
			return fmt.Errorf("expected a comma at %.20q", p.text)
		}
	}
	return nil
}

// definition returns the object named name. One that is being parsed is
// returned incomplete, which makes it recursive.
func (p *tableParser) definition(name string) (*Shape, error) {
	if s := p.shapes[name]; s != nil {
		return s, nil
	}
	expression, found := p.expressions[name]
	if !found || !strings.HasPrefix(expression, "{") {
		return nil, fmt.Errorf("no object is named %q", name)
	}
	s := &Shape{Kind: Object, Fields: map[string]*Shape{}}
	p.shapes[name] = s
	outer := p.text
	p.text = expression[1:]
	err := p.fields(s)
	p.text = outer
	return s, err
}

func (p *tableParser) skip(prefix string) bool {
	rest, found := strings.CutPrefix(p.text, prefix)
	p.text = rest
	return found
}

func (p *tableParser) name() string {
	end := strings.IndexAny(p.text, ":,]>}")
	if end < 0 {
		end = len(p.text)
	}
	name := p.text[:end]
	p.text = p.text[end:]
	return name
}

// merger merges shapes from the table into shapes from goformation. Both may
// be cyclic, and so may the result.
type merger map[[2]*Shape]*Shape

// merge modifies neither of its arguments.
func (m merger) merge(base, delta *Shape) *Shape {
	switch {
	case base == nil:
		return delta
	case delta == nil:
		return base
	case base.Kind != delta.Kind:
		return delta
	}
	pair := [2]*Shape{base, delta}
	if s := m[pair]; s != nil {
		return s
	}
	switch base.Kind {
	case List, Map:
		return &Shape{Kind: base.Kind, Elem: m.merge(base.Elem, delta.Elem)}
	case Object:
		s := &Shape{Kind: Object, Fields: make(map[string]*Shape, len(base.Fields)+len(delta.Fields))}
		m[pair] = s
		maps.Copy(s.Fields, base.Fields)
		for name, field := range delta.Fields {
			s.Fields[name] = m.merge(base.Fields[name], field)
		}
		return s
	default:
		return base
	}
}
