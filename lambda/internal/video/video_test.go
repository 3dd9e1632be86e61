package video_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fsxns3ap/guardhook/lambda/internal/video"
	"github.com/fsxns3ap/guardhook/lambda/internal/video/videotest"
)

func probe(file []byte) (*video.Video, error) {
	return video.Probe(bytes.NewReader(file), int64(len(file)))
}

// clip is 1 s and a frame at 10 frames a second.
func clip(change func(*videotest.Video)) videotest.Video {
	v := videotest.Video{Width: 32, Height: 16, Frames: videotest.Pictures(11, 32, 16)}
	if change != nil {
		change(&v)
	}
	return v
}

var same = cmpopts.IgnoreUnexported(video.Video{})

func TestProbe(t *testing.T) {
	t.Parallel()
	of := func(container video.Container, codec, code, needs string) video.Video {
		return video.Video{Container: container, Codec: codec, Code: code, Width: 32, Height: 16, Duration: 1100 * time.Millisecond, Frames: 11, NeedsDecoder: needs}
	}
	const none, table = "the frames are no pictures by themselves", "frames of Matroska are in no table"
	for name, x := range map[string]struct {
		file []byte
		want video.Video
	}{
		"MP4":               {clip(nil).MP4(), of(video.MP4, "mjpeg", "jpeg", "")},
		"tables first":      {clip(func(v *videotest.Video) { v.First, v.Large, v.Sound = true, true, true }).MP4(), of(video.MP4, "mjpeg", "jpeg", "")},
		"JPEG in mp4v":      {clip(func(v *videotest.Video) { v.Code, v.Object = "mp4v", 0x6c }).MP4(), of(video.MP4, "mjpeg", "mp4v", "")},
		"MPEG-4":            {clip(func(v *videotest.Video) { v.Code, v.Object = "mp4v", 0x20 }).MP4(), of(video.MP4, "mpeg4", "mp4v", none)},
		"H.264":             {clip(func(v *videotest.Video) { v.Code = "avc1" }).MP4(), of(video.MP4, "h264", "avc1", none)},
		"a code of its own": {clip(func(v *videotest.Video) { v.Code = "Ab\x00\xff" }).MP4(), of(video.MP4, "ab", "Ab", none)},
		"AVI":               {clip(nil).AVI(), of(video.AVI, "mjpeg", "MJPG", "")},
		"AVI with sound":    {clip(func(v *videotest.Video) { v.Sound, v.Absolute = true, true }).AVI(), of(video.AVI, "mjpeg", "MJPG", "")},
		"AVI of H.264":      {clip(func(v *videotest.Video) { v.Code = "H264" }).AVI(), of(video.AVI, "h264", "H264", none)},
		"no index":          {clip(func(v *videotest.Video) { v.NoIndex = true }).AVI(), of(video.AVI, "mjpeg", "MJPG", "the file has no index")},
		"OpenDML":           {clip(func(v *videotest.Video) { v.OpenDML = true }).AVI(), of(video.AVI, "mjpeg", "MJPG", "")},
		"Matroska":          {clip(func(v *videotest.Video) { v.Sound = true }).Matroska(), of(video.Matroska, "mjpeg", "V_MJPEG", table)},
		"Matroska of HEVC":  {clip(func(v *videotest.Video) { v.Code = "V_MPEGH/ISO/HEVC" }).Matroska(), of(video.Matroska, "hevc", "V_MPEGH/ISO/HEVC", none)},
		"fragments": {
			clip(func(v *videotest.Video) { v.Fragmented = true }).MP4(),
			video.Video{Container: video.MP4, Codec: "mjpeg", Code: "jpeg", Width: 32, Height: 16, NeedsDecoder: "the file is fragmented: its frames are in no table"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := probe(x.file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(x.want, *got, same); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestPick: what is picked are the frames of the intervals, byte by byte.
func TestPick(t *testing.T) {
	t.Parallel()
	files := map[string][]byte{
		"MP4":          clip(nil).MP4(),
		"one chunk":    clip(func(v *videotest.Video) { v.Chunk = 20 }).MP4(),
		"tables first": clip(func(v *videotest.Video) { v.First, v.Large, v.Chunk = true, true, 1 }).MP4(),
		"AVI":          clip(nil).AVI(),
		"OpenDML":      clip(func(v *videotest.Video) { v.OpenDML, v.Sound = true, true }).AVI(),
		"absolute":     clip(func(v *videotest.Video) { v.Absolute, v.Sound = true, true }).AVI(),
	}
	for name, file := range files {
		for _, x := range []struct {
			interval, widened time.Duration
			most              int
			want              []int64
		}{
			{time.Second, time.Second, 100, []int64{0, 10}},
			{500 * time.Millisecond, 500 * time.Millisecond, 3, []int64{0, 5, 10}},
			{250 * time.Millisecond, 250 * time.Millisecond, 9, []int64{0, 3, 5, 8, 10}},
			{time.Millisecond, 550*time.Millisecond + 1, 2, []int64{0, 6}},
			{time.Hour, time.Hour, 1, []int64{0}},
		} {
			v, err := probe(file)
			if err != nil {
				t.Fatal(name, err)
			}
			frames, interval, err := v.Pick(x.interval, x.most)
			if err != nil || interval != x.widened {
				t.Errorf("%s every %s: %s, %v", name, x.interval, interval, err)
			}
			var got []int64
			for _, f := range frames {
				got = append(got, f.Index)
				if !bytes.Equal(file[f.Offset:f.Offset+f.Size], clip(nil).Frames[f.Index]) || f.Time != time.Duration(f.Index)*100*time.Millisecond {
					t.Errorf("%s: frame %+v is not that of the index", name, f)
				}
			}
			if diff := cmp.Diff(x.want, got); diff != "" {
				t.Errorf("%s every %s: %s", name, x.interval, diff)
			}
		}
	}
	v, err := probe(files["MP4"])
	if err != nil {
		t.Fatal(err)
	}
	for _, most := range []int{0, -1} {
		if _, _, err := v.Pick(time.Second, most); err == nil {
			t.Error(most, "frames are picked")
		}
	}
	if v, err = probe(clip(nil).Matroska()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := v.Pick(time.Second, 1); err == nil {
		t.Error("a video is picked from that needs a decoder")
	}
}

// TestPickWithoutDuration: the interval becomes longer until the frames cover all.
func TestPickWithoutDuration(t *testing.T) {
	t.Parallel()
	file := clip(nil).AVI()
	at := bytes.Index(file, []byte("strh")) + 8 + 32
	copy(file[at:], []byte{0, 0, 0, 0})
	v, err := probe(file)
	if err != nil || v.Frames != 0 || v.Duration != 0 || v.FrameAt(time.Second) != 0 {
		t.Fatalf("%+v, %v", v, err)
	}
	frames, interval, err := v.Pick(100*time.Millisecond, 3)
	if err != nil || len(frames) != 3 || interval != 400*time.Millisecond || frames[2].Index != 8 {
		t.Errorf("%+v every %s, %v", frames, interval, err)
	}
}

func TestEmptyFrames(t *testing.T) {
	t.Parallel()
	for name, file := range map[string][]byte{
		"AVI": clip(func(v *videotest.Video) { v.Frames[0] = nil }).AVI(),
		"MP4": clip(func(v *videotest.Video) { v.Frames[0] = nil }).MP4(),
	} {
		v, err := probe(file)
		if err != nil {
			t.Fatal(name, err)
		}
		frames, _, err := v.Pick(time.Minute, 1)
		if err != nil || len(frames) != 1 || frames[0].Index != 1 {
			t.Errorf("%s: %+v, %v", name, frames, err)
		}
	}
	v, err := probe(clip(func(v *videotest.Video) { v.Frames = nil }).MP4())
	if err != nil {
		t.Fatal(err)
	}
	if frames, _, err := v.Pick(time.Second, 1); err != nil || len(frames) != 0 {
		t.Errorf("%+v, %v", frames, err)
	}
}

// TestFound: a file whose index has fewer frames than its header says that.
func TestFound(t *testing.T) {
	t.Parallel()
	file := edit(clip(nil).AVI(), "strh", 4+32, 22)
	v, err := probe(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := v.Pick(time.Second, 9); err != nil || v.Frames != 22 || v.Found != 11 {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestFrameAt(t *testing.T) {
	t.Parallel()
	v := video.Video{Duration: time.Second, Frames: 10}
	for at, want := range map[time.Duration]int64{-1: 0, 0: 0, 99 * time.Millisecond: 0, 100 * time.Millisecond: 1, time.Second: 9, time.Hour: 9} {
		if got := v.FrameAt(at); got != want {
			t.Errorf("%s: %d, want %d", at, got, want)
		}
	}
}

// edit changes the bytes after a box or chunk's name.
func edit(file []byte, kind string, offset int, value ...byte) []byte {
	out := bytes.Clone(file)
	copy(out[bytes.LastIndex(out, []byte(kind))+len(kind)+offset:], value)
	return out
}

func TestDamaged(t *testing.T) {
	t.Parallel()
	mp4, avi, mkv := clip(nil).MP4(), clip(nil).AVI(), clip(nil).Matroska()
	dml := clip(func(v *videotest.Video) { v.OpenDML = true }).AVI()
	moov := bytes.LastIndex(mp4, []byte("moov")) - 4
	for name, x := range map[string]struct {
		file []byte
		want string
	}{
		"empty":                 {nil, "byte 0: not a video: want MP4, QuickTime, AVI or Matroska"},
		"text":                  {[]byte("not a video at all, though longer"), "byte 0: not a video: want MP4, QuickTime, AVI or Matroska"},
		"no moov":               {mp4[:moov], "the file has no box moov: it is not whole"},
		"cut in the frames":     {mp4[:100], "are left"},
		"cut in moov":           {mp4[:len(mp4)-10], "are left"},
		"no video track":        {edit(mp4, "hdlr", 8, []byte("soun")...), "the file has no video track"},
		"no hdlr":               {bytes.ReplaceAll(mp4, []byte("hdlr"), []byte("free")), "there is no box hdlr"},
		"no stbl":               {bytes.ReplaceAll(mp4, []byte("stbl"), []byte("free")), "has no box stbl"},
		"no stsz":               {bytes.ReplaceAll(mp4, []byte("stsz"), []byte("free")), "there is no box stsz"},
		"no stco":               {bytes.ReplaceAll(mp4, []byte("stco"), []byte("free")), "there is no box stco"},
		"timescale 0":           {edit(mp4, "mdhd", 12, 0, 0, 0, 0), "a timescale of 0"},
		"more samples":          {edit(mp4, "stsz", 8, 255), "more than the file holds"},
		"more entries":          {edit(mp4, "stts", 4, 255), "no room for"},
		"fewer times":           {edit(mp4, "stts", 8, 0, 0, 0, 1), "stts has the times of 1 samples, and there are 11"},
		"more times":            {edit(mp4, "stts", 8, 0, 0, 0, 12), "more than 11 samples"},
		"a description too big": {edit(mp4, "stsd", 8, 1), "the sample description has"},
		"no stream":             {edit(avi, "strh", 4, []byte("auds")...), "the file has no video stream"},
		"no index of indexes":   {edit(dml, "indx", 4+3, 1), "the index indx is none of 2 indexes"},
		"more indexes":          {edit(dml, "indx", 4+4, 3), "the index indx is none of 3 indexes"},
		"an index past the end": {edit(dml, "indx", 4+24, 0, 0, 255), "part 0 of the index is behind the end of the file"},
		"no part of an index":   {bytes.ReplaceAll(dml, []byte("ix00"), []byte("ox00")), "not a part of the index"},
		"rate 0":                {edit(avi, "strh", 4+24, 0, 0, 0, 0), "frames a second"},
		"no format":             {bytes.ReplaceAll(avi, []byte("strf"), []byte("JUNK")), "there is no format of the video stream"},
		"cut in an element":     {mkv[:40], "byte 34: the element has no size"},
		"an id of no length":    {append(bytes.Clone(mkv[:34]), 0, 1), "not the id of an element"},
		"no clusters":           {mkv[:34], "no video track before its clusters"},
		"no size":               {append(bytes.Clone(mkv[:34]), 0xec, 0), "the element has no size"},
		"longer than the file":  {append(bytes.Clone(mkv[:34]), 0xec, 0x8f, 0), "15 bytes, and 1 are left"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := probe(x.file)
			var damaged *video.Error
			if !errors.As(err, &damaged) || !bytes.Contains([]byte(err.Error()), []byte(x.want)) {
				t.Errorf("error %v, want one with %q", err, x.want)
			}
		})
	}
}

// TestIndexOfTheSame: an index that has one part again and again is none, before
// anybody goes through it.
func TestIndexOfTheSame(t *testing.T) {
	t.Parallel()
	le := binary.LittleEndian
	chunk := func(kind string, content ...[]byte) []byte {
		all := bytes.Join(content, nil)
		return append(le.AppendUint32([]byte(kind), uint32(len(all))), all...)
	}
	const parts, each = 300, 100
	header := make([]byte, 56)
	copy(header, "vidsMJPG")
	le.PutUint32(header[20:], 1)
	le.PutUint32(header[24:], 10)
	format := make([]byte, 40)
	copy(format[16:], "MJPG")
	index := func(place uint64) []byte {
		out := make([]byte, 24+16*parts)
		le.PutUint32(out[4:], parts)
		for i := range parts {
			le.PutUint64(out[24+16*i:], place)
		}
		return chunk("RIFF", []byte("AVI "), chunk("LIST", []byte("hdrl"), chunk("LIST", []byte("strl"), chunk("strh", header), chunk("strf", format), chunk("indx", out))))
	}
	part := make([]byte, 24+8*each)
	le.PutUint32(part[4:], each)
	place := uint64(len(index(0)))
	_, err := probe(append(index(place), chunk("ix00", part)...))
	var damaged *video.Error
	if !errors.As(err, &damaged) || !strings.Contains(err.Error(), "frames are more than the file holds") {
		t.Error(err)
	}
}

// TestDamagedTables: what only going through the tables shows.
func TestDamagedTables(t *testing.T) {
	t.Parallel()
	mp4, avi := clip(nil).MP4(), clip(nil).AVI()
	dml := clip(func(v *videotest.Video) { v.OpenDML = true }).AVI()
	for name, x := range map[string]struct {
		file []byte
		want string
	}{
		"a chunk behind the end":   {edit(mp4, "stco", 8, 255), "a chunk begins behind the end of the file"},
		"a sample behind the end":  {edit(mp4, "stsz", 12, 255), "frame 0 ends behind the end of the file"},
		"chunks from 2":            {edit(mp4, "stsc", 8, 0, 0, 0, 2), "stsc begins with chunk 2, want 1"},
		"chunks out of order":      {edit(mp4, "stsc", 8+12, 0, 0, 0, 1), "stsc is not in the order of chunks"},
		"chunks that are not many": {edit(mp4, "stsc", 8+4, 0, 0, 0, 1), "the table stco ends before the samples do"},
		"an index to nowhere":      {edit(avi, "idx1", 4+8, 99), "the index leads to no frame"},
		"a part to nowhere":        {edit(dml, "ix00", 4+24+4, 255, 255, 255, 0), "frame 5 ends behind the end of the file"},
		"an index behind the end":  {edit(avi, "idx1", 4+12, 255, 255, 255, 255), "frame 0 ends behind the end of the file"},
	} {
		v, err := probe(x.file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_, _, err = v.Pick(time.Millisecond, 1000)
		var damaged *video.Error
		if !errors.As(err, &damaged) || !bytes.Contains([]byte(err.Error()), []byte(x.want)) {
			t.Errorf("%s: error %v, want one with %q", name, err, x.want)
		}
	}
}

// reads is a file that counts what is read of it, and may fail.
type reads struct {
	*bytes.Reader
	calls int
	bytes int
	err   error
}

func (r *reads) ReadAt(p []byte, at int64) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	r.calls++
	n, err := r.Reader.ReadAt(p, at)
	r.bytes += n
	return n, err
}

// TestReads: of a long file, little is read.
func TestReads(t *testing.T) {
	t.Parallel()
	v := videotest.Video{Width: 32, Height: 16}
	for range 100 {
		v.Frames = append(v.Frames, make([]byte, 100<<10))
	}
	for name, file := range map[string][]byte{"MP4": v.MP4(), "AVI": v.AVI(), "Matroska": v.Matroska()} {
		r := &reads{Reader: bytes.NewReader(file)}
		probed, err := video.Probe(r, int64(len(file)))
		if err != nil {
			t.Fatal(name, err)
		}
		if probed.NeedsDecoder == "" {
			if _, _, err := probed.Pick(time.Second, 100); err != nil {
				t.Error(name, err)
			}
		}
		if r.calls > 5 || r.bytes > 5*64<<10 {
			t.Errorf("%s: %d bytes in %d reads of %d", name, r.bytes, r.calls, len(file))
		}
	}
}

// TestReaderFails: the error of the reader is told, and a file that is shorter than
// it was listed is damaged.
func TestReaderFails(t *testing.T) {
	t.Parallel()
	file := clip(nil).MP4()
	if _, err := video.Probe(&reads{Reader: bytes.NewReader(file), err: io.ErrClosedPipe}, 100); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
	var damaged *video.Error
	if _, err := video.Probe(bytes.NewReader(file), int64(len(file))+1); !errors.As(err, &damaged) {
		t.Error(err)
	}
}

// TestLargeBox: lengths of 64 bits, of boxes to the end, and headers of version 1.
func TestLargeBox(t *testing.T) {
	t.Parallel()
	file := clip(nil).MP4()
	moov := bytes.LastIndex(file, []byte("moov")) - 4
	large := append([]byte{0, 0, 0, 1}, "free"...)
	large = binary.BigEndian.AppendUint64(large, 20)
	large = append(large, 1, 2, 3, 4)
	open := bytes.Join([][]byte{file[:moov], large, {0, 0, 0, 0}, file[moov+4:]}, nil)
	v, err := probe(open)
	if err != nil || v.Frames != 11 {
		t.Errorf("%+v, %v", v, err)
	}
	mdhd := videotest.Box("mdhd", []byte{1, 0, 0, 0}, make([]byte, 16), []byte{0, 0, 3, 232}, binary.BigEndian.AppendUint64(nil, 1100), make([]byte, 4))
	short := bytes.LastIndex(file, []byte("mdhd")) - 4
	old := binary.BigEndian.Uint32(file[short:])
	changed := bytes.Join([][]byte{file[:short], mdhd, file[short+int(old):]}, nil)
	for _, kind := range []string{"moov", "trak", "mdia"} {
		at := bytes.LastIndex(changed, []byte(kind)) - 4
		binary.BigEndian.PutUint32(changed[at:], binary.BigEndian.Uint32(changed[at:])+uint32(len(mdhd))-old)
	}
	if v, err = probe(changed); err != nil || v.Duration != 1100*time.Millisecond {
		t.Errorf("%+v, %v", v, err)
	}
}

// FuzzProbe: any input gives a video that agrees with itself, or an error that has a
// place in it.
func FuzzProbe(f *testing.F) {
	small := videotest.Video{Width: 2, Height: 2, Frames: [][]byte{{1}, {2, 3}, {}, {4}}}
	for _, v := range []videotest.Video{small, {Code: "mp4v", Object: 0x6c, Frames: small.Frames, Sound: true}, {Fragmented: true}, {OpenDML: true, Frames: small.Frames}} {
		f.Add(v.MP4())
		f.Add(v.AVI())
		f.Add(v.Matroska())
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		v, err := probe(file)
		var frames []video.Frame
		if err == nil && v.NeedsDecoder == "" {
			frames, _, err = v.Pick(time.Second, 10)
		}
		var damaged *video.Error
		if err != nil && (!errors.As(err, &damaged) || damaged.Offset < 0 || damaged.Offset > int64(len(file))) {
			t.Errorf("error %v, want one with a place in %d bytes", err, len(file))
		}
		if len(frames) > 10 {
			t.Errorf("%d frames", len(frames))
		}
		for _, frame := range frames {
			if frame.Size <= 0 || frame.Offset < 0 || frame.Offset+frame.Size > int64(len(file)) || frame.Time < 0 {
				t.Errorf("frame %+v of %d bytes", frame, len(file))
			}
		}
	})
}
