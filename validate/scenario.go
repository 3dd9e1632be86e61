package validate

import (
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Constraint is what a scenario says of one parameter, pseudo parameter or
// other value that a template leaves open.
type Constraint struct {
	// Symbol is the name, or "A = B" where two parameters are compared.
	Symbol string
	// In lists the values; nil means any value but those in Not.
	In  []string
	Not []string
}

// maxShown bounds how many values of a constraint are written out.
const maxShown = 4

// String writes "Env=prod", "Env in (prod, stage)" or `Env other than "prod"`.
func (c Constraint) String() string {
	quote := func(v string) string {
		if v == "" || strings.ContainsAny(v, " ,()\"=") {
			return strconv.Quote(v)
		}
		return v
	}
	some := func(values []string) string {
		out := make([]string, 0, maxShown)
		for i, v := range values {
			if i == maxShown {
				out = append(out, strconv.Itoa(len(values)-maxShown)+" more")
				break
			}
			out = append(out, quote(v))
		}
		return strings.Join(out, ", ")
	}
	a, b, equation := strings.Cut(c.Symbol, " = ")
	switch {
	case equation && len(c.In) == 1 && c.In[0] == "false":
		return a + " != " + b
	case equation:
		return c.Symbol
	case len(c.In) == 1:
		return c.Symbol + "=" + quote(c.In[0])
	case c.In != nil:
		return c.Symbol + " in (" + some(c.In) + ")"
	case len(c.Not) == 1:
		return c.Symbol + " other than " + quote(c.Not[0])
	default:
		return c.Symbol + " none of (" + some(c.Not) + ")"
	}
}

// Scenario is a set of deployments of a template: those that meet every
// constraint. The empty Scenario is every deployment.
type Scenario []Constraint

// String joins the constraints by ", "; it is empty for every deployment.
func (s Scenario) String() string {
	out := make([]string, len(s))
	for i, c := range s {
		out[i] = c.String()
	}
	return strings.Join(out, ", ")
}

// Admits reports whether a deployment with these values is one of the
// scenario's. A value that is not given is taken to be admitted.
func (s Scenario) Admits(values map[string]string) bool {
	for _, c := range s {
		v, ok := values[c.Symbol]
		if !ok {
			a, b, equation := strings.Cut(c.Symbol, " = ")
			va, oka := values[a]
			vb, okb := values[b]
			if !equation || !oka || !okb {
				continue
			}
			v = strconv.FormatBool(va == vb)
		}
		if c.In != nil && !slices.Contains(c.In, v) || c.In == nil && slices.Contains(c.Not, v) {
			return false
		}
	}
	return true
}

// term is a conjunction of domains, and the values assumed on the way.
type term struct {
	domains map[*symbol]domain
	assumed map[*symbol]string
}

func (t term) with(s *symbol, a alternative) term {
	out := term{domains: map[*symbol]domain{}, assumed: t.assumed}
	for k, v := range t.domains {
		out.domains[k] = v
	}
	// A later choice of the same symbol narrowed it further.
	if _, ok := out.domains[s]; !ok {
		out.domains[s] = a.dom
	}
	return out
}

func (t term) assuming(s *symbol, a alternative) term {
	out := term{domains: t.domains, assumed: map[*symbol]string{}}
	for k, v := range t.assumed {
		out.assumed[k] = v
	}
	if _, ok := out.assumed[s]; !ok {
		out.assumed[s] = a.value
	}
	return out
}

func (t term) scenario() Scenario {
	out := make(Scenario, 0, len(t.domains))
	for s, d := range t.domains {
		c := Constraint{Symbol: s.name, In: slices.Clone(d.values), Not: slices.Clone(d.not)}
		if s.secret {
			c.In, c.Not = mask(c.In), mask(c.Not)
		}
		out = append(out, c)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Symbol < out[j].Symbol })
	return out
}

// mask hides the values of a NoEcho parameter.
func mask(values []string) []string {
	if values == nil {
		return nil
	}
	return []string{"****"}
}

// witness lists the values assumed. Those that stand for any ordinary value are
// left out.
func (t term) witness() []Assignment {
	out := make([]Assignment, 0, len(t.assumed))
	for s, v := range t.assumed {
		if v == s.token {
			continue
		}
		if s.secret {
			v = "****"
		}
		out = append(out, Assignment{Symbol: s.name, Value: v})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Symbol < out[j].Symbol })
	return out
}

// Assignment is a value that a template admits for something it leaves open.
type Assignment struct {
	Symbol, Value string
}

