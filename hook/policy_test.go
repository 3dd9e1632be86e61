package hook

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"
)

// bucket is an S3 bucket in process, with switches for what can go wrong.
type bucket struct {
	client *s3.Client
	// down makes S3 answer 503, deaf not at all.
	down, deaf atomic.Bool
	gets       atomic.Int32
	clock      atomic.Int64
}

func newBucket(t *testing.T) *bucket {
	t.Helper()
	b := &bucket{}
	b.clock.Store(now().UnixNano())
	fake := gofakes3.New(s3mem.New()).Server()
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case b.deaf.Load():
			select {
			case <-stop:
			case <-r.Context().Done():
			}
		case b.down.Load():
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			if r.Method == http.MethodGet && strings.Count(r.URL.Path, "/") > 1 {
				b.gets.Add(1)
			}
			fake.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(func() { close(stop); server.Close() })
	b.client = s3.New(s3.Options{
		BaseEndpoint: aws.String(server.URL), UsePathStyle: true, Region: "eu-west-1", RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
	})
	if _, err := b.client.CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: aws.String("rules")}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bucket) put(t *testing.T, key string, body []byte) {
	t.Helper()
	in := &s3.PutObjectInput{Bucket: aws.String("rules"), Key: &key, Body: bytes.NewReader(body)}
	if _, err := b.client.PutObject(context.Background(), in); err != nil {
		t.Fatal(err)
	}
}

func (b *bucket) now() time.Time          { return time.Unix(0, b.clock.Load()).UTC() }
func (b *bucket) advance(d time.Duration) { b.clock.Add(int64(d)) }

// handler returns a handler whose policy set is in the bucket.
func (b *bucket) handler(t *testing.T, uri string, change func(*Config)) *rig {
	t.Helper()
	r := &rig{tb: t}
	c := DefaultConfig()
	c.Policy = uri
	if change != nil {
		change(&c)
	}
	if err := c.check(); err != nil {
		t.Fatal(err)
	}
	r.Handler = New(Options{
		Config: c, Now: b.now, Transport: noTransport{},
		OpenStore: func(context.Context, *Credentials) (ObjectStore, error) { return b.client, nil },
	})
	return r
}

// verdict judges a bucket without encryption and returns how the message
// begins.
func (r *rig) verdict() string {
	r.tb.Helper()
	p := goodBucket()
	delete(p, "BucketEncryption")
	return r.respond(context.Background(), resourceEvent("CREATE_PRE_PROVISION", "AWS::S3::Bucket", p)).Message
}

const refused = "1 rule blocks: BUCKET_ENCRYPTED."

