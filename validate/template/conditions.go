package template

import (
	"slices"
	"strings"
)

// conditionSection reads Conditions.
func (l *loader) conditionSection(n *Node) {
	p := place{section: inConditions, resource: -1}
	l.entries(n, "condition", 0, func(key Key, value *Node) {
		l.operand(value, "a condition", p)
		l.t.Conditions[key.Name] = value
		l.t.ConditionNames = append(l.t.ConditionNames, key.Name)
	})
	l.conditionCycles()
}

// operand reads a value that must be a condition: a condition function, or the
// name of another condition.
func (l *loader) operand(n *Node, what string, p place) {
	if n.Kind == Map && len(n.Keys) == 1 && n.Keys[0].Name == fnCondition {
		l.call(n, fnCondition, n.Keys[0].Pos, n.Items[0], p)
		return
	}
	l.value(n, p)
	if n.Kind == Null {
		return
	}
	if n.Kind == Call {
		switch n.Fn {
		case fnAnd, fnOr, fnNot, fnEquals, fnCondition, fnContains, fnEachEq, fnEachIn, fnTransform:
			return
		}
		if fn, known := functions[n.Fn]; !known || fn.in&p.section == 0 {
			return
		}
	}
	l.errorf(n.Pos, "%s must be a condition function such as Fn::Equals, not %s", what, describe(n))
}

// conditionCycles refuses conditions that are defined by themselves.
func (l *loader) conditionCycles() {
	const (
		open = iota + 1
		done
	)
	state := map[string]int{}
	var path []string
	var visit func(name string)
	var refs func(n *Node)
	refs = func(n *Node) {
		if n.Kind == Call && n.Fn == fnCondition {
			name := n.Items[0].Text
			switch state[name] {
			case open:
				cycle := append(slices.Clone(path[slices.Index(path, name):]), name)
				l.errorf(n.Pos, "conditions depend on each other: %s", strings.Join(cycle, " -> "))
			case done:
			default:
				visit(name)
			}
			return
		}
		for _, item := range n.Items {
			refs(item)
		}
	}
	visit = func(name string) {
		n := l.t.Conditions[name]
		if n == nil {
			return
		}
		state[name] = open
		path = append(path, name)
		refs(n)
		path = path[:len(path)-1]
		state[name] = done
	}
	for _, name := range l.t.ConditionNames {
		if state[name] == 0 {
			visit(name)
		}
	}
}

// rules checks Rules. They constrain parameters when a stack is created and
// are not part of what is judged.
func (l *loader) rules(n *Node) {
	p := place{section: inRules, resource: -1}
	l.entries(n, "rule", 0, func(key Key, rule *Node) {
		if rule.Kind != Map {
			l.errorf(rule.Pos, "the rule %s must be a map, not %s", key.Name, describe(rule))
			return
		}
		for i, attr := range rule.Keys {
			value := rule.Items[i]
			switch attr.Name {
			case "RuleCondition":
				l.operand(value, "RuleCondition", p)
			case "Assertions":
				l.assertions(value, p)
			default:
				l.errorf(attr.Pos, "the rule %s: unknown key %s", key.Name, attr.Name)
			}
		}
		if rule.Get("Assertions") == nil {
			l.errorf(key.Pos, "the rule %s has no Assertions", key.Name)
		}
	})
}

func (l *loader) assertions(n *Node, p place) {
	if n.Kind != List {
		l.errorf(n.Pos, "Assertions must be a list, not %s", describe(n))
		return
	}
	for _, item := range n.Items {
		assert := item.Get("Assert")
		if assert == nil {
			l.errorf(item.Pos, "an assertion needs Assert")
			continue
		}
		l.operand(assert, "Assert", p)
	}
}
