package video

import (
	"encoding/binary"
	"fmt"
	"time"
)

// Facts of the AVI RIFF file reference of Microsoft, and of the OpenDML AVI file
// format extensions 1.02. Numbers are little endian.
const (
	riffHeader  = 12 // "RIFF", the length, "AVI "
	streamSize  = 36 // of a stream header, as far as it is read
	streamScale = 20
	streamRate  = 24
	streamCount = 32
	bitmapSize  = 20 // of a format, as far as it is read
	bitmapCode  = 16
	indexEntry  = 16
	superIndex  = 24 // of OpenDML, before its entries of indexEntry bytes
	superCount  = 4
	partHeader  = 32 // of a part of it, with the header of its chunk
	partCount   = 12
	partBase    = 20
	partEntry   = 8
	noKeyFrame  = 1 << 31 // in a size
)

// avi is what the lists of a file say.
type avi struct {
	in      *input
	streams int
	video   *Video
	stream  int // the number of the video
	scale   uint32
	rate    uint32
	movi    int64 // the place of "movi"
	index   box
	super   box // the index of the indexes of OpenDML
}

func probeAVI(in *input) (*Video, error) {
	a := &avi{in: in}
	end := in.size
	head, err := in.bytes(0, riffHeader, in.size, "the header")
	if err != nil {
		return nil, err
	}
	// A length of 0 or beyond the end is that of a file that was not closed.
	if length := int64(binary.LittleEndian.Uint32(head[4:])); length >= 4 && boxHeader+length < end {
		end = boxHeader + length
	}
	if err := a.chunks(riffHeader, end, a.take); err != nil {
		return nil, err
	}
	if a.video == nil {
		return nil, errorAt(riffHeader, "the file has no video stream")
	}
	switch {
	case a.video.NeedsDecoder != "":
	case a.super.kind != "":
		return a.video, a.openSuper()
	case a.index.kind == "" || a.movi == 0:
		a.video.NeedsDecoder = "the file has no index"
	default:
		a.video.frames = a.frames
	}
	return a.video, nil
}

// chunks calls visit for each chunk. The kind of a list is that of its content. The
// last one may be cut off.
func (a *avi) chunks(start, end int64, visit func(box) error) error {
	for n := 0; start+boxHeader <= end; n++ {
		if n == maxBoxes {
			return errorAt(start, "more than %d chunks", maxBoxes)
		}
		head, err := a.in.bytes(start, boxHeader, end, "the header of a chunk")
		if err != nil {
			return err
		}
		length := int64(binary.LittleEndian.Uint32(head[4:]))
		b := box{string(head[:4]), start + boxHeader, min(end, start+boxHeader+length)}
		if b.kind == "LIST" {
			kind, err := a.in.bytes(b.start, 4, b.end, "a list")
			if err != nil {
				return err
			}
			b.kind, b.start = "LIST "+string(kind), b.start+4
		}
		if err := visit(b); err != nil {
			return err
		}
		start += boxHeader + length + length%2
	}
	return nil
}

func (a *avi) take(b box) error {
	switch b.kind {
	case "LIST hdrl":
		return a.chunks(b.start, b.end, a.take)
	case "LIST strl":
		return a.takeStream(b)
	case "LIST movi":
		a.movi = b.start - 4
	case "idx1":
		a.index = b
	}
	return nil
}

// takeStream takes the first stream that is a video.
func (a *avi) takeStream(list box) error {
	number := a.streams
	a.streams++
	var header, format, super box
	if err := a.chunks(list.start, list.end, func(b box) error {
		switch b.kind {
		case "strh":
			header = b
		case "strf":
			format = b
		case "indx":
			super = b
		}
		return nil
	}); err != nil {
		return err
	}
	head, err := a.in.bytes(header.start, streamSize, header.end, "stream header")
	if err != nil {
		return err
	}
	if string(head[:4]) != "vids" || a.video != nil {
		return nil
	}
	bitmap, err := a.in.bytes(format.start, bitmapSize, format.end, "format of the video stream")
	if err != nil {
		return err
	}
	a.scale, a.rate = binary.LittleEndian.Uint32(head[streamScale:]), binary.LittleEndian.Uint32(head[streamRate:])
	if a.scale == 0 || a.rate == 0 {
		return errorAt(header.start, "the video stream has a rate of %d/%d frames a second", a.rate, a.scale)
	}
	height := int64(int32(binary.LittleEndian.Uint32(bitmap[8:])))
	v := &Video{
		Container: AVI, Frames: int64(binary.LittleEndian.Uint32(head[streamCount:])),
		Width: int(binary.LittleEndian.Uint32(bitmap[4:])), Height: int(max(height, -height)), // negative: from the top
	}
	v.name(string(bitmap[bitmapCode : bitmapCode+4]))
	v.Duration = a.time(v.Frames)
	a.video, a.stream, a.super = v, number, super
	return nil
}

