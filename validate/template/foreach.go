package template

import (
	"slices"
	"strings"
)

// misplacedLoop records a Fn::ForEach that was not expanded.
func (l *loader) misplacedLoop(name string, pos Pos) {
	if !l.extensions {
		l.errorf(pos, "%s needs the transform %s", name, transformExtensions)
		return
	}
	l.errorf(pos, "%s cannot be used here; loops are keys in Conditions, Outputs, Resources and the maps in a resource", name)
}

// expansion replaces the loops of a template by what they stand for. Nodes
// keep the position of the fragment that they are a copy of.
type expansion struct {
	*loader
	names map[string]Pos // of the loops seen
	vars  []binding      // of the loops around, outermost first
	// bytes is the size of the texts made. The result of an expansion must not
	// be larger than a template may be.
	bytes int
	// stopped is true once that is so.
	stopped bool
}

// binding is the value of a loop's identifier.
type binding struct{ name, value string }

// expand replaces the loops in the sections that may have them.
func (l *loader) expand(sections ...*Node) {
	e := &expansion{loader: l, names: map[string]Pos{}}
	for _, n := range sections {
		if n != nil {
			*n = *e.mapping(n)
		}
	}
}

// node returns n with its loops expanded and its identifiers replaced. Outside
// of loops it changes n itself; inside it makes a copy.
func (e *expansion) node(n *Node) *Node {
	switch n.Kind {
	case String:
		return e.text(n, e.replace(n.Text))
	case List, Call:
		if value, ok := e.variable(n); ok {
			return e.text(n, value)
		}
		items := n.Items
		if len(e.vars) > 0 {
			n = e.copy(n)
			items = slices.Clone(items)
		}
		for i, item := range items {
			items[i] = e.node(item)
		}
		n.Items = items
	case Map:
		if value, ok := e.variable(n); ok {
			return e.text(n, value)
		}
		return e.mapping(n)
	}
	return n
}

func (e *expansion) copy(n *Node) *Node {
	c := e.new(n.Kind, n.Pos)
	*c = *n
	return c
}

// text returns a string node, n itself when that is its text.
func (e *expansion) text(n *Node, text string) *Node {
	if n.Kind == String && n.Text == text {
		return n
	}
	c := e.new(String, n.Pos)
	c.Text = text
	return c
}

// variable returns the value of the identifier that n refers to, if any.
func (e *expansion) variable(n *Node) (string, bool) {
	name, ok := refName(n)
	if !ok {
		return "", false
	}
	return e.lookup(name)
}

func (e *expansion) lookup(name string) (string, bool) {
	for _, v := range slices.Backward(e.vars) {
		if v.name == name {
			return v.value, true
		}
	}
	return "", false
}

// refName returns the name in a Ref, short or long form.
func refName(n *Node) (string, bool) {
	arg := argument(n, fnRef)
	if arg == nil || arg.Kind != String {
		return "", false
	}
	return arg.Text, true
}

// argument returns the argument of a call of fn, short or long form, as
// written, or nil when n is something else.
func argument(n *Node, fn string) *Node {
	if n.Kind == Call && n.Fn == fn || n.Kind == Map && len(n.Keys) == 1 && n.Keys[0].Name == fn {
		return n.Items[0]
	}
	return nil
}

// replace replaces ${Identifier} by its value, and &{Identifier} by the letters
// and digits of its value.
func (e *expansion) replace(s string) string {
	if len(e.vars) == 0 || !strings.Contains(s, "{") {
		return s
	}
	var b strings.Builder
	replaced := 0
	for i := 0; i < len(s); i++ {
		if (s[i] == '$' || s[i] == '&') && i+1 < len(s) && s[i+1] == '{' {
			if end := strings.IndexByte(s[i:], '}'); end > 0 {
				if value, ok := e.lookup(s[i+2 : i+end]); ok {
					if s[i] == '&' {
						value = alphanumeric(value)
					}
					replaced++
					if e.bytes+b.Len()+len(value) > MaxBytes {
						e.bytes = MaxBytes + 1
						return s
					}
					b.WriteString(value)
					i += end
					continue
				}
			}
		}
		b.WriteByte(s[i])
	}
	if replaced == 0 {
		return s
	}
	e.bytes += b.Len()
	return b.String()
}

