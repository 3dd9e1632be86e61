package guard

import (
	"strconv"
	"strings"
)

func containsText(s, part string) bool { return strings.Contains(s, part) }

// Cause says how a clause failed.
type Cause uint8

const (
	// Mismatch: the value is not as it should be.
	Mismatch Cause = iota
	// Missing: the path of the clause leads nowhere from Value.
	Missing
	// MissingOther: the path on the right of the operator leads nowhere.
	MissingOther
	// Nothing: there was no value to judge where there must be one.
	Nothing
	// Dependency: a rule that the clause refers to did not pass.
	Dependency
)

// Finding is one reason for which a rule failed.
type Finding struct {
	// Rule is the name of the rule.
	Rule string
	// Message is the message of the clause, of the call of the rule that has
	// the clause, or empty. Blank space around it is cut.
	Message string
	// Cause says how the clause failed.
	Cause Cause
	// Clause is the text of the clause in its normal form, without message.
	Clause string
	// At is where the clause stands in the rule file.
	At Pos
	// Path is the JSON pointer of Value, and of the place that the path has
	// reached when Cause is Missing.
	Path string
	// Rest is what remains of the path when Cause is Missing or
	// MissingOther.
	Rest string
	// Wanted are the keys that Rest begins with when Cause is Missing.
	Wanted []string
	// Value is the offending value; nil when Cause is Nothing or Dependency.
	Value *Value
	// Other is the value compared with; nil if there is none, or more than
	// one.
	Other *Value
	// Called is where the rule that has the clause is called; zero if the
	// clause is in the rule itself.
	Called Pos

	literal bool // the clause shows Other
}

// Describe says what failed in one line, without the message.
func (f *Finding) Describe() string { return f.describe(short) }

// Explain says what failed in one line, without the message, and what the value
// was compared with where the clause does not show it. Unless values is set,
// texts, lists and maps are named by their kind only: they may hold what nobody
// should see.
func (f *Finding) Explain(values bool) string {
	show := short
	if !values {
		show = func(v *Value) string {
			switch v.kind {
			case KindNull, KindBool, KindInt, KindFloat:
				return short(v)
			}
			return v.kind.article()
		}
	}
	text := f.describe(show)
	switch {
	case f.Other == nil || f.literal:
	case f.Other.parent == nil:
		text += ", compared with " + short(f.Other) // of the rule file
	default:
		text += ", compared with " + show(f.Other)
	}
	return text
}

func (f *Finding) describe(show func(*Value) string) string {
	switch f.Cause {
	case Missing:
		return f.Clause + ": " + f.Rest + " does not exist"
	case MissingOther:
		return f.Clause + ": the value to compare with does not exist: " + f.Rest
	case Nothing:
		return f.Clause + ": there is nothing to judge"
	case Dependency:
		return f.Clause + ": the rule did not give what is needed"
	}
	if f.Value == nil {
		return f.Clause
	}
	return f.Clause + ": the value is " + show(f.Value)
}

// short renders a value in at most 120 bytes.
func short(v *Value) string {
	s := v.String()
	if len(s) <= 120 {
		return s
	}
	cut := 117
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut] + "..."
}

// failure is a Finding before it is known that the rule fails.
type failure struct {
	access    *accessClause
	block     *queryBlock
	ref       *ruleRef
	call      *ruleCall // that has the message, or nil
	left      result
	right     *Value
	rightLost result
}

func (r *run) fail(f failure) {
	if r.quiet > 0 || len(r.failures) >= MaxFindings {
		return
	}
	r.failures = append(r.failures, f)
}

// findings makes findings of the failures of a rule.
func (r *run) findings(rule *Rule) []Finding {
	if len(r.failures) == 0 {
		return nil
	}
	out := make([]Finding, len(r.failures))
	for i := range r.failures {
		r.finding(&out[i], &r.failures[i])
		out[i].Rule = rule.Name
	}
	return out
}

