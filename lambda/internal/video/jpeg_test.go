package video_test

import (
	"bytes"
	"encoding/binary"
	"image/jpeg"
	"testing"

	"github.com/fsxns3ap/guardhook/lambda/internal/video"
	"github.com/fsxns3ap/guardhook/lambda/internal/video/videotest"
)

func TestJPEG(t *testing.T) {
	t.Parallel()
	frame := videotest.Pictures(1, 24, 16)[0]
	got, width, height, err := video.JPEG(frame)
	if err != nil || width != 24 || height != 16 || !bytes.Equal(got, frame) {
		t.Errorf("%d x %d, %v", width, height, err)
	}
	at := bytes.Index(frame, []byte{0xff, 0xc4})
	length := 2 + int(binary.BigEndian.Uint16(frame[at+2:]))
	without := append(bytes.Clone(frame[:at]), frame[at+length:]...)
	if got, _, _, err = video.JPEG(without); err != nil {
		t.Fatal(err)
	}
	if bytes.Count(got, []byte{0xff, 0xc4}) != 1 || len(got) != len(frame) {
		t.Error("the tables are not put in")
	}
	if _, err := jpeg.Decode(bytes.NewReader(got)); err != nil {
		t.Error(err)
	}
	for _, wrong := range [][]byte{nil, []byte("no picture"), frame[:20]} {
		if _, _, _, err := video.JPEG(wrong); err == nil {
			t.Errorf("%q is a JPEG", wrong)
		}
	}
}
