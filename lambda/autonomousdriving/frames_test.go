package autonomousdriving_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/lambda/autonomousdriving"
	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/discovery"
	"github.com/fsxns3ap/guardhook/lambda/internal/video/videotest"
)

// frames processes a part of videos.
func frames(t *testing.T, s *awsfake.Server, part string, env ...string) (discovery.Outcome, string, string) {
	t.Helper()
	return dataCall[discovery.Outcome](t, s, "frames", fmt.Sprintf(`{"part": %q}`, part), env...)
}

func videoRecord(t *testing.T, s *awsfake.Server, key string) autonomousdriving.VideoRecord {
	t.Helper()
	return dataRead[autonomousdriving.VideoRecord](t, s, "detections/"+key+".json")
}

// TestFrames: what Rekognition gets are the pictures of the frames, and what it sees
// is in the record, with the index, the time and the size of each.
func TestFrames(t *testing.T) {
	t.Parallel()
	clip := dataClip(11)
	for name, file := range map[string][]byte{"drive.mp4": clip.MP4(), "drive.avi": clip.AVI()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := dataWorld(t)
			s.Put("files", name, file)
			out, failed, log := frames(t, s, dataPart(t, s, "videos", name), "FRAME_INTERVAL=500ms")
			if failed != "" || out.Processed != 1 || out.Failed != 0 || !strings.Contains(log, `"FramesLookedAt":3`) {
				t.Fatalf("%+v %s\n%s", out, failed, log)
			}
			calls := dataCalls(s, dataDetect)
			for i, index := range []int{0, 5, 10} {
				var in struct {
					Image struct{ Bytes string }
				}
				if err := json.Unmarshal(calls[i].Body, &in); err != nil {
					t.Fatal(err)
				}
				if got, err := base64.StdEncoding.DecodeString(in.Image.Bytes); err != nil || !bytes.Equal(got, clip.Frames[index]) {
					t.Errorf("call %d has not the picture of frame %d: %v", i, index, err)
				}
			}
			r := videoRecord(t, s, name)
			want := autonomousdriving.Frame{
				Index: 5, Time: 500, Width: 64, Height: 32,
				Objects: []autonomousdriving.Object{
					{Label: autonomousdriving.Label{Name: "Car", Confidence: 91.3}, Box: autonomousdriving.Box{Left: 0.5, Top: 0.25, Width: 0.25, Height: 0.5}},
					{Label: autonomousdriving.Label{Name: "Deer", Confidence: 60}, Box: autonomousdriving.Box{Width: 1, Height: 1}},
				},
				Labels: []autonomousdriving.Label{{Name: "Road", Confidence: 88}},
			}
			if diff := cmp.Diff(want, r.Frames[1]); diff != "" || len(r.Frames) != 3 || r.Duration != 1100 || r.Interval != 500 || r.Source != autonomousdriving.FromVideo || r.Video.Codec != "mjpeg" {
				t.Errorf("%+v\n%s", r, diff)
			}
		})
	}
}

// TestFramesAgain: what was done is not done again, unless the file or the way of
// looking has changed.
func TestFramesAgain(t *testing.T) {
	t.Parallel()
	s := dataWorld(t)
	s.Put("files", "a.mp4", dataClip(1).MP4())
	for _, x := range []struct {
		change func()
		env    string
		calls  int
	}{
		{func() {}, "", 1},
		{func() {}, "", 0},
		{func() {}, "MAX_LABELS=5", 1},
		{func() { s.Put("files", "a.mp4", dataClip(2).MP4()) }, "MAX_LABELS=5", 1},
		{func() { s.Put("outputs", "detections/a.mp4.json", []byte("damaged")) }, "MAX_LABELS=5", 1},
	} {
		x.change()
		part := dataPart(t, s, "videos", "a.mp4")
		s.Calls()
		if out, failed, log := frames(t, s, part, "A=B", x.env); failed != "" || out.Processed != 1 {
			t.Errorf("%+v %s\n%s", out, failed, log)
		}
		if got := len(dataCalls(s, dataDetect)); got != x.calls {
			t.Errorf("%d calls, want %d", got, x.calls)
		}
	}
}

