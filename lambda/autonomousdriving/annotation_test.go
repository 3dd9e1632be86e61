package autonomousdriving_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/lambda/autonomousdriving"
	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
)

// coco is what users of a COCO file rely on.
type coco struct {
	Categories []struct {
		ID            int
		Name          string
		Supercategory string
	}
	Images []struct {
		ID            int
		File          string `json:"file_name"`
		Width, Height int
		Metadata      struct {
			Video  string `json:"source_video"`
			Index  int64  `json:"frame_index"`
			Time   int64  `json:"timestamp_ms"`
			Labels []autonomousdriving.Label
		}
	}
	Annotations []struct {
		ID         int
		Image      int `json:"image_id"`
		Category   int `json:"category_id"`
		Bbox       [4]float64
		Area       float64
		Attributes struct {
			Confidence float64
			Label      string `json:"original_label"`
		}
	}
}

// annotated runs until the annotations of three videos, of which one needs a decoder.
func annotated(t *testing.T, s *awsfake.Server, run, inference string, env ...string) dataRun {
	t.Helper()
	s.Put("files", "d1/v2.mp4", dataClip(21).MP4())
	return dataExecute(t, s, run, inference, append([]string{"PART_OBJECTS=2"}, env...)...)
}

// TestCOCO: ids are unique, references lead somewhere, boxes are in pixels of the
// picture, and what has no box is no annotation.
func TestCOCO(t *testing.T) {
	t.Parallel()
	s := recordings(t)
	r := annotated(t, s, "run", "")
	c := dataRead[coco](t, s, "annotations/run/coco.json")
	if len(c.Images) != 5 || len(c.Annotations) != 10 || r.annotated.Images != 5 || r.annotated.Count != 10 || len(c.Categories) != 10 {
		t.Fatalf("%d images, %d annotations, %+v", len(c.Images), len(c.Annotations), r.annotated)
	}
	images, categories, ids := map[int]bool{}, map[int]string{}, map[int]bool{}
	for _, i := range c.Images {
		if images[i.ID] || i.Width != 64 || i.Height != 32 || i.File != fmt.Sprintf("%s_frame_%d", i.Metadata.Video, i.Metadata.Index) || i.Metadata.Time != i.Metadata.Index*100 {
			t.Errorf("%+v", i)
		}
		if len(i.Metadata.Labels) != 0 { // the name in the file is scene_labels
			t.Errorf("%+v", i)
		}
		images[i.ID] = true
	}
	for _, x := range c.Categories {
		categories[x.ID] = x.Name
	}
	for _, a := range c.Annotations {
		if ids[a.ID] || !images[a.Image] || categories[a.Category] == "" {
			t.Errorf("%+v", a)
		}
		ids[a.ID] = true
	}
	first, second := c.Annotations[0], c.Annotations[1]
	if categories[first.Category] != "vehicle" || first.Bbox != [4]float64{32, 8, 16, 16} || first.Area != 256 || first.Attributes.Confidence != 91.3 || first.Attributes.Label != "Car" {
		t.Errorf("%+v", first)
	}
	if categories[second.Category] != "other" || second.Bbox != [4]float64{0, 0, 64, 32} {
		t.Errorf("%+v", second)
	}
	if !strings.Contains(string(s.Get("outputs", "annotations/run/coco.json")), `"scene_labels":[{"label":"Road","confidence":88}]`) {
		t.Error("no label of a whole picture")
	}
	sum := dataRead[autonomousdriving.Summary](t, s, "annotations/run/summary.json")
	want := autonomousdriving.Summary{
		Run: "run", Annotations: "annotations/run/coco.json", PointClouds: "annotations/run/point_clouds.json", Images: 5, Count: 10,
		Categories:  map[string]int{"vehicle": 5, "other": 5},
		Videos:      map[autonomousdriving.Status]int{"SUCCESS": 2, "NEEDS_DECODER": 1, "INVALID": 1},
		Clouds:      map[autonomousdriving.Status]int{"PASS": 2, "FAIL": 1, "UNSUPPORTED": 1},
		Suggestions: autonomousdriving.Suggestions{Status: autonomousdriving.Off},
	}
	if diff := cmp.Diff(want, sum); diff != "" {
		t.Error(diff)
	}
	// Another run has names of its own.
	before := s.Get("outputs", "annotations/run/coco.json")
	s.Put("files", "new.mp4", dataClip(1).MP4())
	dataExecute(t, s, "other", "")
	if got := dataRead[coco](t, s, "annotations/other/coco.json"); len(got.Images) != 1 || string(s.Get("outputs", "annotations/run/coco.json")) != string(before) {
		t.Errorf("%+v", got)
	}
	// The same call gives the same bytes.
	dataAsk[autonomousdriving.Annotated](t, s, "annotate", `{"run": "run"}`)
	if string(s.Get("outputs", "annotations/run/coco.json")) != string(before) {
		t.Error("another call writes another file")
	}
}

