package validate

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"sync"
	"unicode/utf8"
)

// goal is where in a value a text has to stand.
type goal int

const (
	begins goal = iota
	ends
	within
)

const (
	// maxReach bounds the length of a value that is looked for, in characters, and
	// maxReachStates the work.
	maxReach       = 2048
	maxReachStates = 20000
)

// reach returns a shortest value of a symbol in which a text stands where the goal
// says: in the language of its AllowedPattern, between MinLength and MaxLength. It
// finds none where the pattern is not one of regexp/syntax; a look-ahead is left out
// there, so that the caller has to ask the symbol whether it admits the value.
func (s *symbol) reach(g goal, text string) (string, bool) {
	least, most := 0, maxReach
	if s.minLen != nil && !s.list {
		least = *s.minLen
	}
	if s.maxLen != nil && !s.list {
		most = min(most, *s.maxLen)
	}
	s.automaton.once.Do(func() { s.automaton.compile(s) })
	if s.automaton.prog == nil || least > most {
		return "", false
	}
	r := search{prog: s.automaton.prog, goal: g, text: []rune(text), least: least, most: most}
	for _, c := range r.text {
		if c < utf8.RuneSelf && !s.automaton.ascii[c] {
			return "", false
		}
	}
	return r.run()
}

// automaton is a pattern in the form that is searched, made when it is needed.
type automaton struct {
	once sync.Once
	prog *syntax.Prog
	// ascii are the characters that some part of the pattern matches: most texts
	// that cannot stand in a value have others.
	ascii [utf8.RuneSelf]bool
}

func (a *automaton) compile(s *symbol) {
	pattern := `(?s).*`
	if s.pattern != nil {
		pattern = s.patternText
	}
	if a.prog = program(pattern); a.prog == nil {
		return
	}
	for i := range a.prog.Inst {
		switch inst := &a.prog.Inst[i]; inst.Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			for c := range a.ascii {
				a.ascii[c] = a.ascii[c] || inst.MatchRune(rune(c))
			}
		}
	}
}

// program compiles a pattern without its look-around; nil if it is none.
func program(pattern string) *syntax.Prog {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		re, err = syntax.Parse(lookAhead.ReplaceAllString(pattern, ""), syntax.Perl)
	}
	if err != nil {
		return nil
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil
	}
	return prog
}

// lookAhead finds the look-around that has no groups inside.
var lookAhead = regexp.MustCompile(`\(\?<?[=!](\((\?[a-z]+|\?:[^()]*)?\)|\\.|[^()\\])*\)`)

// search goes through the states of a pattern's automaton, the shortest texts first.
type search struct {
	prog        *syntax.Prog
	goal        goal
	text        []rune
	least, most int
	steps       []step
	seen        map[spot]bool
}

// spot is a state of the search: the instruction, how much of the text stands, how
// long the value is so far (up to the least length), and whether it has to end.
type spot struct {
	pc         uint32
	done, long int
	ended      bool
}

// step is how a spot was come to: from which one, by which character, after how
// many.
type step struct {
	spot
	from  int
	by    rune
	depth int
}

func (r *search) run() (string, bool) {
	r.seen = map[spot]bool{}
	r.follow(step{spot: spot{pc: uint32(r.prog.Start)}, from: -1})
	for i := 0; i < len(r.steps) && i < maxReachStates; i++ {
		at := r.steps[i]
		inst := &r.prog.Inst[at.pc]
		if inst.Op == syntax.InstMatch {
			if at.done == len(r.text) && at.long >= r.least {
				return r.value(i), true
			}
			continue
		}
		if at.ended || at.depth >= r.most {
			continue
		}
		// The next character of the text, or, where the goal leaves it open, any.
		if at.done < len(r.text) && inst.MatchRune(r.text[at.done]) {
			r.emit(i, r.text[at.done], at.done+1)
		}
		open := at.done == len(r.text) && r.goal != ends || at.done == 0 && r.goal != begins
		if c, ok := representative(inst); open && ok {
			r.emit(i, c, at.done)
		}
	}
	return "", false
}

// emit goes on from a step by a character.
func (r *search) emit(from int, by rune, done int) {
	at := r.steps[from]
	r.follow(step{
		spot: spot{pc: r.prog.Inst[at.pc].Out, done: done, long: min(at.long+1, r.least)},
		from: from, by: by, depth: at.depth + 1,
	})
}

// follow adds a spot, and those that follow from it without a character.
func (r *search) follow(s step) {
	if r.seen[s.spot] {
		return
	}
	r.seen[s.spot] = true
	inst := &r.prog.Inst[s.pc]
	next := func(pc uint32) {
		s.pc = pc
		r.follow(s)
	}
	switch inst.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		next(inst.Out)
		next(inst.Arg)
	case syntax.InstCapture, syntax.InstNop:
		next(inst.Out)
	case syntax.InstEmptyWidth:
		width := syntax.EmptyOp(inst.Arg)
		if width&(syntax.EmptyWordBoundary|syntax.EmptyNoWordBoundary) != 0 {
			return
		}
		if width&(syntax.EmptyBeginText|syntax.EmptyBeginLine) != 0 && s.depth > 0 {
			return
		}
		s.ended = s.ended || width&(syntax.EmptyEndText|syntax.EmptyEndLine) != 0
		next(inst.Out)
	case syntax.InstFail:
	default:
		r.steps = append(r.steps, s)
	}
}

func (r *search) value(i int) string {
	var out []rune
	for ; r.steps[i].from >= 0; i = r.steps[i].from {
		out = append(out, r.steps[i].by)
	}
	slices.Reverse(out)
	return string(out)
}

// representative is a character that an instruction matches, a plain one if it can.
func representative(inst *syntax.Inst) (rune, bool) {
	for _, c := range "xa0-" {
		if inst.MatchRune(c) {
			return c, true
		}
	}
	if len(inst.Rune) > 0 {
		return inst.Rune[0], inst.MatchRune(inst.Rune[0])
	}
	return 0, false
}
