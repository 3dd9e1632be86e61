package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Format writes a finished report.
type Format interface {
	Write(w io.Writer, r *Report) error
}

// Formats are the names that NewFormat knows.
func Formats() []string { return []string{"text", "json"} }

// Style changes how text is written.
type Style struct {
	Color bool
	// Quiet leaves everything out but the summary and what could not be judged.
	Quiet bool
}

// NewFormat returns the format with a name.
func NewFormat(name string, style Style) (Format, error) {
	switch name {
	case "text":
		return Text(style), nil
	case "json":
		return JSON{}, nil
	}
	names := Formats()
	slices.Sort(names)
	return nil, fmt.Errorf("unknown format %q (want one of %s)", name, strings.Join(names, ", "))
}

// JSON writes a report as one document, which docs/report.schema.json
// describes.
type JSON struct{}

// Write implements Format.
func (JSON) Write(w io.Writer, r *Report) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}
