package repeated_test

import (
	"io"
	"testing"

	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii/layout/repeated"
)

// TestReadAt: every range of a file is that part of the whole.
func TestReadAt(t *testing.T) {
	t.Parallel()
	for at, whole := range map[int]string{
		1:  "head<0000000>|<0000001>|<0000002>|end",
		-1: "head<0000000>|<0000000>|<0000000>|end",
	} {
		f := &repeated.File{Head: []byte("head"), Block: []byte("<" + repeated.Number + ">|"), Tail: []byte("end"), At: at}
		if f.Fill(40); f.Size() != int64(len(whole)) {
			t.Fatalf("%d bytes, want %d", f.Size(), len(whole))
		}
		for from := range len(whole) + 2 {
			for length := range len(whole) + 2 - min(from, len(whole)) {
				p := make([]byte, length)
				n, err := f.ReadAt(p, int64(from))
				want := whole[min(from, len(whole)):min(from+length, len(whole))]
				if string(p[:n]) != want || (err == io.EOF) != (n < length) {
					t.Fatalf("%d bytes from %d: %q, %v, want %q", length, from, p[:n], err, want)
				}
			}
		}
	}
	f := &repeated.File{Block: []byte("0")}
	if f.Fill(0); f.Blocks != 1 {
		t.Error("no block")
	}
}
