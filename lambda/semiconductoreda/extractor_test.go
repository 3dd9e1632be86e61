package semiconductoreda_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/discovery"
	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii/gdsiitest"
	"github.com/fsxns3ap/guardhook/lambda/internal/oasis/oasistest"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
	"github.com/fsxns3ap/guardhook/lambda/semiconductoreda"
)

const (
	part     = "manifests/semiconductor-eda/r1/0003.json"
	recorded = "metadata/dt=2026-11-26/run=r1/0003.jsonl"
	kept     = "progress/semiconductor-eda/r1/0003.json"
)

// gds has a structure of 2 by 3 micrometres, which another one places twice.
func gds(library string) []byte {
	return gdsiitest.Library(
		library, gdsiitest.Structure("A", gdsiitest.Boundary(0, 0, 2000, 3000)),
		gdsiitest.Structure("TOP", gdsiitest.SRef("A", 0, 0), gdsiitest.SRef("A", 10000, 0), gdsiitest.SRef("NONE", 0, 0)),
	)
}

// oas has a cell of 4 by 5 micrometres.
func oas() []byte {
	return oasistest.File(oasistest.Cell("A", oasistest.Rectangle(-1000, 0, 4000, 5000)))
}

// broken is a library that ends in a record that is too short.
func broken() []byte {
	return append(gdsiitest.Header("BROKEN"), 0, 2, 5, 2)
}

// world is S3 with files and a part of a manifest that has them all.
func world(t testing.TB, files map[string][]byte) *awsfake.Server {
	t.Helper()
	s := awsfake.New(t, source, "output")
	for key, content := range files {
		s.Put(source, key, content)
	}
	manifest(t, s, nil)
	return s
}

// manifest writes the part of all files, changed.
func manifest(t testing.TB, s *awsfake.Server, change func(*objects.Object)) {
	t.Helper()
	list := []objects.Object{}
	for o, err := range s.Store(source).List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if change != nil {
			change(&o)
		}
		list = append(list, o)
	}
	content, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	s.Put("output", part, content)
}

func extract(t *testing.T, s *awsfake.Server, env ...string) (discovery.Outcome, string) {
	t.Helper()
	p, _ := function(s, "extract", env...)
	return ask[discovery.Outcome](t, p, event(`, "part": %q`, part))
}

// statuses is what is recorded: "key STATUS".
func statuses(t *testing.T, s *awsfake.Server) []string {
	t.Helper()
	out := []string{}
	for _, r := range lines[semiconductoreda.Record](t, s.Get("output", recorded)) {
		out = append(out, r.Key+" "+string(r.Status))
	}
	return out
}

// TestExtract: every file has a record, valid or not, and files of one name in two
// folders have two.
func TestExtract(t *testing.T) {
	t.Parallel()
	s := world(t, map[string][]byte{
		"a/chip.gds": gds("CHIP"), "b/chip.GDS2": gds("OTHER"), "chip.oas": oas(), "cut.gds": gds("CHIP")[:100], "d.oasis": []byte("%SEMI-OASIS\n"),
		"empty.gds": {}, "notes.txt": []byte("x"), "bare.gds": gdsiitest.Library("BARE"), "broken.gds": broken(),
	})
	got, failed := extract(t, s)
	want := discovery.Outcome{Part: part, Processed: 4, Failed: 5, Failures: "failures/semiconductor-eda/r1/0003.json"}
	if diff := cmp.Diff(want, got); failed != "" || diff != "" {
		t.Fatalf("%s\n%s", failed, diff)
	}
	records := lines[semiconductoreda.Record](t, s.Get("output", recorded))
	reasons := map[string]string{}
	for _, r := range records {
		if (r.Status == semiconductoreda.Valid) != (r.Design != nil) || r.Run != "r1" || r.Started != "2026-11-26T08:30:00.000Z" || r.ETag == "" {
			t.Errorf("%+v", r)
		}
		if r.Status != semiconductoreda.Valid {
			reasons[r.Key] = r.Reason
		}
	}
	for key, reason := range map[string]string{
		"cut.gds": "the content ends early", "d.oasis": "oasis: byte 0: ", "empty.gds": "gdsii: byte 0: the content ends early",
		"notes.txt": "unknown file format", "broken.gds": "a record of 2 bytes",
	} {
		if !strings.Contains(reasons[key], reason) {
			t.Errorf("%s: %s, want %s", key, reasons[key], reason)
		}
	}
	created := time.Date(2024, 2, 29, 12, 34, 56, 0, time.UTC)
	chip := semiconductoreda.Design{
		Version: "6.0", Library: "CHIP", Created: &created, Units: semiconductoreda.Units{User: 1e-3, DB: 1e-9}, Cells: 2, Missing: 1,
		Box: &semiconductoreda.Box{MaxX: 12000, MaxY: 3000}, Width: number(12), Height: number(3), Exact: true, Validation: "NONE",
	}
	other, bare := chip, chip
	other.Library = "OTHER"
	bare.Library, bare.Cells, bare.Missing, bare.Box, bare.Width, bare.Height = "BARE", 0, 0, nil, nil, nil
	layout := semiconductoreda.Design{
		Version: "1.0", Units: semiconductoreda.Units{User: 1e-3, DB: 1e-9}, Cells: 1,
		Box: &semiconductoreda.Box{MinX: -1000, MaxX: 3000, MaxY: 5000}, Width: number(4), Height: number(5), Exact: true, Validation: "CRC32",
	}
	for key, want := range map[string]semiconductoreda.Design{"a/chip.gds": chip, "b/chip.GDS2": other, "chip.oas": layout, "bare.gds": bare} {
		i := slices.IndexFunc(records, func(r semiconductoreda.Record) bool { return r.Key == key })
		if diff := cmp.Diff(&want, records[i].Design, approximately); diff != "" {
			t.Errorf("%s:\n%s", key, diff)
		}
	}
	var failures []discovery.Failure
	if err := json.Unmarshal(s.Get("output", got.Failures), &failures); err != nil || len(failures) != 5 || failures[0].Key != "broken.gds" {
		t.Errorf("%v %v", failures, err)
	}
}

