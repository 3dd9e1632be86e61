package autonomousdriving

import (
	"context"
	"encoding/json"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/discovery"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
	"github.com/fsxns3ap/guardhook/lambda/internal/route"
)

// GatherEvent is what became of the parts of a source in a run.
type GatherEvent struct {
	Run      string        `json:"run"`
	Outcomes []PartOutcome `json:"outcomes"`
}

// PartOutcome is what became of a part: its outcome, or the name of the error that
// the workflow has caught.
type PartOutcome struct {
	discovery.Outcome
	Error *struct {
		Error string `json:"Error"`
	} `json:"error,omitempty"`
}

// indexKey is the key of the outcomes of a run, which what comes later reads: the
// state of the workflow does not have them.
func indexKey(source discovery.Defaults, run string) string {
	return "runs/" + run + "/" + source.Name + ".json"
}

// maxIndex is how long an index is at most, in bytes.
const maxIndex = discovery.MaxParts * 1024

// writeIndex checks the outcomes and keeps them.
func writeIndex(ctx context.Context, output *objects.Store, source discovery.Defaults, e GatherEvent) (counted, error) {
	c := counted{}
	if err := checkRun(e.Run); err != nil {
		return c, err
	}
	if len(e.Outcomes) > discovery.MaxParts {
		return c, failure.New(failure.InvalidInput, "event: %d outcomes, want at most %d", len(e.Outcomes), discovery.MaxParts)
	}
	for i := range e.Outcomes {
		o := &e.Outcomes[i]
		if !strings.HasPrefix(o.Part, "manifests/"+source.Name+"/"+e.Run+"/") {
			return c, failure.New(failure.InvalidInput, "event: outcome %d: part: want a key that begins with manifests/%s/ and the run", i, source.Name)
		}
		c.Failed += o.Failed
		c.Processed += o.Processed
		if o.Error != nil {
			c.PartsFailed++
		}
	}
	if e.Outcomes == nil {
		e.Outcomes = []PartOutcome{}
	}
	return c, output.WriteJSON(ctx, indexKey(source, e.Run), e.Outcomes, objects.Condition{})
}

type counted struct{ Processed, Failed, PartsFailed int }

// index is what became of the parts of a source.
type index struct {
	output *objects.Store
	parts  []PartOutcome
}

func readIndex(ctx context.Context, output *objects.Store, source discovery.Defaults, run string) (index, error) {
	i := index{output: output}
	if err := checkRun(run); err != nil {
		return i, err
	}
	_, err := output.ReadJSON(ctx, indexKey(source, run), maxIndex, &i.parts)
	return i, err
}

// each calls visit for the result of each file, in the order of parts and keys. It
// holds the results of one part.
func (i index) each(ctx context.Context, visit func(Result) error) error {
	return i.eachPart(ctx, func(results []Result) error {
		for _, r := range results {
			if err := visit(r); err != nil {
				return err
			}
		}
		return nil
	})
}

// eachPart calls visit for the results of each part that did not fail.
func (i index) eachPart(ctx context.Context, visit func([]Result) error) error {
	for _, part := range i.parts {
		if part.Error != nil {
			continue
		}
		results, err := readResults(ctx, i.output, part.Part)
		if err != nil {
			return err
		}
		if err := visit(results); err != nil {
			return err
		}
	}
	return nil
}

// Videos is what became of the videos of a run.
type Videos struct {
	Run          string `json:"run"`
	Videos       int    `json:"videos"` // in parts that did not fail
	Succeeded    int    `json:"succeeded"`
	NeedsDecoder int    `json:"needs_decoder"`
	Invalid      int    `json:"invalid"`
	Frames       int    `json:"frames"` // that were looked at
	// Failed are videos that are invalid, gone, or were changed meanwhile.
	Failed      int `json:"failed"`
	PartsFailed int `json:"parts_failed"`
}

func openGatherVideos(p *bootstrap.Platform) (func(context.Context, GatherEvent) (Videos, error), error) {
	output := objects.New(s3.NewFromConfig(p.AWS), p.Settings.Bucket("OUTPUT_BUCKET"))
	return func(ctx context.Context, e GatherEvent) (Videos, error) {
		c, err := writeIndex(ctx, output, videos(), e)
		if err != nil {
			return Videos{}, err
		}
		out := Videos{Run: e.Run, Videos: c.Processed + c.Failed, Failed: c.Failed, PartsFailed: c.PartsFailed}
		return out, index{output, e.Outcomes}.each(ctx, func(r Result) error {
			switch r.Status {
			case Success:
				out.Succeeded++
			case NeedsDecoder:
				out.NeedsDecoder++
			case Invalid:
				out.Invalid++
			}
			out.Frames += r.Frames
			return nil
		})
	}, p.Settings.Err()
}

