// Package objects reads and writes the objects of a bucket, or of a file system
// behind an S3 access point.
//
// It promises bounded memory (a stream holds nothing, an upload one part, a read
// at most its limit), that a listing is complete or an error, that a failed
// upload leaves no parts behind, and that conditions of writes are S3's own. It
// does not retry beyond what the SDK does: the state machine does.
package objects

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
)

// API is what the package needs of S3; *s3.Client is one.
type API interface {
	s3.ListObjectsV2APIClient
	s3.HeadObjectAPIClient
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
	CreateMultipartUpload(context.Context, *s3.CreateMultipartUploadInput, ...func(*s3.Options)) (*s3.CreateMultipartUploadOutput, error)
	UploadPart(context.Context, *s3.UploadPartInput, ...func(*s3.Options)) (*s3.UploadPartOutput, error)
	CompleteMultipartUpload(context.Context, *s3.CompleteMultipartUploadInput, ...func(*s3.Options)) (*s3.CompleteMultipartUploadOutput, error)
	AbortMultipartUpload(context.Context, *s3.AbortMultipartUploadInput, ...func(*s3.Options)) (*s3.AbortMultipartUploadOutput, error)
}

// Store is a bucket. It serves any number of goroutines.
type Store struct {
	api    API
	bucket string
}

// New returns the store of a bucket, or of the alias or ARN of an access point.
func New(api API, bucket string) *Store { return &Store{api: api, bucket: bucket} }

// Object is an object as S3 lists it.
type Object struct {
	Key      string    `json:"key"`
	Size     int64     `json:"size"` // bytes
	ETag     string    `json:"etag"` // with its quotes
	Modified time.Time `json:"modified"`
}

func (s *Store) fail(key string, err error) error {
	if refused(err) {
		err = failure.New(failure.Internal, "%w", failure.Wrap(err, "a request that S3 refuses"))
	}
	return failure.Wrap(err, "s3://%s/%s", s.bucket, key)
}

// refused says whether S3 finds fault with a request. But for a range past the end
// that says nothing about the object, which would otherwise count as one that
// cannot be used.
func refused(err error) bool {
	var operation *smithy.OperationError
	var api smithy.APIError
	if failure.Of(err) != failure.InvalidInput || !errors.As(err, &operation) {
		return false
	}
	return !errors.As(err, &api) || api.ErrorCode() != "InvalidRange"
}

// List goes through all objects under a prefix, in the order of S3. It holds one
// page of at most 1,000. An error ends it.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		pages := s3.NewListObjectsV2Paginator(s.api, &s3.ListObjectsV2Input{Bucket: &s.bucket, Prefix: &prefix})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err == nil && aws.ToBool(page.IsTruncated) && aws.ToString(page.NextContinuationToken) == "" {
				err = failure.New(failure.Unavailable, "the listing ends early")
			}
			if err != nil {
				yield(Object{}, s.fail(prefix, err))
				return
			}
			for _, o := range page.Contents {
				if !yield(Object{aws.ToString(o.Key), aws.ToInt64(o.Size), aws.ToString(o.ETag), aws.ToTime(o.LastModified)}, nil) {
					return
				}
			}
		}
	}
}

// Stat returns what S3 tells of an object.
func (s *Store) Stat(ctx context.Context, key string) (Object, error) {
	out, err := s.api.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.bucket, Key: &key})
	if err != nil {
		return Object{}, s.fail(key, err)
	}
	return Object{key, aws.ToInt64(out.ContentLength), aws.ToString(out.ETag), aws.ToTime(out.LastModified)}, nil
}

