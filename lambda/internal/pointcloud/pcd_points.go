package pointcloud

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"strconv"
)

// pcdColumn is where the first value of a field stands in a point.
type pcdColumn struct {
	pcdField
	// bytes is the place in a binary point, value the one in a line.
	bytes, value int
}

// column finds a field by its name in lower case.
func (h *pcdHeader) column(name string) (pcdColumn, bool) {
	c := pcdColumn{}
	for _, f := range h.fields {
		if f.name == name {
			c.pcdField = f
			return c, true
		}
		c.bytes += f.size * f.count
		c.value += f.count
	}
	return c, false
}

// columns finds the fields that are measured. There is an intensity if the last
// result says so.
func (h *pcdHeader) columns() (xyz [3]pcdColumn, intensity pcdColumn, has bool) {
	for i, name := range [...]string{"x", "y", "z"} {
		xyz[i], _ = h.column(name)
	}
	intensity, has = h.column("intensity")
	return xyz, intensity, has
}

func (h *pcdHeader) measureBinary(s *source) (*Metrics, error) {
	length := 0
	for _, f := range h.fields {
		length += f.size * f.count
	}
	axes, intensity, has := h.columns()
	var m meter
	_, rest, err := s.records(length, math.MaxInt64, func(record []byte) {
		var xyz [3]float64
		for i := range axes {
			xyz[i] = axes[i].number(record)
		}
		m.add(xyz)
		if has {
			m.addIntensity(intensity.number(record))
		}
	})
	if err != nil {
		return nil, err
	}
	metrics := m.metrics(h.Header)
	metrics.TrailingBytes = rest
	return metrics, nil
}

// number decodes a value of a binary point.
func (c *pcdColumn) number(record []byte) float64 {
	bits := uint64(0)
	switch at := record[c.bytes:]; c.size {
	case 1:
		bits = uint64(at[0])
	case 2:
		bits = uint64(binary.LittleEndian.Uint16(at))
	case 4:
		bits = uint64(binary.LittleEndian.Uint32(at))
	default:
		bits = binary.LittleEndian.Uint64(at)
	}
	switch {
	case c.kind == 'U':
		return float64(bits)
	case c.kind == 'I':
		shift := 64 - 8*c.size
		return float64(int64(bits<<shift) >> shift)
	case c.size == 4:
		return float64(math.Float32frombits(uint32(bits)))
	}
	return math.Float64frombits(bits)
}

func (h *pcdHeader) measureText(s *source) (*Metrics, error) {
	values := 0
	for _, f := range h.fields {
		values += f.count
	}
	axes, intensity, has := h.columns()
	var m meter
	malformed := int64(0)
	for {
		line, err := s.line()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		var xyz [3]float64
		var strength []byte
		n := 0
		for word := range bytes.FieldsSeq(line) {
			for i := range axes {
				if axes[i].value == n {
					xyz[i] = parse(word)
				}
			}
			if has && intensity.value == n {
				strength = word
			}
			n++
		}
		switch {
		case n == 0:
			continue
		case n != values:
			malformed++
			continue
		}
		m.add(xyz)
		if has {
			m.addIntensity(parse(strength))
		}
	}
	metrics := m.metrics(h.Header)
	metrics.Malformed = malformed
	return metrics, nil
}

// parse reads a number. NaN is what C and C++ libraries print for it: nan, -nan,
// -nan(ind). What is no number is infinite, and so invalid.
func parse(word []byte) float64 {
	digits := bytes.TrimLeft(word, "+-")
	if len(digits) >= 3 && bytes.EqualFold(digits[:3], []byte("nan")) {
		return math.NaN()
	}
	v, err := strconv.ParseFloat(string(word), 64)
	if err != nil {
		return math.Inf(1)
	}
	return v
}
