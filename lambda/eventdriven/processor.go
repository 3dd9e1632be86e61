package eventdriven

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fsxns3ap/guardhook/lambda/internal/bedrock"
	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/catalog"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/keys"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
	"github.com/fsxns3ap/guardhook/lambda/internal/regions"
)

// Event is what S3 tells EventBridge of an object:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
type Event struct {
	Time   time.Time `json:"time"`
	Detail struct {
		Bucket struct {
			Name string `json:"name"`
		} `json:"bucket"`
		Object struct {
			Key       string `json:"key"` // as it is, not as in a URL
			ETag      string `json:"etag"`
			Sequencer string `json:"sequencer"`
		} `json:"object"`
	} `json:"detail"`
}

// Outcome is what an event led to.
type Outcome string

// The outcomes besides the statuses of the catalog.
const (
	// Rejected: the object is no picture that can be looked at.
	Rejected Outcome = "REJECTED"
	// Duplicate: the event was processed before.
	Duplicate Outcome = "DUPLICATE"
	// Superseded: the object was changed or deleted since.
	Superseded Outcome = "SUPERSEDED"
)

// Processed is the answer of the processor.
type Processed struct {
	Status Outcome `json:"status"`
	Key    string  `json:"file_key"`
	Output string  `json:"output_key"`
	// EventToProcessing is the time from the event to the start, in milliseconds;
	// 0 if the clocks differ by more. Processing is how long it took.
	EventToProcessing float64 `json:"event_to_processing_ms"`
	Processing        float64 `json:"processing_duration_ms"`
}

// Record is the object that is written about a picture. It depends on the picture
// and the event alone, but for what the model says.
type Record struct {
	Key       string         `json:"file_key"`
	ETag      string         `json:"etag"`
	Sequencer string         `json:"sequencer"`
	EventTime time.Time      `json:"event_time"`
	Status    Outcome        `json:"status"`
	Reason    string         `json:"reason,omitempty"` // of a rejection
	Tags      *catalog.Tags  `json:"tags,omitempty"`
	Entry     *catalog.Entry `json:"catalog_metadata,omitempty"`
}

// processor processes events.
type processor struct {
	platform       *bootstrap.Platform
	source, output *objects.Store
	catalog        *catalog.Catalog
	settings       settings
}

type settings struct {
	source, output string
	prefix         string
	suffixes       []string
	threshold      float64
	model          string
	regions        []string
}

