package legalcompliance_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/internal/ontapsim"
	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	fixture "github.com/fsxns3ap/guardhook/lambda/legalcompliance/legalcompliancelocal"
	"github.com/fsxns3ap/guardhook/lambda/local"
)

// stack is the use case on the local stack.
type stack struct {
	*local.World
	t      *testing.T
	output string
}

func deploy(t *testing.T, u local.UseCase, objects int) *stack {
	t.Helper()
	w := cloud.Open(t, u)
	w.Seed(objects)
	return &stack{World: w, t: t, output: w.Name("Output")}
}

// run runs an execution, which has to end as it is said, with an error or none, and
// no state of which had nothing to work with.
func (s *stack) run(name, failed string, states ...string) local.Execution {
	s.t.Helper()
	e := s.Execute(name, nil)
	if diff := cmp.Diff(states, e.States); e.Error != failed || (e.Status == "SUCCEEDED") != (failed == "") || diff != "" || len(e.Empty()) > 0 {
		s.t.Fatalf("%s: %s %s %s, empty %v\n%s", name, e.Status, e.Error, e.Cause, e.Empty(), diff)
	}
	return e
}

// The states of a run: those before the parts, and those after.
var (
	before = []string{"Find", "Any", "Metadata", "Parts"}
	after  = []string{"Analyze", "Report", "Notify", "Commit", "Whole"}
)

func states(parts int, end ...string) []string {
	return slices.Concat(before, slices.Repeat([]string{"Collect"}, parts), after, end)
}

// findings are the files that a run found, by query.
func (s *stack) findings(run string) map[string][]int {
	s.t.Helper()
	out := map[string][]int{}
	for _, key := range s.Keys(s.output, "findings/") {
		_, name, ok := strings.Cut(key, "/"+run+"/")
		if !ok {
			continue
		}
		for line := range bytes.Lines(s.Get(s.output, key)) {
			var row map[string]string
			if err := json.Unmarshal(line, &row); err != nil {
				s.t.Fatal(err)
			}
			out[name] = append(out[name], numberOf(row["object_key"]))
		}
		slices.Sort(out[name])
	}
	return out
}

// numberOf is the number of the file of a key.
func numberOf(key string) int {
	var folder, n int
	if _, err := fmt.Sscanf(key, "contracts #%d/%d", &folder, &n); err != nil || fixture.Key(n) != key {
		return -1
	}
	return n
}

// of is what queries find among the files of numbers.
func of(numbers ...int) map[string][]int {
	out := map[string][]int{}
	for _, n := range numbers {
		switch n % fixture.Variants {
		case fixture.Everyone, fixture.Authenticated:
			out["overly_permissive_shares.jsonl"] = append(out["overly_permissive_shares.jsonl"], n)
		case fixture.DomainUser, fixture.Departed:
			out["policy_violations.jsonl"] = append(out["policy_violations.jsonl"], n)
		case fixture.Stale:
			out["stale_access_entries.jsonl"] = append(out["stale_access_entries.jsonl"], n)
		}
	}
	return out
}

func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// messages are the subjects and texts of the messages that were sent.
func (s *stack) messages() []local.Message {
	s.t.Helper()
	return s.Contents().Messages["legal-compliance-topic"]
}

// report is the report of a run.
func (s *stack) report(run string) string {
	s.t.Helper()
	for _, key := range s.Keys(s.output, "reports/") {
		if strings.Contains(key, "/"+run+"/") {
			return string(s.Get(s.output, key))
		}
	}
	s.t.Fatalf("no report of %s", run)
	return ""
}