// Selected is what became of the point clouds of a run, and the input of the model:
// the clouds that passed.
type Selected struct {
	Run           string `json:"run"`
	Clouds        int    `json:"clouds"` // in parts that did not fail
	Passed        int    `json:"passed"`
	QualityFailed int    `json:"quality_failed"`
	Unsupported   int    `json:"unsupported"`
	// TooLarge are clouds that passed, and that no call of a model takes.
	TooLarge int `json:"too_large"`
	// Failed are clouds that are gone, or were changed meanwhile.
	Failed      int `json:"failed"`
	PartsFailed int `json:"parts_failed"`

	// Input chooses the path. FileCount is the number of clouds of the list, and
	// MaxBytes is the size of the largest.
	route.Input

	Points int64 `json:"points"`
	Bytes  int64 `json:"bytes"`
	// List is the key of the clouds that passed and are not too large, a list of Cloud.
	List string `json:"clouds_key"`
	// Manifest is the URI of the same clouds as SageMaker reads them, empty if there
	// are none: a job without input fails.
	Manifest string `json:"manifest_uri"`
}

// Cloud is a point cloud that passed.
type Cloud struct {
	Key    string `json:"key"`
	Size   int64  `json:"size"` // bytes
	ETag   string `json:"etag"`
	Points int64  `json:"points"`
	Report string `json:"qc"` // the key of its record
}

// listKey is the key of the list of clouds of a run.
func listKey(run string) string { return "runs/" + run + "/clouds.json" }

type selector struct {
	output        *objects.Store
	bucket        string // of the output
	source        string // of the clouds
	inferenceType string
	threshold     int
}

func openSelectClouds(p *bootstrap.Platform) (func(context.Context, GatherEvent) (Selected, error), error) {
	r := p.Settings
	h := &selector{
		source: r.Bucket("S3_ACCESS_POINT"), bucket: r.Bucket("OUTPUT_BUCKET"),
		inferenceType: r.Choice("INFERENCE_TYPE", route.None, route.Provisioned, route.Serverless, route.Components), threshold: r.Int("BATCH_THRESHOLD", 10, 1, 10_000),
	}
	h.output = objects.New(s3.NewFromConfig(p.AWS), h.bucket)
	return h.choose, r.Err()
}

func (h *selector) choose(ctx context.Context, e GatherEvent) (Selected, error) {
	c, err := writeIndex(ctx, h.output, clouds(), e)
	if err != nil {
		return Selected{}, err
	}
	out := Selected{
		Run: e.Run, Clouds: c.Processed + c.Failed, Failed: c.Failed, PartsFailed: c.PartsFailed, List: listKey(e.Run),
		Input: route.Input{InferenceType: h.inferenceType, BatchThreshold: int64(h.threshold)},
	}
	i := index{h.output, e.Outcomes}
	if err := h.list(ctx, out.List, i, nil, func(r Result) any {
		switch r.Status {
		case Fail:
			out.QualityFailed++
		case Unsupported:
			out.Unsupported++
		}
		if r.Status == Pass {
			out.Passed++
		}
		if tooLarge(r) {
			out.TooLarge++
		}
		if !asked(r) {
			return nil
		}
		out.FileCount++
		out.Points, out.Bytes, out.MaxBytes = out.Points+r.Points, out.Bytes+r.Size, max(out.MaxBytes, r.Size)
		return Cloud{Key: r.Key, Size: r.Size, ETag: r.ETag, Points: r.Points, Report: r.Record}
	}); err != nil {
		return Selected{}, err
	}
	if out.FileCount == 0 {
		return out, nil
	}
	// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TransformS3DataSource.html
	key := "runs/" + e.Run + "/model-input.manifest"
	out.Manifest = "s3://" + h.bucket + "/" + key
	prefix := map[string]string{"prefix": "s3://" + h.source + "/"}
	return out, h.list(ctx, key, i, prefix, func(r Result) any {
		if !asked(r) {
			return nil
		}
		return r.Key
	})
}

// asked says whether the model is asked for a cloud.
func asked(r Result) bool { return r.Status == Pass && !tooLarge(r) }

// tooLarge says whether a cloud passed that would fail the job which it is in.
func tooLarge(r Result) bool { return r.Status == Pass && r.Size > route.MaxJobPayload }

// list writes a list of what take makes of the results, nil being left out, behind a
// first element if there is one.
func (h *selector) list(ctx context.Context, key string, i index, first any, take func(Result) any) error {
	return upload(ctx, h.output, key, "application/json", func(w io.Writer) error {
		l := &list{w: w}
		if first != nil {
			if err := l.add(first); err != nil {
				return err
			}
		}
		if err := i.each(ctx, func(r Result) error {
			if value := take(r); value != nil {
				return l.add(value)
			}
			return nil
		}); err != nil {
			return err
		}
		return l.end()
	})
}

// list is a list of JSON that is written as it is made, an element a line.
type list struct {
	w     io.Writer
	count int
}

func (l *list) add(value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return failure.Wrap(err, "element %d", l.count)
	}
	before := ",\n"
	if l.count == 0 {
		before = "[\n"
	}
	l.count++
	_, err = l.w.Write(append([]byte(before), text...))
	return err
}

func (l *list) end() error {
	text := "\n]"
	if l.count == 0 {
		text = "[]"
	}
	_, err := io.WriteString(l.w, text)
	return err
}
