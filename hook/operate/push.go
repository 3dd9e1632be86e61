package operate

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/fsxns3ap/guardhook/hook"
	"github.com/fsxns3ap/guardhook/internal/stacks"
)

// location is where a policy set is in S3: a prefix that ends in a slash, or the
// key of a bundle.
type location struct{ bucket, path string }

func (l location) String() string { return "s3://" + l.bucket + "/" + l.path }

func (l location) prefix() bool { return l.path == "" || strings.HasSuffix(l.path, "/") }

// parseLocation reads s3://bucket/prefix/ or s3://bucket/key.tar.gz.
func parseLocation(text string) (location, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "s3" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return location{}, fmt.Errorf("%q: want s3://bucket/prefix/ or s3://bucket/key.tar.gz", text)
	}
	l := location{bucket: u.Host, path: strings.TrimPrefix(u.Path, "/")}
	if !l.prefix() && !strings.HasSuffix(l.path, ".tar.gz") && !strings.HasSuffix(l.path, ".tgz") {
		return location{}, fmt.Errorf("%q ends neither in / nor in .tar.gz", text)
	}
	return l, nil
}

// Push is a policy set to publish.
type Push struct {
	Dir string
	To  string // s3://bucket/prefix/ or s3://bucket/key.tar.gz
	// Revision is what the manifest of a bundle says; the hook refuses one that
	// is older than the one that it has.
	Revision string
	// Key signs a bundle; may be nil.
	Key *SigningKey
}

// Pushed is what came of publishing a policy set.
type Pushed struct {
	Digest string
	// Version is the version id of a bundle in a bucket with versions.
	Version string
	// Changed tells whether it was not there before.
	Changed bool
}

// Push publishes a policy set that the hook loads, and reads it back the way the
// hook does. As a bundle it changes at once; under a prefix file by file, the
// stale ones last.
func (o *Operator) Push(ctx context.Context, p Push) (*Pushed, error) {
	to, err := parseLocation(p.To)
	if err != nil {
		return nil, err
	}
	if to.path == "" {
		return nil, fmt.Errorf("%s is a whole bucket: name a prefix in it, below which stale files may be deleted", to)
	}
	if to.prefix() && (p.Key != nil || p.Revision != "") {
		return nil, fmt.Errorf("%s is a prefix, and only bundles have signatures and revisions", to)
	}
	set, err := o.readFolder(p.Dir)
	if err != nil {
		return nil, err
	}
	if !to.prefix() {
		if err := set.pack(p.Revision, p.Key); err != nil {
			return nil, err
		}
	}
	return o.store(ctx, set, to)
}

// store makes a policy set what is at a location.
func (o *Operator) store(ctx context.Context, set *policySet, to location) (*Pushed, error) {
	if (set.bundle == nil) != to.prefix() {
		return nil, fmt.Errorf("%s: a bundle has a key that ends in .tar.gz, a folder a prefix that ends in /", to)
	}
	out := &Pushed{Digest: set.digest}
	if got, err := o.verify(ctx, set, to, ""); err == nil && got {
		o.say("policy set: %s is at %s already", set.digest[:len("sha256:")+12], to)
		return out, nil
	}
	out.Changed = true
	var err error
	if set.bundle != nil {
		out.Version, err = o.storeBundle(ctx, set, to)
	} else {
		err = o.storeFiles(ctx, set, to)
	}
	if err != nil {
		return nil, err
	}
	same, err := o.verify(ctx, set, to, out.Version)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: stored, and the hook does not load it: %w", to, err)
	case !same:
		return nil, fmt.Errorf("%s: stored, and what the hook loads has another digest: someone else writes there", to)
	}
	o.say("policy set: %s is at %s", set.digest[:len("sha256:")+12], to)
	return out, nil
}

// verify loads what is at a location the way the hook does, and tells whether it
// is the set.
func (o *Operator) verify(ctx context.Context, set *policySet, at location, version string) (bool, error) {
	config := hook.DefaultConfig()
	config.Policy = at.String()
	if version != "" && version != "null" {
		config.Policy += "?versionId=" + url.QueryEscape(version)
	}
	if set.key != nil {
		config.VerificationKey, config.VerificationKeyID, config.VerificationAlgorithm = set.key.PEM, set.key.ID, set.key.Algorithm
	}
	got, err := o.load(ctx, config, nil)
	return got.digest == set.digest && got.revision == set.revision, err
}

// storeBundle writes a bundle over the one that is there now, and over no other.
func (o *Operator) storeBundle(ctx context.Context, set *policySet, to location) (version string, err error) {
	in := &s3.PutObjectInput{Bucket: &to.bucket, Key: &to.path, Body: bytes.NewReader(set.bundle), ContentType: aws.String("application/gzip")}
	head, err := o.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &to.bucket, Key: &to.path})
	switch {
	case err == nil:
		in.IfMatch = head.ETag
	case stacks.HTTPStatus(err) == http.StatusNotFound:
		in.IfNoneMatch = aws.String("*")
	default:
		return "", fmt.Errorf("%s: %w", to, Explain(err))
	}
	o.say("policy set: upload a bundle of %d bytes to %s", len(set.bundle), to)
	put, err := o.s3.PutObject(ctx, in)
	switch {
	case stacks.HTTPStatus(err) == http.StatusPreconditionFailed, stacks.HTTPStatus(err) == http.StatusConflict:
		return "", fmt.Errorf("%s: someone else has written it in the meantime; nothing was changed", to)
	case err != nil:
		return "", fmt.Errorf("%s: %w", to, Explain(err))
	}
	return aws.ToString(put.VersionId), nil
}

// storeFiles writes the files that differ, and then deletes those that are not in
// the set.
func (o *Operator) storeFiles(ctx context.Context, set *policySet, to location) error {
	there := map[string]string{} // path -> ETag
	pages := s3.NewListObjectsV2Paginator(o.s3, &s3.ListObjectsV2Input{Bucket: &to.bucket, Prefix: &to.path})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", to, Explain(err))
		}
		for _, object := range page.Contents {
			there[strings.TrimPrefix(aws.ToString(object.Key), to.path)] = aws.ToString(object.ETag)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(set.files)) {
		// Under a KMS key the ETag is no digest; then the file is written again.
		if there[name] != *etag(set.files[name]) {
			if err := o.storeFile(ctx, location{to.bucket, to.path + name}, set.files[name]); err != nil {
				return err
			}
		}
		delete(there, name)
	}
	var stale []types.ObjectIdentifier
	for _, name := range slices.Sorted(maps.Keys(there)) {
		// What the loader passes over is not ours to delete.
		if stored(path.Base(name)) {
			stale = append(stale, types.ObjectIdentifier{Key: aws.String(to.path + name)})
		}
	}
	for batch := range slices.Chunk(stale, 1000) {
		o.say("policy set: delete %d stale files below %s", len(batch), to)
		if err := o.deleteObjects(ctx, to.bucket, batch); err != nil {
			return err
		}
	}
	return nil
}

func (o *Operator) storeFile(ctx context.Context, to location, body []byte) error {
	o.say("policy set: upload %s", to)
	_, err := o.s3.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &to.bucket, Key: &to.path, Body: bytes.NewReader(body), ContentType: aws.String("text/plain; charset=utf-8"),
	})
	if err != nil {
		return fmt.Errorf("%s: %w", to, Explain(err))
	}
	return nil
}
