// Package gdsii reads layout files in the GDSII stream format: who made them, how
// many structures they define, and how large the layout is.
//
// It follows the stream format of Calma's GDSII, releases 3 to 7: records of a
// two-byte length, a record type and a data type, big-endian. It promises that a
// file is read once, forward, in ranged reads of 1 MiB; that memory is bounded by
// layout.Limits; and that a file which breaks the format is a *layout.Error that
// names the record. It does not check that shapes are closed or simple.
package gdsii

import (
	"context"
	"encoding/binary"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii/layout"
)

// Library is what a file tells of itself.
type Library struct {
	Header
	layout.Summary
}

// Header is what stands before the first structure.
type Header struct {
	// Version is the number of the format: 3, 4 and 5 are these releases, 600 is
	// release 6.
	Version int
	Name    string
	// Created is the time of the last change that BGNLIB tells. The format has no
	// time zone: it is taken for UTC. Zero if it is no date.
	Created time.Time
	// UserUnit is how many user units a database unit is, Meter how many metres.
	UserUnit, Meter float64
}

// ReadHeader reads up to the units, which takes one window.
func ReadHeader(ctx context.Context, file io.ReaderAt, size int64) (Header, error) {
	r := newReader(ctx, file, size, layout.Limits{})
	header, err := r.header()
	return header, r.located(err)
}

// Read reads a file of size bytes to its end. Its kinds of errors are
// InvalidInput, TooLarge and those of file; with another kind than these two
// nothing is known of the content.
func Read(ctx context.Context, file io.ReaderAt, size int64, limits layout.Limits) (Library, error) {
	r := newReader(ctx, file, size, limits)
	library, err := r.library()
	if err != nil {
		return Library{}, r.located(err)
	}
	return library, nil
}

// reader is at a record.
type reader struct {
	source  *layout.Source
	size    int64
	cells   *layout.Hierarchy
	offset  int64  // of the record
	kind    kind   // of the record
	payload []byte // of the record; the next one overwrites it
	buffer  [math.MaxUint16]byte
}

func newReader(ctx context.Context, file io.ReaderAt, size int64, limits layout.Limits) *reader {
	return &reader{
		source: layout.NewSource(ctx, file, size, limits, nil, 0), size: size, cells: layout.NewHierarchy(limits),
	}
}

func (r *reader) located(err error) error { return layout.Located(err, "gdsii", r.offset, -1) }

// headLength is that of a record without data.
const headLength = 4

// next reads a record. Its data type has to be the one of its kind.
func (r *reader) next() error {
	r.offset = r.source.Offset()
	head := r.buffer[:headLength]
	if err := r.source.Full(head); err != nil {
		return err
	}
	length := int(binary.BigEndian.Uint16(head))
	r.kind = kind(head[2])
	if length < headLength || length%2 != 0 {
		return layout.Invalid("a record of %d bytes, want an even number from %d", length, headLength)
	}
	f, ok := formOf(r.kind)
	if !ok {
		return layout.Invalid("record type %#02x, want one of the format", head[2])
	}
	if head[3] != f.data {
		return layout.Invalid("%s with data type %d, want %d", f.name, head[3], f.data)
	}
	length -= headLength
	if length < f.least || f.exact && length != f.least {
		return layout.Invalid("%s with %d bytes of data, want %d", f.name, length, f.least)
	}
	r.payload = r.buffer[:length]
	return r.source.Full(r.payload)
}

// want reads a record of a kind.
func (r *reader) want(k kind) error {
	if err := r.next(); err != nil {
		return err
	}
	if r.kind != k {
		return r.unexpected(k.String())
	}
	return nil
}

func (r *reader) unexpected(want string) error {
	return layout.Invalid("%s, want %s", r.kind, want)
}

// until reads records up to one of a kind, and passes over those that may stand
// before it.
func (r *reader) until(k kind, before ...kind) error {
	for {
		if err := r.next(); err != nil {
			return err
		}
		if r.kind == k {
			return nil
		}
		if !slices.Contains(before, r.kind) {
			return r.unexpected(k.String())
		}
	}
}

