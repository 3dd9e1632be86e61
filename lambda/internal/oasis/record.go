package oasis

import (
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
	"math"

	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii/layout"
)

// The record ids that something is done for.
const (
	pad               = 0
	startRecord       = 1
	endRecord         = 2
	cellName          = 3
	cellNameNumbered  = 4
	lastName          = 12
	cellByNumber      = 13
	cellByName        = 14
	absolute          = 15
	relative          = 16
	placement         = 17
	placementAnyAngle = 18
	text              = 19
	rectangle         = 20
	polygon           = 21
	path              = 22
	trapezoid         = 23
	trapezoidA        = 24
	trapezoidB        = 25
	compactTrapezoid  = 26
	circle            = 27
	property          = 28
	propertyAgain     = 29
	extendedName      = 30
	extendedNumbered  = 31
	extendedElement   = 32
	extendedGeometry  = 33
	compressed        = 34
)

func (r *reader) start() (Header, error) {
	var h Header
	begin := make([]byte, len(magic))
	if err := r.Full(begin); err != nil {
		return h, err
	}
	if string(begin) != magic {
		return h, layout.Invalid("no %q, want it at the start", magic)
	}
	r.offset = r.Offset()
	id, err := r.unsigned()
	if err != nil {
		return h, err
	}
	if id != startRecord {
		return h, layout.Invalid("record %d, want START", id)
	}
	if h.Version, err = r.name(); err != nil {
		return h, err
	}
	if h.Version != "1.0" {
		return h, layout.Invalid("another version than 1.0")
	}
	perMicron, err := r.real()
	if err != nil {
		return h, err
	}
	if !(perMicron > 0) || math.IsInf(perMicron, 0) {
		return h, layout.Invalid("%g database units to a micrometre, want more than 0", perMicron)
	}
	if h.Meter = 1 / (1e6 * perMicron); h.Meter == 0 || math.IsInf(h.Meter, 0) {
		return h, layout.Invalid("%g database units to a micrometre, want a number of this world", perMicron)
	}
	place, err := r.unsigned()
	if err != nil {
		return h, err
	}
	r.offsetEnd = place != 0
	return h, r.tableOffsets(!r.offsetEnd)
}

// tableOffsets passes over a flag and a place for each of six tables. They only
// help to jump.
func (r *reader) tableOffsets(here bool) error {
	if !here {
		return nil
	}
	return r.skipUnsigned(12)
}

func (r *reader) read() (Layout, error) {
	var out Layout
	var err error
	if out.Header, err = r.start(); err != nil {
		return out, err
	}
	for {
		r.offset = r.Offset()
		id, err := r.unsigned()
		if err != nil {
			return out, err
		}
		if id == endRecord {
			break
		}
		if id == compressed {
			err = r.inflate()
		} else {
			err = r.record(id)
		}
		if err != nil {
			return out, err
		}
	}
	if out.Validation, err = r.end(); err != nil {
		return out, err
	}
	out.Summary, err = r.cells.Summary()
	return out, err
}

// end checks the last record, which is always of one length.
func (r *reader) end() (Validation, error) {
	if err := r.tableOffsets(r.offsetEnd); err != nil {
		return 0, err
	}
	if err := r.skipString(); err != nil {
		return 0, err
	}
	scheme, err := r.unsigned()
	if err != nil {
		return 0, err
	}
	if scheme > uint64(Checksum32) {
		return 0, layout.Invalid("validation scheme %d, want 0 to 2", scheme)
	}
	var sum [signature]byte
	if scheme != uint64(Unchecked) {
		if err := r.Full(sum[:]); err != nil {
			return 0, err
		}
	}
	if r.Offset()-r.offset != endLength || r.Offset() != r.size {
		return 0, layout.Invalid("END of %d bytes, and %d behind it, want %d and none", r.Offset()-r.offset, r.size-r.Offset(), endLength)
	}
	return Validation(scheme), r.check(Validation(scheme), binary.LittleEndian.Uint32(sum[:]))
}

func (r *reader) check(scheme Validation, want uint32) error {
	got := want
	switch scheme {
	case CRC32:
		got = r.sums.crc.Sum32()
	case Checksum32:
		got = r.sums.sum
	}
	if got != want {
		return layout.Invalid("the checksum is %08x, the content has %08x", want, got)
	}
	return nil
}

// inflate reads the records in a compressed block.
func (r *reader) inflate() error {
	var header [3]uint64 // way of compression, bytes inflated, bytes here
	for i := range header {
		var err error
		if header[i], err = r.unsigned(); err != nil {
			return err
		}
	}
	inflated, here := int64(header[1]), int64(header[2])
	switch {
	case header[0] != 0:
		return layout.Invalid("compression %d, want 0", header[0])
	case inflated > r.Limit():
		return layout.TooLarge("a block of %d bytes is past the limit", inflated)
	}
	r.file.Charge(inflated)
	raw := &io.LimitedReader{R: r.file, N: here}
	unpacked, err := r.unpack(raw)
	if err != nil {
		return err
	}
	r.inflated = layout.Inflated(r.ctx, r.inflated, io.LimitReader(unpacked, inflated))
	r.input = input{r.inflated}
	for r.Offset() < inflated {
		r.block = r.Offset()
		id, err := r.unsigned()
		if err != nil {
			return err
		}
		if err := r.record(id); err != nil {
			return err
		}
	}
	r.input, r.block = r.file, -1
	switch n, err := unpacked.Read(make([]byte, 1)); {
	case n != 0:
		return layout.Invalid("a block that inflates to more than %d bytes", inflated)
	case err != io.EOF:
		return layout.Ended(err)
	}
	return r.Skip(raw.N)
}

// unpack takes the same memory for all blocks: a file may have one per cell.
func (r *reader) unpack(raw io.Reader) (io.Reader, error) {
	if used, ok := r.unpacker.(flate.Resetter); ok {
		return &inflater{r.unpacker}, used.Reset(raw, nil)
	}
	r.unpacker = flate.NewReader(raw)
	return &inflater{r.unpacker}, nil
}

// inflater tells content that cannot be inflated from a file that cannot be read.
type inflater struct{ from io.Reader }

func (i *inflater) Read(p []byte) (int, error) {
	n, err := i.from.Read(p)
	var corrupt flate.CorruptInputError
	if errors.As(err, &corrupt) {
		err = layout.Invalid("a block that does not inflate")
	}
	return n, err
}

// record reads what follows an id, for all records that may be in a block.
func (r *reader) record(id uint64) error {
	switch {
	case id == pad:
		return nil
	case id >= cellName && id <= lastName:
		r.inCell = false
		return r.nameRecord(id)
	case id == cellByNumber || id == cellByName:
		return r.cell(id)
	case id == property || id == propertyAgain:
		return r.property(id)
	case id == extendedName || id == extendedNumbered:
		r.inCell = false
		return r.extendedName(id)
	case id >= absolute && id <= circle, id == extendedElement, id == extendedGeometry:
		if !r.inCell {
			return layout.Invalid("record %d outside of a cell", id)
		}
		return r.element(id)
	}
	return layout.Invalid("record %d, want one of the format that may stand here", id)
}
