package hook

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/fsxns3ap/guardhook/rules"
)

// secrets are planted in events. None may be in what comes out.
func secrets() []string {
	return []string{
		"planted-signature", "X-Amz-Signature", "planted-secret", "planted-token", "ASIAPLANTED", "planted-password", "amazonaws.com",
	}
}

func noSecrets(tb testing.TB, where, text string) {
	tb.Helper()
	for _, s := range secrets() {
		if strings.Contains(text, s) {
			tb.Errorf("%s shows %q: %s", where, s, text)
		}
	}
}

// TestSecrets plants secrets wherever an event can hold one, breaks the event
// in many ways, and looks for them in responses and logs.
func TestSecrets(t *testing.T) {
	t.Parallel()
	set := ruleSet(t, `deny contains {"path": [], "message": "x"} if to_number(input.resource.properties.BucketName) > 1`, rules.Options{})
	loaders := map[string]loader{
		"rules":      nil,
		"rule error": fixedLoader(set),
		"panic":      loaderFunc(func(context.Context, string) (loaded, error) { panic("planted-secret") }),
	}
	for name, l := range loaders {
		r := newRig(t, l, func(o *Options) {
			o.Transport = transportFunc(func(r *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: http.StatusForbidden, Request: r, Body: http.NoBody}, nil
			})
		})
		for kind, base := range bases() {
			data := base["requestData"].(map[string]any)
			for _, f := range []string{"callerCredentials", "providerCredentials"} {
				data[f] = `{"accessKeyId":"ASIAPLANTED","secretAccessKey":"planted-secret","sessionToken":"planted-token"}`
			}
			data["payload"] = testURL
			if p, ok := data["targetModel"].(map[string]any)["resourceProperties"].(map[string]any); ok {
				p["BucketName"] = "planted-password"
			}
			events := []map[string]any{base}
			for _, path := range paths(base, "") {
				for _, v := range wrong(get1(base, path)) {
					events = append(events, change1(base, path, v))
				}
			}
			for _, e := range events {
				src := encodeJSON(t, e)
				for _, event := range [][]byte{src, src[:len(src)-1], src[:len(src)*3/4]} {
					out, err := r.Invoke(context.Background(), event)
					if err != nil {
						t.Fatal(err)
					}
					checkResponse(t, out)
					noSecrets(t, fmt.Sprintf("%s, %s: response", name, kind), string(out))
				}
			}
		}
		noSecrets(t, name+": log", r.log.String())
	}
}

func TestRuleErrors(t *testing.T) {
	t.Parallel()
	event := resourceEvent("CREATE_PRE_PROVISION", "AWS::S3::Bucket", map[string]any{"BucketName": "planted-password"})
	for name, c := range map[string]struct {
		rego   string
		budget rules.Budget
	}{
		"error":          {`deny contains {"path": [], "message": "x"} if to_number(input.resource.properties.BucketName) > 1`, rules.Budget{}},
		"never ends":     {`deny contains {"path": [], "message": "x"} if { some i in numbers.range(1, 100000); some j in numbers.range(1, 100000); i * j < 0 }`, rules.Budget{}},
		"memory":         {`deny contains {"path": [], "message": "x"} if count({[i, j] | some i in numbers.range(1, 5000); some j in numbers.range(1, 5000)}) < 0`, rules.Budget{Time: 500 * time.Millisecond}},
		"much of little": {`deny contains {"path": [], "message": z} if { a := "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"; x := replace(a, "a", a); y := replace(x, "a", x); z := replace(y, "a", y) }`, rules.Budget{}},
		"violations":     {`deny contains {"path": [i], "message": "x"} if some i in numbers.range(1, 3000)`, rules.Budget{}},
		"steps":          {`deny contains {"path": [], "message": "x"} if { some i in numbers.range(1, 1000); i < 0 }`, rules.Budget{Steps: 10}},
		"panic":          {`deny contains {"path": [], "message": "x"} if upper(input.resource.properties.BucketName) == "A"`, rules.Budget{}},
		"wrong element":  {`deny contains {"path": [], "message": input.resource.properties} if true`, rules.Budget{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, fixedLoader(ruleSet(t, c.rego, rules.Options{Budget: c.budget})), nil)
			got := r.respond(context.Background(), event)
			if got.Status != Failed || got.ErrorCode != InternalFailure || !strings.Contains(got.Message, "ACME_RULE") {
				t.Errorf("%s %s: %s", got.Status, got.ErrorCode, got.Message)
			}
			noSecrets(t, "response", got.Message)
		})
	}
}

