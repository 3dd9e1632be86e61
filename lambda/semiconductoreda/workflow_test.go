package semiconductoreda_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/local"
	"github.com/fsxns3ap/guardhook/lambda/semiconductoreda"
	"github.com/fsxns3ap/guardhook/lambda/semiconductoreda/semiconductoredalocal"
)

// open is the use case with small parts.
func open(t *testing.T, partObjects int) *local.World {
	t.Helper()
	u := semiconductoredalocal.UseCase()
	u.Before = func(w *local.World) error {
		w.Setenv(fmt.Sprintf("PART_OBJECTS=%d", partObjects))
		return nil
	}
	return cloud.Open(t, u)
}

// execute runs the workflow, in which no state may be entered without input.
func execute(t *testing.T, w *local.World, name, status string) local.Execution {
	t.Helper()
	e := w.Execute(name, nil)
	if empty := e.Empty(); e.Status != status || len(empty) > 1 || len(empty) == 1 && empty[0] != "Find" { // it needs none
		t.Fatalf("%s: %s %s %s, empty: %v, %v", name, e.Status, e.Error, e.Cause, empty, e.States)
	}
	return e
}

// output decodes a part of the output of an execution.
func output[T any](t *testing.T, e local.Execution, name string) T {
	t.Helper()
	var out T
	text, err := json.Marshal(e.Output[name])
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// read decodes an object of the output bucket.
func read[T any](t *testing.T, w *local.World, key string) T {
	t.Helper()
	var out T
	if err := json.Unmarshal(w.Get(w.Name("Output"), key), &out); err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	return out
}

// announced is the subjects of what the topic was sent.
func announced(w *local.World) []string {
	out := []string{}
	for _, list := range w.Contents().Messages {
		for _, m := range list {
			out = append(out, m.Subject)
		}
	}
	return out
}

// reads is which files were read since the last call.
func reads(w *local.World) []string {
	var out []string
	for _, c := range w.Calls() {
		if key, ok := strings.CutPrefix(c.Name, "GET "+semiconductoredalocal.Source+"/"); ok && key != "" && !slices.Contains(out, key) {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}

// TestRun: a run over valid and invalid files; one without changes, which reads no
// file and reports nothing; and one after a change, which reads one file.
func TestRun(t *testing.T) {
	t.Parallel()
	w := open(t, 5)
	w.Seed(12)
	e := execute(t, w, "first", "SUCCEEDED")
	if n := e.Count("Extract"); n != 3 {
		t.Errorf("%d parts", n)
	}
	aggregated := output[semiconductoreda.Aggregated](t, e, "aggregated")
	first := read[semiconductoreda.Statistics](t, w, aggregated.Statistics)
	key := semiconductoredalocal.Key
	want := semiconductoreda.Statistics{
		Run: "first", Started: first.Started, Total: 12, Valid: 11, Invalid: 1,
		Cells:    semiconductoreda.Cells{Min: 1, Max: 5, Avg: 30.0 / 11, P95: 5},
		Width:    semiconductoreda.Range{Q1: 1, Q3: 4, Low: -3.5, High: 8.5},
		Height:   semiconductoreda.Range{Q1: 1, Q3: 1, Low: 1, High: 1},
		Outliers: semiconductoreda.List[semiconductoreda.Outlier]{Count: 1, Files: []semiconductoreda.Outlier{{Key: key(4), Width: 500, Height: 1}}},
		Naming:   semiconductoreda.List[string]{Count: 1, Files: []string{key(6)}},
		Rejected: semiconductoreda.List[semiconductoreda.Rejected]{Count: 1, Files: []semiconductoreda.Rejected{
			{Key: key(2), Status: "INVALID", Reason: "gdsii: byte 360: the content ends early"},
		}},
	}
	if diff := cmp.Diff(want, first, approximately); diff != "" {
		t.Error(diff)
	}
	if rows, err := w.Query("SELECT file_format, count(*) AS n, min(units.db_unit) AS unit, max(bounding_box.max_y) AS y FROM designs GROUP BY 1 ORDER BY 1"); err != nil || len(rows) != 2 || rows[0]["n"] != "6" || rows[1]["n"] != "6" {
		t.Errorf("%v %v", rows, err)
	}
	reported := output[semiconductoreda.Reported](t, e, "reported")
	review := string(w.Get(w.Name("Output"), reported.Report))
	if reported.Status != "CREATED" || !strings.Contains(review, "One file has to be written again.") || !strings.Contains(review, key(4)) {
		t.Errorf("%+v\n%s", reported, review)
	}
	if diff := cmp.Diff([]string{"EDA design review: 12 designs, 1 invalid"}, announced(w)); diff != "" {
		t.Error(diff)
	}

	reads(w)
	e = execute(t, w, "second", "SUCCEEDED")
	second := read[semiconductoreda.Statistics](t, w, output[semiconductoreda.Aggregated](t, e, "aggregated").Statistics)
	second.Run, second.Started = first.Run, first.Started
	if diff := cmp.Diff(first, second); diff != "" || e.Count("Extract") != 0 || len(reads(w)) != 0 || len(announced(w)) != 1 {
		t.Errorf("%v\n%s", e.States, diff)
	}
	if got := output[semiconductoreda.Reported](t, e, "reported"); got.Status != "UNCHANGED" || got.Report != reported.Report {
		t.Errorf("%+v", got)
	}

	w.Put(semiconductoredalocal.Source, key(2), semiconductoredalocal.Layout(10))
	e = execute(t, w, "third", "SUCCEEDED")
	third := read[semiconductoreda.Statistics](t, w, output[semiconductoreda.Aggregated](t, e, "aggregated").Statistics)
	if diff := cmp.Diff([]string{key(2)}, reads(w)); third.Total != 12 || third.Valid != 12 || third.Rejected.Count != 0 || diff != "" {
		t.Errorf("%+v\n%s", third, diff)
	}
	if got := output[semiconductoreda.Reported](t, e, "reported"); got.Status != "CREATED" || len(announced(w)) != 2 {
		t.Errorf("%+v", got)
	}
}

// TestEmpty: nothing is reported of nothing.
func TestEmpty(t *testing.T) {
	t.Parallel()
	w := open(t, 5)
	e := execute(t, w, "first", "SUCCEEDED")
	got := output[semiconductoreda.Reported](t, e, "reported")
	if got.Status != "EMPTY" || len(announced(w)) != 0 || e.Count("Extract") != 0 {
		t.Errorf("%+v", got)
	}
}

// TestThrottled: what passes by itself is tried again, and changes no result.
func TestThrottled(t *testing.T) {
	t.Parallel()
	w := open(t, 5)
	w.Seed(12)
	for _, call := range []string{
		"GET " + semiconductoredalocal.Source + "/" + semiconductoredalocal.Key(3), "PUT semiconductor-eda-output/metadata", "PUT semiconductor-eda-output/statistics",
	} {
		w.Fail(call, slow)
	}
	w.Fail("AmazonAthena.StartQueryExecution", refusal("TooManyRequestsException"))
	w.Fail("POST /model", refusal("ThrottlingException"))
	e := execute(t, w, "first", "SUCCEEDED")
	if got := output[semiconductoreda.Aggregated](t, e, "aggregated"); got.Total != 12 || got.Invalid != 1 {
		t.Errorf("%+v", got)
	}
	if diff := cmp.Diff([]string{"EDA design review: 12 designs, 1 invalid"}, announced(w)); diff != "" {
		t.Error(diff)
	}
}

// TestPartFails: a part that fails for good is told, and the others count. The next
// run reads its files, and no other.
func TestPartFails(t *testing.T) {
	t.Parallel()
	w := open(t, 5)
	w.Seed(12)
	spoilt := true
	w.Around("Extract", func(next local.Function) local.Function {
		return func(ctx context.Context, event []byte) ([]byte, error) {
			if spoilt && bytes.Contains(event, []byte("/0001.json")) {
				return nil, refused{"AccessDenied"}
			}
			return next(ctx, event)
		}
	})
	e := execute(t, w, "first", "FAILED")
	if e.Error != "PartsFailed" || e.Count("Lost") != 1 || e.Count("NotifyFailure") != 1 {
		t.Errorf("%s %v", e.Error, e.States)
	}
	var part []struct {
		Key string `json:"key"`
	}
	if err := json.Unmarshal(w.Get(w.Name("Output"), "manifests/semiconductor-eda/first/0001.json"), &part); err != nil || len(part) != 5 {
		t.Fatal(part, err)
	}
	report := w.Keys(w.Name("Output"), "reports/dt=")
	if len(report) != 1 || !strings.Contains(string(w.Get(w.Name("Output"), report[0])), "**Incomplete: 1 parts") {
		t.Error(report)
	}
	subjects := announced(w)
	slices.Sort(subjects)
	if len(subjects) != 2 || subjects[0] != "EDA design review FAILED" || !strings.HasPrefix(subjects[1], "EDA design review: 7 designs") {
		t.Error(subjects)
	}
	spoilt = false
	reads(w)
	e = execute(t, w, "second", "SUCCEEDED")
	var want []string
	for _, o := range part {
		want = append(want, o.Key)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, reads(w)); diff != "" || output[semiconductoreda.Aggregated](t, e, "aggregated").Total != 12 {
		t.Errorf("%v\n%s", e.Output["aggregated"], diff)
	}
}

// refused is an error of a kind, as Lambda reports it.
type refused struct{ kind failure.Kind }

func (r refused) Error() string { return string(r.kind) }

// TestModelFails: files are not read again because the model may not be asked, and
// the report comes when it may.
func TestModelFails(t *testing.T) {
	t.Parallel()
	w := open(t, 5)
	w.Seed(12)
	w.Answer("POST /model/*/converse", refusal("AccessDeniedException"))
	e := execute(t, w, "first", "FAILED")
	if e.Error != "AccessDenied" || e.Count("Commit") != 1 {
		t.Errorf("%s %v", e.Error, e.States)
	}
	if diff := cmp.Diff([]string{"EDA design review FAILED"}, announced(w)); diff != "" {
		t.Error(diff)
	}
	w.Answer("POST /model/*/converse", awsfake.Answer{Body: awsfake.ConverseAnswer("end_turn", "well")})
	reads(w)
	e = execute(t, w, "second", "SUCCEEDED")
	if got := output[semiconductoreda.Reported](t, e, "reported"); got.Status != "CREATED" || len(reads(w)) != 0 || len(announced(w)) != 2 {
		t.Errorf("%+v %v", got, announced(w))
	}
}

// TestStepsFail: whatever fails is told, once, with the error that it has.
func TestStepsFail(t *testing.T) {
	t.Parallel()
	for step, kind := range map[string]failure.Kind{"Find": "TooLarge", "Commit": "Conflict", "Aggregate": "InvalidInput", "Report": "NotFound"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			w := open(t, 5)
			w.Seed(3)
			w.Around(step, func(local.Function) local.Function {
				return func(context.Context, []byte) ([]byte, error) { return nil, failure.New(kind, "planted") }
			})
			e := execute(t, w, "first", "FAILED")
			if n := e.Count(step); n != 1 || e.Count("NotifyFailure") != 1 || e.Error == "" || strings.Contains(e.Error, "States.Runtime") {
				t.Errorf("%s %s %v", e.Error, e.Cause, e.States)
			}
		})
	}
}

// TestMany: 10,000 files are one run of 400 parts, passed on by reference.
func TestMany(t *testing.T) {
	t.Parallel()
	const files = 10_000
	w := cloud.Open(t, semiconductoredalocal.UseCase())
	w.Seed(files)
	var mu sync.Mutex
	parts := map[string]bool{}
	w.Around("Extract", func(next local.Function) local.Function {
		return func(ctx context.Context, event []byte) ([]byte, error) {
			var e struct{ Part string }
			err := json.Unmarshal(event, &e)
			mu.Lock()
			parts[path.Base(e.Part)] = true
			mu.Unlock()
			if err != nil || len(event) > 512 {
				t.Errorf("%v: %s", err, event)
			}
			return next(ctx, event)
		}
	})
	e := execute(t, w, "many", "SUCCEEDED")
	for _, v := range e.Visits {
		if len(v.Input)+len(v.Output) > 256<<10 {
			t.Errorf("%s: %d bytes of state", v.State, max(len(v.Input), len(v.Output)))
		}
	}
	if got := output[semiconductoreda.Aggregated](t, e, "aggregated"); len(parts) != 400 || got.Total != files || got.Valid != files-1 || got.Outliers != 1 || got.Naming != 1 {
		t.Errorf("%d parts, %+v", len(parts), got)
	}
	if n := len(w.Keys(w.Name("Output"), "metadata/dt=")); n != 400 {
		t.Errorf("%d objects of records", n)
	}
	reads(w)
	e = execute(t, w, "again", "SUCCEEDED")
	if got := output[semiconductoreda.Reported](t, e, "reported"); got.Status != "UNCHANGED" || len(reads(w)) != 0 {
		t.Errorf("%+v", got)
	}
}
