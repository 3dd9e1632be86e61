package guard

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxDepth bounds lists and maps within each other in a document.
const maxDepth = 1000

// Dialect says how a document is read.
type Dialect uint8

const (
	// Strict reads as `cfn-guard validate` does, with its restrictions: no
	// aliases, no keys that are not strings, an empty value is the string "",
	// True is a string, and most tags on sequences and mappings are dropped.
	Strict Dialect = iota
	// Core reads YAML 1.2, as `cfn-guard test` and json_parse do: short tags
	// become the long form wherever they stand, aliases are followed.
	Core
)

// Load reads the first document of a YAML or JSON text. name is used in
// positions. An error is an *Error.
func Load(name string, text []byte, dialect Dialect) (*Value, error) {
	l := &loader{name: name, core: dialect == Core}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, &Error{File: name, Msg: "the document is empty"}
	}
	text = anyVersion(text)
	doc, err := l.parse(text)
	if err != nil && strings.Contains(err.Error(), "unknown escape character") {
		doc, err = l.parse(plainSlashes(text))
	}
	if err != nil {
		if !errors.Is(err, io.EOF) {
			return nil, l.yamlError(err)
		}
		return nil, &Error{File: name, Msg: "the document has no content"}
	}
	v, err := l.node(doc)
	if err != nil {
		return nil, err
	}
	return v, nil
}

// parse reads the first document. The core dialect wants no other after it.
func (l *loader) parse(text []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var doc, next yaml.Node
	if err := decoder.Decode(&doc); err != nil {
		return nil, err
	}
	if l.core && decoder.Decode(&next) == nil {
		return nil, fmt.Errorf("line %d: there is more than one document", next.Line)
	}
	return &doc, nil
}

// anyVersion makes a directive for another version of YAML 1 one for YAML 1.1,
// which is what the parser accepts.
func anyVersion(text []byte) []byte {
	const directive = "%YAML 1."
	if !bytes.HasPrefix(text, []byte(directive)) || len(text) <= len(directive) {
		return text
	}
	text = bytes.Clone(text)
	text[len(directive)] = '1'
	return text
}

// plainSlashes replaces the escape \/ in double quotes, which JSON has and the
// YAML parser does not know, by the slash.
func plainSlashes(text []byte) []byte {
	out := make([]byte, 0, len(text))
	quoted := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quoted && c == '\\' && i+1 < len(text):
			i++
			if text[i] != '/' {
				out = append(out, c)
			}
			c = text[i]
		case quoted && c == '"':
			quoted = false
		case c == '"':
			quoted = i == 0 || bytes.IndexByte([]byte(" \t\n\r[{,:"), text[i-1]) >= 0
		}
		out = append(out, c)
	}
	return out
}

// yamlError takes the line out of an error of the YAML parser.
func (l *loader) yamlError(err error) *Error {
	msg := strings.TrimPrefix(err.Error(), "yaml: ")
	e := &Error{File: l.name, Msg: msg}
	if rest, ok := strings.CutPrefix(msg, "line "); ok {
		if number, text, ok := strings.Cut(rest, ": "); ok {
			if line, err := strconv.Atoi(number); err == nil {
				e.Pos, e.Msg = Pos{line, 1}, text
			}
		}
	}
	return e
}

type loader struct {
	name  string
	core  bool
	depth int
	nodes int // nodes read through aliases
}

// maxAliasNodes bounds what aliases expand to.
const maxAliasNodes = 200_000

func (l *loader) errorf(n *yaml.Node, msg string) *Error {
	return &Error{File: l.name, Pos: Pos{n.Line, n.Column}, Msg: msg}
}

