package video

import (
	"errors"
	"io"
)

const (
	// blockSize is how much is read at once, in bytes.
	blockSize = 64 << 10
	// maxBlocks is how many blocks are held: the tables of a track are four, and are
	// read side by side.
	maxBlocks = 8
)

// input reads a file in blocks, and holds the last ones that were used.
type input struct {
	r      io.ReaderAt
	size   int64
	blocks []block // the last that was used at the end
}

type block struct {
	number int64
	bytes  []byte
}

func newInput(r io.ReaderAt, size int64) *input { return &input{r: r, size: size} }

// block returns a block of the file, which is not empty if it begins in it.
func (in *input) block(number int64) ([]byte, error) {
	for i, b := range in.blocks {
		if b.number == number {
			in.blocks = append(append(in.blocks[:i:i], in.blocks[i+1:]...), b)
			return b.bytes, nil
		}
	}
	at := number * blockSize
	content := make([]byte, max(0, min(blockSize, in.size-at)))
	if n, err := in.r.ReadAt(content, at); n < len(content) {
		if err == nil || errors.Is(err, io.EOF) {
			return nil, errorAt(at+int64(n), "the file ends here, and should have %d bytes", in.size)
		}
		return nil, err
	}
	if len(in.blocks) == maxBlocks {
		in.blocks = in.blocks[1:]
	}
	in.blocks = append(in.blocks, block{number, content})
	return content, nil
}

// upTo returns the n bytes at an offset, or less at the end of the file. n is at
// most blockSize.
func (in *input) upTo(offset, n int64) ([]byte, error) {
	out := make([]byte, 0, n)
	for int64(len(out)) < n && offset < in.size {
		content, err := in.block(offset / blockSize)
		if err != nil {
			return nil, err
		}
		part := content[offset%blockSize:]
		part = part[:min(int64(len(part)), n-int64(len(out)))]
		out, offset = append(out, part...), offset+int64(len(part))
	}
	return out, nil
}

// bytes returns the n bytes at an offset, which are part of what ends at end; where
// there is no such part, that is 0.
func (in *input) bytes(offset, n, end int64, what string) ([]byte, error) {
	if end == 0 {
		return nil, errorAt(0, "there is no %s", what)
	}
	if offset < 0 || offset+n > min(end, in.size) {
		return nil, errorAt(offset, "the file, or what this is a part of, ends in %s", what)
	}
	return in.upTo(offset, n)
}