// TestSegmentation: the answers of the model are counted; those that cannot be read,
// are missing, or have other lengths are told.
func TestSegmentation(t *testing.T) {
	t.Parallel()
	s := dataWorld(t)
	for i := range 6 {
		s.Put("files", fmt.Sprintf("%d.pcd", i), dataCloud(4))
	}
	for key, answer := range map[string]string{
		"0.pcd": `{"model": {"labels": [9, {"x": [1]}]}, "labels": [0, 1, 1, 3]}`, "1.pcd": `[1, 1, 1]`, "2.pcd": `{"labels": ["car"]}`, "3.pcd": `{"prediction": []}`, "4.pcd": `{"labels": [1, 2`,
		"elsewhere": `[1]`,
	} {
		s.Put("outputs", "inference/run/"+key+".out", []byte(answer))
	}
	r := dataExecute(t, s, "run", `{"path": "batch_transform", "prefix": "inference/run/", "job_name": "x"}`)
	sum := dataRead[autonomousdriving.Summary](t, s, r.annotated.Summary)
	want := autonomousdriving.SegmentedTotal{
		Clouds: 2, Unreadable: 3, Mismatched: 1, Missing: 1, Unmatched: 1, Labels: 7, Distribution: map[string]int64{"0": 1, "1": 5, "3": 1},
	}
	if diff := cmp.Diff(want, sum.Segmentation); diff != "" || sum.Inference != "batch_transform" || r.annotated.Segmented != 2 {
		t.Errorf("%+v\n%s", r.annotated, diff)
	}
	list := dataRead[[]autonomousdriving.AnnotatedCloud](t, s, r.annotated.PointClouds)
	first := &autonomousdriving.Segmentation{Output: "inference/run/0.pcd.out", Labels: 4, Matches: true, Distribution: map[string]int64{"0": 1, "1": 2, "3": 1}}
	if diff := cmp.Diff(first, list[0].Segmentation); diff != "" || list[2].Segmentation.Problem == "" || list[5].Segmentation != nil {
		t.Errorf("%+v\n%s", list, diff)
	}
	// An answer that cannot be fetched is another matter.
	s.Fail("GET outputs/inference/run/0.pcd.out", awsfake.Answer{Status: 403})
	const again = `{"run": "run", "inference": {"path": "batch_transform", "prefix": "inference/run/"}}`
	if _, failed, _ := dataCall[any](t, s, "annotate", again); failed != "AccessDenied" {
		t.Error(failed)
	}
	s.Put("outputs", "inference/run/0.pcd.out", []byte("[1"+strings.Repeat(",1", 200_000)+"]"))
	s.Break("GET outputs/inference/run/0.pcd.out", 100_000)
	if _, failed, _ := dataCall[any](t, s, "annotate", again); failed != "Unavailable" {
		t.Error(failed)
	}
	s.Put("outputs", "inference/run/0.pcd.out", []byte(manyLabels(5000)))
	if got := dataAsk[autonomousdriving.Annotated](t, s, "annotate", again); got.Segmented != 1 {
		t.Errorf("%+v", got)
	}
}

func manyLabels(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ",%d", i)
	}
	return "[" + b.String()[1:] + "]"
}

