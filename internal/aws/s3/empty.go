package s3

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"connectedcar/internal/names"
)

// emptying lists the calls that Disposer makes.
type emptying interface {
	GetBucketTagging(context.Context, *s3.GetBucketTaggingInput, ...func(*s3.Options)) (*s3.GetBucketTaggingOutput, error)
	GetBucketPolicy(context.Context, *s3.GetBucketPolicyInput, ...func(*s3.Options)) (*s3.GetBucketPolicyOutput, error)
	PutBucketPolicy(context.Context, *s3.PutBucketPolicyInput, ...func(*s3.Options)) (*s3.PutBucketPolicyOutput, error)
	ListObjectVersions(context.Context, *s3.ListObjectVersionsInput, ...func(*s3.Options)) (*s3.ListObjectVersionsOutput, error)
	DeleteObjects(context.Context, *s3.DeleteObjectsInput, ...func(*s3.Options)) (*s3.DeleteObjectsOutput, error)
}

// Disposer empties buckets before they are deleted.
type Disposer struct{ client emptying }

// NewDisposer returns a client for the account and region of cfg.
func NewDisposer(cfg aws.Config) *Disposer { return &Disposer{client: NewClient(cfg)} }

// ErrMore means that the time ran out before a bucket was empty; the next attempt continues with the remaining objects.
var ErrMore = errors.New("more objects are left")

// spare is the time before the deadline in which no further batch begins.
const spare = 10 * time.Second

// Empty deletes every version of every object of a bucket that has the tag of disposable buckets, and returns the number of deletions. It
// first denies writes to the bucket, as access logs arrive for hours after the requests. A bucket that does not exist, or has no such tag,
// is left unchanged.
func (d *Disposer) Empty(ctx context.Context, bucketARN string) (int, error) {
	_, bucket, ok := strings.Cut(bucketARN, ":s3:::")
	if !ok {
		return 0, fmt.Errorf("empty bucket %q: allowed is the ARN of a bucket", bucketARN)
	}
	disposable, err := d.disposable(ctx, bucket)
	if err != nil || !disposable {
		return 0, err
	}
	if err := d.denyWrites(ctx, bucket, bucketARN); err != nil {
		return 0, err
	}
	deleted := 0
	for {
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < spare {
			return deleted, fmt.Errorf("empty bucket %s: %d objects deleted: %w", bucket, deleted, ErrMore)
		}
		n, err := d.deleteBatch(ctx, bucket)
		deleted += n
		if err != nil || n == 0 {
			return deleted, err
		}
	}
}

func (d *Disposer) disposable(ctx context.Context, bucket string) (bool, error) {
	out, err := d.client.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: &bucket})
	if code := errorCode(err); code == "NoSuchBucket" || code == "NoSuchTagSet" {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read the tags of bucket %s: %w", bucket, err)
	}
	return slices.ContainsFunc(out.TagSet, func(t types.Tag) bool {
		return aws.ToString(t.Key) == names.TagDisposable && aws.ToString(t.Value) == "true"
	}), nil
}

// statementID is the Sid of the policy statement that denies writes. By this id, a second attempt finds the statement and does not add it
// again.
const statementID = "BucketIsBeingEmptied"

// policy is a bucket's policy; its existing statements are kept unchanged.
type policy struct {
	Version   string
	Statement []map[string]any
}

func (d *Disposer) denyWrites(ctx context.Context, bucket, arn string) error {
	p := policy{Version: "2012-10-17"}
	out, err := d.client.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &bucket})
	switch {
	case errorCode(err) == "NoSuchBucketPolicy":
	case err != nil:
		return fmt.Errorf("read the policy of bucket %s: %w", bucket, err)
	default:
		if err := json.Unmarshal([]byte(aws.ToString(out.Policy)), &p); err != nil {
			return fmt.Errorf("read the policy of bucket %s: %w", bucket, err)
		}
	}
	if slices.ContainsFunc(p.Statement, func(s map[string]any) bool { return s["Sid"] == statementID }) {
		return nil
	}
	p.Statement = append(p.Statement, map[string]any{
		"Sid": statementID, "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": arn + "/*",
	})
	text, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("write the policy of bucket %s: %w", bucket, err)
	}
	if _, err := d.client.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: aws.String(string(text))}); err != nil {
		return fmt.Errorf("deny writes to bucket %s: %w", bucket, err)
	}
	return nil
}

// deleteBatch deletes the first versions and delete markers of the bucket, at most 1,000, the limit of one call.
func (d *Disposer) deleteBatch(ctx context.Context, bucket string) (int, error) {
	out, err := d.client.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: &bucket})
	if err != nil {
		return 0, fmt.Errorf("list the objects of bucket %s: %w", bucket, err)
	}
	var batch []types.ObjectIdentifier
	for _, v := range out.Versions {
		batch = append(batch, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
	}
	for _, m := range out.DeleteMarkers {
		batch = append(batch, types.ObjectIdentifier{Key: m.Key, VersionId: m.VersionId})
	}
	if len(batch) == 0 {
		return 0, nil
	}
	done, err := d.client.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: &bucket, Delete: &types.Delete{Objects: batch, Quiet: aws.Bool(true)}})
	if err != nil {
		return 0, fmt.Errorf("delete objects of bucket %s: %w", bucket, err)
	}
	if len(done.Errors) > 0 {
		e := done.Errors[0]
		return 0, fmt.Errorf("delete %d objects of bucket %s: %s: %s", len(done.Errors), bucket, aws.ToString(e.Code), aws.ToString(e.Message))
	}
	return len(batch), nil
}

// errorCode returns the error code of a response of S3.
func errorCode(err error) string {
	if api := smithy.APIError(nil); errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}
