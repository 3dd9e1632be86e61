package validate

import (
	"context"
	"errors"
	"slices"
)

// Limits of the search for one rule on one resource (or, for a rule of
// template scope, on one template).
const (
	// MaxScenarios is how many deployments that differ in parameter values or
	// conditions are told apart. One more is an error that says so.
	MaxScenarios = 256
	// MaxCombinations is how many combinations of values that the template
	// leaves open are tried exhaustively. Past it, open values in different
	// items of a list or entries of a map are varied one item at a time, and
	// the result says so.
	MaxCombinations = 16
	// MaxCandidates is how many deployments with open values are tried in all.
	// Past it the finding is undecided and says so.
	MaxCandidates = 512
)

var (
	errScenarios  = errors.New("more than 256 scenarios")
	errCandidates = errors.New("more than 512 combinations of open values")
)

// alternative is one way to go on at a choice.
type alternative struct {
	// dom is the symbol's domain after taking it.
	dom domain
	// value is the value that stands for the domain where the symbol is used
	// as a value.
	value string
	// assumed marks a value that nothing in the template makes likely: no
	// default, no allowed value, no condition.
	assumed bool
}

// choice is a node of the tree of deployments: a symbol, and what follows from
// each alternative.
type choice struct {
	sym  *symbol
	alts []alternative
	next []*branch
	// open means that the symbol's value is free and the alternatives are
	// classes of values, not scenarios.
	open bool
}

// branch is what follows an alternative: another choice, or a result.
type branch struct {
	choice *choice
	leaf   *leaf
}

// world is one deployment under consideration: what has been chosen so far.
// Choices are made when a value is needed; run explores all of them.
type world struct {
	r *resolver
	// cand tells which values of open symbols are worth telling apart; nil
	// tells none apart.
	cand *candidates

	domains map[*symbol]domain
	values  map[*symbol]string
	conds   map[string]bool

	// frozen means that a finished run is looked at again: the tree stays.
	frozen bool
	// cell is the innermost list item or map entry that is being computed.
	// itemwise allows unusual values in one cell at a time; unusual is that
	// cell, once there is one.
	cell, unusual any
	itemwise      bool
	// masked makes values of NoEcho parameters stand as their token: what is
	// computed is shown to people.
	masked bool
	// metOpen is set once an open value that may be anything is used.
	metOpen bool

	// touched is set when a choice has to do with what is being computed.
	touched bool

	script []int     // alternatives to take, in order of the choices
	taken  []*choice // choices met in this run
	path   *branch
	step   int
}

// leaf is the end of one run.
type leaf struct {
	script  []int
	outcome any
	err     error
}

// explore runs f once for every distinguishable deployment and returns the tree
// of what was chosen. Every leaf's outcome is what f returned. It ends with the error
// of ctx, since a rule about a large template takes long for each of its runs.
func (w *world) explore(ctx context.Context, f func() (any, error)) (*branch, error) {
	root := &branch{}
	script := []int{}
	// Of the runs, those in which every open value is usual tell scenarios
	// apart; the others only try values.
	runs, scenarios, opened := 0, 0, false
	w.itemwise = false
	for {
		if err := ctx.Err(); err != nil {
			return root, err
		}
		w.reset(root, script)
		outcome, err := f()
		picks := make([]int, len(w.taken))
		copy(picks, script)
		usual := true
		for i, c := range w.taken {
			opened = opened || c.open
			usual = usual && !(c.open && picks[i] > 0)
		}
		w.path.leaf = &leaf{script: picks, outcome: outcome, err: err}
		runs++
		if usual {
			scenarios++
		}
		switch {
		case scenarios > MaxScenarios:
			return root, errScenarios
		case runs > MaxCombinations && opened && !w.itemwise:
			root, script, runs, scenarios, w.itemwise = &branch{}, nil, 0, 0, true
			continue
		case runs > MaxCandidates:
			return root, errCandidates
		}
		// Advance the last choice that has another alternative.
		i := len(picks) - 1
		for i >= 0 && picks[i]+1 >= len(w.taken[i].alts) {
			i--
		}
		if i < 0 {
			return root, nil
		}
		script = append(slices.Clone(picks[:i]), picks[i]+1)
	}
}

// replay makes the world that led to a leaf current again.
func (w *world) replay(root *branch, l *leaf, f func()) {
	w.reset(root, l.script)
	w.frozen = true
	f()
	w.frozen = false
}

func (w *world) reset(root *branch, script []int) {
	clear(w.domains)
	clear(w.values)
	clear(w.conds)
	w.metOpen, w.cell, w.unusual = false, nil, nil
	w.script, w.taken, w.path, w.step = script, w.taken[:0], root, 0
}

func (w *world) domain(s *symbol) domain {
	if d, ok := w.domains[s]; ok {
		return d
	}
	return s.initial
}

// choose takes an alternative and narrows the symbol to it. A single
// alternative is no choice.
func (w *world) choose(s *symbol, alts []alternative, open bool) alternative {
	w.touched = true
	if len(alts) == 1 {
		w.domains[s] = alts[0].dom
		return alts[0]
	}
	if w.frozen && w.step >= len(w.script) {
		// Nothing that was judged depends on this.
		w.domains[s] = alts[0].dom
		return alts[0]
	}
	if w.itemwise && open && w.unusual != nil && w.unusual != w.cell {
		w.domains[s] = alts[0].dom
		return alts[0]
	}
	c := w.path.choice
	if c == nil {
		c = &choice{sym: s, alts: alts, open: open, next: make([]*branch, len(alts))}
		for i := range c.next {
			c.next[i] = &branch{}
		}
		w.path.choice = c
	}
	pick := 0
	if w.step < len(w.script) {
		pick = w.script[w.step]
	}
	w.step++
	w.taken = append(w.taken, c)
	w.path = c.next[pick]
	w.domains[s] = c.alts[pick].dom
	if open && pick > 0 {
		w.unusual = w.cell
	}
	return c.alts[pick]
}

// equals decides whether a symbol has a value, as a condition asks.
func (w *world) equals(s *symbol, v string) bool {
	w.touched = true
	d := w.domain(s)
	if got, ok := d.single(); ok {
		return got == v
	}
	if !d.has(v) || !s.admits(v) {
		return false
	}
	yes := alternative{dom: domain{values: []string{v}}, value: v}
	var no alternative
	if d.values != nil {
		rest := make([]string, 0, len(d.values)-1)
		for _, x := range d.values {
			if x != v {
				rest = append(rest, x)
			}
		}
		no.dom = domain{values: rest}
	} else {
		no.dom = domain{not: append(slices.Clone(d.not), v)}
	}
	return w.choose(s, []alternative{yes, no}, false).dom.has(v)
}

// fact decides an equation of two symbols that are both open.
func (w *world) fact(a, b *symbol) bool {
	s := w.r.factSymbol(a, b)
	return w.equals(s, "true")
}
