// Package pointcloudtest makes point clouds that are well formed: small ones of
// given points, and large ones that are made while they are read.
package pointcloudtest

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// Point is a point with its intensity. LAS holds coordinates in steps of 0.01.
type Point struct{ X, Y, Z, Intensity float64 }

// Scan are n points of a ramp, each one unit from the next on every axis.
func Scan(n int) []Point {
	out := make([]Point, n)
	for i := range out {
		at := float64(i)
		out[i] = Point{at, -at, at / 2, float64(i % 100)}
	}
	return out
}

// The encodings of PCD.
const (
	ASCII      = "ascii"
	Binary     = "binary"
	Compressed = "binary_compressed"
)

func pcdHeader(encoding string, points int64) string {
	return fmt.Sprintf("# .PCD v0.7\nVERSION 0.7\nFIELDS x y z intensity\nSIZE 4 4 4 4\nTYPE F F F F\nCOUNT 1 1 1 1\nWIDTH %d\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS %d\nDATA %s\n",
		points, points, encoding)
}

// PCD is a cloud in PCD 0.7.
func PCD(encoding string, points []Point) []byte {
	out := []byte(pcdHeader(encoding, int64(len(points))))
	switch encoding {
	case ASCII:
		for _, p := range points {
			out = fmt.Appendf(out, "%g %g %g %g\n", p.X, p.Y, p.Z, p.Intensity)
		}
	case Binary:
		for _, p := range points {
			out = append(out, record(p)...)
		}
	case Compressed: // all of a field, then all of the next
		var fields []byte
		for _, get := range []func(Point) float64{
			func(p Point) float64 { return p.X }, func(p Point) float64 { return p.Y },
			func(p Point) float64 { return p.Z }, func(p Point) float64 { return p.Intensity },
		} {
			for _, p := range points {
				fields = binary.LittleEndian.AppendUint32(fields, math.Float32bits(float32(get(p))))
			}
		}
		data := lzf(fields)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(data)))
		out = binary.LittleEndian.AppendUint32(out, uint32(len(fields)))
		out = append(out, data...)
	}
	return out
}

func record(p Point) []byte {
	var out []byte
	for _, v := range []float64{p.X, p.Y, p.Z, p.Intensity} {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(float32(v)))
	}
	return out
}

// lzf is data in the form of LZF, which here has literal bytes only.
func lzf(data []byte) []byte {
	const most = 32
	var out []byte
	for len(data) > 0 {
		n := min(most, len(data))
		out = append(append(out, byte(n-1)), data[:n]...)
		data = data[n:]
	}
	return out
}

const (
	lasHeader = 227
	lasRecord = 20
	lasStep   = 0.01
)

// lasHead is the header of LAS 1.2 for points of format 0 in a box.
func lasHead(points uint32, low, high Point) []byte {
	h := make([]byte, lasHeader)
	le := binary.LittleEndian
	copy(h, "LASF")
	h[24], h[25] = 1, 2
	copy(h[26:], "pointcloudtest")
	le.PutUint16(h[94:], lasHeader)
	le.PutUint32(h[96:], lasHeader)
	le.PutUint16(h[105:], lasRecord)
	le.PutUint32(h[107:], points)
	float := func(at int, v float64) { le.PutUint64(h[at:], math.Float64bits(v)) }
	for i := range 3 {
		float(131+8*i, lasStep)
	}
	for i, v := range []float64{high.X, low.X, high.Y, low.Y, high.Z, low.Z} {
		float(179+8*i, v)
	}
	return h
}

func lasPoint(p Point) []byte {
	out := make([]byte, lasRecord)
	for i, v := range []float64{p.X, p.Y, p.Z} {
		binary.LittleEndian.PutUint32(out[4*i:], uint32(int32(math.Round(v/lasStep))))
	}
	binary.LittleEndian.PutUint16(out[12:], uint16(p.Intensity))
	return out
}

// LAS is a cloud in LAS 1.2.
func LAS(points []Point) []byte {
	var low, high Point
	for i, p := range points {
		if i == 0 {
			low, high = p, p
		}
		low = Point{X: min(low.X, p.X), Y: min(low.Y, p.Y), Z: min(low.Z, p.Z)}
		high = Point{X: max(high.X, p.X), Y: max(high.Y, p.Y), Z: max(high.Z, p.Z)}
	}
	out := lasHead(uint32(len(points)), low, high)
	for _, p := range points {
		out = append(out, lasPoint(p)...)
	}
	return out
}

// LAZ says of itself that it is compressed; its points are none.
func LAZ(points []Point) []byte {
	out := LAS(points)
	out[104] |= 0x80
	return out
}

// PLY is a cloud in PLY.
func PLY(points []Point) []byte {
	out := fmt.Appendf(nil, "ply\nformat ascii 1.0\nelement vertex %d\nproperty float x\nproperty float y\nproperty float z\nend_header\n", len(points))
	for _, p := range points {
		out = fmt.Appendf(out, "%g %g %g\n", p.X, p.Y, p.Z)
	}
	return out
}

// File is a cloud that is never whole in memory: it is made where it is read.
type File struct {
	// Points is how many it has.
	Points int64

	head, block []byte
	size        int64
}

// Large is a cloud in PCD ("ascii" or "binary") or in LAS ("las") whose points have
// size bytes, or less by a part of a point. LAS 1.2 has at most 2^32-1 points.
func Large(encoding string, size int64) *File {
	const period = 4096
	f := &File{}
	for i := range period {
		p := Point{float64(i % 64), float64(i / 64), float64(i % 3), 7}
		switch encoding {
		case ASCII:
			f.block = fmt.Appendf(f.block, "%06.2f %06.2f %06.2f 7.0\n", p.X, p.Y, p.Z)
		case Binary:
			f.block = append(f.block, record(p)...)
		default:
			f.block = append(f.block, lasPoint(p)...)
		}
	}
	each := int64(len(f.block) / period)
	f.Points = size / each
	if encoding == ASCII || encoding == Binary {
		f.head = []byte(pcdHeader(encoding, f.Points))
	} else {
		f.head = lasHead(uint32(f.Points), Point{}, Point{X: 63, Y: 63, Z: 2})
	}
	f.size = int64(len(f.head)) + f.Points*each
	return f
}

// Size is the length in bytes.
func (f *File) Size() int64 { return f.size }

// ReadAt implements io.ReaderAt.
func (f *File) ReadAt(p []byte, offset int64) (int, error) {
	n := 0
	for n < len(p) && offset < f.size {
		from := f.head
		at := offset
		if head := int64(len(f.head)); offset >= head {
			from, at = f.block, (offset-head)%int64(len(f.block))
		}
		count := copy(p[n:], from[at:])
		count = int(min(int64(count), f.size-offset))
		n, offset = n+count, offset+int64(count)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
