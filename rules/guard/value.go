package guard

import (
	"math"
	"strconv"
	"strings"
)

// Kind says what a Value is.
type Kind uint8

// The kinds of a Value. Those after KindMap occur in rule files and function
// results only.
const (
	KindNull Kind = iota
	KindBool
	KindInt
	KindFloat
	KindString
	KindList
	KindMap
	KindChar
	KindRegex
	KindRange
)

var kindNames = [...]string{"null", "bool", "int", "float", "string", "list", "map", "char", "regex", "range"}

func (k Kind) String() string { return kindNames[k] }

// article is the name with its article.
func (k Kind) article() string {
	switch k {
	case KindNull:
		return "null"
	case KindInt:
		return "an int"
	}
	return "a " + k.String()
}

// Pos is a place in a text. Lines and columns count from 1, columns in Unicode
// code points. The zero Pos means that the place is not known.
type Pos struct {
	Line, Col int
}

func (p Pos) String() string { return strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Col) }

// Key is a key of a map.
type Key struct {
	Name string
	Pos  Pos
}

// Value is a node of a document or a literal of a rule file. It is built by the
// functions of this package and never changes afterwards, so that goroutines
// may share it. A Value belongs to at most one parent: the parent that was
// built last gives it its path.
type Value struct {
	kind   Kind
	slot   int // place in parent
	num    uint64
	str    string
	items  []*Value
	keys   []Key
	index  map[string]int // only for large maps
	parent *Value
	lit    any // *pattern or *interval
	pos    Pos
}

// Null returns a null.
func Null(pos Pos) *Value { return &Value{kind: KindNull, pos: pos} }

// Bool returns a boolean.
func Bool(pos Pos, b bool) *Value {
	v := &Value{kind: KindBool, pos: pos}
	if b {
		v.num = 1
	}
	return v
}

// Int returns an integer.
func Int(pos Pos, i int64) *Value { return &Value{kind: KindInt, pos: pos, num: uint64(i)} }

// Float returns a floating point number. It is never equal to an Int.
func Float(pos Pos, f float64) *Value {
	return &Value{kind: KindFloat, pos: pos, num: math.Float64bits(f)}
}

// String returns a string.
func String(pos Pos, s string) *Value { return &Value{kind: KindString, pos: pos, str: s} }

// List returns a list, which takes over items.
func List(pos Pos, items []*Value) *Value {
	v := &Value{kind: KindList, pos: pos, items: items}
	for i, item := range items {
		item.parent, item.slot = v, i
	}
	return v
}

// indexedMapSize is the number of keys from which on a map has an index.
const indexedMapSize = 12

// Map returns a map, which takes over keys and items. The order of keys is
// kept. Of keys that occur twice, the last value wins and has the place of the
// first.
func Map(pos Pos, keys []Key, items []*Value) *Value {
	v := &Value{kind: KindMap, pos: pos}
	if len(keys) > indexedMapSize {
		v.index = make(map[string]int, len(keys))
	}
	n := 0
	for i, k := range keys {
		at := n
		if v.index != nil {
			if old, ok := v.index[k.Name]; ok {
				at = old
			} else {
				v.index[k.Name] = n
			}
		} else {
			for j := range n {
				if keys[j].Name == k.Name {
					at = j
				}
			}
		}
		keys[at], items[at] = k, items[i]
		items[at].parent, items[at].slot = v, at
		if at == n {
			n++
		}
	}
	v.keys, v.items = keys[:n], items[:n]
	return v
}

func char(pos Pos, c rune) *Value { return &Value{kind: KindChar, pos: pos, num: uint64(c)} }

// Kind returns the kind.
func (v *Value) Kind() Kind { return v.kind }

// Pos returns the place of the value in its text.
func (v *Value) Pos() Pos { return v.pos }

// Bool returns the value of a KindBool.
func (v *Value) Bool() bool { return v.num != 0 }

// Int returns the value of a KindInt.
func (v *Value) Int() int64 { return int64(v.num) }

// Float returns the value of a KindFloat.
func (v *Value) Float() float64 { return math.Float64frombits(v.num) }

// Text returns the value of a KindString.
func (v *Value) Text() string { return v.str }

// Items returns the elements of a list or the values of a map, in the order of
// Keys. The caller must not change them.
func (v *Value) Items() []*Value { return v.items }

// Keys returns the keys of a map in source order. The caller must not change
// them.
func (v *Value) Keys() []Key { return v.keys }

