package autonomousdriving

import (
	"context"
	"errors"

	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/discovery"
	"github.com/fsxns3ap/guardhook/lambda/internal/keys"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
	"github.com/fsxns3ap/guardhook/lambda/internal/pointcloud"
	"github.com/fsxns3ap/guardhook/lambda/internal/telemetry"
)

// CloudRecord is the report of the quality of a point cloud. It depends on the
// cloud alone.
type CloudRecord struct {
	Key    string `json:"file_key"`
	ETag   string `json:"etag"`
	Size   int64  `json:"size"` // bytes
	Checks int    `json:"checks"`
	Status Status `json:"status"`
	// Reasons say why the cloud did not pass.
	Reasons []string            `json:"failure_reasons,omitempty"`
	Metrics *pointcloud.Metrics `json:"metrics,omitempty"`
}

const (
	// checks is the version of the checks: a record of another one is made again.
	checks = 1
	// maxCloudRecord is how long a record is at most, in bytes: 4,096 names of fields.
	maxCloudRecord = 1 << 20
)

type cloudReader struct {
	stores
	platform *bootstrap.Platform
	parallel int
}

func openPointClouds(p *bootstrap.Platform) (func(context.Context, PartEvent) (discovery.Outcome, error), error) {
	h := &cloudReader{stores: openStores(p), platform: p, parallel: p.Settings.Int("PARALLEL", 2, 1, 32)}
	return h.part, p.Settings.Err()
}

func (h *cloudReader) part(ctx context.Context, e PartEvent) (discovery.Outcome, error) {
	if err := checkPart(clouds(), e.Part); err != nil {
		return discovery.Outcome{}, err
	}
	out, results, err := h.each(ctx, e.Part, h.parallel, h.cloud)
	if err != nil {
		return discovery.Outcome{}, err
	}
	count := map[Status]float64{}
	points := 0.0
	for _, r := range results {
		count[r.Status]++
		points += float64(r.Points)
	}
	return out, h.platform.Metrics.Emit(
		map[string]any{"part": e.Part},
		telemetry.Metric{Name: "CloudsPassed", Unit: telemetry.Count, Value: count[Pass]},
		telemetry.Metric{Name: "CloudsFailed", Unit: telemetry.Count, Value: count[Fail]},
		telemetry.Metric{Name: "CloudsUnsupported", Unit: telemetry.Count, Value: count[Unsupported]},
		telemetry.Metric{Name: "PointsMeasured", Unit: telemetry.Count, Value: points},
	)
}

// cloud measures a cloud, unless there is a report of it.
func (h *cloudReader) cloud(ctx context.Context, o objects.Object) (Result, error) {
	key := keys.Output("qc/", o.Key, ".json")
	var r CloudRecord
	there, err := earlier(ctx, h.output, key, maxCloudRecord, &r)
	if err != nil {
		return Result{}, err
	}
	if !there || r.ETag != o.ETag || r.Size != o.Size || r.Key != o.Key || r.Checks != checks {
		if r, err = h.measure(ctx, o); err != nil {
			return Result{}, err
		}
		if err := h.output.WriteJSON(ctx, key, r, objects.Condition{}); err != nil {
			return Result{}, err
		}
	}
	out := Result{Status: r.Status, Record: key}
	if len(r.Reasons) > 0 {
		out.Reason = r.Reasons[0]
	}
	if r.Metrics != nil {
		out.Points = r.Metrics.Points
	}
	return out, nil
}

// measure reads the cloud once, as it comes.
func (h *cloudReader) measure(ctx context.Context, o objects.Object) (CloudRecord, error) {
	r := CloudRecord{Key: o.Key, ETag: o.ETag, Size: o.Size, Checks: checks, Status: Pass}
	content, _, err := h.input.Open(ctx, o.Key, o.ETag)
	if err != nil {
		return r, err
	}
	defer func() { _ = content.Close() }()
	r.Metrics, err = pointcloud.Measure(ctx, content)
	var refused *pointcloud.Error
	switch {
	case errors.Is(err, pointcloud.ErrUnsupported):
		r.Status, r.Reasons = Unsupported, []string{err.Error()}
	case errors.As(err, &refused):
		r.Status, r.Reasons = Fail, []string{err.Error()}
	case err != nil:
		return r, err
	default:
		if r.Reasons = r.Metrics.Failures(); len(r.Reasons) > 0 {
			r.Status = Fail
		}
	}
	return r, nil
}
