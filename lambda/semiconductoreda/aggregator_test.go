package semiconductoreda_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/local"
	"github.com/fsxns3ap/guardhook/lambda/semiconductoreda"
)

// record is one about a file, of a run that started some hours after midnight.
func record(key string, hour int, status semiconductoreda.Status, cells int, size ...float64) semiconductoreda.Record {
	r := semiconductoreda.Record{Key: key, Status: status, Run: fmt.Sprintf("r%d", hour), Started: time.Date(2026, 3, 1, hour, 0, 0, 0, time.UTC).Format("2006-01-02T15:04:05.000Z")}
	if status != semiconductoreda.Valid {
		r.Reason = "because of 'it'"
		return r
	}
	r.Design = &semiconductoreda.Design{Cells: cells, Library: "é 名"}
	if len(size) == 2 {
		r.Width, r.Height = &size[0], &size[1]
	}
	return r
}

// put writes records where a run of the first of March writes them.
func put(t *testing.T, w *local.World, records ...semiconductoreda.Record) {
	t.Helper()
	of := map[string]*bytes.Buffer{}
	for _, r := range records {
		if of[r.Run] == nil {
			of[r.Run] = &bytes.Buffer{}
		}
		if err := json.NewEncoder(of[r.Run]).Encode(r); err != nil {
			t.Fatal(err)
		}
	}
	for run, content := range of {
		w.Put(w.Name("Output"), "metadata/dt=2026-03-01/run="+run+"/0000.jsonl", content.Bytes())
	}
}

// aggregate is the statistics as of an hour.
func aggregate(t *testing.T, w *local.World, hour int) semiconductoreda.Statistics {
	t.Helper()
	run := semiconductoreda.Run{Name: fmt.Sprintf("as-of-%d", hour), Started: time.Date(2026, 3, 1, hour, 30, 0, 0, time.UTC)}
	answer, err := w.Invoke("Aggregate", run)
	if err != nil {
		t.Fatal(err)
	}
	var a semiconductoreda.Aggregated
	if err := json.Unmarshal(answer, &a); err != nil {
		t.Fatal(err)
	}
	s := read[semiconductoreda.Statistics](t, w, a.Statistics)
	if a.Total != s.Total || a.Outliers != s.Outliers.Count || a.Naming != s.Naming.Count || s.Total > 0 && a.Scanned == 0 {
		t.Errorf("%+v, %+v", a, s)
	}
	return s
}

// TestNewest: the newest record of a file counts, as of a run, and no other.
func TestNewest(t *testing.T) {
	t.Parallel()
	w := open(t, 5)
	put(
		t, w, record("a.gds", 1, "VALID", 10, 1, 1), record("b.gds", 1, "INVALID", 0), record("c.gds", 1, "DENIED", 0), record("d.gds", 1, "TOO_LARGE", 0),
		record("a.gds", 2, "VALID", 20, 1, 1), record("b.gds", 3, "VALID", 5), record("a.gds", 3, "INVALID", 0),
	)
	for hour, want := range map[int][5]int64{ // total, valid, invalid, not judged, most cells
		0: {}, 1: {4, 1, 1, 2, 10}, 2: {4, 1, 1, 2, 20}, 3: {4, 1, 1, 2, 5},
	} {
		s := aggregate(t, w, hour)
		if got := [5]int64{s.Total, s.Valid, s.Invalid, s.NotJudged, s.Cells.Max}; got != want {
			t.Errorf("%d: %v, want %v", hour, got, want)
		}
	}
	want := []semiconductoreda.Rejected{
		{Key: "a.gds", Status: "INVALID", Reason: "because of 'it'"},
		{Key: "c.gds", Status: "DENIED", Reason: "because of 'it'"},
		{Key: "d.gds", Status: "TOO_LARGE", Reason: "because of 'it'"},
	}
	if diff := cmp.Diff(want, aggregate(t, w, 3).Rejected.Files); diff != "" {
		t.Error(diff)
	}
	again := aggregate(t, w, 3)
	if diff := cmp.Diff(again, aggregate(t, w, 3)); diff != "" {
		t.Error(diff)
	}
}

// TestNames: the name of a file is judged, and not its folders.
func TestNames(t *testing.T) {
	t.Parallel()
	w := open(t, 5)
	good := []string{"a.gds", "lot-7/über/TOP_2.oas", "a b/x.GDS2"}
	bad := []string{"a-b.gds", "lot/top level.gds", "lot/名.oas", "lot/a'b.gds", "lot/a\nb.gds"}
	var records []semiconductoreda.Record
	for _, key := range append(slices.Clone(good), bad...) {
		records = append(records, record(key, 1, "VALID", 1))
	}
	put(t, w, records...)
	slices.Sort(bad)
	if diff := cmp.Diff(semiconductoreda.List[string]{Count: 5, Files: bad}, aggregate(t, w, 1).Naming); diff != "" {
		t.Error(diff)
	}
}

