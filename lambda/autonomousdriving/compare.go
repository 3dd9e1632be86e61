package autonomousdriving

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/telemetry"
)

// unknownVariant is the variant of a call that does not tell it.
const unknownVariant = "unknown"

// variantOf returns the variant in the ARN of a log stream of an endpoint, whose
// name is "<variant>/<instance>...".
func variantOf(stream string) string {
	_, name, _ := strings.Cut(stream, ":log-stream:")
	variant, _, _ := strings.Cut(name, "/")
	if variant == "" {
		return unknownVariant
	}
	return variant
}

// result is one call of an A/B test.
type result struct {
	Variant  string
	Latency  time.Duration
	Failed   bool
	Run, Key string
}

// results is the table of an A/B test: results under the name of the endpoint,
// summaries under that name and "#summary". The sort key begins with a time of
// fixed length, so that its order is that of time.
type results struct {
	api   *dynamodb.Client
	table string
	test  string
	keep  time.Duration
	now   func() time.Time
}

func openResults(p *bootstrap.Platform, table, endpoint string) *results {
	return &results{
		api: dynamodb.NewFromConfig(p.AWS), table: table, test: endpoint, now: p.Now,
		keep: time.Duration(p.Settings.Int("RESULT_TTL_DAYS", 30, 1, 3650)) * 24 * time.Hour,
	}
}

// stamp is the beginning of a sort key.
func stamp(at time.Time) string { return fmt.Sprintf("%015d", at.UnixMilli()) }

// add stores a result. Two calls at the same time differ by run and cloud, and so
// by their keys.
func (s *results) add(ctx context.Context, r result) error {
	now := s.now()
	sum := sha256.Sum256([]byte(r.Run + "\n" + r.Key))
	return s.put(ctx, s.test, stamp(now)+"#"+hex.EncodeToString(sum[:16]), map[string]types.AttributeValue{
		"variant_name": &types.AttributeValueMemberS{Value: r.Variant},
		"latency_ms":   number(float64(r.Latency.Microseconds()) / 1000),
		"is_error":     &types.AttributeValueMemberBOOL{Value: r.Failed},
		"run":          &types.AttributeValueMemberS{Value: r.Run},
		"file_key":     &types.AttributeValueMemberS{Value: r.Key},
	}, nil)
}

// put stores an item. It is a Conflict if a condition, which may be nil, does not hold.
func (s *results) put(ctx context.Context, test, sort string, item map[string]types.AttributeValue, condition *string) error {
	item["test_id"], item["sort_key"] = &types.AttributeValueMemberS{Value: test}, &types.AttributeValueMemberS{Value: sort}
	item["ttl"] = number(float64(s.now().Add(s.keep).Unix()))
	_, err := s.api.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: item, ConditionExpression: condition})
	return failure.Wrap(err, "result of %s", test)
}

func number(v float64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatFloat(v, 'f', -1, 64)}
}

// CompareEvent is what the schedule says: the time for which it ran, which stays the
// same when it tries again.
type CompareEvent struct {
	Time time.Time `json:"time"`
}

// Variant is what a variant did in a window.
type Variant struct {
	Requests  int     `json:"request_count"`
	Errors    int     `json:"error_count"`
	ErrorRate float64 `json:"error_rate"`
	// AvgLatency and MaxLatency are of all calls, in milliseconds.
	AvgLatency float64 `json:"avg_latency_ms"`
	MaxLatency float64 `json:"max_latency_ms"`

	total float64
}

// Comparison is a window of an A/B test: from Start on, and before End.
type Comparison struct {
	Test     string              `json:"test_id"`
	Start    time.Time           `json:"window_start"`
	End      time.Time           `json:"window_end"`
	Variants map[string]*Variant `json:"variant_metrics"`
}

type compare struct {
	platform *bootstrap.Platform
	results  *results
	window   time.Duration
}

// late is how long after the end of a window its last results may come.
const late = time.Minute

func openCompare(p *bootstrap.Platform) (func(context.Context, CompareEvent) (Comparison, error), error) {
	r := p.Settings
	c := &compare{
		platform: p, results: openResults(p, r.Text("AB_TEST_TABLE"), r.Text("ENDPOINT_NAME")),
		window: r.Duration("WINDOW", 5*time.Minute, time.Minute, time.Hour),
	}
	return c.compare, r.Err()
}

