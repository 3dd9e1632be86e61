package gdsii

import (
	"math"

	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii/layout"
)

// element is what has been read of one.
type element struct {
	kind       kind
	box        layout.Box // around the points
	points     int
	structure  string // that is placed
	how        layout.Transform
	cols, rows int
	line       layout.Path
	pathtype   int16
	corners    [3]layout.Point // the first ones
	track      []byte          // XY of a path, whose width may come late
}

// element reads up to ENDEL and puts the geometry into the structure.
func (r *reader) element() error {
	e := element{kind: r.kind, how: layout.Transform{Mag: 1}}
	for {
		if err := r.next(); err != nil {
			return err
		}
		if r.kind == endel {
			return r.finish(&e)
		}
		if err := r.part(&e); err != nil {
			return err
		}
	}
}

// part reads a record of an element. It takes them in any order: writers differ.
func (r *reader) part(e *element) error {
	switch r.kind {
	case layer, datatype, texttype, boxtype, nodetype, 0x17, 0x19, 0x26, 0x2b, 0x2c, 0x2f:
	case width:
		e.line.Half = math.Abs(r.int32(0)) / 2 // a negative one is not magnified: that is left out
	case pathtype:
		e.pathtype = r.int16(0)
	case bgnextn:
		e.line.Begin = r.int32(0)
	case endextn:
		e.line.End = r.int32(0)
	case sname:
		e.structure = r.text()
	case colrow:
		e.cols, e.rows = int(r.int16(0)), int(r.int16(1))
	case strans:
		e.how.Mirror = r.payload[0]&0x80 != 0
	case mag:
		e.how.Mag = real8(r.payload)
	case angle:
		e.how.Angle = real8(r.payload)
	case xy:
		return r.coordinates(e)
	default:
		return r.unexpected("a record of an element or ENDEL")
	}
	return nil
}

func (r *reader) coordinates(e *element) error {
	if len(r.payload)%8 != 0 {
		return layout.Invalid("XY of %d bytes, want pairs of four", len(r.payload))
	}
	if e.points > 0 && e.kind != boundary {
		return layout.Invalid("a second XY, want one")
	}
	for i := range len(r.payload) / 8 {
		p := layout.Point{X: r.int32(2 * i), Y: r.int32(2*i + 1)}
		if e.points < len(e.corners) {
			e.corners[e.points] = p
		}
		e.points++
		e.box.Add(p)
	}
	if e.kind == path {
		e.track = append(e.track, r.payload...)
	}
	return nil
}

func (r *reader) finish(e *element) error {
	if e.points == 0 {
		return layout.Invalid("%s without XY", e.kind)
	}
	switch e.kind {
	case boundary, box:
		r.cells.Add(e.box)
	case path:
		r.cells.Add(r.outline(e))
	case sref, aref:
		return r.place(e)
	}
	return nil
}

func (r *reader) outline(e *element) layout.Box {
	switch e.pathtype {
	case 1:
		e.line.Round = true
	case 2:
		e.line.Begin, e.line.End = e.line.Half, e.line.Half
	case 4:
	default:
		e.line.Begin, e.line.End = 0, 0
	}
	r.payload = e.track
	for i := range e.points {
		e.line.Add(layout.Point{X: r.int32(2 * i), Y: r.int32(2*i + 1)})
	}
	return e.line.Box()
}

// place puts another structure in. An AREF has its origin, and the origin of one
// column and of one row behind the last.
func (r *reader) place(e *element) error {
	points := 1
	if e.kind == aref {
		points = 3
	}
	switch {
	case e.structure == "":
		return layout.Invalid("%s without SNAME", e.kind)
	case e.points != points:
		return layout.Invalid("%s with %d points, want %d", e.kind, e.points, points)
	case e.kind == aref && (e.cols < 1 || e.rows < 1):
		return layout.Invalid("AREF of %d columns and %d rows, want at least one", e.cols, e.rows)
	case e.how.Mag <= 0:
		return layout.Invalid("%s with a magnification of %g, want more than 0", e.kind, e.how.Mag)
	}
	origins := layout.BoxOf(e.corners[0])
	if e.kind == aref {
		origins = e.lattice()
	}
	return r.cells.Place(e.structure, e.how, origins)
}

// lattice is the box of the origins of an array.
func (e *element) lattice() layout.Box {
	from, cols, rows := e.corners[0], float64(e.cols), float64(e.rows)
	a := layout.Point{X: (e.corners[1].X - from.X) * (cols - 1) / cols, Y: (e.corners[1].Y - from.Y) * (cols - 1) / cols}
	b := layout.Point{X: (e.corners[2].X - from.X) * (rows - 1) / rows, Y: (e.corners[2].Y - from.Y) * (rows - 1) / rows}
	return layout.BoxOf(
		from, layout.Point{X: from.X + a.X, Y: from.Y + a.Y}, layout.Point{X: from.X + b.X, Y: from.Y + b.Y},
		layout.Point{X: from.X + a.X + b.X, Y: from.Y + a.Y + b.Y},
	)
}