func alphanumeric(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && isAlphanumeric(byte(r)) {
			return r
		}
		return -1
	}, s)
}

// mapping expands a map.
func (e *expansion) mapping(n *Node) *Node {
	if len(e.vars) == 0 && !slices.ContainsFunc(n.Keys, isLoop) {
		for i, item := range n.Items {
			n.Items[i] = e.node(item)
		}
		return n
	}
	out := e.new(Map, n.Pos)
	e.entries(n, out, &keySet{})
	return out
}

func isLoop(key Key) bool { return strings.HasPrefix(key.Name, forEachPrefix) }

// entries adds the expanded entries of n to out, whose keys seen has.
func (e *expansion) entries(n, out *Node, seen *keySet) {
	for i, key := range n.Keys {
		e.nodes++
		if e.over(key.Pos) {
			return
		}
		if isLoop(key) {
			e.loop(key, n.Items[i], out, seen)
			continue
		}
		key.Name = e.replace(key.Name)
		if _, dup := seen.add(out, key.Name); dup {
			e.errorf(key.Pos, "Fn::ForEach makes the key %q twice", key.Name)
			continue
		}
		out.Keys = append(out.Keys, key)
		out.Items = append(out.Items, e.node(n.Items[i]))
	}
}

// loop adds what a loop stands for to out.
func (e *expansion) loop(key Key, args, out *Node, seen *keySet) {
	name, ok := strings.CutPrefix(key.Name, forEachPrefix+"::")
	if !ok || name == "" || alphanumeric(name) != name {
		e.errorf(key.Pos, "%s: a loop is Fn::ForEach::Name, with a name of letters and digits", key.Name)
		return
	}
	if first, dup := e.names[name]; dup && first != key.Pos {
		e.errorf(key.Pos, "%s: there is another loop with this name on line %d", key.Name, first.Line)
		return
	}
	e.names[name] = key.Pos
	if args.Kind != List || len(args.Items) != 3 {
		e.errorf(args.Pos, "%s needs a list of 3: an identifier, a collection and a map", key.Name)
		return
	}
	id, collection, fragment := args.Items[0], args.Items[1], args.Items[2]
	if id.Kind != String || id.Text == "" || alphanumeric(id.Text) != id.Text {
		e.errorf(id.Pos, "%s: the identifier must be a string of letters and digits", key.Name)
		return
	}
	if _, taken := e.lookup(id.Text); taken || e.t.parameters[id.Text] != nil {
		e.errorf(id.Pos, "%s: the identifier %s is taken by a parameter or an outer loop", key.Name, id.Text)
		return
	}
	if fragment.Kind != Map {
		e.errorf(fragment.Pos, "%s: the third argument must be a map, not %s", key.Name, describe(fragment))
		return
	}
	values, ok := e.collection(collection)
	if !ok {
		return
	}
	for _, value := range values {
		e.vars = append(e.vars, binding{id.Text, value})
		e.entries(fragment, out, seen)
		e.vars = e.vars[:len(e.vars)-1]
		e.nodes++
		if e.over(key.Pos) {
			return
		}
	}
}

// over reports whether the expansion is past a limit, which it records.
func (e *expansion) over(pos Pos) bool {
	switch {
	case e.stopped:
	case e.full():
		e.errorf(pos, "the template has more than %d values after Fn::ForEach is expanded", MaxNodes)
	case e.bytes > MaxBytes:
		e.errorf(pos, "the template is larger than %d bytes after Fn::ForEach is expanded", MaxBytes)
	default:
		return false
	}
	e.stopped = true
	return true
}

