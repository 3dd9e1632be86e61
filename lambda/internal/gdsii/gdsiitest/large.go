package gdsiitest

import (
	"bytes"

	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii/layout/repeated"
)

// Large is a library of about so many bytes that is never whole in memory. Each of
// its blocks is a structure of a thousand rectangles, 64 KiB long.
func Large(size int64) *repeated.File {
	var shapes [][]byte
	for i := range int32(1000) {
		shapes = append(shapes, Boundary(10*i, 0, 10*i+5, 100))
	}
	f := &repeated.File{Head: Header("LARGE"), Block: Structure("C"+repeated.Number, shapes...), Tail: Record(0x04, 0)}
	f.At = bytes.Index(f.Block, []byte(repeated.Number))
	f.Fill(size)
	return f
}
