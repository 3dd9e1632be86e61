package video

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/jpeg"
)

// Markers of ITU-T T.81.
const (
	markerSOI = 0xd8
	markerDHT = 0xc4
	markerSOS = 0xda
)

// JPEG returns a frame of Motion JPEG as a JPEG that stands by itself, with its
// size in pixels: frames of AVI may leave out the Huffman tables, which are then
// those of annex K of ITU-T T.81. What is no JPEG is an error.
func JPEG(frame []byte) (picture []byte, width, height int, err error) {
	config, err := jpeg.DecodeConfig(bytes.NewReader(frame))
	if err != nil {
		return nil, 0, 0, errors.New("the frame is no JPEG")
	}
	picture = frame
	if scan, tables := segment(frame, markerSOS), segment(frame, markerDHT); scan != nil && tables == nil {
		standard, err := standardTables()
		if err != nil {
			return nil, 0, 0, err
		}
		at := len(frame) - len(scan)
		picture = bytes.Join([][]byte{frame[:at], standard, scan}, nil)
	}
	return picture, config.Width, config.Height, nil
}

// segment returns what begins with the first segment of a kind before the picture's
// data, or with those: nil if there is none.
func segment(b []byte, kind byte) []byte {
	if len(b) < 2 || b[1] != markerSOI {
		return nil
	}
	for b = b[2:]; len(b) >= 4 && b[0] == 0xff; {
		length := 2 + int(binary.BigEndian.Uint16(b[2:]))
		switch {
		case b[1] == 0xff: // fill
			b = b[1:]
			continue
		case b[1] == kind:
			return b
		case b[1] == markerSOS || length > len(b):
			return nil
		}
		b = b[length:]
	}
	return nil
}

// standardTables are the Huffman tables that image/jpeg writes, which are those of
// annex K.
func standardTables() ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewYCbCr(image.Rect(0, 0, 1, 1), image.YCbCrSubsampleRatio420), nil); err != nil {
		return nil, err
	}
	tables := segment(b.Bytes(), markerDHT)
	if len(tables) < 4 {
		return nil, errors.New("the encoder of JPEG writes no Huffman tables")
	}
	return tables[:2+int(binary.BigEndian.Uint16(tables[2:]))], nil
}