// collection returns the values that a loop runs over. It records why it
// cannot.
func (e *expansion) collection(n *Node) ([]string, bool) {
	if args := argument(n, fnFindInMap); args != nil {
		return e.mapped(args)
	}
	if name, ok := refName(n); ok {
		p := e.t.parameters[name]
		if p == nil || !p.IsList() {
			e.errorf(n.Pos, "Fn::ForEach: %s is not a parameter with a list type", name)
			return nil, false
		}
		text, ok := e.parameterValue(p, n.Pos)
		if !ok {
			return nil, false
		}
		return splitList(text), true
	}
	if n.Kind != List {
		e.errorf(n.Pos, "Fn::ForEach: the collection must be a list, a Ref to a list parameter or Fn::FindInMap, not %s", describe(n))
		return nil, false
	}
	values := make([]string, len(n.Items))
	for i, item := range n.Items {
		value, ok := e.scalar(item)
		if !ok {
			return nil, false
		}
		values[i] = value
	}
	return values, true
}

// scalar returns the text of a literal or of a Ref whose value is known.
func (e *expansion) scalar(n *Node) (string, bool) {
	if n.isScalar() {
		return e.replace(n.Text), true
	}
	name, ok := refName(n)
	if !ok {
		e.errorf(n.Pos, "Fn::ForEach: a value must be a string or a Ref, not %s", describe(n))
		return "", false
	}
	if value, ok := e.lookup(name); ok {
		return value, true
	}
	if p := e.t.parameters[name]; p != nil {
		return e.parameterValue(p, n.Pos)
	}
	value, ok := e.opts.Parameters[name]
	if !ok {
		e.errorf(n.Pos, "Fn::ForEach needs the value of %s, which is not known; give it as a parameter", name)
	}
	return value, ok
}

// parameterValue returns the given value of a parameter, or with a note what is
// passed or its default.
func (e *expansion) parameterValue(p *Parameter, pos Pos) (string, bool) {
	if strings.HasPrefix(p.Type, "AWS::SSM::Parameter::Value<") {
		e.errorf(pos, "Fn::ForEach: the value of %s is in Parameter Store and is not known", p.Name)
		return "", false
	}
	if value, ok := e.opts.Parameters[p.Name]; ok {
		return value, true
	}
	if e.opts.Passed != nil {
		switch value, passed, known := e.opts.Passed(p.Name); {
		case passed && !known:
			e.errorf(pos, "Fn::ForEach needs the value of the parameter %s, and what the parent stack passes is not known; pass a text or a parameter", p.Name)
			return "", false
		case passed:
			e.notef(pos, "Fn::ForEach is expanded with what the parent stack passes for the parameter %s by default (%q)", p.Name, value)
			return value, true
		}
	}
	if p.Default == nil {
		e.errorf(pos, "Fn::ForEach needs the value of the parameter %s, which has no default; give it as a parameter", p.Name)
		return "", false
	}
	e.notef(pos, "Fn::ForEach is expanded with the default of the parameter %s (%q)", p.Name, *p.Default)
	return *p.Default, true
}

// mapped returns a list of Mappings.
func (e *expansion) mapped(args *Node) ([]string, bool) {
	if args.Kind != List || len(args.Items) < 3 || len(args.Items) > 4 {
		e.errorf(args.Pos, "Fn::FindInMap needs 3 to 4 arguments")
		return nil, false
	}
	var path [3]string
	for i, item := range args.Items[:3] {
		value, ok := e.scalar(item)
		if !ok {
			return nil, false
		}
		path[i] = value
	}
	n := e.t.Mappings[path[0]][path[1]][path[2]]
	if n == nil && len(args.Items) == 4 {
		if fallback := args.Items[3].Get("DefaultValue"); fallback != nil {
			return e.collection(fallback)
		}
	}
	if n == nil || n.Kind != List {
		e.errorf(args.Pos, "Fn::ForEach: %s is not a list in Mappings", strings.Join(path[:], "."))
		return nil, false
	}
	return e.collection(n)
}
