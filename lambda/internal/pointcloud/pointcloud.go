// Package pointcloud measures the quality of point clouds: PCD 0.7 (ascii and
// binary) and LAS 1.2 to 1.4.
//
// A cloud is read once, front to back, in about a megabyte of memory whatever its
// size and whatever its header claims. Every input gives metrics or an error
// that says where; none gives a panic. Coordinates have the unit of the file: a
// PCD file is in metres by convention, a LAS file in the unit of its coordinate
// system.
//
// Compressed clouds (PCD binary_compressed, LAZ) and PLY are recognised and
// refused with ErrUnsupported.
package pointcloud

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
)

// The formats.
const (
	FormatPCD = "pcd"
	FormatLAS = "las"
)

// Metrics is what a cloud measures. Its JSON form is that of a quality report.
type Metrics struct {
	Header Header `json:"header"`
	// Points is the number of points that are there.
	Points int64 `json:"point_count"`
	// Bounds holds every point whose three coordinates are finite. It is nil if
	// there is none.
	Bounds *Bounds `json:"coordinate_bounds,omitempty"`
	// Density is points per cubic unit of the bounds, to six decimals unless these
	// are zero. A side of the bounds counts as 0.001 units at least.
	Density float64 `json:"point_density"`
	// NaN is the number of points that have a coordinate that is not finite.
	NaN int64 `json:"nan_coordinates"`
	// NaNShare is NaN as a share of the points, from 0 to 1.
	NaNShare float64 `json:"nan_share"`
	// Invalid is the part of NaN that no cloud may have: a coordinate that is
	// infinite, or text that is no number.
	Invalid int64 `json:"invalid_coordinates"`
	// Malformed is the number of lines that have another number of values than
	// the header says. They are not points.
	Malformed int64 `json:"malformed_lines"`
	// TrailingBytes is what follows the last whole point, in bytes: less than one
	// point is long.
	TrailingBytes int64 `json:"trailing_bytes"`
	// Intensity is nil if no point has a finite intensity.
	Intensity *Intensity `json:"intensity,omitempty"`
	// CountMatches says whether there are as many points as the header says.
	CountMatches bool `json:"header_point_count_match"`
}

// Header is what a cloud says of itself.
type Header struct {
	// Format is FormatPCD or FormatLAS.
	Format string `json:"format"`
	// Version is the version of the format: "0.7", "1.4".
	Version string `json:"version"`
	// Encoding is "ascii" or "binary".
	Encoding string `json:"encoding"`
	// PointFormat is the point data record format of LAS, 0 to 10.
	PointFormat int `json:"point_format"`
	// Fields are the names of the fields of PCD.
	Fields []string `json:"fields,omitempty"`
	// Width and Height are the grid of PCD; a height above 1 is an organised cloud.
	Width  int64 `json:"width,omitempty"`
	Height int64 `json:"height,omitempty"`
	// Points is the number of points.
	Points int64 `json:"points"`
	// Bounds are those that LAS declares.
	Bounds *Bounds `json:"bounds,omitempty"`

	// tolerance is the step of LAS coordinates, by which bounds may be off.
	tolerance [3]float64
}

// Range is a closed interval of finite numbers.
type Range struct {
	Min float64 `json:"min"`
	Max float64 `json:"max"`
}

// Bounds is a box, in units of the file.
type Bounds struct {
	X Range `json:"x"`
	Y Range `json:"y"`
	Z Range `json:"z"`
}

func (b *Bounds) axes() [3]*Range { return [3]*Range{&b.X, &b.Y, &b.Z} }

// Intensity is the strength of the returns, in the scale of the sensor.
type Intensity struct {
	Range
	Mean float64 `json:"mean"`
	// Count is the number of points that have a finite one.
	Count int64 `json:"count"`
}

// Failures are the reasons why a cloud must not be used; none is a pass. Points
// without coordinates are legal in an organised cloud, where they stand for rays
// that did not return.
func (m *Metrics) Failures() []string {
	var reasons []string
	fail := func(failed bool, format string, args ...any) {
		if failed {
			reasons = append(reasons, fmt.Sprintf(format, args...))
		}
	}
	h := &m.Header
	fail(!m.CountMatches, "Point count mismatch: header=%d, actual=%d", h.Points, m.Points)
	fail(h.Format == FormatPCD && !sameProduct(h.Width, h.Height, h.Points),
		"Grid mismatch: width=%d, height=%d, points=%d", h.Width, h.Height, h.Points)
	fail(m.NaN > 0 && h.Height <= 1, "Points with NaN coordinates: %d", m.NaN)
	fail(m.Invalid > 0, "Points with invalid coordinates: %d", m.Invalid)
	fail(m.Malformed > 0, "Lines with a wrong number of values: %d", m.Malformed)
	fail(m.TrailingBytes > 0, "Bytes after the last whole point: %d", m.TrailingBytes)
	fail(m.Density <= 0, "Point density is not positive")
	fail(!m.withinDeclared(), "Points outside of the bounds that the header declares")
	return reasons
}

// withinDeclared says whether the points lie in the bounds of the header.
func (m *Metrics) withinDeclared() bool {
	if m.Bounds == nil || m.Header.Bounds == nil {
		return true
	}
	declared, step := m.Header.Bounds.axes(), m.Header.tolerance
	for i, axis := range m.Bounds.axes() {
		if axis.Min < declared[i].Min-step[i] || axis.Max > declared[i].Max+step[i] {
			return false
		}
	}
	return true
}

// sameProduct says whether width × height is points. A cloud that does not say
// its width is not held to one.
func sameProduct(width, height, points int64) bool {
	if width == 0 {
		return true
	}
	product, ok := multiply(width, height)
	return ok && product == points
}

// multiply is the product of two numbers that are not negative, if it fits.
func multiply(a, b int64) (int64, bool) {
	if b != 0 && a > math.MaxInt64/b {
		return 0, false
	}
	return a * b, true
}

// Measure reads a cloud from its first byte; what it is, its content says. It
// returns an *Error for what is no cloud or breaks its format, one that wraps
// ErrUnsupported for a format that is not read, and the error of r or of ctx, with
// the place. A cloud that is well formed and of bad quality is no error: see
// Failures.
func Measure(ctx context.Context, r io.Reader) (*Metrics, error) {
	s := newSource(ctx, r)
	start, err := s.peek(len(lasSignature))
	if err != nil {
		return nil, err
	}
	switch {
	case string(start) == lasSignature:
		return measureLAS(s)
	case bytes.HasPrefix(start, []byte("ply")):
		return nil, s.unsupported("PLY")
	}
	return measurePCD(s)
}