// TestFramesThrottled: the part fails, and a second try goes on behind what the
// first has done.
func TestFramesThrottled(t *testing.T) {
	t.Parallel()
	s := dataWorld(t)
	s.Put("files", "a.mp4", dataClip(1).MP4())
	s.Put("files", "b.mp4", dataClip(1).MP4())
	part := dataPart(t, s, "videos", "a.mp4", "b.mp4")
	ok := checker.Check(t, "rekognition", "DetectLabels", `{"Labels": []}`)
	throttled := awsfake.Answer{Status: 400, Type: "ProvisionedThroughputExceededException", Body: `{"message": "slow down"}`}
	s.Answer(dataDetect, ok, throttled)
	if _, failed, log := frames(t, s, part); failed != "Throttled" {
		t.Fatalf("%s\n%s", failed, log)
	}
	if s.Get("outputs", "results/autonomous-driving-videos/run/0000.json") != nil {
		t.Error("a part that failed has results")
	}
	s.Answer(dataDetect, ok)
	s.Calls()
	if out, failed, log := frames(t, s, part); failed != "" || out.Processed != 2 {
		t.Fatalf("%+v %s\n%s", out, failed, log)
	}
	if got := len(dataCalls(s, dataDetect)); got != 1 {
		t.Errorf("%d calls in the second try, want that of b.mp4 alone", got)
	}
}

// TestFramesNeedDecoder: such videos are told and counted; pictures that somebody
// else has made of them are taken.
func TestFramesNeedDecoder(t *testing.T) {
	t.Parallel()
	s := dataWorld(t)
	clip := dataClip(20)
	clip.Code = "avc1"
	s.Put("files", "d/h264.mp4", clip.MP4())
	part := dataPart(t, s, "videos", "d/h264.mp4")
	out, failed, log := frames(t, s, part)
	if failed != "" || out.Processed != 1 || !strings.Contains(log, `"VideosNeedDecoder":1`) {
		t.Fatalf("%+v %s\n%s", out, failed, log)
	}
	r := videoRecord(t, s, "d/h264.mp4")
	if r.Status != autonomousdriving.NeedsDecoder || r.Reason == "" || r.Video.Codec != "h264" || r.Video.Frames != 20 || r.Duration != 2000 || len(r.Frames) != 0 || r.Source != "" {
		t.Errorf("%+v", r)
	}
	if len(dataCalls(s, dataDetect)) != 0 {
		t.Error("Rekognition is asked about no picture")
	}
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, image.NewGray(image.Rect(0, 0, 10, 20))); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"0.jpg": videotest.Pictures(1, 40, 30)[0], "100.jpg": videotest.Pictures(1, 40, 30)[0], "1500.PNG": drawn.Bytes(), "1900.jpg": []byte("no picture"), "note.txt": nil, "-1.jpg": nil,
	} {
		s.Put("outputs", "frames/d/h264.mp4/"+name, content)
	}
	if _, failed, log := frames(t, s, part, "FRAME_INTERVAL=300ms"); failed != "" {
		t.Fatal(failed, log)
	}
	r = videoRecord(t, s, "d/h264.mp4")
	type seen struct {
		Index, Time   int64
		Width, Height int
		Problem       bool
	}
	var got []seen
	for _, f := range r.Frames {
		got = append(got, seen{f.Index, f.Time, f.Width, f.Height, f.Problem != ""})
	}
	want := []seen{{0, 0, 40, 30, false}, {15, 1500, 10, 20, false}, {19, 1900, 0, 0, true}}
	if diff := cmp.Diff(want, got); diff != "" || r.Status != autonomousdriving.Success || r.Source != autonomousdriving.FromSidecar {
		t.Errorf("%+v\n%s", r, diff)
	}
	// There is one frame too many: every second interval.
	if _, failed, _ := frames(t, s, part, "FRAME_INTERVAL=100ms", "MAX_FRAMES=3"); failed != "" {
		t.Error(failed)
	}
	if r = videoRecord(t, s, "d/h264.mp4"); len(r.Frames) != 3 || r.Interval <= 100 {
		t.Errorf("%d frames every %d ms", len(r.Frames), r.Interval)
	}
}