func (a Assignment) String() string { return a.Symbol + "=" + strconv.Quote(a.Value) }

// outcome says in which deployments something holds for certain, and in which
// it may.
type outcome struct {
	holds []term
	may   []term
}

var always = []term{{}}

// decide folds the tree of deployments. has tells whether a leaf has what is
// asked for.
func (b *branch) decide(has func(*leaf) bool) outcome {
	if b.choice == nil {
		if b.leaf != nil && has(b.leaf) {
			return outcome{holds: always}
		}
		return outcome{}
	}
	c := b.choice
	results := make([]outcome, len(c.alts))
	same := true
	for i, next := range c.next {
		results[i] = next.decide(has)
		if i > 0 && key(results[i]) != key(results[0]) {
			same = false
		}
	}
	if same {
		return results[0]
	}
	var out outcome
	usual := slices.ContainsFunc(c.alts, func(a alternative) bool { return !a.assumed })
	for i, a := range c.alts {
		certain := !c.open || usual && !a.assumed
		for _, t := range results[i].holds {
			if certain {
				out.holds = append(out.holds, t.with(c.sym, a))
			} else {
				out.may = append(out.may, t.assuming(c.sym, a))
			}
		}
		for _, t := range results[i].may {
			switch {
			case !c.open:
				out.may = append(out.may, t.with(c.sym, a))
			case certain:
				// What another open value may do does not depend on this one
				// being usual: it may do so all the same.
				out.may = append(out.may, t)
			default:
				out.may = append(out.may, t.assuming(c.sym, a))
			}
		}
	}
	if c.open && !usual {
		// Whatever the value is: what holds for each of them.
		common := results[0].holds
		for _, r := range results[1:] {
			common = both(common, r.holds)
		}
		out.holds = common
	}
	return out
}

// both lists what two alternatives of deployments have in common.
func both(a, b []term) []term {
	var out []term
	for _, x := range a {
		for _, y := range b {
			if t, ok := x.and(y); ok {
				out = append(out, t)
			}
		}
	}
	return out
}

func (t term) and(o term) (term, bool) {
	out := term{domains: map[*symbol]domain{}, assumed: t.assumed}
	for s, d := range t.domains {
		out.domains[s] = d
	}
	for s, d := range o.domains {
		if have, ok := out.domains[s]; ok {
			both, possible := have.intersect(d)
			if !possible {
				return term{}, false
			}
			d = both
		}
		out.domains[s] = d
	}
	return out, true
}

// key identifies an outcome.
func key(o outcome) string {
	var b strings.Builder
	write := func(terms []term) {
		lines := make([]string, len(terms))
		for i, t := range terms {
			lines[i] = t.key()
		}
		sort.Strings(lines)
		for _, l := range lines {
			b.WriteString(l)
			b.WriteByte('\n')
		}
		b.WriteByte('\f')
	}
	write(o.holds)
	write(o.may)
	return b.String()
}

// key identifies a term.
func (t term) key() string {
	parts := make([]string, 0, len(t.domains)+len(t.assumed))
	for s, d := range t.domains {
		parts = append(parts, Constraint{Symbol: s.name, In: d.values, Not: d.not}.identity())
	}
	for s, v := range t.assumed {
		parts = append(parts, s.name+":"+strconv.Quote(v))
	}
	sort.Strings(parts)
	return strings.Join(parts, ";")
}

// identity writes every value, unlike String.
func (c Constraint) identity() string {
	var b strings.Builder
	b.WriteString(c.Symbol)
	for _, v := range c.In {
		b.WriteByte('=')
		b.WriteString(strconv.Quote(v))
	}
	for _, v := range c.Not {
		b.WriteByte('!')
		b.WriteString(strconv.Quote(v))
	}
	return b.String()
}

// first returns a leaf that has what is asked for, with the fewest assumptions:
// the tree is searched in order, defaults first.
func (b *branch) first(has func(*leaf) bool) *leaf {
	if b.choice == nil {
		if b.leaf != nil && has(b.leaf) {
			return b.leaf
		}
		return nil
	}
	for _, next := range b.choice.next {
		if l := next.first(has); l != nil {
			return l
		}
	}
	return nil
}

// leaves calls f for every result of the tree, in order.
func (b *branch) leaves(f func(*leaf)) {
	if b.choice == nil {
		if b.leaf != nil {
			f(b.leaf)
		}
		return
	}
	for _, next := range b.choice.next {
		next.leaves(f)
	}
}
