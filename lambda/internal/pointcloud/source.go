package pointcloud

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// ErrUnsupported is a cloud whose format is known and not read.
var ErrUnsupported = errors.New("unsupported point cloud")

// Error is a place at which input breaks its format.
type Error struct {
	// Offset is the place, in bytes from the start of the input.
	Offset int64
	// Message says what is wrong there, and what was expected. It holds no values
	// of points.
	Message string

	err error
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("byte %d: %s", e.Offset, e.Message) }

// Unwrap returns ErrUnsupported, io.ErrUnexpectedEOF or nil.
func (e *Error) Unwrap() error { return e.err }

const (
	// maxLine bounds a line of text, in bytes.
	maxLine = 64 << 10
	// blockSize is how much of binary points is read at once, in bytes. It holds
	// a point of any length.
	blockSize = 256 << 10
	// linesPerCheck is how many lines pass between two looks at the context.
	linesPerCheck = 4096
)

// source reads the input and knows the place. It lives for one Measure, and so may
// hold its context. The end of the input is io.EOF itself: an error that wraps it is
// of the way to the input, such as a connection that broke.
type source struct {
	ctx    context.Context
	r      *bufio.Reader
	offset int64
	lines  int
}

func newSource(ctx context.Context, r io.Reader) *source {
	return &source{ctx: ctx, r: bufio.NewReaderSize(r, maxLine)}
}

// errorAt is an error at a place.
func errorAt(offset int64, format string, args ...any) error {
	return &Error{Offset: offset, Message: fmt.Sprintf(format, args...)}
}

func (s *source) unsupported(what string) error {
	return &Error{Offset: s.offset, Message: what + " is not supported", err: ErrUnsupported}
}

// failed is an error of the reader or the context.
func (s *source) failed(err error) error { return fmt.Errorf("byte %d: %w", s.offset, err) }

// truncated is an end that comes too early.
func (s *source) truncated(what string) error {
	return &Error{Offset: s.offset, Message: "the input ends in " + what, err: io.ErrUnexpectedEOF}
}

// peek returns the next n bytes, or less at the end.
func (s *source) peek(n int) ([]byte, error) {
	start, err := s.r.Peek(n)
	if err != nil && err != io.EOF {
		return nil, s.failed(err)
	}
	return start, nil
}

// line returns the next line without its end, valid until the next call, and io.EOF
// after the last. A line longer than maxLine is an error.
func (s *source) line() ([]byte, error) {
	if s.lines%linesPerCheck == 0 {
		if err := s.ctx.Err(); err != nil {
			return nil, s.failed(err)
		}
	}
	s.lines++
	line, err := s.r.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, errorAt(s.offset, "a line is longer than %d bytes", maxLine)
	case err == io.EOF && len(line) == 0:
		return nil, io.EOF
	case err != nil && err != io.EOF:
		return nil, s.failed(err)
	}
	s.offset += int64(len(line))
	return bytes.TrimRight(line, "\r\n"), nil
}

// read fills buf, or as much of it as there is.
func (s *source) read(buf []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, s.failed(err)
	}
	n, err := io.ReadFull(s.r, buf)
	s.offset += int64(n)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return n, s.failed(err)
	}
	return n, nil
}

// skip passes over n bytes, that are part of what.
func (s *source) skip(n int64, what string) error {
	for n > 0 {
		if err := s.ctx.Err(); err != nil {
			return s.failed(err)
		}
		done, err := s.r.Discard(int(min(n, blockSize)))
		s.offset += int64(done)
		n -= int64(done)
		switch {
		case err == io.EOF:
			return s.truncated(what)
		case err != nil:
			return s.failed(err)
		}
	}
	return nil
}

// records calls visit with each whole record of a length in bytes, up to limit or
// the end of the input, and returns how many there were and how many bytes are left
// of one that is not whole.
func (s *source) records(length int, limit int64, visit func([]byte)) (count, rest int64, err error) {
	buf := make([]byte, blockSize/length*length)
	for count < limit {
		want := len(buf)
		if left := limit - count; left < int64(want/length) {
			want = int(left) * length
		}
		n, err := s.read(buf[:want])
		if err != nil {
			return count, 0, err
		}
		for at := 0; at+length <= n; at += length {
			visit(buf[at : at+length])
		}
		count += int64(n / length)
		if n < want {
			return count, int64(n % length), nil
		}
	}
	return count, 0, nil
}
