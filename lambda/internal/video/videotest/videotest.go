// Package videotest makes small video files that are well formed, of pictures that
// can be told apart.
package videotest

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"math"
)

// Video describes a file. The zero value is one of Motion JPEG without frames.
type Video struct {
	// Code is that of the codec: "jpeg" in MP4, "MJPG" in AVI, "V_MJPEG" in Matroska
	// if it is empty.
	Code          string
	Width, Height int
	// Frames are the bytes of each frame.
	Frames [][]byte
	// Rate is frames a second, 10 if it is 0.
	Rate uint32

	// Chunk is how many samples a chunk of MP4 has, 3 if it is 0.
	Chunk int
	// First puts the tables of MP4 before the frames.
	First bool
	// Large makes places of 64 bits.
	Large bool
	// Object is the object type of "mp4v".
	Object byte
	// NoIndex leaves out the index of AVI.
	NoIndex bool
	// OpenDML spreads an AVI file over two RIFF chunks, and gives it the index of
	// OpenDML and none other.
	OpenDML bool
	// Absolute makes places in the index of AVI begin at the start of the file.
	Absolute bool
	// Sound adds a track of sound, which is empty.
	Sound bool
	// Fragmented leaves out the frames of MP4, as a file has them that is in fragments.
	Fragmented bool
}

// Pictures are n pictures in JPEG, each of another colour.
func Pictures(n, width, height int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		m := image.NewRGBA(image.Rect(0, 0, width, height))
		for at := range width * height {
			m.Set(at%width, at/width, color.RGBA{uint8(40 * i), uint8(255 - 16*i), uint8(i), 255})
		}
		var b bytes.Buffer
		_ = jpeg.Encode(&b, m, &jpeg.Options{Quality: 50}) // a picture that is not empty always encodes
		out[i] = b.Bytes()
	}
	return out
}

