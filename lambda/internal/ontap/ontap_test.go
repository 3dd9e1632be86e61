package ontap_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/internal/ontapsim"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/ontap"
)

// kept is a secret that is read once, and again when it is forgotten.
type kept struct {
	read   func() (string, error)
	value  string
	filled bool
}

func (k *kept) Get(context.Context) (string, error) {
	if k.filled {
		return k.value, nil
	}
	value, err := k.read()
	k.value, k.filled = value, err == nil
	return value, err
}

func (k *kept) Forget() { k.filled = false }

// waits is a clock that remembers what it was asked for.
type waits struct {
	times []time.Duration
	err   error
}

func (w *waits) sleep(_ context.Context, d time.Duration) error {
	w.times = append(w.times, d)
	return w.err
}

func client(s *ontapsim.Server) (*ontap.Client, *waits) {
	w := &waits{}
	return ontap.New(s.Host(), &kept{read: func() (string, error) { return s.Secret(), nil }}, w.sleep), w
}

type volume struct{ UUID, Name string }

func list(t *testing.T, c *ontap.Client) (names []string, err error) {
	t.Helper()
	for v, err := range ontap.List[volume](t.Context(), c, url.Values{"fields": {"name,uuid"}}, "storage", "volumes") {
		if err != nil {
			return names, err
		}
		names = append(names, v.Name)
	}
	return names, nil
}

func withVolumes(t *testing.T, n, page int) *ontapsim.Server {
	t.Helper()
	s := ontapsim.New(t, page)
	for i := range n {
		s.Add("storage/volumes", ontapsim.Record{"uuid": fmt.Sprintf("u%d", i), "name": fmt.Sprintf("v%d", i)})
	}
	return s
}

func TestList(t *testing.T) {
	t.Parallel()
	s := withVolumes(t, 5, 2)
	c, _ := client(s)
	names, err := list(t, c)
	if diff := cmp.Diff([]string{"v0", "v1", "v2", "v3", "v4"}, names); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	want := []ontapsim.Request{
		{Method: "GET", Path: "/api/storage/volumes", Query: "fields=name%2Cuuid"},
		{Method: "GET", Path: "/api/storage/volumes", Query: "fields=name%2Cuuid&start.index=2"},
		{Method: "GET", Path: "/api/storage/volumes", Query: "fields=name%2Cuuid&start.index=4"},
	}
	if diff := cmp.Diff(want, s.Requests()); diff != "" {
		t.Error(diff)
	}
	for range ontap.List[volume](t.Context(), c, nil, "storage", "volumes") {
		break
	}
	if n := len(s.Requests()); n != 1 {
		t.Errorf("%d requests for the first record", n)
	}
}

// TestLinks that lead elsewhere, or nowhere else.
func TestLinks(t *testing.T) {
	t.Parallel()
	s := withVolumes(t, 1, 1)
	c, _ := client(s)
	for _, href := range []string{"https://elsewhere.test/api/x", "//elsewhere.test/api/x", "/other", "/api/storage/volumes?fields=name%2Cuuid", "::"} {
		s.Next(href)
		if _, err := list(t, c); failure.Of(err) != failure.InvalidInput || !strings.Contains(err.Error(), "ONTAP GET /api/storage/volumes: ") {
			t.Errorf("%s: %v", href, err)
		}
	}
}

func TestSegments(t *testing.T) {
	t.Parallel()
	s := ontapsim.New(t, 1)
	c, _ := client(s)
	err := c.Get(t.Context(), nil, nil, "protocols", "file-security", "permissions", "svm", "vol", "/a b/../日本?x=1#y%2F+c.txt")
	if failure.Of(err) != failure.NotFound || !strings.Contains(err.Error(), "status 404: error 4: entry doesn't exist") {
		t.Error(err)
	}
	want := "/api/protocols/file-security/permissions/svm/vol/%2Fa%20b%2F%2E%2E%2F%E6%97%A5%E6%9C%AC%3Fx%3D1%23y%252F%2Bc%2Etxt"
	if got := s.Requests(); len(got) != 1 || got[0].Path != want || got[0].Query != "" {
		t.Errorf("%+v", got)
	}
}