// TestWorkflow: what is collected is found by the queries that are for it, by them
// alone, and reported; a second run has nothing to do.
func TestWorkflow(t *testing.T) {
	t.Parallel()
	s := deploy(t, fixture.UseCase(), 2*fixture.Variants)
	s.run("first", "", states(1, "Done")...)
	if diff := cmp.Diff(of(upTo(2*fixture.Variants)...), s.findings("first")); diff != "" {
		t.Error(diff)
	}
	m := s.messages()
	if len(m) != 1 || !strings.HasSuffix(m[0].Subject, " COMPLETE, findings: 10") || !strings.Contains(m[0].Body, "policy_violations: 4\n") || !strings.Contains(m[0].Body, "Report: s3://"+s.output+"/reports/") {
		t.Errorf("%+v", m)
	}
	report := s.report("first")
	for _, part := range []string{
		"Status: **COMPLETE**", fixture.Summary, "## stale_access_entries: 2\n", "| Shares that let everybody write | 2 |", "| Export rules that let every client write | 1 |",
		`| BUILTIN\\Administrators | CORP\\j.doe | - | FULL\_CONTROL | false |`, `| - | S-1-5-21-2233347455-2266964949-1780268902-1107 | FULL\_CONTROL | true |`,
	} {
		if !strings.Contains(report, part) {
			t.Errorf("%s: missing in\n%s", part, report)
		}
	}
	// What lies there, by the folders of the output bucket.
	folders := map[string]int{}
	for _, key := range s.Keys(s.output, "") {
		folder, _, _ := strings.Cut(key, "/")
		folders[folder]++
	}
	delete(folders, "athena-results")
	want := map[string]int{"acl-data": 1, "checkpoints": 1, "findings": 3, "manifests": 1, "metadata": 1, "proposals": 1, "reports": 1}
	if diff := cmp.Diff(want, folders); diff != "" {
		t.Error(diff)
	}
	// The row of a file, in the types of the table.
	rows, err := s.Query("SELECT status, owner, accessed, run, acls[2].name AS name, acls[2].inherited AS inherited, cardinality(acls) AS n FROM acl_facts WHERE object_key LIKE '%00000%' AND dt = '" + auditOf(t, s) + "'")
	if err != nil || len(rows) != 1 || rows[0]["name"] != `CORP\legal` || rows[0]["n"] != "2" || rows[0]["inherited"] != "false" || rows[0]["status"] != "COLLECTED" || rows[0]["run"] != "first" {
		t.Errorf("%v %v", rows, err)
	}
	s.Calls()
	s.run("second", "", "Find", "Any", "Nothing")
	for _, c := range s.Calls() {
		if strings.HasPrefix(c.Name, "AmazonAthena.") || strings.Contains(c.Name, "converse") || strings.HasPrefix(c.Name, "PUT ") && !strings.Contains(c.Name, "/proposals/") {
			t.Errorf("called again: %s", c.Name)
		}
	}
	if len(s.messages()) != 1 {
		t.Errorf("%+v", s.messages())
	}
}

// auditOf is the name of the audit, which is today's.
func auditOf(t *testing.T, s *stack) string {
	t.Helper()
	_, rest, _ := strings.Cut(s.Keys(s.output, "acl-data/")[0], "dt=")
	audit, _, _ := strings.Cut(rest, "/")
	return audit
}