// TestVersions: 600 is release 6.0, and a single digit is a release.
func TestVersions(t *testing.T) {
	t.Parallel()
	files, want := map[string][]byte{}, map[string]string{}
	for version, release := range map[int16]string{3: "3.0", 5: "5.0", 600: "6.0", 603: "6.3", 700: "7.0"} {
		key := fmt.Sprintf("v%d.gds", version)
		files[key] = append(gdsiitest.Short(0x00, version), gdsiitest.Library("V")[6:]...)
		want[key] = release
	}
	s := world(t, files)
	if got, failed := extract(t, s); failed != "" || got.Processed != 5 {
		t.Fatalf("%+v %s", got, failed)
	}
	for _, r := range lines[semiconductoreda.Record](t, s.Get("output", recorded)) {
		if r.Version != want[r.Key] {
			t.Errorf("%s: %s", r.Key, r.Version)
		}
	}
}

func number(v float64) *float64 { return &v }

// approximately: a real of GDSII is none of IEEE 754.
var approximately = cmp.Comparer(func(a, b float64) bool { return a == b || (a-b)/b < 1e-12 && (b-a)/b < 1e-12 })

// TestAgain: another attempt writes the same bytes.
func TestAgain(t *testing.T) {
	t.Parallel()
	s := world(t, map[string][]byte{"a.gds": gds("A"), "b.oas": oas(), "c.gds": broken()})
	first, _ := extract(t, s)
	content := s.Get("output", recorded)
	second, _ := extract(t, s)
	if diff := cmp.Diff(first, second); diff != "" || !bytes.Equal(content, s.Get("output", recorded)) {
		t.Errorf("%s\n%s", diff, s.Get("output", recorded))
	}
}

// TestLimits: a design that is past a limit is not judged, and the others are.
func TestLimits(t *testing.T) {
	t.Parallel()
	var cells [][]byte
	for i := range 120_000 {
		cells = append(cells, gdsiitest.Structure(fmt.Sprintf("C%d", i)))
	}
	s := world(t, map[string][]byte{"a.gds": gds("A"), "many.gds": gdsiitest.Library("MANY", cells...)})
	if got, failed := extract(t, s); failed != "" || got.Failed != 1 {
		t.Errorf("%+v %s", got, failed)
	}
	if diff := cmp.Diff([]string{"a.gds VALID", "many.gds TOO_LARGE"}, statuses(t, s)); diff != "" {
		t.Error(diff)
	}
	if got, failed := extract(t, s, "MAX_HIERARCHY_MIB=64"); failed != "" || got.Failed != 0 {
		t.Errorf("%+v %s", got, failed)
	}
}

