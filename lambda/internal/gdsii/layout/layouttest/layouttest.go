// Package layouttest is what the tests of the readers of layout files share.
package layouttest

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii/layout"
)

// golden is what the writer of a file says of it.
type golden struct {
	Name  string     `json:"name"`
	Cells int        `json:"cells"`
	Box   [4]float64 `json:"box"`
}

// Golden reads the files of testdata, and compares with testdata/want.json: gdstk
// wrote both. Curves are polygons there, so an edge may be off by 5 units. The
// read function returns the name of the library as well, if the format has one,
// and the metres of a unit.
func Golden(t *testing.T, suffix string, read func(t *testing.T, content []byte) (string, float64, layout.Summary, error)) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "want.json"))
	if err != nil {
		t.Fatal(err)
	}
	var files map[string]golden
	if err := json.Unmarshal(content, &files); err != nil {
		t.Fatal(err)
	}
	for file, want := range files {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			content, err := os.ReadFile(filepath.Join("testdata", file+suffix))
			if err != nil {
				t.Fatal(err)
			}
			name, meter, got, err := read(t, content)
			if err != nil || math.Abs(meter-1e-9) > 1e-20 {
				t.Fatalf("a unit of %g m, error %v, want 1e-9", meter, err)
			}
			if name != want.Name || got.Cells != want.Cells || !got.Exact || got.Missing != 0 {
				t.Errorf("got %q and %+v, want %q, and %d cells of exact extent", name, got, want.Name, want.Cells)
			}
			for i, edge := range Edges(got.Box) {
				if math.Abs(edge-want.Box[i]) > 5 {
					t.Errorf("edge %d is at %g, want %g", i, edge, want.Box[i])
				}
			}
		})
	}
}

// Edges are those of a box: left, bottom, right, top.
func Edges(b layout.Box) [4]float64 { return [4]float64{b.MinX, b.MinY, b.MaxX, b.MaxY} }

// Invalid wants an error of InvalidInput with a text and a place; offset 0 is any.
func Invalid(t *testing.T, err error, text string, offset int64) {
	t.Helper()
	var located *layout.Error
	if !errors.As(err, &located) || failure.Of(err) != failure.InvalidInput || !strings.Contains(err.Error(), text) {
		t.Fatalf("got %v, want InvalidInput with %q", err, text)
	}
	if offset != 0 && located.Offset != offset {
		t.Errorf("got byte %d, want %d", located.Offset, offset)
	}
}

// Sound wants what holds for any content: an error with a place, or a box that is
// not inside out.
func Sound(t *testing.T, got layout.Summary, err error) {
	t.Helper()
	var located *layout.Error
	if err != nil && !errors.As(err, &located) {
		t.Errorf("got %v, want an error with a place", err)
	}
	if b := got.Box; err == nil && (!(b.MinX <= b.MaxX) || !(b.MinY <= b.MaxY)) {
		t.Errorf("got a box that is inside out: %+v", b)
	}
}
