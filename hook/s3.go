package hook

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/fsxns3ap/guardhook/rules"
)

// ObjectStore is what the package needs of S3; *s3.Client is one.
type ObjectStore interface {
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	ListObjectsV2(context.Context, *s3.ListObjectsV2Input, ...func(*s3.Options)) (*s3.ListObjectsV2Output, error)
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
}

// Limits of a policy set in S3.
const (
	maxPolicyBytes   = 16 << 20
	maxPolicyObjects = 5000
	parallelObjects  = 8
)

// s3Loader loads a policy set from S3.
type s3Loader struct {
	source source
	name   string
	opts   rules.Options
	open   func(context.Context, *Credentials) (ObjectStore, error)
}

func (l *s3Loader) load(ctx context.Context, c *Credentials, mark string) (loaded, error) {
	store, err := l.open(ctx, c)
	if err != nil {
		return loaded{}, l.fail("", err)
	}
	if l.source.key != "" {
		return l.bundle(ctx, store, mark)
	}
	return l.prefix(ctx, store, mark)
}

// bundle reads one object, unless it has the ETag mark.
func (l *s3Loader) bundle(ctx context.Context, store ObjectStore, mark string) (loaded, error) {
	in := &s3.GetObjectInput{Bucket: &l.source.bucket, Key: &l.source.key}
	if l.source.version != "" {
		in.VersionId = &l.source.version
	}
	fixed := l.source.version != ""
	if mark != "" {
		in.IfNoneMatch = &mark
	}
	body, etag, err := get(ctx, store, in)
	switch {
	case mark != "" && httpStatus(err) == http.StatusNotModified, err == nil && mark != "" && etag == mark:
		return loaded{fixed: fixed}, nil
	case err != nil:
		return loaded{}, l.fail(l.source.key, err)
	}
	set, err := rules.LoadBundle(bytes.NewReader(body), l.opts)
	if err != nil {
		return loaded{}, refusedSet(err)
	}
	return loaded{set: set, mark: etag, fixed: fixed}, nil
}

// object is an entry of the listing of a prefix.
type object struct{ path, key, etag string }

// prefix reads all objects under a prefix, unless their listing has the hash
// mark.
func (l *s3Loader) prefix(ctx context.Context, store ObjectStore, mark string) (loaded, error) {
	objects, err := l.list(ctx, store)
	if err != nil {
		return loaded{}, err
	}
	hash := sha256.New()
	for _, o := range objects {
		_, _ = fmt.Fprintf(hash, "%q %q\n", o.path, o.etag)
	}
	now := hex.EncodeToString(hash.Sum(nil))
	if now == mark {
		return loaded{}, nil
	}
	contents, err := l.contents(ctx, store, objects)
	if err != nil {
		return loaded{}, err
	}
	set, err := rules.LoadFiles(l.name, contents, l.opts)
	if err != nil {
		return loaded{}, refusedSet(err)
	}
	return loaded{set: set, mark: now}, nil
}

func (l *s3Loader) list(ctx context.Context, store ObjectStore) ([]object, error) {
	in := &s3.ListObjectsV2Input{Bucket: &l.source.bucket, Prefix: &l.source.prefix}
	var out []object
	total := int64(0)
	for {
		page, err := store.ListObjectsV2(ctx, in)
		if err != nil {
			return nil, l.fail("", err)
		}
		for _, o := range page.Contents {
			key := aws.ToString(o.Key)
			p := strings.TrimPrefix(key, l.source.prefix)
			if p == "" || strings.HasSuffix(p, "/") || strings.HasSuffix(p, "_test.rego") {
				continue
			}
			total += aws.ToInt64(o.Size)
			out = append(out, object{path: p, key: key, etag: aws.ToString(o.ETag)})
		}
		switch {
		case len(out) > maxPolicyObjects:
			return nil, failf(InternalFailure, "policy set: %s: more than %d objects", l.name, maxPolicyObjects)
		case total > maxPolicyBytes:
			return nil, failf(InternalFailure, "policy set: %s: more than %d bytes", l.name, maxPolicyBytes)
		case !aws.ToBool(page.IsTruncated):
			slices.SortFunc(out, func(a, b object) int { return cmp.Compare(a.path, b.path) })
			return out, nil
		}
		in.ContinuationToken = page.NextContinuationToken
	}
}

// contents reads objects as they were listed: one that has changed since is an
// error, so that no set is made of two.
func (l *s3Loader) contents(ctx context.Context, store ObjectStore, objects []object) (map[string][]byte, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		first error
		next  = make(chan object)
		out   = make(map[string][]byte, len(objects))
	)
	for range min(parallelObjects, len(objects)) {
		wg.Go(func() {
			for o := range next {
				body, _, err := get(ctx, store, &s3.GetObjectInput{Bucket: &l.source.bucket, Key: &o.key, IfMatch: &o.etag})
				mu.Lock()
				if err != nil && first == nil {
					first = l.fail(o.key, err)
					cancel()
				}
				out[o.path] = body
				mu.Unlock()
			}
		})
	}
	for _, o := range objects {
		next <- o
	}
	close(next)
	wg.Wait()
	return out, first
}

var errPolicyLarge = fmt.Errorf("larger than %d bytes", maxPolicyBytes)

func get(ctx context.Context, store ObjectStore, in *s3.GetObjectInput) (body []byte, etag string, err error) {
	out, err := store.GetObject(ctx, in)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = out.Body.Close() }()
	body, err = io.ReadAll(io.LimitReader(out.Body, maxPolicyBytes+1))
	if err == nil && len(body) > maxPolicyBytes {
		err = errPolicyLarge
	}
	return body, aws.ToString(out.ETag), err
}

func httpStatus(err error) int {
	var r *smithyhttp.ResponseError
	if errors.As(err, &r) {
		return r.HTTPStatusCode()
	}
	return 0
}

// fail says what went wrong in S3, and with what.
func (l *s3Loader) fail(key string, err error) *Failure {
	where := "policy set: " + l.name
	if key != "" {
		where = "policy set: s3://" + l.source.bucket + "/" + key
	}
	if errors.Is(err, errPolicyLarge) {
		return failf(InternalFailure, "%s: %v", where, errPolicyLarge)
	}
	return failAWS(where+": ", "S3", err)
}

// Retrieve implements aws.CredentialsProvider.
func (c *Credentials) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{
		AccessKeyID: c.AccessKeyID, SecretAccessKey: string(c.secretAccessKey), SessionToken: string(c.sessionToken),
		Source: "event",
	}, nil
}
