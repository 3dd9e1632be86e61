package autonomousdriving

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/keys"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
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
	TooLarge   int   `json:"too_large"`  // clouds that passed, and that no call of a model takes
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
	answers, err := answersUnder(ctx, h.output, prefix)
	if err != nil {
		return err
	}
	sum := map[string]int64{}
	if err := upload(ctx, h.output, s.PointClouds, "application/json", func(w io.Writer) error {
		l := &list{w: w}
		if err := measured.eachPart(ctx, func(results []Result) error {
			segmented, err := h.segmentations(ctx, prefix, results, answers)
			if err != nil {
				return err
			}
			for i, r := range results {
				s.Clouds[r.Status]++
				switch {
				case tooLarge(r):
					total.TooLarge++
				case asked(r) && prefix != "":
					total.add(segmented[i], sum)
				}
				if err := l.add(AnnotatedCloud{
					Key: r.Key, Status: r.Status, Report: r.Record, Reason: r.Reason, Points: r.Points, Segmentation: segmented[i],
				}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
		return l.end()
	}); err != nil {
		return err
	}
	total.Unmatched = len(answers)
	if len(sum) > 0 {
		total.Distribution = sum
	}
	return nil
}

// add takes an answer, nil for none, and adds its labels to sum.
func (t *SegmentedTotal) add(s *Segmentation, sum map[string]int64) {
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
	for label, n := range s.Distribution {
		sum[label] += n
	}
}

// answerReaders is how many answers are read at once.
const answerReaders = 8

// segmentations reads the answers to the clouds of a part, nil where there is none,
// and takes them out of answers.
func (h *annotator) segmentations(ctx context.Context, prefix string, results []Result, answers map[string]bool) ([]*Segmentation, error) {
	out, wrong := make([]*Segmentation, len(results)), make([]error, len(results))
	var wg sync.WaitGroup
	turns := make(chan struct{}, answerReaders)
	for i, r := range results {
		if !asked(r) || prefix == "" {
			continue
		}
		for _, key := range answerKeys(prefix, r.Key) {
			if !answers[key] {
				continue
			}
			delete(answers, key)
			turns <- struct{}{}
			wg.Go(func() {
				defer func() { <-turns }()
				out[i], wrong[i] = h.segmentation(ctx, key, r.Points)
			})
			break
		}
	}
	wg.Wait()
	for _, err := range wrong {
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// answerKeys are the keys that the answer to a cloud may have: the one of a job, and
// the one of the functions of endpoints, which differs for keys that are too long.
func answerKeys(prefix, cloud string) []string {
	return []string{prefix + cloud + answerSuffix, keys.Output(prefix, cloud, answerSuffix)}
}

// answersUnder returns the keys of answers under a prefix.
func answersUnder(ctx context.Context, output *objects.Store, prefix string) (map[string]bool, error) {
	out := map[string]bool{}
	if prefix == "" {
		return out, nil
	}
	for o, err := range output.List(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		if strings.HasSuffix(o.Key, answerSuffix) {
			out[o.Key] = true
		}
	}
	return out, nil
}

// noted keeps the error of a reader, which the parser takes for the end of its input:
// a connection that breaks is no property of an answer.
type noted struct {
	io.Reader
	err error
}

// Read implements io.Reader.
func (n *noted) Read(p []byte) (int, error) {
	count, err := n.Reader.Read(p)
	if err != nil && err != io.EOF {
		n.err = err
	}
	return count, err
}

// segmentation reads an answer as it comes.
func (h *annotator) segmentation(ctx context.Context, key string, points int64) (*Segmentation, error) {
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
	for _, n := range counts {
		out.Labels += n
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