// bounds returns the last whole window that ended a minute before a time. Windows
// follow each other without gap or overlap, whenever the schedule began.
func bounds(at time.Time, window time.Duration) (start, end time.Time) {
	end = at.UTC().Add(-late).Truncate(window)
	return end.Add(-window), end
}

// compare sums up a window. To do it again changes nothing, and tells no metrics again.
func (c *compare) compare(ctx context.Context, e CompareEvent) (Comparison, error) {
	if e.Time.IsZero() {
		return Comparison{}, failure.New(failure.InvalidInput, "event: want time")
	}
	start, end := bounds(e.Time, c.window)
	out := Comparison{Test: c.results.test, Start: start, End: end, Variants: map[string]*Variant{}}
	if err := c.read(ctx, &out); err != nil || len(out.Variants) == 0 {
		return out, err
	}
	names, summary := slices.Sorted(maps.Keys(out.Variants)), map[string]types.AttributeValue{}
	for _, name := range names {
		v := out.Variants[name]
		v.AvgLatency, v.ErrorRate = round(v.total/float64(v.Requests), 2), round(float64(v.Errors)/float64(v.Requests), 4)
		summary[name] = &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{
			"request_count": number(float64(v.Requests)), "error_count": number(float64(v.Errors)), "error_rate": number(v.ErrorRate),
			"avg_latency_ms": number(v.AvgLatency), "max_latency_ms": number(v.MaxLatency),
		}}
	}
	err := c.results.put(ctx, out.Test+"#summary", stamp(start), map[string]types.AttributeValue{
		"variant_metrics": &types.AttributeValueMemberM{Value: summary}, "window_seconds": number(c.window.Seconds()),
	}, aws.String("attribute_not_exists(test_id)"))
	if failure.Of(err) == failure.Conflict {
		return out, nil // told before
	}
	if err != nil {
		return out, err
	}
	for _, name := range names {
		v := out.Variants[name]
		if err := c.platform.Metrics.With("VariantName", name).Emit(
			map[string]any{"endpoint": out.Test, "windowStart": start},
			telemetry.Metric{Name: "AvgLatency", Unit: telemetry.Milliseconds, Value: v.AvgLatency},
			telemetry.Metric{Name: "ErrorRate", Unit: telemetry.None, Value: v.ErrorRate},
			telemetry.Metric{Name: "RequestCount", Unit: telemetry.Count, Value: float64(v.Requests)},
			telemetry.Metric{Name: "ErrorCount", Unit: telemetry.Count, Value: float64(v.Errors)},
		); err != nil {
			return out, err
		}
	}
	return out, nil
}

// read sums up the results of a window. BETWEEN takes both of its ends in: the last
// one is the last sort key of the millisecond before the end.
func (c *compare) read(ctx context.Context, out *Comparison) error {
	s := c.results
	pages := dynamodb.NewQueryPaginator(s.api, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true),
		KeyConditionExpression: aws.String("test_id = :test AND sort_key BETWEEN :start AND :end"),
		ProjectionExpression:   aws.String("variant_name, latency_ms, is_error"),
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":test":  &types.AttributeValueMemberS{Value: s.test},
			":start": &types.AttributeValueMemberS{Value: stamp(out.Start)},
			":end":   &types.AttributeValueMemberS{Value: stamp(out.End.Add(-time.Millisecond)) + "$"}, // "$" follows "#"
		},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return failure.Wrap(err, "results of %s", s.test)
		}
		for _, item := range page.Items {
			if err := out.count(item); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Comparison) count(item map[string]types.AttributeValue) error {
	name, okName := item["variant_name"].(*types.AttributeValueMemberS)
	latency, okLatency := item["latency_ms"].(*types.AttributeValueMemberN)
	failed, okFailed := item["is_error"].(*types.AttributeValueMemberBOOL)
	if !okName || !okLatency || !okFailed {
		return failure.New(failure.InvalidInput, "results of %s: one of them is damaged", c.Test)
	}
	ms, err := strconv.ParseFloat(latency.Value, 64)
	if err != nil {
		return failure.New(failure.InvalidInput, "results of %s: one of them is damaged", c.Test)
	}
	v := c.Variants[name.Value]
	if v == nil {
		v = &Variant{}
		c.Variants[name.Value] = v
	}
	v.Requests++
	v.total += ms
	v.MaxLatency = max(v.MaxLatency, ms)
	if failed.Value {
		v.Errors++
	}
	return nil
}

func round(v float64, digits int) float64 {
	scale := math.Pow10(digits)
	return math.Round(v*scale) / scale
}
