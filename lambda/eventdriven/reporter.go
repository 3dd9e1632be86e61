package eventdriven

import (
	"context"
	"time"

	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/telemetry"
)

// Finished is what the workflow tells the reporter: what the processor answered,
// or the error that the workflow has caught.
type Finished struct {
	Time       time.Time  `json:"time"` // of the event
	Processing *Processed `json:"processing"`
	Error      *struct {
		Error string `json:"Error"`
	} `json:"error"`
}

// Report is what the reporter measured, in milliseconds.
type Report struct {
	Status            string   `json:"status"`
	EndToEnd          float64  `json:"end_to_end_duration_ms"`
	EventToProcessing *float64 `json:"event_to_processing_latency_ms,omitempty"`
	Processing        *float64 `json:"processing_duration_ms,omitempty"`
}

// failed is the status of an event that was not processed.
const failed = "FAILED"

func openReporter(p *bootstrap.Platform) (func(context.Context, Finished) (Report, error), error) {
	metrics := p.Metrics.With("TriggerMode", "event-driven")
	return func(ctx context.Context, f Finished) (Report, error) {
		if f.Time.IsZero() || (f.Processing == nil) == (f.Error == nil) {
			return Report{}, failure.New(failure.InvalidInput, "event: want time, and either processing or error")
		}
		r := Report{EndToEnd: milliseconds(p.Now().Sub(f.Time))}
		values := []telemetry.Metric{{Name: "EndToEndDuration", Unit: telemetry.Milliseconds, Value: r.EndToEnd}}
		properties := map[string]any{}
		if f.Error != nil {
			r.Status, properties["errorType"] = failed, f.Error.Error
		} else {
			r.Status, r.EventToProcessing, r.Processing = string(f.Processing.Status), &f.Processing.EventToProcessing, &f.Processing.Processing
			properties["key"] = f.Processing.Key
			values = append(values,
				telemetry.Metric{Name: "EventToProcessingLatency", Unit: telemetry.Milliseconds, Value: *r.EventToProcessing},
				telemetry.Metric{Name: "PictureProcessingDuration", Unit: telemetry.Milliseconds, Value: *r.Processing},
			)
		}
		values = append(values, telemetry.Metric{Name: "Events", Unit: telemetry.Count, Value: 1})
		return r, metrics.With("Status", r.Status).Emit(properties, values...)
	}, nil
}