func (r *run) finding(out *Finding, f *failure) {
	has := false
	switch {
	case f.access != nil:
		c := f.access
		out.Clause, out.At = c.text(), r.file.position(c.at)
		out.Message, has = c.message, c.hasMsg
		out.literal = c.rhs != nil && c.rhs.literal != nil
	case f.block != nil:
		out.Clause, out.At = f.block.query.String()+" { }", r.file.position(f.block.at)
	case f.ref != nil:
		out.Clause, out.At = f.ref.text(), r.file.position(f.ref.at)
		out.Message, has = f.ref.message, f.ref.hasMsg
		out.Cause = Dependency
	}
	if f.call != nil {
		out.Called = r.file.position(f.call.at)
		if !has {
			out.Message = f.call.message
		}
	}
	out.Message = strings.TrimSpace(out.Message)
	if f.left.value != nil {
		out.Value, out.Path = f.left.value, f.left.value.Path()
	}
	out.Other = f.right
	switch {
	case f.rightLost.value != nil:
		out.Cause, out.Rest = MissingOther, f.rightLost.query.rest(f.rightLost.part)
	case f.left.kind == unresolved:
		out.Cause, out.Rest = Missing, f.left.query.rest(f.left.part)
		out.Wanted = f.left.query.keysFrom(f.left.part)
	case f.left.value == nil && f.ref == nil:
		out.Cause = Nothing
	}
}

// String renders the path in its normal form.
func (q *query) String() string {
	if q.some {
		return "some " + q.rest(0)
	}
	return q.rest(0)
}

// keysFrom gives the keys that a path has from a step on, up to the first step
// that is none.
func (q *query) keysFrom(i int) []string {
	var keys []string
	for ; i < len(q.parts) && q.parts[i].kind == partKey && !q.parts[i].numeric; i++ {
		keys = append(keys, q.parts[i].name)
	}
	return keys
}

// rest renders the path from a step on.
func (q *query) rest(from int) string {
	var b strings.Builder
	for i := from; i < len(q.parts); i++ {
		t := &q.parts[i]
		if i > from && t.dotted() {
			b.WriteByte('.')
		}
		t.write(&b)
	}
	return b.String()
}

func (t *part) dotted() bool {
	return t.kind == partKey || t.kind == partVar || t.kind == partAllValues && t.capName == ""
}

func (t *part) write(b *strings.Builder) {
	switch t.kind {
	case partThis:
		b.WriteString("this")
	case partVar:
		b.WriteString("%" + t.name)
	case partKey:
		if plainName(t.name) {
			b.WriteString(t.name)
		} else {
			b.WriteString(quote(t.name))
		}
	case partIndex:
		b.WriteString("[" + strconv.FormatInt(t.index, 10) + "]")
	case partAllIndices:
		b.WriteString("[" + orStar(t.capName) + "]")
	case partAllValues:
		if t.capName == "" {
			b.WriteString("*")
		} else {
			b.WriteString("[ " + t.capName + " ]")
		}
	case partFilter:
		b.WriteString("[ " + t.captureText() + t.filter.text(" ") + " ]")
	case partKeys:
		op := t.op.String()
		if t.negated {
			op = "not " + op
		}
		b.WriteString("[ " + t.captureText() + "keys " + op + " " + t.rhs.text() + " ]")
	}
}

func (t *part) captureText() string {
	if t.capName == "" {
		return ""
	}
	return t.capName + " | "
}

func orStar(name string) string {
	if name == "" {
		return "*"
	}
	return name
}

// plainName reports whether a key needs no quotes in a path.
func plainName(s string) bool {
	if s == "" || !isNameStart(s[0]) {
		return false
	}
	for _, c := range s {
		if !isNameRune(c) {
			return false
		}
	}
	return true
}

// quote writes a string of a rule file. Only the delimiter can be escaped.
func quote(s string) string {
	if !strings.Contains(s, `"`) {
		return `"` + s + `"`
	}
	if !strings.Contains(s, "'") {
		return "'" + s + "'"
	}
	return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"`
}