// TestFramesFail: files that are none, or are gone, or of which no frame can be
// looked at, do not stop the others.
func TestFramesFail(t *testing.T) {
	t.Parallel()
	s := dataWorld(t)
	broken := dataClip(3)
	broken.Frames = [][]byte{[]byte("no picture"), []byte("and no other")}
	big := dataClip(1)
	big.Frames[0] = append(big.Frames[0], make([]byte, 5<<20)...)
	empty := dataClip(0)
	half := dataClip(2)
	half.Height *= 2
	for key, file := range map[string][]byte{
		"bad.mp4": []byte("this is no video"), "broken.avi": broken.AVI(), "cut.mp4": dataClip(3).MP4()[:300], "big.mp4": big.MP4(), "empty.mp4": empty.MP4(),
		"interlaced.mp4": half.MP4(), "gone.mp4": nil, "changed.mp4": dataClip(1).MP4(), "good.mp4": dataClip(1).MP4(),
	} {
		s.Put("files", key, file)
	}
	files := []string{"bad.mp4", "big.mp4", "broken.avi", "changed.mp4", "cut.mp4", "empty.mp4", "gone.mp4", "good.mp4", "interlaced.mp4"}
	part := dataPart(t, s, "videos", files...)
	s.Put("files", "changed.mp4", dataClip(2).MP4())
	s.Delete("files", "gone.mp4")
	out, failed, log := frames(t, s, part, "PARALLEL=4")
	if failed != "" || out.Processed != 2 || out.Failed != 7 {
		t.Fatalf("%+v %s\n%s", out, failed, log)
	}
	got := map[string]autonomousdriving.Status{}
	for _, r := range dataRead[[]autonomousdriving.Result](t, s, "results/autonomous-driving-videos/run/0000.json") {
		got[r.Key] = r.Status
		if r.Status == autonomousdriving.Invalid && (r.Reason == "" || videoRecord(t, s, r.Key).Reason != r.Reason) {
			t.Errorf("%+v", r)
		}
	}
	const invalid = autonomousdriving.Invalid
	want := map[string]autonomousdriving.Status{
		"bad.mp4": invalid, "big.mp4": invalid, "broken.avi": invalid, "cut.mp4": invalid, "empty.mp4": invalid,
		"good.mp4": autonomousdriving.Success, "interlaced.mp4": autonomousdriving.NeedsDecoder,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	kinds := map[string]string{}
	for _, f := range dataRead[[]discovery.Failure](t, s, out.Failures) {
		kinds[f.Key] = string(f.Kind)
	}
	wantKinds := map[string]string{
		"bad.mp4": "InvalidInput", "big.mp4": "InvalidInput", "broken.avi": "InvalidInput", "cut.mp4": "InvalidInput", "empty.mp4": "InvalidInput",
		"gone.mp4": "NotFound", "changed.mp4": "Conflict",
	}
	if diff := cmp.Diff(wantKinds, kinds); diff != "" {
		t.Error(diff)
	}
}

// TestFramesRefused: a picture that Rekognition does not take is a problem of the
// frame; a request that it does not take is a setting.
func TestFramesRefused(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{
		"InvalidImageFormatException": "", "ImageTooLargeException": "", "InvalidParameterException": "Configuration", "AccessDeniedException": "AccessDenied",
		"InternalServerError": "Unavailable",
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := dataWorld(t)
			s.Put("files", "a.mp4", videotest.Video{Width: 96, Height: 80, Frames: videotest.Pictures(11, 96, 80)}.MP4())
			ok := checker.Check(t, "rekognition", "DetectLabels", `{"Labels": []}`)
			status := 400
			if want == "Unavailable" {
				status = 500
			}
			s.Answer(dataDetect, ok, awsfake.Answer{Status: status, Type: kind, Body: `{"message": "no"}`})
			out, failed, log := frames(t, s, dataPart(t, s, "videos", "a.mp4"))
			if failed != want {
				t.Fatalf("%s, want %s\n%s", failed, want, log)
			}
			if want == "" {
				r := videoRecord(t, s, "a.mp4")
				if out.Processed != 1 || len(r.Frames) != 2 || r.Frames[1].Problem == "" || r.Status != autonomousdriving.Success {
					t.Errorf("%+v %+v", out, r)
				}
			}
		})
	}
}

// TestFramesTooSmall: a picture that is refused and is smaller than what Rekognition
// takes is a problem of the frame, or one picture would fail its part in every run.
func TestFramesTooSmall(t *testing.T) {
	t.Parallel()
	s := dataWorld(t)
	s.Put("files", "a.mp4", dataClip(1).MP4())
	s.Put("files", "b.mp4", dataClip(1).MP4())
	s.Answer(dataDetect, failing(400, "InvalidParameterException", "Request has invalid parameters"), checker.Check(t, "rekognition", "DetectLabels", `{"Labels": []}`))
	out, failed, log := frames(t, s, dataPart(t, s, "videos", "a.mp4", "b.mp4"))
	if failed != "" || out.Processed != 1 || out.Failed != 1 {
		t.Fatalf("%+v %s\n%s", out, failed, log)
	}
	if r := videoRecord(t, s, "a.mp4"); r.Status != autonomousdriving.Invalid || !strings.Contains(r.Reason, "80 pixels") {
		t.Errorf("%+v", r)
	}
}

func TestFramesReadFails(t *testing.T) {
	t.Parallel()
	s := dataWorld(t)
	s.Put("files", "a.mp4", dataClip(1).MP4())
	part := dataPart(t, s, "videos", "a.mp4")
	s.Fail("GET files/a.mp4", awsfake.Answer{Status: 503})
	if _, failed, log := frames(t, s, part); failed != "Unavailable" {
		t.Errorf("%s\n%s", failed, log)
	}
	s.Fail("GET outputs/detections", awsfake.Answer{Status: 403})
	if _, failed, _ := frames(t, s, part); failed != "AccessDenied" {
		t.Error(failed)
	}
}