// TestMain has a function of OPA panic, as a fault in one would, for the text
// that the events of TestRuleErrors have.
func TestMain(m *testing.M) {
	upper := topdown.GetBuiltin("upper")
	topdown.RegisterBuiltinFunc("upper", func(c topdown.BuiltinContext, operands []*ast.Term, iter func(*ast.Term) error) error {
		if operands[0].Value.Compare(ast.String("planted-password")) == 0 {
			panic("planted-password")
		}
		return upper(c, operands, iter)
	})
	os.Exit(m.Run())
}

// TestDeadlines leaves time between the end of the work, the answer, the end of
// its delivery and the end of the call.
func TestDeadlines(t *testing.T) {
	t.Parallel()
	h := New(Options{})
	for left, want := range map[time.Duration][3]time.Duration{
		time.Minute:            {19 * time.Second, 19500 * time.Millisecond, 19750 * time.Millisecond},
		5 * time.Second:        {4 * time.Second, 4500 * time.Millisecond, 4750 * time.Millisecond},
		200 * time.Millisecond: {100 * time.Millisecond, 150 * time.Millisecond, 175 * time.Millisecond},
	} {
		ctx, cancel := context.WithDeadline(context.Background(), now().Add(left))
		soft, hard, last := h.deadlines(ctx, now())
		cancel()
		if got := [3]time.Duration{soft.Sub(now()), hard.Sub(now()), last.Sub(now())}; got != want {
			t.Errorf("%s left: %v, want %v", left, got, want)
		}
	}
}

// TestDeadline gives a rule that never ends, and a loader that does not listen,
// less time than they want.
func TestDeadline(t *testing.T) {
	t.Parallel()
	const endless = `deny contains {"path": [], "message": "x"} if { some i in numbers.range(1, 100000); some j in numbers.range(1, 100000); i * j < 0 }`
	budget := rules.Budget{Steps: 1 << 40, Time: time.Hour}
	release := make(chan struct{})
	for name, l := range map[string]loader{
		"rule": fixedLoader(ruleSet(t, endless, rules.Options{Budget: budget})),
		"deaf": loaderFunc(func(context.Context, string) (loaded, error) { <-release; return loaded{}, errors.New("late") }),
	} {
		r := newRig(t, l, nil)
		for _, left := range []time.Duration{2 * time.Second, 200 * time.Millisecond} {
			ctx, cancel := context.WithTimeout(context.Background(), left)
			got := r.respond(ctx, resourceEvent("CREATE_PRE_PROVISION", "AWS::S3::Bucket", map[string]any{}))
			cancel()
			if got.Status != Failed || !strings.HasPrefix(got.Message, errDeadline.Message) && !strings.Contains(got.Message, "no time left") {
				t.Errorf("%s: %s: %s", name, got.Status, got.Message)
			}
		}
	}
	close(release)
}

