package oasistest

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"

	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii/layout/repeated"
)

// Large is a layout of about so many bytes that is never whole in memory. Each of
// its blocks is a cell of several thousand rectangles, half of them in a compressed
// block. It has a CRC32, for which it is read once.
func Large(size int64) *repeated.File {
	var shapes []byte
	for i := range int64(6000) {
		shapes = append(shapes, Rectangle(10*i, 0, 5, 100)...)
	}
	f := &repeated.File{Head: Start(), Block: Cell("C"+repeated.Number, shapes, Block(shapes)), Tail: end()}
	f.At = bytes.Index(f.Block, []byte(repeated.Number))
	f.Fill(size)
	sum := crc32.NewIEEE()
	_, _ = io.Copy(sum, io.NewSectionReader(f, 0, f.Size()-4)) // neither fails
	binary.LittleEndian.PutUint32(f.Tail[len(f.Tail)-4:], sum.Sum32())
	return f
}