// policyFiles reads the policy set of the tests.
func policyFiles(t *testing.T) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	root := os.DirFS("testdata/policy")
	for _, pattern := range []string{"*.json", "*/*.rego"} {
		names, err := filepath.Glob(filepath.Join("testdata/policy", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			rel, err := filepath.Rel("testdata/policy", name)
			if err != nil {
				t.Fatal(err)
			}
			f, err := root.Open(filepath.ToSlash(rel))
			if err != nil {
				t.Fatal(err)
			}
			if out[filepath.ToSlash(rel)], err = io.ReadAll(f); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out
}

// TestPolicyPrefix serves a policy set from a prefix, changes it, breaks it and
// takes S3 away.
func TestPolicyPrefix(t *testing.T) {
	t.Parallel()
	b := newBucket(t)
	r := b.handler(t, "s3://rules/set/", nil)
	expect := func(step, want string) {
		t.Helper()
		if got := r.verdict(); !strings.HasPrefix(got, want) {
			t.Fatalf("%s: %s (want %s)", step, got, want)
		}
	}
	expect("nothing there", "policy set: ")
	files := policyFiles(t)
	for name, body := range files {
		b.put(t, "set/"+name, body)
	}
	b.put(t, "set/acme/encrypted_test.rego", []byte("not Rego"))
	b.put(t, "other/x.rego", []byte("not Rego"))
	expect("first load", refused)
	gets := b.gets.Load()
	expect("cached", refused)
	b.advance(2 * time.Minute)
	expect("refreshed", refused)
	if b.gets.Load() != gets {
		t.Errorf("%d objects were read again", b.gets.Load()-gets)
	}

	changed := bytes.Replace(files["acme/encrypted.rego"], []byte("BUCKET_ENCRYPTED"), []byte("BUCKET_SECRET"), -1)
	b.put(t, "set/acme/encrypted.rego", changed)
	expect("before it is due", refused)
	b.advance(2 * time.Minute)
	expect("changed", "1 rule blocks: BUCKET_SECRET.")

	b.put(t, "set/acme/encrypted.rego", []byte("package guardhook.acme.encrypted\n\nallow := true\n"))
	b.advance(2 * time.Minute)
	expect("a bad set never replaces a good one", "1 rule blocks: BUCKET_SECRET.")
	b.put(t, "set/acme/encrypted.rego", files["acme/encrypted.rego"])
	b.advance(2 * time.Minute)
	expect("mended", refused)

	b.down.Store(true)
	b.advance(30 * time.Minute)
	expect("S3 is down", refused)
	b.advance(time.Hour)
	expect("for too long", "policy set: 1h30m0s old, more than 1h0m0s: policy set: s3://rules/set/: S3 ")
	b.down.Store(false)
	b.advance(time.Minute)
	expect("S3 is back", refused)
}

// TestPolicyUnavailable starts without S3: every call fails, until it is there.
func TestPolicyUnavailable(t *testing.T) {
	t.Parallel()
	b := newBucket(t)
	b.down.Store(true)
	r := b.handler(t, "s3://rules/set.tar.gz", nil)
	r.Warm(context.Background())
	for range 3 {
		if got := r.verdict(); !strings.HasPrefix(got, "policy set: s3://rules/set.tar.gz: S3 answers") {
			t.Errorf("down: %s", got)
		}
	}
	b.down.Store(false)
	if got := r.verdict(); got != "policy set: s3://rules/set.tar.gz: S3 answers NoSuchKey" {
		t.Errorf("empty: %s", got)
	}
	b.deaf.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	got := r.respond(ctx, resourceEvent("CREATE_PRE_PROVISION", "AWS::S3::Bucket", goodBucket()))
	if got.Status != Failed || !strings.Contains(got.Message, "S3 does not answer in time") && !strings.HasPrefix(got.Message, errDeadline.Message) {
		t.Errorf("deaf: %s: %s", got.Status, got.Message)
	}
	b.deaf.Store(false)
	b.put(t, "set.tar.gz", archive(t, policyFiles(t), nil))
	if got := r.verdict(); !strings.HasPrefix(got, refused) {
		t.Errorf("there: %s", got)
	}
	// Too slow later is no reason to fail while the set is not too old.
	b.deaf.Store(true)
	b.advance(2 * time.Minute)
	slow, stop := context.WithTimeout(context.Background(), 4*time.Second)
	defer stop()
	if got := r.respond(slow, bareBucket()); !strings.HasPrefix(got.Message, refused) {
		t.Errorf("slow: %s", got.Message)
	}
}

// signer signs bundles.
type signer struct {
	id, private, public string
}

func newSigner(t *testing.T, id string) signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return signer{
		id:      id,
		private: string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})),
		public:  string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})),
	}
}

