// Package cli is what the programs have in common: a command line that kong reads, a
// manual that is a text, and exit codes.
package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/alecthomas/kong"
)

// The exit codes of every program; docs/exit-codes.md explains them.
const (
	Clean = 0
	// Findings is for what is not as it should be.
	Findings = 1
	// Failed is for what could not be done, or not be judged.
	Failed = 2
	// Usage is for a command line that makes no sense.
	Usage = 64
)

// usageError is a command line that makes no sense.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Usagef returns an error of the command line.
func Usagef(format string, args ...any) error { return AsUsage(fmt.Errorf(format, args...)) }

// AsUsage makes an error one of the command line.
func AsUsage(err error) error { return usageError{err} }

// IsUsage says whether an error is of the command line.
func IsUsage(err error) bool {
	usage := usageError{}
	return errors.As(err, &usage)
}

// Program is a program by its name, its manual, and where it writes.
type Program struct {
	Name, Help     string
	Stdout, Stderr io.Writer
}

// Exit returns the exit code of a run that ended with a code or an error, which it
// tells.
func (p *Program) Exit(code int, err error) int {
	if err == nil {
		return code
	}
	p.Complain(err)
	if IsUsage(err) {
		_, _ = fmt.Fprintf(p.Stderr, "Run \"%s --help\" for usage.\n", p.Name)
		return Usage
	}
	return Failed
}

// Complain writes an error, which may have several lines. What a terminal would
// obey, as in the name of a file, is written as U+FFFD.
func (p *Program) Complain(err error) {
	for line := range strings.Lines(err.Error()) {
		_, _ = fmt.Fprintf(p.Stderr, "%s: %s\n", p.Name, strings.Map(harmless, strings.TrimRight(line, "\n")))
	}
}

func harmless(r rune) rune {
	if unicode.IsControl(r) && r != '\t' || unicode.Is(unicode.Cf, r) {
		return unicode.ReplacementChar
	}
	return r
}

// Manual writes the manual. It is for whoever asks for it.
func (p *Program) Manual() (int, error) {
	_, err := io.WriteString(p.Stdout, p.Help)
	return Clean, err
}

// Asks says whether one of the flags is among the arguments.
func Asks(args []string, flags ...string) bool {
	if i := slices.Index(args, "--"); i >= 0 {
		args = args[:i]
	}
	return slices.ContainsFunc(args, func(arg string) bool { return slices.Contains(flags, arg) })
}

// Parse reads a command line into a grammar.
func (p *Program) Parse(grammar any, args []string) (*kong.Context, error) {
	parser, err := kong.New(grammar, kong.Name(p.Name), kong.NoDefaultHelp(), kong.Writers(p.Stdout, p.Stderr))
	if err != nil {
		return nil, err
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return nil, AsUsage(err)
	}
	return parsed, nil
}
