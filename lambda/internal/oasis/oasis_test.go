package oasis_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii/layout"
	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii/layout/layouttest"
	"github.com/fsxns3ap/guardhook/lambda/internal/oasis"
	. "github.com/fsxns3ap/guardhook/lambda/internal/oasis/oasistest"
)

func read(t *testing.T, content []byte) (oasis.Layout, error) {
	t.Helper()
	return oasis.Read(t.Context(), bytes.NewReader(content), int64(len(content)), layout.Limits{})
}

// record is parts one behind the other: strings, signed and unsigned integers, and
// bytes as they are.
func record(parts ...any) []byte {
	var out []byte
	for _, part := range parts {
		switch part := part.(type) {
		case string:
			out = append(out, String(part)...)
		case int:
			out = append(out, Unsigned(uint64(part))...)
		case int64:
			out = append(out, Signed(part)...)
		case byte:
			out = append(out, part)
		case []byte:
			out = append(out, part...)
		}
	}
	return out
}

// s is a signed integer.
func s(v int64) int64 { return v }

func TestReadsHeader(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		unit []byte
		want float64
	}{
		"whole":    {record(0, 1000), 1e-9},
		"inverse":  {record(2, 2), 2e-6},
		"quotient": {record(4, 1, 4), 4e-6},
		"single":   {append(Unsigned(6), binary.LittleEndian.AppendUint32(nil, math.Float32bits(0.5))...), 2e-6},
		"double":   {append(Unsigned(7), binary.LittleEndian.AppendUint64(nil, math.Float64bits(2000))...), 5e-10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content := slices.Concat([]byte(Magic), record(1, "1.0", c.unit, 1))
			h, err := oasis.ReadHeader(t.Context(), bytes.NewReader(content), int64(len(content)))
			if err != nil || h.Version != "1.0" || math.Abs(h.Meter/c.want-1) > 1e-12 {
				t.Errorf("got %+v and %v, want %g", h, err, c.want)
			}
		})
	}
}

// unit is a rectangle of 10 by 20 whose place and copies follow: x, y and rep.
func unit(rest ...any) []byte {
	return record(byte(20), byte(0x7f), 1, 0, 10, 20, s(0), s(0), record(rest...))
}

func polygon(form int, rest ...any) []byte {
	return record(byte(21), byte(0x3b), 1, 0, form, record(rest...), s(0), s(0))
}

func path(scheme int, rest ...any) []byte {
	return record(byte(22), byte(0xfb), 1, 0, 2, scheme, record(rest...), 0, 2, s(100), s(50), s(0), s(0))
}

func compact(form int) []byte {
	return record(byte(26), byte(0xfb), 1, 0, form, 10, 20, s(0), s(0))
}

func square() []byte { return Cell("A", Rectangle(0, 0, 10, 20)) }

