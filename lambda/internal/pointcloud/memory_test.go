package pointcloud_test

import (
	"encoding/binary"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/lambda/internal/pointcloud"
)

// generated is a cloud that is never whole in memory: a header, and a block that
// repeats itself.
type generated struct {
	header string
	block  string
}

// generators make a cloud of so many bytes of points for each encoding. The block
// of each has 4096 points.
var generators = map[string]func(size int64) (generated, int64){
	"ascii": func(size int64) (generated, int64) {
		return repeated("FIELDS x y z intensity\nDATA ascii\n", "12.345678 -9.876543 1.234567 0.5\n", size)
	},
	"binary": func(size int64) (generated, int64) {
		return repeated(pcd("binary", 1, 1, ""), floats(12, -9, 1, 0.5), size)
	},
	"LAS": func(size int64) (generated, int64) {
		file := lasFile{minor: 4, length: 20, points: two[:1], edit: func(h []byte) {
			clear(h[107:111])
			binary.LittleEndian.PutUint64(h[247:], math.MaxInt64)
		}}.String()
		return repeated(file[:375], file[375:], size)
	},
}

// repeated also returns how many blocks make up size.
func repeated(header, point string, size int64) (generated, int64) {
	block := strings.Repeat(point, 4096)
	return generated{header: header, block: block}, size / int64(len(block))
}

// reader is the cloud with so many blocks.
func (g generated) reader(blocks int64) io.Reader {
	return io.MultiReader(strings.NewReader(g.header), &repeater{text: g.block, left: blocks * int64(len(g.block))})
}

type repeater struct {
	text string
	at   int
	left int64
}

func (r *repeater) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(int64(len(p)), r.left)], r.text[r.at:])
	r.at = (r.at + n) % len(r.text)
	r.left -= int64(n)
	return n, nil
}

// allocated is how many bytes are allocated while do runs, freed or not: what is
// held at any time is less.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// It is not parallel: the runtime counts what all goroutines allocate.
func TestMemory(t *testing.T) {
	const size, limit = 64 << 20, 1 << 20
	for name, generate := range generators {
		t.Run(name, func(t *testing.T) {
			cloud, blocks := generate(size)
			var metrics *pointcloud.Metrics
			var err error
			used := allocated(func() { metrics, err = pointcloud.Measure(t.Context(), cloud.reader(blocks)) })
			if err != nil {
				t.Fatal(err)
			}
			if metrics.Points != blocks*4096 {
				t.Errorf("%d points, want %d", metrics.Points, blocks*4096)
			}
			if used > limit {
				t.Errorf("%d bytes allocated for %d of points, want %d at most", used, size, limit)
			}
		})
	}
}

// The largest header that is taken costs no more.
func TestMemoryOfHeader(t *testing.T) {
	input := "FIELDS x y z" + strings.Repeat(" f", 4093) + "\nSIZE" + strings.Repeat(" 4", 4096) + "\nTYPE" + strings.Repeat(" F", 4096) +
		"\nPOINTS 9223372036854775807\nDATA binary\n" + floats(1, 2, 3)
	var err error
	used := allocated(func() { _, err = pointcloud.Measure(t.Context(), strings.NewReader(input)) })
	if err != nil {
		t.Fatal(err)
	}
	if used > 1<<20 {
		t.Errorf("%d bytes allocated, want %d at most", used, 1<<20)
	}
}

// BenchmarkMeasure reads 2 GiB of points of each encoding.
func BenchmarkMeasure(b *testing.B) {
	const size = 2 << 30
	for name, generate := range generators {
		b.Run(name, func(b *testing.B) {
			cloud, blocks := generate(size)
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := pointcloud.Measure(b.Context(), cloud.reader(blocks)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
