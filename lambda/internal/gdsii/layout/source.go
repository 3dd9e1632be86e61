package layout

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
)

// Error is what is wrong with a file, and where. Its kind is InvalidInput, or
// TooLarge for what is past a limit.
type Error struct {
	Format string // "gdsii" or "oasis"
	Offset int64  // of the record, in bytes from the start of the file
	// Block is the byte in the block at Offset once it is inflated, -1 outside.
	Block int64
	err   error
}

// Error implements error.
func (e *Error) Error() string {
	if e.Block >= 0 {
		return fmt.Sprintf("%s: byte %d, byte %d of the block: %v", e.Format, e.Offset, e.Block, e.err)
	}
	return fmt.Sprintf("%s: byte %d: %v", e.Format, e.Offset, e.err)
}

// Unwrap returns what is wrong, without the place.
func (e *Error) Unwrap() error { return e.err }

// Invalid is content that breaks the format.
func Invalid(format string, args ...any) error {
	return failure.New(failure.InvalidInput, format, args...)
}

// TooLarge is content past a limit.
func TooLarge(format string, args ...any) error {
	return failure.New(failure.TooLarge, format, args...)
}

// Window is how many bytes one ranged read fetches.
const Window = 1 << 20

// Source reads a file forward, one window at a time.
type Source struct {
	ctx    context.Context
	buffer *bufio.Reader
	pos    int64
	limit  int64
	alive  int64 // where the context is looked at again
}

// NewSource reads size bytes of a file, or of what inflates to them. A sum, if
// there is one, is fed all but the last skip bytes. The context ends it.
func NewSource(ctx context.Context, file io.ReaderAt, size int64, limits Limits, sum io.Writer, skip int64) *Source {
	w := &windows{ctx: ctx, from: io.NewSectionReader(file, 0, size), sum: sum, left: size - skip}
	return &Source{ctx: ctx, buffer: bufio.NewReaderSize(w, int(max(min(size, Window), 16))), limit: limits.bytes()}
}

type windows struct {
	ctx  context.Context
	from io.Reader
	sum  io.Writer
	left int64
}

func (w *windows) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.from.Read(p)
	if w.sum != nil && w.left > 0 {
		_, _ = w.sum.Write(p[:min(int64(n), w.left)])
		w.left -= int64(n)
	}
	return n, err
}

// Inflated reads what from inflates to, all of it. It takes the memory of used,
// which then ends; nil is none.
func Inflated(ctx context.Context, used *Source, from io.Reader) *Source {
	if used == nil {
		used = &Source{buffer: bufio.NewReaderSize(from, 64<<10)}
	}
	used.buffer.Reset(from)
	*used = Source{ctx: ctx, buffer: used.buffer, limit: math.MaxInt64}
	return used
}

// Offset is how many bytes are read.
func (s *Source) Offset() int64 { return s.pos }

// Limit is how many bytes may be read still.
func (s *Source) Limit() int64 { return s.limit - s.pos }

// Charge counts bytes that are read elsewhere against the limit.
func (s *Source) Charge(bytes int64) { s.limit -= bytes }

// lookEvery is how many bytes are read between two looks at the context: what is
// read may have been fetched long before.
const lookEvery = 64 << 10

// ready says why nothing more may be read.
func (s *Source) ready() error {
	if s.pos >= s.limit {
		return s.over()
	}
	if s.pos < s.alive {
		return nil
	}
	s.alive = s.pos + lookEvery
	return s.ctx.Err()
}

// Work says that a record takes as much work as if some bytes were read, which
// count against the limit.
func (s *Source) Work(bytes int64) error {
	s.Charge(bytes)
	s.alive -= bytes
	return s.ready()
}

// ReadByte implements io.ByteReader. It returns io.EOF only at the end.
func (s *Source) ReadByte() (byte, error) {
	if err := s.ready(); err != nil {
		return 0, err
	}
	b, err := s.buffer.ReadByte()
	if err == nil {
		s.pos++
	}
	return b, err
}

func (s *Source) over() error { return TooLarge("the byte limit is reached") }

// Read implements io.Reader.
func (s *Source) Read(p []byte) (int, error) {
	if err := s.ready(); err != nil {
		return 0, err
	}
	n, err := s.buffer.Read(p[:min(int64(len(p)), s.limit-s.pos)])
	s.pos += int64(n)
	return n, err
}

// Full fills p. An end before is InvalidInput.
func (s *Source) Full(p []byte) error {
	_, err := io.ReadFull(s, p)
	return Ended(err)
}

// Skip passes over bytes. An end before is InvalidInput.
func (s *Source) Skip(bytes int64) error {
	_, err := io.CopyN(io.Discard, s, bytes)
	return Ended(err)
}

// Ended makes an end that comes too early InvalidInput.
func Ended(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF { // not wrapped: those are of the way to the file
		return Invalid("the content ends early")
	}
	return err
}

// Located says where err is. It leaves alone what is no fault of the content, and
// what has a place.
func Located(err error, format string, offset, block int64) error {
	var placed *Error
	if errors.As(err, &placed) {
		return err
	}
	if kind := failure.Of(err); kind != failure.InvalidInput && kind != failure.TooLarge {
		return failure.Wrap(err, "%s", format)
	}
	return &Error{Format: format, Offset: offset, Block: block, err: err}
}
