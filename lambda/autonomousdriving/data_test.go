package autonomousdriving_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"github.com/fsxns3ap/guardhook/lambda/autonomousdriving"
	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/discovery"
	"github.com/fsxns3ap/guardhook/lambda/internal/pointcloud/pointcloudtest"
	"github.com/fsxns3ap/guardhook/lambda/internal/video/videotest"
)

const (
	dataDetect   = "RekognitionService.DetectLabels"
	dataConverse = "POST /model/amazon.nova-lite-v1:0/converse"
	dataPublish  = "sns.Publish"
	dataTopic    = "arn:aws:sns:eu-west-1:111122223333:topic"

	// dataLabels is what is seen: a car and an animal at places, and a road.
	dataLabels = `{"Labels": [
		{"Name": "Car", "Confidence": 98.76, "Instances": [{"Confidence": 91.25, "BoundingBox": {"Left": 0.5, "Top": 0.25, "Width": 0.25, "Height": 0.5}}]},
		{"Name": "Deer", "Confidence": 60, "Instances": [{"Confidence": 60, "BoundingBox": {"Left": 0, "Top": 0, "Width": 1, "Height": 1}}]},
		{"Name": "Road", "Confidence": 88.04}]}`
)

// dataWorld is AWS with recordings and Rekognition.
func dataWorld(t *testing.T) *awsfake.Server {
	t.Helper()
	s := awsfake.New(t, "files", "outputs")
	s.Answer(dataDetect, checker.Check(t, "rekognition", "DetectLabels", dataLabels))
	return s
}

// dataClip is a video of n frames, 10 a second.
func dataClip(n int) videotest.Video {
	return videotest.Video{Width: 64, Height: 32, Frames: videotest.Pictures(n, 64, 32)}
}

func dataCloud(points int) []byte {
	return pointcloudtest.PCD(pointcloudtest.Binary, pointcloudtest.Scan(points))
}

// dataCall calls a function an hour from now. The second result is the type of the
// error, the third what was logged.
func dataCall[T any](t *testing.T, s *awsfake.Server, name, event string, env ...string) (out T, failed, log string) {
	t.Helper()
	var lines bytes.Buffer
	environ := append([]string{"_HANDLER=" + name, "USE_CASE=autonomous-driving", "S3_ACCESS_POINT=files", "OUTPUT_BUCKET=outputs", "PARALLEL=1"}, env...)
	p := bootstrap.NewWith(s.Config(), autonomousdriving.Functions(), environ, &lines, func() time.Time { return time.Now().Add(time.Hour) })
	text, err := p.Invoke(t.Context(), []byte(event))
	var refused messages.InvokeResponse_Error
	if errors.As(err, &refused) {
		return out, refused.Type, lines.String()
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out, "", lines.String()
}

// dataAsk is dataCall of a call that succeeds.
func dataAsk[T any](t *testing.T, s *awsfake.Server, name, event string, env ...string) T {
	t.Helper()
	out, failed, log := dataCall[T](t, s, name, event, env...)
	if failed != "" {
		t.Fatalf("%s: %s\n%s", name, failed, log)
	}
	return out
}

// dataRead reads an object of the output bucket.
func dataRead[T any](t *testing.T, s *awsfake.Server, key string) T {
	t.Helper()
	var out T
	if err := json.Unmarshal(s.Get("outputs", key), &out); err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	return out
}

// dataRun is what the workflow does for both sources, and what its functions said.
type dataRun struct {
	name      string
	found     map[string]discovery.Result
	videos    autonomousdriving.Videos
	clouds    autonomousdriving.Selected
	annotated autonomousdriving.Annotated
	committed discovery.Committed
	// lost are the parts that failed, with the type of the error.
	lost map[string]string
}

// dataExecute runs a workflow without its machine.
func dataExecute(t *testing.T, s *awsfake.Server, name, inference string, env ...string) dataRun {
	t.Helper()
	r := dataRun{name: name, found: map[string]discovery.Result{}, lost: map[string]string{}}
	for _, source := range []struct{ find, process string }{{"find-videos", "frames"}, {"find-clouds", "point-clouds"}} {
		found := dataAsk[discovery.Result](t, s, source.find, fmt.Sprintf(`{"run": %q}`, name), env...)
		r.found[source.find] = found
		outcomes := []any{}
		for _, part := range found.Parts {
			outcome, failed, _ := dataCall[discovery.Outcome](t, s, source.process, fmt.Sprintf(`{"part": %q}`, part.Key), env...)
			if failed != "" {
				r.lost[part.Key] = failed
				outcomes = append(outcomes, map[string]any{"part": part.Key, "error": map[string]string{"Error": failed}})
				continue
			}
			outcomes = append(outcomes, outcome)
		}
		event, err := json.Marshal(map[string]any{"run": name, "outcomes": outcomes})
		if err != nil {
			t.Fatal(err)
		}
		if source.process == "frames" {
			r.videos = dataAsk[autonomousdriving.Videos](t, s, "gather-videos", string(event), env...)
		} else {
			r.clouds = dataAsk[autonomousdriving.Selected](t, s, "select-clouds", string(event), env...)
		}
	}
	if inference == "" {
		inference = "null"
	}
	r.annotated = dataAsk[autonomousdriving.Annotated](t, s, "annotate", fmt.Sprintf(`{"run": %q, "inference": %s}`, name, inference), env...)
	r.committed = dataAsk[discovery.Committed](t, s, "commit", fmt.Sprintf(`{"run": %q}`, name), env...)
	return r
}

// dataPart writes a part of a manifest for files that are there.
func dataPart(t *testing.T, s *awsfake.Server, source string, files ...string) string {
	t.Helper()
	list := []map[string]any{}
	for _, key := range files {
		o, err := s.Store("files").Stat(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, map[string]any{"key": key, "size": o.Size, "etag": o.ETag})
	}
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	key := "manifests/autonomous-driving-" + source + "/run/0000.json"
	s.Put("outputs", key, text)
	return key
}

// dataCalls are the calls whose name begins so since the last time.
func dataCalls(s *awsfake.Server, name string) []awsfake.Call {
	var out []awsfake.Call
	for _, c := range s.Calls() {
		if strings.HasPrefix(c.Name, name) {
			out = append(out, c)
		}
	}
	return out
}
