// Package video tells what a video file is, and where its frames are, by reading
// parts of it: containers MP4 and QuickTime, AVI, and Matroska.
//
// It decodes nothing. Where every frame is a JPEG by itself (Motion JPEG in MP4,
// QuickTime or AVI), Pick says where frames are; for all other codecs, Video says
// what a decoder has to know, and that one is needed. It reads headers and tables
// only, in blocks, and holds the same few of them for a file of any length. Every
// input gives a Video or an error that says where; none gives a panic.
//
// Times are those of decoding, without the edit list of a track. Of an AVI file, the
// frames in its index are found: that of OpenDML, or else idx1.
package video

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"math"
	"strings"
	"time"
)

// Container is the form of a file.
type Container string

// The containers.
const (
	MP4      Container = "mp4" // also QuickTime
	AVI      Container = "avi"
	Matroska Container = "mkv"
)

// Video is what a file says of its pictures: the video track with the most frames.
type Video struct {
	Container Container `json:"container"`
	// Codec is a common name ("h264", "mjpeg"), or the code of the file where none is
	// known; Code is what the file has.
	Codec string `json:"codec"`
	Code  string `json:"codec_code"`
	// Width and Height are in pixels, as the track has them.
	Width  int `json:"width"`
	Height int `json:"height"`
	// Duration is 0 where the file does not say.
	Duration time.Duration `json:"-"`
	// Frames is how many there are, 0 where the file does not say. Of Matroska, it
	// follows from the duration of a frame.
	Frames int64 `json:"frame_count"`
	// Found is how many frames the tables have, once Pick was called: fewer than Frames
	// if the file was not closed.
	Found int64 `json:"frames_found,omitempty"`
	// NeedsDecoder says why frames cannot be taken as they are. If it is empty, every
	// frame is a JPEG.
	NeedsDecoder string `json:"needs_decoder,omitempty"`

	frames iter.Seq2[Frame, error]
}

// Frame is a frame that is a picture by itself.
type Frame struct {
	Index  int64         // from 0, among all frames
	Time   time.Duration // since the first frame
	Offset int64         // of its bytes in the file
	Size   int64         // bytes; never 0
}

// Error is a place at which a file breaks its format.
type Error struct {
	// Offset is in bytes from the start of the file.
	Offset int64
	// Message says what is wrong there, and what was expected.
	Message string
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("byte %d: %s", e.Offset, e.Message) }

func errorAt(offset int64, format string, args ...any) error {
	return &Error{offset, fmt.Sprintf(format, args...)}
}

// Probe reads what a file of so many bytes is; its content says, not its name. The
// error is an *Error where the file is none that is known or breaks its format, and
// otherwise that of r. The Video reads from r when frames are picked.
func Probe(r io.ReaderAt, size int64) (*Video, error) {
	in := newInput(r, size)
	start, err := in.upTo(0, 12)
	if err != nil {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(start, []byte{0x1a, 0x45, 0xdf, 0xa3}):
		return probeMatroska(in)
	case len(start) == 12 && string(start[:4]) == "RIFF" && string(start[8:]) == "AVI ":
		return probeAVI(in)
	case len(start) >= 8 && strings.Contains("ftyp moov mdat free skip wide pnot", string(start[4:8])):
		return probeMP4(in)
	}
	return nil, errorAt(0, "not a video: want MP4, QuickTime, AVI or Matroska")
}

// Pick returns the first frame of each interval, at most as many as most, and the
// interval. Where there would be more, the interval is a longer one that covers the
// whole duration. It is an error if the video needs a decoder, if interval or most
// is not positive, and, as that of Probe, if tables of the file are damaged.
func (v *Video) Pick(interval time.Duration, most int) ([]Frame, time.Duration, error) {
	if v.NeedsDecoder != "" || interval <= 0 || interval > longest || most <= 0 {
		return nil, 0, fmt.Errorf("pick %d frames every %s: want numbers from 1, and a video that needs no decoder", most, interval)
	}
	if n := time.Duration(most); v.Duration/n >= interval {
		interval = v.Duration/n + 1
	}
	for ; ; interval = min(2*interval, longest) { // the duration may be a wrong one
		out, whole, err := v.pick(interval, most)
		if err != nil || whole {
			return out, interval, err
		}
	}
}

// longest is the longest interval; times are half of it at most.
const longest = math.MaxInt64 / 2

// pick also says whether these are all.
func (v *Video) pick(interval time.Duration, most int) (out []Frame, whole bool, err error) {
	next := time.Duration(0)
	v.Found = 0
	for f, err := range v.frames {
		if err != nil {
			return nil, false, err
		}
		v.Found++
		if f.Time < next || f.Size == 0 {
			continue // a frame without bytes repeats the one before
		}
		if len(out) == most {
			return nil, false, nil
		}
		out = append(out, f)
		next = (f.Time/interval + 1) * interval
	}
	return out, true, nil
}

// FrameAt returns the index of the frame that is shown at a time, as far as the
// duration and the number of frames say; 0 where they do not.
func (v *Video) FrameAt(t time.Duration) int64 {
	if v.Frames == 0 || v.Duration <= 0 || t <= 0 {
		return 0
	}
	return min(v.Frames-1, int64(float64(t)/float64(v.Duration)*float64(v.Frames)))
}

// codecs are the common names of codes of MP4, AVI and Matroska, in small letters.
var codecs = map[string]string{
	"avc1": "h264", "avc3": "h264", "h264": "h264", "x264": "h264", "davc": "h264", "v_mpeg4/iso/avc": "h264",
	"hvc1": "hevc", "hev1": "hevc", "hevc": "hevc", "h265": "hevc", "v_mpegh/iso/hevc": "hevc",
	"av01": "av1", "v_av1": "av1", "vp08": "vp8", "vp80": "vp8", "v_vp8": "vp8", "vp09": "vp9", "vp90": "vp9", "v_vp9": "vp9",
	"mp4v": "mpeg4", "xvid": "mpeg4", "divx": "mpeg4", "dx50": "mpeg4", "fmp4": "mpeg4", "v_mpeg4/iso/asp": "mpeg4",
	"jpeg": mjpeg, "mjpg": mjpeg, "mjpa": mjpeg, "avrn": mjpeg, "v_mjpeg": mjpeg, "mjpb": "mjpeg-b",
	"apcn": "prores", "apch": "prores", "apcs": "prores", "apco": "prores", "ap4h": "prores",
}

// mjpeg is the codec whose frames are JPEG.
const mjpeg = "mjpeg"

// name sets the codec by its code.
func (v *Video) name(code string) {
	v.Code = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, code))
	if v.Codec = codecs[strings.ToLower(v.Code)]; v.Codec == "" {
		v.Codec = strings.ToLower(v.Code)
	}
	if v.Codec != mjpeg {
		v.NeedsDecoder = "the frames are no pictures by themselves"
	}
}
