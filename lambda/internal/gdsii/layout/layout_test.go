package layout_test

import (
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"math"
	"testing"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii/layout"
	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii/layout/layouttest"
)

func TestBoxOfNothingStaysEmpty(t *testing.T) {
	t.Parallel()
	var nothing layout.Box
	nothing.Union(layout.Box{})
	point := layout.BoxOf(layout.Point{X: -1, Y: 2})
	moved, origins := nothing.At(point), point.At(nothing)
	if !nothing.Empty() || !moved.Empty() || !origins.Empty() || point.Empty() {
		t.Error("want that a box with a point is not empty, and others are")
	}
}

func TestPathOnASlope(t *testing.T) {
	t.Parallel()
	p := layout.Path{Half: math.Sqrt2, Begin: math.Sqrt2, End: 2 * math.Sqrt2}
	p.Add(layout.Point{})
	p.Add(layout.Point{X: 10, Y: 10})
	for i, edge := range layouttest.Edges(p.Box()) {
		if want := [...]float64{-2, -2, 13, 13}[i]; math.Abs(edge-want) > 1e-9 {
			t.Errorf("edge %d is at %g, want %g", i, edge, want)
		}
	}
}

// TestDeepHierarchy has a chain of cells, and two ways from each to the next: ways
// in all are past any number.
func TestDeepHierarchy(t *testing.T) {
	t.Parallel()
	h := layout.NewHierarchy(layout.Limits{})
	name := func(i int) string { return string(rune('a' + i)) }
	const depth = 10000
	for i := range depth {
		if _, err := h.Begin(name(i)); err != nil {
			t.Fatal(err)
		}
		for _, how := range []layout.Transform{{Mag: 1}, {Mag: 1, Angle: 360}} {
			if err := h.Place(name(i+1), how, layout.BoxOf(layout.Point{X: 1})); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := h.Begin(name(depth)); err != nil {
		t.Fatal(err)
	}
	h.Add(layout.BoxOf(layout.Point{}, layout.Point{X: 5, Y: 6}))
	got, err := h.Summary()
	if err != nil || got.Cells != depth+1 || layouttest.Edges(got.Box) != [4]float64{depth, 0, depth + 5, 6} {
		t.Errorf("got %+v and %v", got, err)
	}
}

func TestSourceSums(t *testing.T) {
	t.Parallel()
	content := bytes.Repeat([]byte("layout"), 1<<18)
	sum := crc32.NewIEEE()
	s := layout.NewSource(t.Context(), bytes.NewReader(content), int64(len(content)), layout.Limits{}, sum, 4)
	if n, err := io.Copy(io.Discard, s); err != nil || n != int64(len(content)) || s.Offset() != n {
		t.Fatalf("read %d bytes: %v", n, err)
	}
	if want := crc32.ChecksumIEEE(content[:len(content)-4]); sum.Sum32() != want {
		t.Errorf("got %08x, want %08x", sum.Sum32(), want)
	}
}

func TestPlacesOfErrors(t *testing.T) {
	t.Parallel()
	placed := layout.Located(layout.Invalid("wrong"), "oasis", 7, 9)
	if got, want := placed.Error(), "oasis: byte 7, byte 9 of the block: wrong"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if again := layout.Located(placed, "oasis", 8, -1); again != placed {
		t.Errorf("got %v, want the first place", again)
	}
	if err := layout.Located(layout.TooLarge("much"), "gdsii", 7, -1); failure.Of(err) != failure.TooLarge || err.Error() != "gdsii: byte 7: much" {
		t.Errorf("got %v", err)
	}
	other := errors.New("cable")
	if err := layout.Located(other, "gdsii", 7, -1); !errors.Is(err, other) || failure.Of(err) != failure.Internal {
		t.Errorf("got %v, want it to stay what it is", err)
	}
	if err := layout.Located(nil, "gdsii", 7, -1); err != nil {
		t.Errorf("got %v, want none", err)
	}
}

func TestTransforms(t *testing.T) {
	t.Parallel()
	for how, want := range map[layout.Transform][4]float64{
		{Mag: 1}:                           {1, 2, 3, 5},
		{Mag: 1, Angle: 90}:                {-5, 1, -2, 3},
		{Mag: 1, Angle: 180}:               {-3, -5, -1, -2},
		{Mag: 1, Angle: 270}:               {2, -3, 5, -1},
		{Mag: 1, Angle: -90}:               {2, -3, 5, -1},
		{Mag: 1, Angle: 450}:               {-5, 1, -2, 3},
		{Mag: 2, Angle: 90, Mirror: true}:  {4, 2, 10, 6},
		{Mag: 1, Angle: 720, Mirror: true}: {1, -5, 3, -2},
	} {
		h := layout.NewHierarchy(layout.Limits{})
		_, first := h.Begin("top")
		err := errors.Join(first, h.Place("a", how, layout.BoxOf(layout.Point{})))
		_, second := h.Begin("a")
		h.Add(layout.BoxOf(layout.Point{X: 1, Y: 2}, layout.Point{X: 3, Y: 5}))
		got, third := h.Summary()
		if err := errors.Join(err, second, third); err != nil || layouttest.Edges(got.Box) != want || !got.Exact {
			t.Errorf("%+v: got %+v and %v, want %v", how, got, err, want)
		}
	}
}

func TestHierarchiesThatAreNone(t *testing.T) {
	t.Parallel()
	for name, build := range map[string]func(*layout.Hierarchy) error{
		"a circle": func(h *layout.Hierarchy) error {
			_, err := h.Begin("a")
			return errors.Join(err, h.Place("a", layout.Transform{Mag: 1}, layout.BoxOf(layout.Point{})))
		},
		"one name for two": func(h *layout.Hierarchy) error {
			_, first := h.Begin("#1")
			_, second := h.Begin("a")
			_, third := h.Name("#1", "a")
			return errors.Join(first, second, third)
		},
		"no number": func(h *layout.Hierarchy) error {
			_, err := h.Begin("a")
			h.Add(layout.BoxOf(layout.Point{X: math.Inf(1)}))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := layout.NewHierarchy(layout.Limits{})
			if err := build(h); err != nil {
				t.Fatal(err)
			}
			if _, err := h.Summary(); failure.Of(err) != failure.InvalidInput {
				t.Errorf("got %v, want InvalidInput", err)
			}
		})
	}
}

func TestSecondOfAName(t *testing.T) {
	t.Parallel()
	h := layout.NewHierarchy(layout.Limits{Memory: 500})
	for i, want := range []bool{true, false} {
		if fresh, err := h.Begin("a"); err != nil || fresh != want {
			t.Errorf("cell %d: got %t and %v, want %t", i, fresh, err, want)
		}
		if fresh, err := h.Name("#1", "a"); err != nil || fresh != want {
			t.Errorf("name %d: got %t and %v, want %t", i, fresh, err, want)
		}
	}
	if _, err := h.Name("#2", string(make([]byte, 500))); failure.Of(err) != failure.TooLarge {
		t.Errorf("got %v, want TooLarge", err)
	}
}

func TestSourceEnds(t *testing.T) {
	t.Parallel()
	source := func() *layout.Source {
		return layout.NewSource(t.Context(), bytes.NewReader(make([]byte, 10)), 10, layout.Limits{Bytes: 8}, nil, 0)
	}
	s := source()
	if err := s.Skip(4); err != nil || s.Limit() != 4 {
		t.Fatalf("%d bytes are left, error %v, want 4", s.Limit(), err)
	}
	s.Charge(4)
	if _, err := s.ReadByte(); failure.Of(err) != failure.TooLarge {
		t.Errorf("got %v, want TooLarge", err)
	}
	if err := source().Full(make([]byte, 9)); failure.Of(err) != failure.TooLarge {
		t.Errorf("got %v, want TooLarge", err)
	}
	short := layout.NewSource(t.Context(), bytes.NewReader(nil), 10, layout.Limits{}, nil, 0)
	if err := short.Full(make([]byte, 1)); failure.Of(err) != failure.InvalidInput {
		t.Errorf("got %v, want InvalidInput", err)
	}
	if err := layout.Ended(io.EOF); failure.Of(err) != failure.InvalidInput {
		t.Errorf("got %v, want InvalidInput", err)
	}
}