// archive makes a bundle, signed if there is a signer.
func archive(t *testing.T, files map[string][]byte, s *signer) []byte {
	t.Helper()
	all := map[string][]byte{}
	for name, body := range files {
		all[name] = body
	}
	if s != nil {
		hasher, err := bundle.NewSignatureHasher(bundle.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		var infos []bundle.FileInfo
		for name, body := range files {
			var value any = body
			if bundle.IsStructuredDoc(name) {
				if value, err = decodeJSON(body); err != nil {
					t.Fatal(err)
				}
			}
			sum, err := hasher.HashFile(value)
			if err != nil {
				t.Fatal(err)
			}
			infos = append(infos, bundle.NewFile(name, hexText(sum), bundle.SHA256.String()))
		}
		config := bundle.NewSigningConfig(s.private, "RS256", "")
		token, err := bundle.GenerateSignedToken(infos, config, s.id)
		if err != nil {
			t.Fatal(err)
		}
		all[".signatures.json"] = []byte(`{"signatures":["` + token + `"]}`)
	}
	var out bytes.Buffer
	zw := gzip.NewWriter(&out)
	tw := tar.NewWriter(zw)
	for name, body := range all {
		if err := tw.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(body)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write(body); err != nil {
			t.Fatal(err)
		}
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func hexText(b []byte) string {
	const digits = "0123456789abcdef"
	var s strings.Builder
	for _, c := range b {
		s.WriteByte(digits[c>>4])
		s.WriteByte(digits[c&15])
	}
	return s.String()
}

// TestPolicyBundle serves signed bundles, and what pretends to be one.
func TestPolicyBundle(t *testing.T) {
	t.Parallel()
	b := newBucket(t)
	ours, theirs := newSigner(t, "ours"), newSigner(t, "ours")
	files := policyFiles(t)
	with := func(revision, id string) map[string][]byte {
		out := map[string][]byte{".manifest": []byte(`{"revision":"` + revision + `"}`)}
		for name, body := range files {
			out[name] = bytes.Replace(body, []byte("BUCKET_ENCRYPTED"), []byte(id), -1)
		}
		return out
	}
	good := archive(t, with("v1.9.0", "BUCKET_ENCRYPTED"), &ours)
	tampered := with("v1.9.0", "BUCKET_ENCRYPTED")
	forged := archive(t, tampered, &ours)
	bad := map[string][]byte{
		"unsigned":  archive(t, with("v3.0.0", "BUCKET_BAD"), nil),
		"wrong key": archive(t, with("v3.0.0", "BUCKET_BAD"), &theirs),
		"tampered":  tamper(t, forged),
		"no key id": archive(t, with("v3.0.0", "BUCKET_BAD"), &signer{private: theirs.private}),
		"truncated": good[:len(good)-20],
		"empty":     {},
		"older":     archive(t, with("v1.8.9", "BUCKET_BAD"), &ours),
	}
	verified := func(c *Config) { c.VerificationKey, c.VerificationKeyID = ours.public, ours.id }
	for name, body := range bad {
		key := "first-" + name + ".tar.gz"
		b.put(t, key, body)
		got := b.handler(t, "s3://rules/"+key, verified).verdict()
		if want := "policy set: "; name != "older" && !strings.HasPrefix(got, want) {
			t.Errorf("%s first: %s", name, got)
		}
	}
	b.put(t, "set.tar.gz", good)
	r := b.handler(t, "s3://rules/set.tar.gz", verified)
	if got := r.verdict(); !strings.HasPrefix(got, refused) || !strings.Contains(got, "revision v1.9.0") {
		t.Fatalf("good: %s", got)
	}
	for name, body := range bad {
		b.put(t, "set.tar.gz", body)
		b.advance(2 * time.Minute)
		if got := r.verdict(); !strings.HasPrefix(got, refused) {
			t.Errorf("%s later: %s", name, got)
		}
	}
	b.put(t, "set.tar.gz", archive(t, with("v1.10.0", "BUCKET_NEWER"), &ours))
	b.advance(2 * time.Minute)
	if got := r.verdict(); !strings.HasPrefix(got, "1 rule blocks: BUCKET_NEWER.") {
		t.Errorf("newer: %s", got)
	}
	gets := b.gets.Load()
	b.advance(2 * time.Minute)
	if got := r.verdict(); !strings.HasPrefix(got, "1 rule blocks: BUCKET_NEWER.") || b.gets.Load() != gets+1 {
		t.Errorf("unchanged: %s", got)
	}

	allowed := b.handler(t, "s3://rules/set.tar.gz", func(c *Config) { verified(c); c.AllowOlder = true })
	allowed.verdict()
	b.put(t, "set.tar.gz", bad["older"])
	b.advance(2 * time.Minute)
	if got := allowed.verdict(); !strings.HasPrefix(got, "1 rule blocks: BUCKET_BAD.") {
		t.Errorf("older, allowed: %s", got)
	}
}

// tamper changes a rule inside an archive and leaves its signature.
func tamper(t *testing.T, src []byte) []byte {
	t.Helper()
	zr, err := gzip.NewReader(bytes.NewReader(src))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(zr)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(plain, []byte("The bucket is not encrypted."), []byte("The bucket is not encrypted!"), 1)
	if bytes.Equal(changed, plain) {
		t.Fatal("nothing to tamper with")
	}
	var out bytes.Buffer
	zw := gzip.NewWriter(&out)
	if _, err := zw.Write(changed); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestTypeConfigurationPolicy gives a private hook its policy set, and the
// credentials to read it, with the event.
func TestTypeConfigurationPolicy(t *testing.T) {
	t.Parallel()
	b := newBucket(t)
	b.put(t, "set.tar.gz", archive(t, policyFiles(t), nil))
	var used *Credentials
	r := newRig(t, nil, func(o *Options) {
		o.OpenStore = func(_ context.Context, c *Credentials) (ObjectStore, error) {
			used = c
			return b.client, nil
		}
	})
	event := resourceEvent("CREATE_PRE_PROVISION", "AWS::S3::Bucket", map[string]any{})
	event["hookModel"] = map[string]any{"policy": "s3://rules/set.tar.gz", "strict": "true", "refreshSeconds": "30", "policyConfig": "version: 1\nlevels:\n  - rules: [BUCKET_PUBLIC]\n    level: warn\n"}
	data := event["requestData"].(map[string]any)
	data["callerCredentials"] = `{"accessKeyId":"ASIAPLANTED","secretAccessKey":"planted-secret","sessionToken":"planted-token"}`
	got := r.respond(context.Background(), event)
	if !strings.HasPrefix(got.Message, refused+" 1 rule fails without blocking: BUCKET_PUBLIC.") {
		t.Errorf("%s", got.Message)
	}
	retrieved, err := used.Retrieve(context.Background())
	if err != nil || retrieved.SecretAccessKey != "planted-secret" || retrieved.SessionToken != "planted-token" {
		t.Errorf("the credentials of the event were not used")
	}
	for _, bad := range []string{"AYADeLencrypted", "{", `{"accessKeyId":"ASIAPLANTED"}`, `{"accessKeyId":1}`} {
		data["callerCredentials"] = bad
		if got := r.respond(context.Background(), event); got.ErrorCode != AccessDenied {
			t.Errorf("%s: %s: %s", bad, got.ErrorCode, got.Message)
		}
	}
	noSecrets(t, "log", r.log.String())
}

func TestCompareRevisions(t *testing.T) {
	t.Parallel()
	ordered := []string{"", "1", "2", "10", "010.1", "2026-01-31", "2026-02-01", "v1.9.0", "v1.10", "v1.10.0"}
	for i, a := range ordered {
		for j, b := range ordered {
			if got := compareRevisions(a, b); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%q and %q: %d", a, b, got)
			}
		}
	}
}

// TestPolicyOfPolicyConfig: a configuration that names another policy set than
// the hook judges by is refused.
func TestPolicyOfPolicyConfig(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		policy, config string
		refused        bool
	}{
		{Embedded, "version: 1\n", false},
		{Embedded, "version: 1\npolicy: embedded\n", false},
		{Embedded, "version: 1\npolicy: rules\n", true},
		{"s3://rules/set.tar.gz", "version: 1\npolicy: embedded\n", true},
		{"s3://rules/set.tar.gz", "version: 1\npolicy: rules\n", false},
	} {
		config := DefaultConfig()
		config.Policy, config.PolicyConfig = c.policy, c.config
		if _, err := config.options(now); (err != nil) != c.refused {
			t.Errorf("%s, %q: %v", c.policy, c.config, err)
		}
	}
}
