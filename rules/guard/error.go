package guard

import (
	"fmt"
	"strings"
)

// Error is a located error in a rule file, a document or a test file.
type Error struct {
	File string
	Pos  Pos
	Msg  string
	// Cause is what errors.Is finds: ErrSteps, the error of the context, or
	// nil.
	Cause error
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

func (e *Error) Error() string {
	if e.Pos.Line == 0 {
		return e.File + ": " + e.Msg
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Pos.Line, e.Pos.Col, e.Msg)
}

// Errors is a list of located errors.
type Errors []*Error

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the single errors.
func (e Errors) Unwrap() []error {
	list := make([]error, len(e))
	for i, one := range e {
		list[i] = one
	}
	return list
}
