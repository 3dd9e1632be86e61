package autonomousdriving

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
)

// category is one of COCO.
type category struct {
	ID     int    `json:"id"`
	Name   string `json:"name"`
	Super  string `json:"supercategory"`
	labels []string
}

// categories are those of annotations. The last one takes what no other has.
func categories() []category {
	return []category{
		{1, "vehicle", "transportation", []string{"car", "vehicle", "automobile", "truck", "bus", "motorcycle"}},
		{2, "pedestrian", "person", []string{"pedestrian", "person", "human"}},
		{3, "cyclist", "person", []string{"cyclist", "bicycle"}},
		{4, "traffic_sign", "infrastructure", []string{"traffic sign", "stop sign", "sign"}},
		{5, "traffic_light", "infrastructure", []string{"traffic light"}},
		{6, "lane_marking", "road", []string{"lane", "lane marking"}},
		{7, "road", "road", []string{"road", "highway"}},
		{8, "building", "structure", []string{"building"}},
		{9, "vegetation", "nature", []string{"tree", "vegetation"}},
		{10, "other", "misc", nil},
	}
}

// cocoImage is a frame. Its size is that of the picture.
type cocoImage struct {
	ID       int       `json:"id"`
	File     string    `json:"file_name"`
	Width    int       `json:"width"`
	Height   int       `json:"height"`
	Metadata cocoFrame `json:"metadata"`
}

type cocoFrame struct {
	Video string `json:"source_video"`
	Index int64  `json:"frame_index"`
	Time  int64  `json:"timestamp_ms"`
	// Labels are of the picture as a whole: they have no box, and are no annotations.
	Labels []Label `json:"scene_labels,omitempty"`
}

// cocoAnnotation is an object. Box and Area are in pixels, with one decimal.
type cocoAnnotation struct {
	ID         int        `json:"id"`
	Image      int        `json:"image_id"`
	Category   int        `json:"category_id"`
	Box        [4]float64 `json:"bbox"` // left, top, width, height
	Area       float64    `json:"area"`
	Crowd      int        `json:"iscrowd"`
	Attributes cocoObject `json:"attributes"`
}

type cocoObject struct {
	Confidence float64 `json:"confidence"`
	Label      string  `json:"original_label"`
}

// writeCOCO writes the annotations as they come, and counts. Images and annotations
// are two lists, so that the records are read twice; one is held at a time.
func (h *annotator) writeCOCO(ctx context.Context, seen index, s *Summary) error {
	s.Videos, s.Categories = map[Status]int{}, map[string]int{}
	kinds := categories()
	byLabel := map[string]category{}
	for _, c := range kinds {
		for _, label := range c.labels {
			byLabel[label] = c
		}
	}
	return upload(ctx, h.output, s.Annotations, "application/json", func(w io.Writer) error {
		head, err := json.Marshal(kinds)
		if err != nil {
			return failure.Wrap(err, "categories")
		}
		if _, err := fmt.Fprintf(w, "{\"info\":{\"description\":\"Frames of videos, with what Amazon Rekognition saw\",\"run\":%q},\n\"licenses\":[],\n\"categories\":%s,\n\"images\":", s.Run, head); err != nil {
			return err
		}
		images := &list{w: w}
		if err := h.eachFrame(ctx, seen, func(r Result) { s.Videos[r.Status]++ }, func(r *VideoRecord, f *Frame, id int) error {
			s.Images = id
			name := fmt.Sprintf("%s_frame_%d", r.Key, f.Index)
			return images.add(cocoImage{id, name, f.Width, f.Height, cocoFrame{r.Key, f.Index, f.Time, f.Labels}})
		}); err != nil {
			return err
		}
		if err := images.end(); err != nil {
			return err
		}
		if _, err := io.WriteString(w, ",\n\"annotations\":"); err != nil {
			return err
		}
		annotations := &list{w: w}
		if err := h.eachFrame(ctx, seen, func(Result) {}, func(_ *VideoRecord, f *Frame, id int) error {
			for _, o := range f.Objects {
				c := categoryOf(byLabel, kinds, o.Name)
				s.Count++
				s.Categories[c.Name]++
				if err := annotations.add(annotate(s.Count, id, c.ID, f, o)); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
		if err := annotations.end(); err != nil {
			return err
		}
		_, err = io.WriteString(w, "}\n")
		return err
	})
}

// eachFrame calls visit for each frame that was looked at, with ids from 1. The
// record has to be that of the file in the list of results: another run may have
// written it since.
func (h *annotator) eachFrame(ctx context.Context, seen index, file func(Result), visit func(*VideoRecord, *Frame, int) error) error {
	id := 0
	return seen.each(ctx, func(result Result) error {
		file(result)
		if result.Status != Success {
			return nil
		}
		var r VideoRecord
		if _, err := h.output.ReadJSON(ctx, result.Record, maxVideoRecord, &r); err != nil {
			return err
		}
		if r.ETag != result.ETag || r.Status != Success {
			return failure.New(failure.Conflict, "%s: another run looks at the video, or at another version of it: run the workflow again", result.Record)
		}
		for i := range r.Frames {
			f := &r.Frames[i]
			if f.Problem != "" {
				continue
			}
			id++
			if err := visit(&r, f, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// categoryOf is the category of a label, the last of kinds if no other has it.
func categoryOf(byLabel map[string]category, kinds []category, label string) category {
	if c, ok := byLabel[strings.ToLower(label)]; ok {
		return c
	}
	return kinds[len(kinds)-1]
}

// annotate is an object in pixels of its picture.
func annotate(id, image, category int, f *Frame, o Object) cocoAnnotation {
	pixels := func(share float64, side int) float64 { return math.Round(share*float64(side)*10) / 10 }
	box := [4]float64{pixels(o.Box.Left, f.Width), pixels(o.Box.Top, f.Height), pixels(o.Box.Width, f.Width), pixels(o.Box.Height, f.Height)}
	return cocoAnnotation{
		ID: id, Image: image, Category: category, Box: box, Area: math.Round(box[2]*box[3]*10) / 10,
		Attributes: cocoObject{o.Confidence, o.Name},
	}
}
