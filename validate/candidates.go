package validate

import (
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/fsxns3ap/guardhook/internal/schema"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// affix is the literal text around a symbol inside a longer text, as in
// "arn:aws:s3:::${Bucket}/*". An any flag means that there is more that is not
// known on that side.
type affix struct {
	pre, post       string
	preAny, postAny bool
}

// candidates tells which values of an open symbol can make a difference to one
// rule: those that stand in different relations to the rule's vocabulary.
type candidates struct {
	*lexicon
	// affixes of every symbol in what the rule reads, by symbol name.
	affixes map[string][]affix
	// shapes of the properties that a symbol stands for alone.
	shapes map[string]schema.Kind
	// branches means that nobody looks at values: those of a function that computes
	// with listed ones are not told apart.
	branches bool
	// collect fills affixes and shapes; it runs when the first open symbol is
	// met, which for most resources is never.
	collect func()
	tried   map[*symbol][]candidate
	// stable holds the values of nodes that no choice has to do with.
	stable, gateStable map[pureKey]stableValue
}

// stableValue is the same in every run of one exploration.
type stableValue struct {
	value ast.Value
	open  bool // an open value is part of it
}

// lexicon is a rule's vocabulary, made ready once.
type lexicon struct {
	vocabulary *rules.Vocabulary
	patterns   []*regexp.Regexp
	samples    []string
	// literals means that open values are not tried.
	literals bool
}

func newLexicon(v *rules.Vocabulary, literals bool) *lexicon {
	l := &lexicon{vocabulary: v, literals: literals}
	if len(v.Witnesses) > 0 || literals {
		// Nothing is matched with patterns then.
		return l
	}
	for _, p := range v.Patterns {
		re, err := regexp.Compile(p)
		if err != nil {
			continue
		}
		l.patterns = append(l.patterns, re)
		if text, ok := sample(p); ok && re.MatchString(text) {
			l.samples = append(l.samples, text)
		}
	}
	return l
}

func newCandidates(l *lexicon) *candidates {
	return &candidates{lexicon: l, tried: map[*symbol][]candidate{}, stable: map[pureKey]stableValue{}, gateStable: map[pureKey]stableValue{}}
}

// candidate is a value worth trying and its relations to the vocabulary.
type candidate struct {
	value, signature string
}

// of lists the candidates for a symbol that it admits, one per signature.
func (c *candidates) of(s *symbol, affixes []affix) []candidate {
	if list, ok := c.tried[s]; ok {
		return list
	}
	list := []candidate{}
	for _, v := range c.values(s, affixes) {
		if s.admits(v) {
			list = append(list, candidate{v, c.signature(v, affixes)})
		}
	}
	c.tried[s] = list
	return list
}

func (c *candidates) uses(name string) []affix {
	if c.affixes == nil {
		c.affixes = map[string][]affix{}
		c.shapes = map[string]schema.Kind{}
		if c.collect != nil {
			c.collect()
		}
	}
	if a := c.affixes[name]; len(a) > 0 {
		return a
	}
	return []affix{{}}
}

// value gives a symbol a value: the only one, or one of the classes that the
// rule can tell apart.
func (w *world) value(s *symbol) string {
	d := w.domain(s)
	if _, narrowed := w.domains[s]; narrowed {
		w.touched = true
	}
	if v, ok := d.single(); ok {
		return v
	}
	if w.cand == nil {
		alts, _ := w.classes(s, d)
		return alts[0].value
	}
	// A value once given stays, though a condition may narrow the domain since.
	if v, ok := w.values[s]; ok && (v == s.token || d.has(v)) {
		return v
	}
	w.metOpen = w.metOpen || d.values == nil && !s.plain
	alts, open := w.classes(s, d)
	if len(alts) == 1 {
		// Not a choice: the domain stays as it is.
		w.values[s] = alts[0].value
		return alts[0].value
	}
	v := w.choose(s, alts, open).value
	w.values[s] = v
	return v
}

// classes divides a domain. The class of the default comes first.
func (w *world) classes(s *symbol, d domain) (alts []alternative, open bool) {
	if d.values != nil {
		return w.listed(s, d.values), false
	}
	rest := s.ordinary()
	if s.def != nil && d.has(*s.def) {
		rest = *s.def
	}
	if w.cand == nil || s.plain || w.cand.literals {
		if s.plain && s.def != nil && d.has(*s.def) && *s.def != "" {
			return []alternative{{dom: d, value: *s.def}}, true
		}
		if s.plain && s.def != nil && d.has(*s.def) {
			// An empty default differs from every identifier.
			return []alternative{
				{dom: domain{values: []string{*s.def}}, value: *s.def},
				{dom: domain{not: append(slices.Clone(d.not), *s.def)}, value: s.token, assumed: true},
			}, true
		}
		return []alternative{{dom: d, value: rest}}, true
	}
	affixes := w.cand.uses(s.name)
	ordinary := rest
	if s.def != nil {
		ordinary = s.ordinary()
	}
	signature := func(v string) string { return w.cand.signature(v, affixes) }
	restSignature := signature(ordinary)
	seen := map[string]bool{restSignature: true}
	not := slices.Clone(d.not)
	var special []alternative
	for _, c := range w.cand.of(s, affixes) {
		if !d.has(c.value) || s.def != nil && c.value == *s.def {
			continue
		}
		if !seen[c.signature] {
			seen[c.signature] = true
			special = append(special, alternative{dom: domain{values: []string{c.value}}, value: c.value, assumed: true})
		}
		not = append(not, c.value)
	}
	if s.def != nil && d.has(*s.def) {
		if sig := signature(*s.def); sig != restSignature {
			alts = append(alts, alternative{dom: domain{values: []string{*s.def}}, value: *s.def})
			not = append(not, *s.def)
			alts = append(alts, alternative{dom: domain{not: not}, value: ordinary, assumed: true})
			// A candidate like the default adds nothing.
			for _, a := range special {
				if signature(a.value) != sig {
					alts = append(alts, a)
				}
			}
			return alts, true
		}
	}
	alts = append(alts, alternative{dom: domain{not: slices.Compact(not)}, value: rest, assumed: s.def == nil})
	alts = append(alts, special...)
	if len(alts) == 1 {
		alts[0].dom = d
	}
	return alts, true
}

// listed groups allowed values by their relations to the vocabulary. The first
// of a group stands for it; the default stands for its own.
func (w *world) listed(s *symbol, values []string) []alternative {
	if w.cand == nil {
		v := values[0]
		if s.def != nil && slices.Contains(values, *s.def) {
			v = *s.def
		}
		return []alternative{{dom: domain{values: values}, value: v}}
	}
	affixes := w.cand.uses(s.name)
	index := map[string]int{}
	var alts []alternative
	for _, v := range values {
		sig := w.cand.signature(v, affixes)
		i, ok := index[sig]
		if !ok {
			i = len(alts)
			index[sig] = i
			alts = append(alts, alternative{value: v})
		}
		alts[i].dom.values = append(alts[i].dom.values, v)
		if s.def != nil && v == *s.def {
			alts[i].value = v
		}
	}
	return alts
}

// ordinary is a value that is unlike every constant, as far as the declaration has one.
func (s *symbol) ordinary() string {
	switch {
	case s.number:
		return ordinaryNumber(s)
	case len(s.items) > 0:
		return s.items[0]
	}
	return s.token
}

// ordinaryNumber is a number within the symbol's limits.
func ordinaryNumber(s *symbol) string {
	v := 1.0
	if s.minVal != nil && v < *s.minVal {
		v = *s.minVal
	}
	if s.maxVal != nil && v > *s.maxVal {
		v = *s.maxVal
	}
	return formatNumber(v)
}

func formatNumber(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// values lists what is worth trying for a symbol, in a fixed order.
func (c *candidates) values(s *symbol, affixes []affix) []string {
	var out []string
	add := func(v string) {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	// Where the declaration refuses the plain value, there may be another one in
	// which the text stands at the same place.
	lengthened := func(g goal, text, plain string) {
		if s.admits(plain) {
			add(plain)
		} else if longer, ok := s.reach(g, text); ok {
			add(longer)
		}
	}
	if s.items != nil {
		return s.items
	}
	shape := c.shapes[s.name]
	if s.number || shape == schema.Number {
		numbers := slices.Clone(c.vocabulary.Numbers)
		if s.minVal != nil {
			numbers = append(numbers, *s.minVal)
		}
		if s.maxVal != nil {
			numbers = append(numbers, *s.maxVal)
		}
		sort.Float64s(numbers)
		for _, n := range numbers {
			add(formatNumber(n))
			add(formatNumber(n + 1))
			add(formatNumber(n - 1))
		}
		for _, v := range c.vocabulary.Strings {
			if _, err := strconv.ParseFloat(v, 64); err == nil {
				add(v)
			}
		}
		return out
	}
	if shape == schema.Bool {
		return []string{"true", "false", "True", "False", "TRUE", "FALSE"}
	}
	for _, a := range affixes {
		for _, v := range c.vocabulary.Witnesses {
			// As the whole text, and a wildcard as the part that is open.
			if inner, ok := a.cut(v); ok {
				add(inner)
			} else if !strings.ContainsFunc(v, unicode.IsLetter) {
				add(v)
			}
		}
		constants := c.vocabulary.Strings
		if len(c.vocabulary.Witnesses) > 0 {
			constants = c.vocabulary.Compared
		}
		for _, v := range constants {
			if inner, ok := a.cut(v); ok {
				add(inner)
			}
		}
		if len(c.vocabulary.Witnesses) > 0 {
			continue
		}
		for _, v := range c.vocabulary.Prefixes {
			if rest, ok := strings.CutPrefix(v, a.pre); ok || a.preAny {
				lengthened(begins, rest, rest+"x")
			}
		}
		for _, v := range c.vocabulary.Suffixes {
			if rest, ok := strings.CutSuffix(v, a.post); ok || a.postAny {
				lengthened(ends, rest, "x"+rest)
			}
		}
		for _, v := range c.vocabulary.Infixes {
			lengthened(within, v, "x"+v+"x")
		}
		for _, v := range c.samples {
			if inner, ok := a.cut(v); ok {
				add(inner)
				if !s.admits(inner) {
					// The pattern may allow more around what it asks for.
					for _, g := range []goal{begins, ends, within} {
						if longer, ok := s.reach(g, inner); ok {
							add(longer)
						}
					}
				}
			}
		}
	}
	return out
}

// cut returns the part of a whole text that the symbol would have to be.
func (a affix) cut(whole string) (string, bool) {
	if a.preAny {
		i := strings.LastIndex(whole, a.pre)
		if i < 0 {
			return "", false
		}
		if a.pre != "" {
			whole = whole[i+len(a.pre):]
		}
	} else {
		rest, ok := strings.CutPrefix(whole, a.pre)
		if !ok {
			return "", false
		}
		whole = rest
	}
	if a.postAny {
		i := strings.Index(whole, a.post)
		if i < 0 {
			return "", false
		}
		if a.post != "" {
			whole = whole[:i]
		}
		return whole, true
	}
	return strings.CutSuffix(whole, a.post)
}

// signature describes the relations of a value, in each of its uses, to the
// vocabulary.
func (c *candidates) signature(v string, affixes []affix) string {
	if len(c.vocabulary.Witnesses) > 0 || c.vocabulary.Opaque {
		// The rule computes with the value: relations do not tell.
		return v
	}
	var b strings.Builder
	for _, a := range affixes {
		text := a.pre + v + a.post
		voc := c.vocabulary
		relation := func(constants []string, holds func(string, string) bool) {
			for i, k := range constants {
				if holds(text, k) {
					b.WriteString(strconv.Itoa(i))
					b.WriteByte(',')
				}
			}
			b.WriteByte('|')
		}
		equal := func(x, k string) bool { return x == k }
		for _, constants := range [...][]string{voc.Strings, voc.Witnesses} {
			relation(constants, equal)
			relation(constants, strings.EqualFold)
		}
		relation(voc.Prefixes, strings.HasPrefix)
		relation(voc.Suffixes, strings.HasSuffix)
		relation(voc.Infixes, strings.Contains)
		for i, re := range c.patterns {
			if re.MatchString(text) {
				b.WriteString(strconv.Itoa(i))
				b.WriteByte(',')
			}
		}
		b.WriteByte('|')
		if text == "" {
			b.WriteByte('e')
		}
		if word := strings.ToLower(text); word == "true" || word == "false" {
			// What a property that is a boolean takes for one.
			b.WriteByte(word[0])
		}
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			b.WriteByte('n')
			for _, n := range voc.Numbers {
				switch {
				case f < n:
					b.WriteByte('<')
				case f > n:
					b.WriteByte('>')
				default:
					b.WriteByte('=')
				}
			}
		}
		b.WriteByte(';')
	}
	return b.String()
}

// collectAffixes finds the uses of symbols in a node, for the parts that are
// read.
func (r *resolver) collectAffixes(n *template.Node, reads *rules.Reads, shape *schema.Shape, c *candidates) {
	if n = n.Beside(); n == nil || reads == nil || n.Pure && !hasDynamicReference(n) {
		return
	}
	switch n.Kind {
	case template.Map:
		for i, k := range n.Keys {
			r.collectAffixes(n.Items[i], reads.Field(k.Name), shape.Field(k.Name), c)
		}
	case template.List:
		for _, item := range n.Items {
			r.collectAffixes(item, reads.Element(), shape.Element(), c)
		}
	case template.String:
		for i, p := range dynamicParts(n.Text) {
			if p.Name != "" {
				c.add(p.Name, surround(dynamicParts(n.Text), i))
			}
		}
	case template.Call:
		r.collectCall(n, reads, shape, c)
	}
}

func (r *resolver) collectCall(n *template.Node, reads *rules.Reads, shape *schema.Shape, c *candidates) {
	switch n.Fn {
	case "Ref", "Fn::GetAtt", "Fn::ImportValue", "Fn::Transform":
		name := r.externalName(n)
		c.add(name, affix{})
		if shape != nil && shape.Kind != schema.Any {
			k := shape.Kind
			if k == schema.List {
				k = shape.Element().Kind
			}
			c.shapes[name] = k
		}
	case "Fn::Sub":
		for i, p := range n.Parts {
			if p.Name == "" {
				continue
			}
			a := surround(n.Parts, i)
			if len(n.Items) > 1 {
				if v := n.Items[1].Get(p.Name); v != nil {
					r.collectWithin(v, a, c)
					continue
				}
			}
			c.add(p.Name, a)
		}
	case "Fn::Join":
		if len(n.Items) == 2 && n.Items[1].Kind == template.List {
			delim := n.Items[0].Text
			for i, item := range n.Items[1].Items {
				r.collectWithin(item, joinSurround(n.Items[1].Items, i, delim), c)
			}
			return
		}
		r.collectAll(n, c)
	case "Fn::If":
		for _, item := range n.Items[1:] {
			r.collectAffixes(item, reads, shape, c)
		}
	default:
		r.collectAll(n, c)
	}
}

// collectWithin collects from a node whose value stands inside a longer text.
func (r *resolver) collectWithin(n *template.Node, a affix, c *candidates) {
	switch {
	case n.Kind == template.Call && n.Fn == "Fn::If":
		for _, item := range n.Items[1:] {
			r.collectWithin(item, a, c)
		}
	case n.Kind == template.Call && (n.Fn == "Ref" || n.Fn == "Fn::GetAtt" || n.Fn == "Fn::ImportValue"):
		c.add(r.externalName(n), a)
	default:
		r.collectAll(n, c)
	}
}

// collectAll records every symbol below a node as standing in a text of which
// nothing is known.
func (r *resolver) collectAll(n *template.Node, c *candidates) {
	if n.Kind == template.Call {
		switch n.Fn {
		case "Ref", "Fn::GetAtt", "Fn::ImportValue", "Fn::Transform":
			c.add(r.externalName(n), affix{preAny: true, postAny: true})
			return
		case "Fn::Sub":
			for _, p := range n.Parts {
				if p.Name != "" {
					c.add(p.Name, affix{preAny: true, postAny: true})
				}
			}
		}
	}
	for _, item := range n.Items {
		r.collectAll(item, c)
	}
}

func (c *candidates) add(name string, a affix) {
	if !slices.Contains(c.affixes[name], a) {
		c.affixes[name] = append(c.affixes[name], a)
	}
}

func surround(parts []template.Part, i int) affix {
	var a affix
	for j, p := range parts {
		switch {
		case j < i && p.Name == "":
			a.pre += p.Text
		case j < i:
			a.preAny, a.pre = true, ""
		case j > i && p.Name == "" && !a.postAny:
			a.post += p.Text
		case j > i:
			a.postAny = true
		}
	}
	return a
}

func joinSurround(items []*template.Node, i int, delim string) affix {
	var a affix
	for j, item := range items {
		literal := item.Kind == template.String || item.Kind == template.Number || item.Kind == template.Bool
		switch {
		case j < i && literal:
			a.pre += item.Text + delim
		case j < i:
			a.preAny, a.pre = true, delim
		case j > i && literal && !a.postAny:
			a.post += delim + item.Text
		case j > i && !a.postAny:
			a.post += delim
			a.postAny = true
		}
	}
	return a
}
