package template

import "slices"

// callTransform checks the call of a macro, or of a list of them, inside a
// section.
func (l *loader) callTransform(arg *Node, p place) {
	calls := []*Node{arg}
	if arg.Kind == List && len(arg.Items) > 0 {
		calls = arg.Items
	}
	arg.Pure = true
	for _, call := range calls {
		name := call.Get("Name")
		if name == nil || name.Kind != String {
			l.errorf(call.Pos, "Fn::Transform needs a map with the Name of a macro")
			continue
		}
		for i, key := range call.Keys {
			switch {
			case key.Name != "Name" && key.Name != "Parameters":
				l.errorf(key.Pos, "Fn::Transform: unknown key %s", key.Name)
			case key.Name == "Parameters" && call.Items[i].Kind != Map:
				l.errorf(call.Items[i].Pos, "Fn::Transform: Parameters must be a map")
			}
		}
		call.Pure = l.values(call.Items, p)
		arg.Pure = arg.Pure && call.Pure
	}
}

// callGetStackOutput checks the map of Fn::GetStackOutput.
func (l *loader) callGetStackOutput(arg *Node, p place) {
	if arg.Kind != Map {
		l.errorf(arg.Pos, "Fn::GetStackOutput needs a map with StackName and OutputName, not %s", describe(arg))
		return
	}
	for _, name := range []string{"StackName", "OutputName"} {
		if arg.Get(name) == nil {
			l.errorf(arg.Pos, "Fn::GetStackOutput: %s is missing", name)
		}
	}
	for _, key := range arg.Keys {
		if !slices.Contains([]string{"StackName", "OutputName", "Region", "RoleArn"}, key.Name) {
			l.errorf(key.Pos, "Fn::GetStackOutput: unknown key %s", key.Name)
		}
	}
	arg.Pure = l.values(arg.Items, p)
}

// callFindInMap checks a lookup, against Mappings where its names are literal.
func (l *loader) callFindInMap(n *Node, fn function, arg *Node, p place) {
	if l.extensions {
		fn.max = 4
	}
	if !l.arguments(n, fn, arg) {
		return
	}
	args := n.Items
	l.values(args[:3], p)
	fallback := false
	if len(args) == 4 {
		d := args[3]
		if d.Kind != Map || len(d.Keys) != 1 || d.Keys[0].Name != "DefaultValue" {
			l.errorf(d.Pos, "Fn::FindInMap: the fourth argument must be a map with the only key DefaultValue")
			return
		}
		d.Pure = l.values(d.Items, p)
		fallback = true
	}
	names := [3]string{}
	known := 0
	for i, a := range args[:3] {
		if !a.isScalar() && a.Kind != Call {
			l.errorf(a.Pos, "Fn::FindInMap: argument %d must be a string, not %s", i+1, describe(a))
			return
		}
		if a.Kind == Call {
			break
		}
		names[i], known = a.Text, i+1
	}
	if known == 0 || l.openMappings || fallback {
		return
	}
	top, ok := l.t.Mappings[names[0]]
	if !ok {
		l.errorf(args[0].Pos, "Fn::FindInMap: there is no mapping %q%s", names[0], l.suggest(names[0], l.t.Mappings))
		return
	}
	if known < 2 {
		return
	}
	second, ok := top[names[1]]
	if !ok {
		l.errorf(args[1].Pos, "Fn::FindInMap: the mapping %s has no key %q%s", names[0], names[1], l.suggest(names[1], top))
		return
	}
	if known < 3 {
		return
	}
	if _, ok := second[names[2]]; !ok {
		l.errorf(args[2].Pos, "Fn::FindInMap: %s.%s has no name %q%s", names[0], names[1], names[2], l.suggest(names[2], second))
	}
}
