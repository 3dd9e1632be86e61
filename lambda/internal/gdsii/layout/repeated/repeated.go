// Package repeated is large files for tests that are never whole in memory: a
// beginning, one block over and over with a number of its own, and an end.
package repeated

import (
	"fmt"
	"io"
)

// Number stands in a block for its number.
const Number = "0000000"

// File is a file. It serves any number of goroutines.
type File struct {
	Head, Block, Tail []byte
	// At is where the number is in the block, -1 if there is none.
	At     int
	Blocks int64
}

// Fill makes the file as long as it can be with at most size bytes, and one block.
func (f *File) Fill(size int64) {
	f.Blocks = max(1, (size-int64(len(f.Head)+len(f.Tail)))/int64(len(f.Block)))
}

// Size is how long the file is, in bytes.
func (f *File) Size() int64 {
	return int64(len(f.Head)) + f.Blocks*int64(len(f.Block)) + int64(len(f.Tail))
}

// ReadAt implements io.ReaderAt.
func (f *File) ReadAt(p []byte, offset int64) (int, error) {
	n := 0
	for n < len(p) {
		next := f.copy(p[n:], offset+int64(n))
		if next == 0 {
			return n, io.EOF
		}
		n += next
	}
	return n, nil
}

// copy copies from one of the parts, nothing behind the end.
func (f *File) copy(p []byte, offset int64) int {
	if offset < int64(len(f.Head)) {
		return copy(p, f.Head[offset:])
	}
	offset -= int64(len(f.Head))
	length := int64(len(f.Block))
	if end := f.Blocks * length; offset >= end {
		return copy(p, f.Tail[min(offset-end, int64(len(f.Tail))):])
	}
	at := int(offset % length)
	n := copy(p, f.Block[at:])
	if f.At < 0 {
		return n
	}
	name := fmt.Sprintf("%0*d", len(Number), offset/length)
	for i := range name { // what of the number is in p
		if to := f.At + i - at; to >= 0 && to < n {
			p[to] = name[i]
		}
	}
	return n
}
