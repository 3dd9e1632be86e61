package guard

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// function is a built-in function.
type function struct {
	args int
	// each gives the result for one value of the first argument; nil drops
	// the value.
	each func(c *fnCall, v *Value) (*Value, error)
	// all gives the one result for all of them, instead of each.
	all func(c *fnCall) (*Value, error)
}

// fnCall is a call while it is evaluated.
type fnCall struct {
	*run
	call *call
	args [3][]result
}

// functionNamed returns a function, or nil.
func functionNamed(name string) *function {
	switch name {
	case "count":
		return &function{args: 1, all: count}
	case "join":
		return &function{args: 2, all: join}
	case "json_parse":
		return &function{args: 1, each: jsonParse}
	case "regex_replace":
		return &function{args: 3, each: regexReplace}
	case "substring":
		return &function{args: 3, each: substring}
	case "to_upper":
		return &function{args: 1, each: onText(strings.ToUpper)}
	case "to_lower":
		return &function{args: 1, each: onText(strings.ToLower)}
	case "url_decode":
		return &function{args: 1, each: urlDecode}
	case "parse_int":
		return &function{args: 1, each: toInt}
	case "parse_float":
		return &function{args: 1, each: toFloat}
	case "parse_string":
		return &function{args: 1, each: toText}
	case "parse_boolean":
		return &function{args: 1, each: toBool}
	case "parse_char":
		return &function{args: 1, each: toChar}
	case "parse_epoch":
		return &function{args: 1, each: toEpoch}
	case "now":
		return &function{args: 0, all: now}
	}
	return nil
}

// problem says what is wrong with a call.
func (f *function) problem(name string, args int) string {
	switch {
	case f == nil:
		return "there is no function " + name
	case f.args != args:
		return fmt.Sprintf("the function %s takes %s, not %d", name, arguments(f.args), args)
	}
	return ""
}

// arguments counts arguments in words.
func arguments(n int) string {
	if n == 1 {
		return "1 argument"
	}
	return strconv.Itoa(n) + " arguments"
}

// call evaluates a function and appends its results to the buffer.
func (r *run) call(c *call, s *scope) error {
	if err := r.step(); err != nil {
		return err
	}
	f := fnCall{run: r, call: c}
	for i := range c.args {
		list, err := r.operandResults(&c.args[i], s)
		if err != nil {
			return err
		}
		f.args[i] = list
	}
	if c.fn.all != nil {
		v, err := c.fn.all(&f)
		if err != nil {
			return err
		}
		r.buf = append(r.buf, result{kind: resolved, value: v})
		return nil
	}
	for _, one := range f.args[0] {
		if one.kind == unresolved {
			continue
		}
		v, err := c.fn.each(&f, one.value)
		if err != nil {
			return err
		}
		if v == nil {
			continue
		}
		if v != one.value {
			// The result is shown at the place of what it was made from.
			v.parent, v.slot, v.pos = one.value.parent, one.value.slot, one.value.pos
		}
		r.buf = append(r.buf, result{kind: resolved, value: v})
	}
	return nil
}

func (c *fnCall) errorf(format string, args ...any) error {
	return &evalError{at: c.call.at, msg: c.call.name + ": " + fmt.Sprintf(format, args...)}
}

// first returns the first value of an argument.
func (c *fnCall) first(arg int) (*Value, error) {
	if len(c.args[arg]) == 0 || c.args[arg][0].kind == unresolved {
		return nil, c.errorf("argument %d has no value", arg+1)
	}
	return c.args[arg][0].value, nil
}

func (c *fnCall) text(arg int) (string, error) {
	v, err := c.first(arg)
	if err != nil {
		return "", err
	}
	switch v.kind {
	case KindString:
		return v.str, nil
	case KindChar:
		return string(rune(v.num)), nil
	}
	return "", c.errorf("argument %d is %s, not a string", arg+1, v.kind.article())
}

