package validate

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/fsxns3ap/guardhook/validate/template"
)

// noValue is what AWS::NoValue evaluates to: the property or element is absent.
type noValue struct{}

// list is the value of a list, object that of a map. Scalars are string, bool,
// json.Number and nil.
type (
	list   = []any
	object = map[string]any
)

// resolveError is a value that cannot be computed for a reason that lies in
// the template.
type resolveError struct {
	Problem
}

func (e *resolveError) Error() string { return e.String() }

func (r *resolver) errorf(pos template.Pos, format string, args ...any) error {
	return &resolveError{Problem{Pos: pos, File: r.t.File, Message: fmt.Sprintf(format, args...)}}
}

// eval computes a node in the current world.
func (w *world) eval(n *template.Node) (any, error) {
	n = n.Beside()
	switch n.Kind {
	case template.Null:
		return nil, nil
	case template.Bool:
		return n.Text == "true", nil
	case template.Number:
		return json.Number(n.Text), nil
	case template.String:
		return w.literal(n.Text), nil
	case template.List:
		out := make(list, 0, len(n.Items))
		for _, item := range n.Items {
			v, err := w.eval(item)
			if err != nil {
				return nil, err
			}
			if _, absent := v.(noValue); !absent {
				out = append(out, v)
			}
		}
		return out, nil
	case template.Map:
		out := make(object, len(n.Items))
		for i, item := range n.Items {
			v, err := w.eval(item)
			if err != nil {
				return nil, err
			}
			if _, absent := v.(noValue); !absent {
				out[n.Keys[i].Name] = v
			}
		}
		return out, nil
	default:
		return w.call(n)
	}
}

// literal gives a text with its SSM dynamic references replaced by the values
// they may have.
func (w *world) literal(text string) string {
	parts := dynamicParts(text)
	if parts == nil {
		return text
	}
	var b strings.Builder
	for _, p := range parts {
		if p.Name == "" {
			b.WriteString(p.Text)
		} else {
			b.WriteString(w.value(w.r.symbol(p.Name)))
		}
	}
	return b.String()
}

// call computes an intrinsic function.
func (w *world) call(n *template.Node) (any, error) {
	switch n.Fn {
	case "Fn::Select", "Fn::Split", "Fn::Cidr", "Fn::ToJsonString":
		if s := w.onlyListed(n); s != nil && !(w.cand != nil && w.cand.branches) {
			return w.byOutcome(n, s)
		}
	}
	switch n.Fn {
	case "Ref":
		if n.Items[0].Text == "AWS::NoValue" {
			return noValue{}, nil
		}
		return w.symbolValue(w.r.symbol(w.r.externalName(n))), nil
	case "Fn::GetAtt", "Fn::ImportValue", "Fn::Transform":
		return w.symbolValue(w.r.symbol(w.r.externalName(n))), nil
	case "Fn::If":
		branch, err := w.branch(n)
		if err != nil {
			return nil, err
		}
		return w.eval(branch)
	case "Fn::Sub":
		return w.sub(n)
	case "Fn::Join":
		return w.join(n)
	case "Fn::Select":
		return w.selectItem(n)
	case "Fn::Split":
		return w.split(n)
	case "Fn::FindInMap":
		return w.findInMap(n)
	case "Fn::Base64":
		v, err := w.eval(n.Items[0])
		if err != nil {
			return nil, err
		}
		return base64.StdEncoding.EncodeToString([]byte(text(v))), nil
	case "Fn::Cidr":
		return w.cidr(n)
	case "Fn::GetAZs":
		return w.zones(n)
	case "Fn::Length":
		w.settle(n.Items[0])
		v, err := w.eval(n.Items[0])
		if err != nil {
			return nil, err
		}
		items, ok := v.(list)
		if !ok {
			return nil, w.r.errorf(n.Pos, "Fn::Length: the argument is not a list")
		}
		if n.Items[0].Kind != template.List && w.open(items) {
			// What stands for the list is one item, whatever the list has.
			return w.unknown(n, func(s *symbol) { s.number, s.minVal = true, new(float64) }), nil
		}
		return json.Number(strconv.Itoa(len(items))), nil
	case "Fn::ToJsonString":
		w.settleListed(n.Items[0])
		v, err := w.eval(n.Items[0])
		if err != nil {
			return nil, err
		}
		return jsonText(v), nil
	case "Condition", "Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals":
		return w.holds(n)
	default:
		return w.symbolValue(w.r.symbol(render(n))), nil
	}
}

