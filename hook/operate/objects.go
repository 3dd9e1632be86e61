package operate

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// keyPrefix begins the keys of all objects that the package writes beside policy
// sets.
const keyPrefix = "guardhook/"

// archive is a file to upload, and what identifies its content.
type archive struct {
	body []byte
	sum  [sha256.Size]byte
}

func readArchive(file string) (*archive, error) {
	body, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("package: there is no %s: \"make package\" in a checkout writes it, or name one with --package", file)
	}
	if err != nil {
		return nil, fmt.Errorf("package: %w", err)
	}
	if !bytes.HasPrefix(body, []byte("PK")) {
		return nil, fmt.Errorf("package: %s is no zip file", file)
	}
	return &archive{body: body, sum: sha256.Sum256(body)}, nil
}

func (a *archive) hex() string { return hex.EncodeToString(a.sum[:]) }

// base64 is the form in which Lambda and S3 name a digest.
func (a *archive) base64() string { return base64.StdEncoding.EncodeToString(a.sum[:]) }

// upload stores an archive under a key that its content determines, unless it is
// there. It returns the key.
func (o *Operator) upload(ctx context.Context, a *archive, bucket, folder string) (string, error) {
	key := keyPrefix + folder + "/" + a.hex() + ".zip"
	_, err := o.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	switch {
	case err == nil:
		o.say("package: s3://%s/%s is there", bucket, key)
		return key, nil
	case httpStatus(err) != http.StatusNotFound:
		return "", fmt.Errorf("s3://%s/%s: %w", bucket, key, Explain(err))
	}
	o.say("package: upload %d bytes to s3://%s/%s", len(a.body), bucket, key)
	_, err = o.s3.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &bucket, Key: &key, Body: bytes.NewReader(a.body), IfNoneMatch: aws.String("*"),
		ChecksumSHA256: aws.String(a.base64()), ContentType: aws.String("application/zip"),
	})
	// Someone else may have stored the same in the meantime.
	if err != nil && httpStatus(err) != http.StatusPreconditionFailed {
		return "", fmt.Errorf("s3://%s/%s: %w", bucket, key, Explain(err))
	}
	return key, nil
}

func httpStatus(err error) int {
	var r *smithyhttp.ResponseError
	if errors.As(err, &r) {
		return r.HTTPStatusCode()
	}
	return 0
}

func (o *Operator) bucketThere(ctx context.Context, bucket string) (bool, error) {
	_, err := o.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &bucket})
	switch {
	case httpStatus(err) == http.StatusNotFound:
		return false, nil
	case err != nil:
		return false, fmt.Errorf("bucket %s: %w", bucket, Explain(err))
	}
	return true, nil
}

// purgeBucket deletes a bucket with every version of every object. One that does
// not exist is no error.
func (o *Operator) purgeBucket(ctx context.Context, bucket string) error {
	if there, err := o.bucketThere(ctx, bucket); err != nil || !there {
		return err
	}
	n, err := o.purgeObjects(ctx, bucket, "")
	if err != nil {
		return err
	}
	o.say("bucket %s: delete, after %d versions of objects", bucket, n)
	if _, err := o.s3.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &bucket}); err != nil {
		return fmt.Errorf("bucket %s: %w", bucket, Explain(err))
	}
	return nil
}

// purgeObjects deletes every version of the objects under a prefix, and returns
// how many there were.
func (o *Operator) purgeObjects(ctx context.Context, bucket, prefix string) (int, error) {
	n := 0
	pages := s3.NewListObjectVersionsPaginator(o.s3, &s3.ListObjectVersionsInput{Bucket: &bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return n, fmt.Errorf("bucket %s: %w", bucket, Explain(err))
		}
		var ids []types.ObjectIdentifier
		for _, v := range page.Versions {
			ids = append(ids, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
		}
		for _, m := range page.DeleteMarkers {
			ids = append(ids, types.ObjectIdentifier{Key: m.Key, VersionId: m.VersionId})
		}
		if err := o.deleteObjects(ctx, bucket, ids); err != nil {
			return n, err
		}
		n += len(ids)
	}
	return n, nil
}

// deleteObjects deletes at most 1000 objects.
func (o *Operator) deleteObjects(ctx context.Context, bucket string, ids []types.ObjectIdentifier) error {
	if len(ids) == 0 {
		return nil
	}
	out, err := o.s3.DeleteObjects(ctx, &s3.DeleteObjectsInput{
		Bucket: &bucket, Delete: &types.Delete{Objects: ids, Quiet: aws.Bool(true)},
	})
	if err != nil {
		return fmt.Errorf("bucket %s: %w", bucket, Explain(err))
	}
	if len(out.Errors) > 0 {
		e := out.Errors[0]
		return fmt.Errorf("bucket %s: %d objects could not be deleted, first %s: %s", bucket, len(out.Errors), aws.ToString(e.Key), aws.ToString(e.Code))
	}
	return nil
}
