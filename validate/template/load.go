package template

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// Options change how a template is loaded. The zero value is usable.
type Options struct {
	// Parameters are values of parameters, and of pseudo parameters, that are
	// known. Loading needs them only where a Fn::ForEach loops over one.
	Parameters map[string]string
	// Passed returns what the parent of a nested stack passes for a parameter that
	// is not in Parameters; known is false where that cannot be told. It is nil for
	// other templates.
	Passed func(name string) (value string, passed, known bool)
}

// Load reads a template, YAML or JSON. file is the name that messages show.
//
// A template with any error is refused whole: the error is then an Errors. It
// matches ErrNotTemplate when the text is not a template at all.
func Load(file string, src []byte, opts Options) (*Template, error) {
	src = bytes.TrimPrefix(src, []byte("\xEF\xBB\xBF"))
	l := &loader{
		file: file,
		opts: opts,
		src:  newSource(src),
		t:    &Template{File: file, Source: src},
	}
	root := l.read()
	if root == nil {
		return nil, l.failure()
	}
	l.template(root)
	if err := l.failure(); err != nil {
		return nil, err
	}
	return l.t, nil
}

// loader is the state of one Load.
type loader struct {
	file string
	opts Options
	src  *source
	t    *Template
	errs []*Error

	noted map[Note]bool
	slab  []Node
	nodes int
	loops bool // a key starts with Fn::ForEach

	names
}

// errStop ends the reading of a file whose error is recorded.
var errStop = errors.New("stop")

// stopf records an error after which reading cannot go on.
func (l *loader) stopf(pos Pos, format string, args ...any) error {
	l.errorf(pos, format, args...)
	return errStop
}

// read parses the text into a tree in which short tags are calls and long
// forms are still maps. It returns nil when errors are recorded.
func (l *loader) read() *Node {
	root, err := l.parse()
	if err != nil && !couldBeTemplate(l.src.text) {
		return l.notTemplate(fmt.Sprintf("it cannot be read: %s", l.errs[0].Message))
	}
	if err != nil || len(l.errs) > 0 {
		return nil
	}
	return root
}

func (l *loader) parse() (*Node, error) {
	text := l.src.text
	if bytes.HasPrefix(text, []byte("\xFF\xFE")) || bytes.HasPrefix(text, []byte("\xFE\xFF")) {
		return nil, l.stopf(Pos{1, 1}, "the text is UTF-16; CloudFormation reads UTF-8")
	}
	if len(text) > MaxBytes {
		return nil, l.stopf(Pos{1, 1}, "the template has %d bytes; the limit is %d", len(text), MaxBytes)
	}
	if err := l.checkText(); err != nil {
		return nil, err
	}
	if trimmed := bytes.TrimLeft(text, " \t\r\n"); len(trimmed) > 0 && trimmed[0] == '{' {
		root, jsonErr := parseJSON(l)
		if jsonErr == nil {
			return root, nil
		}
		if strings.EqualFold(filepath.Ext(l.file), ".json") {
			return nil, jsonErr
		}
		// A YAML flow mapping starts like JSON. When it is neither, what the
		// JSON parser said is the better message.
		errs := l.errs
		l.errs, l.nodes, l.loops = nil, 0, false
		root, err := parseYAML(l)
		if errors.Is(err, errSyntax) {
			l.errs = errs
		}
		return root, err
	}
	return parseYAML(l)
}

// checkText refuses bytes that are no text.
func (l *loader) checkText() error {
	text := l.src.text
	for i := 0; i < len(text); {
		c := text[i]
		if c >= 0x20 && c < 0x7F || c == '\n' || c == '\r' || c == '\t' {
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			return l.stopf(l.src.pos(i), "invalid UTF-8 (byte 0x%02X)", c)
		case r < 0x20 || r == 0x7F || r > 0x7F && r < 0xA0 && r != 0x85 || r == 0xFFFE || r == 0xFFFF:
			return l.stopf(l.src.pos(i), "the character U+%04X is not allowed", r)
		}
		i += n
	}
	return nil
}

// notTemplate records the one error that matches ErrNotTemplate.
func (l *loader) notTemplate(why string) *Node {
	l.errs = []*Error{{
		File: l.file, Pos: Pos{1, 1},
		Message: fmt.Sprintf("%v: %s", ErrNotTemplate, why),
		cause:   ErrNotTemplate,
	}}
	return nil
}

// couldBeTemplate tells a template that cannot be read from any other file
// that cannot be read. It errs on the side of a template.
func couldBeTemplate(text []byte) bool {
	text = bytes.ReplaceAll(text, []byte{0}, nil)
	for _, section := range []string{"Resources", "AWSTemplateFormatVersion", "Transform"} {
		if bytes.Contains(text, []byte(section)) {
			return true
		}
	}
	return false
}

// isTemplateKey reports whether a top-level key marks a template.
func isTemplateKey(name string) bool {
	return name == "Resources" || name == "AWSTemplateFormatVersion" || name == "Transform"
}

// new returns an empty node.
func (l *loader) new(kind Kind, pos Pos) *Node {
	if len(l.slab) == 0 {
		l.slab = make([]Node, 256)
	}
	n := &l.slab[0]
	l.slab = l.slab[1:]
	l.nodes++
	n.Kind, n.Pos = kind, pos
	return n
}

// full reports whether the template has as many values as it may.
func (l *loader) full() bool { return l.nodes >= MaxNodes }
