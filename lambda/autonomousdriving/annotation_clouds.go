package autonomousdriving

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
)

// AnnotatedCloud is a point cloud in the list of a run.
type AnnotatedCloud struct {
	Key    string `json:"file_key"`
	Status Status `json:"status"`
	Report string `json:"qc"` // the key of the report of its quality
	Reason string `json:"reason,omitempty"`
	Points int64  `json:"point_count"`
	// Segmentation is nil if the model gave no answer to the cloud.
	Segmentation *Segmentation `json:"segmentation,omitempty"`
}

// Segmentation is the answer of the model to a cloud.
type Segmentation struct {
	Output string `json:"output"` // its key
	Labels int64  `json:"labels_count"`
	// Matches says whether there are as many labels as points.
	Matches bool `json:"labels_match_points"`
	// Distribution is how many points have each label.
	Distribution map[string]int64 `json:"category_distribution,omitempty"`
	// Problem says why the labels could not be read.
	Problem string `json:"problem,omitempty"`
}

// SegmentedTotal is the sum of a run.
type SegmentedTotal struct {
	Clouds     int   `json:"clouds"` // whose labels could be read
	Unreadable int   `json:"unreadable"`
	Mismatched int   `json:"mismatched"` // another number of labels than points
	Missing    int   `json:"missing"`    // clouds that passed and have no answer
	Unmatched  int   `json:"unmatched"`  // answers that are of no cloud of the run
	Labels     int64 `json:"labels_count"`
	// Distribution is how many points have each label.
	Distribution map[string]int64 `json:"category_distribution,omitempty"`
}

// answerSuffix ends the keys of answers, as batch transform writes them:
// https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
const answerSuffix = ".out"

// writeClouds writes the list of clouds, with what the model says of each.
func (h *annotator) writeClouds(ctx context.Context, measured index, prefix string, s *Summary) error {
	s.Clouds = map[Status]int{}
	total := &s.Segmentation
	answers, err := h.answers(ctx, prefix)
	if err != nil {
		return err
	}
	sum := map[int64]int64{}
	if err := upload(ctx, h.output, s.PointClouds, "application/json", func(w io.Writer) error {
		l := &list{w: w}
		if err := measured.each(ctx, func(r Result) error {
			s.Clouds[r.Status]++
			c := AnnotatedCloud{Key: r.Key, Status: r.Status, Report: r.Record, Reason: r.Reason, Points: r.Points}
			if r.Status == Pass && prefix != "" {
				if answers[r.Key] {
					delete(answers, r.Key)
					if c.Segmentation, err = h.segmentation(ctx, prefix+r.Key+answerSuffix, r.Points, sum); err != nil {
						return err
					}
				}
				total.add(c.Segmentation)
			}
			return l.add(c)
		}); err != nil {
			return err
		}
		return l.end()
	}); err != nil {
		return err
	}
	total.Unmatched, total.Distribution = len(answers), named(sum)
	return nil
}

func (t *SegmentedTotal) add(s *Segmentation) {
	switch {
	case s == nil:
		t.Missing++
		return
	case s.Problem != "":
		t.Unreadable++
		return
	case !s.Matches:
		t.Mismatched++
	}
	t.Clouds++
	t.Labels += s.Labels
}

// answers are the keys of the clouds that have an answer under a prefix.
func (h *annotator) answers(ctx context.Context, prefix string) (map[string]bool, error) {
	out := map[string]bool{}
	if prefix == "" {
		return out, nil
	}
	for o, err := range h.output.List(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		if key, ok := strings.CutSuffix(strings.TrimPrefix(o.Key, prefix), answerSuffix); ok {
			out[key] = true
		}
	}
	return out, nil
}

// segmentation reads an answer as it comes, and adds it to sum if all of it can be
// read.
func (h *annotator) segmentation(ctx context.Context, key string, points int64, sum map[int64]int64) (*Segmentation, error) {
	content, _, err := h.output.Open(ctx, key, "")
	if err != nil {
		return nil, err
	}
	defer func() { _ = content.Close() }()
	source := &noted{Reader: content}
	counts, err := countLabels(source)
	if source.err != nil {
		return nil, source.err
	}
	out := &Segmentation{Output: key}
	if err != nil {
		out.Problem = err.Error()
		return out, nil
	}
	for _, label := range sorted(counts) {
		out.Labels += counts[label]
		sum[label] += counts[label]
	}
	out.Distribution, out.Matches = named(counts), out.Labels == points
	return out, nil
}

// named has labels as JSON writes them, nil for none.
func named(counts map[int64]int64) map[string]int64 {
	if len(counts) == 0 {
		return nil
	}
	out := make(map[string]int64, len(counts))
	for label, n := range counts {
		out[strconv.FormatInt(label, 10)] = n
	}
	return out
}

// maxLabelKinds is how many labels a model may know.
const maxLabelKinds = 4096

var errLabels = errors.New("want a list of whole numbers, or an object with such a list as labels")

// countLabels reads {"labels": [0, 1, ...]} or [0, 1, ...], and holds the counts.
func countLabels(r io.Reader) (map[int64]int64, error) {
	d := json.NewDecoder(r)
	d.UseNumber()
	start, err := d.Token()
	if err != nil {
		return nil, errLabels
	}
	switch start {
	case json.Delim('['):
		return countList(d)
	case json.Delim('{'):
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, errLabels
			}
			if name != "labels" {
				if skip(d) != nil {
					return nil, errLabels
				}
				continue
			}
			if start, err = d.Token(); err != nil || start != json.Delim('[') {
				return nil, errLabels
			}
			return countList(d)
		}
	}
	return nil, errLabels
}

// skip passes over a value without holding it.
func skip(d *json.Decoder) error {
	for depth := 0; ; {
		token, err := d.Token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('['), json.Delim('{'):
			depth++
		case json.Delim(']'), json.Delim('}'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// countList reads what is behind the bracket.
func countList(d *json.Decoder) (map[int64]int64, error) {
	counts := map[int64]int64{}
	for d.More() {
		value, err := d.Token()
		if err != nil {
			return nil, errLabels
		}
		number, ok := value.(json.Number)
		if !ok {
			return nil, errLabels
		}
		label, err := number.Int64()
		if err != nil {
			return nil, errLabels
		}
		if counts[label]++; len(counts) > maxLabelKinds {
			return nil, failure.New(failure.InvalidInput, "more than %d labels", maxLabelKinds)
		}
	}
	if _, err := d.Token(); err != nil { // the closing bracket
		return nil, errLabels
	}
	return counts, nil
}

// sorted are the keys of counts, so that what is written depends on them alone.
func sorted[K ~int64 | ~string](counts map[K]int64) []K { return slices.Sorted(maps.Keys(counts)) }