// TestSuggestions: what the model says is in the summary; that it says nothing is
// told as such, and is no text.
func TestSuggestions(t *testing.T) {
	t.Parallel()
	answer := awsfake.ConverseAnswer("end_turn", "Check the deer.")
	for name, x := range map[string]struct {
		answer awsfake.Answer
		want   autonomousdriving.Suggestions
	}{
		"text":      {awsfake.Answer{Body: answer}, autonomousdriving.Suggestions{Status: autonomousdriving.Present, Text: "Check the deer."}},
		"cut off":   {awsfake.Answer{Body: awsfake.ConverseAnswer("max_tokens", "Check")}, autonomousdriving.Suggestions{Status: autonomousdriving.Missing, Reason: "TooLarge"}},
		"no access": {awsfake.Answer{Status: 403, Type: "AccessDeniedException", Body: `{}`}, autonomousdriving.Suggestions{Status: autonomousdriving.Missing, Reason: "AccessDenied"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := recordings(t)
			checker.Check(t, "bedrock-runtime", "Converse", answer)
			s.Answer(dataConverse, x.answer)
			r := dataExecute(t, s, "run", "", "BEDROCK_MODEL_ID=amazon.nova-lite-v1:0", "SERVICE_REGIONS=")
			x.want.Model = "amazon.nova-lite-v1:0"
			sum := dataRead[autonomousdriving.Summary](t, s, r.annotated.Summary)
			if diff := cmp.Diff(x.want, sum.Suggestions); diff != "" || r.annotated.Suggestions != x.want.Status {
				t.Errorf("%+v\n%s", r.annotated, diff)
			}
		})
	}
}

// TestMessage: the message has keys and counts; a topic that takes none is an error.
func TestMessage(t *testing.T) {
	t.Parallel()
	s := recordings(t)
	s.Answer(dataPublish, awsfake.Answer{Body: `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`})
	dataExecute(t, s, "run", "", "SNS_TOPIC_ARN="+dataTopic)
	var message map[string]any
	for _, call := range dataCalls(s, dataPublish) {
		form, err := url.ParseQuery(string(call.Body))
		if err != nil {
			t.Fatal(err)
		}
		if form.Get("TopicArn") != dataTopic || len(form.Get("Subject")) > 100 {
			t.Errorf("%v", form)
		}
		if err := json.Unmarshal([]byte(form.Get("Message")), &message); err != nil {
			t.Fatal(err)
		}
	}
	if message["summary"] != "annotations/run/summary.json" || message["annotations"] != "annotations/run/coco.json" || message["total_images"] != 2.0 {
		t.Errorf("%v", message)
	}
	s.Answer(dataPublish, awsfake.Answer{Status: 403, Body: `<ErrorResponse><Error><Type>Sender</Type><Code>AuthorizationError</Code><Message>no</Message></Error></ErrorResponse>`})
	if _, failed, log := dataCall[any](t, s, "annotate", `{"run": "run"}`, "SNS_TOPIC_ARN="+dataTopic); failed != "AccessDenied" {
		t.Errorf("%s\n%s", failed, log)
	}
}

// TestAnnotateFails: records that are of another version than the list of results
// are not mixed with it.
func TestAnnotateFails(t *testing.T) {
	t.Parallel()
	s := recordings(t)
	dataExecute(t, s, "run", "")
	const event = `{"run": "run"}`
	record := strings.Replace(string(s.Get("outputs", "detections/d1/v.mp4.json")), `"etag":"`, `"etag":"other`, 1)
	s.Put("outputs", "detections/d1/v.mp4.json", []byte(record))
	if _, failed, _ := dataCall[any](t, s, "annotate", event); failed != "Conflict" {
		t.Errorf("another version: %s", failed)
	}
	s.Delete("outputs", "detections/d1/v.mp4.json")
	if _, failed, _ := dataCall[any](t, s, "annotate", event); failed != "NotFound" {
		t.Errorf("no record: %s", failed)
	}
	for _, source := range []string{"clouds", "videos"} {
		s.Delete("outputs", "runs/run/autonomous-driving-"+source+".json")
		if _, failed, _ := dataCall[any](t, s, "annotate", event); failed != "NotFound" {
			t.Errorf("no index of %s: %s", source, failed)
		}
	}
}