// openSuper takes the index of OpenDML. The number of frames in a stream header may
// be that of the first RIFF chunk; this one has all.
func (a *avi) openSuper() error {
	head, err := a.in.bytes(a.super.start, superIndex, a.super.end, "index indx")
	if err != nil {
		return err
	}
	count := int64(binary.LittleEndian.Uint32(head[superCount:]))
	if head[3] != 0 || count > (a.super.end-a.super.start-superIndex)/indexEntry {
		return errorAt(a.super.start, "the index indx is none of %d indexes", count)
	}
	frames := int64(0)
	if err := a.parts(count, func(p part) bool {
		frames += p.count
		return frames <= a.in.size
	}); err != nil {
		return err
	}
	if frames > a.in.size {
		return errorAt(a.super.start, "%d frames are more than the file holds", frames)
	}
	a.video.Frames, a.video.Duration = frames, a.time(frames)
	a.video.frames = func(yield func(Frame, error) bool) {
		index, more := int64(0), true
		if err := a.parts(count, func(p part) bool {
			for n := int64(0); n < p.count && more; n++ {
				f, err := p.frame(a, n, index)
				index++
				more = yield(f, err) && err == nil
			}
			return more
		}); err != nil && more {
			yield(Frame{}, err)
		}
	}
	return nil
}

// part is a part of the index of OpenDML.
type part struct {
	start, count int64
	base         uint64
}

// parts calls visit for each part until it returns false.
func (a *avi) parts(count int64, visit func(part) bool) error {
	for n := range count {
		e, err := a.in.bytes(a.super.start+superIndex+n*indexEntry, indexEntry, a.super.end, "index indx")
		if err != nil {
			return err
		}
		place := binary.LittleEndian.Uint64(e)
		if place >= uint64(a.in.size) {
			return errorAt(a.super.start, "part %d of the index is behind the end of the file", n)
		}
		head, err := a.in.bytes(int64(place), partHeader, a.in.size, "a part of the index")
		if err != nil {
			return err
		}
		p := part{int64(place) + partHeader, int64(binary.LittleEndian.Uint32(head[partCount:])), binary.LittleEndian.Uint64(head[partBase:])}
		if string(head[:2]) != "ix" || p.count > (a.in.size-p.start)/partEntry || p.base > uint64(a.in.size) {
			return errorAt(int64(place), "not a part of the index")
		}
		if !visit(p) {
			return nil
		}
	}
	return nil
}

// frame returns the n-th frame of the part.
func (p part) frame(a *avi, n, index int64) (Frame, error) {
	e, err := a.in.bytes(p.start+n*partEntry, partEntry, a.in.size, "a part of the index")
	if err != nil {
		return Frame{}, err
	}
	f := Frame{
		Index: index, Time: a.time(index),
		Offset: int64(p.base) + int64(binary.LittleEndian.Uint32(e)), Size: int64(binary.LittleEndian.Uint32(e[4:]) &^ noKeyFrame),
	}
	if f.Offset+f.Size > a.in.size {
		return Frame{}, errorAt(p.start+n*partEntry, "frame %d ends behind the end of the file", index)
	}
	return f, nil
}

func (a *avi) time(frames int64) time.Duration {
	return ticks(uint64(frames)*uint64(a.scale), a.rate)
}

// frames goes through the entries of the index that are of the video.
func (a *avi) frames(yield func(Frame, error) bool) {
	ids := [2]string{fmt.Sprintf("%02ddc", a.stream), fmt.Sprintf("%02ddb", a.stream)}
	base, index := int64(-1), int64(0)
	for at := a.index.start; at+indexEntry <= a.index.end; at += indexEntry {
		e, err := a.in.bytes(at, indexEntry, a.index.end, "the index")
		if err != nil {
			yield(Frame{}, err)
			return
		}
		id := string(e[:4])
		if id != ids[0] && id != ids[1] {
			continue
		}
		place, size := int64(binary.LittleEndian.Uint32(e[8:])), int64(binary.LittleEndian.Uint32(e[12:]))
		if base < 0 {
			if base, err = a.base(id, place); err != nil {
				yield(Frame{}, err)
				return
			}
		}
		f := Frame{Index: index, Time: a.time(index), Offset: base + place + boxHeader, Size: size}
		index++
		if f.Offset+f.Size > a.in.size {
			yield(Frame{}, errorAt(at, "frame %d ends behind the end of the file", f.Index))
			return
		}
		if !yield(f, nil) {
			return
		}
	}
}

// base is what places in the index begin at: "movi", or the start of the file.
func (a *avi) base(id string, place int64) (int64, error) {
	for _, base := range []int64{a.movi, 0} {
		head, err := a.in.upTo(base+place, 4)
		if err != nil {
			return 0, err
		}
		if string(head) == id {
			return base, nil
		}
	}
	return 0, errorAt(a.index.start, "the index leads to no frame")
}