// symbolValue is what a reference to a symbol gives.
func (w *world) symbolValue(s *symbol) any {
	v := w.value(s)
	if w.masked && s.secret {
		v = s.token
	}
	if !s.list {
		return v
	}
	out := list{}
	for _, item := range splitList(v) {
		out = append(out, item)
	}
	return out
}

// branch picks the branch of an Fn::If.
func (w *world) branch(n *template.Node) (*template.Node, error) {
	v, err := w.condition(n.Items[0].Text)
	if err != nil {
		return nil, w.r.errorf(n.Pos, "Fn::If: %v", err)
	}
	if v {
		return n.Items[1], nil
	}
	return n.Items[2], nil
}

func (w *world) sub(n *template.Node) (any, error) {
	var b strings.Builder
	for _, p := range n.Parts {
		if p.Name == "" {
			b.WriteString(p.Text)
			continue
		}
		if len(n.Items) > 1 {
			if v := n.Items[1].Get(p.Name); v != nil {
				got, err := w.eval(v)
				if err != nil {
					return nil, err
				}
				b.WriteString(text(got))
				continue
			}
		}
		b.WriteString(text(w.symbolValue(w.r.symbol(p.Name))))
	}
	return w.literal(b.String()), nil
}

func (w *world) join(n *template.Node) (any, error) {
	v, err := w.eval(n.Items[1])
	if err != nil {
		return nil, err
	}
	items, ok := v.(list)
	if !ok {
		items = list{v}
	}
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = text(item)
	}
	return w.literal(strings.Join(texts, n.Items[0].Text)), nil
}

func (w *world) selectItem(n *template.Node) (any, error) {
	if s := w.bare(n.Items[0]); s != nil && n.Items[1].Kind == template.List {
		w.settleIndex(s, len(n.Items[1].Items))
	} else {
		w.settle(n.Items[0])
	}
	v, err := w.eval(n.Items[0])
	if err != nil {
		return nil, err
	}
	index, err := strconv.Atoi(text(v))
	if err != nil || index < 0 {
		if strings.Contains(text(v), "${") {
			return w.unknown(n, nil), nil
		}
		return nil, w.r.errorf(n.Pos, "Fn::Select: %q is not an index", text(v))
	}
	// A list with an element left out has other indexes than its source.
	got, err := w.eval(n.Items[1])
	if err != nil {
		return nil, err
	}
	items, ok := got.(list)
	if !ok {
		items = list{got}
	}
	if index < len(items) {
		if w.mayBePart(n.Items[1], items[index]) {
			return w.unknown(n, nil), nil
		}
		return items[index], nil
	}
	if index == 0 && n.Items[1].Kind == template.Call && n.Items[1].Fn == "Ref" {
		return "", nil // the only item of a list parameter that is given as ""
	}
	if n.Items[1].Pure {
		return nil, w.r.errorf(n.Pos, "Fn::Select: index %d is out of range (list has %d)", index, len(items))
	}
	// The list comes from values that are open: it may be longer than the
	// values that stand for them.
	return w.unknown(n, nil), nil
}

// onlyListed returns the symbol that a function computes with, where it is the only
// one that is open and its values are listed.
func (w *world) onlyListed(n *template.Node) *symbol {
	var only *symbol
	several := false
	w.r.eachSymbol(n, func(s *symbol) {
		if _, single := w.domain(s).single(); !single && s != only {
			several = several || only != nil
			only = s
		}
	})
	if only == nil || several || w.domain(only).values == nil || branches(n) {
		return nil
	}
	return only
}

// byOutcome computes a function, and tells apart the values of a symbol that it makes
// different values of.
func (w *world) byOutcome(n *template.Node, s *symbol) (any, error) {
	d := w.domain(s)
	index := map[string]int{}
	var alts []alternative
	var failed error
	saved := w.cand
	for _, v := range d.values {
		w.domains[s], w.cand = domain{values: []string{v}}, nil
		out, err := w.eval(n)
		w.domains[s], w.cand = d, saved
		if err != nil {
			failed = err // no deployment has this value
			continue
		}
		key := jsonText(out)
		i, ok := index[key]
		if !ok {
			i = len(alts)
			index[key] = i
			alts = append(alts, alternative{value: v})
		}
		alts[i].dom.values = append(alts[i].dom.values, v)
	}
	if len(alts) == 0 {
		return nil, failed
	}
	chosen := w.choose(s, alts, false)
	w.domains[s] = domain{values: []string{chosen.value}}
	out, err := w.eval(n)
	w.domains[s] = chosen.dom
	return out, err
}

