// Package oasis reads layout files in the OASIS format: how many cells they
// define, and how large the layout is.
//
// It follows SEMI P39, version 1.0. It promises that a file is read once, forward,
// in ranged reads of 1 MiB; that memory is bounded by layout.Limits, compressed
// blocks included; that the file's own checksum is checked; and that a file which
// breaks the format is a *layout.Error that names the record. Extensions
// (XGEOMETRY, XELEMENT, XNAME) and text have no extent. OASIS has no name of a
// library and no date.
package oasis

import (
	"context"
	"hash"
	"hash/crc32"
	"io"

	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii/layout"
)

// Layout is what a file tells of itself.
type Layout struct {
	Header
	layout.Summary
	// Validation is the checksum that the file has and that was checked.
	Validation Validation
}

// Header is what stands in the first record.
type Header struct {
	Version string // "1.0"
	// Meter is how many metres a database unit is.
	Meter float64
}

// Validation is a way to check a file.
type Validation uint64

// The ways that the format has.
const (
	Unchecked  Validation = iota
	CRC32                 // the polynomial of IEEE 802.3
	Checksum32            // the sum of all bytes
)

// magic begins a file.
const magic = "%SEMI-OASIS\r\n"

// endLength is that of the END record, and signature that of the checksum which
// ends it, in bytes.
const (
	endLength = 256
	signature = 4
)

// ReadHeader reads the first record, which takes one window.
func ReadHeader(ctx context.Context, file io.ReaderAt, size int64) (Header, error) {
	f := newReader(ctx, file, size, layout.Limits{})
	h, err := f.start()
	return h, f.located(err)
}

// Read reads a file of size bytes to its end. Its kinds of errors are
// InvalidInput, TooLarge and those of file; with another kind than these two
// nothing is known of the content.
func Read(ctx context.Context, file io.ReaderAt, size int64, limits layout.Limits) (Layout, error) {
	f := newReader(ctx, file, size, limits)
	out, err := f.read()
	if err != nil {
		return Layout{}, f.located(err)
	}
	return out, nil
}

// reader is at a record.
type reader struct {
	input     // of the file, or of a block in it
	ctx       context.Context
	file      input     // of the file
	size      int64     // of the file, in bytes
	sums      *sums     // of all but the signature
	offset    int64     // of the record in the file
	block     int64     // of the record in its block, -1 outside
	unpacker  io.Reader // of blocks, nil before the first
	inflated  *layout.Source
	cells     *layout.Hierarchy
	modal     modal
	inCell    bool
	offsetEnd bool      // the table offsets are in END, not in START
	numbering numbering // of cell names
	names     uint64    // how many cell names there are
}

func newReader(ctx context.Context, file io.ReaderAt, size int64, limits layout.Limits) *reader {
	s := &sums{crc: crc32.NewIEEE()}
	in := input{layout.NewSource(ctx, file, size, limits, s, signature)}
	return &reader{input: in, ctx: ctx, file: in, size: size, sums: s, block: -1, cells: layout.NewHierarchy(limits)}
}

func (r *reader) located(err error) error { return layout.Located(err, "oasis", r.offset, r.block) }

// sums is both checksums of what is written to it.
type sums struct {
	crc hash.Hash32
	sum uint32
}

func (s *sums) Write(p []byte) (int, error) {
	for _, b := range p {
		s.sum += uint32(b)
	}
	return s.crc.Write(p)
}
