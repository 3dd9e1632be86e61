package pointcloud

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Facts of the LAS specifications 1.2 to 1.4 of ASPRS. Offsets and lengths are in
// bytes; numbers are little endian.
const (
	lasSignature = "LASF"

	lasVersion       = 24
	lasHeaderSize    = 94
	lasPointOffset   = 96
	lasPointFormat   = 104
	lasRecordLength  = 105
	lasLegacyPoints  = 107
	lasScale         = 131
	lasOffset        = 155
	lasExtent        = 179 // of each axis the greatest, then the least
	lasPoints        = 247 // since 1.4
	lasIntensity     = 12  // in a point, after three coordinates of four bytes
	lasHeaderV12     = 227
	lasHeaderV13     = 235
	lasHeaderV14     = 375
	lasCompressedBit = 0x80 // of the point format, as LAZ sets it
)

// lasLengths are the least lengths of points, by point format.
var lasLengths = [...]int{20, 28, 26, 34, 57, 63, 30, 36, 38, 59, 67}

// lasHeader is the part of the header that says where points are.
type lasHeader struct {
	Header
	scale, offset [3]float64
	pointOffset   int64
	length        int
}

func measureLAS(s *source) (*Metrics, error) {
	h, err := readLASHeader(s)
	if err != nil {
		return nil, err
	}
	if err := s.skip(h.pointOffset-s.offset, "the variable length records"); err != nil {
		return nil, err
	}
	var m meter
	_, rest, err := s.records(h.length, h.Points, func(record []byte) {
		var xyz [3]float64
		for i := range xyz {
			raw := int32(binary.LittleEndian.Uint32(record[4*i:]))
			xyz[i] = float64(raw)*h.scale[i] + h.offset[i]
		}
		m.add(xyz)
		m.addIntensity(float64(binary.LittleEndian.Uint16(record[lasIntensity:])))
	})
	if err != nil {
		return nil, err
	}
	metrics := m.metrics(h.Header)
	metrics.TrailingBytes = rest
	return metrics, nil
}

// readLASHeader reads the part of the header that its version fixes.
func readLASHeader(s *source) (*lasHeader, error) {
	buf := make([]byte, lasHeaderV14)
	if err := fill(s, buf[:lasHeaderV12]); err != nil {
		return nil, err
	}
	major, minor := buf[lasVersion], buf[lasVersion+1]
	size, formats := lasHeaderV12, 4
	switch {
	case major == 1 && minor == 2:
	case major == 1 && minor == 3:
		size, formats = lasHeaderV13, 6
	case major == 1 && minor == 4:
		size, formats = lasHeaderV14, len(lasLengths)
	default:
		return nil, &Error{Offset: lasVersion, Message: fmt.Sprintf("LAS %d.%d is not supported", major, minor), err: ErrUnsupported}
	}
	if err := fill(s, buf[lasHeaderV12:size]); err != nil {
		return nil, err
	}
	h := &lasHeader{Header: Header{Format: FormatLAS, Version: fmt.Sprintf("%d.%d", major, minor), Encoding: "binary"}}
	for _, decode := range []func([]byte) error{
		func(b []byte) error { return h.decodeLayout(b, size, formats) },
		h.decodeCount, h.decodeTransform, h.decodeExtent,
	} {
		if err := decode(buf[:size]); err != nil {
			return nil, err
		}
	}
	return h, nil
}

func fill(s *source, buf []byte) error {
	n, err := s.read(buf)
	if err == nil && n < len(buf) {
		return s.truncated("the header")
	}
	return err
}

// decodeLayout takes where points are and how long they are.
func (h *lasHeader) decodeLayout(buf []byte, size, formats int) error {
	headerSize := int(binary.LittleEndian.Uint16(buf[lasHeaderSize:]))
	if headerSize < size {
		return errorAt(lasHeaderSize, "the header is %d bytes long; LAS %s has %d at least", headerSize, h.Version, size)
	}
	h.pointOffset = int64(binary.LittleEndian.Uint32(buf[lasPointOffset:]))
	if h.pointOffset < int64(headerSize) {
		return errorAt(lasPointOffset, "points begin at byte %d, in the header of %d bytes", h.pointOffset, headerSize)
	}
	format := int(buf[lasPointFormat])
	if format&lasCompressedBit != 0 {
		return &Error{Offset: lasPointFormat, Message: "LAZ is not supported", err: ErrUnsupported}
	}
	if format >= formats {
		return errorAt(lasPointFormat, "point format %d; LAS %s has 0 to %d", format, h.Version, formats-1)
	}
	h.PointFormat = format
	h.length = int(binary.LittleEndian.Uint16(buf[lasRecordLength:]))
	if h.length < lasLengths[format] {
		return errorAt(lasRecordLength, "points are %d bytes long; point format %d has %d at least", h.length, format, lasLengths[format])
	}
	return nil
}

// decodeCount takes the number of points: of 64 bits since 1.4, where the number of
// 32 bits is zero or the same.
func (h *lasHeader) decodeCount(buf []byte) error {
	legacy := uint64(binary.LittleEndian.Uint32(buf[lasLegacyPoints:]))
	h.Points = int64(legacy)
	if len(buf) < lasHeaderV14 {
		return nil
	}
	points := binary.LittleEndian.Uint64(buf[lasPoints:])
	if points > math.MaxInt64 {
		return errorAt(lasPoints, "the number of points is beyond 63 bits")
	}
	if legacy != 0 && legacy != points {
		return errorAt(lasLegacyPoints, "the legacy number of points is %d, the number of points %d", legacy, points)
	}
	h.Points = int64(points)
	return nil
}

// decodeTransform takes what makes coordinates of whole numbers.
func (h *lasHeader) decodeTransform(buf []byte) error {
	for i := range h.scale {
		at := lasScale + 8*i
		h.scale[i] = float64At(buf, at)
		if h.scale[i] == 0 || !finite(h.scale[i]) {
			return errorAt(int64(at), "the scale is not a finite number other than zero")
		}
		at = lasOffset + 8*i
		h.offset[i] = float64At(buf, at)
		if !finite(h.offset[i]) {
			return errorAt(int64(at), "the offset is not a finite number")
		}
		h.tolerance[i] = math.Abs(h.scale[i])
	}
	return nil
}

// decodeExtent takes the bounds that the header declares.
func (h *lasHeader) decodeExtent(buf []byte) error {
	h.Bounds = &Bounds{}
	for i, axis := range h.Bounds.axes() {
		at := lasExtent + 16*i
		axis.Max, axis.Min = float64At(buf, at), float64At(buf, at+8)
		if !finite(axis.Max) || !finite(axis.Min) {
			return errorAt(int64(at), "the bounds are not finite numbers")
		}
	}
	return nil
}

func float64At(buf []byte, at int) float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(buf[at:]))
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