// TestPanics makes every stage of a call panic.
func TestPanics(t *testing.T) {
	t.Parallel()
	bucket := resourceEvent("CREATE_PRE_PROVISION", "AWS::S3::Bucket", goodBucket())
	fetch := func(o *Options) {
		o.Transport = transportFunc(func(*http.Request) (*http.Response, error) { panic("planted-secret") })
	}
	clock := func(o *Options) { o.Now = func() time.Time { panic("planted-secret") } }
	for name, c := range map[string]struct {
		loader loader
		change func(*Options)
		event  map[string]any
	}{
		"loader": {loaderFunc(func(context.Context, string) (loaded, error) { panic("planted-secret") }), nil, bucket},
		"fetch":  {nil, fetch, payloadEvent("CREATE_PRE_PROVISION", Stack)},
		"clock":  {nil, clock, bucket},
	} {
		r := newRig(t, c.loader, c.change)
		got := r.respond(context.Background(), c.event)
		if got.Status != Failed || got.ErrorCode != InternalFailure {
			t.Errorf("%s: %s %s: %s", name, got.Status, got.ErrorCode, got.Message)
		}
		noSecrets(t, name, got.Message+r.log.String())
	}
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestPayloadFaults fetches from servers that misbehave.
func TestPayloadFaults(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(goodTemplate)) }))
	t.Cleanup(plain.Close)
	stop := make(chan struct{})
	big := strings.Repeat("x", 1<<20)
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    string // of the message; "" for success
		tries   int
	}{
		"good":      {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(goodTemplate)) }, "", 1},
		"expired":   {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, "403", 1},
		"gone":      {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }, "404", 1},
		"broken":    {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, "Service Unavailable", 2},
		"to http":   {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, plain.URL, http.StatusFound) }, "not https", 1},
		"in circle": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/again", http.StatusFound) }, "redirected too often", 4},
		"no answer": {func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-stop:
			case <-r.Context().Done():
			}
		}, "no answer in time", 2},
		"100 MB": {func(w http.ResponseWriter, _ *http.Request) {
			for range 100 {
				if _, err := w.Write([]byte(big)); err != nil {
					return
				}
			}
		}, "too large", 1},
		"100 MB announced": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(100<<20))
			_, _ = w.Write([]byte(big))
		}, "too large", 1},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte("{"))
		}, "ended early", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tries := 0
			server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				tries++
				if r.Header.Get("Referer") != "" {
					t.Error("a Referer was sent")
				}
				c.handler(w, r)
			}))
			r := newRig(t, nil, func(o *Options) {
				o.Transport = server.Client().Transport
				o.Config.PayloadTime = 10 * time.Second
				if name == "no answer" {
					o.Config.PayloadTime = 1500 * time.Millisecond
				}
			})
			event := payloadEvent("CREATE_PRE_PROVISION", Stack)
			event["requestData"].(map[string]any)["payload"] = server.URL + "/key?X-Amz-Signature=planted-signature"
			got := r.respond(context.Background(), event)
			server.CloseClientConnections()
			server.Close()
			if (got.Status == Success) != (c.want == "") || !strings.Contains(got.Message, c.want) || tries != c.tries {
				t.Errorf("%d tries, %s: %s", tries, got.Status, got.Message)
			}
			if strings.Contains(got.Message, "127.0.0.1") {
				t.Errorf("the message shows the URL: %s", got.Message)
			}
			noSecrets(t, "output", got.Message+r.log.String())
		})
	}
	t.Cleanup(func() { close(stop) })
}

// TestPayloadURLs refuses URLs without a request.
func TestPayloadURLs(t *testing.T) {
	t.Parallel()
	for _, u := range []string{
		"http://bucket.s3.amazonaws.com/key?X-Amz-Signature=planted-signature", "file:///etc/passwd", "bucket/key", "https://", "https:///x",
		"ftp://a/b", "//host/path", "https://%zz/", "https://host/\x00planted-signature",
	} {
		r := newRig(t, nil, func(o *Options) {
			o.Transport = transportFunc(func(*http.Request) (*http.Response, error) {
				t.Errorf("%q was requested", u)
				return nil, errors.New("no")
			})
		})
		event := payloadEvent("CREATE_PRE_PROVISION", Stack)
		event["requestData"].(map[string]any)["payload"] = u
		got := r.respond(context.Background(), event)
		if got.Status != Failed || !strings.HasPrefix(got.Message, "payload: ") {
			t.Errorf("%q: %s: %s", u, got.Status, got.Message)
		}
		noSecrets(t, "output", got.Message+r.log.String())
	}
}
