// Package oasistest writes small OASIS files for tests, and broken ones.
package oasistest

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"slices"
)

// Magic begins a file.
const Magic = "%SEMI-OASIS\r\n"

// Unsigned is integers one behind the other: record ids, info bytes below 128,
// counts and lengths.
func Unsigned(values ...uint64) []byte {
	var out []byte
	for _, v := range values {
		out = binary.AppendUvarint(out, v)
	}
	return out
}

// Signed is integers with a sign.
func Signed(values ...int64) []byte {
	var out []byte
	for _, v := range values {
		u := uint64(v) << 1
		if v < 0 {
			u = uint64(-v)<<1 | 1
		}
		out = append(out, Unsigned(u)...)
	}
	return out
}

// String is a string with its length.
func String(text string) []byte { return append(Unsigned(uint64(len(text))), text...) }

// Start is the magic and START, of a thousand units to a micrometre.
func Start() []byte {
	return slices.Concat([]byte(Magic), Unsigned(1), String("1.0"), Unsigned(0, 1000, 0), make([]byte, 12))
}

// File is a whole file with a CRC32.
func File(records ...[]byte) []byte {
	out := slices.Concat(Start(), slices.Concat(records...), end())
	binary.LittleEndian.PutUint32(out[len(out)-4:], crc32.ChecksumIEEE(out[:len(out)-4]))
	return out
}

// end is the last record, with a CRC32 of 0.
func end() []byte {
	const pad = 256 - 1 - 2 - 1 - 4 // id, length of the padding, scheme, sum
	return slices.Concat(Unsigned(2), String(string(make([]byte, pad))), Unsigned(1), make([]byte, 4))
}

// Cell is a cell by name.
func Cell(name string, records ...[]byte) []byte {
	return slices.Concat(Unsigned(14), String(name), slices.Concat(records...))
}

// Rectangle is one with all its values.
func Rectangle(x, y int64, width, height uint64) []byte {
	return slices.Concat([]byte{20, 0x7b}, Unsigned(1, 0, width, height), Signed(x, y))
}

// Place places a cell by name.
func Place(name string, x, y int64) []byte {
	return slices.Concat([]byte{17, 0xb0}, String(name), Signed(x, y))
}

// Block is records in a compressed block.
func Block(records ...[]byte) []byte {
	content := slices.Concat(records...)
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err == nil {
		_, _ = w.Write(content) // a buffer takes all
		_ = w.Close()
	}
	return slices.Concat(Unsigned(34, 0, uint64(len(content)), uint64(packed.Len())), packed.Bytes())
}
