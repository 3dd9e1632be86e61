package rules

import "slices"

// Level returns how a rule is enforced in a stack: its default level, changed
// by each entry of the profile and then of the configuration that matches, in
// order.
//
// An entry with a condition on a name that is not known (an empty Stack.Name or
// Stack.Account) may or may not match. It can raise the level then, and never
// lower it, so that a gate that knows less is never more lenient.
func (s *Set) Level(r *Rule, stack Stack) Level {
	level := s.config.Profile.level(r)
	for i := range s.config.Levels {
		l := &s.config.Levels[i]
		if !l.selects(r) {
			continue
		}
		match, known := l.in(stack)
		switch {
		case match && known:
			level = l.Level
		case match:
			level = max(level, l.Level)
		}
	}
	return level
}

// selects tells whether the entry is about the rule at all.
func (l *LevelRule) selects(r *Rule) bool {
	return (len(l.Rules) == 0 || matchesAny(l.Rules, r.ID)) &&
		(len(l.Families) == 0 || matchesAny(l.Families, r.Family)) &&
		(len(l.Severities) == 0 || slices.Contains(l.Severities, r.Severity))
}

// in tells whether the entry matches the stack. known is false where it may
// match, but a name is missing to be sure.
func (l *LevelRule) in(stack Stack) (match, known bool) {
	known = true
	for _, c := range [...]struct {
		patterns []string
		name     string
	}{{l.Stacks, stack.Name}, {l.Accounts, stack.Account}} {
		switch {
		case len(c.patterns) == 0:
		case c.name == "":
			known = false
		case !matchesAny(c.patterns, c.name):
			return false, true
		}
	}
	return true, known
}

// offEverywhere tells whether no stack could have the rule enforced.
func (s *Set) offEverywhere(r *Rule) bool { return s.Level(r, Stack{}) == Off }
