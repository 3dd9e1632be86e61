package oasis

import (
	"encoding/binary"
	"math"

	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii/layout"
)

// input decodes the values that records are made of.
type input struct{ *layout.Source }

func (in input) byte() (byte, error) {
	b, err := in.ReadByte()
	return b, layout.Ended(err)
}

// unsigned is an integer of at most 63 bits, seven to a byte, the lowest first.
func (in input) unsigned() (uint64, error) {
	var value uint64
	for shift := 0; ; shift += 7 {
		b, err := in.byte()
		if err != nil {
			return 0, err
		}
		if shift > 56 {
			return 0, layout.Invalid("an integer of more than 63 bits")
		}
		value |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return value, nil
		}
	}
}

func (in input) skipUnsigned(count int) error {
	for range count {
		if _, err := in.unsigned(); err != nil {
			return err
		}
	}
	return nil
}

// length is an integer that is never negative, as a coordinate.
func (in input) length() (float64, error) {
	value, err := in.unsigned()
	return float64(value), err
}

// signed has its sign in the lowest bit.
func (in input) signed() (float64, error) {
	value, err := in.unsigned()
	return negative(float64(value>>1), value&1 != 0), err
}

func negative(value float64, yes bool) float64 {
	if yes {
		return -value
	}
	return value
}

// real is a number in one of eight forms.
func (in input) real() (float64, error) {
	form, err := in.unsigned()
	if err != nil {
		return 0, err
	}
	return in.realOf(form)
}

func (in input) realOf(form uint64) (float64, error) {
	switch form {
	case 0, 1: // a whole number
		value, err := in.length()
		return negative(value, form == 1), err
	case 2, 3: // one over a number
		value, err := in.length()
		return negative(1/value, form == 3), err
	case 4, 5: // a quotient
		above, err := in.length()
		if err != nil {
			return 0, err
		}
		below, err := in.length()
		return negative(above/below, form == 5), err
	case 6:
		var b [4]byte
		err := in.Full(b[:])
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b[:]))), err
	case 7:
		var b [8]byte
		err := in.Full(b[:])
		return math.Float64frombits(binary.LittleEndian.Uint64(b[:])), err
	}
	return 0, layout.Invalid("a real of form %d, want 0 to 7", form)
}

// maxName is how long a name may be, in bytes. The format sets no limit.
const maxName = 32 << 10

func (in input) name() (string, error) {
	length, err := in.unsigned()
	if err != nil {
		return "", err
	}
	if length > maxName {
		return "", layout.TooLarge("a name of %d bytes, want at most %d", length, maxName)
	}
	out := make([]byte, length)
	err = in.Full(out)
	return string(out), err
}

func (in input) skipString() error {
	length, err := in.unsigned()
	if err != nil {
		return err
	}
	return in.Skip(int64(length))
}

// direction is one of eight: the axes, then the diagonals, from east and from
// northeast counterclockwise.
func direction(octant uint64, length float64) layout.Point {
	units := [...]layout.Point{{X: 1}, {Y: 1}, {X: -1}, {Y: -1}, {X: 1, Y: 1}, {X: -1, Y: 1}, {X: -1, Y: -1}, {X: 1, Y: -1}}
	u := units[octant&7]
	return layout.Point{X: u.X * length, Y: u.Y * length}
}

// straight is a delta along an axis (2 bits), or a diagonal too (3 bits).
func (in input) straight(bits int) (layout.Point, error) {
	value, err := in.unsigned()
	return direction(value&(1<<bits-1), float64(value>>bits)), err
}

// delta is one in any direction: the lowest bit tells its two forms apart.
func (in input) delta() (layout.Point, error) {
	value, err := in.unsigned()
	if err != nil {
		return layout.Point{}, err
	}
	if value&1 == 0 {
		return direction(value>>1, float64(value>>4)), nil
	}
	y, err := in.signed()
	return layout.Point{X: negative(float64(value>>2), value&2 != 0), Y: y}, err
}

// points calls each with the points of a list, from the origin on.
func (in input) points(each func(layout.Point) error) error {
	form, err := in.unsigned()
	if err != nil {
		return err
	}
	if form > 5 {
		return layout.Invalid("a point list of form %d, want 0 to 5", form)
	}
	count, err := in.unsigned()
	if err != nil {
		return err
	}
	var at, step layout.Point
	for i := uint64(0); ; i++ {
		if err := each(at); err != nil || i == count {
			return err
		}
		if step, err = in.step(form, i, step); err != nil {
			return err
		}
		at = layout.Point{X: at.X + step.X, Y: at.Y + step.Y}
	}
}

