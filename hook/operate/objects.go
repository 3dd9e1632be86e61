package operate

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// keyPrefix begins the keys of all objects that the package writes beside policy
// sets.
const keyPrefix = "guardhook/"

// purgeBucket deletes a bucket with every version of every object. One that does
// not exist is no error.
func (o *Operator) purgeBucket(ctx context.Context, bucket string) error {
	if there, err := o.stacks.BucketThere(ctx, bucket); err != nil || !there {
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
