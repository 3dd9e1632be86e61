package video

import (
	"encoding/binary"
	"math/bits"
	"time"
)

// Facts of ISO/IEC 14496-12 and 14496-14, and of Apple's QuickTime File Format.
// Numbers are big endian.
const (
	boxHeader     = 8
	largeHeader   = 16
	maxBoxes      = 10_000 // in one box
	sampleEntry   = 86     // of a video track, before its boxes
	entryWidth    = 32
	entryHeight   = 34
	objectJPEG    = 0x6c // "Visual ISO/IEC 10918-1" of the MP4 registration authority
	tagES         = 3
	tagDecoder    = 4
	headerOfTable = 8 // version and flags, and the number of entries
)

// box is a part of a file: its kind, and where its content begins and ends.
type box struct {
	kind       string
	start, end int64
}

// boxes calls visit for each box between two places until it returns false.
func (in *input) boxes(start, end int64, visit func(box) (bool, error)) error {
	for n := 0; start+boxHeader <= end; n++ {
		if n == maxBoxes {
			return errorAt(start, "more than %d boxes", maxBoxes)
		}
		head, err := in.bytes(start, boxHeader, end, "the header of a box")
		if err != nil {
			return err
		}
		b := box{string(head[4:8]), start + boxHeader, 0}
		length := uint64(binary.BigEndian.Uint32(head))
		switch length {
		case 0: // to the end
			length = uint64(end - start)
		case 1:
			if head, err = in.bytes(start, largeHeader, end, "the header of a box"); err != nil {
				return err
			}
			length, b.start = binary.BigEndian.Uint64(head[8:]), start+largeHeader
		}
		if length < uint64(b.start-start) || length > uint64(end-start) {
			return errorAt(start, "box has %d bytes, and %d are left", length, end-start)
		}
		b.end = start + int64(length)
		if more, err := visit(b); err != nil || !more {
			return err
		}
		start = b.end
	}
	return nil
}

// children are the boxes in a box, by kind; of several, the first.
func (in *input) children(start, end int64) (map[string]box, error) {
	out := map[string]box{}
	return out, in.boxes(start, end, func(b box) (bool, error) {
		if _, twice := out[b.kind]; !twice {
			out[b.kind] = b
		}
		return true, nil
	})
}

func probeMP4(in *input) (*Video, error) {
	var moov box
	if err := in.boxes(0, in.size, func(b box) (bool, error) {
		moov = b
		return b.kind != "moov", nil
	}); err != nil {
		return nil, err
	}
	if moov.kind != "moov" {
		return nil, errorAt(in.size, "the file has no box moov: it is not whole")
	}
	var best *Video
	fragmented := false
	err := in.boxes(moov.start, moov.end, func(b box) (bool, error) {
		switch b.kind {
		case "mvex":
			fragmented = true
		case "trak":
			v, err := in.track(b)
			if err != nil {
				return false, err
			}
			if v != nil && (best == nil || v.Frames > best.Frames) {
				best = v
			}
		}
		return true, nil
	})
	switch {
	case err != nil:
		return nil, err
	case best == nil:
		return nil, errorAt(moov.start, "the file has no video track")
	case fragmented && best.Frames == 0 && best.NeedsDecoder == "":
		best.NeedsDecoder = "the file is fragmented: its frames are in no table"
	}
	return best, nil
}

// track returns nil for a track that is no video.
func (in *input) track(trak box) (*Video, error) {
	mdia, err := in.descend(trak, "mdia")
	if err != nil || mdia == nil {
		return nil, err
	}
	media, err := in.children(mdia.start, mdia.end)
	if err != nil {
		return nil, err
	}
	handler, mdhd := media["hdlr"], media["mdhd"]
	kind, err := in.bytes(handler.start, 12, handler.end, "box hdlr")
	if err != nil {
		return nil, err
	}
	if string(kind[8:]) != "vide" {
		return nil, nil
	}
	scale, duration, err := in.mediaHeader(mdhd)
	if err != nil {
		return nil, err
	}
	stbl, err := in.descend(*mdia, "minf", "stbl")
	if err != nil {
		return nil, err
	}
	if stbl == nil {
		return nil, errorAt(mdia.start, "the video track has no box stbl")
	}
	v := &Video{Container: MP4, Duration: ticks(duration, scale)}
	boxes, err := in.children(stbl.start, stbl.end)
	if err != nil {
		return nil, err
	}
	if err := in.description(v, boxes["stsd"]); err != nil {
		return nil, err
	}
	t := &sampleTables{in: in, scale: scale, boxes: boxes}
	if err := t.open(v); err != nil {
		return nil, err
	}
	v.frames = t.frames
	return v, nil
}

