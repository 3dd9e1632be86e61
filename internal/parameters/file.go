package parameters

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

type entry struct{ key, value string }

// parse reads the three forms of parameter files that the AWS
// command line knows: a list of ParameterKey and ParameterValue, a list of
// "Key=Value", and an object with Parameters.
func parse(file string, src []byte) ([]entry, error) {
	r := &reader{file: file, src: bytes.TrimPrefix(src, []byte("\xEF\xBB\xBF")), seen: map[string]bool{}}
	r.dec = json.NewDecoder(bytes.NewReader(r.src))
	r.dec.UseNumber()
	if err := r.read(); err != nil {
		return nil, r.located(err)
	}
	if _, err := r.dec.Token(); err != io.EOF {
		return nil, r.located(errors.New("more than one JSON document"))
	}
	return r.entries, nil
}

type reader struct {
	file    string
	src     []byte
	dec     *json.Decoder
	entries []entry
	seen    map[string]bool
}

// located adds the place up to which the file was read.
func (r *reader) located(err error) error {
	offset := r.dec.InputOffset()
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		offset = syntax.Offset
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = errors.New("the file ends too early")
	}
	before := r.src[:min(int(offset), len(r.src))]
	line := 1 + bytes.Count(before, []byte("\n"))
	col := len([]rune(string(before[bytes.LastIndexByte(before, '\n')+1:])))
	return fmt.Errorf("%s:%d:%d: %w", r.file, line, max(col, 1), err)
}

func (r *reader) read() error {
	token, err := r.dec.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('['):
		return r.each(func() error {
			token, err := r.dec.Token()
			if err != nil {
				return err
			}
			if text, ok := token.(string); ok {
				key, value, ok := strings.Cut(text, "=")
				if !ok {
					return fmt.Errorf("%q is not of the form Key=Value", text)
				}
				return r.add(key, value)
			}
			if token != json.Delim('{') {
				return errors.New("want an object with ParameterKey and ParameterValue")
			}
			return r.entry()
		})
	case json.Delim('{'):
		found := false
		err := r.fields(func(name string) error {
			switch name {
			case "Parameters":
				found = true
				if token, err := r.dec.Token(); err != nil || token != json.Delim('{') {
					return errors.Join(err, errors.New("Parameters must be an object"))
				}
				return r.fields(func(key string) error {
					value, err := r.scalar(key)
					if err != nil {
						return err
					}
					return r.add(key, value)
				})
			case "Tags", "StackPolicy":
				var skip json.RawMessage
				return r.dec.Decode(&skip)
			}
			return fmt.Errorf("unknown key %q (want Parameters, Tags or StackPolicy)", name)
		})
		if err == nil && !found {
			err = errors.New("the object has no Parameters")
		}
		return err
	}
	return errors.New("want a list of ParameterKey and ParameterValue, or an object with Parameters")
}

// entry reads the rest of {"ParameterKey": ..., "ParameterValue": ...}.
func (r *reader) entry() error {
	var key string
	var value *string
	previous := false
	err := r.fields(func(name string) error {
		switch name {
		case "ParameterKey":
			text, err := r.scalar(name)
			key = text
			return err
		case "ParameterValue":
			text, err := r.scalar(name)
			value = &text
			return err
		case "UsePreviousValue":
			return r.dec.Decode(&previous)
		case "ResolvedValue":
			_, err := r.scalar(name)
			return err
		}
		return fmt.Errorf("unknown key %q (want ParameterKey, ParameterValue, UsePreviousValue or ResolvedValue)", name)
	})
	switch {
	case err != nil:
		return err
	case key == "":
		return errors.New("an entry has no ParameterKey")
	case value == nil && previous:
		return nil // any value is possible
	case value == nil:
		return fmt.Errorf("%s has no ParameterValue", key)
	}
	return r.add(key, *value)
}

func (r *reader) add(key, value string) error {
	if r.seen[key] {
		return fmt.Errorf("the parameter %s is there twice", key)
	}
	r.seen[key] = true
	r.entries = append(r.entries, entry{key, value})
	return nil
}

// scalar reads a value as CloudFormation's text.
func (r *reader) scalar(name string) (string, error) {
	token, err := r.dec.Token()
	if err != nil {
		return "", err
	}
	switch v := token.(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case bool:
		return fmt.Sprint(v), nil
	}
	return "", fmt.Errorf("the value of %s must be text", name)
}

func (r *reader) each(item func() error) error {
	for r.dec.More() {
		if err := item(); err != nil {
			return err
		}
	}
	_, err := r.dec.Token()
	return err
}

// fields reads the fields of an object whose brace is read.
func (r *reader) fields(field func(name string) error) error {
	seen := map[string]bool{}
	return r.each(func() error {
		token, err := r.dec.Token()
		if err != nil {
			return err
		}
		name, ok := token.(string)
		if !ok {
			return errors.New("want a key")
		}
		if seen[name] {
			return fmt.Errorf("the key %s is there twice", name)
		}
		seen[name] = true
		return field(name)
	})
}