// TestChanged: a file that is not the one that was listed has no record.
func TestChanged(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*objects.Object)
		kind   string
	}{
		"another version": {func(o *objects.Object) { o.ETag = `"x"` }, "Conflict"},
		"shorter":         {func(o *objects.Object) { o.Size += 10 }, "Conflict"},
		"much shorter":    {func(o *objects.Object) { o.Size += 9 << 20 }, "Conflict"},
		"longer":          {func(o *objects.Object) { o.Size -= 10 }, "Conflict"},
		"deleted":         {func(o *objects.Object) { o.Key = "gone.gds" }, "NotFound"},
	} {
		s := world(t, map[string][]byte{"a.gds": gds("A"), "b.gds": gds("B")})
		manifest(t, s, func(o *objects.Object) {
			if o.Key == "b.gds" {
				c.change(o)
			}
		})
		got, failed := extract(t, s)
		var failures []discovery.Failure
		err := json.Unmarshal(s.Get("output", got.Failures), &failures)
		if failed != "" || err != nil || got.Failed != 1 || string(failures[0].Kind) != c.kind {
			t.Errorf("%s: %+v %s %v %v", name, got, failed, failures, err)
		}
		if diff := cmp.Diff([]string{"a.gds VALID"}, statuses(t, s)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestPasses: what passes by itself fails the call, and the next attempt reads only
// what is missing.
func TestPasses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*awsfake.Server)
		kind  string
	}{
		"throttled": {func(s *awsfake.Server) { s.Fail("GET "+source+"/c.gds", slow) }, "Throttled"},
		"cut off":   {func(s *awsfake.Server) { s.Break("GET "+source+"/c.gds", 60) }, "Unavailable"},
		"the check": {func(s *awsfake.Server) { s.Fail("HEAD "+source+"/c.gds", slow) }, "Throttled"},
		"output":    {func(s *awsfake.Server) { s.Fail("PUT output/metadata", slow) }, "Throttled"},
		"idle":      {func(s *awsfake.Server) { s.Fail("GET "+source+"/c.gds", s3Error(400, "RequestTimeout")) }, "Timeout"},
		"refused":   {func(s *awsfake.Server) { s.Fail("GET "+source+"/c.gds", s3Error(400, "InvalidRequest")) }, "Internal"},
		"no check":  {func(s *awsfake.Server) { s.Fail("HEAD "+source+"/c.gds", s3Error(400, "InvalidRequest")) }, "Internal"},
		"no source": {func(s *awsfake.Server) { s.Fail("GET "+source+"/c.gds", s3Error(404, "NoSuchBucket")) }, "Configuration"},
	} {
		s := world(t, map[string][]byte{"a.gds": gds("A"), "b.gds": broken(), "c.gds": gds("C")})
		c.spoil(s)
		_, failed := extract(t, s, "PARALLEL_FILES=1")
		if kind := failed; kind != c.kind && !(name == "the check" && kind == "Unavailable") { // a HEAD has no code
			t.Errorf("%s: %s", name, kind)
		}
		if s.Get("output", recorded) != nil {
			t.Errorf("%s: records of half a part", name)
		}
		s.Calls()
		if got, failed := extract(t, s); failed != "" || got.Processed != 2 || got.Failed != 1 {
			t.Errorf("%s: %+v %s", name, got, failed)
		}
		for _, call := range s.Calls() {
			if strings.Contains(call.Name, source+"/a.gds") || strings.Contains(call.Name, source+"/b.gds") {
				t.Errorf("%s: %s again", name, call.Name)
			}
		}
		if diff := cmp.Diff([]string{"a.gds VALID", "b.gds INVALID", "c.gds VALID"}, statuses(t, s)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestProgress: records that were kept are those of a version.
func TestProgress(t *testing.T) {
	t.Parallel()
	s := world(t, map[string][]byte{"a.gds": gds("A")})
	s.Put("output", kept, []byte(`{"records": [{"file_key": "a.gds", "etag": "\"old\"", "file_size": 1, "status": "INVALID", "reason": "x"}]}`))
	if got, failed := extract(t, s); failed != "" || got.Processed != 1 {
		t.Errorf("%+v %s", got, failed)
	}
	s.Fail("GET output/progress", slow)
	if _, failed := extract(t, s); failed != "Throttled" {
		t.Error(failed)
	}
	// That nothing can be kept changes nothing but the log.
	s = world(t, map[string][]byte{"a.gds": gds("A"), "b.gds": gds("B")})
	s.Fail("GET "+source+"/b.gds", slow)
	s.Fail("PUT output/progress", slow)
	p, out := function(s, "extract", "PARALLEL_FILES=1")
	if _, failed := ask[any](t, p, event(`, "part": %q`, part)); failed != "Throttled" || !strings.Contains(out.String(), "progress is lost") {
		t.Errorf("%s %s", failed, out)
	}
}

// TestSlow: a file that three calls in a row cannot read to its end is not judged,
// and the others of its part are.
func TestSlow(t *testing.T) {
	t.Parallel()
	s := world(t, map[string][]byte{"a.gds": gds("A"), "b.gds": gds("B"), "c.gds": gds("C")})
	p, _ := function(s, "extract", "PARALLEL_FILES=1")
	call := []byte(event(`, "part": %q`, part))
	// The first call has read another file before.
	for range 4 {
		ctx := expiring{t.Context(), make(chan struct{})}
		returned := make(chan struct{})
		s.Fail("GET "+source+"/b.gds", slow)
		s.OnFail(func() { close(ctx.done); <-returned })
		_, err := p.Invoke(ctx, call)
		close(returned)
		if refused, ok := err.(messages.InvokeResponse_Error); !ok || refused.Type != "Timeout" {
			t.Fatal(err)
		}
	}
	if got, failed := extract(t, s); failed != "" || got.Processed != 2 || got.Failed != 1 {
		t.Errorf("%+v %s", got, failed)
	}
	if diff := cmp.Diff([]string{"a.gds VALID", "b.gds TOO_LARGE", "c.gds VALID"}, statuses(t, s)); diff != "" {
		t.Error(diff)
	}
}

// expiring is a context whose deadline is when done is closed.
type expiring struct {
	context.Context
	done chan struct{}
}

func (e expiring) Done() <-chan struct{} { return e.done }

func (e expiring) Err() error {
	select {
	case <-e.done:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// TestDenied: a file that may not be read is one thing, a function that may read
// nothing another.
func TestDenied(t *testing.T) {
	t.Parallel()
	s := world(t, map[string][]byte{"a.gds": gds("A"), "b.gds": gds("B")})
	s.Fail("GET "+source+"/b.gds", denied)
	if got, failed := extract(t, s); failed != "" || got.Processed != 1 || got.Failed != 1 {
		t.Errorf("%+v %s", got, failed)
	}
	if diff := cmp.Diff([]string{"a.gds VALID", "b.gds DENIED"}, statuses(t, s)); diff != "" {
		t.Error(diff)
	}
	s = world(t, map[string][]byte{"a.gds": gds("A"), "b.gds": gds("B")})
	s.Fail("GET "+source+"/a.gds", denied)
	s.Fail("GET "+source+"/b.gds", denied)
	if _, failed := extract(t, s); failed != "AccessDenied" || s.Get("output", recorded) != nil || s.Get("output", kept) != nil {
		t.Error(failed)
	}
}

// TestRanges: a large file is read in ranges of 4 MiB, once.
func TestRanges(t *testing.T) {
	t.Parallel()
	large := gdsiitest.Large(10 << 20)
	content, err := io.ReadAll(io.NewSectionReader(large, 0, large.Size()))
	if err != nil {
		t.Fatal(err)
	}
	s := world(t, map[string][]byte{"large.gds": content})
	s.Calls()
	before := s.Served()
	if got, failed := extract(t, s); failed != "" || got.Processed != 1 {
		t.Fatalf("%+v %s", got, failed)
	}
	reads := 0
	for _, call := range s.Calls() {
		if strings.HasPrefix(call.Name, "GET "+source) {
			reads++
		}
	}
	if served := s.Served() - before; reads != 3 || served > large.Size()+4096 {
		t.Errorf("%d reads, %d bytes", reads, served)
	}
}

// TestAnything: whatever is in a file, it has a record.
func TestAnything(t *testing.T) {
	t.Parallel()
	s := awsfake.New(t, source, "output")
	p, _ := function(s, "extract")
	rapid.Check(t, func(r *rapid.T) {
		key := "x" + rapid.SampledFrom([]string{".gds", ".GDS2", ".oas", ".oasis", ".txt"}).Draw(r, "suffix")
		content := rapid.SliceOfN(rapid.Byte(), 0, 1024).Draw(r, "content")
		if prefix := rapid.SampledFrom([][]byte{nil, gdsiitest.Header("A"), oasistest.Start()}).Draw(r, "prefix"); prefix != nil {
			content = append(slices.Clone(prefix), content...)
		}
		s.Put(source, key, content)
		o, err := s.Store(source).Stat(t.Context(), key)
		if err != nil {
			r.Fatal(err)
		}
		list, err := json.Marshal([]objects.Object{o})
		if err != nil {
			r.Fatal(err)
		}
		s.Put("output", part, list)
		if _, failed := ask[any](t, p, event(`, "part": %q`, part)); failed != "" {
			r.Fatal(failed)
		}
		if records := lines[semiconductoreda.Record](t, s.Get("output", recorded)); len(records) != 1 || records[0].Status == "" {
			r.Fatal(records)
		}
	})
}

// s3Error is S3's answer to a call whose fault is not that of the object.
func s3Error(status int, code string) awsfake.Answer {
	return awsfake.Answer{Status: status, Body: "<Error><Code>" + code + "</Code></Error>"}
}

// TestExtremes: a size that no number can tell is the fault of the file, and not
// that of its part or of the statistics.
func TestExtremes(t *testing.T) {
	t.Parallel()
	unit := func(v float64) []byte {
		start := slices.Concat([]byte(oasistest.Magic), oasistest.Unsigned(1), oasistest.String("1.0"), oasistest.Unsigned(7))
		start = binary.LittleEndian.AppendUint64(start, math.Float64bits(v))
		rest := oasistest.File(oasistest.Cell("A", oasistest.Rectangle(0, 0, 1000, 1000)))[len(oasistest.Start()):]
		out := slices.Concat(start, oasistest.Unsigned(0), make([]byte, 12), rest)
		binary.LittleEndian.PutUint32(out[len(out)-4:], crc32.ChecksumIEEE(out[:len(out)-4]))
		return out
	}
	magnified := []byte{}
	for i, name := range []string{"A", "B", "C", "D", "E"} {
		magnified = append(magnified, gdsiitest.Structure(string(rune('A'+i+1)), gdsiitest.SRef(name, 0, 0, gdsiitest.Real(0x1b, 1e55)))...)
	}
	s := world(t, map[string][]byte{
		"a.gds": gds("A"), "tiny.oas": unit(5e-324), "small.oas": unit(1e-300), "huge.oas": unit(1e305),
		"mag.gds": gdsiitest.Library("MAG", gdsiitest.Structure("A", gdsiitest.Boundary(0, 0, 1000, 1000)), magnified),
	})
	if got, failed := extract(t, s); failed != "" || got.Processed != 1 || got.Failed != 4 {
		t.Errorf("%+v %s", got, failed)
	}
	if diff := cmp.Diff([]string{"a.gds VALID", "huge.oas INVALID", "mag.gds INVALID", "small.oas INVALID", "tiny.oas INVALID"}, statuses(t, s)); diff != "" {
		t.Error(diff)
	}
}

// TestProgressStays: an attempt that fails early loses nothing of what earlier ones
// have left.
func TestProgressStays(t *testing.T) {
	t.Parallel()
	s := world(t, map[string][]byte{"a.gds": gds("A"), "b.gds": gds("B"), "c.gds": gds("C")})
	p, _ := function(s, "extract", "PARALLEL_FILES=1")
	call := event(`, "part": %q`, part)
	s.Fail("PUT output/metadata", slow)
	if _, failed := ask[any](t, p, call); failed != "Throttled" {
		t.Fatal(failed)
	}
	// The next attempt finds no record of the first file, and cannot read it.
	var left map[string]any
	if err := json.Unmarshal(s.Get("output", kept), &left); err != nil {
		t.Fatal(err)
	}
	left["records"] = left["records"].([]any)[1:]
	content, err := json.Marshal(left)
	if err != nil {
		t.Fatal(err)
	}
	s.Put("output", kept, content)
	s.Fail("GET "+source+"/a.gds", slow)
	if _, failed := ask[any](t, p, call); failed != "Throttled" {
		t.Fatal(failed)
	}
	s.Calls()
	if got, failed := ask[discovery.Outcome](t, p, call); failed != "" || got.Processed != 3 {
		t.Errorf("%+v %s", got, failed)
	}
	for _, c := range s.Calls() {
		if strings.Contains(c.Name, source+"/b.gds") || strings.Contains(c.Name, source+"/c.gds") {
			t.Errorf("%s again", c.Name)
		}
	}
}
