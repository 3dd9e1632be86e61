package autonomousdriving_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/lambda/autonomousdriving"
	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/discovery"
	"github.com/fsxns3ap/guardhook/lambda/internal/pointcloud/pointcloudtest"
	"github.com/fsxns3ap/guardhook/lambda/internal/route"
)

// recordings are three clouds, of which two pass, and three videos.
func recordings(t *testing.T) *awsfake.Server {
	t.Helper()
	s := dataWorld(t)
	h264 := dataClip(2)
	h264.Code = "avc1"
	for key, file := range map[string][]byte{
		"d1/a.pcd": dataCloud(50), "d1/b.las": pointcloudtest.LAS(pointcloudtest.Scan(80)), "d1/c.laz": pointcloudtest.LAZ(pointcloudtest.Scan(3)), "d1/d.pcd": []byte("none"),
		"d1/v.mp4": dataClip(11).MP4(), "d1/w.mp4": h264.MP4(), "d1/x.avi": []byte("none"), "d1/notes.json": []byte("{}"),
	} {
		s.Put("files", key, file)
	}
	return s
}

// TestRun: both sources from the files to the commit, and a second run that finds
// nothing.
func TestRun(t *testing.T) {
	t.Parallel()
	s := recordings(t)
	r := dataExecute(t, s, "first", "", "PART_OBJECTS=2", "INFERENCE_TYPE=provisioned", "BATCH_THRESHOLD=5")
	if diff := cmp.Diff(autonomousdriving.Videos{Run: "first", Videos: 3, Succeeded: 1, NeedsDecoder: 1, Invalid: 1, Frames: 2, Failed: 1}, r.videos); diff != "" {
		t.Error(diff)
	}
	a, b := len(dataCloud(50)), len(pointcloudtest.LAS(pointcloudtest.Scan(80)))
	want := autonomousdriving.Selected{
		Run: "first", Clouds: 4, Passed: 2, QualityFailed: 1, Unsupported: 1,
		Input:  route.Input{InferenceType: "provisioned", FileCount: 2, BatchThreshold: 5, MaxBytes: int64(max(a, b))},
		Points: 130, Bytes: int64(a + b), List: "runs/first/clouds.json", Manifest: "s3://outputs/runs/first/model-input.manifest",
	}
	if diff := cmp.Diff(want, r.clouds); diff != "" {
		t.Error(diff)
	}
	// What SageMaker reads is a list of the prefix and the keys below it.
	manifest := dataRead[[]any](t, s, "runs/first/model-input.manifest")
	if diff := cmp.Diff([]any{map[string]any{"prefix": "s3://files/"}, "d1/a.pcd", "d1/b.las"}, manifest); diff != "" {
		t.Error(diff)
	}
	list := dataRead[[]autonomousdriving.Cloud](t, s, r.clouds.List)
	if len(list) != 2 || list[1].Key != "d1/b.las" || list[1].Size != int64(b) || list[1].Points != 80 || list[1].Report != "qc/d1/b.las.json" || list[1].ETag == "" {
		t.Errorf("%+v", list)
	}
	if diff := cmp.Diff(discovery.Committed{Run: "first", Processed: 6, Failed: 1}, r.committed); diff != "" {
		t.Error(diff)
	}
	s.Calls()
	r = dataExecute(t, s, "second", "")
	if r.found["find-videos"].Objects+r.found["find-clouds"].Objects != 0 || len(dataCalls(s, "GET files/d1")) != 0 || r.committed.Processed != 0 {
		t.Errorf("%+v", r)
	}
	if r.clouds.Manifest != "" || r.clouds.FileCount != 0 || string(s.Get("outputs", r.clouds.List)) != "[]" {
		t.Errorf("%+v", r.clouds)
	}
	// To commit again changes nothing.
	if again := dataAsk[discovery.Committed](t, s, "commit", `{"run": "second"}`); again != r.committed {
		t.Errorf("%+v", again)
	}
	if _, failed, _ := dataCall[any](t, s, "commit", `{"run": "first"}`); failed != "Conflict" {
		t.Errorf("a run before the last: %s", failed)
	}
}

