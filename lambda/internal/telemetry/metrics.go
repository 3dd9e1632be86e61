package telemetry

import (
	"encoding/json"
	"io"
	"maps"
	"math"
	"regexp"
	"slices"
	"time"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
)

// Namespace is the CloudWatch namespace of all metrics of the use cases.
const Namespace = "FSxN-S3AP-Patterns"

// Unit is a unit of CloudWatch.
type Unit string

// The units that are used.
const (
	Count        Unit = "Count"
	Milliseconds Unit = "Milliseconds"
	Bytes        Unit = "Bytes"
	None         Unit = "None"
)

// Metric is a value at one time.
type Metric struct {
	Name  string
	Unit  Unit
	Value float64
}

// Metrics writes metrics as lines in CloudWatch's embedded metric format:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
// It is for any number of goroutines if its writer is.
type Metrics struct {
	w          io.Writer
	now        func() time.Time
	dimensions map[string]string
}

// NewMetrics returns metrics without dimensions.
func NewMetrics(w io.Writer, now func() time.Time) *Metrics {
	return &Metrics{w: w, now: now}
}

// With returns metrics with one dimension more. A value that could be anything
// (a key, an id) is no dimension: it is a property, because each value of a
// dimension is a metric that costs.
func (m *Metrics) With(name, value string) *Metrics {
	more := maps.Clone(m.dimensions)
	if more == nil {
		more = map[string]string{}
	}
	more[name] = value
	return &Metrics{w: m.w, now: m.now, dimensions: more}
}

// Limits of the format.
const (
	maxMetrics    = 100
	maxDimensions = 30
	maxValue      = 1024 // bytes of a dimension's value
	metricName    = `^[A-Za-z][A-Za-z0-9_]{0,254}$`
)

// Emit writes one line with metrics, and properties that can be searched for in
// the log. What CloudWatch would drop without a word is an error: a name twice, a
// value that is no number, an empty dimension, too many of them.
func (m *Metrics) Emit(properties map[string]any, metrics ...Metric) error {
	line := map[string]any{}
	set := func(name string, value any) error {
		if ok, err := regexp.MatchString(metricName, name); err != nil || !ok {
			return failure.New(failure.Internal, "metrics: %q is no name", name)
		}
		if _, twice := line[name]; twice {
			return failure.New(failure.Internal, "metrics: %s is there twice", name)
		}
		line[name] = value
		return nil
	}
	for name, value := range m.dimensions {
		if value == "" || len(value) > maxValue {
			return failure.New(failure.Internal, "metrics: the dimension %s has %d bytes, want 1 to %d", name, len(value), maxValue)
		}
		if err := set(name, value); err != nil {
			return err
		}
	}
	type entry struct{ Name, Unit string }
	var entries []entry
	for _, metric := range metrics {
		if math.IsNaN(metric.Value) || math.IsInf(metric.Value, 0) {
			return failure.New(failure.Internal, "metrics: %s is no number", metric.Name)
		}
		if err := set(metric.Name, metric.Value); err != nil {
			return err
		}
		entries = append(entries, entry{metric.Name, string(metric.Unit)})
	}
	for name, value := range properties {
		if err := set(name, value); err != nil {
			return err
		}
	}
	if len(metrics) == 0 || len(metrics) > maxMetrics || len(m.dimensions) > maxDimensions {
		return failure.New(failure.Internal, "metrics: %d metrics and %d dimensions, want 1 to %d and at most %d", len(metrics), len(m.dimensions), maxMetrics, maxDimensions)
	}
	names := slices.AppendSeq([]string{}, maps.Keys(m.dimensions))
	slices.Sort(names)
	line["_aws"] = map[string]any{
		"Timestamp":         m.now().UnixMilli(),
		"CloudWatchMetrics": []any{map[string]any{"Namespace": Namespace, "Dimensions": [][]string{names}, "Metrics": entries}},
	}
	text, err := json.Marshal(line)
	if err != nil {
		return failure.New(failure.Internal, "metrics: %w", err)
	}
	_, err = m.w.Write(append(text, '\n'))
	return err
}
