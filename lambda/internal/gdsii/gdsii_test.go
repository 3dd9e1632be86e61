package gdsii_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii"
	. "github.com/fsxns3ap/guardhook/lambda/internal/gdsii/gdsiitest"
	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii/layout"
	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii/layout/layouttest"
)

func read(t *testing.T, content []byte) (gdsii.Library, error) {
	t.Helper()
	return gdsii.Read(t.Context(), bytes.NewReader(content), int64(len(content)), layout.Limits{})
}

func TestReadsHeader(t *testing.T) {
	t.Parallel()
	content := Header("CHIP")
	h, err := gdsii.ReadHeader(t.Context(), bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	created := time.Date(2024, 2, 29, 12, 34, 56, 0, time.UTC)
	if h.Name != "CHIP" || h.Version != 600 || !h.Created.Equal(created) || h.UserUnit-1e-3 > 1e-18 || h.Meter-1e-9 > 1e-24 {
		t.Errorf("got %+v", h)
	}
}

func TestDatesOfHeaders(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		date []int16
		want time.Time
	}{
		"from 1900":  {[]int16{99, 12, 31, 1, 2, 3}, time.Date(1999, 12, 31, 1, 2, 3, 0, time.UTC)},
		"past 2000":  {[]int16{124, 1, 1, 0, 0, 0}, time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)},
		"no day":     {[]int16{2023, 2, 29, 0, 0, 0}, time.Time{}},
		"zeros":      {[]int16{0, 0, 0, 0, 0, 0}, time.Time{}},
		"below zero": {[]int16{-1, 1, 1, 0, 0, 0}, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content := slices.Concat(Short(0, 5), Short(1, append(c.date, make([]int16, 6)...)...), Text(2, "L"), Real(3, 1e-3, 1e-9))
			h, err := gdsii.ReadHeader(t.Context(), bytes.NewReader(content), int64(len(content)))
			if err != nil || !h.Created.Equal(c.want) {
				t.Errorf("got %v and %v, want %v", h.Created, err, c.want)
			}
		})
	}
}

func square() []byte { return Structure("A", Boundary(0, 0, 10, 20)) }

func line(kind int16, records ...[]byte) []byte {
	return Element(0x09, Short(0x0d, 1), Short(0x21, kind), Long(0x0f, 4), slices.Concat(records...), Long(0x10, 0, 0, 100, 0, 100, 50))
}

func TestExtents(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		structures [][]byte
		cells      int
		want       [4]float64
	}{
		"boundary":         {[][]byte{square()}, 1, [4]float64{0, 0, 10, 20}},
		"box":              {[][]byte{Structure("A", Element(0x2d, Long(0x10, 1, 2, 3, 4)))}, 1, [4]float64{1, 2, 3, 4}},
		"text and node":    {[][]byte{Structure("A", Boundary(0, 0, 1, 1), Element(0x0c, Long(0x10, 9, 9)), Element(0x15, Long(0x10, 9, 9)))}, 1, [4]float64{0, 0, 1, 1}},
		"path, flush":      {[][]byte{Structure("A", line(0))}, 1, [4]float64{0, -2, 102, 50}},
		"path, round":      {[][]byte{Structure("A", line(1))}, 1, [4]float64{-2, -2, 102, 52}},
		"path, square":     {[][]byte{Structure("A", line(2))}, 1, [4]float64{-2, -2, 102, 52}},
		"path, extended":   {[][]byte{Structure("A", line(4, Long(0x30, 7), Long(0x31, 9)))}, 1, [4]float64{-7, -2, 102, 59}},
		"path, turn back":  {[][]byte{Structure("A", Element(0x09, Long(0x0f, 4), Long(0x10, 0, 0, 100, 0, 0, 0)))}, 1, [4]float64{0, -2, 102, 2}},
		"path, a point":    {[][]byte{Structure("A", Element(0x09, Long(0x0f, 4), Long(0x10, 5, 5, 5, 5)))}, 1, [4]float64{3, 3, 7, 7}},
		"placed":           {[][]byte{square(), Structure("T", SRef("A", 100, 200))}, 2, [4]float64{100, 200, 110, 220}},
		"placed before":    {[][]byte{Structure("T", SRef("A", 100, 200)), square()}, 2, [4]float64{100, 200, 110, 220}},
		"turned":           {[][]byte{square(), Structure("T", SRef("A", 0, 0, Real(0x1c, 90)))}, 2, [4]float64{-20, 0, 0, 10}},
		"turned back":      {[][]byte{square(), Structure("T", SRef("A", 0, 0, Real(0x1c, -90)))}, 2, [4]float64{0, -10, 20, 0}},
		"upside down":      {[][]byte{square(), Structure("T", SRef("A", 0, 0, Real(0x1c, 180)))}, 2, [4]float64{-10, -20, 0, 0}},
		"mirrored":         {[][]byte{square(), Structure("T", SRef("A", 0, 0, Record(0x1a, 1, 0x80, 0)))}, 2, [4]float64{0, -20, 10, 0}},
		"magnified":        {[][]byte{square(), Structure("T", SRef("A", 1, 1, Real(0x1b, 2.5)))}, 2, [4]float64{1, 1, 26, 51}},
		"array":            {[][]byte{square(), Structure("T", Element(0x0b, Text(0x12, "A"), Short(0x13, 3, 2), Long(0x10, 0, 0, 90, 0, 0, 50)))}, 2, [4]float64{0, 0, 70, 45}},
		"placed twice":     {[][]byte{square(), Structure("T", SRef("A", 0, 0), SRef("A", 50, -5))}, 2, [4]float64{0, -5, 60, 20}},
		"two on top":       {[][]byte{square(), Structure("B", Boundary(-5, -5, 0, 0))}, 2, [4]float64{-5, -5, 10, 20}},
		"missing is empty": {[][]byte{Structure("T", SRef("GONE", 9, 9), Boundary(0, 0, 1, 1))}, 1, [4]float64{0, 0, 1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := read(t, append(Library("L", c.structures...), make([]byte, 100)...))
			if err != nil {
				t.Fatal(err)
			}
			if box := layouttest.Edges(got.Box); box != c.want || got.Cells != c.cells || !got.Exact {
				t.Errorf("got %v of %d cells, want %v of %d", box, got.Cells, c.want, c.cells)
			}
		})
	}
}

func TestSaysWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	got, err := read(t, Library("L", square(), Structure("T", SRef("A", 0, 0, Real(0x1c, 45)), SRef("X", 0, 0), SRef("X", 1, 0, Real(0x1c, 90)))))
	if err != nil || got.Exact || got.Missing != 1 || got.Box.MaxY < 21.21 || got.Box.MaxY > 21.22 {
		t.Errorf("got %+v and %v, want one missing structure, and an extent that is not exact", got, err)
	}
	if got, err := read(t, Library("L")); err != nil || !got.Box.Empty() || got.Cells != 0 {
		t.Errorf("got %+v and %v, want nothing", got, err)
	}
}

func TestInvalid(t *testing.T) {
	t.Parallel()
	head := int64(len(Header("L")))
	for name, c := range map[string]struct {
		content []byte
		offset  int64
		want    string
	}{
		"empty":               {nil, 0, "ends early"},
		"no GDSII":            {[]byte("%SEMI-OASIS\r\n"), 0, "a record of 9555 bytes, want an even number"},
		"length 0":            {slices.Concat(Header("L"), make([]byte, 64)), head, "a record of 0 bytes"},
		"odd length":          {append(Header("L"), 0, 5, 4, 0, 0), head, "a record of 5 bytes"},
		"another first":       {Record(0x04, 0), 0, "ENDLIB, want HEADER"},
		"version":             {Short(0, 800), 0, "version 800"},
		"unknown type":        {slices.Concat(Header("L"), Record(0x7f, 0)), head, "record type 0x7f"},
		"type without name":   {slices.Concat(Header("L"), Record(0x18, 0)), head, "record type 0x18"},
		"data type":           {Record(0, 3, 0, 5), 0, "HEADER with data type 3, want 2"},
		"short data":          {Record(0, 2), 0, "HEADER with 0 bytes of data, want 2"},
		"no BGNLIB":           {slices.Concat(Short(0, 5), Record(4, 0)), 6, "ENDLIB, want BGNLIB"},
		"no LIBNAME":          {slices.Concat(Header("L")[:34], Record(4, 0)), 34, "ENDLIB, want LIBNAME"},
		"units":               {slices.Concat(Header("L")[:40], Real(3, 0, 1e-9)), 40, "units of 0 and 1e-09"},
		"no ENDLIB":           {Header("L"), head, "ends early"},
		"cut in a record":     {Library("L", square())[:head+40], head + 38, "ends early"},
		"no STRNAME":          {slices.Concat(Header("L"), Short(5, make([]int16, 12)...), Record(7, 0)), head + 28, "ENDSTR, want STRNAME"},
		"element outside":     {Library("L", Boundary(0, 0, 1, 1)), head, "BOUNDARY, want BGNSTR or ENDLIB"},
		"no element":          {Library("L", Structure("A", Record(0x11, 0))), head + 34, "ENDEL, want an element"},
		"structure in one":    {Library("L", Structure("A", Element(8, Record(0x07, 0)))), head + 38, "ENDSTR, want a record of an element"},
		"twice":               {Library("L", square(), square()), 0, "defined before"},
		"no XY":               {Library("L", Structure("A", Element(8))), head + 38, "BOUNDARY without XY"},
		"half a point":        {Library("L", Structure("A", Element(8, Long(0x10, 1, 2, 3)))), head + 38, "XY of 12 bytes"},
		"second XY":           {Library("L", Structure("A", Element(9, Long(0x10, 1, 2), Long(0x10, 1, 2)))), head + 50, "a second XY"},
		"no SNAME":            {Library("L", Structure("A", Element(0x0a, Long(0x10, 1, 2)))), head + 50, "SREF without SNAME"},
		"points of SREF":      {Library("L", Structure("A", Element(0x0a, Text(0x12, "B"), Long(0x10, 1, 2, 3, 4)))), head + 64, "SREF with 2 points, want 1"},
		"array of none":       {Library("L", Structure("A", Element(0x0b, Text(0x12, "B"), Short(0x13, 0, 1), Long(0x10, 1, 2, 3, 4, 5, 6)))), 0, "AREF of 0 columns"},
		"magnification":       {Library("L", Structure("A", SRef("B", 0, 0, Real(0x1b, -1)))), 0, "magnification of -1"},
		"holds itself":        {Library("L", Structure("A", SRef("A", 0, 0))), 0, "holds itself"},
		"hold each other":     {Library("L", Structure("A", SRef("B", 0, 0)), Structure("B", SRef("A", 0, 0)), square()[:0]), 0, "holds itself"},
		"data behind the end": {append(Library("L"), 1), 0, "data behind ENDLIB"},
		"past all numbers":    {Library("L", huge()...), 0, "past all numbers"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := read(t, c.content)
			layouttest.Invalid(t, err, c.want, c.offset)
		})
	}
}

