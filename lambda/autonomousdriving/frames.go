package autonomousdriving

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/rekognition"

	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/catalog"
	"github.com/fsxns3ap/guardhook/lambda/internal/discovery"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/keys"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
	"github.com/fsxns3ap/guardhook/lambda/internal/regions"
	"github.com/fsxns3ap/guardhook/lambda/internal/telemetry"
	"github.com/fsxns3ap/guardhook/lambda/internal/video"
)

// VideoRecord is what was seen in a video.
type VideoRecord struct {
	Key    string `json:"file_key"`
	ETag   string `json:"etag"`
	Size   int64  `json:"size"` // bytes
	Status Status `json:"status"`
	// Reason says why a video is invalid, or what a decoder is needed for.
	Reason string `json:"reason,omitempty"`
	// Video is nil for a file that is none.
	Video    *video.Video `json:"video,omitempty"`
	Duration int64        `json:"duration_ms"`
	// Asked is how the video was to be looked at.
	Asked Look `json:"asked"`
	// Interval is longer than what was asked for if there were too many frames.
	Interval int64 `json:"interval_ms"`
	// Source is where the frames are from, empty if there are none.
	Source Source  `json:"frame_source,omitempty"`
	Frames []Frame `json:"frames"`

	before map[int64]Frame // that an earlier call has looked at, by their times
}

// Look is how videos are looked at.
type Look struct {
	Interval      int64   `json:"interval_ms"`
	MaxFrames     int     `json:"max_frames"`
	MinConfidence float64 `json:"min_confidence"` // percent
	MaxLabels     int     `json:"max_labels"`     // of a frame
}

// Source is where frames are from.
type Source string

// The sources.
const (
	// FromVideo: the frames are pictures in the file.
	FromVideo Source = "video"
	// FromSidecar: somebody else has decoded the video, and put pictures beside the
	// results: frames/<key of the video>/<milliseconds>.jpg or .png.
	FromSidecar Source = "sidecar"
)

// maxVideoRecord is how long a record is at most, in bytes.
const maxVideoRecord = 16 << 20

type frameReader struct {
	stores
	platform *bootstrap.Platform
	eye      eye
	look     Look
	interval time.Duration
	parallel int
}

func openFrames(p *bootstrap.Platform) (func(context.Context, PartEvent) (discovery.Outcome, error), error) {
	r := p.Settings
	h := &frameReader{
		stores: openStores(p), platform: p, interval: r.Duration("FRAME_INTERVAL", time.Second, 100*time.Millisecond, time.Minute), parallel: r.Int("PARALLEL", 4, 1, 32),
		look: Look{MaxFrames: r.Int("MAX_FRAMES", 300, 1, 3600), MinConfidence: r.Float("MIN_CONFIDENCE", 50, 0, 100), MaxLabels: r.Int("MAX_LABELS", 20, 1, 1000)},
	}
	h.look.Interval = h.interval.Milliseconds()
	away := r.List("SERVICE_REGIONS")
	if err := r.Err(); err != nil {
		return nil, err
	}
	where, err := regions.New(p.AWS, away, "rekognition")
	if err != nil {
		return nil, err
	}
	h.eye = eye{rekognition.NewFromConfig(where.Config("rekognition")), h.look}
	return h.part, nil
}

func (h *frameReader) part(ctx context.Context, e PartEvent) (discovery.Outcome, error) {
	if err := checkPart(videos(), e.Part); err != nil {
		return discovery.Outcome{}, err
	}
	out, results, err := h.each(ctx, e.Part, h.parallel, h.file)
	if err != nil {
		return discovery.Outcome{}, err
	}
	count := map[Status]float64{}
	frames := 0.0
	for _, r := range results {
		count[r.Status]++
		frames += float64(r.Frames)
	}
	return out, h.platform.Metrics.Emit(
		map[string]any{"part": e.Part},
		telemetry.Metric{Name: "VideosLookedAt", Unit: telemetry.Count, Value: count[Success]},
		telemetry.Metric{Name: "VideosNeedDecoder", Unit: telemetry.Count, Value: count[NeedsDecoder]},
		telemetry.Metric{Name: "VideosInvalid", Unit: telemetry.Count, Value: count[Invalid]},
		telemetry.Metric{Name: "FramesLookedAt", Unit: telemetry.Count, Value: frames},
	)
}

// file looks at a video, unless that was done before in the same way.
func (h *frameReader) file(ctx context.Context, o objects.Object) (Result, error) {
	key := keys.Output("detections/", o.Key, ".json")
	var r VideoRecord
	there, err := earlier(ctx, h.output, key, maxVideoRecord, &r)
	if err != nil {
		return Result{}, err
	}
	same := there && r.ETag == o.ETag && r.Size == o.Size && r.Key == o.Key && r.Asked == h.look
	// What waits for a decoder is looked at again: pictures may have come.
	if !same || r.Status != Success {
		var before []Frame
		if same && r.Status == Partial {
			before = r.Frames
		}
		if r, err = h.record(ctx, o, before); err != nil {
			return Result{}, errors.Join(err, h.keep(ctx, key, r, len(before)))
		}
		if err := h.write(ctx, key, r); err != nil {
			return Result{}, err
		}
	}
	out := Result{Status: r.Status, Record: key, Reason: r.Reason}
	for _, f := range r.Frames {
		if f.Problem == "" {
			out.Frames++
		}
	}
	if r.Status == Invalid {
		return out, failure.New(failure.InvalidInput, "%s", r.Reason)
	}
	return out, nil
}

