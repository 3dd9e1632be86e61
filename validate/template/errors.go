package template

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrNotTemplate marks text that is no CloudFormation template at all: empty,
// a scalar, a sequence, or a mapping with none of Resources,
// AWSTemplateFormatVersion and Transform. Who scans a directory skips and
// counts such files; for a file that was named explicitly it is an error.
var ErrNotTemplate = errors.New("not a CloudFormation template")

// Error is one reason to refuse a template.
type Error struct {
	File string
	Pos
	Message string

	cause error
}

// Error returns "file:line:col: message". The line and column are left out
// when the place is not known.
func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Message)
}

// Unwrap returns ErrNotTemplate when that is the reason, else nil.
func (e *Error) Unwrap() error { return e.cause }

// Errors are all the reasons to refuse a template, sorted by position and at
// most MaxErrors. It is never empty.
type Errors []*Error

// Error returns the errors, one a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, err := range e {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives errors.Is and errors.As the single errors.
func (e Errors) Unwrap() []error {
	errs := make([]error, len(e))
	for i, err := range e {
		errs[i] = err
	}
	return errs
}

func (p Pos) compare(q Pos) int {
	if c := cmp.Compare(p.Line, q.Line); c != 0 {
		return c
	}
	return cmp.Compare(p.Col, q.Col)
}

// errorf records an error. Repetitions at one place, which the expansion of a
// loop makes, are recorded once.
func (l *loader) errorf(pos Pos, format string, args ...any) {
	msg := fmt.Sprintf(format, args...)
	for _, e := range l.errs {
		if e.Pos == pos && e.Message == msg {
			return
		}
	}
	if len(l.errs) < MaxErrors {
		l.errs = append(l.errs, &Error{File: l.file, Pos: pos, Message: msg})
	}
}

// notef records a note, once.
func (l *loader) notef(pos Pos, format string, args ...any) {
	n := Note{Pos: pos, Message: fmt.Sprintf(format, args...)}
	if len(l.t.Notes) >= MaxNotes {
		n = Note{Message: fmt.Sprintf("more than %d notes; the others are left out", MaxNotes)}
	}
	if l.noted == nil {
		l.noted = map[Note]bool{}
	}
	if !l.noted[n] {
		l.noted[n] = true
		l.t.Notes = append(l.t.Notes, n)
	}
}

// failure returns the recorded errors in order, or nil.
func (l *loader) failure() error {
	if len(l.errs) == 0 {
		return nil
	}
	slices.SortStableFunc(l.errs, func(a, b *Error) int { return a.compare(b.Pos) })
	return Errors(l.errs)
}
