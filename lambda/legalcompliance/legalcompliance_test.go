package legalcompliance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/internal/ontapsim"
	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/discovery"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
	"github.com/fsxns3ap/guardhook/lambda/legalcompliance"
	fixture "github.com/fsxns3ap/guardhook/lambda/legalcompliance/legalcompliancelocal"
	"github.com/fsxns3ap/guardhook/lambda/local"
)

const (
	input  = "vol-ext-s3alias"
	output = "output"
	secret = "secretsmanager.GetSecretValue"
	model  = "POST /model/amazon.nova-lite-v1:0/converse"
	start  = "AmazonAthena.StartQueryExecution"
	state  = "AmazonAthena.GetQueryExecution"
	rows   = "AmazonAthena.GetQueryResults"
)

var started = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// world is AWS with an empty volume and an empty bucket, and a file system.
type world struct {
	*testing.T
	*awsfake.Server
	ontap *ontapsim.Server
	log   bytes.Buffer
}

func open(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, Server: awsfake.New(t, input, output), ontap: ontapsim.New(t, 2)}
	text, err := json.Marshal(map[string]string{"Name": "ontap", "SecretString": w.ontap.Secret()})
	if err != nil {
		t.Fatal(err)
	}
	w.Answer(secret, checker.Check(t, "secretsmanager", "GetSecretValue", string(text)))
	return w
}

// function opens a function.
func (w *world) function(name string, env ...string) *bootstrap.Program {
	return w.functionAt(started.Add(time.Minute), name, env...)
}

// functionAt opens a function whose clock stands.
func (w *world) functionAt(now time.Time, name string, env ...string) *bootstrap.Program {
	environ := append([]string{
		"_HANDLER=" + name, "USE_CASE=legal-compliance", "S3_ACCESS_POINT=" + input, "OUTPUT_BUCKET=" + output, "SETTLE=0s",
		"ONTAP_ENDPOINT=" + w.ontap.Host(), "ONTAP_SECRET=ontap", "SVM_UUID=" + fixture.SVM, "VOLUME_UUID=" + fixture.Volume,
		"ATHENA_WORKGROUP=workgroup", "GLUE_DATABASE=legal_compliance",
	}, env...)
	return bootstrap.NewWith(w.Config(), legalcompliance.Functions(), environ, &w.log, func() time.Time { return now })
}

// call calls a function; the second result is the type of the error.
func call[T any](w *world, name string, event any, env ...string) (T, messages.InvokeResponse_Error) {
	w.Helper()
	var out T
	text, err := json.Marshal(event)
	if err != nil {
		w.Fatal(err)
	}
	answer, err := w.function(name, env...).Invoke(w.Context(), text)
	if refused, ok := err.(messages.InvokeResponse_Error); ok {
		return out, refused
	}
	if err := json.Unmarshal(answer, &out); err != nil {
		w.Fatal(err)
	}
	return out, messages.InvokeResponse_Error{}
}

var theRun = legalcompliance.Run{Run: "run-1", Audit: "2026-11-26"}

func TestFind(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.Put(input, "a/b.docx", []byte("x"))
	w.Put(input, "folder/", nil)
	event := legalcompliance.FindEvent{Run: "run-1", Started: started}
	for period, audit := range map[string]string{"": "2026-11-26", "day": "2026-11-26", "week": "2026-11-23", "month": "2026-11-01"} {
		got, failed := call[legalcompliance.Found](w, "find", event, "AUDIT_PERIOD="+period)
		part := discovery.Part{Key: "manifests/legal-compliance-" + audit + "/run-1/0000.json", Objects: 1}
		want := legalcompliance.Found{Result: discovery.Result{Run: "run-1", Parts: []discovery.Part{part}, Objects: 1, Listed: 1}, Audit: audit}
		if diff := cmp.Diff(want, got); failed.Type != "" || diff != "" {
			t.Errorf("%s: %v\n%s", period, failed, diff)
		}
	}
	// What was committed is not found again in the same audit, and is in the next.
	done, failed := call[discovery.Committed](w, "commit", map[string]any{"run": "run-1", "audit": "2026-11-26", "outcomes": []map[string]any{{"part": "x", "processed": 1}}})
	if failed.Type != "" || done.Processed != 1 {
		t.Error(done, failed)
	}
	for day, objects := range map[int]int{26: 0, 27: 1} {
		event.Started = time.Date(2026, 11, day, 23, 59, 0, 0, time.UTC)
		if got, failed := call[legalcompliance.Found](w, "find", event); failed.Type != "" || got.Objects != objects {
			t.Errorf("%d: %+v %v", day, got, failed)
		}
	}
}

