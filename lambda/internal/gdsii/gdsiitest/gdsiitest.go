// Package gdsiitest writes small GDSII files for tests, and broken ones.
package gdsiitest

import (
	"encoding/binary"
	"math"
	"slices"
)

// Record is a record of a type and a data type.
func Record(kind, data byte, payload ...byte) []byte {
	head := binary.BigEndian.AppendUint16(nil, uint16(4+len(payload)))
	return append(append(head, kind, data), payload...)
}

// Short is a record of two-byte integers.
func Short(kind byte, values ...int16) []byte {
	var payload []byte
	for _, v := range values {
		payload = binary.BigEndian.AppendUint16(payload, uint16(v))
	}
	return Record(kind, 2, payload...)
}

// Long is a record of four-byte integers.
func Long(kind byte, values ...int32) []byte {
	var payload []byte
	for _, v := range values {
		payload = binary.BigEndian.AppendUint32(payload, uint32(v))
	}
	return Record(kind, 3, payload...)
}

// Real is a record of reals.
func Real(kind byte, values ...float64) []byte {
	var payload []byte
	for _, v := range values {
		payload = binary.BigEndian.AppendUint64(payload, real8(v))
	}
	return Record(kind, 5, payload...)
}

// real8 has a fraction of at least 1/16, but for 0.
func real8(v float64) uint64 {
	if v == 0 {
		return 0
	}
	var sign uint64
	if v < 0 {
		sign, v = 1<<63, -v
	}
	fraction, exponent := math.Frexp(v)
	for exponent%4 != 0 {
		fraction, exponent = fraction/2, exponent+1
	}
	return sign | uint64(exponent/4+64)<<56 | uint64(fraction*(1<<56))
}

// Text is a record of characters, of even length.
func Text(kind byte, text string) []byte {
	if len(text)%2 != 0 {
		text += "\x00"
	}
	return Record(kind, 6, []byte(text)...)
}

// Header is the records before the first structure, in nanometres and
// micrometres, of 2024-02-29 12:34:56.
func Header(name string) []byte {
	return slices.Concat(Short(0x00, 600), Short(0x01, 2024, 2, 29, 12, 34, 56, 2024, 2, 29, 12, 34, 56), Text(0x02, name), Real(0x03, 1e-3, 1e-9))
}

// Library is a whole file.
func Library(name string, structures ...[]byte) []byte {
	return slices.Concat(Header(name), slices.Concat(structures...), Record(0x04, 0))
}

// Structure is one with its elements.
func Structure(name string, elements ...[]byte) []byte {
	return slices.Concat(Short(0x05, make([]int16, 12)...), Text(0x06, name), slices.Concat(elements...), Record(0x07, 0))
}

// Element is one of a kind, with its records up to ENDEL.
func Element(kind byte, records ...[]byte) []byte {
	return slices.Concat(Record(kind, 0), slices.Concat(records...), Record(0x11, 0))
}

// Boundary is a rectangle.
func Boundary(x0, y0, x1, y1 int32) []byte {
	return Element(0x08, Short(0x0d, 1), Short(0x0e, 0), Long(0x10, x0, y0, x1, y0, x1, y1, x0, y1, x0, y0))
}

// SRef places a structure. Records such as MAG and ANGLE come before its place.
func SRef(name string, x, y int32, how ...[]byte) []byte {
	return Element(0x0a, Text(0x12, name), slices.Concat(how...), Long(0x10, x, y))
}
