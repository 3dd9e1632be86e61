// Package ontap calls the ONTAP REST API of a file system.
//
// It promises verified TLS, also by a private CA whose certificate is in the
// secret; lists that are complete, however many pages they have; paths whose
// segments are escaped; and that a call that ONTAP may have done is made again
// only if twice does the same as once. It has no names for ONTAP's resources:
// callers decode what they ask for.
//
// The API is https://docs.netapp.com/us-en/ontap-automation/.
package ontap

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
)

// Secret is where the credentials are: JSON with username, password and, where
// the certificate of ONTAP is by a private CA, the certificate of that in PEM
// form as ca. *secret.Source is one.
type Secret interface {
	Get(context.Context) (string, error)
	Forget()
}

type credentials struct {
	Username string `json:"username"`
	Password string `json:"password"`
	CA       string `json:"ca"`
}

// Times and sizes of calls.
const (
	attempts    = 4
	callTime    = 30 * time.Second // of one attempt
	firstWait   = 500 * time.Millisecond
	longestWait = 20 * time.Second
	maxAnswer   = 16 << 20 // bytes
	keptOpen    = 64       // connections: as many calls as a function makes at once
)

// Client calls one management interface. It serves any number of goroutines.
type Client struct {
	host   string
	secret Secret
	sleep  func(context.Context, time.Duration) error

	callTime time.Duration

	mu   sync.Mutex
	http *http.Client
	ca   string // that http trusts
}

// New returns a client of a host, with a port if it is not 443. The function
// waits, or returns the error of its context; Sleep does.
func New(host string, secret Secret, sleep func(context.Context, time.Duration) error) *Client {
	return &Client{host: host, secret: secret, sleep: sleep, callTime: callTime}
}

// Sleep waits for d, or until ctx ends.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Get reads what is at a path below /api into out. Segments are escaped: one may
// contain a slash.
func (c *Client) Get(ctx context.Context, out any, query url.Values, path ...string) error {
	return c.do(ctx, http.MethodGet, target(path, query), nil, out)
}

// Send changes what is at a path below /api. The body and the answer are JSON;
// without out, the answer is not read.
func (c *Client) Send(ctx context.Context, method string, body, out any, path ...string) error {
	text, err := json.Marshal(body)
	if err != nil {
		return failure.Wrap(err, "ONTAP %s", method)
	}
	return c.do(ctx, method, target(path, nil), text, out)
}

const base = "/api/"

func target(path []string, query url.Values) *url.URL {
	escaped := make([]string, len(path))
	for i, segment := range path {
		escaped[i] = escape(segment)
	}
	return &url.URL{Path: base + strings.Join(path, "/"), RawPath: base + strings.Join(escaped, "/"), RawQuery: query.Encode()}
}

// escape writes a segment with nothing but letters, digits, "-", "_" and "~" as it
// is. ONTAP wants dots of paths escaped, and takes a plus for a blank:
// https://docs.netapp.com/us-en/ontap-restapi/get-storage-volumes-files-.html
func escape(segment string) string {
	var out strings.Builder
	for _, b := range []byte(segment) {
		switch {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', b == '-', b == '_', b == '~':
			out.WriteByte(b)
		default:
			fmt.Fprintf(&out, "%%%02X", b)
		}
	}
	return out.String()
}

// List goes through the records of a collection, page by page. An error ends it.
func List[T any](ctx context.Context, c *Client, query url.Values, path ...string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		for next := target(path, query); next != nil; {
			var page struct {
				Records []T `json:"records"`
				Links   struct {
					Next struct{ Href string } `json:"next"`
				} `json:"_links"`
			}
			err := c.do(ctx, http.MethodGet, next, nil, &page)
			if err == nil {
				next, err = following(next, page.Links.Next.Href)
			}
			if err != nil {
				yield(none, err)
				return
			}
			for _, record := range page.Records {
				if !yield(record, nil) {
					return
				}
			}
		}
	}
}

// following is the URL of the next page, nil after the last. A link to another
// host would get the credentials, and one to the same page would have no end.
func following(page *url.URL, href string) (*url.URL, error) {
	if href == "" {
		return nil, nil
	}
	next, err := url.Parse(href)
	if err != nil || next.Host != "" || next.Scheme != "" || !strings.HasPrefix(next.Path, base) || next.String() == page.String() ||
		slices.Contains(strings.Split(next.Path, "/"), "..") {
		return nil, failure.New(failure.InvalidInput, "ONTAP GET %s: the link to the next page leads elsewhere", page.Path)
	}
	return next, nil
}

