package template

import "strconv"

// arguments makes the elements of a list the arguments of n. It returns false
// when their number is wrong, which it records.
func (l *loader) arguments(n *Node, fn function, arg *Node) bool {
	if arg.Kind != List {
		l.errorf(arg.Pos, "%s needs a list of %s, not %s", n.Fn, arity(fn), describe(arg))
		return false
	}
	if len(arg.Items) < fn.min || len(arg.Items) > fn.max {
		l.errorf(arg.Pos, "%s needs %s, not %d", n.Fn, arity(fn), len(arg.Items))
		return false
	}
	n.Items = arg.Items
	return true
}

func arity(fn function) string {
	switch {
	case fn.min == 1 && fn.max == 1:
		return "1 argument"
	case fn.min == fn.max:
		return strconv.Itoa(fn.min) + " arguments"
	}
	return strconv.Itoa(fn.min) + " to " + strconv.Itoa(fn.max) + " arguments"
}

// describe names the kind of a value, as written, in an error message.
func describe(n *Node) string {
	switch n.Kind {
	case Null:
		return "null"
	case Bool:
		return "a boolean"
	case Number:
		return "a number"
	case String:
		return "a string"
	case List:
		return "a list"
	case Call:
		return n.Fn
	}
	if len(n.Keys) == 1 && isFunctionKey(n.Keys[0].Name) {
		return n.Keys[0].Name
	}
	return "a map"
}

func (n *Node) isScalar() bool { return n.Kind == Bool || n.Kind == Number || n.Kind == String }

// callSingle checks the functions that take one value.
func (l *loader) callSingle(name string, arg *Node, p place) {
	l.value(arg, p)
	ok := arg.isScalar() || arg.Kind == Call
	want := "a string"
	switch name {
	case fnLength:
		ok, want = arg.Kind == List || arg.Kind == Call, "a list"
	case fnToJSON:
		ok, want = arg.Kind == List || arg.Kind == Map || arg.Kind == Call, "a map or a list"
	case fnRefAll:
		ok = arg.Kind == String
	}
	if !ok && (arg.Kind != Null || p.nulls) {
		l.errorf(arg.Pos, "%s needs %s, not %s", name, want, describe(arg))
	}
}

// callList checks the functions that take a list of arguments.
func (l *loader) callList(n *Node, p place) {
	args := n.Items
	switch n.Fn {
	case fnAnd, fnOr, fnNot:
		for _, arg := range args {
			l.operand(arg, "an operand of "+n.Fn, p)
		}
		return
	case fnIf:
		l.conditionName(args[0], fnIf)
		p.guarded = true
		l.values(args[1:], p)
		return
	}
	l.values(args, p)
	text := func(i int, what string) {
		if a := args[i]; !a.isScalar() && a.Kind != Call && (a.Kind != Null || p.nulls) {
			l.errorf(a.Pos, "%s: %s must be a string, not %s", n.Fn, what, describe(a))
		}
	}
	list := func(i int, what string) {
		if a := args[i]; a.Kind != List && a.Kind != Call && (a.Kind != Null || p.nulls) {
			l.errorf(a.Pos, "%s: %s must be a list, not %s", n.Fn, what, describe(a))
		}
	}
	// CloudFormation takes no function there.
	delimiter := func() {
		if a := args[0]; !a.isScalar() && (a.Kind != Null || p.nulls) {
			l.errorf(a.Pos, "%s: the delimiter must be a string, not %s", n.Fn, describe(a))
		}
	}
	switch n.Fn {
	case fnJoin:
		delimiter()
		list(1, "the second argument")
	case fnSplit:
		delimiter()
		text(1, "the second argument")
	case fnSelect:
		text(0, "the index")
		list(1, "the second argument")
		l.checkSelect(args[0], args[1])
	case fnCidr:
		text(0, "the address block")
		text(1, "the count")
		if len(args) == 3 {
			text(2, "the number of bits")
		}
	case fnContains, fnEachEq:
		list(0, "the first argument")
		text(1, "the second argument")
	case fnEachIn:
		list(0, "the first argument")
		list(1, "the second argument")
	case fnValueOf, fnValueAll:
		text(0, "the first argument")
		text(1, "the attribute")
	}
}

// checkSelect checks an index that is literal, against a list that is literal.
func (l *loader) checkSelect(index, list *Node) {
	if !index.isScalar() {
		return
	}
	i, err := strconv.Atoi(index.Text)
	switch {
	case err != nil || i < 0:
		l.errorf(index.Pos, "Fn::Select: the index must be 0 or more, not %q", index.Text)
	case list.Kind == List && i >= len(list.Items):
		l.errorf(index.Pos, "Fn::Select: index %d is out of range (list has %d)", i, len(list.Items))
	}
}