func TestExtents(t *testing.T) {
	t.Parallel()
	a := func(records ...[]byte) [][]byte { return [][]byte{Cell("A", records...)} }
	top := func(records ...[]byte) [][]byte { return [][]byte{square(), Cell("T", records...)} }
	for name, c := range map[string]struct {
		records [][]byte
		want    [4]float64
	}{
		"rectangle":           {a(Rectangle(-5, 5, 10, 20)), [4]float64{-5, 5, 5, 25}},
		"square":              {a(record(byte(20), byte(0xdb), 1, 0, 10, s(1), s(2))), [4]float64{1, 2, 11, 12}},
		"modal size":          {a(Rectangle(0, 0, 10, 20), record(byte(20), byte(0x10), s(50))), [4]float64{0, 0, 60, 20}},
		"relative":            {a(record(byte(16)), Rectangle(5, 0, 1, 1), Rectangle(5, -3, 1, 1)), [4]float64{5, -3, 11, 1}},
		"absolute again":      {a(record(byte(16)), Rectangle(5, 0, 1, 1), record(byte(15)), Rectangle(5, 0, 1, 1)), [4]float64{5, 0, 6, 1}},
		"grid":                {a(unit(1, 1, 2, 100, 200)), [4]float64{0, 0, 210, 620}},
		"row":                 {a(unit(2, 1, 100)), [4]float64{0, 0, 210, 20}},
		"column":              {a(unit(3, 1, 100)), [4]float64{0, 0, 10, 220}},
		"gaps":                {a(unit(4, 1, 30, 50)), [4]float64{0, 0, 90, 20}},
		"gaps on a grid":      {a(unit(5, 1, 10, 3, 5)), [4]float64{0, 0, 90, 20}},
		"gaps up":             {a(unit(6, 0, 30)), [4]float64{0, 0, 10, 50}},
		"gaps up on a grid":   {a(unit(7, 0, 10, 3)), [4]float64{0, 0, 10, 50}},
		"lattice":             {a(unit(8, 0, 0, 100<<4, 30<<4|1<<1)), [4]float64{0, 0, 110, 50}},
		"diagonal row":        {a(unit(9, 1, 10<<4|4<<1)), [4]float64{0, 0, 30, 40}},
		"scattered":           {a(unit(10, 1, 10<<4|2<<1, 5<<2|1, s(-7))), [4]float64{-10, -7, 10, 20}},
		"scattered on a grid": {a(unit(11, 0, 10, 5<<2|3, s(7))), [4]float64{-50, 0, 10, 90}},
		"modal repetition":    {a(unit(2, 1, 100), unit(0)), [4]float64{0, 0, 210, 20}},
		"polygon, horizontal": {a(polygon(0, 2, s(6), s(-4))), [4]float64{0, -4, 6, 0}},
		"polygon, vertical":   {a(polygon(1, 2, s(6), s(-4))), [4]float64{-4, 0, 0, 6}},
		"polygon, axes":       {a(polygon(2, 3, 6<<2, 4<<2|1, 7<<2|2)), [4]float64{-1, 0, 6, 4}},
		"polygon, octants":    {a(polygon(3, 2, 6<<3|4, 9<<3|6)), [4]float64{-3, -3, 6, 6}},
		"polygon, any":        {a(polygon(4, 2, 6<<2|1, s(3), 5<<4|7<<1)), [4]float64{0, -2, 11, 3}},
		"polygon, second":     {a(polygon(5, 2, 6<<2|1, s(3), 1<<2|1, s(1))), [4]float64{0, 0, 13, 7}},
		"modal polygon":       {a(polygon(0, 2, s(6), s(-4)), record(byte(21), byte(0x10), s(10))), [4]float64{0, -4, 16, 0}},
		"path, flush":         {a(path(5)), [4]float64{0, -2, 102, 50}},
		"path, square":        {a(path(10)), [4]float64{-2, -2, 102, 52}},
		"path, extended":      {a(path(15, s(7), s(-1))), [4]float64{-7, -2, 102, 49}},
		"modal path":          {a(path(10), record(byte(22), byte(0x48), 4, s(100))), [4]float64{-2, -2, 104, 152}},
		"trapezoid":           {a(record(byte(23), byte(0x7b), 1, 0, 10, 20, s(3), s(-2), s(0), s(0))), [4]float64{0, 0, 10, 20}},
		"half a trapezoid":    {a(record(byte(25), byte(0x7b), 1, 0, 10, 20, s(3), s(1), s(0))), [4]float64{1, 0, 11, 20}},
		"compact":             {a(compact(3)), [4]float64{0, 0, 10, 20}},
		"compact, triangle":   {a(compact(17)), [4]float64{0, 0, 10, 10}},
		"compact, wide":       {a(compact(21)), [4]float64{0, 0, 40, 20}},
		"compact, high":       {a(compact(22)), [4]float64{0, 0, 10, 20}},
		"compact, square":     {a(compact(25)), [4]float64{0, 0, 10, 10}},
		"circle":              {a(record(byte(27), byte(0x3b), 1, 0, 5, s(10), s(0))), [4]float64{5, -5, 15, 5}},
		"no extent":           {a(Rectangle(0, 0, 1, 1), record(byte(19), byte(0x5f), "far", 1, 2, s(900), s(900), 2, 0, 5), record(byte(33), byte(0x1b), 7, 1, 0, "x", s(900), s(900)), record(byte(32), 7, "x")), [4]float64{0, 0, 1, 1}},
		"placed":              {top(Place("A", 100, 200)), [4]float64{100, 200, 110, 220}},
		"placed, turned":      {top(record(byte(17), byte(0xb2), "A", s(0), s(0))), [4]float64{-20, 0, 0, 10}},
		"placed, mirrored":    {top(record(byte(17), byte(0xb1), "A", s(0), s(0))), [4]float64{0, -20, 10, 0}},
		"placed, magnified":   {top(record(byte(18), byte(0xb6), "A", 0, 2, 0, 90, s(0), s(0))), [4]float64{-40, 0, 0, 20}},
		"placed in a row":     {top(record(byte(17), byte(0xb8), "A", s(0), s(0), 2, 0, 100)), [4]float64{0, 0, 110, 20}},
		"modal cell":          {top(Place("A", 0, 0), record(byte(17), byte(0x20), s(50))), [4]float64{0, 0, 60, 20}},
		"in a block":          {[][]byte{Block(square()), Block(Cell("T", Place("A", 1, 1)))}, [4]float64{1, 1, 11, 21}},
		"cell over blocks":    {[][]byte{square(), Block(Rectangle(30, 0, 1, 1))}, [4]float64{0, 0, 31, 20}},
		"numbered by order":   {[][]byte{record(byte(13), 1, Rectangle(0, 0, 1, 1)), record(byte(13), 0, byte(17), byte(0xf0), 1, s(5), s(5)), record(byte(3), "T"), record(byte(3), "A")}, [4]float64{5, 5, 6, 6}},
		"number and name":     {[][]byte{record(byte(4), "A", 7), square(), Cell("T", record(byte(17), byte(0xf0), 7, s(5), s(5)))}, [4]float64{5, 5, 15, 25}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := read(t, File(c.records...))
			if err != nil {
				t.Fatal(err)
			}
			if box := layouttest.Edges(got.Box); box != c.want || !got.Exact || got.Missing != 0 || got.Validation != oasis.CRC32 {
				t.Errorf("got %v in %+v, want %v", box, got, c.want)
			}
		})
	}
}