func (r *reader) header() (Header, error) {
	var h Header
	if err := r.want(header); err != nil {
		return h, err
	}
	h.Version = int(r.int16(0))
	if h.Version < 0 || h.Version > 700 {
		return h, layout.Invalid("version %d, want 0 to 700", h.Version)
	}
	if err := r.want(bgnlib); err != nil {
		return h, err
	}
	h.Created = r.date()
	if err := r.until(libname, libdirsize, srfname, libsecur); err != nil {
		return h, err
	}
	h.Name = r.text()
	if err := r.until(units, reflibs, fonts, attrtable, generations, format, mask, endmasks); err != nil {
		return h, err
	}
	h.UserUnit, h.Meter = real8(r.payload), real8(r.payload[8:])
	if h.UserUnit <= 0 || h.Meter <= 0 {
		return h, layout.Invalid("units of %g and %g, want more than 0", h.UserUnit, h.Meter)
	}
	return h, nil
}

func (r *reader) int16(at int) int16 { return int16(binary.BigEndian.Uint16(r.payload[2*at:])) }

func (r *reader) int32(at int) float64 {
	return float64(int32(binary.BigEndian.Uint32(r.payload[4*at:])))
}

// text drops the NUL that makes lengths even, and what is no UTF-8.
func (r *reader) text() string {
	return strings.ToValidUTF8(strings.TrimRight(string(r.payload), "\x00"), "\uFFFD")
}

// date reads the first of two dates. Years are counted from 1900 in old files.
func (r *reader) date() time.Time {
	year, month, day := int(r.int16(0)), int(r.int16(1)), int(r.int16(2))
	hour, minute, second := int(r.int16(3)), int(r.int16(4)), int(r.int16(5))
	if year >= 0 && year < 1000 {
		year += 1900
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	same := t.Year() == year && int(t.Month()) == month && t.Day() == day && t.Hour() == hour && t.Minute() == minute && t.Second() == second
	if !same || year < 1900 || year > 9999 {
		return time.Time{}
	}
	return t
}

// real8 decodes a real: a sign, an exponent of 16 in excess 64, and a fraction of
// 56 bits.
func real8(b []byte) float64 {
	bits := binary.BigEndian.Uint64(b)
	fraction := float64(bits&(1<<56-1)) / (1 << 56)
	value := math.Ldexp(fraction, 4*(int(b[0]&0x7f)-64))
	if b[0]&0x80 != 0 {
		return -value
	}
	return value
}

func (r *reader) library() (Library, error) {
	h, err := r.header()
	if err != nil {
		return Library{}, err
	}
	if err := r.structures(); err != nil {
		return Library{}, err
	}
	summary, err := r.cells.Summary()
	if err != nil {
		return Library{}, err
	}
	return Library{Header: h, Summary: summary}, r.padding()
}

func (r *reader) structures() error {
	for {
		if err := r.next(); err != nil {
			return err
		}
		switch r.kind {
		case endlib:
			return nil
		case bgnstr:
			if err := r.structure(); err != nil {
				return err
			}
		default:
			return r.unexpected("BGNSTR or ENDLIB")
		}
	}
}

func (r *reader) structure() error {
	if err := r.want(strname); err != nil {
		return err
	}
	fresh, err := r.cells.Begin(r.text())
	if err != nil {
		return err
	}
	if !fresh {
		return layout.Invalid("a structure that is defined before")
	}
	for {
		if err := r.next(); err != nil {
			return err
		}
		switch r.kind {
		case endstr:
			return nil
		case strclass:
		case boundary, path, sref, aref, text, node, box:
			if err := r.element(); err != nil {
				return err
			}
		default:
			return r.unexpected("an element or ENDSTR")
		}
	}
}

// padding is NULs up to a whole block of a tape.
func (r *reader) padding() error {
	var chunk [4096]byte
	for r.source.Offset() < r.size {
		r.offset = r.source.Offset()
		part := chunk[:min(int64(len(chunk)), r.size-r.offset)]
		if err := r.source.Full(part); err != nil {
			return err
		}
		if strings.Trim(string(part), "\x00") != "" {
			return layout.Invalid("data behind ENDLIB, want NULs")
		}
	}
	return nil
}
