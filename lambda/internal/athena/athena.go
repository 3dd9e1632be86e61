// Package athena runs queries.
//
// It promises that a query that is asked for again is not run again while the
// first one runs or after it has succeeded; that a query is stopped when nobody
// waits for it; that results are complete; and that a query that fails is an
// error. It does not write SQL: values belong in parameters, not in its text.
package athena

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
)

// API is what the package needs of Athena; *athena.Client is one.
type API interface {
	StartQueryExecution(context.Context, *athena.StartQueryExecutionInput, ...func(*athena.Options)) (*athena.StartQueryExecutionOutput, error)
	GetQueryExecution(context.Context, *athena.GetQueryExecutionInput, ...func(*athena.Options)) (*athena.GetQueryExecutionOutput, error)
	GetQueryResults(context.Context, *athena.GetQueryResultsInput, ...func(*athena.Options)) (*athena.GetQueryResultsOutput, error)
	StopQueryExecution(context.Context, *athena.StopQueryExecutionInput, ...func(*athena.Options)) (*athena.StopQueryExecutionOutput, error)
}

// Runner runs queries in a workgroup, which says where results go.
type Runner struct {
	API       API
	WorkGroup string
	Database  string
	// Sleep waits, or returns the error of its context.
	Sleep func(context.Context, time.Duration) error
}

// Query is a statement, with values for its question marks as literals of SQL.
type Query struct {
	SQL        string
	Parameters []string
}

// Result is a query that has succeeded.
type Result struct {
	api API
	ID  string
	// Scanned is what Athena charges for, in bytes.
	Scanned int64
}

// Times and numbers of queries.
const (
	attempts    = 3
	tokens      = 12 // those of earlier calls with them
	firstWait   = 250 * time.Millisecond
	longestWait = 5 * time.Second
	stopTime    = 5 * time.Second
)

// Run runs a query for a run, which is the name of an execution, and waits until
// it has succeeded or ctx ends. What Athena says would succeed if it were run again
// is run again, at most twice, and so is what was stopped. A query that has ended when
// it is first looked at may be one of an earlier call for the run, and does not count.
func (r *Runner) Run(ctx context.Context, run string, q Query) (*Result, error) {
	for attempt, counted := 1, 0; ; attempt++ {
		id, err := r.start(ctx, token(run, attempt, q), q)
		if err != nil {
			return nil, failure.Wrap(err, "query")
		}
		e, waited, err := r.await(ctx, id)
		if err != nil {
			return nil, failure.Wrap(err, "query %s", id)
		}
		if waited {
			counted++
		}
		again, err := outcome(e.Status)
		if err == nil {
			return &Result{api: r.API, ID: id, Scanned: scanned(e)}, nil
		}
		if !again || counted == attempts || attempt == tokens {
			return nil, failure.Wrap(err, "query %s", id)
		}
	}
}

// token names an attempt. Athena returns the query that was started with it.
func token(run string, attempt int, q Query) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %d %q %q", run, attempt, q.SQL, q.Parameters))
	return hex.EncodeToString(sum[:])
}

func (r *Runner) start(ctx context.Context, token string, q Query) (string, error) {
	in := &athena.StartQueryExecutionInput{
		QueryString: &q.SQL, ExecutionParameters: q.Parameters, ClientRequestToken: &token, WorkGroup: &r.WorkGroup,
		QueryExecutionContext: &types.QueryExecutionContext{Database: &r.Database},
	}
	out, err := r.API.StartQueryExecution(ctx, in)
	if err != nil {
		return "", err
	}
	return aws.ToString(out.QueryExecutionId), nil
}

// await returns the query when it has ended, and whether it had not at first. When it
// is given up, it is stopped.
func (r *Runner) await(ctx context.Context, id string) (e *types.QueryExecution, waited bool, err error) {
	for pause := firstWait; ; pause = min(2*pause, longestWait) {
		out, err := r.API.GetQueryExecution(ctx, &athena.GetQueryExecutionInput{QueryExecutionId: &id})
		if err == nil && (out.QueryExecution == nil || out.QueryExecution.Status == nil) {
			err = failure.New(failure.Unavailable, "its state is missing")
		}
		if err == nil {
			switch out.QueryExecution.Status.State {
			case types.QueryExecutionStateQueued, types.QueryExecutionStateRunning:
				waited, err = true, r.Sleep(ctx, pause)
			default:
				return out.QueryExecution, waited, nil
			}
		}
		if ctx.Err() != nil {
			r.stop(ctx, id)
		}
		if err != nil {
			return nil, waited, err
		}
	}
}