// settleIndex chooses a value for an index into a list: any other than these fails
// the deployment.
func (w *world) settleIndex(s *symbol, length int) {
	d := w.domain(s)
	var alts []alternative
	for i := range length {
		if v := strconv.Itoa(i); d.has(v) && s.admits(v) {
			alts = append(alts, alternative{dom: domain{values: []string{v}}, value: v})
		}
	}
	if _, single := d.single(); !single && len(alts) > 0 {
		w.choose(s, alts, false)
	}
}

// unknown is the value of a function that cannot be computed from what stands for
// an open value: a symbol of its own, which init completes. A condition compares
// it like a parameter.
func (w *world) unknown(n *template.Node, init func(*symbol)) any {
	name := render(n)
	_, known := w.r.symbols[name]
	s := w.r.symbol(name)
	if !known && init != nil {
		init(s)
	}
	w.r.computed[s.token] = s
	if _, single := w.domain(s).single(); w.cand == nil && !single {
		w.touched = true
		return s.token
	}
	return w.symbolValue(s)
}

// mayBePart tells whether an item of a text that was split stands for a part that
// is not known: a condition may compare it with anything, and a pattern may ask for
// what stands before or after it.
func (w *world) mayBePart(from *template.Node, item any) bool {
	if from.Kind != template.Call || from.Fn != "Fn::Split" || !w.open(item) {
		return false
	}
	constrained := false
	w.r.eachSymbol(from, func(s *symbol) { constrained = constrained || s.pattern != nil })
	return w.cand == nil || constrained
}

func (w *world) split(n *template.Node) (any, error) {
	w.settleListed(n.Items[1])
	v, err := w.eval(n.Items[1])
	if err != nil {
		return nil, err
	}
	out := list{}
	for _, item := range strings.Split(text(v), n.Items[0].Text) {
		out = append(out, item)
	}
	return out, nil
}

// cidr computes Fn::Cidr where the block is known, and names the blocks where
// it is not.
func (w *world) cidr(n *template.Node) (any, error) {
	args := make([]string, len(n.Items))
	for i, item := range n.Items {
		w.settleListed(item)
		v, err := w.eval(item)
		if err != nil {
			return nil, err
		}
		args[i] = text(v)
	}
	count, err := strconv.Atoi(args[1])
	if err != nil || count < 1 || count > 256 {
		if strings.Contains(args[1], "${") {
			return list{render(n)}, nil
		}
		return nil, w.r.errorf(n.Pos, "Fn::Cidr: count must be 1 to 256")
	}
	out := make(list, 0, count)
	prefix, err := netip.ParsePrefix(args[0])
	bits := 8
	if len(args) > 2 {
		if b, convErr := strconv.Atoi(args[2]); convErr == nil {
			bits = b
		}
	}
	if err != nil || !prefix.Addr().Is4() || bits < 1 || bits > 32-prefix.Bits() {
		for i := range count {
			out = append(out, "${"+render(n)+"["+strconv.Itoa(i)+"]}")
		}
		return out, nil
	}
	base := prefix.Masked().Addr().As4()
	start := uint64(base[0])<<24 | uint64(base[1])<<16 | uint64(base[2])<<8 | uint64(base[3])
	for i := range count {
		a := start + uint64(i)<<bits
		out = append(out, fmt.Sprintf("%d.%d.%d.%d/%d", a>>24&255, a>>16&255, a>>8&255, a&255, 32-bits))
	}
	return out, nil
}

// zones names three availability zones of a Region. Which zones an account has
// is not known from a template.
func (w *world) zones(n *template.Node) (any, error) {
	v, err := w.eval(n.Items[0])
	if err != nil {
		return nil, err
	}
	region := text(v)
	if region == "" {
		region = text(w.symbolValue(w.r.symbol("AWS::Region")))
	}
	return list{region + "a", region + "b", region + "c"}, nil
}

// text is the text of a scalar; a list is joined by commas, as CloudFormation
// does for list parameters in text.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return string(v)
	case list:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = text(item)
		}
		return strings.Join(items, ",")
	case object:
		return jsonText(v)
	default:
		return ""
	}
}

// jsonText is a value as JSON, with <, > and & as they are.
func jsonText(v any) string {
	var b strings.Builder
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	_ = out.Encode(v) // what eval gives can be written
	return strings.TrimSuffix(b.String(), "\n")
}