// descend follows a path of boxes. It returns nil where there is none.
func (in *input) descend(b box, path ...string) (*box, error) {
	for _, kind := range path {
		below, err := in.children(b.start, b.end)
		if err != nil {
			return nil, err
		}
		var there bool
		if b, there = below[kind]; !there {
			return nil, nil
		}
	}
	return &b, nil
}

// mediaHeader returns the ticks of a second, and the duration in ticks.
func (in *input) mediaHeader(b box) (scale uint32, duration uint64, err error) {
	head, err := in.bytes(b.start, 20, b.end, "box mdhd")
	if err != nil {
		return 0, 0, err
	}
	if head[0] == 1 { // times of 64 bits
		if head, err = in.bytes(b.start, 32, b.end, "box mdhd"); err != nil {
			return 0, 0, err
		}
		scale, duration = binary.BigEndian.Uint32(head[20:]), binary.BigEndian.Uint64(head[24:])
	} else {
		scale, duration = binary.BigEndian.Uint32(head[12:]), uint64(binary.BigEndian.Uint32(head[16:]))
	}
	if scale == 0 {
		return 0, 0, errorAt(b.start, "box mdhd has a timescale of 0")
	}
	return scale, duration, nil
}

// ticks is a time, and half of the longest interval where it is beyond that.
func ticks(n uint64, scale uint32) time.Duration {
	high, low := bits.Mul64(n, uint64(time.Second))
	if high >= uint64(scale) {
		return longest / 2
	}
	t, _ := bits.Div64(high, low, uint64(scale))
	return time.Duration(min(t, longest/2))
}

// description takes the codec and the size of the first sample description.
func (in *input) description(v *Video, stsd box) error {
	head, err := in.bytes(stsd.start, headerOfTable+sampleEntry, stsd.end, "sample description")
	if err != nil {
		return err
	}
	entry := head[headerOfTable:]
	at := stsd.start + headerOfTable
	length := int64(binary.BigEndian.Uint32(entry))
	if length < sampleEntry || at+length > stsd.end {
		return errorAt(at, "the sample description has %d bytes, want %d at least, and no more than its box", length, sampleEntry)
	}
	v.Width, v.Height = int(binary.BigEndian.Uint16(entry[entryWidth:])), int(binary.BigEndian.Uint16(entry[entryHeight:]))
	v.name(string(entry[4:8]))
	if v.Code == "mp4v" {
		if err := in.objectType(v, at+sampleEntry, at+length); err != nil {
			return err
		}
	}
	if binary.BigEndian.Uint32(head[4:]) != 1 && v.NeedsDecoder == "" {
		v.NeedsDecoder = "the track has several sample descriptions"
	}
	return nil
}

// objectType looks at what "mp4v" stands for: it may be JPEG.
func (in *input) objectType(v *Video, start, end int64) error {
	below, err := in.children(start, end)
	if err != nil {
		return err
	}
	esds, there := below["esds"]
	if !there {
		return nil
	}
	content, err := in.bytes(esds.start, min(esds.end-esds.start, 64), esds.end, "box esds")
	if err != nil {
		return err
	}
	if objectTypeOf(content) == objectJPEG {
		v.Codec, v.NeedsDecoder = mjpeg, ""
	}
	return nil
}

// objectTypeOf returns 0 where there is none.
func objectTypeOf(esds []byte) byte {
	rest, ok := descriptor(esds[min(len(esds), 4):], tagES)
	if !ok || len(rest) < 3 {
		return 0
	}
	flags := rest[2]
	skip := 3
	if flags&0x80 != 0 { // depends on a stream
		skip += 2
	}
	if flags&0x40 != 0 && len(rest) > skip { // a URL
		skip += 1 + int(rest[skip])
	}
	if flags&0x20 != 0 { // a clock
		skip += 2
	}
	decoder, ok := descriptor(rest[min(len(rest), skip):], tagDecoder)
	if !ok || len(decoder) == 0 {
		return 0
	}
	return decoder[0]
}

// descriptor returns the content of a descriptor with a tag, as far as it is there.
func descriptor(b []byte, tag byte) ([]byte, bool) {
	if len(b) == 0 || b[0] != tag {
		return nil, false
	}
	for i := 1; i < len(b) && i <= 4; i++ {
		if b[i]&0x80 == 0 { // the last byte of the length
			return b[i+1:], true
		}
	}
	return nil, false
}
