package oasis

import (
	"strconv"

	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii/layout"
)

// numbering is how names get their numbers; a file has one way.
type numbering int

const (
	undecided numbering = iota
	byOrder
	byNumber
)

// nameRecord reads a string, its number if the id is even, and the layers that a
// layer name is for.
func (r *reader) nameRecord(id uint64) error {
	if id == cellName || id == cellNameNumbered {
		return r.cellName(id)
	}
	if err := r.skipString(); err != nil {
		return err
	}
	const layerName, layerNameText = 11, 12
	if id == layerName || id == layerNameText {
		if err := r.interval(); err != nil {
			return err
		}
		return r.interval()
	}
	return r.skipUnsigned(int(1 - id%2))
}

// interval is one of layers: all, up to, from, one, or from and to.
func (r *reader) interval() error {
	form, err := r.unsigned()
	if err != nil {
		return err
	}
	bounds := [...]int{0, 1, 1, 1, 2}
	if form >= uint64(len(bounds)) {
		return layout.Invalid("an interval of form %d, want 0 to 4", form)
	}
	return r.skipUnsigned(bounds[form])
}

func (r *reader) cellName(id uint64) error {
	name, err := r.name()
	if err != nil {
		return err
	}
	number, way := r.names, byOrder
	if id == cellNameNumbered {
		way = byNumber
		if number, err = r.unsigned(); err != nil {
			return err
		}
	}
	if r.numbering != undecided && r.numbering != way {
		return layout.Invalid("cell names with and without numbers, want one of them")
	}
	r.numbering = way
	r.names++
	fresh, err := r.cells.Name(key(number), name)
	if err == nil && !fresh {
		err = layout.Invalid("a second name for cell %d", number)
	}
	return err
}

// key is what a cell is called until the name of its number is known. No name has
// a NUL.
func key(number uint64) string { return "\x00" + strconv.FormatUint(number, 10) }

// reference is a name, or the number of one.
func (r *reader) reference(numbered bool) (string, error) {
	if numbered {
		number, err := r.unsigned()
		return key(number), err
	}
	return r.name()
}

func (r *reader) cell(id uint64) error {
	name, err := r.reference(id == cellByNumber)
	if err != nil {
		return err
	}
	r.inCell, r.modal = true, modal{}
	fresh, err := r.cells.Begin(name)
	if err == nil && !fresh {
		err = layout.Invalid("a cell that is defined before")
	}
	return err
}

func (r *reader) extendedName(id uint64) error {
	if err := r.skipUnsigned(1); err != nil {
		return err
	}
	if err := r.skipString(); err != nil {
		return err
	}
	return r.skipUnsigned(int(id - extendedName))
}

// property passes over one: UUUUVCNS is the count of values, whether they are the
// last ones, whether there is a name, whether it is a number.
func (r *reader) property(id uint64) error {
	if id == propertyAgain {
		return nil
	}
	info, err := r.byte()
	if err != nil {
		return err
	}
	if info&0x04 != 0 {
		if _, err := r.reference(info&0x02 != 0); err != nil {
			return err
		}
	}
	if info&0x08 != 0 {
		return nil
	}
	count := uint64(info >> 4)
	if count == 15 {
		if count, err = r.unsigned(); err != nil {
			return err
		}
	}
	for range count {
		if err := r.value(); err != nil {
			return err
		}
	}
	return nil
}

// value passes over the value of a property: a real, an integer, a string, or the
// number of one.
func (r *reader) value() error {
	form, err := r.unsigned()
	switch {
	case err != nil:
		return err
	case form <= 7:
		_, err = r.realOf(form)
	case form <= 9, form >= 13 && form <= 15:
		err = r.skipUnsigned(1)
	case form <= 12:
		err = r.skipString()
	default:
		err = layout.Invalid("a property value of form %d, want 0 to 15", form)
	}
	return err
}
