package athena_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/internal/awstest"
	"github.com/fsxns3ap/guardhook/lambda/internal/athena"
	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
)

// What is started once: moto, and the checker of answers.
var (
	server  *awstest.Server
	checker *awsfake.Checker
)

func TestMain(m *testing.M) {
	server = awsfake.Must(awstest.Start())
	checker = awsfake.Must(awsfake.StartChecker())
	os.Exit(m.Run())
}

func quick(ctx context.Context, _ time.Duration) error { return ctx.Err() }

var query = athena.Query{SQL: "SELECT a, b FROM t WHERE c = ?", Parameters: []string{"'x'"}}

// collect returns all rows of a result.
func collect(t *testing.T, r *athena.Result) ([]athena.Row, error) {
	t.Helper()
	var out []athena.Row
	for row, err := range r.Rows(t.Context()) {
		if err != nil {
			return out, err
		}
		out = append(out, row)
	}
	return out, nil
}

// TestMoto runs a query in moto, which has the results that it is given.
func TestMoto(t *testing.T) {
	t.Parallel()
	account := server.Account(t)
	results := fmt.Sprintf(`{"account_id": %q, "region": %q, "results": [{
		"column_info": [{"Name": "a", "Type": "bigint"}, {"Name": "b", "Type": "varchar"}],
		"rows": [{"Data": [{"VarCharValue": "a"}, {"VarCharValue": "b"}]}, {"Data": [{"VarCharValue": "1"}, {"VarCharValue": "x"}]}]
	}]}`, account.ID, awstest.Region)
	response, err := http.Post(account.URL+"/moto-api/static/athena/query-results", "application/json", strings.NewReader(results))
	if err != nil || response.StatusCode != http.StatusCreated {
		t.Fatal(response, err)
	}
	_ = response.Body.Close()
	config := awsfake.New(t).Config()
	config.HTTPClient, config.BaseEndpoint = nil, aws.String(account.URL)
	r := &athena.Runner{API: sdk.NewFromConfig(config), WorkGroup: "primary", Database: "d", Sleep: quick}
	got, err := r.Run(t.Context(), "run", query)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := collect(t, got)
	if diff := cmp.Diff([]athena.Row{{"a": "1", "b": "x"}}, rows); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

const (
	start   = "AmazonAthena.StartQueryExecution"
	state   = "AmazonAthena.GetQueryExecution"
	results = "AmazonAthena.GetQueryResults"
	stop    = "AmazonAthena.StopQueryExecution"
)

// answers are bodies that botocore's model knows.
func answers(t *testing.T, operation string, bodies ...string) []awsfake.Answer {
	t.Helper()
	out := make([]awsfake.Answer, len(bodies))
	for i, body := range bodies {
		out[i] = checker.Check(t, "athena", operation, body)
	}
	return out
}

// status is an answer of GetQueryExecution.
func status(state, more string) string {
	return fmt.Sprintf(`{"QueryExecution": {"QueryExecutionId": "q", "Statistics": {"DataScannedInBytes": 42}, "Status": {"State": %q%s}}}`, state, more)
}

func runner(s *awsfake.Server) *athena.Runner {
	return &athena.Runner{API: sdk.NewFromConfig(s.Config()), WorkGroup: "w", Database: "d", Sleep: quick}
}

// names lists the calls since the last time, in short, with their tokens.
func names(t *testing.T, s *awsfake.Server) (calls, tokens []string) {
	t.Helper()
	for _, c := range s.Calls() {
		var body struct{ ClientRequestToken string }
		if err := json.Unmarshal(c.Body, &body); err != nil {
			t.Fatal(err)
		}
		calls = append(calls, strings.TrimPrefix(c.Name, "AmazonAthena."))
		if body.ClientRequestToken != "" {
			tokens = append(tokens, body.ClientRequestToken)
		}
	}
	return calls, tokens
}

func TestRun(t *testing.T) {
	t.Parallel()
	const retryable = `, "StateChangeReason": "busy", "AthenaError": {"ErrorCategory": 1, "Retryable": true}`
	failed, running := status("FAILED", retryable), status("RUNNING", "")
	for name, c := range map[string]struct {
		states []string
		want   failure.Kind
		starts int
	}{
		"waits":   {[]string{status("QUEUED", ""), status("RUNNING", ""), status("SUCCEEDED", "")}, "", 1},
		"again":   {[]string{status("FAILED", retryable), status("CANCELLED", ""), status("SUCCEEDED", "")}, "", 3},
		"never":   {[]string{running, failed, running, failed, running, failed, status("SUCCEEDED", "")}, failure.Unavailable, 3},
		"at once": {[]string{failed}, failure.Unavailable, 12},
		// Three failed in an earlier call for the run, whose tokens are the same.
		"later call":  {[]string{failed, failed, failed, running, failed, running, status("SUCCEEDED", "")}, "", 5},
		"wrong SQL":   {[]string{status("FAILED", `, "StateChangeReason": "line 1:8", "AthenaError": {"ErrorCategory": 2}`)}, failure.InvalidInput, 1},
		"other":       {[]string{status("FAILED", `, "StateChangeReason": "x"`)}, failure.Internal, 1},
		"no state":    {[]string{`{}`}, failure.Unavailable, 1},
		"no Athena":   {nil, failure.Unavailable, 1},
		"no start up": {nil, failure.Throttled, 0},
	} {
		s := awsfake.New(t)
		s.Answer(start, answers(t, "StartQueryExecution", `{"QueryExecutionId": "q"}`)...)
		s.Answer(state, answers(t, "GetQueryExecution", c.states...)...)
		switch name {
		case "no start up":
			s.Answer(start, awsfake.Answer{Status: 400, Body: `{"__type":"TooManyRequestsException","message":"slow"}`})
		case "no Athena":
			s.Answer(state, awsfake.Answer{Status: 500, Body: `{"__type":"InternalServerException","message":"x"}`})
		}
		got, err := runner(s).Run(t.Context(), "run", query)
		_, tokens := names(t, s)
		if failure.Of(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && (got.ID != "q" || got.Scanned != 42) {
			t.Errorf("%s: %+v", name, got)
		}
		distinct := map[string]bool{}
		for _, token := range tokens {
			distinct[token] = len(token) >= 32 && len(token) <= 128
		}
		if c.starts > 0 && len(distinct) != c.starts {
			t.Errorf("%s: %v", name, tokens)
		}
	}
}

// TestSame: the same query of the same run has the same token; another has another.
func TestSame(t *testing.T) {
	t.Parallel()
	s := awsfake.New(t)
	s.Answer(start, answers(t, "StartQueryExecution", `{"QueryExecutionId": "q"}`)...)
	s.Answer(state, answers(t, "GetQueryExecution", status("SUCCEEDED", ""))...)
	for _, c := range []struct {
		run string
		q   athena.Query
	}{{"1", query}, {"1", query}, {"2", query}, {"1", athena.Query{SQL: query.SQL}}} {
		if _, err := runner(s).Run(t.Context(), c.run, c.q); err != nil {
			t.Fatal(err)
		}
	}
	_, tokens := names(t, s)
	if len(tokens) != 4 || tokens[0] != tokens[1] || tokens[0] == tokens[2] || tokens[0] == tokens[3] || tokens[2] == tokens[3] {
		t.Error(tokens)
	}
}

// TestStopped: a query that nobody waits for is stopped.
func TestStopped(t *testing.T) {
	t.Parallel()
	s := awsfake.New(t)
	s.Answer(start, answers(t, "StartQueryExecution", `{"QueryExecutionId": "q"}`)...)
	s.Answer(state, answers(t, "GetQueryExecution", status("RUNNING", ""))...)
	s.Answer(stop, answers(t, "StopQueryExecution", `{}`)...)
	ctx, cancel := context.WithCancelCause(t.Context())
	r := runner(s)
	r.Sleep = func(ctx context.Context, _ time.Duration) error {
		cancel(nil)
		return context.DeadlineExceeded
	}
	if _, err := r.Run(ctx, "run", query); failure.Of(err) != failure.Timeout {
		t.Error(err)
	}
	if calls, _ := names(t, s); fmt.Sprint(calls) != "[StartQueryExecution GetQueryExecution StopQueryExecution]" {
		t.Error(calls)
	}
}

func page(next string, rows ...string) string {
	return fmt.Sprintf(`{%s "ResultSet": {"ResultSetMetadata": {"ColumnInfo": [{"Name": "a", "Type": "bigint"}, {"Name": "b", "Type": "varchar"}]}, "Rows": [%s]}}`,
		next, strings.Join(rows, ","))
}

func row(a, b string) string {
	return fmt.Sprintf(`{"Data": [{"VarCharValue": %q}, {"VarCharValue": %q}]}`, a, b)
}

// result is a query that has succeeded, with pages of rows.
func result(t *testing.T, pages ...awsfake.Answer) *athena.Result {
	t.Helper()
	s := awsfake.New(t)
	s.Answer(start, answers(t, "StartQueryExecution", `{"QueryExecutionId": "q"}`)...)
	s.Answer(state, answers(t, "GetQueryExecution", status("SUCCEEDED", ""))...)
	s.Answer(results, pages...)
	r, err := runner(s).Run(t.Context(), "run", query)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRows: several pages, NULL, and a row of values that look like the header.
func TestRows(t *testing.T) {
	t.Parallel()
	r := result(t, answers(t, "GetQueryResults",
		page(`"NextToken": "1",`, row("a", "b"), row("a", "b"), `{"Data": [{"VarCharValue": "2"}, {}]}`), page("", row("a", "b")))...)
	got, err := collect(t, r)
	if diff := cmp.Diff([]athena.Row{{"a": "a", "b": "b"}, {"a": "2"}, {"a": "a", "b": "b"}}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	for _, err := range result(t, answers(t, "GetQueryResults", page(`"NextToken": "1",`, row("1", "b")))...).Rows(t.Context()) {
		if err != nil {
			t.Error(err)
		}
		break
	}
	if got, err := collect(t, result(t, answers(t, "GetQueryResults", `{}`)...)); err != nil || len(got) > 0 {
		t.Error(got, err)
	}
	if _, err := collect(t, result(t, answers(t, "GetQueryResults", page("", `{"Data": [{}, {}, {}]}`))...)); failure.Of(err) != failure.InvalidInput {
		t.Error(err)
	}
	if _, err := collect(t, result(t, awsfake.Answer{Status: 400, Body: `{"__type":"TooManyRequestsException","message":"slow"}`})); failure.Of(err) != failure.Throttled {
		t.Error(err)
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	r := athena.Row{"i": " 7", "f": "1.5", "text": "planted"}
	if i, err := r.Int("i"); err != nil || i != 7 {
		t.Error(i, err)
	}
	if f, err := r.Float("f"); err != nil || f != 1.5 {
		t.Error(f, err)
	}
	if i, err := r.Int("null"); err != nil || i != 0 {
		t.Error(i, err)
	}
	_, err := r.Int("f")
	_, err2 := r.Float("text")
	if failure.Of(err) != failure.InvalidInput || failure.Of(err2) != failure.InvalidInput || strings.Contains(err2.Error(), "planted") {
		t.Error(err, err2)
	}
}