func (l *loader) node(n *yaml.Node) (*Value, error) {
	l.depth++
	defer func() { l.depth-- }()
	if l.depth > maxDepth {
		return nil, l.errorf(n, "nested too deeply")
	}
	pos := Pos{n.Line, n.Column}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) == 0 {
			return nil, &Error{File: l.name, Msg: "the document has no content"}
		}
		return l.node(n.Content[0])
	case yaml.AliasNode:
		if !l.core {
			return nil, l.errorf(n, "aliases are not supported")
		}
		if l.nodes++; l.nodes > maxAliasNodes {
			return nil, l.errorf(n, "the aliases expand to too much")
		}
		return l.node(n.Alias)
	case yaml.ScalarNode:
		return l.scalar(n, pos)
	case yaml.SequenceNode:
		items := make([]*Value, 0, len(n.Content))
		for _, c := range n.Content {
			v, err := l.node(c)
			if err != nil {
				return nil, err
			}
			items = append(items, v)
		}
		return l.wrap(n, List(pos, items), sequenceTags)
	case yaml.MappingNode:
		v, err := l.mapping(n, pos)
		if err != nil {
			return nil, err
		}
		return l.wrap(n, v, "")
	}
	return nil, l.errorf(n, "unknown kind of node")
}

func (l *loader) mapping(n *yaml.Node, pos Pos) (*Value, error) {
	keys := make([]Key, 0, len(n.Content)/2)
	items := make([]*Value, 0, len(n.Content)/2)
	var seen map[string]bool
	if l.core {
		seen = make(map[string]bool, len(n.Content)/2)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		at := n.Content[i]
		key, err := l.node(at)
		if err != nil {
			return nil, err
		}
		if key.kind != KindString {
			return nil, l.errorf(at, "the key is "+key.kind.article()+", not a string; put it in quotes")
		}
		if l.core {
			if seen[key.str] {
				return nil, l.errorf(at, "duplicate key "+strconv.Quote(key.str))
			}
			seen[key.str] = true
		}
		v, err := l.node(n.Content[i+1])
		if err != nil {
			return nil, err
		}
		keys = append(keys, Key{key.str, Pos{at.Line, at.Column}})
		items = append(items, v)
	}
	return Map(pos, keys, items), nil
}

// The short tags that the reference expands.
const (
	scalarTags   = " Ref Base64 Sub GetAZs ImportValue GetAtt Condition RefAll "
	sequenceTags = " GetAtt Sub Select Split Join FindInMap And Equals Contains EachMemberIn EachMemberEquals ValueOf If Not Or "
)

// shortTag returns the name of a local tag such as !Ref.
func shortTag(n *yaml.Node) (string, bool) {
	if n.Style&yaml.TaggedStyle == 0 || strings.HasPrefix(n.Tag, "!!") {
		return "", false
	}
	return strings.CutPrefix(n.Tag, "!")
}

// longForm makes {"Fn::Name": v}.
func longForm(name string, v *Value) *Value {
	if name != "Ref" && name != "Condition" {
		name = "Fn::" + name
	}
	return Map(v.pos, []Key{{name, v.pos}}, []*Value{v})
}

// wrap gives a sequence or mapping the long form of its tag if the tag is
// among tags; the core dialect knows all tags for both.
func (l *loader) wrap(n *yaml.Node, v *Value, tags string) (*Value, error) {
	name, ok := shortTag(n)
	if !ok {
		return v, nil
	}
	if l.core {
		tags = sequenceTags + scalarTags
	}
	if strings.Contains(tags, " "+name+" ") {
		return longForm(name, v), nil
	}
	return v, nil
}

func (l *loader) scalar(n *yaml.Node, pos Pos) (*Value, error) {
	if name, ok := shortTag(n); ok {
		v := String(pos, n.Value)
		if l.core && n.Style&^yaml.TaggedStyle == 0 {
			v = corePlain(n.Value, pos)
		}
		tags := scalarTags
		if l.core {
			tags += sequenceTags
		}
		if strings.Contains(tags, " "+name+" ") {
			return longForm(name, v), nil
		}
		return v, nil
	}
	if n.Style&yaml.TaggedStyle != 0 {
		return l.typed(n, pos)
	}
	if n.Style != 0 {
		return String(pos, n.Value), nil
	}
	if l.core {
		return corePlain(n.Value, pos), nil
	}
	return plain(n.Value, pos), nil
}

// typed reads a scalar with a tag of YAML itself.
func (l *loader) typed(n *yaml.Node, pos Pos) (*Value, error) {
	switch n.ShortTag() {
	case "!!int":
		i, err := parseInt(n.Value)
		if err != nil {
			return nil, l.errorf(n, "not an integer: "+n.Value)
		}
		return Int(pos, i), nil
	case "!!float":
		f, ok := parseFloat(n.Value)
		if !ok {
			return nil, l.errorf(n, "not a number: "+n.Value)
		}
		return Float(pos, f), nil
	case "!!bool":
		if b, ok := plainBool(n.Value); ok {
			return Bool(pos, b), nil
		}
		return String(pos, n.Value), nil
	case "!!null":
		return Null(pos), nil
	}
	return String(pos, n.Value), nil
}