// Open opens an object, which is read as it comes; the caller closes it. With an
// ETag, another version of the object is a Conflict.
func (s *Store) Open(ctx context.Context, key, etag string) (io.ReadCloser, Object, error) {
	return s.open(ctx, &s3.GetObjectInput{Key: &key, IfMatch: optional(etag)})
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func (s *Store) open(ctx context.Context, in *s3.GetObjectInput) (io.ReadCloser, Object, error) {
	in.Bucket = &s.bucket
	out, err := s.api.GetObject(ctx, in)
	if err != nil {
		return nil, Object{}, s.fail(*in.Key, err)
	}
	o := Object{*in.Key, aws.ToInt64(out.ContentLength), aws.ToString(out.ETag), aws.ToTime(out.LastModified)}
	return &body{out.Body, s, o.Key}, o, nil
}

// body names the object in errors while it is read. A connection that breaks is
// Unavailable.
type body struct {
	io.ReadCloser
	store *Store
	key   string
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == nil || err == io.EOF {
		return n, err
	}
	if failure.Of(err) == failure.Internal {
		err = failure.New(failure.Unavailable, "%w", err)
	}
	return n, b.store.fail(b.key, err)
}

// Read returns a whole object of at most limit bytes. A larger one is TooLarge,
// and not read. The ETag is that of Open.
func (s *Store) Read(ctx context.Context, key, etag string, limit int64) ([]byte, Object, error) {
	content, o, err := s.Open(ctx, key, etag)
	if err != nil {
		return nil, Object{}, err
	}
	defer func() { _ = content.Close() }()
	if o.Size > limit {
		return nil, o, s.fail(key, failure.New(failure.TooLarge, "%d bytes, want at most %d", o.Size, limit))
	}
	out := make([]byte, o.Size)
	if _, err := io.ReadFull(content, out); err != nil {
		return nil, o, s.short(key, err)
	}
	return out, o, nil
}

func (s *Store) short(key string, err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return s.fail(key, failure.New(failure.Unavailable, "the content ends early"))
	}
	return err
}

// Range returns length bytes from offset, fewer where the object ends before. An
// offset past its end is InvalidInput. The ETag is that of Open.
func (s *Store) Range(ctx context.Context, key, etag string, offset, length int64) ([]byte, error) {
	if offset < 0 || length <= 0 {
		return nil, s.fail(key, failure.New(failure.InvalidInput, "%d bytes from %d are no range", length, offset))
	}
	content, o, err := s.open(ctx, &s3.GetObjectInput{
		Key: &key, IfMatch: optional(etag), Range: aws.String(fmt.Sprintf("bytes=%d-%d", offset, offset+length-1)),
	})
	if err != nil {
		return nil, err
	}
	defer func() { _ = content.Close() }()
	if o.Size > length {
		return nil, s.fail(key, failure.New(failure.Unavailable, "more is sent than was asked for"))
	}
	out := make([]byte, o.Size)
	if _, err := io.ReadFull(content, out); err != nil {
		return nil, s.short(key, err)
	}
	return out, nil
}

// Condition is what has to hold when an object is written; the zero value is
// nothing. A write whose condition does not hold is a Conflict.
type Condition struct {
	// Absent: there is no object of the key.
	Absent bool
	// ETag is that of the object that is there.
	ETag string
}

func (c Condition) headers() (ifMatch, ifNoneMatch *string) {
	if c.Absent {
		ifNoneMatch = aws.String("*")
	}
	return optional(c.ETag), ifNoneMatch
}

// Write puts an object whose content is in memory.
func (s *Store) Write(ctx context.Context, key, contentType string, content []byte, c Condition) error {
	in := &s3.PutObjectInput{Bucket: &s.bucket, Key: &key, ContentType: &contentType, Body: bytes.NewReader(content)}
	in.IfMatch, in.IfNoneMatch = c.headers()
	_, err := s.api.PutObject(ctx, in)
	return s.fail(key, err)
}

// WriteJSON puts a value as JSON.
func (s *Store) WriteJSON(ctx context.Context, key string, value any, c Condition) error {
	content, err := json.Marshal(value)
	if err != nil {
		return s.fail(key, err)
	}
	return s.Write(ctx, key, "application/json", content, c)
}