func count(c *fnCall) (*Value, error) {
	n := int64(0)
	for _, one := range c.args[0] {
		if one.kind != unresolved {
			n++
		}
	}
	return Int(Pos{}, n), nil
}

func join(c *fnCall) (*Value, error) {
	delimiter, err := c.text(1)
	if err != nil {
		return nil, err
	}
	var parts []string
	for _, one := range c.args[0] {
		if one.kind == unresolved {
			return nil, c.errorf("the path leads nowhere: %s", one.query.rest(one.part))
		}
		if one.value.kind != KindString {
			return nil, c.errorf("%s is %s, not a string", one.value.Path(), one.value.kind.article())
		}
		parts = append(parts, one.value.str)
	}
	return String(Pos{}, strings.Join(parts, delimiter)), nil
}

func now(c *fnCall) (*Value, error) {
	clock := c.opts.Now
	if clock == nil {
		clock = time.Now
	}
	return Int(Pos{}, clock().Unix()), nil
}

func jsonParse(c *fnCall, v *Value) (*Value, error) {
	if v.kind != KindString {
		return nil, nil
	}
	parsed, err := Load("text", []byte(v.str), Core)
	if err != nil {
		return nil, c.errorf("the text at %s is neither JSON nor YAML", v.Path())
	}
	relocate(parsed, v.pos)
	return parsed, nil
}

// relocate gives a value and all below it a place.
func relocate(v *Value, pos Pos) {
	v.pos = pos
	for _, item := range v.items {
		relocate(item, pos)
	}
	for i := range v.keys {
		v.keys[i].Pos = pos
	}
}

func regexReplace(c *fnCall, v *Value) (*Value, error) {
	source, err := c.text(1)
	if err != nil {
		return nil, err
	}
	template, err := c.text(2)
	if err != nil {
		return nil, err
	}
	if v.kind != KindString {
		return nil, nil
	}
	re := c.call.re
	if re == nil {
		if re, err = compilePattern(source); err != nil {
			return nil, c.errorf("%v", err)
		}
	}
	out, err := re.expand(v.str, template)
	if err != nil {
		return nil, c.errorf("%v", err)
	}
	return String(v.pos, out), nil
}

// offset returns an argument as a number of 16 bits.
func (c *fnCall) offset(arg int) (int, error) {
	v, err := c.first(arg)
	if err != nil {
		return 0, err
	}
	switch v.kind {
	case KindInt:
		return int(uint16(v.Int())), nil
	case KindFloat:
		return int(min(max(v.Float(), 0), math.MaxUint16)), nil
	}
	return 0, c.errorf("argument %d is %s, not a number", arg+1, v.kind.article())
}

func substring(c *fnCall, v *Value) (*Value, error) {
	from, err := c.offset(1)
	if err != nil {
		return nil, err
	}
	to, err := c.offset(2)
	if err != nil {
		return nil, err
	}
	if v.kind != KindString || v.str == "" || from >= to || to > len(v.str) {
		return nil, nil
	}
	if !utf8.RuneStart(v.str[from]) || to < len(v.str) && !utf8.RuneStart(v.str[to]) {
		return nil, c.errorf("the offsets are within a character")
	}
	return String(v.pos, v.str[from:to]), nil
}

func onText(f func(string) string) func(*fnCall, *Value) (*Value, error) {
	return func(_ *fnCall, v *Value) (*Value, error) {
		if v.kind != KindString {
			return nil, nil
		}
		return String(v.pos, f(v.str)), nil
	}
}

// urlDecode replaces %XX and leaves what is not one.
func urlDecode(_ *fnCall, v *Value) (*Value, error) {
	if v.kind != KindString {
		return nil, nil
	}
	out := make([]byte, 0, len(v.str))
	for i := 0; i < len(v.str); i++ {
		if v.str[i] == '%' && i+2 < len(v.str) {
			if n, err := strconv.ParseUint(v.str[i+1:i+3], 16, 8); err == nil {
				out = append(out, byte(n))
				i += 2
				continue
			}
		}
		out = append(out, v.str[i])
	}
	if !utf8.Valid(out) {
		return nil, nil
	}
	return String(v.pos, string(out)), nil
}