// TestTimes: no time of a file keeps an audit from looking at it.
func TestTimes(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.Put(input, "a.docx", []byte("x"))
	// The clock of the function is a year behind that of the file.
	event := legalcompliance.FindEvent{Run: "run-1", Started: started}
	program := w.functionAt(started.AddDate(-1, 0, 0), "find", "SETTLE=24h")
	text, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	var got legalcompliance.Found
	answer, err := program.Invoke(t.Context(), text)
	if err != nil || json.Unmarshal(answer, &got) != nil || got.Objects != 1 {
		t.Errorf("%s %v", answer, err)
	}
}

// TestWeek: a week begins on Monday, in UTC.
func TestWeek(t *testing.T) {
	t.Parallel()
	w := open(t)
	for text, want := range map[string]string{
		"2026-11-23T00:00:00Z": "2026-11-23", "2026-11-29T23:59:59Z": "2026-11-23", "2026-11-30T00:00:00+09:00": "2026-11-23", "2027-01-01T00:00:00Z": "2026-12-28",
	} {
		got, failed := call[legalcompliance.Found](w, "find", map[string]string{"run": "r", "started": text}, "AUDIT_PERIOD=week")
		if got.Audit != want || failed.Type != "" {
			t.Errorf("%s: %s, want %s: %v", text, got.Audit, want, failed)
		}
	}
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	w := open(t)
	fixture.Serve(w.ontap, 1, started, nil)
	got, failed := call[legalcompliance.Described](w, "metadata", theRun)
	want := legalcompliance.Described{
		Key: "metadata/2026-11-26/run-1/svm.json", Junction: "/legal vol", SecurityStyle: "ntfs", Volumes: 2, Shares: 4, Policies: 2, OpenShares: 2, OpenRules: 1,
	}
	if diff := cmp.Diff(want, got); failed.Type != "" || diff != "" {
		t.Fatalf("%v\n%s", failed, diff)
	}
	var m legalcompliance.Metadata
	if err := json.Unmarshal(w.Get(output, got.Key), &m); err != nil {
		t.Fatal(err)
	}
	var open []string
	for _, s := range m.Shares {
		open = append(open, fmt.Sprint(s.Name, " ", s.Audited, " ", s.Open))
	}
	for _, p := range m.Policies {
		for _, r := range p.Rules {
			open = append(open, fmt.Sprint(p.Name, " ", r.Index, " ", r.Clients[0].Match, " ", r.ReadWrite, " ", p.Audited, " ", r.Open))
		}
	}
	if diff := cmp.Diff([]string{
		"legal true true", "legal-read true false", "c$ true true", "attic false true",
		"default 1 0.0.0.0/0 [any] false true", "office 1 10.0.0.0/8, 0.0.0.0/0 [sys] true true", "office 2 0.0.0.0/0 [never] true false",
	}, open); diff != "" || m.Volume.Name != "legal" || m.Volume.NAS.ExportPolicy.Name != "office" || len(m.Volumes) != 2 {
		t.Errorf("%+v\n%s", m.Volume, diff)
	}
	// Lists have several pages, and are asked for of this SVM alone.
	pages := 0
	for _, r := range w.ontap.Requests() {
		if !strings.HasSuffix(r.Path, "/volumes/"+fixture.Volume) && !strings.Contains(r.Query, "svm.uuid="+fixture.SVM) {
			t.Errorf("%+v", r)
		}
		pages++
	}
	if pages != 1+1+2+1 {
		t.Errorf("%d requests", pages)
	}
}

// TestMetadataFails: what ONTAP does not tell is no empty list.
func TestMetadataFails(t *testing.T) {
	t.Parallel()
	ok := ontapsim.Fault{Status: 200, Body: `{"uuid": "` + fixture.Volume + `", "nas": {"path": "/v"}}`}
	list := ontapsim.Fault{Status: 200, Body: `{"records": [{"uuid": "` + fixture.Volume + `"}]}`}
	denied := ontapsim.Fault{Status: 403}
	for name, c := range map[string]struct {
		faults []ontapsim.Fault
		want   string
	}{
		"no volume":      {nil, "NotFound"},
		"volume":         {[]ontapsim.Fault{denied}, "AccessDenied"},
		"not mounted":    {[]ontapsim.Fault{{Status: 200, Body: `{}`}}, "Configuration"},
		"volumes":        {[]ontapsim.Fault{ok, denied}, "AccessDenied"},
		"of another SVM": {[]ontapsim.Fault{ok, {Status: 200, Body: `{"records": []}`}}, "Configuration"},
		"shares":         {[]ontapsim.Fault{ok, list, denied}, "AccessDenied"},
		"policies":       {[]ontapsim.Fault{ok, list, list, denied}, "AccessDenied"},
	} {
		w := open(t)
		w.ontap.Fail(c.faults...)
		if _, failed := call[legalcompliance.Described](w, "metadata", theRun); failed.Type != c.want {
			t.Errorf("%s: %v", name, failed)
		}
	}
}