func openProcessor(p *bootstrap.Platform) (func(context.Context, Event) (Processed, error), error) {
	r := p.Settings
	s := settings{
		source: r.Bucket("SOURCE_BUCKET"), output: r.Bucket("OUTPUT_BUCKET"), prefix: r.TextOr("PREFIX_FILTER", ""), suffixes: r.List("SUFFIX_FILTER"),
		threshold: r.Float("CONFIDENCE_THRESHOLD", 70, 0, 100), model: r.TextOr("BEDROCK_MODEL_ID", bedrock.DefaultModel), regions: r.List("SERVICE_REGIONS"),
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	where, err := regions.New(p.AWS, s.regions, "bedrock", "rekognition")
	if err != nil {
		return nil, err
	}
	client := s3.NewFromConfig(p.AWS)
	h := &processor{
		platform: p, settings: s, source: objects.New(client, s.source), output: objects.New(client, s.output),
		catalog: &catalog.Catalog{
			Rekognition: rekognition.NewFromConfig(where.Config("rekognition")), Threshold: s.threshold,
			Model: bedrock.Model{API: bedrockruntime.NewFromConfig(where.Config("bedrock")), ID: s.model},
		},
	}
	return h.process, nil
}

func (p *processor) process(ctx context.Context, e Event) (Processed, error) {
	if err := p.check(e); err != nil {
		return Processed{}, err
	}
	started := p.platform.Now()
	key := e.Detail.Object.Key
	out := Processed{Key: key, Output: keys.Output("catalog/", key, ".json"), EventToProcessing: milliseconds(started.Sub(e.Time))}
	var err error
	out.Status, err = p.once(ctx, e, out.Output)
	out.Processing = milliseconds(p.platform.Now().Sub(started))
	p.platform.Log.InfoContext(ctx, "processed", "key", key, "status", string(out.Status))
	return out, err
}

func milliseconds(d time.Duration) float64 { return max(0, float64(d.Microseconds())/1000) }

// check refuses events that the rule does not let through.
func (p *processor) check(e Event) error {
	o := e.Detail.Object
	switch {
	case o.Key == "" || o.ETag == "" || o.Sequencer == "" || e.Time.IsZero():
		return failure.New(failure.InvalidInput, "event: want time and detail.object with key, etag and sequencer")
	case e.Detail.Bucket.Name != p.settings.source:
		return failure.New(failure.InvalidInput, "event: it is of another bucket than SOURCE_BUCKET")
	case !strings.HasPrefix(o.Key, p.settings.prefix) || !hasSuffix(o.Key, p.settings.suffixes):
		return failure.New(failure.InvalidInput, "event: the key has not the form of PREFIX_FILTER and SUFFIX_FILTER")
	}
	return nil
}

func hasSuffix(key string, suffixes []string) bool {
	for _, suffix := range suffixes {
		if strings.HasSuffix(strings.ToLower(key), strings.ToLower(suffix)) {
			return true
		}
	}
	return len(suffixes) == 0
}

// once processes an event unless its result, or that of a later one, is there.
func (p *processor) once(ctx context.Context, e Event, output string) (Outcome, error) {
	earlier, status, err := p.earlier(ctx, e, output)
	if err != nil || status != "" {
		return status, err
	}
	r, err := p.record(ctx, e)
	if err != nil || r.Status == Superseded {
		return r.Status, err
	}
	// Whoever is first writes; another one looks again whose event is later.
	const tries = 3
	for try := 1; ; try++ {
		err := p.output.WriteJSON(ctx, output, r, earlier)
		if failure.Of(err) != failure.Conflict || try == tries {
			return r.Status, err
		}
		if earlier, status, err = p.earlier(ctx, e, output); err != nil || status != "" {
			return status, err
		}
	}
}

// maxRecord is how long a record is at most, in bytes.
const maxRecord = 1 << 20

// earlier returns the outcome of an event whose result is not needed, otherwise
// the condition for writing it: that nobody else does meanwhile.
func (p *processor) earlier(ctx context.Context, e Event, output string) (objects.Condition, Outcome, error) {
	var r Record
	o, err := p.output.ReadJSON(ctx, output, maxRecord, &r)
	switch {
	case failure.Of(err) == failure.NotFound:
		return objects.Condition{Absent: true}, "", nil
	case err != nil:
		return objects.Condition{}, "", err
	}
	switch order := compare(r.Sequencer, e.Detail.Object.Sequencer); {
	case order == 0:
		return objects.Condition{}, Duplicate, nil
	case order > 0:
		return objects.Condition{}, Superseded, nil
	}
	return objects.Condition{ETag: o.ETag}, "", nil
}

// compare orders the events of a key by their sequencers, which are hexadecimal
// numbers: the shorter one gets zeros at its right. See
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
func compare(a, b string) int {
	length := max(len(a), len(b))
	pad := func(s string) string { return s + strings.Repeat("0", length-len(s)) }
	return cmp.Compare(pad(strings.ToUpper(a)), pad(strings.ToUpper(b)))
}

// record looks at the picture. A picture that cannot be looked at has a record too:
// it would not become better by another attempt.
func (p *processor) record(ctx context.Context, e Event) (Record, error) {
	o := e.Detail.Object
	r := Record{Key: o.Key, ETag: o.ETag, Sequencer: o.Sequencer, EventTime: e.Time}
	picture, _, err := p.source.Read(ctx, o.Key, `"`+strings.Trim(o.ETag, `"`)+`"`, catalog.MaxImage)
	switch failure.Of(err) {
	case failure.Conflict, failure.NotFound:
		r.Status = Superseded
		return r, nil
	case failure.TooLarge:
		return r.rejected(err), nil
	}
	if err != nil {
		return r, err
	}
	var tags catalog.Tags
	err = p.platform.Trace.Do(ctx, "labels", func(ctx context.Context) (err error) {
		tags, err = p.catalog.Tag(ctx, picture)
		return err
	})
	if kind := failure.Of(err); kind == failure.InvalidInput || kind == failure.TooLarge {
		return r.rejected(err), nil
	}
	if err != nil {
		return r, err
	}
	var entry catalog.Entry
	err = p.platform.Trace.Do(ctx, "entry", func(ctx context.Context) (err error) {
		entry, err = p.catalog.Describe(ctx, o.Key, tags.Labels)
		return err
	})
	r.Status, r.Tags, r.Entry = Outcome(tags.Status), &tags, &entry
	return r, err
}

func (r Record) rejected(err error) Record {
	r.Status, r.Reason = Rejected, err.Error()
	return r
}
