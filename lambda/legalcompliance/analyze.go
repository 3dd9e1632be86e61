package legalcompliance

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fsxns3ap/guardhook/lambda/internal/athena"
	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
	"github.com/fsxns3ap/guardhook/lambda/internal/ontap"
	"github.com/fsxns3ap/guardhook/lambda/internal/telemetry"
)

// AnalyzeEvent is the event of the function that analyzes. Age is measured from
// Started, so that a call that is made again asks the same.
type AnalyzeEvent struct {
	Run
	Started time.Time `json:"started"`
}

// Analysis is what the queries found.
type Analysis struct {
	// Status is ANALYZED, or SKIPPED where there is no workgroup.
	Status  string    `json:"status"`
	Queries []Finding `json:"queries"`
	// Coverage is that of the audit, of all its runs.
	Coverage Coverage `json:"coverage"`
}

// Coverage is how many files were looked at.
type Coverage struct {
	Collected int `json:"collected"`
	Deleted   int `json:"deleted"`
	Failed    int `json:"failed"`
}

func (c Coverage) total() int { return c.Collected + c.Deleted + c.Failed }

// Statuses of analyses.
const (
	analyzed = "ANALYZED"
	skipped  = "SKIPPED"
)

// Finding is what one query found.
type Finding struct {
	Name string `json:"name"`
	Rows int    `json:"rows"`
	// Key is that of the rows, one JSON object a line.
	Key string `json:"findings_key"`
}

// The queries. Each takes the name of the audit; that of stale entries also a time
// and a number of days. Athena unnests a list of rows into one column of rows:
// https://docs.aws.amazon.com/athena/latest/ug/filtering-with-unnest.html
var (
	//go:embed sql/overly_permissive_shares.sql
	overlyPermissive string
	//go:embed sql/stale_access_entries.sql
	staleAccess string
	//go:embed sql/policy_violations.sql
	policyViolations string
	//go:embed sql/coverage.sql
	coverage string
)

// query is one of the queries.
type query struct {
	name string
	athena.Query
}

func queries(e AnalyzeEvent, staleDays int) []query {
	audit := literal(e.Audit)
	return []query{
		{"overly_permissive_shares", athena.Query{SQL: overlyPermissive, Parameters: []string{audit}}},
		{"stale_access_entries", athena.Query{SQL: staleAccess, Parameters: []string{
			audit, literal(text(e.Started)), fmt.Sprint(staleDays),
		}}},
		{"policy_violations", athena.Query{SQL: policyViolations, Parameters: []string{audit}}},
	}
}

// literal is a text of digits, letters and marks other than quotes as SQL.
func literal(text string) string { return "'" + text + "'" }

type analyzer struct {
	platform *bootstrap.Platform
	runner   *athena.Runner
	output   *objects.Store
	stale    int // days
}

func openAnalyze(p *bootstrap.Platform) (func(context.Context, AnalyzeEvent) (Analysis, error), error) {
	r := p.Settings
	a := &analyzer{platform: p, stale: r.Int("STALE_DAYS", 90, 1, 36500)}
	bucket, workgroup := r.Bucket("OUTPUT_BUCKET"), r.TextOr("ATHENA_WORKGROUP", "")
	if workgroup != "" {
		a.runner = &athena.Runner{API: sdk.NewFromConfig(p.AWS), WorkGroup: workgroup, Database: r.Text("GLUE_DATABASE"), Sleep: ontap.Sleep}
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	a.output = objects.New(s3.NewFromConfig(p.AWS), bucket)
	return a.analyze, nil
}

// analyze runs the queries at once. One that does not succeed is an error: no rows
// would look as if nothing was found.
func (a *analyzer) analyze(ctx context.Context, e AnalyzeEvent) (Analysis, error) {
	if err := e.check(); err != nil {
		return Analysis{}, err
	}
	if e.Started.IsZero() {
		return Analysis{}, failure.New(failure.InvalidInput, "event: want started")
	}
	if a.runner == nil {
		return Analysis{Status: skipped, Queries: []Finding{}}, nil
	}
	all := queries(e, a.stale)
	out := Analysis{Status: analyzed, Queries: make([]Finding, len(all))}
	scanned, errs := make([]int64, len(all)), make([]error, len(all)+1)
	var wg sync.WaitGroup
	for i, q := range all {
		wg.Go(func() {
			out.Queries[i], scanned[i], errs[i] = a.find(ctx, e.Run, q)
			errs[i] = failure.Wrap(errs[i], "%s", q.name)
		})
	}
	wg.Go(func() {
		var err error
		out.Coverage, err = a.cover(ctx, e.Run)
		errs[len(all)] = failure.Wrap(err, "coverage")
	})
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return Analysis{}, err
		}
	}
	for i, q := range out.Queries {
		err := a.platform.Metrics.With("Query", q.Name).Emit(
			map[string]any{"run": e.Run.Run, "audit": e.Audit},
			telemetry.Metric{Name: "Findings", Unit: telemetry.Count, Value: float64(q.Rows)},
			telemetry.Metric{Name: "BytesScanned", Unit: telemetry.Bytes, Value: float64(scanned[i])},
		)
		if err != nil {
			return Analysis{}, err
		}
	}
	return out, nil
}

// find runs a query and writes its rows as they come.
func (a *analyzer) find(ctx context.Context, run Run, q query) (Finding, int64, error) {
	f := Finding{Name: q.name, Key: run.key("findings/", q.name+".jsonl")}
	result, err := a.runner.Run(ctx, run.Run, q.Query)
	if err != nil {
		return f, 0, err
	}
	reader, writer := io.Pipe()
	var (
		wg   sync.WaitGroup
		read error
	)
	wg.Go(func() {
		lines := json.NewEncoder(writer)
		for row, err := range result.Rows(ctx) {
			if read = err; err != nil {
				_ = writer.CloseWithError(err) // it never fails
				return
			}
			if lines.Encode(row) != nil {
				return // nobody reads any more
			}
			f.Rows++
		}
		_ = writer.Close() // it never fails
	})
	err = a.output.Upload(ctx, f.Key, "application/x-ndjson", reader, objects.Condition{})
	_ = reader.Close() // it never fails; whoever still writes stops
	wg.Wait()
	if read != nil {
		// An answer that breaks off can look as the end of what is uploaded.
		return f, 0, failure.Wrap(read, "%s", f.Key)
	}
	return f, result.Scanned, err
}

// cover counts the files of the audit.
func (a *analyzer) cover(ctx context.Context, run Run) (Coverage, error) {
	var c Coverage
	result, err := a.runner.Run(ctx, run.Run, athena.Query{SQL: coverage, Parameters: []string{literal(run.Audit)}})
	if err != nil {
		return c, err
	}
	counts := map[string]*int{collected: &c.Collected, deleted: &c.Deleted, failed: &c.Failed}
	for row, err := range result.Rows(ctx) {
		if err != nil {
			return c, err
		}
		n, err := row.Int("files")
		if err != nil {
			return c, err
		}
		if count := counts[row["status"]]; count != nil {
			*count = int(n)
		}
	}
	return c, nil
}
