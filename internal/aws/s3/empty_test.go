package s3

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/names"
)

const arn = "arn:aws-cn:s3:::logs"

// bucket is a fake S3 with one bucket, whose versions are numbered.
type bucket struct {
	tags     []types.Tag
	policy   string
	versions int
	calls    []string
}

func code(code string) error { return &smithy.GenericAPIError{Code: code} }

func (b *bucket) GetBucketTagging(context.Context, *s3.GetBucketTaggingInput, ...func(*s3.Options)) (*s3.GetBucketTaggingOutput, error) {
	if b.tags == nil {
		return nil, code("NoSuchTagSet")
	}
	return &s3.GetBucketTaggingOutput{TagSet: b.tags}, nil
}

func (b *bucket) GetBucketPolicy(context.Context, *s3.GetBucketPolicyInput, ...func(*s3.Options)) (*s3.GetBucketPolicyOutput, error) {
	if b.policy == "" {
		return nil, code("NoSuchBucketPolicy")
	}
	return &s3.GetBucketPolicyOutput{Policy: &b.policy}, nil
}

func (b *bucket) PutBucketPolicy(_ context.Context, in *s3.PutBucketPolicyInput, _ ...func(*s3.Options)) (*s3.PutBucketPolicyOutput, error) {
	b.calls, b.policy = append(b.calls, "policy"), *in.Policy
	return &s3.PutBucketPolicyOutput{}, nil
}

func (b *bucket) ListObjectVersions(context.Context, *s3.ListObjectVersionsInput, ...func(*s3.Options)) (*s3.ListObjectVersionsOutput, error) {
	out := &s3.ListObjectVersionsOutput{}
	for n := range min(b.versions, 1000) {
		key := aws.String(fmt.Sprint(n))
		if n%2 == 0 {
			out.Versions = append(out.Versions, types.ObjectVersion{Key: key, VersionId: key})
		} else {
			out.DeleteMarkers = append(out.DeleteMarkers, types.DeleteMarkerEntry{Key: key, VersionId: key})
		}
	}
	return out, nil
}

func (b *bucket) DeleteObjects(_ context.Context, in *s3.DeleteObjectsInput, _ ...func(*s3.Options)) (*s3.DeleteObjectsOutput, error) {
	b.calls = append(b.calls, fmt.Sprint("delete ", len(in.Delete.Objects)))
	b.versions -= len(in.Delete.Objects)
	return &s3.DeleteObjectsOutput{}, nil
}

func disposable() []types.Tag {
	return []types.Tag{{Key: aws.String("project"), Value: aws.String("x")}, {Key: aws.String(names.TagDisposable), Value: aws.String("true")}}
}

func TestEveryVersionIsDeletedOnceNothingIsWrittenAnyMore(t *testing.T) {
	own := `{"Version":"2012-10-17","Statement":[{"Sid":"TLS","Effect":"Deny","Principal":{"AWS":"*"},"Action":"s3:*","Resource":["` + arn + `"]}]}`
	for name, before := range map[string]string{"a bucket without a policy": "", "a bucket with one": own} {
		t.Run(name, func(t *testing.T) {
			b := &bucket{tags: disposable(), policy: before, versions: 2001}
			n, err := (&Disposer{client: b}).Empty(t.Context(), arn)
			require.NoError(t, err)
			assert.Equal(t, 2001, n)
			assert.Equal(t, []string{"policy", "delete 1000", "delete 1000", "delete 1"}, b.calls)
			var after policy
			require.NoError(t, json.Unmarshal([]byte(b.policy), &after))
			last := after.Statement[len(after.Statement)-1]
			assert.Equal(t, map[string]any{"Sid": statementID, "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": arn + "/*"}, last)
			assert.Equal(t, before != "", strings.Contains(b.policy, `"Sid":"TLS"`))

			_, err = (&Disposer{client: b}).Empty(t.Context(), arn)
			require.NoError(t, err)
			assert.Len(t, b.calls, 4, "the policy is put once")
		})
	}
}

func TestBucketThatIsNotDisposableKeepsItsObjects(t *testing.T) {
	for name, tags := range map[string][]types.Tag{
		"no tags":    nil,
		"other tags": {{Key: aws.String("project"), Value: aws.String("x")}},
		"tag is off": {{Key: aws.String(names.TagDisposable), Value: aws.String("false")}},
	} {
		t.Run(name, func(t *testing.T) {
			b := &bucket{tags: tags, versions: 3}
			n, err := (&Disposer{client: b}).Empty(t.Context(), arn)
			require.NoError(t, err)
			assert.Zero(t, n)
			assert.Empty(t, b.calls)
		})
	}
}

func TestAttemptThatRunsOutOfTimeSaysThatMoreIsLeft(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), spare/2)
	defer cancel()
	b := &bucket{tags: disposable(), versions: 3}
	_, err := (&Disposer{client: b}).Empty(ctx, arn)
	require.ErrorIs(t, err, ErrMore)
	assert.Equal(t, 3, b.versions)
}

func TestWhatIsNoBucketIsRefused(t *testing.T) {
	_, err := (&Disposer{client: &bucket{}}).Empty(t.Context(), "arn:aws:sqs:eu-central-1:1:q")
	assert.ErrorContains(t, err, "allowed is the ARN of a bucket")
}