func isDigit(v *Value) bool { return v.num >= '0' && v.num <= '9' }

func toInt(c *fnCall, v *Value) (*Value, error) {
	switch v.kind {
	case KindInt:
		return v, nil
	case KindString:
		i, err := parseInt(v.str)
		if err != nil {
			return nil, c.errorf("the text at %s is not an integer", v.Path())
		}
		return Int(v.pos, i), nil
	case KindFloat:
		return Int(v.pos, saturate(v.Float())), nil
	case KindChar:
		if !isDigit(v) {
			return nil, c.errorf("the character at %s is not a digit", v.Path())
		}
		return Int(v.pos, int64(v.num-'0')), nil
	}
	return nil, nil
}

// saturate cuts the fraction off and stays within 64 bits; NaN becomes 0.
func saturate(f float64) int64 {
	switch {
	case f != f:
		return 0
	case f >= math.MaxInt64:
		return math.MaxInt64
	case f <= math.MinInt64:
		return math.MinInt64
	}
	return int64(f)
}

func toFloat(c *fnCall, v *Value) (*Value, error) {
	switch v.kind {
	case KindFloat:
		return v, nil
	case KindInt:
		return Float(v.pos, float64(v.Int())), nil
	case KindString:
		f, ok := parseFloat(v.str)
		if !ok {
			return nil, c.errorf("the text at %s is not a number", v.Path())
		}
		return Float(v.pos, f), nil
	case KindChar:
		if !isDigit(v) {
			return nil, c.errorf("the character at %s is not a digit", v.Path())
		}
		return Float(v.pos, float64(v.num-'0')), nil
	}
	return nil, nil
}

func toText(_ *fnCall, v *Value) (*Value, error) {
	switch v.kind {
	case KindString:
		return v, nil
	case KindInt, KindBool:
		return String(v.pos, v.String()), nil
	case KindFloat:
		f := v.Float()
		switch {
		case f != f:
			return String(v.pos, "NaN"), nil
		case math.IsInf(f, 0):
			return String(v.pos, strings.TrimPrefix(strings.ToLower(fmt.Sprint(f)), "+")), nil
		}
		return String(v.pos, strconv.FormatFloat(f, 'f', -1, 64)), nil
	case KindChar:
		return String(v.pos, string(rune(v.num))), nil
	}
	return nil, nil
}

func toBool(c *fnCall, v *Value) (*Value, error) {
	switch v.kind {
	case KindBool:
		return v, nil
	case KindString:
		switch strings.ToLower(v.str) {
		case "true":
			return Bool(v.pos, true), nil
		case "false":
			return Bool(v.pos, false), nil
		}
		return nil, c.errorf("the text at %s is not a boolean", v.Path())
	}
	return nil, nil
}

func toChar(c *fnCall, v *Value) (*Value, error) {
	switch v.kind {
	case KindChar:
		return v, nil
	case KindInt:
		if v.Int() < 0 || v.Int() > 9 {
			return nil, c.errorf("the number at %s is not a digit", v.Path())
		}
		return char(v.pos, rune('0'+v.Int())), nil
	case KindString:
		if len(v.str) > 1 {
			return nil, c.errorf("the text at %s is not one character", v.Path())
		}
		if v.str == "" {
			return nil, nil
		}
		return char(v.pos, rune(v.str[0])), nil
	}
	return nil, nil
}

func toEpoch(c *fnCall, v *Value) (*Value, error) {
	if v.kind != KindString {
		return nil, nil
	}
	t, err := time.Parse(time.RFC3339Nano, strings.Replace(strings.ToUpper(v.str), " ", "T", 1))
	if err != nil {
		return nil, c.errorf("the text at %s is not a time of RFC 3339", v.Path())
	}
	return Int(v.pos, t.Unix()), nil
}
