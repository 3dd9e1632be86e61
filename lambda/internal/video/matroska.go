package video

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strings"
	"time"
)

// Ids of elements of RFC 9559 and RFC 8794. Numbers are big endian.
const (
	idSegment         = 0x18538067
	idInfo            = 0x1549a966
	idScale           = 0x2ad7b1
	idDuration        = 0x4489
	idTracks          = 0x1654ae6b
	idTrack           = 0xae
	idTrackType       = 0x83
	idCodec           = 0x86
	idDefaultDuration = 0x23e383
	idVideo           = 0xe0
	idWidth           = 0xb0
	idHeight          = 0xba
	idCluster         = 0x1f43b675

	typeVideo    = 1
	defaultScale = 1_000_000 // nanoseconds
	unknownSize  = math.MaxInt64
)

// element is a part of a Matroska file.
type element struct {
	id         uint32
	start, end int64
}

// elements calls visit for each element between two places until it returns false.
func (in *input) elements(start, end int64, visit func(element) (bool, error)) error {
	for n := 0; start < end; n++ {
		if n == maxBoxes {
			return errorAt(start, "more than %d elements", maxBoxes)
		}
		head, err := in.upTo(start, min(12, end-start))
		if err != nil {
			return err
		}
		id, idLength := number(head, 4, true)
		if idLength == 0 {
			return errorAt(start, "not the id of an element")
		}
		size, sizeLength := number(head[idLength:], 8, false)
		if sizeLength == 0 {
			return errorAt(start, "the element has no size")
		}
		e := element{uint32(id), start + int64(idLength+sizeLength), end}
		if size != unknownSize {
			if int64(size) > end-e.start && e.id != idSegment {
				return errorAt(start, "the element has %d bytes, and %d are left", size, end-e.start)
			}
			e.end = min(end, e.start+int64(size))
		}
		if more, err := visit(e); err != nil || !more {
			return err
		}
		start = e.end
	}
	return nil
}

// number reads a number of variable length, with its marker if it is an id. The
// length is 0 if there is none of at most so many bytes.
func number(b []byte, most int, id bool) (uint64, int) {
	if len(b) == 0 {
		return 0, 0
	}
	length := bits.LeadingZeros8(b[0]) + 1
	if length > most || length > len(b) {
		return 0, 0
	}
	v := uint64(0)
	for _, c := range b[:length] {
		v = v<<8 | uint64(c)
	}
	if id {
		return v, length
	}
	mask := uint64(1)<<(7*length) - 1
	if v &= mask; v == mask {
		return unknownSize, length
	}
	return v, length
}

// integer is the value of an element that is a whole number.
func (in *input) integer(e element) (uint64, error) {
	b, err := in.bytes(e.start, min(8, e.end-e.start), e.end, "a number")
	v := uint64(0)
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v, err
}

func (in *input) float(e element) (float64, error) {
	b, err := in.bytes(e.start, min(8, e.end-e.start), e.end, "a number")
	switch {
	case err != nil:
		return 0, err
	case len(b) == 4:
		return float64(math.Float32frombits(binary.BigEndian.Uint32(b))), nil
	case len(b) == 8:
		return math.Float64frombits(binary.BigEndian.Uint64(b)), nil
	}
	return 0, errorAt(e.start, "a number of %d bytes, want 4 or 8", len(b))
}

// matroska is what the segment says before its clusters.
type matroska struct {
	in       *input
	scale    uint64
	duration float64 // in units of scale
	frame    uint64  // nanoseconds
	video    *Video
}

func probeMatroska(in *input) (*Video, error) {
	m := &matroska{in: in, scale: defaultScale}
	if err := in.elements(0, in.size, func(e element) (bool, error) {
		if e.id != idSegment {
			return true, nil
		}
		return false, in.elements(e.start, e.end, m.take)
	}); err != nil {
		return nil, err
	}
	if m.video == nil {
		return nil, errorAt(0, "the file has no video track before its clusters")
	}
	if d := m.duration * float64(m.scale); d > 0 && d < math.MaxInt64 {
		m.video.Duration = time.Duration(d)
	}
	if m.frame > 0 {
		m.video.Frames = int64(math.Round(float64(m.video.Duration) / float64(m.frame)))
	}
	if m.video.NeedsDecoder == "" {
		m.video.NeedsDecoder = "frames of Matroska are in no table"
	}
	return m.video, nil
}

func (m *matroska) take(e element) (bool, error) {
	switch e.id {
	case idInfo:
		return true, m.in.elements(e.start, e.end, m.takeInfo)
	case idTracks:
		return true, m.in.elements(e.start, e.end, func(e element) (bool, error) {
			if e.id == idTrack && m.video == nil {
				return true, m.takeTrack(e)
			}
			return true, nil
		})
	case idCluster:
		return false, nil
	}
	return true, nil
}

func (m *matroska) takeInfo(e element) (more bool, err error) {
	switch e.id {
	case idScale:
		m.scale, err = m.in.integer(e)
	case idDuration:
		m.duration, err = m.in.float(e)
	}
	return true, err
}

// takeTrack takes a track if it is a video.
func (m *matroska) takeTrack(track element) error {
	v, kind, frame := &Video{Container: Matroska}, uint64(0), uint64(0)
	var take func(e element) (bool, error)
	take = func(e element) (more bool, err error) {
		var n uint64
		switch e.id {
		case idTrackType:
			kind, err = m.in.integer(e)
		case idDefaultDuration:
			frame, err = m.in.integer(e)
		case idCodec:
			var code []byte
			code, err = m.in.bytes(e.start, min(64, e.end-e.start), e.end, "the codec")
			v.name(strings.TrimRight(string(code), "\x00"))
		case idVideo:
			err = m.in.elements(e.start, e.end, take)
		case idWidth:
			n, err = m.in.integer(e)
			v.Width = int(min(n, math.MaxInt32))
		case idHeight:
			n, err = m.in.integer(e)
			v.Height = int(min(n, math.MaxInt32))
		}
		return true, err
	}
	if err := m.in.elements(track.start, track.end, take); err != nil {
		return err
	}
	if kind == typeVideo {
		m.video, m.frame = v, frame
	}
	return nil
}
