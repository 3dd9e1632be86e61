package hook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fsxns3ap/guardhook/rules"
)

// now is the time of the tests.
func now() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// policySet loads the policy set of the tests.
func policySet(tb testing.TB, opts rules.Options) *rules.Set {
	tb.Helper()
	opts.Now = now
	set, err := rules.LoadDir("testdata/policy", opts)
	if err != nil {
		tb.Fatal(err)
	}
	return set
}

// ruleSet loads a policy set of one rule about buckets, of the given Rego text.
func ruleSet(tb testing.TB, rego string, opts rules.Options) *rules.Set {
	tb.Helper()
	return ruleSetWith(tb, "", rego, opts)
}

// ruleSetWith is ruleSet with more lines of METADATA, and texts of it replaced.
func ruleSetWith(tb testing.TB, metadata, rego string, opts rules.Options, replaced ...string) *rules.Set {
	tb.Helper()
	const head = `# METADATA
# title: A rule
# custom:
#   id: ACME_RULE
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::S3::Bucket"]
`
	set, err := rules.LoadFiles("set", map[string][]byte{"acme/rule.rego": []byte(strings.NewReplacer(replaced...).Replace(head) + metadata + "package guardhook.acme.rule\n\n" + rego)}, opts)
	if err != nil {
		tb.Fatal(err)
	}
	return set
}

// loaderFunc is a loader.
type loaderFunc func(ctx context.Context, mark string) (loaded, error)

func (f loaderFunc) load(ctx context.Context, _ *Credentials, mark string) (loaded, error) {
	return f(ctx, mark)
}

// fixedLoader loads a set that is there already.
func fixedLoader(set *rules.Set) loader {
	return loaderFunc(func(context.Context, string) (loaded, error) { return loaded{set: set, fixed: true}, nil })
}

// rig is a handler under test, with all that it writes.
type rig struct {
	*Handler
	tb        testing.TB
	log       bytes.Buffer
	mu        sync.Mutex
	decisions []*Decision
}

func (r *rig) Write(line []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.Write(line)
}

// newRig returns a handler whose policy set comes from l, the tests' set if nil.
func newRig(tb testing.TB, l loader, change func(*Options)) *rig {
	tb.Helper()
	r := &rig{tb: tb}
	logger := slog.New(slog.NewJSONHandler(r, nil))
	opts := Options{Region: "eu-west-1", Log: logger, Now: now, Transport: noTransport{}}
	opts.Config = DefaultConfig()
	opts.Decided = func(ctx context.Context, d *Decision) {
		logger.InfoContext(ctx, "decision", "decision", d)
		for _, line := range d.EmbeddedMetrics("Test", now()) {
			_, _ = r.Write(line)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.decisions = append(r.decisions, d)
	}
	if change != nil {
		change(&opts)
	}
	if l == nil {
		l = fixedLoader(policySet(tb, rules.Options{}))
	}
	r.Handler = New(opts)
	r.caches[opts.Config] = newCache(opts.Config, l, opts.Now, func(err error) { logger.Error(err.Error()) })
	tb.Cleanup(r.Wait)
	return r
}

// respond answers an event and checks that the response is one of the protocol.
func (r *rig) respond(ctx context.Context, event any) Response {
	r.tb.Helper()
	src, ok := event.([]byte)
	if !ok {
		src = encodeJSON(r.tb, event)
	}
	out, err := r.Invoke(ctx, src)
	if err != nil {
		r.tb.Fatal(err)
	}
	return checkResponse(r.tb, out)
}

// checkResponse checks a response by the rules of the protocol.
func checkResponse(tb testing.TB, out []byte) Response {
	tb.Helper()
	var keys map[string]json.RawMessage
	var r Response
	d := json.NewDecoder(bytes.NewReader(out))
	d.DisallowUnknownFields()
	if err := errors.Join(json.Unmarshal(out, &keys), d.Decode(&r)); err != nil {
		tb.Fatalf("%v: %s", err, out)
	}
	_, hasCode := keys["errorCode"]
	_, hasToken := keys["clientRequestToken"]
	switch {
	case r.Status != Success && r.Status != Failed:
		tb.Errorf("hookStatus is %q", r.Status)
	case hasCode != (r.Status == Failed), r.Status == Failed && r.ErrorCode == "":
		tb.Errorf("hookStatus %s with errorCode %q", r.Status, r.ErrorCode)
	case r.Message == "" || len(r.Message) > maxMessage:
		tb.Errorf("message of %d bytes", len(r.Message))
	case !hasToken:
		tb.Error("no clientRequestToken")
	case r.CallbackDelaySeconds != 0:
		tb.Errorf("callbackDelaySeconds is %d", r.CallbackDelaySeconds)
	}
	seen := map[string]bool{}
	for _, a := range r.Annotations {
		if a.Name == "" || seen[a.Name] || len(a.Message) > maxAnnotationText {
			tb.Errorf("annotation %+v", a)
		}
		seen[a.Name] = true
	}
	return r
}

func encodeJSON(tb testing.TB, v any) []byte {
	tb.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func readJSON(tb testing.TB, file string) map[string]any {
	tb.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	v, err := decodeJSON(src)
	if err != nil {
		tb.Fatalf("%s: %v", file, err)
	}
	return v.(map[string]any)
}

// noTransport refuses all requests.
type noTransport struct{}

func (noTransport) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("no network in this test")
}

// payloadTransport answers every request with one document.
type payloadTransport string

func (p payloadTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Request: r, ContentLength: int64(len(p)),
		Body: io.NopCloser(strings.NewReader(string(p))),
	}, nil
}

const (
	testToken   = "0f6d6c9e-6b0e-4f0e-9d60-1d0c8d1b7a11"
	testStackID = "arn:aws:cloudformation:eu-west-1:111122223333:stack/app/7f0c2a10-0000-11f0-9aaa-0a0a0a0a0a0a"
	testURL     = "https://bucket.s3.eu-west-1.amazonaws.com/key?X-Amz-Signature=planted-signature"
)

// resourceEvent is the event of a private hook for a resource.
func resourceEvent(point, typeName string, properties map[string]any) map[string]any {
	return map[string]any{
		"clientRequestToken": testToken, "awsAccountId": "111122223333", "stackId": testStackID, "changeSetId": nil,
		"hookTypeName": "Acme::Policy::Hook", "hookTypeVersion": "00000003", "hookModel": nil,
		"actionInvocationPoint": point,
		"requestData": map[string]any{
			"targetName": typeName, "targetType": "RESOURCE", "targetLogicalId": "It",
			"targetModel": map[string]any{"resourceProperties": properties},
		},
		"requestContext": map[string]any{"invocation": 1, "callbackContext": nil},
	}
}

// payloadEvent is the event of a private hook for a stack or a change set.
func payloadEvent(point string, k Kind) map[string]any {
	e := resourceEvent(point, string(k), nil)
	e["requestData"] = map[string]any{
		"targetName": string(k), "targetType": string(k), "targetLogicalId": "app", "targetModel": map[string]any{}, "payload": testURL,
	}
	return e
}

func goodBucket() map[string]any {
	return map[string]any{
		"BucketName":       "acme-logs",
		"BucketEncryption": map[string]any{"ServerSideEncryptionConfiguration": []any{}},
		"PublicAccessBlockConfiguration": map[string]any{
			"BlockPublicAcls": true, "BlockPublicPolicy": "true", "IgnorePublicAcls": true, "RestrictPublicBuckets": "true",
		},
	}
}