// TestStatistics: they are those of a plain computation over all records.
func TestStatistics(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 3, 4, 5, 20, 101, 1500} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(uint64(n), 1))
			var records []semiconductoreda.Record
			for i := range n {
				key := fmt.Sprintf("lot/%s%05d.gds", []string{"a_", "b-"}[random.IntN(2)], i)
				switch random.IntN(8) {
				case 0:
					records = append(records, record(key, 1, "INVALID", 0))
				case 1:
					records = append(records, record(key, 1, "VALID", random.IntN(1000)))
				default:
					wide := math.Pow(10, float64(random.IntN(40))/10)
					records = append(records, record(key, 1, "VALID", random.IntN(1000), wide, 100+math.Round(random.NormFloat64()*10)))
				}
			}
			w := open(t, 5)
			put(t, w, records...)
			got := aggregate(t, w, 1)
			want := plain(records)
			want.Run, want.Started = got.Run, got.Started
			if diff := cmp.Diff(want, got, approximately); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// plain computes statistics of records of different files.
func plain(records []semiconductoreda.Record) semiconductoreda.Statistics {
	records = slices.SortedFunc(slices.Values(records), func(a, b semiconductoreda.Record) int { return strings.Compare(a.Key, b.Key) })
	s := semiconductoreda.Statistics{Total: int64(len(records))}
	s.Outliers.Files, s.Naming.Files, s.Rejected.Files = []semiconductoreda.Outlier{}, []string{}, []semiconductoreda.Rejected{}
	var cells, widths, heights []float64
	for _, r := range records {
		if regexp.MustCompile(`[^A-Za-z0-9_.]`).MatchString(path.Base(r.Key)) {
			s.Naming.Count++
			s.Naming.Files = append(s.Naming.Files, r.Key)
		}
		if r.Status != semiconductoreda.Valid {
			s.Invalid++
			s.Rejected.Count++
			s.Rejected.Files = append(s.Rejected.Files, semiconductoreda.Rejected{Key: r.Key, Status: r.Status, Reason: r.Reason})
			continue
		}
		s.Valid++
		cells = append(cells, float64(r.Cells))
		if r.Width != nil {
			widths, heights = append(widths, *r.Width), append(heights, *r.Height)
		}
	}
	if len(cells) > 0 {
		s.Cells = semiconductoreda.Cells{Min: int64(slices.Min(cells)), Max: int64(slices.Max(cells)), P95: int64(rank(cells, 95))}
		for _, c := range cells {
			s.Cells.Avg += c / float64(len(cells))
		}
	}
	s.Width, s.Height = usual(widths), usual(heights)
	for _, r := range records {
		if r.Design == nil || r.Width == nil {
			continue
		}
		if *r.Width < s.Width.Low || *r.Width > s.Width.High || *r.Height < s.Height.Low || *r.Height > s.Height.High {
			s.Outliers.Count++
			s.Outliers.Files = append(s.Outliers.Files, semiconductoreda.Outlier{Key: r.Key, Width: *r.Width, Height: *r.Height})
		}
	}
	const listed = 1000
	s.Naming.Files = s.Naming.Files[:min(len(s.Naming.Files), listed)]
	return s
}

func usual(values []float64) semiconductoreda.Range {
	if len(values) == 0 {
		return semiconductoreda.Range{}
	}
	q1, q3 := rank(values, 25), rank(values, 75)
	return semiconductoreda.Range{Q1: q1, Q3: q3, Low: q1 - 1.5*(q3-q1), High: q3 + 1.5*(q3-q1)}
}

// rank is a percentile by nearest rank.
func rank(values []float64, percent int) float64 {
	values = slices.Sorted(slices.Values(values))
	return values[(len(values)*percent+99)/100-1]
}

// TestLongLists: a list of more files names the first thousand, and counts all.
func TestLongLists(t *testing.T) {
	t.Parallel()
	w := open(t, 5)
	var records []semiconductoreda.Record
	for i := range 1200 {
		records = append(records, record(fmt.Sprintf("a-%05d.gds", i), 1, "INVALID", 0))
	}
	put(t, w, records...)
	s := aggregate(t, w, 1)
	for name, list := range map[string][2]int64{"names": {s.Naming.Count, int64(len(s.Naming.Files))}, "rejected": {s.Rejected.Count, int64(len(s.Rejected.Files))}} {
		if list != [2]int64{1200, 1000} {
			t.Errorf("%s: %v", name, list)
		}
	}
	if s.Naming.Files[999] != "a-00999.gds" || s.Valid != 0 || s.Cells.Max != 0 {
		t.Errorf("%+v", s.Cells)
	}
}

