// Package layout is what the readers of layout files share: boxes, the extent of
// paths and of a hierarchy of cells, a source that is read forward by ranges, and
// errors that say where.
//
// It promises that memory is bounded by Limits whatever the file says, that a
// file which is not what it should be is an InvalidInput with the byte where it
// shows, and that an error of the source keeps its kind. Coordinates are database
// units; they are exact up to 2^53.
package layout

import (
	"math"
)

// Point is a place, in database units.
type Point struct{ X, Y float64 }

// Box is a rectangle in database units, with its edges. The zero value is empty.
type Box struct {
	MinX, MinY, MaxX, MaxY float64
	filled                 bool
}

// BoxOf returns the smallest box that holds the points.
func BoxOf(points ...Point) Box {
	var b Box
	for _, p := range points {
		b.Add(p)
	}
	return b
}

// Empty says whether the box holds nothing, not even a point.
func (b *Box) Empty() bool { return !b.filled }

// Add makes the box hold a point.
func (b *Box) Add(p Point) {
	if !b.filled {
		*b = Box{p.X, p.Y, p.X, p.Y, true}
		return
	}
	b.MinX, b.MaxX = min(b.MinX, p.X), max(b.MaxX, p.X)
	b.MinY, b.MaxY = min(b.MinY, p.Y), max(b.MaxY, p.Y)
}

// Union makes the box hold another one.
func (b *Box) Union(other Box) {
	if other.filled {
		b.Add(Point{other.MinX, other.MinY})
		b.Add(Point{other.MaxX, other.MaxY})
	}
}

// At is the extent of copies of the box whose origins fill another box. It is
// empty if one of them is.
func (b Box) At(origins Box) Box {
	if !b.filled || !origins.filled {
		return Box{}
	}
	return Box{b.MinX + origins.MinX, b.MinY + origins.MinY, b.MaxX + origins.MaxX, b.MaxY + origins.MaxY, true}
}

func (b *Box) finite() bool {
	sum := math.Abs(b.MinX) + math.Abs(b.MinY) + math.Abs(b.MaxX) + math.Abs(b.MaxY)
	return !math.IsInf(sum, 0) && !math.IsNaN(sum)
}

// Transform is how a cell is placed, but for its origin: mirrored at the x axis,
// then magnified, then turned.
type Transform struct {
	Mirror bool
	Mag    float64 // 1 is unchanged
	Angle  float64 // degrees, counterclockwise
}

// Exact says whether the transform keeps boxes boxes: it turns by right angles.
func (t Transform) Exact() bool { return math.Mod(t.Angle, 90) == 0 }

// apply returns the box around a transformed box.
func (t Transform) apply(b Box) Box {
	if !b.filled {
		return b
	}
	sin, cos := t.rotation()
	var out Box
	for _, p := range []Point{{b.MinX, b.MinY}, {b.MinX, b.MaxY}, {b.MaxX, b.MinY}, {b.MaxX, b.MaxY}} {
		if t.Mirror {
			p.Y = -p.Y
		}
		out.Add(Point{t.Mag * (p.X*cos - p.Y*sin), t.Mag * (p.X*sin + p.Y*cos)})
	}
	return out
}

// rotation is free of rounding for right angles.
func (t Transform) rotation() (sin, cos float64) {
	if !t.Exact() {
		return math.Sincos(t.Angle / 180 * math.Pi)
	}
	switch int(math.Mod(t.Angle, 360)/90+4) % 4 {
	case 1:
		return 1, 0
	case 2:
		return 0, -1
	case 3:
		return -1, 0
	}
	return 0, 1
}

// Path finds the extent of a path while its points come. Corners are mitred up
// to right angles; a sharper one reaches half a width in all directions.
type Path struct {
	// Half is half the width, Begin and End how far the path goes on behind its
	// first and last point, all in database units.
	Half, Begin, End float64
	// Round ends are half circles; Begin and End do not count.
	Round bool

	box  Box
	last Point
	dir  Point // of the last segment, of length 1
	seen int
}

// Add goes on to a point. One that repeats the last point changes nothing.
func (p *Path) Add(next Point) {
	if p.seen == 0 {
		p.last, p.seen = next, 1
		return
	}
	length := math.Hypot(next.X-p.last.X, next.Y-p.last.Y)
	if length == 0 {
		return
	}
	dir := Point{(next.X - p.last.X) / length, (next.Y - p.last.Y) / length}
	if p.seen == 1 {
		p.cap(dir, -p.Begin)
	} else {
		p.corner(dir)
	}
	p.last, p.dir, p.seen = next, dir, 2
}

// Box ends the path and returns its extent. A single point is a square.
func (p *Path) Box() Box {
	switch p.seen {
	case 1:
		p.around()
	case 2:
		p.cap(p.dir, p.End)
	}
	return p.box
}

func (p *Path) cap(dir Point, reach float64) {
	if p.Round {
		p.around()
		return
	}
	at := Point{p.last.X + dir.X*reach, p.last.Y + dir.Y*reach}
	p.sides(at, Point{-dir.Y * p.Half, dir.X * p.Half})
}

func (p *Path) corner(dir Point) {
	dot := p.dir.X*dir.X + p.dir.Y*dir.Y
	if dot < 0 {
		p.around()
		return
	}
	scale := p.Half / (1 + dot)
	p.sides(p.last, Point{-(p.dir.Y + dir.Y) * scale, (p.dir.X + dir.X) * scale})
}

func (p *Path) sides(at, by Point) {
	p.box.Add(Point{at.X + by.X, at.Y + by.Y})
	p.box.Add(Point{at.X - by.X, at.Y - by.Y})
}

func (p *Path) around() {
	p.box.Add(Point{p.last.X - p.Half, p.last.Y - p.Half})
	p.box.Add(Point{p.last.X + p.Half, p.last.Y + p.Half})
}
