package oasis

import "github.com/fsxns3ap/guardhook/lambda/internal/gdsii/layout"

// shape returns the extent of a shape at 0, 0.
func (r *reader) shape(id uint64, info byte) (layout.Box, error) {
	switch id {
	case rectangle:
		return r.rectangle(info)
	case polygon:
		return r.polygon(info)
	case path:
		return r.path(info)
	case trapezoid, trapezoidA, trapezoidB:
		return r.trapezoid(id, info)
	case compactTrapezoid:
		return r.compact(info)
	case circle:
		return r.circle(info)
	}
	return layout.Box{}, r.skipString()
}

// sides reads a width and a height; a square has the first only.
func (r *reader) sides(info byte, square bool) (layout.Box, error) {
	if err := r.set(&r.modal.width, info&0x40 != 0); err != nil {
		return layout.Box{}, err
	}
	if err := r.set(&r.modal.height, info&0x20 != 0 && !square); err != nil {
		return layout.Box{}, err
	}
	if square {
		r.modal.height = r.modal.width
	}
	return r.corner(1, 1, true, true)
}

// corner is the rectangle from 0, 0 to multiples of the modal width and height;
// an axis that takes the other's is one of them.
func (r *reader) corner(x, y float64, ownX, ownY bool) (layout.Box, error) {
	width, height := r.modal.width, r.modal.height
	if !ownX {
		width = height
	}
	if !ownY {
		height = width
	}
	w, err := width.get("width")
	if err != nil {
		return layout.Box{}, err
	}
	h, err := height.get("height")
	return layout.BoxOf(layout.Point{}, layout.Point{X: w * x, Y: h * y}), err
}

// rectangle is SWHXYRDL.
func (r *reader) rectangle(info byte) (layout.Box, error) { return r.sides(info, info&0x80 != 0) }

// polygon is 00PXYRDL.
func (r *reader) polygon(info byte) (layout.Box, error) {
	if info&0x20 != 0 {
		var b layout.Box
		if err := r.points(func(p layout.Point) error { b.Add(p); return nil }); err != nil {
			return b, err
		}
		r.modal.polygon = b
	}
	if r.modal.polygon.Empty() {
		return layout.Box{}, layout.Invalid("no points of a polygon, and none before in the cell")
	}
	return r.modal.polygon, nil
}

// maxPath is how many points of a path are kept for the next one: 16 MiB.
const maxPath = 1 << 20

// path is EWPXYRDL.
func (r *reader) path(info byte) (layout.Box, error) {
	if err := r.set(&r.modal.half, info&0x40 != 0); err != nil {
		return layout.Box{}, err
	}
	half, err := r.modal.half.get("width of a path")
	if err != nil {
		return layout.Box{}, err
	}
	if info&0x80 != 0 {
		if err := r.extensions(half); err != nil {
			return layout.Box{}, err
		}
	}
	if info&0x20 != 0 {
		if err := r.track(); err != nil {
			return layout.Box{}, err
		}
	} else if err := r.file.Work(int64(len(r.modal.path))); err != nil { // a record of three bytes takes over any number of points
		return layout.Box{}, err
	}
	if len(r.modal.path) == 0 {
		return layout.Box{}, layout.Invalid("no points of a path, and none before in the cell")
	}
	line := layout.Path{Half: half}
	if line.Begin, err = r.modal.begin.get("extension of a path"); err != nil {
		return layout.Box{}, err
	}
	if line.End, err = r.modal.end.get("extension of a path"); err != nil {
		return layout.Box{}, err
	}
	for _, p := range r.modal.path {
		line.Add(p)
	}
	return line.Box(), nil
}

func (r *reader) track() error {
	r.modal.path = r.modal.path[:0]
	return r.points(func(p layout.Point) error {
		if len(r.modal.path) == maxPath {
			return layout.TooLarge("a path of more than %d points", maxPath)
		}
		r.modal.path = append(r.modal.path, p)
		return nil
	})
}

// extensions are of four ways each: the last, none, half a width, or a length.
func (r *reader) extensions(half float64) error {
	scheme, err := r.unsigned()
	if err != nil {
		return err
	}
	for i, extension := range []*option{&r.modal.begin, &r.modal.end} {
		switch scheme >> (2 - 2*i) & 3 {
		case 1:
			*extension = option{0, true}
		case 2:
			*extension = option{half, true}
		case 3:
			length, err := r.signed()
			if err != nil {
				return err
			}
			*extension = option{length, true}
		}
	}
	return nil
}

// trapezoid is OWHXYRDL, and one or two deltas: they move corners within the
// width and height.
func (r *reader) trapezoid(id uint64, info byte) (layout.Box, error) {
	b, err := r.sides(info, false)
	if err != nil {
		return b, err
	}
	deltas := 1
	if id == trapezoid {
		deltas = 2
	}
	return b, r.skipUnsigned(deltas)
}

// compact is TWHXYRDL. The forms from 16 have one side, or are their own: the
// triangles 20 to 23 are twice as long as they are high.
func (r *reader) compact(info byte) (layout.Box, error) {
	if err := r.set(&r.modal.compact, info&0x80 != 0); err != nil {
		return layout.Box{}, err
	}
	form, err := r.modal.compact.get("form of a compact trapezoid")
	if err != nil {
		return layout.Box{}, err
	}
	if err := r.set(&r.modal.width, info&0x40 != 0); err != nil {
		return layout.Box{}, err
	}
	if err := r.set(&r.modal.height, info&0x20 != 0); err != nil {
		return layout.Box{}, err
	}
	switch {
	case form < 16, form == 24:
		return r.corner(1, 1, true, true)
	case form < 20, form == 25:
		return r.corner(1, 1, true, false)
	case form < 22:
		return r.corner(2, 1, false, true)
	case form < 24:
		return r.corner(1, 2, true, false)
	}
	return layout.Box{}, layout.Invalid("a compact trapezoid of form %g, want 0 to 25", form)
}

// circle is 00rXYRDL.
func (r *reader) circle(info byte) (layout.Box, error) {
	if err := r.set(&r.modal.radius, info&0x20 != 0); err != nil {
		return layout.Box{}, err
	}
	radius, err := r.modal.radius.get("radius of a circle")
	return layout.BoxOf(layout.Point{X: -radius, Y: -radius}, layout.Point{X: radius, Y: radius}), err
}
