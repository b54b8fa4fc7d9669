package redrive_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/tool/redrive"
)

// askedTwice is the metadata of a call that the SDK repeated because the first response was lost.
func askedTwice() (metadata middleware.Metadata) {
	tries := 0
	attempt := retry.NewAttemptMiddleware(retry.NewStandard(func(o *retry.StandardOptions) {
		o.Retryables = append(o.Retryables, retry.IsErrorRetryableFunc(func(error) aws.Ternary { return aws.TrueTernary }))
	}), func(v any) any { return v })
	_, metadata, _ = attempt.HandleFinalize(context.Background(), middleware.FinalizeInput{}, middleware.FinalizeHandlerFunc(
		func(context.Context, middleware.FinalizeInput) (out middleware.FinalizeOutput, m middleware.Metadata, err error) {
			if tries++; tries == 1 {
				err = errors.New("the connection was cut")
			}
			return out, m, err
		}))
	return metadata
}

func TestMessagesOfALostAnswerAreWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{loses: 2}
		for n := range 45 {
			q.add(envelope("future", n))
		}
		time.Sleep(time.Second)
		groups, err := redrive.List(t.Context(), in(q, redrive.Telemetry{}), ledger(bucketObjects{}), 0)
		require.NoError(t, err)
		assert.Equal(t, 45, groups[0].Count)
		assert.Equal(t, 45, q.visible())
	})
}