// ReadJSON reads an object of at most limit bytes into value. What is no JSON, or
// of another form, is InvalidInput.
func (s *Store) ReadJSON(ctx context.Context, key string, limit int64, value any) (Object, error) {
	content, o, err := s.Read(ctx, key, "", limit)
	if err != nil {
		return o, err
	}
	if err := json.Unmarshal(content, value); err != nil {
		return o, s.fail(key, failure.New(failure.InvalidInput, "%w", err))
	}
	return o, nil
}

// partSize is that of an upload, in bytes. S3 takes 10,000 parts of at least 5 MiB
// but the last: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
const (
	partSize = 8 << 20
	maxParts = 10000
)

// Upload puts an object from a stream of unknown length, at most 80,000 MiB. It
// holds one part of 8 MiB. What fits in one is put at once.
func (s *Store) Upload(ctx context.Context, key, contentType string, content io.Reader, c Condition) error {
	part := make([]byte, partSize)
	n, err := fill(part, content)
	switch {
	case err == io.EOF:
		return s.Write(ctx, key, contentType, part[:n], c)
	case err != nil:
		return s.fail(key, err)
	}
	created, err := s.api.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
		Bucket: &s.bucket, Key: &key, ContentType: &contentType, ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
	})
	if err != nil {
		return s.fail(key, err)
	}
	u := &upload{store: s, key: key, id: aws.ToString(created.UploadId), part: part}
	if err := u.run(ctx, content, c); err != nil {
		return errors.Join(s.fail(key, err), u.abort(ctx))
	}
	return nil
}

// fill reads until the part is full. At the end of the content the error is io.EOF;
// io.ErrUnexpectedEOF is that of a content that broke off, which io.ReadFull would not
// tell from its end.
func fill(part []byte, content io.Reader) (n int, err error) {
	for n < len(part) && err == nil {
		var more int
		more, err = content.Read(part[n:])
		n += more
	}
	if n == len(part) {
		return n, nil
	}
	return n, err
}

type upload struct {
	store *Store
	key   string
	id    string
	part  []byte // full
	done  []types.CompletedPart
}

// run sends the part that was read, and what follows.
func (u *upload) run(ctx context.Context, content io.Reader, c Condition) error {
	for n := len(u.part); n > 0; {
		if err := u.send(ctx, u.part[:n]); err != nil {
			return err
		}
		var err error
		n, err = fill(u.part, content)
		if err != nil && err != io.EOF {
			return err
		}
	}
	in := &s3.CompleteMultipartUploadInput{
		Bucket: &u.store.bucket, Key: &u.key, UploadId: &u.id, MultipartUpload: &types.CompletedMultipartUpload{Parts: u.done},
	}
	in.IfMatch, in.IfNoneMatch = c.headers()
	_, err := u.store.api.CompleteMultipartUpload(ctx, in)
	return err
}

func (u *upload) send(ctx context.Context, content []byte) error {
	number := aws.Int32(int32(len(u.done) + 1))
	if *number > maxParts {
		return failure.New(failure.TooLarge, "more than %d bytes", maxParts*int64(partSize))
	}
	out, err := u.store.api.UploadPart(ctx, &s3.UploadPartInput{
		Bucket: &u.store.bucket, Key: &u.key, UploadId: &u.id, PartNumber: number, Body: bytes.NewReader(content), ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
	})
	if err != nil {
		return err
	}
	u.done = append(u.done, types.CompletedPart{PartNumber: number, ETag: out.ETag, ChecksumCRC32: out.ChecksumCRC32})
	return nil
}

// abortTime is how long the end of a failed upload may take.
const abortTime = 5 * time.Second

// abort deletes the parts, also after the deadline of the call.
func (u *upload) abort(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTime)
	defer cancel()
	_, err := u.store.api.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &u.store.bucket, Key: &u.key, UploadId: &u.id})
	return failure.Wrap(err, "parts are left behind")
}