// TestAnswersOfLongKeys: the answer to a cloud with a key that does not fit into
// that of the answer is found again.
func TestAnswersOfLongKeys(t *testing.T) {
	t.Parallel()
	key := strings.Repeat("k", 1020) + ".pcd"
	s := awsfake.New(t, "files", "outputs")
	s.Put("files", key, []byte("content"))
	o, err := s.Store("files").Stat(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	list := resulted(t, s, autonomousdriving.Result{Key: key, Size: o.Size, ETag: o.ETag, Status: autonomousdriving.Pass, Points: 2})
	s.Answer("POST /endpoints/e/invocations", awsfake.Answer{Body: `{"labels": [1, 2]}`})
	dataAsk[autonomousdriving.Sliced](t, s, "realtime", fmt.Sprintf(`{"run": "run", "clouds_key": %q, "offset": 0, "count": 1}`, list.List), "ENDPOINT_NAME=e", "INFERENCE_TYPE=provisioned")
	annotated := dataAsk[autonomousdriving.Annotated](t, s, "annotate", `{"run": "run", "inference": {"path": "realtime_endpoint", "prefix": "inference/run/"}}`)
	sum := dataRead[autonomousdriving.Summary](t, s, annotated.Summary).Segmentation
	if sum.Clouds != 1 || sum.Missing != 0 || sum.Unmatched != 0 {
		t.Errorf("%+v", sum)
	}
}

// TestMessageOfManyLabels: a topic takes 256 KiB, however many labels a model knows.
func TestMessageOfManyLabels(t *testing.T) {
	t.Parallel()
	s := dataWorld(t)
	s.Answer(dataPublish, awsfake.Answer{Body: `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`})
	var results []autonomousdriving.Result
	const clouds, labels = 20, 4000
	for i := range clouds {
		key := fmt.Sprintf("%02d.pcd", i)
		results = append(results, autonomousdriving.Result{Key: key, Status: autonomousdriving.Pass, Points: labels})
		var b strings.Builder
		for n := range labels {
			fmt.Fprintf(&b, ",%d", i*labels+n)
		}
		s.Put("outputs", "inference/run/"+key+".out", []byte("["+b.String()[1:]+"]"))
	}
	resulted(t, s, results...)
	annotated := dataAsk[autonomousdriving.Annotated](t, s, "annotate", `{"run": "run", "inference": {"path": "batch_transform", "prefix": "inference/run/"}}`, "SNS_TOPIC_ARN="+dataTopic)
	calls := dataCalls(s, dataPublish)
	if len(calls) != 1 {
		t.Fatal(len(calls))
	}
	form, err := url.ParseQuery(string(calls[0].Body))
	if err != nil || len(form.Get("Message")) > 4096 || !strings.Contains(form.Get("Message"), `"labels_count":80000`) {
		t.Errorf("a message of %d bytes, %v", len(form.Get("Message")), err)
	}
	if sum := dataRead[autonomousdriving.Summary](t, s, annotated.Summary).Segmentation; sum.Clouds != clouds || len(sum.Distribution) != clouds*labels {
		t.Errorf("%d clouds, %d labels", sum.Clouds, len(sum.Distribution))
	}
}

// TestAnswersMissing: clouds without an answer are told by a metric.
func TestAnswersMissing(t *testing.T) {
	t.Parallel()
	s := dataWorld(t)
	resulted(t, s, autonomousdriving.Result{Key: "a.pcd", Status: autonomousdriving.Pass})
	_, failed, log := dataCall[any](t, s, "annotate", `{"run": "run", "inference": {"path": "batch_transform", "prefix": "inference/run/"}}`)
	if failed != "" || !strings.Contains(log, `"AnswersMissing":1`) {
		t.Errorf("%s\n%s", failed, log)
	}
}