func TestGetAndSend(t *testing.T) {
	t.Parallel()
	s := withVolumes(t, 2, 1)
	c, _ := client(s)
	var v volume
	if err := c.Get(t.Context(), &v, nil, "storage", "volumes", "u1"); err != nil || v.Name != "v1" {
		t.Errorf("%+v %v", v, err)
	}
	var job struct{ Job struct{ UUID string } }
	if err := c.Send(t.Context(), http.MethodPost, map[string]int{"size": 1}, &job, "storage", "volumes"); err != nil || job.Job.UUID != "job" {
		t.Errorf("%+v %v", job, err)
	}
	if got := s.Requests(); got[1].Body != `{"size":1}` {
		t.Errorf("%+v", got)
	}
	if err := c.Send(t.Context(), http.MethodPost, func() {}, nil, "x"); failure.Of(err) != failure.Internal {
		t.Error(err)
	}
}

func TestRetries(t *testing.T) {
	t.Parallel()
	busy := ontapsim.Fault{Status: 429, RetryAfter: 3}
	for name, c := range map[string]struct {
		method string
		faults []ontapsim.Fault
		want   failure.Kind
		calls  int
	}{
		"429":             {"GET", []ontapsim.Fault{busy}, "", 2},
		"502, 503, 504":   {"GET", []ontapsim.Fault{{Status: 502}, {Status: 503}, {Status: 504}}, "", 4},
		"no end":          {"GET", []ontapsim.Fault{busy, busy, busy, busy}, failure.Throttled, 4},
		"504 to the end":  {"GET", []ontapsim.Fault{{Status: 504}, {Status: 504}, {Status: 504}, {Status: 504}}, failure.Unavailable, 4},
		"broken":          {"GET", []ontapsim.Fault{{Break: true}}, "", 2},
		"500":             {"GET", []ontapsim.Fault{{Status: 500}}, failure.Unavailable, 1},
		"no such path":    {"GET", []ontapsim.Fault{{Status: 500, Body: `{"error": {"code": "655865", "message": "no such path"}}`}}, failure.NotFound, 1},
		"400":             {"GET", []ontapsim.Fault{{Status: 400}}, failure.InvalidInput, 1},
		"redirect":        {"GET", []ontapsim.Fault{{Status: 302}}, failure.Internal, 1},
		"no JSON":         {"GET", []ontapsim.Fault{{Status: 200, Body: "<html>"}}, failure.InvalidInput, 1},
		"error, no JSON":  {"GET", []ontapsim.Fault{{Status: 403, Body: "<html>"}}, failure.AccessDenied, 1},
		"large":           {"GET", []ontapsim.Fault{{Status: 200, Body: strings.Repeat(" ", 16<<20+1)}}, failure.TooLarge, 1},
		"post refused":    {"POST", []ontapsim.Fault{{Status: 503}}, "", 2},
		"post maybe done": {"POST", []ontapsim.Fault{{Status: 502}}, failure.Unavailable, 1},
		"patch broken":    {"PATCH", []ontapsim.Fault{{Break: true}}, failure.Unavailable, 1},
		"delete again":    {"DELETE", []ontapsim.Fault{{Status: 502}}, "", 2},
	} {
		s := withVolumes(t, 1, 1)
		client, _ := client(s)
		s.Fail(c.faults...)
		var err error
		var out map[string]any
		if c.method == "GET" {
			err = client.Get(t.Context(), &out, nil, "storage", "volumes")
		} else {
			err = client.Send(t.Context(), c.method, nil, &out, "storage", "volumes")
		}
		if calls := len(s.Requests()); failure.Of(err) != c.want || calls != c.calls {
			t.Errorf("%s: %v, %d calls", name, err, calls)
		}
	}
}

