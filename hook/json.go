package hook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxDepth is how deep the values of an event may nest.
const maxDepth = 200

var (
	errDepth = fmt.Errorf("nested deeper than %d", maxDepth)
	errUTF8  = errors.New("not UTF-8")
	errJSON  = errors.New("not a JSON document")
)

// decodeJSON decodes one JSON document into map[string]any, []any, string,
// bool, json.Number and nil. A key that an object has twice is an error: one of
// its values would not be judged. No error quotes the document.
func decodeJSON(src []byte) (any, error) {
	if !utf8.Valid(src) {
		return nil, errUTF8
	}
	d := json.NewDecoder(bytes.NewReader(src))
	d.UseNumber()
	v, err := decodeValue(d, 0)
	if err != nil {
		return nil, syntax(err, d.InputOffset())
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("%w: more follows at byte %d", errJSON, d.InputOffset())
	}
	return v, nil
}

// syntax replaces the errors of encoding/json, which may quote the document.
func syntax(err error, offset int64) error {
	var s *json.SyntaxError
	if errors.As(err, &s) {
		offset = s.Offset
	} else if err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	return fmt.Errorf("%w: broken at byte %d", errJSON, offset)
}

func decodeValue(d *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		out := map[string]any{}
		for d.More() {
			k, err := d.Token()
			if err != nil {
				return nil, err
			}
			key, _ := k.(string)
			if _, twice := out[key]; twice {
				return nil, fmt.Errorf("an object has a key twice, before byte %d", d.InputOffset())
			}
			if out[key], err = decodeValue(d, depth+1); err != nil {
				return nil, err
			}
		}
		_, err := d.Token()
		return out, err
	case json.Delim('['):
		out := []any{}
		for d.More() {
			v, err := decodeValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		_, err := d.Token()
		return out, err
	}
	return t, nil
}

// fields reads the entries of an object of the protocol, by name in any case.
// The first thing that is wrong is kept in err.
type fields struct {
	path    string
	entries map[string]any
	err     *error
}

// newFields reads v as an object; nil is an empty one.
func newFields(path string, v any, err *error) fields {
	f := fields{path: path, err: err}
	if v == nil {
		return f
	}
	object, ok := v.(map[string]any)
	if !ok {
		f.fail("", "want an object, found %s", kindOf(v))
		return f
	}
	f.entries = make(map[string]any, len(object))
	for k, v := range object {
		folded := strings.ToLower(k)
		if _, twice := f.entries[folded]; twice {
			f.fail(k, "is there twice, in different case")
		}
		f.entries[folded] = v
	}
	return f
}

func (f fields) get(name string) any { return f.entries[strings.ToLower(name)] }

func (f fields) object(name string) fields { return newFields(f.path+"."+name, f.get(name), f.err) }

// text reads a string. Absent and null are the empty string.
func (f fields) text(name string) string {
	switch v := f.get(name).(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		f.fail(name, "want a string, found %s", kindOf(v))
		return ""
	}
}

// properties reads a map of values that are not the protocol's: its keys keep
// their case. ok is false if it is absent or null.
func (f fields) properties(name string) (p map[string]any, ok bool) {
	switch v := f.get(name).(type) {
	case nil:
		return nil, false
	case map[string]any:
		return v, true
	default:
		f.fail(name, "want an object, found %s", kindOf(v))
		return nil, false
	}
}

func (f fields) fail(name, format string, args ...any) {
	if *f.err != nil {
		return
	}
	where := f.path
	if name != "" {
		where += "." + name
	}
	*f.err = failf(InvalidRequest, "%s: %s", where, fmt.Sprintf(format, args...))
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	default:
		return "a number"
	}
}
