package semiconductoreda

import (
	"context"
	"regexp"
	"strconv"
	"time"

	awsathena "github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fsxns3ap/guardhook/lambda/internal/athena"
	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
	"github.com/fsxns3ap/guardhook/lambda/internal/telemetry"
)

// Statistics are what all files of the catalogue come to, each by its newest record.
type Statistics struct {
	Run     string `json:"run"`
	Started string `json:"started"`

	Total     int64 `json:"total_designs"`
	Valid     int64 `json:"valid_designs"`
	Invalid   int64 `json:"invalid_files"`
	NotJudged int64 `json:"files_not_judged"` // too large, or not to be read

	Cells  Cells `json:"cell_count_distribution"`
	Width  Range `json:"width_um"`
	Height Range `json:"height_um"`

	// The lists name the first files by key, and count all.
	Outliers List[Outlier]  `json:"bounding_box_outliers"`
	Naming   List[string]   `json:"naming_violations"`
	Rejected List[Rejected] `json:"rejected_files"`
}

// Cells is the distribution of cells over valid files.
type Cells struct {
	Min int64   `json:"min"`
	Max int64   `json:"max"`
	Avg float64 `json:"avg"`
	P95 int64   `json:"p95"`
}

// Range is a range without outliers: 1.5 times the distance of the quartiles below
// the first and above the third one.
type Range struct {
	Q1   float64 `json:"q1"`
	Q3   float64 `json:"q3"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

func rangeOf(q1, q3 float64) Range {
	reach := 1.5 * (q3 - q1)
	return Range{q1, q3, q1 - reach, q3 + reach}
}

// List is a count, and the first of what was counted.
type List[T any] struct {
	Count int64 `json:"count"`
	Files []T   `json:"files"`
}

// Outlier is a file whose extent is out of the range of the others, in micrometres.
type Outlier struct {
	Key    string  `json:"file_key"`
	Width  float64 `json:"width_um"`
	Height float64 `json:"height_um"`
}

// Rejected is a file that is not valid.
type Rejected struct {
	Key    string `json:"file_key"`
	Status Status `json:"status"`
	Reason string `json:"reason"`
}

// Aggregated is the answer of the function that aggregates.
type Aggregated struct {
	Statistics string `json:"statistics"` // the key
	Total      int64  `json:"total_designs"`
	Valid      int64  `json:"valid_designs"`
	Invalid    int64  `json:"invalid_files"`
	Outliers   int64  `json:"bounding_box_outliers"`
	Naming     int64  `json:"naming_violations"`
	Scanned    int64  `json:"scanned_bytes"`
}

type aggregator struct {
	platform *bootstrap.Platform
	runner   *athena.Runner
	table    string
	output   *objects.Store
}

func openAggregator(p *bootstrap.Platform) (func(context.Context, Run) (Aggregated, error), error) {
	r := p.Settings
	output, database, table, group := r.Bucket("OUTPUT_BUCKET"), r.Text("GLUE_DATABASE"), r.Text("GLUE_TABLE"), r.Text("ATHENA_WORKGROUP")
	if err := r.Err(); err != nil {
		return nil, err
	}
	if !regexp.MustCompile(`^[a-z0-9_]{1,255}$`).MatchString(table) {
		return nil, failure.New(failure.Configuration, "environment: GLUE_TABLE: want lower-case letters, digits and _")
	}
	a := &aggregator{platform: p, table: table, output: objects.New(s3.NewFromConfig(p.AWS), output)}
	a.runner = &athena.Runner{API: awsathena.NewFromConfig(p.AWS), WorkGroup: group, Database: database, Sleep: sleep}
	return a.aggregate, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// aggregate queries the catalogue and writes its statistics. A query that fails is
// a failure: there are no statistics of zeros.
func (a *aggregator) aggregate(ctx context.Context, run Run) (Aggregated, error) {
	if err := run.check(); err != nil {
		return Aggregated{}, err
	}
	q := &querying{aggregator: a, run: run}
	s, err := q.statistics(ctx)
	if err != nil {
		return Aggregated{}, err
	}
	out := Aggregated{run.statisticsKey(), s.Total, s.Valid, s.Invalid, s.Outliers.Count, s.Naming.Count, q.scanned}
	if err := a.output.WriteJSON(ctx, out.Statistics, s, objects.Condition{}); err != nil {
		return Aggregated{}, err
	}
	return out, a.platform.Metrics.Emit(
		map[string]any{"run": run.Name},
		telemetry.Metric{Name: "Designs", Unit: telemetry.Count, Value: float64(s.Total)},
		telemetry.Metric{Name: "InvalidFiles", Unit: telemetry.Count, Value: float64(s.Invalid)},
		telemetry.Metric{Name: "BoundingBoxOutliers", Unit: telemetry.Count, Value: float64(s.Outliers.Count)},
		telemetry.Metric{Name: "NamingViolations", Unit: telemetry.Count, Value: float64(s.Naming.Count)},
		telemetry.Metric{Name: "ScannedBytes", Unit: telemetry.Bytes, Value: float64(q.scanned)},
	)
}

// querying is the queries of a run.
type querying struct {
	*aggregator
	run     Run
	scanned int64 // bytes
}

func (q *querying) statistics(ctx context.Context) (*Statistics, error) {
	s := &Statistics{Run: q.run.Name, Started: q.run.time(), Outliers: List[Outlier]{Files: []Outlier{}}, Naming: List[string]{Files: []string{}}, Rejected: List[Rejected]{Files: []Rejected{}}}
	if err := q.each(ctx, summarySQL, nil, func(r *row) { s.summary(r) }); err != nil {
		return nil, failure.Wrap(err, "summary")
	}
	err := q.each(ctx, outliersSQL, []float64{s.Width.Low, s.Width.High, s.Height.Low, s.Height.High}, func(r *row) {
		s.Outliers.add(r, Outlier{r.Row["file_key"], r.float("width_um"), r.float("height_um")})
	})
	if err != nil {
		return nil, failure.Wrap(err, "outliers")
	}
	if err := q.each(ctx, namingSQL, nil, func(r *row) { s.Naming.add(r, r.Row["file_key"]) }); err != nil {
		return nil, failure.Wrap(err, "names")
	}
	err = q.each(ctx, rejectedSQL, nil, func(r *row) {
		s.Rejected.add(r, Rejected{r.Row["file_key"], Status(r.Row["status"]), r.Row["reason"]})
	})
	return s, failure.Wrap(err, "rejected files")
}

func (s *Statistics) summary(r *row) {
	s.Total, s.Valid, s.Invalid, s.NotJudged = r.int("total"), r.int("valid"), r.int("invalid"), r.int("not_judged")
	s.Cells = Cells{r.int("cells_min"), r.int("cells_max"), r.float("cells_avg"), r.int("cells_p95")}
	s.Width = rangeOf(r.float("width_q1"), r.float("width_q3"))
	s.Height = rangeOf(r.float("height_q1"), r.float("height_q3"))
}

func (l *List[T]) add(r *row, one T) {
	l.Count = r.int("found")
	l.Files = append(l.Files, one)
}

// each runs a statement as of the run and goes through its rows.
func (q *querying) each(ctx context.Context, sql string, bounds []float64, see func(*row)) error {
	parameters := []string{text(q.run.time())}
	for _, b := range bounds {
		parameters = append(parameters, double(b))
	}
	result, err := q.runner.Run(ctx, q.run.Name, query(sql, q.table, parameters...))
	if err != nil {
		return err
	}
	q.scanned += result.Scanned
	for values, err := range result.Rows(ctx) {
		if err != nil {
			return err
		}
		r := &row{Row: values}
		if see(r); r.err != nil {
			return r.err
		}
	}
	return nil
}

// row keeps the first error of its columns.
type row struct {
	athena.Row
	err error
}

func (r *row) int(column string) int64 {
	n, err := r.Int(column)
	r.keep(err)
	return n
}

func (r *row) float(column string) float64 {
	n, err := r.Float(column)
	r.keep(err)
	return n
}

func (r *row) keep(err error) {
	if r.err == nil {
		r.err = err
	}
}

// rounded is how measures are shown.
func rounded(value float64) string { return strconv.FormatFloat(value, 'f', 3, 64) }
