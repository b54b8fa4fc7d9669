package redrive_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/tool/redrive"
)

// givenUp is a bucket of failed batches by key.
type givenUp map[string]string

func (g givenUp) ListObjectsV2(context.Context, *s3.ListObjectsV2Input, ...func(*s3.Options)) (*s3.ListObjectsV2Output, error) {
	out := &s3.ListObjectsV2Output{}
	for key := range g {
		out.Contents = append(out.Contents, types.Object{Key: &key})
	}
	return out, nil
}

func (g givenUp) GetObject(_ context.Context, in *s3.GetObjectInput, _ ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	return &s3.GetObjectOutput{Body: io.NopCloser(strings.NewReader(g[*in.Key]))}, nil
}

func (g givenUp) DeleteObject(_ context.Context, in *s3.DeleteObjectInput, _ ...func(*s3.Options)) (*s3.DeleteObjectOutput, error) {
	delete(g, *in.Key)
	return &s3.DeleteObjectOutput{}, nil
}

func batchOf(stream string) string {
	return fmt.Sprintf(`{"requestContext":{"condition":"RetryAttemptsExhausted"},"payload":{"Records":[{"eventSourceARN":`+
		`"arn:aws:kinesis:eu-central-1:111122223333:stream/%s","kinesis":{"partitionKey":"k","data":"eyJuIjoxfQ=="}}]}}`, stream)
}

func TestABatchGoesBackToItsOwnStream(t *testing.T) {
	telemetry, findings := &stream{}, &stream{}
	g := givenUp{"a": batchOf("telemetry"), "b": batchOf("findings"), "c": batchOf("another-findings")}
	b := redrive.Batches{API: g, Streams: []redrive.Stream{{API: telemetry, Name: "telemetry"}, {API: findings, Name: "findings"}}}
	stays := "the batch is of no stream of this environment"

	groups, err := b.List(t.Context(), 0)
	require.NoError(t, err)
	counts := map[string]int{}
	for _, group := range groups {
		counts[group.Stuck] += group.Count
	}
	assert.Equal(t, map[string]int{"": 2, stays: 1}, counts)
	for _, dry := range []bool{true, false} {
		r, err := b.Run(t.Context(), redrive.Options{DryRun: dry})
		require.NoError(t, err)
		assert.Equal(t, redrive.Result{Returned: 2, Kept: map[string]int{stays: 1}}, r)
	}
	assert.Equal(t, []string{`k {"n":1}`}, telemetry.records)
	assert.Equal(t, []string{`k {"n":1}`}, findings.records)
	assert.Equal(t, givenUp{"c": batchOf("another-findings")}, g)
}