// TestSilence: a host that accepts calls and does not answer is not a deadline of the
// caller's that has passed.
func TestSilence(t *testing.T) {
	t.Parallel()
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	w := &waits{}
	c := ontap.New(silent.Addr().String(), &kept{read: func() (string, error) { return `{"username": "u", "password": "p"}`, nil }}, w.sleep)
	c.SetCallTime(time.Millisecond)
	if err := c.Get(t.Context(), nil, nil, "x"); failure.Of(err) != failure.Unavailable || len(w.times) != 3 {
		t.Errorf("%v, %v", err, w.times)
	}
	ctx, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	if err := c.Get(ctx, nil, nil, "x"); failure.Of(err) != failure.Timeout {
		t.Error(err)
	}
}

// TestWaits: as long as ONTAP asks for, within a limit; otherwise a random part of
// times that double.
func TestWaits(t *testing.T) {
	t.Parallel()
	s := withVolumes(t, 1, 1)
	c, w := client(s)
	s.Fail(ontapsim.Fault{Status: 503, RetryAfter: 3}, ontapsim.Fault{Status: 503, RetryAfter: 3600}, ontapsim.Fault{Status: 503})
	if _, err := list(t, c); err != nil {
		t.Fatal(err)
	}
	if len(w.times) != 3 || w.times[0] != 3*time.Second || w.times[1] != 20*time.Second || w.times[2] >= 2*time.Second {
		t.Error(w.times)
	}
	s.Fail(ontapsim.Fault{Status: 503})
	w.err = context.DeadlineExceeded
	if _, err := list(t, c); failure.Of(err) != failure.Timeout {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := ontap.Sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := ontap.Sleep(t.Context(), 1); err != nil {
		t.Error(err)
	}
	if err := c.Get(ctx, nil, nil, "x"); err == nil {
		t.Error("a call after the end")
	}
}

// TestPassword is read again when it is refused, once.
func TestPassword(t *testing.T) {
	t.Parallel()
	s := withVolumes(t, 1, 1)
	c, w := client(s)
	if _, err := list(t, c); err != nil {
		t.Fatal(err)
	}
	s.SetPassword("second-password")
	if _, err := list(t, c); err != nil {
		t.Error(err)
	}
	fixed := s.Secret()
	s.SetPassword("third-password")
	c = ontap.New(s.Host(), &kept{read: func() (string, error) { return fixed, nil }}, w.sleep)
	s.Requests()
	_, err := list(t, c)
	if failure.Of(err) != failure.AccessDenied || strings.Contains(err.Error(), "password") || len(s.Requests()) != 2 {
		t.Error(err)
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	s := withVolumes(t, 1, 1)
	var whole map[string]string
	if err := json.Unmarshal([]byte(s.Secret()), &whole); err != nil {
		t.Fatal(err)
	}
	untrusting := func(ca string) string {
		return fmt.Sprintf(`{"username": %q, "password": %q, "ca": %q}`, whole["username"], whole["password"], ca)
	}
	for name, c := range map[string]struct{ text, want string }{
		"system roots": {untrusting(""), "the certificate is not trusted"},
		"no PEM":       {untrusting("planted"), "the ca in the secret is no certificate"},
		"no JSON":      {"planted", "no JSON with username and password"},
		"no password":  {`{"username": "planted"}`, "no JSON with username and password"},
	} {
		w := &waits{}
		_, err := list(t, ontap.New(s.Host(), &kept{read: func() (string, error) { return c.text, nil }}, w.sleep))
		if failure.Of(err) != failure.Configuration || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "planted") || len(w.times) > 0 {
			t.Errorf("%s: %v, %v", name, err, w.times)
		}
	}
	denied := failure.New(failure.AccessDenied, "x")
	if _, err := list(t, ontap.New(s.Host(), &kept{read: func() (string, error) { return "", denied }}, nil)); !errors.Is(err, denied) {
		t.Error(err)
	}
	c := ontap.New("host with blanks", &kept{read: func() (string, error) { return s.Secret(), nil }}, nil)
	if err := c.Get(t.Context(), nil, nil, "x"); failure.Of(err) != failure.Configuration {
		t.Error(err)
	}
}
