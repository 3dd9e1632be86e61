// Package asl reads state machines in the Amazon States Language, says what is
// missing in one that is deployed here, and draws it.
//
// https://states-language.net/spec.html
package asl

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

//go:generate go run ./draw -write ../..

// Machine is a state machine, or what a Map state does with an item, or a branch of
// a Parallel state.
type Machine struct {
	StartAt        string
	TimeoutSeconds float64
	States         map[string]*State
}

// State is a state, as far as it is drawn or checked.
type State struct {
	Type, Resource, Next, Default string

	End                                bool
	Parameters, Arguments              any
	Seconds, Timestamp                 any
	SecondsPath, TimestampPath         string
	TimeoutSeconds, TimeoutSecondsPath any
	Retry                              []Rule
	Catch                              []Rule
	Choices                            []map[string]any
	ItemsPath                          string
	Items, MaxConcurrency              any
	ItemReader                         *struct{ Resource string }
	ItemProcessor, Iterator            *Machine
	Branches                           []*Machine
}

// Rule is an element of Retry or Catch.
type Rule struct {
	ErrorEquals []string
	Next        string
}

// New reads a definition that was decoded from JSON or YAML.
func New(definition any) (*Machine, error) {
	text, err := json.Marshal(definition)
	if err != nil {
		return nil, fmt.Errorf("definition: %w", err)
	}
	var m Machine
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("definition: %w", err)
	}
	if m.StartAt == "" || len(m.States) == 0 {
		return nil, fmt.Errorf("definition: it has no StartAt or no States")
	}
	return &m, nil
}

// edge is a way from a state to another one.
type edge struct {
	to, label string
	caught    bool // it is taken after an error
}

// edges are the ways from a state, in the order in which they are tried.
func (s *State) edges() []edge {
	var out []edge
	for _, c := range s.Choices {
		next, _ := c["Next"].(string)
		out = append(out, edge{to: next, label: condition(c)})
	}
	if s.Default != "" {
		out = append(out, edge{to: s.Default, label: "otherwise"})
	}
	if s.Next != "" {
		out = append(out, edge{to: s.Next})
	}
	for _, c := range s.Catch {
		out = append(out, edge{to: c.Next, label: caught(c.ErrorEquals), caught: true})
	}
	return out
}

// inner are the machines inside of a state.
func (s *State) inner() []*Machine {
	out := slices.Clone(s.Branches)
	if s.ItemProcessor != nil {
		out = append(out, s.ItemProcessor)
	}
	if s.Iterator != nil {
		out = append(out, s.Iterator)
	}
	return out
}

// order lists the names of the states that can be reached, those that come first
// first.
func (m *Machine) order() []string {
	out := []string{m.StartAt}
	for i := 0; i < len(out); i++ {
		state := m.States[out[i]]
		if state == nil {
			continue
		}
		for _, e := range state.edges() {
			if !slices.Contains(out, e.to) {
				out = append(out, e.to)
			}
		}
	}
	return out
}

// Tasks returns the tasks of a machine and of those inside of it, by name. A name
// that comes again has the name of the state around it before it.
func (m *Machine) Tasks() map[string]*State {
	out := map[string]*State{}
	m.tasks("", out)
	return out
}

func (m *Machine) tasks(around string, out map[string]*State) {
	for _, name := range slices.Sorted(maps.Keys(m.States)) {
		s := m.States[name]
		if s.Type == "Task" {
			if out[name] != nil {
				name = around + name
			}
			out[name] = s
		}
		for _, inner := range s.inner() {
			inner.tasks(name+".", out)
		}
	}
}

// Problems says what is wrong with a machine that is deployed: states that are not
// there or cannot be reached, no timeout, and tasks that do not try again, whose
// errors neither they nor a Map or Parallel around them catch, or that may take for
// ever.
func (m *Machine) Problems() []string {
	out := m.problems("", false)
	if m.TimeoutSeconds == 0 {
		out = append(out, "the machine has no TimeoutSeconds")
	}
	slices.Sort(out)
	return out
}

// catchesAll tells whether no error of the state fails the machine.
func (s *State) catchesAll() bool {
	return slices.ContainsFunc(s.Catch, func(c Rule) bool { return slices.Contains(c.ErrorEquals, "States.ALL") })
}

// problems names states with what is around them. caught tells whether an error is
// caught there.
func (m *Machine) problems(around string, caught bool) []string {
	var out []string
	say := func(name, format string, args ...any) {
		out = append(out, around+name+": "+fmt.Sprintf(format, args...))
	}
	reached := m.order()
	for _, name := range reached {
		if m.States[name] == nil {
			say(name, "there is no such state")
		}
	}
	for name, s := range m.States {
		if !slices.Contains(reached, name) {
			say(name, "cannot be reached")
		}
		if s.Type == "Task" {
			if len(s.Retry) == 0 {
				say(name, "has no Retry")
			}
			if !caught && !s.catchesAll() {
				say(name, "has no Catch of States.ALL")
			}
			if s.TimeoutSeconds == nil && s.TimeoutSecondsPath == nil {
				say(name, "has no TimeoutSeconds")
			}
		}
		for _, inner := range s.inner() {
			out = append(out, inner.problems(around+name+".", caught || s.catchesAll())...)
		}
	}
	return out
}