// TestPassesOverTheRest has a record of each kind that means nothing for extents.
func TestPassesOverTheRest(t *testing.T) {
	t.Parallel()
	rest := slices.Concat(
		record(byte(0), byte(5), "text", byte(6), "text", 3, byte(7), "prop", byte(8), "prop", 3, byte(9), "value", byte(10), "value", 3),
		record(byte(11), "layer", 0, 1, 5, byte(12), "layer", 3, 4, 4, 1, 2, byte(30), 9, "x", byte(31), 9, "x", 3),
		record(byte(28), byte(0xf4), "name", 16, 0, 1, 1, 1, 2, 1, 3, 1, 4, 1, 2, 5, 1, 2, 6, make([]byte, 4), 7, make([]byte, 8),
			8, 1, 9, s(-1), 10, "a", 11, "b", 12, "n", 13, 1, 14, 1, 15, 1),
		record(byte(28), byte(0x0e), 3, byte(29)),
	)
	got, err := read(t, File(rest, square(), Block(rest)))
	if err != nil || got.Cells != 1 || got.Box.MaxX != 10 {
		t.Errorf("got %+v and %v, want one cell", got, err)
	}
}

func end(parts ...any) []byte { return slices.Concat(Start(), record(byte(2), record(parts...))) }

func patched(content []byte, at int, b byte) []byte {
	content[at] ^= b
	return content
}

