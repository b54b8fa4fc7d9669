package redrive_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/tool/redrive"
)

// bucketObjects is a fake bucket: contents of objects by key.
type bucketObjects map[string]string

func (g bucketObjects) ListObjectsV2(_ context.Context, in *s3.ListObjectsV2Input, _ ...func(*s3.Options)) (*s3.ListObjectsV2Output, error) {
	out := &s3.ListObjectsV2Output{}
	for key := range g {
		if !strings.HasPrefix(key, aws.ToString(in.Prefix)) {
			continue
		}
		out.Contents = append(out.Contents, types.Object{Key: &key})
	}
	return out, nil
}

func (g bucketObjects) GetObject(_ context.Context, in *s3.GetObjectInput, _ ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	return &s3.GetObjectOutput{Body: io.NopCloser(strings.NewReader(g[*in.Key]))}, nil
}

func (g bucketObjects) DeleteObject(_ context.Context, in *s3.DeleteObjectInput, _ ...func(*s3.Options)) (*s3.DeleteObjectOutput, error) {
	delete(g, *in.Key)
	return &s3.DeleteObjectOutput{}, nil
}

func (g bucketObjects) PutObject(_ context.Context, in *s3.PutObjectInput, _ ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	body, err := io.ReadAll(in.Body)
	g[*in.Key] = string(body)
	return &s3.PutObjectOutput{}, err
}

// ledger returns a ledger in that bucket.
func ledger(b bucketObjects) redrive.Ledger { return redrive.Ledger{API: b, Now: time.Now} }

// in returns the failures of one queue as the only ones.
func in(q *queue, s redrive.Source) []redrive.Failures {
	return []redrive.Failures{{Kind: "telemetry", Store: redrive.Queue{API: q}, Source: s}}
}

func batchOf(stream string) string {
	return fmt.Sprintf(`{"requestContext":{"condition":"RetryAttemptsExhausted"},"payload":{"Records":[{"eventSourceARN":`+
		`"arn:aws:kinesis:eu-central-1:111122223333:stream/%s","kinesis":{"partitionKey":"k","data":"eyJuIjoxfQ=="}}]}}`, stream)
}

func TestABatchGoesBackToItsOwnStream(t *testing.T) {
	telemetry, findings := &stream{}, &stream{}
	g := bucketObjects{"aws/lambda/a": batchOf("telemetry"), "aws/lambda/b": batchOf("findings"), "aws/lambda/c": batchOf("another-findings")}
	b := redrive.Batches{API: g, Streams: []redrive.Stream{{API: telemetry, Name: "telemetry"}, {API: findings, Name: "findings"}}}
	stays := "the batch is of no stream of this environment"

	all := []redrive.Failures{{Kind: "batches", Store: b, Source: b}}
	groups, err := redrive.List(t.Context(), all, ledger(g), 0)
	require.NoError(t, err)
	counts := map[string]int{}
	for _, group := range groups {
		counts[group.Stuck] += group.Count
	}
	assert.Equal(t, map[string]int{"": 2, stays: 1}, counts)
	for _, dry := range []bool{true, false} {
		r, err := redrive.Run(t.Context(), all, ledger(g), redrive.Options{DryRun: dry})
		require.NoError(t, err)
		assert.Equal(t, redrive.Result{Returned: 2, Kept: map[string]int{stays: 1}}, r)
	}
	assert.Equal(t, []string{`k {"n":1}`}, telemetry.records)
	assert.Equal(t, []string{`k {"n":1}`}, findings.records)
	assert.Contains(t, g, "aws/lambda/c")
	assert.NotContains(t, g, "aws/lambda/a")
	assert.NotContains(t, g, "aws/lambda/b")
}
