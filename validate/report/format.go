package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Format writes a finished report. No format leaves out an outcome: what it has
// no place for it says in its own way.
type Format interface {
	Write(w io.Writer, r *Report) error
}

// formats are all formats, by name.
func formats(style Style) map[string]Format {
	return map[string]Format{
		"text":     Text(style),
		"json":     JSON{},
		"sarif":    SARIF{},
		"junit":    JUnit{},
		"github":   GitHub{},
		"gitlab":   GitLab{},
		"markdown": Markdown{},
		"html":     HTML{},
	}
}

// Formats are the names that NewFormat knows, in alphabetical order.
func Formats() []string {
	var names []string
	for name := range formats(Style{}) {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Style changes how text is written.
type Style struct {
	Color bool
	// Quiet leaves everything out but the summary and what could not be judged.
	Quiet bool
	// Known shows the findings that a baseline has, not only their number.
	Known bool
}

// NewFormat returns the format with a name. Only text has a style.
func NewFormat(name string, style Style) (Format, error) {
	if f, ok := formats(style)[name]; ok {
		return f, nil
	}
	return nil, fmt.Errorf("unknown format %q (want one of %s)", name, strings.Join(Formats(), ", "))
}

// JSON writes a report as one document, which docs/report.schema.json
// describes.
type JSON struct{}

// Write implements Format.
func (JSON) Write(w io.Writer, r *Report) error { return writeJSON(w, r) }

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