func or[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// big and little are numbers in a row.
func big(values ...any) []byte    { return numbers(binary.BigEndian, values) }
func little(values ...any) []byte { return numbers(binary.LittleEndian, values) }

func numbers(order binary.ByteOrder, values []any) []byte {
	var b bytes.Buffer
	for _, v := range values {
		if text, ok := v.(string); ok {
			v = []byte(text)
		}
		_ = binary.Write(&b, order, v) // of fixed size
	}
	return b.Bytes()
}

// Box is a box of MP4.
func Box(kind string, content ...[]byte) []byte {
	all := bytes.Join(content, nil)
	return append(big(uint32(8+len(all)), kind), all...)
}

// MP4 is the file in MP4.
func (v Video) MP4() []byte {
	ftyp := Box("ftyp", []byte("isom\x00\x00\x02\x00isommp41"))
	if v.Fragmented {
		v.Frames = nil
	}
	data := Box("mdat", bytes.Join(v.Frames, nil))
	if !v.First {
		moov := v.moov(int64(len(ftyp)) + 8)
		return bytes.Join([][]byte{ftyp, data, moov}, nil)
	}
	length := len(v.moov(0))
	return bytes.Join([][]byte{ftyp, v.moov(int64(len(ftyp)+length) + 8), data}, nil)
}

func (v Video) moov(place int64) []byte {
	rate := or(v.Rate, 10)
	frames := uint32(len(v.Frames))
	mvhd := Box("mvhd", make([]byte, 12), big(rate*100, frames*100), make([]byte, 80))
	boxes := [][]byte{mvhd}
	if v.Sound {
		boxes = append(boxes, Box("trak", Box("mdia", Box("mdhd", make([]byte, 24)), Box("hdlr", make([]byte, 8), []byte("soun"), make([]byte, 13)))))
	}
	boxes = append(boxes, Box("trak", Box("mdia",
		Box("mdhd", make([]byte, 12), big(rate*100, frames*100), make([]byte, 4)),
		Box("hdlr", make([]byte, 8), []byte("vide"), make([]byte, 13)),
		Box("minf", v.stbl(place)),
	)))
	if v.Fragmented {
		boxes = append(boxes, Box("mvex"))
	}
	return Box("moov", boxes...)
}

func (v Video) stbl(place int64) []byte {
	code := or(v.Code, "jpeg")
	entry := bytes.Join([][]byte{make([]byte, 24), big(uint16(v.Width), uint16(v.Height)), make([]byte, 50)}, nil)
	if code == "mp4v" {
		config := append([]byte{4, 13, v.Object}, make([]byte, 12)...)
		entry = append(entry, Box("esds", make([]byte, 4), []byte{3, byte(3 + len(config)), 0, 1, 0}, config)...)
	}
	n := len(v.Frames)
	chunk := or(v.Chunk, 3)
	var sizes, places []byte
	for i, frame := range v.Frames {
		sizes = append(sizes, big(uint32(len(frame)))...)
		if i%chunk == 0 {
			if v.Large {
				places = append(places, big(place)...)
			} else {
				places = append(places, big(uint32(place))...)
			}
		}
		place += int64(len(frame))
	}
	chunks := uint32((n + chunk - 1) / chunk)
	var stsc []byte // the last chunk has an entry of its own, if it is shorter
	entries := uint32(0)
	if n >= chunk {
		stsc, entries = append(stsc, big(uint32(1), uint32(chunk), uint32(1))...), entries+1
	}
	if n%chunk != 0 {
		stsc, entries = append(stsc, big(chunks, uint32(n%chunk), uint32(1))...), entries+1
	}
	var stts []byte
	if n > 0 {
		stts = big(uint32(n), uint32(100))
	}
	kind := "stco"
	if v.Large {
		kind = "co64"
	}
	return Box("stbl",
		Box("stsd", big(uint32(0), uint32(1)), Box(code, entry)),
		Box("stts", big(uint32(0), uint32(len(stts)/8)), stts),
		Box("stsc", big(uint32(0), entries), stsc),
		Box("stsz", big(uint32(0), uint32(0), uint32(n)), sizes),
		Box(kind, big(uint32(0), chunks), places),
	)
}

// chunk is a chunk of RIFF.
func chunk(kind string, content ...[]byte) []byte {
	all := bytes.Join(content, nil)
	out := append(little(kind, uint32(len(all))), all...)
	if len(all)%2 != 0 {
		out = append(out, 0)
	}
	return out
}

func list(kind string, content ...[]byte) []byte {
	return chunk("LIST", append([][]byte{[]byte(kind)}, content...)...)
}

// AVI is the file in AVI.
func (v Video) AVI() []byte {
	if v.OpenDML {
		return v.openDML()
	}
	head := v.hdrl(nil)
	at := uint32(4)
	if v.Absolute {
		at = uint32(riffHeader + len(head) + listHeader)
	}
	var movi [][]byte
	var index []byte
	for i, frame := range v.Frames {
		index = append(index, little(v.frameID(), uint32(0x10), at, uint32(len(frame)))...)
		movi = append(movi, chunk(v.frameID(), frame))
		at += uint32(len(movi[i]))
	}
	body := [][]byte{[]byte("AVI "), head, list("movi", movi...)}
	if !v.NoIndex {
		body = append(body, chunk("idx1", index))
	}
	return chunk("RIFF", body...)
}

const (
	riffHeader = 12 // "RIFF", its length and its form
	listHeader = 12
)

// frameID is the name of a chunk that is a frame: sound is stream 0.
func (v Video) frameID() string {
	if v.Sound {
		return "01dc"
	}
	return "00dc"
}

// hdrl is what stands before the frames. An index of OpenDML is a part of it.
func (v Video) hdrl(index []byte) []byte {
	rate, code, frames := or(v.Rate, 10), or(v.Code, "MJPG"), uint32(len(v.Frames))
	streams := [][]byte{list("strl",
		chunk("strh", little("vids", code, make([]byte, 12), uint32(1), rate, uint32(0), frames), make([]byte, 20)),
		chunk("strf", little(uint32(40), uint32(v.Width), uint32(v.Height), uint16(1), uint16(24), code), make([]byte, 20)),
		index,
	)}
	if v.Sound {
		sound := list("strl", chunk("strh", []byte("auds"), make([]byte, 52)), chunk("strf", make([]byte, 18)))
		streams = [][]byte{sound, streams[0]}
	}
	avih := chunk("avih", little(1_000_000/rate, make([]byte, 12), frames, uint32(0), uint32(len(streams)), uint32(0), uint32(v.Width), uint32(v.Height), make([]byte, 16)))
	return list("hdrl", append([][]byte{avih}, streams...)...)
}

// openDML has half of the frames in each of two RIFF chunks, and an index of them at
// the end of each.
func (v Video) openDML() []byte {
	first, second := v.Frames[:len(v.Frames)/2], v.Frames[len(v.Frames)/2:]
	index := func(a, b int) []byte {
		return chunk("indx", little(uint16(4), uint16(0), uint32(2), v.frameID(), make([]byte, 12),
			uint64(a), uint32(0), uint32(len(first)), uint64(b), uint32(0), uint32(len(second))))
	}
	empty := v.hdrl(index(0, 0)) // as long as the one with places
	_, a := v.riff(0, "AVI ", empty, first)
	start, _ := v.riff(0, "AVI ", empty, first)
	extension, b := v.riff(len(start), "AVIX", nil, second)
	start, _ = v.riff(0, "AVI ", v.hdrl(index(a, b)), first)
	return append(start, extension...)
}

// riff is a RIFF chunk that begins at a place, and the place of its index.
func (v Video) riff(place int, form string, head []byte, frames [][]byte) (out []byte, index int) {
	at := place + riffHeader + len(head) + listHeader
	var movi [][]byte
	var entries []byte
	for _, frame := range frames {
		c := chunk(v.frameID(), frame)
		entries = append(entries, little(uint32(at+8-place), uint32(len(frame))|1<<31)...)
		movi, at = append(movi, c), at+len(c)
	}
	part := chunk("ix"+v.frameID()[:2], little(uint16(2), uint16(0x100), uint32(len(frames)), v.frameID(), uint64(place), uint32(0)), entries)
	return chunk("RIFF", []byte(form), head, list("movi", append(movi, part)...)), at
}

// element is an element of Matroska; its id is as it is written.
func element(id uint32, content ...[]byte) []byte {
	all := bytes.Join(content, nil)
	name := bytes.TrimLeft(big(id), "\x00")
	return bytes.Join([][]byte{name, big(uint32(len(all)) | 0x10000000), all}, nil)
}

// Matroska is the file in Matroska. Its frames are in one cluster.
func (v Video) Matroska() []byte {
	rate := or(v.Rate, 10)
	track := element(0xae,
		element(0x83, []byte{1}), element(0x86, []byte(or(v.Code, "V_MJPEG"))), element(0x23e383, big(1_000_000_000/rate)),
		element(0xe0, element(0xb0, big(uint16(v.Width))), element(0xba, big(uint16(v.Height)))),
	)
	tracks := [][]byte{track}
	if v.Sound {
		tracks = [][]byte{element(0xae, element(0x83, []byte{2}), element(0x86, []byte("A_PCM"))), track}
	}
	var blocks [][]byte
	for i, frame := range v.Frames {
		blocks = append(blocks, element(0xa3, []byte{0x81}, big(uint16(i)), []byte{0x80}, frame))
	}
	seconds := float64(len(v.Frames)) / float64(rate)
	segment := bytes.Join([][]byte{
		element(0x1549a966, element(0x2ad7b1, big(uint32(1_000_000))), element(0x4489, big(math.Float64bits(seconds*1000)))),
		element(0x1654ae6b, tracks...), element(0x1f43b675, blocks...),
	}, nil)
	// The size is not known, as of a file that was written while it was sent.
	return bytes.Join([][]byte{element(0x1a45dfa3, element(0x4282, []byte("matroska"))), {0x18, 0x53, 0x80, 0x67, 0x01, 255, 255, 255, 255, 255, 255, 255}, segment}, nil)
}