// stop is a courtesy to the bill: that it fails changes nothing.
func (r *Runner) stop(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	_, _ = r.API.StopQueryExecution(ctx, &athena.StopQueryExecutionInput{QueryExecutionId: &id})
}

// categoryUser is the category of errors in queries:
// https://docs.aws.amazon.com/athena/latest/ug/error-reference.html
const categoryUser = 2

// outcome is nil for a query that has succeeded, and otherwise says whether it is
// worth another attempt.
func outcome(s *types.QueryExecutionStatus) (again bool, err error) {
	reason := failure.Cut(aws.ToString(s.StateChangeReason), 512)
	switch {
	case s.State == types.QueryExecutionStateSucceeded:
		return false, nil
	case s.State == types.QueryExecutionStateCancelled:
		return true, failure.New(failure.Unavailable, "it was stopped: %s", reason)
	case s.AthenaError != nil && s.AthenaError.Retryable:
		return true, failure.New(failure.Unavailable, "it failed: %s", reason)
	case s.AthenaError != nil && aws.ToInt32(s.AthenaError.ErrorCategory) == categoryUser:
		return false, failure.New(failure.InvalidInput, "it failed: %s", reason)
	}
	return false, failure.New(failure.Internal, "it failed (%s): %s", s.State, reason)
}

func scanned(e *types.QueryExecution) int64 {
	if e.Statistics == nil {
		return 0
	}
	return aws.ToInt64(e.Statistics.DataScannedInBytes)
}

// Row is a row by the names of its columns, without those that are NULL.
type Row map[string]string

// Int returns a whole number. NULL is 0; what is no number is an error.
func (r Row) Int(column string) (int64, error) {
	return number(r, column, func(text string) (int64, error) { return strconv.ParseInt(text, 10, 64) })
}

// Float returns a number. NULL is 0; what is no number is an error.
func (r Row) Float(column string) (float64, error) {
	return number(r, column, func(text string) (float64, error) { return strconv.ParseFloat(text, 64) })
}

func number[T int64 | float64](r Row, column string, parse func(string) (T, error)) (T, error) {
	text, ok := r[column]
	if !ok {
		return 0, nil
	}
	n, err := parse(strings.TrimSpace(text))
	if err != nil {
		return 0, failure.New(failure.InvalidInput, "column %s: no number", column)
	}
	return n, nil
}

// Rows goes through the rows, page by page. An error ends it.
func (q *Result) Rows(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		pages := athena.NewGetQueryResultsPaginator(q.api, &athena.GetQueryResultsInput{QueryExecutionId: &q.ID})
		for first := true; pages.HasMorePages(); first = false {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(nil, failure.Wrap(err, "query %s", q.ID))
				return
			}
			for row, err := range rows(page.ResultSet, first) {
				if err != nil {
					err = failure.Wrap(err, "query %s", q.ID)
				}
				if !yield(row, err) || err != nil {
					return
				}
			}
		}
	}
}

// rows goes through the rows of a page. The first row of a query's first page is
// its header.
func rows(set *types.ResultSet, first bool) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		if set == nil || set.ResultSetMetadata == nil {
			return
		}
		columns := set.ResultSetMetadata.ColumnInfo
		for i, row := range set.Rows {
			if len(row.Data) > len(columns) {
				yield(nil, failure.New(failure.InvalidInput, "a row has more values than there are columns"))
				return
			}
			if first && i == 0 && isHeader(row, columns) {
				continue
			}
			out := Row{}
			for j, value := range row.Data {
				if value.VarCharValue != nil {
					out[aws.ToString(columns[j].Name)] = *value.VarCharValue
				}
			}
			if !yield(out, nil) {
				return
			}
		}
	}
}

func isHeader(row types.Row, columns []types.ColumnInfo) bool {
	for i, value := range row.Data {
		if aws.ToString(value.VarCharValue) != aws.ToString(columns[i].Name) {
			return false
		}
	}
	return len(row.Data) == len(columns)
}
