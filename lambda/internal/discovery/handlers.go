package discovery

import (
	"context"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
	"github.com/fsxns3ap/guardhook/lambda/internal/telemetry"
)

// Defaults are what a use case looks for where no setting says otherwise.
type Defaults struct {
	// Name is that of the checkpoint.
	Name     string
	Suffixes []string
	// PartObjects is how many objects one call of the use case can process.
	PartObjects int
	// PartBytes is how many bytes of objects one call can process, 0 for any number.
	PartBytes int64
}

// FinderFromSettings returns the finder of a function. S3_ACCESS_POINT and
// OUTPUT_BUCKET have to be set; PREFIX_FILTER, SUFFIX_FILTER, PART_OBJECTS and
// SETTLE (as "90s") may be.
func FinderFromSettings(p *bootstrap.Platform, d Defaults) (*Finder, error) {
	r := p.Settings
	input, output := r.Bucket("S3_ACCESS_POINT"), r.Bucket("OUTPUT_BUCKET")
	f := &Finder{
		Name: d.Name, Prefix: r.TextOr("PREFIX_FILTER", ""), Suffixes: r.List("SUFFIX_FILTER"), Now: p.Now,
		PartObjects: r.Int("PART_OBJECTS", d.PartObjects, 1, MaxPartObjects), PartBytes: d.PartBytes, Settle: r.Duration("SETTLE", time.Minute, 0, 24*time.Hour),
	}
	if len(f.Suffixes) == 0 {
		f.Suffixes = d.Suffixes
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	if input == output {
		return nil, failure.New(failure.Configuration, "environment: OUTPUT_BUCKET: is S3_ACCESS_POINT: what is written would be found")
	}
	client := s3.NewFromConfig(p.AWS)
	f.Input, f.Output = objects.New(client, input), objects.New(client, output)
	return f, nil
}

// FindEvent is the event of the function that finds. Run is the name of the
// execution, $$.Execution.Name.
type FindEvent struct {
	Run string `json:"run"`
}

// OpenFind returns the first function of a workflow, whose answer is a Result.
func OpenFind(d Defaults) bootstrap.Open {
	return bootstrap.Handle(func(p *bootstrap.Platform) (func(context.Context, FindEvent) (Result, error), error) {
		f, err := FinderFromSettings(p, d)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, e FindEvent) (Result, error) {
			r, err := f.Find(ctx, e.Run)
			if err != nil {
				return Result{}, err
			}
			return r, p.Metrics.Emit(
				map[string]any{"run": r.Run, "more": r.More},
				telemetry.Metric{Name: "ObjectsListed", Unit: telemetry.Count, Value: float64(r.Listed)},
				telemetry.Metric{Name: "ObjectsFound", Unit: telemetry.Count, Value: float64(r.Objects)},
			)
		}, nil
	})
}

// CommitEvent is the event of the function that commits: the outcomes of all parts
// of a run. A part whose call failed has the error that the workflow has caught.
type CommitEvent struct {
	Run      string `json:"run"`
	Outcomes []struct {
		Outcome
		Error *struct{} `json:"error"`
	} `json:"outcomes"`
}

// Committed is a run that was committed.
type Committed struct {
	Run       string `json:"run"`
	Processed int    `json:"processed"`
	Failed    int    `json:"failed"` // objects that cannot be processed as they are
	// PartsFailed are those whose objects the next run finds again.
	PartsFailed int `json:"parts_failed"`
}

// OpenCommit returns the last function of a workflow. What cannot be processed as
// it is counts as done, until it changes; what is in a part that failed does not.
func OpenCommit(d Defaults) bootstrap.Open {
	return bootstrap.Handle(func(p *bootstrap.Platform) (func(context.Context, CommitEvent) (Committed, error), error) {
		f, err := FinderFromSettings(p, d)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, e CommitEvent) (Committed, error) {
			c, err := f.finish(ctx, e)
			if err != nil {
				return Committed{}, err
			}
			return c, p.Metrics.Emit(
				map[string]any{"run": c.Run},
				telemetry.Metric{Name: "ObjectsProcessed", Unit: telemetry.Count, Value: float64(c.Processed)},
				telemetry.Metric{Name: "ObjectsFailed", Unit: telemetry.Count, Value: float64(c.Failed)},
				telemetry.Metric{Name: "PartsFailed", Unit: telemetry.Count, Value: float64(c.PartsFailed)},
			)
		}, nil
	})
}

func (f *Finder) finish(ctx context.Context, e CommitEvent) (Committed, error) {
	c := Committed{Run: e.Run}
	failed := map[string]bool{}
	for _, o := range e.Outcomes {
		c.Processed += o.Processed
		c.Failed += o.Failed
		if o.Error == nil {
			continue
		}
		c.PartsFailed++
		part, err := ReadPart(ctx, f.Output, o.Part)
		if err != nil {
			return c, err
		}
		for _, object := range part {
			failed[object.Key] = true
		}
	}
	return c, f.Commit(ctx, e.Run, maps.Keys(failed))
}