// factsKey is the key of the facts of the part that part writes.
const factsKey = "acl-data/dt=2026-11-26/run-1/0003.jsonl"

// part writes a part with the files of numbers.
func (w *world) part(numbers ...int) legalcompliance.CollectEvent {
	w.Helper()
	list := []objects.Object{}
	for _, n := range numbers {
		list = append(list, objects.Object{Key: fixture.Key(n), Modified: started.AddDate(0, 0, -n)})
	}
	text, err := json.Marshal(list)
	if err != nil {
		w.Fatal(err)
	}
	e := legalcompliance.CollectEvent{Run: theRun, Part: "manifests/legal-compliance-2026-11-26/run-1/0003.json", Junction: fixture.Junction}
	w.Put(output, e.Part, text)
	return e
}

// collected are the facts of a part by the numbers of their files.
func (w *world) collected(key string) map[string]legalcompliance.Fact {
	w.Helper()
	out := map[string]legalcompliance.Fact{}
	content := w.Get(output, key)
	if !bytes.HasSuffix(content, []byte("\n")) {
		w.Errorf("the last line has no end: %q", content)
	}
	for line := range bytes.Lines(content) {
		var f legalcompliance.Fact
		if err := json.Unmarshal(line, &f); err != nil {
			w.Fatal(err)
		}
		out[f.Key] = f
	}
	return out
}