// step is the way to the next point. Forms 0 and 1 go along the axes in turn, 5
// adds to the last step.
func (in input) step(form, i uint64, last layout.Point) (layout.Point, error) {
	switch form {
	case 0, 1:
		by, err := in.signed()
		if i%2 == form {
			return layout.Point{X: by}, err
		}
		return layout.Point{Y: by}, err
	case 2, 3:
		return in.straight(int(form))
	case 4:
		return in.delta()
	}
	by, err := in.delta()
	return layout.Point{X: last.X + by.X, Y: last.Y + by.Y}, err
}

// repetition is the box of the origins of copies, the first at 0, 0. Form 0, the
// last one again, is not for here.
func (in input) repetition(form uint64) (layout.Box, error) {
	switch form {
	case 1, 2, 3:
		return in.grid(form != 3, form != 2)
	case 4, 5, 6, 7:
		return in.spaced(form >= 6, form%2 == 1)
	case 8:
		return in.lattice()
	case 9:
		count, err := in.length()
		if err != nil {
			return layout.Box{}, err
		}
		by, err := in.delta()
		return layout.BoxOf(layout.Point{}, layout.Point{X: by.X * (count + 1), Y: by.Y * (count + 1)}), err
	case 10, 11:
		return in.scattered(form == 11)
	}
	return layout.Box{}, layout.Invalid("a repetition of form %d, want 0 to 11", form)
}

// grid has counts, less two, and then spaces.
func (in input) grid(horizontal, vertical bool) (layout.Box, error) {
	var to layout.Point
	var axes []*float64
	if horizontal {
		axes = append(axes, &to.X)
	}
	if vertical {
		axes = append(axes, &to.Y)
	}
	for _, axis := range axes {
		count, err := in.length()
		if err != nil {
			return layout.Box{}, err
		}
		*axis = count + 1
	}
	for _, axis := range axes {
		space, err := in.length()
		if err != nil {
			return layout.Box{}, err
		}
		*axis *= space
	}
	return layout.BoxOf(layout.Point{}, to), nil
}

// multiple is the count of gaps, and what they are multiples of.
func (in input) multiple(scaled bool) (gaps uint64, scale float64, err error) {
	if gaps, err = in.unsigned(); err != nil || !scaled {
		return gaps + 1, 1, err
	}
	scale, err = in.length()
	return gaps + 1, scale, err
}

// spaced is copies along an axis, each with its gap.
func (in input) spaced(vertical, scaled bool) (layout.Box, error) {
	gaps, scale, err := in.multiple(scaled)
	if err != nil {
		return layout.Box{}, err
	}
	var reach float64
	for range gaps {
		gap, err := in.length()
		if err != nil {
			return layout.Box{}, err
		}
		reach += gap * scale
	}
	if vertical {
		return layout.BoxOf(layout.Point{}, layout.Point{Y: reach}), nil
	}
	return layout.BoxOf(layout.Point{}, layout.Point{X: reach}), nil
}

// lattice is rows and columns in any directions.
func (in input) lattice() (layout.Box, error) {
	var counts [2]float64
	var to [2]layout.Point
	for i := range counts {
		count, err := in.length()
		if err != nil {
			return layout.Box{}, err
		}
		counts[i] = count + 1
	}
	for i := range to {
		by, err := in.delta()
		if err != nil {
			return layout.Box{}, err
		}
		to[i] = layout.Point{X: by.X * counts[i], Y: by.Y * counts[i]}
	}
	return layout.BoxOf(layout.Point{}, to[0], to[1], layout.Point{X: to[0].X + to[1].X, Y: to[0].Y + to[1].Y}), nil
}

// scattered is copies each with the way from the one before.
func (in input) scattered(scaled bool) (layout.Box, error) {
	gaps, scale, err := in.multiple(scaled)
	if err != nil {
		return layout.Box{}, err
	}
	var at layout.Point
	out := layout.BoxOf(at)
	for range gaps {
		by, err := in.delta()
		if err != nil {
			return layout.Box{}, err
		}
		at = layout.Point{X: at.X + by.X*scale, Y: at.Y + by.Y*scale}
		out.Add(at)
	}
	return out, nil
}