// TestRunOfNothing: an empty source gives a COCO file without images.
func TestRunOfNothing(t *testing.T) {
	t.Parallel()
	s := dataWorld(t)
	r := dataExecute(t, s, "run", "", "SNS_TOPIC_ARN="+dataTopic, "BEDROCK_MODEL_ID=amazon.nova-lite-v1:0")
	if r.clouds.FileCount != 0 || r.videos.Videos != 0 || r.annotated.Images != 0 || r.annotated.Suggestions != autonomousdriving.Off {
		t.Errorf("%+v", r)
	}
	coco := dataRead[struct{ Images, Annotations, Categories []any }](t, s, r.annotated.Annotations)
	if coco.Images == nil || coco.Annotations == nil || len(coco.Images)+len(coco.Annotations) != 0 || len(coco.Categories) != 10 {
		t.Errorf("%+v", coco)
	}
}

// TestRunWithLostParts: the files of a part that failed are found again, the others
// are not.
func TestRunWithLostParts(t *testing.T) {
	t.Parallel()
	s := dataWorld(t)
	for _, key := range []string{"a.pcd", "b.pcd", "c.pcd"} {
		s.Put("files", key, dataCloud(10))
	}
	s.Fail("GET files/b.pcd", awsfake.Answer{Status: 503})
	r := dataExecute(t, s, "first", "", "PART_OBJECTS=1")
	if r.clouds.PartsFailed != 1 || r.clouds.Passed != 2 || r.committed.PartsFailed != 1 || r.lost["manifests/autonomous-driving-clouds/first/0001.json"] != "Unavailable" {
		t.Errorf("%+v", r)
	}
	r = dataExecute(t, s, "second", "", "PART_OBJECTS=1")
	if r.found["find-clouds"].Objects != 1 || r.clouds.Passed != 1 || r.committed.PartsFailed != 0 {
		t.Errorf("%+v", r)
	}
}

// TestManyClouds: 10,000 of them go through by reference: what functions are told
// and answer stays small, and so does what they hold.
func TestManyClouds(t *testing.T) {
	t.Parallel()
	s := dataWorld(t)
	const parts, each = 400, 25
	type outcome struct {
		Part      string `json:"part"`
		Processed int    `json:"processed"`
	}
	var outcomes []outcome
	for p := range parts {
		part := fmt.Sprintf("manifests/autonomous-driving-clouds/many/%04d.json", p)
		var results []autonomousdriving.Result
		for i := range each {
			key := fmt.Sprintf("drive-%04d/%s/%02d.pcd", p, strings.Repeat("long-name/", 10), i)
			status := autonomousdriving.Pass
			if i == 0 {
				status = autonomousdriving.Fail
			}
			results = append(results, autonomousdriving.Result{Key: key, Size: 1 << 20, ETag: `"e"`, Status: status, Record: "qc/" + key + ".json", Points: 1000})
		}
		text, err := json.Marshal(results)
		if err != nil {
			t.Fatal(err)
		}
		s.Put("outputs", strings.Replace(part, "manifests/", "results/", 1), text)
		outcomes = append(outcomes, outcome{part, each})
	}
	event, err := json.Marshal(map[string]any{"run": "many", "outcomes": outcomes})
	if err != nil {
		t.Fatal(err)
	}
	if len(event) > 64<<10 {
		t.Errorf("the event has %d bytes", len(event))
	}
	got := dataAsk[autonomousdriving.Selected](t, s, "select-clouds", string(event))
	if got.Passed != parts*(each-1) || got.QualityFailed != parts || got.Bytes != int64(got.Passed)<<20 {
		t.Errorf("%+v", got)
	}
	if text, err := json.Marshal(got); err != nil || len(text) > 1024 {
		t.Errorf("%d bytes, %v", len(text), err)
	}
	if list := dataRead[[]any](t, s, "runs/many/model-input.manifest"); len(list) != got.Passed+1 {
		t.Errorf("%d elements", len(list))
	}
	dataAsk[autonomousdriving.Videos](t, s, "gather-videos", `{"run": "many", "outcomes": []}`)
	annotated := dataAsk[autonomousdriving.Annotated](t, s, "annotate", `{"run": "many"}`)
	if list := dataRead[[]autonomousdriving.AnnotatedCloud](t, s, annotated.PointClouds); len(list) != parts*each {
		t.Errorf("%d clouds", len(list))
	}
}