func TestFramesRegion(t *testing.T) {
	t.Parallel()
	s := dataWorld(t)
	s.Put("files", "a.mp4", dataClip(1).MP4())
	if _, failed, log := frames(t, s, dataPart(t, s, "videos", "a.mp4"), "SERVICE_REGIONS=rekognition=us-east-1"); failed != "" {
		t.Fatal(failed, log)
	}
	if calls := dataCalls(s, dataDetect); len(calls) != 1 || !strings.Contains(calls[0].Host, "us-east-1") {
		t.Errorf("%+v", calls)
	}
}

func TestDataSettings(t *testing.T) {
	t.Parallel()
	s := dataWorld(t)
	for function, settings := range map[string][]string{
		"frames":        {"FRAME_INTERVAL=10ms", "MAX_FRAMES=0", "MIN_CONFIDENCE=101", "MAX_LABELS=0", "PARALLEL=33", "SERVICE_REGIONS=polly=eu-west-1", "S3_ACCESS_POINT="},
		"point-clouds":  {"PARALLEL=0", "OUTPUT_BUCKET="},
		"gather-videos": {"OUTPUT_BUCKET=A"},
		"select-clouds": {"INFERENCE_TYPE=Serverless", "BATCH_THRESHOLD=0", "S3_ACCESS_POINT="},
		"annotate":      {"OUTPUT_BUCKET=", "SERVICE_REGIONS=bedrock"},
		"commit":        {"OUTPUT_BUCKET=files"},
		"find-videos":   {"PART_OBJECTS=0"},
		"find-clouds":   {"SETTLE=1"},
	} {
		for _, setting := range settings {
			if _, failed, _ := dataCall[any](t, s, function, `{"run": "1"}`, setting); failed != "Configuration" {
				t.Errorf("%s with %s: %s", function, setting, failed)
			}
		}
	}
	for function, event := range map[string]string{
		"frames": `{"part": "manifests/autonomous-driving-clouds/1/0000.json"}`, "point-clouds": `{"part": "secrets/1"}`, "gather-videos": `{"run": "a/b"}`,
		"select-clouds": `{"run": "1", "outcomes": [{"part": "manifests/autonomous-driving-clouds/2/0000.json"}]}`, "annotate": `{"run": ""}`, "commit": `{}`,
	} {
		if _, failed, _ := dataCall[any](t, s, function, event); failed != "InvalidInput" {
			t.Errorf("%s of %s: %s", function, event, failed)
		}
	}
}

// TestFramesGoOn: what was seen in a video before a call ended is not asked for again.
func TestFramesGoOn(t *testing.T) {
	t.Parallel()
	h264 := dataClip(31)
	h264.Code = "avc1"
	for name, file := range map[string][]byte{"a.mp4": dataClip(31).MP4(), "b.mp4": h264.MP4()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := dataWorld(t)
			s.Put("files", name, file)
			for i, picture := range dataClip(31).Frames {
				s.Put("outputs", fmt.Sprintf("frames/b.mp4/%d.jpg", i*100), picture)
			}
			part := dataPart(t, s, "videos", name)
			seen := checker.Check(t, "rekognition", "DetectLabels", dataLabels)
			s.Answer(dataDetect, seen, seen, slowDown)
			if _, failed, log := frames(t, s, part); failed != "Throttled" {
				t.Fatalf("%s\n%s", failed, log)
			}
			s.Answer(dataDetect, seen)
			s.Calls()
			if out, failed, log := frames(t, s, part); failed != "" || out.Processed != 1 || !strings.Contains(log, `"FramesLookedAt":4`) {
				t.Fatalf("%+v %s\n%s", out, failed, log)
			}
			if n := len(dataCalls(s, dataDetect)); n != 2 {
				t.Errorf("%d calls, want those of the third and the fourth frame", n)
			}
			r := videoRecord(t, s, name)
			if r.Status != autonomousdriving.Success || len(r.Frames) != 4 || r.Source == "" {
				t.Fatalf("%+v", r)
			}
			for i, f := range r.Frames {
				if f.Time != int64(i)*1000 || len(f.Objects) != 2 {
					t.Errorf("%d: %+v", i, f)
				}
			}
			// Another way of looking begins anew.
			s.Answer(dataDetect, seen, slowDown)
			frames(t, s, part, "MAX_LABELS=5")
			s.Answer(dataDetect, seen)
			s.Calls()
			if _, failed, _ := frames(t, s, part); failed != "" || len(dataCalls(s, dataDetect)) != 4 {
				t.Errorf("what was seen in another way is taken: %s", failed)
			}
		})
	}
}