// Get returns the value of a key of a map, or nil.
func (v *Value) Get(name string) *Value {
	if i := v.find(name); i >= 0 {
		return v.items[i]
	}
	return nil
}

func (v *Value) find(name string) int {
	if v.index != nil {
		if i, ok := v.index[name]; ok {
			return i
		}
		return -1
	}
	for i := range v.keys {
		if v.keys[i].Name == name {
			return i
		}
	}
	return -1
}

// Path returns the JSON pointer of the value within its document; the root has
// the empty path.
func (v *Value) Path() string {
	if v.parent == nil {
		return ""
	}
	var b strings.Builder
	v.writePath(&b)
	return b.String()
}

func (v *Value) writePath(b *strings.Builder) {
	p := v.parent
	if p == nil {
		return
	}
	p.writePath(b)
	b.WriteByte('/')
	if p.kind != KindMap {
		b.WriteString(strconv.Itoa(v.slot))
		return
	}
	b.WriteString(pointerEscaper.Replace(p.keys[v.slot].Name))
}

// Steps returns the keys (strings) and indexes (ints) that lead from the root of
// the document to the value.
func (v *Value) Steps() []any {
	if v.parent == nil {
		return nil
	}
	steps := v.parent.Steps()
	if v.parent.kind == KindMap {
		return append(steps, v.parent.keys[v.slot].Name)
	}
	return append(steps, v.slot)
}

var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")

// String renders the value on one line: JSON, with regular expressions and
// ranges as a rule file writes them.
func (v *Value) String() string { return string(v.appendJSON(nil)) }

func (v *Value) appendJSON(b []byte) []byte {
	switch v.kind {
	case KindNull:
		return append(b, "null"...)
	case KindBool:
		return strconv.AppendBool(b, v.Bool())
	case KindInt:
		return strconv.AppendInt(b, v.Int(), 10)
	case KindFloat:
		return appendFloat(b, v.Float())
	case KindString:
		return appendQuoted(b, v.str)
	case KindChar:
		return appendQuoted(b, string(rune(v.num)))
	case KindRegex:
		return appendQuoted(b, "/"+v.lit.(*pattern).source+"/")
	case KindRange:
		return appendQuoted(b, v.lit.(*interval).String())
	case KindList:
		b = append(b, '[')
		for i, item := range v.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = item.appendJSON(b)
		}
		return append(b, ']')
	case KindMap:
		b = append(b, '{')
		for i, item := range v.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendQuoted(b, v.keys[i].Name)
			b = append(b, ':')
			b = item.appendJSON(b)
		}
		return append(b, '}')
	}
	return b
}

func appendFloat(b []byte, f float64) []byte {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return append(b, "null"...)
	}
	start := len(b)
	format := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-5 || a >= 1e16) {
		format = 'e'
	}
	b = strconv.AppendFloat(b, f, format, -1, 64)
	if format == 'f' && !strings.Contains(string(b[start:]), ".") {
		b = append(b, ".0"...)
	}
	return b
}

const hexDigits = "0123456789abcdef"

func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c == '\t':
			b = append(b, '\\', 't')
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// interval is a range literal. Its bounds have the same kind: KindInt,
// KindFloat or KindChar.
type interval struct {
	lower, upper         *Value
	openLower, openUpper bool
}

func (r *interval) contains(v *Value) bool {
	lo, ok := order(v, r.lower)
	if !ok || lo < 0 || lo == 0 && r.openLower {
		return false
	}
	hi, ok := order(v, r.upper)
	return ok && (hi < 0 || hi == 0 && !r.openUpper)
}

// String renders the range with numbers as short as possible. source keeps
// what makes a number one with a fraction.
func (r *interval) String() string { return r.text(bare) }

func (r *interval) source() string {
	return r.text(func(v *Value) string {
		if v.kind == KindFloat {
			return sourceFloat(v.Float())
		}
		return bare(v)
	})
}

func (r *interval) text(bound func(*Value) string) string {
	left, right := "[", "]"
	if r.openLower {
		left = "("
	}
	if r.openUpper {
		right = ")"
	}
	return left + bound(r.lower) + "," + bound(r.upper) + right
}

// bare renders a bound of a range.
func bare(v *Value) string {
	switch v.kind {
	case KindChar:
		return string(rune(v.num))
	case KindFloat:
		return strconv.FormatFloat(v.Float(), 'f', -1, 64)
	}
	return v.String()
}