// TestAggregateFails: a query that fails is no statistics of zeros.
func TestAggregateFails(t *testing.T) {
	t.Parallel()
	const start, state, results = "AmazonAthena.StartQueryExecution", "AmazonAthena.GetQueryExecution", "AmazonAthena.GetQueryResults"
	started := checker.Check(t, "athena", "StartQueryExecution", `{"QueryExecutionId": "q1"}`)
	succeeded := checker.Check(t, "athena", "GetQueryExecution", `{"QueryExecution": {"Status": {"State": "SUCCEEDED"}}}`)
	failed := checker.Check(t, "athena", "GetQueryExecution",
		`{"QueryExecution": {"Status": {"State": "FAILED", "StateChangeReason": "x", "AthenaError": {"ErrorCategory": 2, "Retryable": false}}}}`)
	row := func(columns, values string) awsfake.Answer {
		var infos, cells []string
		for c := range strings.FieldsSeq(columns) {
			infos = append(infos, fmt.Sprintf(`{"Name": %q, "Type": "varchar"}`, c))
		}
		for v := range strings.FieldsSeq(values) {
			cells = append(cells, fmt.Sprintf(`{"VarCharValue": %q}`, v))
		}
		return checker.Check(t, "athena", "GetQueryResults",
			`{"ResultSet": {"ResultSetMetadata": {"ColumnInfo": [`+strings.Join(infos, ",")+`]}, "Rows": [{"Data": [`+strings.Join(cells, ",")+`]}]}}`)
	}
	none := row("total valid", "0 0")
	for name, c := range map[string]struct {
		start, state []awsfake.Answer
		results      []awsfake.Answer
		want         string
	}{
		"throttled":    {[]awsfake.Answer{refusal("TooManyRequestsException")}, nil, nil, "Throttled"},
		"denied":       {[]awsfake.Answer{refusal("AccessDeniedException")}, nil, nil, "AccessDenied"},
		"wrong":        {[]awsfake.Answer{started}, []awsfake.Answer{failed}, nil, "InvalidInput"},
		"second wrong": {[]awsfake.Answer{started}, []awsfake.Answer{succeeded, failed}, []awsfake.Answer{none}, "InvalidInput"},
		"third wrong":  {[]awsfake.Answer{started}, []awsfake.Answer{succeeded, succeeded, failed}, []awsfake.Answer{none}, "InvalidInput"},
		"fourth wrong": {[]awsfake.Answer{started}, []awsfake.Answer{succeeded, succeeded, succeeded, failed}, []awsfake.Answer{none}, "InvalidInput"},
		"no result":    {[]awsfake.Answer{started}, []awsfake.Answer{succeeded}, []awsfake.Answer{refusal("ThrottlingException")}, "Throttled"},
		"no number":    {[]awsfake.Answer{started}, []awsfake.Answer{succeeded}, []awsfake.Answer{row("total valid", "many 1")}, "InvalidInput"},
	} {
		s := awsfake.New(t, "output")
		for call, answers := range map[string][]awsfake.Answer{start: c.start, state: c.state, results: c.results} {
			if answers != nil {
				s.Answer(call, answers...)
			}
		}
		p, _ := function(s, "aggregate")
		if _, failed := ask[any](t, p, event(``)); failed != c.want || s.Get("output", statistics) != nil {
			t.Errorf("%s: %s", name, failed)
		}
	}
	// Values are parameters.
	s := awsfake.New(t, "output")
	s.Answer(start, started)
	s.Answer(state, checker.Check(t, "athena", "GetQueryExecution", `{"QueryExecution": {"Status": {"State": "RUNNING"}}}`), succeeded)
	s.Answer(results, none)
	p, _ := function(s, "aggregate")
	if _, failed := ask[any](t, p, event(``)); failed != "" {
		t.Fatal(failed)
	}
	tokens := map[string]bool{}
	for _, c := range s.Calls() {
		if c.Name != start {
			continue
		}
		var in struct {
			QueryString, ClientRequestToken, WorkGroup string
			ExecutionParameters                        []string
			QueryExecutionContext                      struct{ Database string }
		}
		if err := json.Unmarshal(c.Body, &in); err != nil {
			t.Fatal(err)
		}
		tokens[in.ClientRequestToken] = true
		if strings.Count(in.QueryString, "?") != len(in.ExecutionParameters) || in.ExecutionParameters[0] != "'2026-11-26T08:30:00.000Z'" ||
			in.WorkGroup != "group" || in.QueryExecutionContext.Database != "db" || !strings.Contains(in.QueryString, `FROM "designs"`) {
			t.Errorf("%+v", in)
		}
	}
	if len(tokens) != 4 {
		t.Errorf("%d queries", len(tokens))
	}
}