func TestCollect(t *testing.T) {
	t.Parallel()
	w := open(t)
	fixture.Serve(w.ontap, fixture.Variants, started, nil)
	e := w.part(7, 6, 5, 4, 3, 2, 1, 0, 8)
	got, failed := call[legalcompliance.Collected](w, "collect", e)
	want := legalcompliance.Collected{
		Outcome: discovery.Outcome{Part: e.Part, Processed: 9}, Deleted: 1,
	}
	if diff := cmp.Diff(want, got); failed.Type != "" || diff != "" {
		t.Fatalf("%v\n%s", failed, diff)
	}
	facts := w.collected(factsKey)
	entry := func(sid, name, kind, of, permissions string, inherited bool) legalcompliance.Entry {
		return legalcompliance.Entry{SID: sid, Name: name, Kind: kind, Type: of, Permissions: permissions, Inherited: inherited}
	}
	const full, everyone = "FULL_CONTROL", "Everyone"
	base := []legalcompliance.Entry{
		entry("S-1-5-32-544", `BUILTIN\Administrators`, "BUILTIN", "ALLOWED", full, false), entry("", `CORP\legal`, "ACCOUNT", "ALLOWED", "DELETE,READ_DATA,WRITE_DATA", false),
	}
	for variant, more := range map[int][]legalcompliance.Entry{
		fixture.Restricted:    nil,
		fixture.Stale:         nil,
		fixture.Everyone:      {entry("S-1-1-0", everyone, "BROAD", "ALLOWED", full, false)},
		fixture.DomainUser:    {entry("", `CORP\j.doe`, "ACCOUNT", "ALLOWED", full, false)},
		fixture.Departed:      {entry("S-1-5-21-2233347455-2266964949-1780268902-1107", "", "ACCOUNT", "ALLOWED", full, true)},
		fixture.Authenticated: {entry("S-1-5-11", `NT AUTHORITY\Authenticated Users`, "BROAD", "ALLOWED", full, false)},
		fixture.ReadOnly: {
			entry("S-1-1-0", everyone, "BROAD", "ALLOWED", "EXECUTE_FILE,READ_ATTR,READ_DATA", false), entry("S-1-1-0", everyone, "BROAD", "DENIED", full, false),
			entry("S-1-1-0", everyone, "BROAD", "AUDIT", full, false), entry("S-1-1-0", everyone, "BROAD", "ALLOWED_CONDITIONAL", full, false),
			entry("S-1-1-0", everyone, "BROAD", "SLAG_ALLOWED", full, false),
		},
	} {
		if diff := cmp.Diff(append(base[:2:2], more...), facts[fixture.Key(variant)].ACLs); diff != "" {
			t.Errorf("%d: %s", variant, diff)
		}
	}
	// All of one, of one that has no list, and of one that is not there.
	stale := facts[fixture.Key(fixture.Stale)]
	stale.ACLs = nil
	const at = "2026-11-26T12:01:00.000Z"
	for _, c := range []struct{ want, got legalcompliance.Fact }{
		{legalcompliance.Fact{
			Key: fixture.Key(3), Volume: fixture.Volume, Status: "COLLECTED", SecurityStyle: "ntfs", EffectiveStyle: "ntfs", Owner: `BUILTIN\Administrators`,
			OwnerGroup: `CORP\Domain Users`, ControlFlags: "0x8404", Collected: at, Run: "run-1", Times: legalcompliance.Times{
				Created: "2019-06-13T01:27:28Z", Modified: "2020-06-13T01:27:28Z", Changed: "2021-06-13T01:27:28Z", Accessed: "2026-05-10T12:00:00Z",
				LastUsed: "2026-05-10T12:00:00Z", Source: "ontap",
			},
		}, stale},
		{legalcompliance.Fact{Key: fixture.Key(8), Volume: fixture.Volume, Status: "DELETED", Collected: at, Run: "run-1"}, facts[fixture.Key(8)]},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Error(diff)
		}
	}
	if f := facts[fixture.Key(fixture.Unix)]; f.EffectiveStyle != "unix" || f.Mode != "rwxr-x---" || len(f.ACLs) != 0 {
		t.Errorf("%+v", f)
	}
	if log := w.log.String(); !strings.Contains(log, `"FilesCollected":8,"FilesDeleted":1,"FilesFailed":0`) || strings.Contains(log, "password") {
		t.Error(log)
	}
	// The secret was read once.
	reads := 0
	for _, c := range w.Calls() {
		if c.Name == secret {
			reads++
		}
	}
	if reads != 1 {
		t.Errorf("%d reads of the secret", reads)
	}
	// The same again is the same.
	before := w.Get(output, factsKey)
	if again, failed := call[legalcompliance.Collected](w, "collect", e); failed.Type != "" || again != got || !bytes.Equal(before, w.Get(output, factsKey)) {
		t.Errorf("%+v %v", again, failed)
	}
}

// TestRoot: a volume that is mounted at the root of the SVM, and times of the listing.
func TestRoot(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.ontap.AddVolume(ontapsim.Volume{SVM: fixture.SVM, UUID: fixture.Volume, File: func(string) (ontapsim.File, bool) { return fixture.File(1, started), true }})
	e := w.part(1)
	e.Junction = ""
	_, failed := call[legalcompliance.Collected](w, "collect", e, "FILE_TIMES=listing")
	f := w.collected(factsKey)[fixture.Key(1)]
	want := legalcompliance.Times{Modified: "2026-11-25T12:00:00Z", LastUsed: "2026-11-25T12:00:00Z", Source: "listing"}
	if failed.Type != "" || f.Times != want || len(f.ACLs) != 3 || len(w.ontap.Requests()) != 1 {
		t.Errorf("%+v %v", f, failed)
	}
}

