package oasis

import (
	"math"

	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii/layout"
)

// modal is what an element leaves to the next one of its cell, as far as it has
// to do with extents.
type modal struct {
	relative   bool
	placement  layout.Point
	text       layout.Point
	geometry   layout.Point
	cell       string // that is placed
	repetition layout.Box
	width      option
	height     option
	polygon    layout.Box
	path       []layout.Point
	half       option
	begin, end option
	compact    option // form of a compact trapezoid
	radius     option
}

// option is a value that is there or not.
type option struct {
	value float64
	known bool
}

func (o option) get(what string) (float64, error) {
	if !o.known {
		return 0, layout.Invalid("no %s, and none before in the cell", what)
	}
	return o.value, nil
}

// set reads a length into an option if there is one.
func (r *reader) set(o *option, there bool) error {
	if !there {
		return nil
	}
	value, err := r.length()
	*o = option{value, true}
	return err
}

// element reads what is allowed in cells only.
func (r *reader) element(id uint64) error {
	switch id {
	case absolute, relative:
		r.modal.relative = id == relative
		return nil
	case extendedElement:
		if err := r.skipUnsigned(1); err != nil {
			return err
		}
		return r.skipString()
	}
	info, err := r.byte()
	if err != nil {
		return err
	}
	switch id {
	case placement, placementAnyAngle:
		return r.place(info, id == placementAnyAngle)
	case text:
		return r.text(info)
	}
	return r.geometry(id, info)
}

// move takes a place over from the info byte and the modal one.
func (r *reader) move(at *layout.Point, x, y bool) error {
	if x {
		if err := r.axis(&at.X); err != nil {
			return err
		}
	}
	if y {
		return r.axis(&at.Y)
	}
	return nil
}

func (r *reader) axis(at *float64) error {
	value, err := r.signed()
	if r.modal.relative {
		value += *at
	}
	*at = value
	return err
}

// copies is the box of the origins of an element, relative to its place.
func (r *reader) copies(repeated bool) (layout.Box, error) {
	if !repeated {
		return layout.BoxOf(layout.Point{}), nil
	}
	form, err := r.unsigned()
	if err != nil {
		return layout.Box{}, err
	}
	if form != 0 {
		if r.modal.repetition, err = r.repetition(form); err != nil {
			return layout.Box{}, err
		}
	}
	if r.modal.repetition.Empty() {
		return layout.Box{}, layout.Invalid("no repetition, and none before in the cell")
	}
	return r.modal.repetition, nil
}

// place reads a placement, CNXYRAAF or CNXYRMAF.
func (r *reader) place(info byte, anyAngle bool) error {
	var err error
	if info&0x80 != 0 {
		if r.modal.cell, err = r.reference(info&0x40 != 0); err != nil {
			return err
		}
	}
	if r.modal.cell == "" {
		return layout.Invalid("no cell to place, and none before in the cell")
	}
	how := layout.Transform{Mirror: info&1 != 0, Mag: 1, Angle: 90 * float64(info>>1&3)}
	if anyAngle {
		if how, err = r.transform(info); err != nil {
			return err
		}
	}
	if err := r.move(&r.modal.placement, info&0x20 != 0, info&0x10 != 0); err != nil {
		return err
	}
	origins, err := r.copies(info&0x08 != 0)
	if err != nil {
		return err
	}
	return r.cells.Place(r.modal.cell, how, layout.BoxOf(r.modal.placement).At(origins))
}

func (r *reader) transform(info byte) (layout.Transform, error) {
	how := layout.Transform{Mirror: info&1 != 0, Mag: 1}
	var err error
	if info&4 != 0 {
		if how.Mag, err = r.real(); err != nil {
			return how, err
		}
	}
	if info&2 != 0 {
		if how.Angle, err = r.real(); err != nil {
			return how, err
		}
	}
	if !(how.Mag > 0) || math.IsInf(how.Mag, 0) || math.IsNaN(how.Angle) || math.IsInf(how.Angle, 0) {
		return how, layout.Invalid("magnification %g and angle %g, want numbers, the first more than 0", how.Mag, how.Angle)
	}
	return how, nil
}

// text passes over one, 0CNXYRTL. Its place and repetition are modal all the same.
func (r *reader) text(info byte) error {
	if info&0x40 != 0 {
		if _, err := r.reference(info&0x20 != 0); err != nil {
			return err
		}
	}
	if err := r.skipUnsigned(int(info&1 + info>>1&1)); err != nil {
		return err
	}
	if err := r.move(&r.modal.text, info&0x10 != 0, info&0x08 != 0); err != nil {
		return err
	}
	_, err := r.copies(info&0x04 != 0)
	return err
}

// geometry reads a shape, its place and its copies: the lower bits of the info
// byte are XYRDL for all of them.
func (r *reader) geometry(id uint64, info byte) error {
	if id == extendedGeometry {
		if err := r.skipUnsigned(1); err != nil {
			return err
		}
	}
	if err := r.skipUnsigned(int(info&1 + info>>1&1)); err != nil {
		return err
	}
	shape, err := r.shape(id, info)
	if err != nil {
		return err
	}
	if err := r.move(&r.modal.geometry, info&0x10 != 0, info&0x08 != 0); err != nil {
		return err
	}
	origins, err := r.copies(info&0x04 != 0)
	if err != nil {
		return err
	}
	r.cells.Add(shape.At(layout.BoxOf(r.modal.geometry)).At(origins))
	return nil
}
