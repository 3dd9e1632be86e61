package pointcloud_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
)

// pcd is a PCD file of x, y, z and intensity, with its data.
func pcd(encoding string, width, height int, data string) string {
	return fmt.Sprintf(`# .PCD v.7
VERSION .7
FIELDS x y z intensity
SIZE 4 4 4 4
TYPE F F F F
COUNT 1 1 1 1
WIDTH %d
HEIGHT %d
VIEWPOINT 0 0 0 1 0 0 0
POINTS %d
DATA %s
%s`, width, height, width*height, encoding, data)
}

// floats are numbers as binary PCD has them.
func floats(values ...float64) string {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
	}
	return string(b)
}

// lasFile describes a LAS file.
type lasFile struct {
	minor, format, length, headerSize int
	// gap is between the header and the points, in bytes.
	gap    int
	points [][4]int // x, y, z, intensity
	// edit changes the header.
	edit func([]byte)
}

var lasSizes = map[int]int{2: 227, 3: 235, 4: 375}

// String is the file. The scale is 0.01, the offset 100, the bounds are 0 to 200.
func (f lasFile) String() string {
	if f.headerSize == 0 {
		f.headerSize = lasSizes[f.minor]
	}
	le, h := binary.LittleEndian, make([]byte, f.headerSize)
	copy(h, "LASF")
	h[24], h[25] = 1, byte(f.minor)
	le.PutUint16(h[94:], uint16(f.headerSize))
	le.PutUint32(h[96:], uint32(f.headerSize+f.gap))
	h[104] = byte(f.format)
	le.PutUint16(h[105:], uint16(f.length))
	le.PutUint32(h[107:], uint32(len(f.points)))
	for i := range 3 {
		putFloat(h, 131+8*i, 0.01)
		putFloat(h, 155+8*i, 100)
		putFloat(h, 179+16*i, 200)
		putFloat(h, 187+16*i, 0)
	}
	if f.minor == 4 {
		le.PutUint64(h[247:], uint64(len(f.points)))
	}
	if f.edit != nil {
		f.edit(h)
	}
	var b strings.Builder
	b.Write(h)
	b.Write(make([]byte, f.gap))
	for _, p := range f.points {
		record := make([]byte, f.length)
		for i, v := range p[:3] {
			le.PutUint32(record[4*i:], uint32(int32(v)))
		}
		le.PutUint16(record[12:], uint16(p[3]))
		b.Write(record)
	}
	return b.String()
}

func putFloat(b []byte, at int, v float64) {
	binary.LittleEndian.PutUint64(b[at:], math.Float64bits(v))
}

// two are two points, 1 unit apart on each axis.
var two = [][4]int{{0, 0, 0, 10}, {100, -100, 100, 30}}
