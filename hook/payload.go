package hook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Limits of the fetch of a payload.
const (
	fetchTries   = 2
	fetchPause   = 200 * time.Millisecond
	maxRedirects = 3
)

var (
	errScheme    = errors.New("leads to a URL that is not https")
	errRedirects = errors.New("is redirected too often")
	errLarge     = errors.New("too large")
)

// fetcher gets the document behind a presigned URL. Whoever has the URL can
// read the document, so the URL is in no error: also not those of net/http.
type fetcher struct {
	transport http.RoundTripper
	limit     int           // bytes
	patience  time.Duration // of one try
}

// fetch returns the document. Its error is a *Failure.
func (f *fetcher) fetch(ctx context.Context, from secret) ([]byte, error) {
	u, err := url.Parse(string(from))
	switch {
	case err != nil || u.Host == "":
		return nil, failf(InvalidRequest, "payload: not a URL")
	case u.Scheme != "https":
		return nil, failf(InvalidRequest, "payload: %v", errScheme)
	}
	var failed *Failure
	for try := range fetchTries {
		if try > 0 {
			select {
			case <-time.After(fetchPause):
			case <-ctx.Done():
				return nil, failed
			}
		}
		body, again, err := f.try(ctx, u)
		if err == nil {
			return body, nil
		}
		if failed = err; !again {
			break
		}
	}
	return nil, failed
}

func (f *fetcher) try(ctx context.Context, u *url.URL) (body []byte, again bool, failed *Failure) {
	ctx, cancel := context.WithTimeout(ctx, f.patience)
	defer cancel()
	client := http.Client{Transport: f.transport, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		switch {
		case r.URL.Scheme != "https":
			return errScheme
		case len(via) > maxRedirects:
			return errRedirects
		}
		// The request before is the URL, and would be sent as the Referer.
		r.Header.Del("Referer")
		return nil
	}}
	request := (&http.Request{Method: http.MethodGet, URL: u, Header: http.Header{}, Host: u.Host}).WithContext(ctx)
	response, err := client.Do(request)
	if err != nil {
		again, reason := f.explain(err)
		return nil, again, failf(NetworkFailure, "payload: %s", reason)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, response.StatusCode >= 500, failf(NetworkFailure, "payload: %s", statusReason(response.StatusCode))
	}
	if response.ContentLength > int64(f.limit) {
		return nil, false, failf(InvalidRequest, "payload: %v (more than %d bytes)", errLarge, f.limit)
	}
	body, err = io.ReadAll(io.LimitReader(response.Body, int64(f.limit)+1))
	switch {
	case err != nil:
		again, reason := f.explain(err)
		return nil, again, failf(NetworkFailure, "payload: %s", reason)
	case len(body) > f.limit:
		return nil, false, failf(InvalidRequest, "payload: %v (more than %d bytes)", errLarge, f.limit)
	}
	return body, false, nil
}

func statusReason(status int) string {
	switch {
	case status == http.StatusForbidden:
		return "HTTP status 403: the URL has expired, or reading it is not allowed"
	case status == http.StatusNotFound:
		return "HTTP status 404: the document is gone"
	case status >= 100 && status < 600 && http.StatusText(status) != "":
		return "HTTP status " + http.StatusText(status)
	}
	return "an unknown HTTP status"
}

// explain says in words of ours what went wrong, and whether to try again.
func (f *fetcher) explain(err error) (again bool, reason string) {
	var (
		dns       *net.DNSError
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		cert      *tls.CertificateVerificationError
		timeout   net.Error
	)
	switch {
	case errors.Is(err, errScheme):
		return false, errScheme.Error()
	case errors.Is(err, errRedirects):
		return false, errRedirects.Error()
	case errors.As(err, &cert), errors.As(err, &authority), errors.As(err, &host):
		return false, "the server's certificate is not trusted"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return true, "no answer in time"
	case errors.As(err, &dns):
		return true, "the host name does not resolve"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return true, "the connection ended early"
	}
	return true, "the connection failed"
}
