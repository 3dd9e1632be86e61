package template

import (
	"fmt"
	"slices"
	"strings"
)

// dumper writes a template as text, for goldens and to compare two templates.
type dumper struct {
	strings.Builder
	// places adds the positions.
	places bool
}

func dump(t *Template, places bool) string {
	d := &dumper{places: places}
	for _, name := range t.Transforms {
		d.line(0, Pos{}, "transform %s", name)
	}
	for _, p := range t.Parameters {
		d.parameter(p)
	}
	for _, top := range sorted(t.Mappings) {
		for _, second := range sorted(t.Mappings[top]) {
			for _, name := range sorted(t.Mappings[top][second]) {
				d.node(0, fmt.Sprintf("mapping %s.%s.%s: ", top, second, name), t.Mappings[top][second][name])
			}
		}
	}
	for _, name := range t.ConditionNames {
		d.node(0, "condition "+name+": ", t.Conditions[name])
	}
	if t.Metadata != nil {
		d.node(0, "metadata: ", t.Metadata)
	}
	if t.Globals != nil {
		d.node(0, "globals: ", t.Globals)
	}
	for _, r := range t.Resources {
		d.line(0, r.Pos, "resource %s", r.ID)
		d.line(1, r.TypePos, "type %s", r.Type)
		if r.Condition != "" {
			d.line(1, Pos{}, "condition %s", r.Condition)
		}
		if len(r.DependsOn) > 0 {
			d.line(1, Pos{}, "depends on %s", strings.Join(r.DependsOn, " "))
		}
		for i, attr := range r.Node.Keys {
			if !slices.Contains([]string{"Type", "Condition", "DependsOn"}, attr.Name) {
				d.node(1, attr.Name+": ", r.Node.Items[i])
			}
		}
	}
	for _, o := range t.Outputs {
		d.line(0, o.Pos, "output %s", o.Name)
		if o.Condition != "" {
			d.line(1, Pos{}, "condition %s", o.Condition)
		}
		d.node(1, "", o.Value)
	}
	if places {
		for _, n := range t.Notes {
			d.line(0, n.Pos, "note: %s", n.Message)
		}
	}
	return d.String()
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (d *dumper) line(indent int, pos Pos, format string, args ...any) {
	d.WriteString(strings.Repeat("  ", indent))
	fmt.Fprintf(d, format, args...)
	if d.places && pos != (Pos{}) {
		fmt.Fprintf(d, "  @%d:%d", pos.Line, pos.Col)
	}
	d.WriteByte('\n')
}

func (d *dumper) parameter(p *Parameter) {
	d.line(0, p.Pos, "parameter %s %s", p.Name, p.Type)
	if p.Default != nil {
		d.line(1, Pos{}, "default %q", *p.Default)
	}
	if p.AllowedValues != nil {
		d.line(1, Pos{}, "allowed %q", p.AllowedValues)
	}
	if p.AllowedPattern != "" {
		d.line(1, Pos{}, "pattern %s", p.AllowedPattern)
	}
	if p.MinLength != nil {
		d.line(1, Pos{}, "min length %d", *p.MinLength)
	}
	if p.MaxLength != nil {
		d.line(1, Pos{}, "max length %d", *p.MaxLength)
	}
	if p.MinValue != nil {
		d.line(1, Pos{}, "min value %g", *p.MinValue)
	}
	if p.MaxValue != nil {
		d.line(1, Pos{}, "max value %g", *p.MaxValue)
	}
	if p.NoEcho {
		d.line(1, Pos{}, "no echo")
	}
}

func (d *dumper) node(indent int, prefix string, n *Node) {
	switch n.Kind {
	case Null:
		d.line(indent, n.Pos, "%snull", prefix)
	case Bool, Number:
		d.line(indent, n.Pos, "%s%s", prefix, n.Text)
	case String:
		d.line(indent, n.Pos, "%s%q", prefix, n.Text)
	case List:
		d.line(indent, n.Pos, "%slist", prefix)
		for _, item := range n.Items {
			d.node(indent+1, "- ", item)
		}
	case Map:
		d.line(indent, n.Pos, "%smap", prefix)
		for i, key := range n.Keys {
			name := key.Name
			if d.places {
				name = fmt.Sprintf("%s (%d:%d)", name, key.Line, key.Col)
			}
			d.node(indent+1, name+": ", n.Items[i])
		}
	case Call:
		d.line(indent, n.Pos, "%s%s", prefix, n.Fn)
		for _, item := range n.Items {
			d.node(indent+1, "- ", item)
		}
		for _, part := range n.Parts {
			if part.Name != "" {
				d.line(indent+1, part.Pos, "${%s}", part.Name)
			} else {
				d.line(indent+1, Pos{}, "%q", part.Text)
			}
		}
	}
}