func (h *frameReader) write(ctx context.Context, key string, r VideoRecord) error {
	content, err := json.Marshal(r)
	if err != nil {
		return failure.Wrap(err, "%s", key)
	}
	if len(content) > maxVideoRecord {
		return failure.New(failure.TooLarge, "the record has %d bytes, want at most %d: look at fewer frames or labels", len(content), maxVideoRecord)
	}
	return h.output.Write(ctx, key, "application/json", content, objects.Condition{})
}

// keepTime is how long it may take to keep what was seen: the deadline of the call
// may have passed.
const keepTime = 800 * time.Millisecond

// keep writes what was seen of a video, of which so many frames were known before.
func (h *frameReader) keep(ctx context.Context, key string, r VideoRecord, known int) error {
	if len(r.Frames) <= known {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
	defer cancel()
	r.Status = Partial
	return failure.Wrap(h.write(ctx, key, r), "what was seen is lost")
}

// record looks at the version of a video that was found; another one is a Conflict.
// Frames that were looked at before are not looked at again.
func (h *frameReader) record(ctx context.Context, o objects.Object, before []Frame) (VideoRecord, error) {
	r := VideoRecord{Key: o.Key, ETag: o.ETag, Size: o.Size, Status: Success, Asked: h.look, Interval: h.look.Interval, Frames: []Frame{}, before: map[int64]Frame{}}
	for _, f := range before {
		r.before[f.Time] = f
	}
	if err := h.same(ctx, o); err != nil {
		return r, err
	}
	source := &ranges{ctx: ctx, store: h.input, key: o.Key, etag: o.ETag}
	v, err := video.Probe(source, o.Size)
	if err == nil {
		r.Video, r.Duration = v, v.Duration.Milliseconds()
		err = h.see(ctx, &r, source)
	}
	var damaged *video.Error
	switch {
	case errors.As(err, &damaged):
		r.Status, r.Reason, r.Frames = Invalid, err.Error(), []Frame{}
	case err != nil:
		return r, err
	}
	return r, h.same(ctx, o)
}

func (h *frameReader) same(ctx context.Context, o objects.Object) error {
	now, err := h.input.Stat(ctx, o.Key)
	if err == nil && (now.ETag != o.ETag || now.Size != o.Size) {
		err = failure.New(failure.Conflict, "the file was changed since it was found: the next run finds it again")
	}
	return err
}

// see looks at the frames of a video.
func (h *frameReader) see(ctx context.Context, r *VideoRecord, source io.ReaderAt) error {
	if r.Video.NeedsDecoder == "" {
		if err := h.own(ctx, r, source); err != nil || r.Video.NeedsDecoder == "" {
			return err
		}
	}
	if err := h.sidecar(ctx, r); err != nil {
		return err
	}
	if r.Source == "" {
		r.Status, r.Reason = NeedsDecoder, r.Video.NeedsDecoder
	}
	return nil
}

// own looks at the frames that are in the file.
func (h *frameReader) own(ctx context.Context, r *VideoRecord, source io.ReaderAt) error {
	picked, interval, err := r.Video.Pick(h.interval, h.look.MaxFrames)
	if err != nil {
		return err
	}
	for _, at := range picked {
		f := Frame{Index: at.Index, Time: at.Time.Milliseconds()}
		if known, ok := r.before[f.Time]; ok && known.Index == f.Index {
			f = known
		} else if at.Size > catalog.MaxImage {
			f.Problem = tooLong
		} else {
			content := make([]byte, at.Size)
			if _, err := source.ReadAt(content, at.Offset); err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			picture, width, height, err := video.JPEG(content)
			if err == nil && 2*height == r.Video.Height {
				r.Video.NeedsDecoder, r.Frames = "the frames are interlaced", []Frame{}
				return nil
			}
			f.Width, f.Height = width, height
			if err != nil {
				f.Problem = err.Error()
			} else if err := h.eye.look(ctx, &f, picture); err != nil {
				return failure.Wrap(err, "frame %d", at.Index)
			}
		}
		r.Frames = append(r.Frames, f)
	}
	r.Source, r.Interval = FromVideo, interval.Milliseconds()
	return r.usable()
}

// usable refuses a video of which no frame is one.
func (r *VideoRecord) usable() error {
	for _, f := range r.Frames {
		if f.Problem == "" {
			return nil
		}
	}
	if len(r.Frames) == 0 {
		return &video.Error{Message: "the video has no frames"}
	}
	return &video.Error{Message: "no frame can be looked at; the first one: " + r.Frames[0].Problem}
}

// ranges reads parts of an object for the time of one call, whose context it has.
type ranges struct {
	ctx   context.Context
	store *objects.Store
	key   string
	etag  string
}

// ReadAt implements io.ReaderAt.
func (r *ranges) ReadAt(p []byte, offset int64) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	content, err := r.store.Range(r.ctx, r.key, r.etag, offset, int64(len(p)))
	n := copy(p, content)
	if err == nil && n < len(p) {
		err = io.EOF
	}
	return n, err
}
