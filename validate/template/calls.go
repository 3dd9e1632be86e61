package template

import (
	"slices"
	"strings"
)

// place is where a value stands.
type place struct {
	section section
	// resource is the index of the resource whose entry the value is in, or
	// -1.
	resource int
	// guarded is true in a branch of Fn::If: a reference there need not exist
	// in the deployed template.
	guarded bool
	// nulls is true where a macro may take null values out.
	nulls bool
}

// value turns the long forms in n into calls, in place, checks them, and sets
// Pure.
func (l *loader) value(n *Node, p place) {
	switch n.Kind {
	case Null:
		n.Pure = true
		if !p.nulls {
			l.errorf(n.Pos, "a null value is not allowed")
		}
	case Bool, Number, String:
		n.Pure = true
	case Call:
		l.call(n, n.Fn, n.Pos, n.Items[0], p)
	case List:
		n.Pure = l.values(n.Items, p)
	case Map:
		for i, key := range n.Keys {
			if isFunctionKey(key.Name) {
				l.longForm(n, i, p)
				return
			}
		}
		n.Pure = l.values(n.Items, p)
	}
}

// values handles several values and reports whether all are pure.
func (l *loader) values(items []*Node, p place) bool {
	pure := true
	for _, item := range items {
		l.value(item, p)
		pure = pure && item.Pure
	}
	return pure
}

// longForm handles a map whose i-th key names a function.
func (l *loader) longForm(n *Node, i int, p place) {
	key := n.Keys[i]
	if len(n.Keys) == 1 {
		l.call(n, key.Name, key.Pos, n.Items[0], p)
		return
	}
	t := slices.IndexFunc(n.Keys, func(k Key) bool { return k.Name == fnTransform })
	if t < 0 {
		l.errorf(key.Pos, "%s must be the only key of its map", key.Name)
		return
	}
	// A macro call works on its sibling keys.
	rest := l.new(Map, n.Pos)
	rest.Keys = slices.Delete(slices.Clone(n.Keys), t, t+1)
	rest.Items = slices.Delete(slices.Clone(n.Items), t, t+1)
	l.call(n, fnTransform, n.Keys[t].Pos, n.Items[t], p)
	l.value(rest, p)
	n.Items = append(n.Items, rest)
}

// call makes n the call of a function with an argument as written.
func (l *loader) call(n *Node, name string, pos Pos, arg *Node, p place) {
	n.Kind, n.Fn, n.Keys, n.Pure = Call, name, nil, false
	n.Items = []*Node{arg}
	fn, known := functions[name]
	switch {
	case strings.HasPrefix(name, forEachPrefix):
		l.misplacedLoop(name, pos)
		return
	case !known:
		l.errorf(pos, "unknown intrinsic function %s", name)
		return
	case fn.in&p.section == 0:
		l.errorf(pos, "%s cannot be used %s", name, p.section)
		return
	case fn.extension && !l.extensions:
		l.errorf(pos, "%s needs the transform AWS::LanguageExtensions", name)
		return
	}
	switch name {
	case fnRef:
		l.callRef(n, arg, p)
	case fnGetAtt:
		l.callGetAtt(n, arg, p)
	case fnSub:
		l.callSub(n, arg, p)
	case fnCondition:
		l.conditionName(arg, name)
	case fnTransform:
		l.callTransform(arg, p)
		l.notef(pos, "Fn::Transform may put anything here; what it makes is not judged")
	case fnGetOutput:
		l.callGetStackOutput(arg, p)
	case fnFindInMap:
		l.callFindInMap(n, fn, arg, p)
	default:
		if fn.max == 0 {
			l.callSingle(name, arg, p)
			return
		}
		if l.arguments(n, fn, arg) {
			l.callList(n, p)
		}
	}
}

// String says where, for messages.
func (s section) String() string {
	switch s {
	case inResources:
		return "in Resources"
	case inOutputs:
		return "in Outputs"
	case inConditions:
		return "in Conditions"
	}
	return "in Rules"
}

// conditionName checks the name of a condition.
func (l *loader) conditionName(n *Node, what string) {
	n.Pure = true
	switch {
	case n.Kind != String:
		l.errorf(n.Pos, "%s needs the name of a condition, not %s", what, describe(n))
	case !l.conditions[n.Text] && !l.open:
		l.errorf(n.Pos, "%s: there is no condition %q%s", what, n.Text, l.suggest(n.Text, l.conditions))
	}
}
