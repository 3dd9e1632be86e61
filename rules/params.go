package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// paramsFile is the file of a policy set that holds the defaults of data.params:
// one object per family.
const paramsFile = "params.json"

// parseParams reads a parameter file. Its errors are LoadErrors' elements.
func parseParams(file string, src []byte) (map[string]any, error) {
	v, line, err := document(src)
	if err != nil {
		return nil, &LoadError{File: file, Line: line, Message: err.Error()}
	}
	families, ok := v.(map[string]any)
	if !ok {
		return nil, &LoadError{File: file, Line: 1, Message: "parameters must be an object with one object per family"}
	}
	for _, name := range keys(families) {
		if _, ok := families[name].(map[string]any); !ok {
			text := fmt.Sprintf("the parameters of family %q must be an object, not %s", name, describe(families[name]))
			return nil, &LoadError{File: file, Line: 1, Message: text}
		}
	}
	return families, nil
}

// document reads one JSON value. Unlike encoding/json it refuses a key that is
// there twice. line is where an error is.
func document(src []byte) (v any, line int, err error) {
	dec := json.NewDecoder(bytes.NewReader(src))
	dec.UseNumber()
	v, err = strictJSON(dec, 0)
	if err == nil {
		if _, more := dec.Token(); more != io.EOF {
			err = errors.New("text after the JSON value")
		}
	} else if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the JSON value is not complete")
	}
	return v, 1 + bytes.Count(src[:min(int(dec.InputOffset()), len(src))], []byte("\n")), err
}

const maxJSONDepth = 64

func strictJSON(dec *json.Decoder, depth int) (any, error) {
	if depth > maxJSONDepth {
		return nil, fmt.Errorf("nested deeper than %d levels", maxJSONDepth)
	}
	tok, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch tok {
	case json.Delim('{'):
		m := map[string]any{}
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				return nil, err
			}
			name, _ := key.(string)
			if _, twice := m[name]; twice {
				return nil, fmt.Errorf("duplicate key %q", name)
			}
			if m[name], err = strictJSON(dec, depth+1); err != nil {
				return nil, err
			}
		}
		_, err = dec.Token()
		return m, err
	case json.Delim('['):
		list := []any{}
		for dec.More() {
			v, err := strictJSON(dec, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = dec.Token()
		return list, err
	}
	return tok, nil
}

// mergeParams lays the parameters of a configuration over the defaults. A
// parameter that no default declares is refused: no rule would read it.
func mergeParams(defaults map[string]any, c *Config, errs *LoadErrors) map[string]any {
	out := make(map[string]any, len(defaults))
	for family, params := range defaults {
		out[family] = params
	}
	for _, family := range keys(c.Params) {
		declared, ok := defaults[family].(map[string]any)
		if !ok {
			c.fail(errs, "params."+family, "unknown family %q (want %s)", family, list(keys(defaults)))
			continue
		}
		merged := make(map[string]any, len(declared))
		for name, v := range declared {
			merged[name] = v
		}
		for name, v := range c.Params[family] {
			at := "params." + family + "." + name
			def, ok := declared[name]
			switch {
			case !ok:
				c.fail(errs, at, "unknown parameter %q of family %q (want %s)", name, family, list(keys(declared)))
			case def != nil && describe(def) != describe(v):
				c.fail(errs, at, "parameter %q must be %s, not %s", name, describe(def), describe(v))
			default:
				merged[name] = v
			}
		}
		out[family] = merged
	}
	return out
}

func keys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
