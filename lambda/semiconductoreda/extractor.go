package semiconductoreda

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/discovery"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii/layout"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
	"github.com/fsxns3ap/guardhook/lambda/internal/telemetry"
)

// PartEvent is the event of the function that reads the files of a part.
type PartEvent struct {
	Run
	Part string `json:"part"`
}

// extractor makes the records of a part.
type extractor struct {
	platform      *bootstrap.Platform
	input, output *objects.Store
	limits        layout.Limits
	parallel      int
}

func openExtractor(p *bootstrap.Platform) (func(context.Context, PartEvent) (discovery.Outcome, error), error) {
	r := p.Settings
	input, output := r.Bucket("S3_ACCESS_POINT"), r.Bucket("OUTPUT_BUCKET")
	x := &extractor{
		platform: p, parallel: r.Int("PARALLEL_FILES", 2, 1, 16),
		limits: layout.Limits{Bytes: int64(r.Int("MAX_FILE_GIB", 16, 1, 1024)) << 30, Memory: int64(r.Int("MAX_HIERARCHY_MIB", 16, 1, 4096)) << 20},
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	client := s3.NewFromConfig(p.AWS, func(o *s3.Options) {
		o.DisableLogOutputChecksumValidationSkipped = true // ranges have no checksum: a line for each of them
	})
	x.input, x.output = objects.New(client, input), objects.New(client, output)
	return x.extract, nil
}

// extract reads the files of a part and writes their records, as lines, to one
// object. A call that fails keeps what it has for the next attempt.
func (x *extractor) extract(ctx context.Context, e PartEvent) (discovery.Outcome, error) {
	if err := e.check(); err != nil {
		return discovery.Outcome{}, err
	}
	before, err := x.kept(ctx, e)
	if err != nil {
		return discovery.Outcome{}, err
	}
	work := &working{slow: before.Slow}
	outcome, err := discovery.Each(ctx, x.output, e.Part, x.parallel, func(ctx context.Context, o objects.Object) error {
		r, ok := before.of(o)
		if !ok {
			first := work.begin() <= x.parallel
			var err error
			if r, err = x.record(ctx, e.Run, o); err != nil {
				if first && ctx.Err() == context.DeadlineExceeded && work.tooSlow(o.Key) {
					work.add(newRecord(o, e.Run).refused(TooLarge, "reading it takes longer than a call has: a function with more memory reads faster"))
				}
				return err
			}
		}
		work.add(r)
		return r.failure()
	})
	if err == nil {
		err = x.write(ctx, e, work.sorted())
	}
	if err != nil {
		x.keep(ctx, e, before, work)
		return discovery.Outcome{}, err
	}
	return outcome, x.tell(e, work.list)
}

// check refuses a part that is none of this use case.
func (e PartEvent) check() error {
	if err := e.Run.check(); err != nil {
		return err
	}
	if !strings.HasPrefix(e.Part, manifests) || strings.Contains(e.Part, "..") {
		return failure.New(failure.InvalidInput, "event: part: want a key below %s", manifests)
	}
	return nil
}

const manifests = "manifests/" + Name + "/"

// record reads a file. A file that may not be read has a record, too.
func (x *extractor) record(ctx context.Context, run Run, o objects.Object) (Record, error) {
	f := &file{ctx: ctx, store: x.input, object: o}
	var r Record
	err := x.platform.Trace.Do(ctx, "file", func(ctx context.Context) (err error) {
		if r, err = read(ctx, o, f, x.limits, run); err != nil {
			return err
		}
		return f.unchanged()
	})
	if failure.Of(err) == failure.AccessDenied {
		x.platform.Log.WarnContext(ctx, "a file may not be read", "key", o.Key)
		return r.refused(Denied, "the access point or the file system does not let it be read"), nil
	}
	return r, err
}

// write writes the records, unless no file of the part may be read: that is a
// failure of the function's permissions, and not of files.
func (x *extractor) write(ctx context.Context, e PartEvent, list []Record) error {
	if len(list) > 0 && !slices.ContainsFunc(list, func(r Record) bool { return r.Status != Denied }) {
		return failure.New(failure.AccessDenied, "%s: none of its files may be read: the role needs s3:GetObject at the access point, and the user of the access point the right to read", e.Part)
	}
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	encoder.SetEscapeHTML(false)
	for _, r := range list {
		if err := encoder.Encode(r); err != nil {
			return failure.Wrap(err, "%s", r.Key)
		}
	}
	return x.output.Write(ctx, e.recordsKey(e.Part), "application/x-ndjson", lines.Bytes(), objects.Condition{})
}

// progressKey is where a call that fails leaves its records.
func (e PartEvent) progressKey() string {
	return "progress/" + strings.TrimPrefix(e.Part, "manifests/")
}

// Limits of what a call keeps.
const (
	maxProgress = 16 << 20 // bytes
	keepTime    = 5 * time.Second
)

// progress is what a call that fails leaves to the next attempt.
type progress struct {
	Records []Record `json:"records"`
	// Slow is how many calls had hardly more to do than to read a file, and did not
	// come to its end, by its key.
	Slow map[string]int `json:"slow"`
}

// of returns the record of a version of a file.
func (p *progress) of(o objects.Object) (Record, bool) {
	i, ok := slices.BinarySearchFunc(p.Records, o.Key, func(r Record, key string) int { return cmp.Compare(r.Key, key) })
	if !ok || p.Records[i].ETag != o.ETag || p.Records[i].Size != o.Size {
		return Record{}, false
	}
	return p.Records[i], true
}

// kept returns what an earlier attempt has left.
func (x *extractor) kept(ctx context.Context, e PartEvent) (*progress, error) {
	p := &progress{}
	if _, err := x.output.ReadJSON(ctx, e.progressKey(), maxProgress, p); err != nil && failure.Of(err) != failure.NotFound {
		return nil, err
	}
	if p.Slow == nil {
		p.Slow = map[string]int{}
	}
	return p, nil
}

// keep is a courtesy to the next attempt, also after the deadline of the call: that
// it fails changes nothing.
func (x *extractor) keep(ctx context.Context, e PartEvent, before *progress, work *working) {
	for _, r := range before.Records { // those that the call did not come to
		if !work.has(r.Key) {
			work.add(r)
		}
	}
	p := progress{Records: slices.DeleteFunc(work.sorted(), func(r Record) bool { return r.Status == Denied }), Slow: work.slow}
	if len(p.Records) == 0 && len(p.Slow) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
	defer cancel()
	if err := x.output.WriteJSON(ctx, e.progressKey(), p, objects.Condition{}); err != nil {
		x.platform.Log.WarnContext(ctx, "progress is lost", "errorType", string(failure.Of(err)))
	}
}

func (x *extractor) tell(e PartEvent, list []Record) error {
	counts := map[Status]float64{}
	bytes := 0.0
	for _, r := range list {
		counts[r.Status]++
		bytes += float64(r.Size)
	}
	return x.platform.Metrics.Emit(
		map[string]any{"run": e.Name, "part": e.Part},
		telemetry.Metric{Name: "FilesValid", Unit: telemetry.Count, Value: counts[Valid]},
		telemetry.Metric{Name: "FilesInvalid", Unit: telemetry.Count, Value: counts[Invalid]},
		telemetry.Metric{Name: "FilesNotJudged", Unit: telemetry.Count, Value: counts[TooLarge] + counts[Denied]},
		telemetry.Metric{Name: "FileBytes", Unit: telemetry.Bytes, Value: bytes},
	)
}

// working is a call: what several goroutines have done.
type working struct {
	mu    sync.Mutex
	list  []Record
	begun int
	slow  map[string]int
}

// begin returns how many files the call has begun to read.
func (w *working) begin() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begun++
	return w.begun
}

// maxSlow is how many calls try to read a file: what was slow may be the way to it.
const maxSlow = 3

// tooSlow counts a call that has not come to the end of a file, and says whether no
// other one tries.
func (w *working) tooSlow(key string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.slow[key]++
	return w.slow[key] >= maxSlow
}

func (w *working) add(r Record) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, r)
}

func (w *working) has(key string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.list, func(r Record) bool { return r.Key == key })
}

// sorted returns the records by key: the same records are the same bytes.
func (w *working) sorted() []Record {
	w.mu.Lock()
	defer w.mu.Unlock()
	slices.SortFunc(w.list, func(a, b Record) int { return cmp.Compare(a.Key, b.Key) })
	return w.list
}