// TestSelectFails: an upload that fails half-way leaves nothing, and its error has
// its kind.
func TestSelectFails(t *testing.T) {
	t.Parallel()
	s := dataWorld(t)
	const event = `{"run": "r", "outcomes": [{"part": "manifests/autonomous-driving-clouds/r/0000.json", "processed": 1}]}`
	if _, failed, _ := dataCall[any](t, s, "select-clouds", event); failed != "NotFound" {
		t.Errorf("results that are not there: %s", failed)
	}
	if s.Get("outputs", "runs/r/clouds.json") != nil {
		t.Error("a list that is not whole was written")
	}
	s.Put("outputs", "results/autonomous-driving-clouds/r/0000.json", []byte(`[{"key":"a","status":"PASS"}]`))
	s.Fail("PUT outputs/runs/r/clouds.json", awsfake.Answer{Status: 403})
	if _, failed, _ := dataCall[any](t, s, "select-clouds", event); failed != "AccessDenied" {
		t.Errorf("a list that cannot be written: %s", failed)
	}
	text, err := json.Marshal(map[string]any{"run": "r", "outcomes": make([]struct{}, 401)})
	if err != nil {
		t.Fatal(err)
	}
	for _, function := range []string{"select-clouds", "gather-videos"} {
		if _, failed, _ := dataCall[any](t, s, function, string(text)); failed != "InvalidInput" {
			t.Errorf("401 outcomes: %s", failed)
		}
	}
	if _, failed, _ := dataCall[any](t, s, "commit", `{"run": "none"}`); failed != "NotFound" {
		t.Errorf("commit of a run that is not there: %s", failed)
	}
}

// resulted keeps results of one part of clouds, and selects.
func resulted(t *testing.T, s *awsfake.Server, results ...autonomousdriving.Result) autonomousdriving.Selected {
	t.Helper()
	text, err := json.Marshal(results)
	if err != nil {
		t.Fatal(err)
	}
	s.Put("outputs", "results/autonomous-driving-clouds/run/0000.json", text)
	dataAsk[autonomousdriving.Videos](t, s, "gather-videos", `{"run": "run", "outcomes": []}`)
	return dataAsk[autonomousdriving.Selected](t, s, "select-clouds",
		fmt.Sprintf(`{"run": "run", "outcomes": [{"part": "manifests/autonomous-driving-clouds/run/0000.json", "processed": %d}]}`, len(results)))
}

// TestCloudsThatNoCallTakes: one cloud that is too large for a job would fail the
// job, in this run and in every later one. It passes, and the model is not asked.
func TestCloudsThatNoCallTakes(t *testing.T) {
	t.Parallel()
	s := dataWorld(t)
	const pass, limit = autonomousdriving.Pass, 100_000_000
	got := resulted(
		t, s,
		autonomousdriving.Result{Key: "a.pcd", Size: limit, Status: pass, Points: 3},
		autonomousdriving.Result{Key: "b.pcd", Size: limit + 1, Status: pass, Points: 5},
	)
	if got.Passed != 2 || got.TooLarge != 1 || got.FileCount != 1 || got.MaxBytes != limit || got.Points != 3 || got.Bytes != limit {
		t.Errorf("%+v", got)
	}
	if diff := cmp.Diff([]any{map[string]any{"prefix": "s3://files/"}, "a.pcd"}, dataRead[[]any](t, s, "runs/run/model-input.manifest")); diff != "" {
		t.Error(diff)
	}
	if list := dataRead[[]autonomousdriving.Cloud](t, s, got.List); len(list) != 1 || list[0].Key != "a.pcd" {
		t.Errorf("%+v", list)
	}
	s.Put("outputs", "inference/run/a.pcd.out", []byte("[1,1,1]"))
	annotated := dataAsk[autonomousdriving.Annotated](t, s, "annotate", `{"run": "run", "inference": {"path": "batch_transform", "prefix": "inference/run/"}}`)
	if sum := dataRead[autonomousdriving.Summary](t, s, annotated.Summary).Segmentation; sum.Clouds != 1 || sum.TooLarge != 1 || sum.Missing != 0 {
		t.Errorf("%+v", sum)
	}
	if got = resulted(t, s, autonomousdriving.Result{Key: "b.pcd", Size: limit + 1, Status: pass}); got.FileCount != 0 || got.Manifest != "" {
		t.Errorf("there is nothing to ask for: %+v", got)
	}
}