func TestInvalid(t *testing.T) {
	t.Parallel()
	start := int64(len(Start()))
	in := func(parts ...any) []byte { return File(Cell("A", record(parts...))) }
	for name, c := range map[string]struct {
		content []byte
		offset  int64
		want    string
	}{
		"empty":               {nil, 0, "ends early"},
		"another magic":       {make([]byte, 64), 0, "%SEMI-OASIS"},
		"magic only":          {[]byte(Magic), 13, "ends early"},
		"no START":            {append([]byte(Magic), 2), 13, "record 2, want START"},
		"version":             {append([]byte(Magic), record(1, "2.0")...), 13, "another version"},
		"unit of 0":           {append([]byte(Magic), record(1, "1.0", 0, 0, 1)...), 13, "0 database units"},
		"unit of no number":   {append([]byte(Magic), record(1, "1.0", 4, 0, 0, 1)...), 13, "NaN database units"},
		"form of unit":        {append([]byte(Magic), record(1, "1.0", 8)...), 13, "a real of form 8"},
		"no END":              {Start(), start, "ends early"},
		"second START":        {File(Start()[13:]), start, "record 1, want one"},
		"unknown record":      {File([]byte{99}), start, "record 99"},
		"long integer":        {File(slices.Repeat([]byte{0xff}, 12)), start, "more than 63 bits"},
		"outside of a cell":   {File(Rectangle(0, 0, 1, 1)), start, "record 20 outside of a cell"},
		"behind names":        {File(square(), record(byte(3), "B"), Rectangle(0, 0, 1, 1)), 0, "outside of a cell"},
		"twice":               {File(square(), square()), 0, "defined before"},
		"twice by number":     {File(record(byte(4), "A", 0), record(byte(13), 0), square()), 0, "two cells have one name"},
		"two names":           {File(record(byte(4), "A", 0), record(byte(4), "B", 0)), 0, "a second name for cell 0"},
		"both numberings":     {File(record(byte(4), "A", 0), record(byte(3), "B")), 0, "with and without numbers"},
		"interval":            {File(record(byte(11), "l", 5)), start, "an interval of form 5"},
		"second interval":     {File(record(byte(11), "l", 0, 5)), start, "an interval of form 5"},
		"property":            {File(record(byte(28), byte(0x14), "p", 16)), start, "a property value of form 16"},
		"holds itself":        {File(Cell("A", Place("A", 0, 0))), 0, "holds itself"},
		"no size":             {in(byte(20), byte(0)), start + 3, "no width"},
		"no height":           {in(byte(20), byte(0x40), 5), start + 3, "no height"},
		"no repetition":       {in(byte(20), byte(0x64), 5, 5, 0), start + 3, "no repetition"},
		"form of repetition":  {in(byte(20), byte(0x64), 5, 5, 12), start + 3, "a repetition of form 12"},
		"no polygon":          {in(byte(21), byte(0)), start + 3, "no points of a polygon"},
		"form of points":      {in(byte(21), byte(0x20), 6), start + 3, "a point list of form 6"},
		"count of points":     {in(byte(21), byte(0x20), 0, 1<<62), start + 3, "ends early"},
		"no path":             {in(byte(22), byte(0xc0), 1, 5), start + 3, "no points of a path"},
		"no width of path":    {in(byte(22), byte(0)), start + 3, "no width of a path"},
		"no extension":        {in(byte(22), byte(0x60), 1, 0, 0), start + 3, "no extension"},
		"no form":             {in(byte(26), byte(0)), start + 3, "no form of a compact trapezoid"},
		"form of trapezoid":   {in(byte(26), byte(0xe0), 26, 1, 1), start + 3, "a compact trapezoid of form 26"},
		"no radius":           {in(byte(27), byte(0)), start + 3, "no radius"},
		"no cell":             {in(byte(17), byte(0)), start + 3, "no cell to place"},
		"magnification":       {in(byte(18), byte(0x84), "B", 0, 0), start + 3, "magnification 0"},
		"angle":               {in(byte(18), byte(0x82), "B", 4, 0, 0), start + 3, "angle NaN"},
		"compression":         {File(record(byte(34), 1, 1, 1)), start, "compression 1"},
		"block of noise":      {File(record(byte(34), 0, 9, 4, []byte{7, 7, 7, 7})), start, "does not inflate"},
		"block that is cut":   {File(record(byte(34), 0, 9, 1, Block(square())[4:5])), start, "ends early"},
		"block of more":       {File(patched(Block(square()), 2, byte(len(square())^3))), start, "more than 3 bytes"},
		"block of less":       {File(patched(Block(square()), 2, 0x40)), start, "ends early"},
		"block in a block":    {File(Block(Block(square()))), start, "record 34"},
		"END in a block":      {File(Block([]byte{2})), start, "record 2,"},
		"scheme":              {end("", 3), start, "validation scheme 3"},
		"no signature":        {end("", 1), start, "ends early"},
		"length of END":       {end("", 0), start, "END of 3 bytes, and 0 behind it"},
		"data behind the end": {append(File(), 0), start, "and 1 behind it"},
		"changed":             {patched(File(Cell("A", Rectangle(0, 0, 1, 1))), int(start)+2, 1), 0, "the checksum is"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := read(t, c.content)
			layouttest.Invalid(t, err, c.want, c.offset)
		})
	}
}

