package hook

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// storeSink keeps each record as an object under a prefix.
func (h *Handler) storeSink(to source) sink {
	write := func(ctx context.Context, d *Decision) error {
		store, err := h.opts.OpenStore(ctx, nil)
		if err != nil {
			return failAWS("", "S3", err)
		}
		now := h.opts.Now()
		_, err = store.PutObject(ctx, &s3.PutObjectInput{
			Bucket: &to.bucket, Key: aws.String(to.prefix + objectKey(d, now)),
			Body: bytes.NewReader(d.record(now)), ContentType: aws.String("application/json"),
		})
		if err != nil {
			return failAWS("", "S3", err)
		}
		return nil
	}
	return sink{kind: sinkS3, place: "s3://" + to.bucket + "/" + to.prefix, write: write}
}

// objectKey is day, hook and token of a call, and what tells calls with the
// same token apart.
func objectKey(d *Decision, now time.Time) string {
	return fmt.Sprintf("%s/%s/%s-%s.json",
		now.UTC().Format("2006/01/02"), pathSafe(d.HookType, "unknown"), pathSafe(d.Token, "unknown"), randomHex(4))
}
