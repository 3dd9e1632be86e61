package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// LoadError is one reason why a policy set or a configuration is refused.
type LoadError struct {
	File string
	// Line and Col count from 1; 0 means that the position is not known.
	Line, Col int
	Message   string
}

// Error returns "file:line:col: message".
func (e *LoadError) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		b.WriteByte(':')
		b.WriteString(strconv.Itoa(e.Line))
		if e.Col > 0 {
			b.WriteByte(':')
			b.WriteString(strconv.Itoa(e.Col))
		}
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(e.Message)
	return b.String()
}

// LoadErrors are all reasons found, sorted by position.
type LoadErrors []*LoadError

// Error returns one line per error.
func (e LoadErrors) Error() string {
	lines := make([]string, len(e))
	for i, x := range e {
		lines[i] = x.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap makes the single errors visible to errors.As.
func (e LoadErrors) Unwrap() []error {
	out := make([]error, len(e))
	for i, x := range e {
		out[i] = x
	}
	return out
}

func (e *LoadErrors) add(file string, line, col int, format string, args ...any) {
	*e = append(*e, &LoadError{File: file, Line: line, Col: col, Message: fmt.Sprintf(format, args...)})
}

// err returns the sorted errors without repetitions, or nil when there is none.
func (e LoadErrors) err() error {
	if len(e) == 0 {
		return nil
	}
	slices.SortStableFunc(e, func(a, b *LoadError) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col),
			cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(e, func(a, b *LoadError) bool { return *a == *b })
}

// Warning is a remark about a policy set that is loaded nevertheless.
type Warning struct {
	File    string
	Line    int
	Message string
}

// String returns "file:line: message".
func (w Warning) String() string {
	return (&LoadError{File: w.File, Line: w.Line, Message: w.Message}).Error()
}