// TestChanges: a later run of an audit looks at what has changed, and queries see
// each file as it was looked at last.
func TestChanges(t *testing.T) {
	t.Parallel()
	mended := false
	s := deploy(t, fixture.With(func(n int, f *ontapsim.File) bool {
		if n == fixture.Everyone && mended {
			f.Security = fixture.File(fixture.Restricted, time.Now()).Security
		}
		return true
	}), fixture.Variants)
	s.run("first", "", states(1, "Done")...)
	mended = true
	s.Put(fixture.AccessPoint, fixture.Key(fixture.Everyone), []byte("changed"))
	s.run("second", "", states(1, "Done")...)
	all := upTo(fixture.Variants)
	if diff := cmp.Diff(of(all...), s.findings("first")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(of(slices.Delete(all, 1, 2)...), s.findings("second")); diff != "" {
		t.Error(diff)
	}
	if keys := s.Keys(s.output, "acl-data/"); len(keys) != 2 || bytes.Count(s.Get(s.output, keys[1]), []byte("\n")) != 1 {
		t.Error(keys)
	}
}

// TestGaps: a file that cannot be read, and one that is gone, keep no other from
// being looked at.
func TestGaps(t *testing.T) {
	t.Parallel()
	s := deploy(t, fixture.With(func(n int, f *ontapsim.File) bool {
		if n == 1 {
			f.SecurityFault = &ontapsim.Fault{Status: 500}
		}
		return n != 2
	}), fixture.Variants)
	s.run("first", "", states(1, "Done")...)
	all := upTo(fixture.Variants)
	if diff := cmp.Diff(of(slices.Delete(all, 1, 3)...), s.findings("first")); diff != "" {
		t.Error(diff)
	}
	m, report := s.messages(), s.report("first")
	if len(m) != 1 || !strings.Contains(m[0].Subject, "INCOMPLETE, findings: at least 3") || !strings.Contains(m[0].Body, "The security of 1 files could not be read.") ||
		!strings.Contains(report, "## Files that could not be read in this run") || !strings.Contains(report, "| Files deleted since they were listed | 1 |") {
		t.Errorf("%+v\n%s", m, report)
	}
}

// TestEarlierGaps: what an earlier run of the audit could not read is missing in the
// report of a later one, too.
func TestEarlierGaps(t *testing.T) {
	t.Parallel()
	s := deploy(t, fixture.With(func(n int, f *ontapsim.File) bool {
		if n == 1 {
			f.SecurityFault = &ontapsim.Fault{Status: 400}
		}
		return true
	}), fixture.Variants)
	s.run("first", "", states(1, "Done")...)
	s.Put(fixture.AccessPoint, fixture.Key(fixture.Variants), []byte("new"))
	s.run("second", "", states(1, "Done")...)
	m := s.messages()
	if len(m) != 2 || !strings.Contains(m[1].Subject, "INCOMPLETE") || !strings.Contains(m[1].Body, "The security of 1 files could not be read.") || !strings.Contains(m[1].Body, "Files collected: 8\n") {
		t.Errorf("%+v", m)
	}
}

// TestThrottled: what passes by itself does not fail the run, at any service.
func TestThrottled(t *testing.T) {
	t.Parallel()
	s := deploy(t, fixture.UseCase(), fixture.Variants)
	busy := awsfake.Answer{Status: 400, Type: "ThrottlingException", Body: `{"__type": "ThrottlingException", "message": "planted"}`}
	s.Fail("AmazonAthena.StartQueryExecution", busy)
	s.Fail("POST /model/", busy)
	s.Fail("secretsmanager.GetSecretValue", busy)
	s.Fail("PUT "+s.output+"/acl-data", awsfake.Answer{Status: 503, Body: "<Error><Code>SlowDown</Code></Error>"})
	s.Fail("PUT "+s.output+"/checkpoints", awsfake.Answer{Status: 503, Body: "<Error><Code>SlowDown</Code></Error>"})
	s.run("first", "", states(1, "Done")...)
	if diff := cmp.Diff(of(upTo(fixture.Variants)...), s.findings("first")); diff != "" {
		t.Error(diff)
	}
}

// TestFails: a step that fails for good fails the run, which is told, and commits
// nothing: the next run looks at everything again.
func TestFails(t *testing.T) {
	t.Parallel()
	denied := awsfake.Answer{Status: 400, Type: "AccessDeniedException", Body: `{"__type": "AccessDeniedException", "message": "planted"}`}
	for call, c := range map[string]struct {
		states []string
		failed string
	}{
		"POST /model/":                     {slices.Concat(before, []string{"Collect", "Analyze", "Report"}), "AccessDenied"},
		"AmazonAthena.StartQueryExecution": {slices.Concat(before, []string{"Collect", "Analyze"}), "AccessDenied"},
		"secretsmanager.GetSecretValue":    {[]string{"Find", "Any", "Metadata"}, "AccessDenied"},
	} {
		s := deploy(t, fixture.UseCase(), fixture.Variants)
		s.Fail(call, denied)
		s.run("first", c.failed, append(c.states, "NotifyFailure", "Failed")...)
		m := s.messages()
		if len(m) != 1 || m[0].Subject != "Compliance audit FAILED" || !strings.Contains(m[0].Body, "The run first failed with the error "+c.failed) || strings.Contains(m[0].Body, "planted") {
			t.Errorf("%s: %+v", call, m)
		}
		s.run("second", "", states(1, "Done")...)
		if diff := cmp.Diff(of(upTo(fixture.Variants)...), s.findings("second")); diff != "" {
			t.Errorf("%s: %s", call, diff)
		}
	}
}

// TestPartFails: the run fails and says so, and the next one looks at the files of
// the part alone.
func TestPartFails(t *testing.T) {
	t.Parallel()
	s := deploy(t, fixture.UseCase(), fixture.Variants)
	s.Setenv("PART_OBJECTS=2")
	down := true
	s.Around("Collect", func(next local.Function) local.Function {
		return func(ctx context.Context, event []byte) ([]byte, error) {
			if down && bytes.Contains(event, []byte("0001.json")) {
				return nil, messages.InvokeResponse_Error{Type: "Unavailable", Message: "planted"}
			}
			return next(ctx, event)
		}
	})
	e := s.Execute("first", nil)
	if e.Error != "PartsFailed" || e.Count("Lost") != 1 || e.Count("Collect") != 4 || e.Count("NotifyFailure") != 0 {
		t.Fatalf("%+v", e)
	}
	m := s.messages()
	if len(m) != 1 || !strings.Contains(m[0].Subject, "INCOMPLETE") || !strings.Contains(m[0].Body, "1 of 4 parts failed") {
		t.Errorf("%+v", m)
	}
	first := s.findings("first")
	down = false
	s.run("second", "", states(1, "Done")...)
	if diff := cmp.Diff(of(upTo(fixture.Variants)...), s.findings("second")); diff != "" {
		t.Error(diff)
	}
	if len(first["stale_access_entries.jsonl"])+len(first["policy_violations.jsonl"])+len(first["overly_permissive_shares.jsonl"]) >= 5 {
		t.Error(first)
	}
}

func TestEmpty(t *testing.T) {
	t.Parallel()
	s := deploy(t, fixture.UseCase(), 0)
	s.run("first", "", "Find", "Any", "Nothing")
	if len(s.messages()) != 0 || len(s.Keys(s.output, "reports/")) != 0 {
		t.Errorf("%+v", s.Contents())
	}
}

// TestWithoutAthena: the machine has no state without its function, and the report
// does not say that nothing was found.
func TestWithoutAthena(t *testing.T) {
	t.Parallel()
	u := fixture.UseCase()
	u.Parameters["EnableAthenaWorkgroup"] = "false"
	s := deploy(t, u, fixture.Variants)
	s.run("first", "", states(1, "Done")...)
	if m := s.messages(); len(m) != 1 || !strings.Contains(m[0].Subject, "INCOMPLETE") || !strings.Contains(m[0].Body, "Nothing was queried") || len(s.findings("first")) != 0 {
		t.Errorf("%+v", m)
	}
}

// TestMany: ten thousand files in a hundred parts, each with files that fail, and a
// name as long as names may be. With four times as many parts, as a run may have, the
// state stays below its limit of 256 KiB; and what a function writes is that of its
// part.
func TestMany(t *testing.T) {
	t.Parallel()
	const files, parts = 10_000, 100
	s := deploy(t, fixture.With(func(n int, f *ontapsim.File) bool {
		if n%20 == 7 {
			f.SecurityFault = &ontapsim.Fault{Status: 400}
		}
		return true
	}), files)
	s.Setenv(fmt.Sprintf("PART_OBJECTS=%d", files/parts))
	name := strings.Repeat("n", 80)
	e := s.Execute(name, nil)
	if e.Status != "SUCCEEDED" || e.Count("Collect") != parts || e.Count("Lost") != 0 || len(e.Empty()) > 0 {
		t.Fatalf("%s %s %s", e.Status, e.Error, e.Cause)
	}
	good := slices.DeleteFunc(upTo(files), func(n int) bool { return n%20 == 7 })
	if diff := cmp.Diff(of(good...), s.findings(name)); diff != "" {
		t.Error(diff)
	}
	for _, v := range e.Visits {
		if 4*max(len(v.Input), len(v.Output)) > 200<<10 {
			t.Errorf("%s: %d and %d bytes", v.State, len(v.Input), len(v.Output))
		}
	}
	for _, o := range s.Objects(s.output, "acl-data/") {
		if o.Size > 256<<10 {
			t.Errorf("%+v", o)
		}
	}
	if m := s.messages(); len(m) != 1 || len(m[0].Body) > 1<<10 || !strings.Contains(m[0].Body, fmt.Sprintf("The security of %d files could not be read.", files-len(good))) {
		t.Errorf("%+v", m)
	}
	s.run("second", "", "Find", "Any", "Nothing")
}