// TestCollectFails: what is the failure of a file, and what is that of the call.
func TestCollectFails(t *testing.T) {
	t.Parallel()
	const code = `{"error": {"code": "655871", "message": "planted"}}`
	for name, c := range map[string]struct {
		change func(f *ontapsim.File) bool
		down   bool // ONTAP answers for no file
		failed string
		kind   string
		reason string
	}{
		"500":      {func(f *ontapsim.File) bool { f.SecurityFault = &ontapsim.Fault{Status: 500, Body: code}; return true }, false, "", "InvalidInput", "ONTAP does not tell it of this file: ONTAP GET"},
		"403":      {func(f *ontapsim.File) bool { f.SecurityFault = &ontapsim.Fault{Status: 403}; return true }, false, "", "InvalidInput", "status 403"},
		"400":      {func(f *ontapsim.File) bool { f.SecurityFault = &ontapsim.Fault{Status: 400, Body: code}; return true }, false, "", "InvalidInput", "error 655871: planted"},
		"times":    {func(f *ontapsim.File) bool { f.TimesFault = &ontapsim.Fault{Status: 500}; return true }, false, "", "InvalidInput", "status 500"},
		"no times": {func(f *ontapsim.File) bool { f.Times = fixture.Record{}; return true }, false, "", "InvalidInput", "FILE_TIMES=listing"},
		"no JSON":  {func(f *ontapsim.File) bool { f.SecurityFault = &ontapsim.Fault{Status: 200, Body: "<"}; return true }, false, "", "InvalidInput", "is not understood"},
		"down":     {nil, true, "Unavailable", "", ""},
	} {
		w := open(t)
		fixture.Serve(w.ontap, 3, started, func(n int, f *ontapsim.File) bool { return n != 1 || c.change == nil || c.change(f) })
		if c.down {
			for range 20 {
				w.ontap.Fail(ontapsim.Fault{Status: 500})
			}
		}
		e := w.part(0, 1, 2)
		got, failed := call[legalcompliance.Collected](w, "collect", e, "PARALLEL=1")
		if failed.Type != c.failed {
			t.Errorf("%s: %v", name, failed)
		}
		if c.failed != "" {
			if w.Get(output, factsKey) != nil {
				t.Errorf("%s: facts of a part that failed", name)
			}
			continue
		}
		list := string(w.Get(output, got.Failures))
		if got.Processed != 2 || got.Failed != 1 || !strings.Contains(list, fmt.Sprintf(`"kind":%q`, c.kind)) || !strings.Contains(list, c.reason) || len(w.collected(factsKey)) != 3 || w.collected(factsKey)[fixture.Key(1)].Status != "FAILED" {
			t.Errorf("%s: %+v %s", name, got, list)
		}
	}
}

// TestNotThere: if the root of the volume is not there either, no file was deleted.
func TestNotThere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		serve func(w *world)
		want  string
	}{
		"no such API":   {func(*world) {}, "Configuration"},
		"not mounted":   {func(w *world) { fixture.Serve(w.ontap, 2, started, nil) }, "Configuration"},
		"no answer now": {func(w *world) { w.ontap.Fail(ontapsim.Fault{Status: 404}, ontapsim.Fault{Status: 500}) }, "Unavailable"},
	} {
		w := open(t)
		c.serve(w)
		e := w.part(0, 1)
		e.Junction = "/elsewhere"
		if _, failed := call[legalcompliance.Collected](w, "collect", e, "PARALLEL=1"); failed.Type != c.want {
			t.Errorf("%s: %v", name, failed)
		}
		if w.Get(output, factsKey) != nil {
			t.Errorf("%s: facts of a part that failed", name)
		}
	}
}

// TestSecret: that the secret cannot be read is no failure of a file.
func TestSecret(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"ResourceNotFoundException": "Configuration", "InvalidRequestException": "Configuration", "DecryptionFailure": "Configuration",
		"AccessDeniedException": "AccessDenied", "ThrottlingException": "Throttled", "InternalServiceError": "Unavailable",
	} {
		w := open(t)
		fixture.Serve(w.ontap, 2, started, nil)
		status := 400
		if code == "InternalServiceError" {
			status = 500
		}
		w.Answer(secret, awsfake.Answer{Status: status, Type: code, Body: `{"__type": "` + code + `", "message": "x"}`})
		if _, failed := call[legalcompliance.Collected](w, "collect", w.part(0, 1)); failed.Type != want || w.Get(output, factsKey) != nil {
			t.Errorf("%s: %v", code, failed)
		}
	}
}

// TestFuture: a time that has not come yet says nothing of when a file was used.
func TestFuture(t *testing.T) {
	t.Parallel()
	w := open(t)
	fixture.Serve(w.ontap, 2, started, func(n int, f *ontapsim.File) bool {
		f.Times["modified_time"], f.Times["accessed_time"] = "2099-01-01T00:00:00Z", "2020-06-12T00:00:00Z"
		if n == 1 {
			f.Times = fixture.Record{"modified_time": "2099-01-01T00:00:00Z"}
		}
		return true
	})
	_, failed := call[legalcompliance.Collected](w, "collect", w.part(0, 1))
	facts := w.collected(factsKey)
	if f := facts[fixture.Key(0)]; failed.Type != "" || f.LastUsed != "2021-06-13T01:27:28Z" || f.Modified != "2099-01-01T00:00:00Z" {
		t.Errorf("%+v %v", f, failed)
	}
	if f := facts[fixture.Key(1)]; f.Status != "COLLECTED" || f.LastUsed != "" {
		t.Errorf("%+v", f)
	}
}

