package stacks

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
)

// Archive is a file to upload, and what identifies its content.
type Archive struct {
	body []byte
	sum  [sha256.Size]byte
}

// ReadArchive reads a zip file. make is the command that writes it.
func ReadArchive(file, make string) (*Archive, error) {
	body, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("package: there is no %s: \"%s\" in a checkout writes it, or name one with --package", file, make)
	}
	if err != nil {
		return nil, fmt.Errorf("package: %w", err)
	}
	if !bytes.HasPrefix(body, []byte("PK")) {
		return nil, fmt.Errorf("package: %s is no zip file", file)
	}
	return &Archive{body: body, sum: sha256.Sum256(body)}, nil
}

// Hex is the SHA-256 of the content.
func (a *Archive) Hex() string { return hex.EncodeToString(a.sum[:]) }

// Base64 is the form in which Lambda and S3 name a digest.
func (a *Archive) Base64() string { return base64.StdEncoding.EncodeToString(a.sum[:]) }

// Upload stores an archive under a key that its content determines, unless it is
// there. It returns the key.
func (c *Client) Upload(ctx context.Context, a *Archive, bucket, folder string) (string, error) {
	key := c.mark + "/" + folder + "/" + a.Hex() + ".zip"
	_, err := c.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	switch {
	case err == nil:
		c.Say("package: s3://%s/%s is there", bucket, key)
		return key, nil
	case HTTPStatus(err) != http.StatusNotFound:
		return "", fmt.Errorf("s3://%s/%s: %w", bucket, key, Explain(err))
	}
	c.Say("package: upload %d bytes to s3://%s/%s", len(a.body), bucket, key)
	_, err = c.s3.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &bucket, Key: &key, Body: bytes.NewReader(a.body), IfNoneMatch: aws.String("*"),
		ChecksumSHA256: aws.String(a.Base64()), ContentType: aws.String("application/zip"),
	})
	// Someone else may have stored the same in the meantime.
	if err != nil && HTTPStatus(err) != http.StatusPreconditionFailed {
		return "", fmt.Errorf("s3://%s/%s: %w", bucket, key, Explain(err))
	}
	return key, nil
}

// BucketThere tells whether there is a bucket of a name.
func (c *Client) BucketThere(ctx context.Context, bucket string) (bool, error) {
	_, err := c.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &bucket})
	switch {
	case HTTPStatus(err) == http.StatusNotFound:
		return false, nil
	case err != nil:
		return false, fmt.Errorf("bucket %s: %w", bucket, Explain(err))
	}
	return true, nil
}