func TestSaysWhereInABlock(t *testing.T) {
	t.Parallel()
	_, err := read(t, File(Block(square(), []byte{99})))
	if want := "oasis: byte 34, byte 11 of the block: record 99"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

// TestBlocksShareMemory has blocks that would take 40 KiB each to inflate. It is
// not parallel: it measures.
func TestBlocksShareMemory(t *testing.T) {
	const blocks = 2000
	content := File(slices.Repeat([][]byte{Block([]byte{0})}, blocks)...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := read(t, content); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got := (after.TotalAlloc - before.TotalAlloc) / blocks; got > 4<<10 {
		t.Errorf("%d bytes a block, want at most 4 KiB", got)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	var many [][]byte
	for name := range 100 {
		many = append(many, Cell(strings.Repeat("X", name+1), Place("A", 0, 0)))
	}
	pads := Block(make([]byte, 1<<20))
	for name, c := range map[string]struct {
		content []byte
		limits  layout.Limits
	}{
		"bytes":      {File(many...), layout.Limits{Bytes: 1000}},
		"inflated":   {File(pads), layout.Limits{Bytes: 1 << 20}},
		"all blocks": {File(pads, pads), layout.Limits{Bytes: 3 << 19}},
		"memory":     {File(many...), layout.Limits{Memory: 10000}},
		"names":      {File(record(byte(3), strings.Repeat("X", 1000))), layout.Limits{Memory: 1000}},
		"long name":  {File(Cell(strings.Repeat("X", 40000))), layout.Limits{}},
		"long path":  {File(Cell("A", path(5), record(byte(22), byte(0x20), 0, 1<<20, make([]byte, 1<<20)))), layout.Limits{}},
	} {
		_, err := oasis.Read(t.Context(), bytes.NewReader(c.content), int64(len(c.content)), c.limits)
		if failure.Of(err) != failure.TooLarge {
			t.Errorf("%s: got %v, want TooLarge", name, err)
		}
	}
}

type broken struct{}

func (broken) ReadAt([]byte, int64) (int, error) {
	return 0, failure.New(failure.Throttled, "slow down")
}

func TestSourceThatFails(t *testing.T) {
	t.Parallel()
	if _, err := oasis.Read(t.Context(), broken{}, 100, layout.Limits{}); failure.Of(err) != failure.Throttled {
		t.Errorf("got %v, want Throttled", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := oasis.Read(ctx, broken{}, 100, layout.Limits{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it is canceled", err)
	}
}

func TestReadsFilesOfAnotherWriter(t *testing.T) {
	t.Parallel()
	layouttest.Golden(t, ".oas", func(t *testing.T, content []byte) (string, float64, layout.Summary, error) {
		got, err := read(t, content)
		return "", got.Meter, got.Summary, err
	})
}

func FuzzRead(f *testing.F) {
	f.Add(File(square(), Block(Cell("T", Place("A", 1, 1), path(10), compact(21), polygon(4, 2, 6<<2|1, s(3), 5<<4|7<<1)))))
	f.Add(File(Cell("A", unit(8, 0, 0, 100<<4, 30<<4|1<<1), unit(11, 0, 10, 5<<2|3, s(7)))))
	f.Add(File(record(byte(4), "A", 7), square(), record(byte(28), byte(0x24), "p", 6, make([]byte, 4), 10, "v")))
	f.Fuzz(func(t *testing.T, content []byte) {
		got, err := read(t, content)
		layouttest.Sound(t, got.Summary, err)
	})
}

// TestCutBlock: a record that does not end in its block breaks the format: the file
// is not too large.
func TestCutBlock(t *testing.T) {
	t.Parallel()
	for _, cut := range [][]byte{{20}, {14, 5, 'A'}} {
		if _, err := read(t, File(Cell("A"), Block(cut))); failure.Of(err) != failure.InvalidInput {
			t.Errorf("%v: %v", cut, err)
		}
	}
}

// again is a path of n points, and copies of it that take three bytes each.
func again(points, copies int) []byte {
	path := record(byte(22), byte(0xfb), 1, 0, 1, 5, 2, points-1, bytes.Repeat(Unsigned(4), points-1), s(0), s(0))
	return slices.Concat(path, bytes.Repeat(record(byte(22), byte(0x00)), copies))
}

// TestRepeatedPaths: a small file cannot ask for endless work.
func TestRepeatedPaths(t *testing.T) {
	t.Parallel()
	content := File(Cell("A", again(1000, 5000)))
	limits := layout.Limits{Bytes: 1 << 20}
	if _, err := oasis.Read(t.Context(), bytes.NewReader(content), int64(len(content)), limits); failure.Of(err) != failure.TooLarge {
		t.Error(err)
	}
	if l, err := read(t, content); err != nil || l.Box.Empty() {
		t.Errorf("%+v, %v", l, err)
	}
}

// TestEndsWithin: the context ends the reading also where nothing is fetched: a
// block of a few bytes inflates to many.
func TestEndsWithin(t *testing.T) {
	t.Parallel()
	for name, records := range map[string][]byte{"pads": make([]byte, 1<<20), "paths": again(1<<17, 1<<12)} {
		ctx, cancel := context.WithCancel(t.Context())
		content := File(Cell("A", Block(records)))
		r := &last{Reader: bytes.NewReader(content), size: int64(len(content)), then: cancel}
		if _, err := oasis.Read(ctx, r, r.size, layout.Limits{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// last calls then when the last byte was read.
type last struct {
	*bytes.Reader
	size int64
	then func()
}

func (l *last) ReadAt(p []byte, offset int64) (int, error) {
	n, err := l.Reader.ReadAt(p, offset)
	if offset+int64(n) == l.size {
		l.then()
	}
	return n, err
}