// do makes a call, and makes it again while that can help.
func (c *Client) do(ctx context.Context, method string, where *url.URL, body []byte, out any) error {
	renewed := false
	for attempt := 1; ; attempt++ {
		a, err := c.once(ctx, method, where, body)
		if err == nil && a.status == http.StatusUnauthorized && !renewed {
			// The password was changed since it was read.
			renewed = true
			c.secret.Forget()
			continue
		}
		if err == nil && a.status < 300 {
			return failure.Wrap(decode(a.body, out), "ONTAP %s %s", method, where.Path)
		}
		again := a.again(method, err)
		if err == nil {
			err = a.failure()
		}
		if !again || attempt == attempts || ctx.Err() != nil {
			return failure.Wrap(err, "ONTAP %s %s", method, where.Path)
		}
		if err := c.sleep(ctx, wait(attempt, a.after)); err != nil {
			return failure.Wrap(err, "ONTAP %s %s", method, where.Path)
		}
	}
}

// wait is how long to wait after an attempt, from 1: as long as ONTAP asks for,
// otherwise a random part of a time that doubles.
func wait(attempt int, after time.Duration) time.Duration {
	if after > 0 {
		return min(after, longestWait)
	}
	return rand.N(min(firstWait<<(attempt-1), longestWait))
}

func decode(body []byte, out any) error {
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return failure.New(failure.InvalidInput, "the answer is not understood: %w", err)
	}
	return nil
}

// answer is an answer of ONTAP.
type answer struct {
	status int
	after  time.Duration // Retry-After
	body   []byte
}

// again says whether a call is worth another attempt. ONTAP has not begun what it
// answers with 429 or 503; of other failures that is not known.
func (a *answer) again(method string, err error) bool {
	switch {
	case err == nil && (a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable):
		return true
	case method == http.MethodPost || method == http.MethodPatch:
		return false
	case err != nil:
		return failure.Of(err).Transient()
	}
	return a.status == http.StatusBadGateway || a.status == http.StatusGatewayTimeout
}

// noSuchPath is the code of the error of file security for a path that is not
// there, whatever its status:
// https://docs.netapp.com/us-en/ontap-restapi/get-protocols-file-security-permissions-.html
const noSuchPath = "655865"

// failure is the error in an answer.
func (a *answer) failure() error {
	var told struct {
		Error struct{ Message, Code string } `json:"error"`
	}
	kind := failure.OfStatus(a.status)
	if kind == failure.Timeout {
		kind = failure.Unavailable
	}
	if err := json.Unmarshal(a.body, &told); err != nil || told.Error.Code == "" {
		return failure.New(kind, "status %d", a.status)
	}
	if told.Error.Code == noSuchPath {
		kind = failure.NotFound
	}
	return failure.New(kind, "status %d: error %s: %s", a.status, told.Error.Code, failure.Cut(told.Error.Message, 512))
}

func (c *Client) once(ctx context.Context, method string, where *url.URL, body []byte) (*answer, error) {
	none := &answer{}
	who, client, err := c.connect(ctx)
	if err != nil {
		return none, err
	}
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, c.callTime)
	defer cancel()
	at := *where
	at.Scheme, at.Host = "https", c.host
	request, err := http.NewRequestWithContext(ctx, method, at.String(), bytes.NewReader(body))
	if err != nil {
		return none, failure.New(failure.Configuration, "the address of ONTAP is not understood")
	}
	request.SetBasicAuth(who.Username, who.Password)
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := client.Do(request)
	if err != nil {
		return none, unreachable(caller, err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return none, unreachable(caller, err)
	}
	if len(content) > maxAnswer {
		return none, failure.New(failure.TooLarge, "the answer has more than %d bytes", maxAnswer)
	}
	seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
	return &answer{response.StatusCode, time.Duration(seconds) * time.Second, content}, nil
}

// unreachable says why there is no answer. A certificate that is not trusted does
// not become so. A Timeout is that of the caller alone.
func unreachable(caller context.Context, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &untrusted) {
		return failure.New(failure.Configuration, "the certificate is not trusted: %w", untrusted.Err)
	}
	if kind := failure.Of(err); kind != failure.Internal && (kind != failure.Timeout || caller.Err() != nil) {
		return failure.New(kind, "no answer: %w", err)
	}
	return failure.New(failure.Unavailable, "no answer: %w", err)
}

// connect returns the credentials, and a client that trusts their CA.
func (c *Client) connect(ctx context.Context) (credentials, *http.Client, error) {
	var who credentials
	text, err := c.secret.Get(ctx)
	if err != nil {
		return who, nil, err
	}
	if json.Unmarshal([]byte(text), &who) != nil || who.Username == "" || who.Password == "" {
		return who, nil, failure.New(failure.Configuration, "the secret is no JSON with username and password")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.http == nil || c.ca != who.CA {
		client, err := trusting(who.CA)
		if err != nil {
			return who, nil, err
		}
		c.http, c.ca = client, who.CA
	}
	return who, c.http, nil
}

// trusting returns a client that trusts a CA, those of the system if there is
// none. It follows no redirect: it would take the credentials along.
func trusting(ca string) (*http.Client, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM([]byte(ca)) {
			return nil, failure.New(failure.Configuration, "the ca in the secret is no certificate in PEM form")
		}
	}
	return &http.Client{
		Transport:     &http.Transport{TLSClientConfig: config, TLSHandshakeTimeout: 10 * time.Second, MaxIdleConnsPerHost: keptOpen},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}