// huge magnifies and magnifies.
func huge() [][]byte {
	out := [][]byte{square()}
	for name := 'B'; name < 'H'; name++ {
		out = append(out, Structure(string(name), SRef(string(name-1), 0, 0, Real(0x1b, 1e70))))
	}
	return out
}

func TestLimits(t *testing.T) {
	t.Parallel()
	var many [][]byte
	for name := range 100 {
		many = append(many, Structure(strings.Repeat("X", name+1), SRef("A", 0, 0)))
	}
	content := Library("L", many...)
	for name, limits := range map[string]layout.Limits{"bytes": {Bytes: 1000}, "memory": {Memory: 10000}} {
		_, err := gdsii.Read(t.Context(), bytes.NewReader(content), int64(len(content)), limits)
		if failure.Of(err) != failure.TooLarge {
			t.Errorf("%s: got %v, want TooLarge", name, err)
		}
	}
	if _, err := read(t, content); err != nil {
		t.Errorf("without limits: %v", err)
	}
}

// TestPlacementsTakeNoMemory places one structure more often than the limit has bytes.
func TestPlacementsTakeNoMemory(t *testing.T) {
	t.Parallel()
	content := Library("L", square(), Structure("T", slices.Repeat([][]byte{SRef("A", 3, 4)}, 2000)...))
	if _, err := gdsii.Read(t.Context(), bytes.NewReader(content), int64(len(content)), layout.Limits{Memory: 1000}); err != nil {
		t.Error(err)
	}
}

type broken struct{ err error }

func (b broken) ReadAt([]byte, int64) (int, error) { return 0, b.err }

func TestSourceThatFails(t *testing.T) {
	t.Parallel()
	_, err := gdsii.Read(t.Context(), broken{failure.New(failure.Unavailable, "reset: %w", io.ErrUnexpectedEOF)}, 100, layout.Limits{})
	if failure.Of(err) != failure.Unavailable {
		t.Errorf("got %v, want Unavailable", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := gdsii.Read(ctx, broken{}, 100, layout.Limits{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it is canceled", err)
	}
}

// ranges counts ranged reads.
type ranges struct {
	io.ReaderAt
	count, largest int
}

func (r *ranges) ReadAt(p []byte, at int64) (int, error) {
	r.count, r.largest = r.count+1, max(r.largest, len(p))
	return r.ReaderAt.ReadAt(p, at)
}

func TestReadsByWindows(t *testing.T) {
	t.Parallel()
	content := Library("L", Structure("A", slices.Repeat([][]byte{Boundary(0, 0, 1, 1)}, 40000)...))
	r := &ranges{ReaderAt: bytes.NewReader(content)}
	if _, err := gdsii.Read(t.Context(), r, int64(len(content)), layout.Limits{}); err != nil {
		t.Fatal(err)
	}
	if want := len(content)/layout.Window + 1; r.count != want || r.largest > layout.Window {
		t.Errorf("%d reads of at most %d bytes, want %d of at most %d", r.count, r.largest, want, layout.Window)
	}
}

func TestReadsFilesOfAnotherWriter(t *testing.T) {
	t.Parallel()
	layouttest.Golden(t, ".gds", func(t *testing.T, content []byte) (string, float64, layout.Summary, error) {
		got, err := read(t, content)
		return got.Name, got.Meter, got.Summary, err
	})
}

func FuzzRead(f *testing.F) {
	f.Add(Library("L", square(), Structure("T", SRef("A", 1, 2, Real(0x1c, 30)), line(4, Long(0x30, 7)))))
	f.Add(Library("L", Structure("T", SRef("T", 0, 0))))
	f.Add(Header("L"))
	f.Fuzz(func(t *testing.T, content []byte) {
		got, err := read(t, content)
		layouttest.Sound(t, got.Summary, err)
	})
}