func plainBool(s string) (value, ok bool) {
	switch s {
	case "true", "yes", "on", "y":
		return true, true
	case "false", "no", "off", "n":
		return false, true
	}
	return false, false
}

// plain types a scalar without quotes in the strict dialect.
func plain(s string, pos Pos) *Value {
	if s == "" {
		return String(pos, s)
	}
	if i, err := parseInt(s); err == nil {
		return Int(pos, i)
	}
	if f, ok := parseFloat(s); ok {
		return Float(pos, f)
	}
	if b, ok := plainBool(s); ok {
		return Bool(pos, b)
	}
	if s == "~" || strings.EqualFold(s, "null") {
		return Null(pos)
	}
	return String(pos, s)
}

// parseInt reads [+-]digits of 64 bits.
func parseInt(s string) (int64, error) {
	if s == "" || s[len(s)-1] < '0' || s[len(s)-1] > '9' {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseInt(s, 10, 64)
}

// parseFloat reads a decimal number: digits with an optional point and
// exponent, or inf, infinity or nan in any case.
func parseFloat(s string) (float64, bool) {
	body := s
	if body != "" && (body[0] == '+' || body[0] == '-') {
		body = body[1:]
	}
	switch strings.ToLower(body) {
	case "inf", "infinity":
		if s[0] == '-' {
			return math.Inf(-1), true
		}
		return math.Inf(1), true
	case "nan":
		return math.NaN(), true
	}
	digits, i := 0, 0
	count := func() {
		for i < len(body) && body[i] >= '0' && body[i] <= '9' {
			i++
			digits++
		}
	}
	count()
	if i < len(body) && body[i] == '.' {
		i++
		count()
	}
	if digits == 0 {
		return 0, false
	}
	if i < len(body) && (body[i] == 'e' || body[i] == 'E') {
		i++
		if i < len(body) && (body[i] == '+' || body[i] == '-') {
			i++
		}
		before := digits
		if count(); digits == before {
			return 0, false
		}
	}
	if i != len(body) {
		return 0, false
	}
	f, _ := strconv.ParseFloat(s, 64) // out of range is infinite
	return f, true
}

// corePlain types a scalar without quotes by the core schema of YAML 1.2.
func corePlain(s string, pos Pos) *Value {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return Null(pos)
	case "true", "True", "TRUE":
		return Bool(pos, true)
	case "false", "False", "FALSE":
		return Bool(pos, false)
	case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF":
		return Float(pos, math.Inf(1))
	case "-.inf", "-.Inf", "-.INF":
		return Float(pos, math.Inf(-1))
	case ".nan", ".NaN", ".NAN":
		return Float(pos, math.NaN())
	}
	body := strings.TrimLeft(s, "+-")
	sign := s[:len(s)-len(body)]
	if body == "" || len(sign) > 1 {
		return String(pos, s)
	}
	for prefix, base := range map[string]int{"0x": 16, "0o": 8, "0b": 2} {
		if digits, ok := strings.CutPrefix(body, prefix); ok {
			if i, err := strconv.ParseInt(strings.TrimPrefix(sign, "+")+digits, base, 64); err == nil && digits != "" && digits[0] != '-' && digits[0] != '+' {
				return Int(pos, i)
			}
		}
	}
	if len(body) > 1 && body[0] == '0' && strings.Trim(body, "0123456789") == "" {
		return String(pos, s) // 010 is neither octal nor decimal
	}
	if i, err := parseInt(s); err == nil {
		return Int(pos, i)
	}
	if u, err := strconv.ParseUint(strings.TrimPrefix(s, "+"), 10, 64); err == nil {
		return Int(pos, int64(u)) // the reference keeps the bits
	}
	if c := body[0]; c >= '0' && c <= '9' || c == '.' {
		if f, ok := parseFloat(s); ok && !math.IsInf(f, 0) {
			return Float(pos, f)
		}
	}
	return String(pos, s)
}