// TestOnce: a failure that has passed is none.
func TestOnce(t *testing.T) {
	t.Parallel()
	w := open(t)
	fixture.Serve(w.ontap, 1, started, nil)
	w.ontap.Fail(ontapsim.Fault{Status: 500})
	if got, failed := call[legalcompliance.Collected](w, "collect", w.part(0)); failed.Type != "" || got.Processed != 1 || got.Failed != 0 {
		t.Errorf("%+v %v", got, failed)
	}
	// One that becomes another one is that.
	w = open(t)
	asked := 0
	fixture.Serve(w.ontap, 1, started, func(_ int, f *ontapsim.File) bool {
		asked++
		f.SecurityFault = &ontapsim.Fault{Status: 500}
		return asked == 1
	})
	if got, failed := call[legalcompliance.Collected](w, "collect", w.part(0)); failed.Type != "" || got.Deleted != 1 || got.Failed != 0 {
		t.Errorf("%+v %v", got, failed)
	}
	w = open(t)
	fixture.Serve(w.ontap, 1, started, nil)
	// A password that was changed is read anew; one that stays wrong fails the part.
	w.ontap.SetPassword("another")
	if _, failed := call[legalcompliance.Collected](w, "collect", w.part(0)); failed.Type != "AccessDenied" || strings.Contains(failed.Message, "password") {
		t.Error(failed)
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	w := open(t)
	for name, events := range map[string][]string{
		"find":     {`{}`, `{"run": "r"}`, `{"run": "_r", "started": "2026-11-26T12:00:00Z"}`, `{"run": ".r", "started": "2026-11-26T12:00:00Z"}`, `{"run": "a b", "started": "2026-11-26T12:00:00Z"}`, `[]`},
		"metadata": {`{}`, `{"run": "r", "audit": "today"}`, `{"run": "_r", "audit": "2026-11-26"}`, `{"run": "a/b", "audit": "2026-11-26"}`},
		"collect":  {`{}`, `{"run": "r", "audit": "2026-11-26"}`, `{"run": "r", "audit": "2026-11-26", "part": "p", "junction_path": "v"}`},
		"analyze":  {`{}`, `{"run": "r", "audit": "2026-11-26"}`, `{"run": "r", "audit": "' OR 1=1", "started": "2026-11-26T12:00:00Z"}`},
		"report":   {`{}`, `{"run": "r", "audit": "2026-11-26"}`},
		"commit":   {`{}`, `[]`, `{"run": "r", "audit": "x"}`},
	} {
		for _, event := range events {
			if _, failed := call[map[string]any](w, name, json.RawMessage(event)); failed.Type != "InvalidInput" {
				t.Errorf("%s %s: %v", name, event, failed)
			}
		}
	}
	if _, failed := call[map[string]any](w, "commit", map[string]string{"run": "r", "audit": "2026-11-26"}); failed.Type != "NotFound" {
		t.Error(failed)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	w := open(t)
	for name, settings := range map[string][]string{
		"find":     {"AUDIT_PERIOD=year", "S3_ACCESS_POINT=", "OUTPUT_BUCKET=" + input},
		"metadata": {"ONTAP_ENDPOINT=", "ONTAP_SECRET=", "SVM_UUID=", "VOLUME_UUID=", "OUTPUT_BUCKET="},
		"collect":  {"FILE_TIMES=file", "PARALLEL=0", "OUTPUT_BUCKET=", "VOLUME_UUID="},
		"analyze":  {"STALE_DAYS=0", "GLUE_DATABASE=", "OUTPUT_BUCKET="},
		"report":   {"STALE_DAYS=x", "OUTPUT_BUCKET=", "SERVICE_REGIONS=s3=us-east-1"},
		"commit":   {"S3_ACCESS_POINT=", "OUTPUT_BUCKET="},
	} {
		for _, setting := range settings {
			if _, failed := call[map[string]any](w, name, theRun, setting); failed.Type != "Configuration" {
				t.Errorf("%s %s: %v", name, setting, failed)
			}
		}
	}
}

// What is started once: the checker of answers, and the local stack.
var (
	checker *awsfake.Checker
	cloud   *local.Cloud
)

func TestMain(m *testing.M) {
	checker = awsfake.Must(awsfake.StartChecker())
	cloud = awsfake.Must(local.Start())
	os.Exit(m.Run())
}
