package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/dynamo"
	"connectedcar/internal/fault"
	"connectedcar/internal/telemetry"
	"connectedcar/internal/vin"
)

// api is DynamoDB as far as a test says; a method that it does not say panics.
type api struct {
	dynamo.API
	batchWrite func(*dynamodb.BatchWriteItemInput) (*dynamodb.BatchWriteItemOutput, error)
	batchGet   func(*dynamodb.BatchGetItemInput) (*dynamodb.BatchGetItemOutput, error)
}

func (a api) BatchWriteItem(_ context.Context, in *dynamodb.BatchWriteItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error) {
	return a.batchWrite(in)
}

func (a api) BatchGetItem(_ context.Context, in *dynamodb.BatchGetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	return a.batchGet(in)
}

func rows(n int) []telemetry.Row {
	list := make([]telemetry.Row, n)
	for i := range list {
		list[i] = telemetry.Row{
			VIN: "WVWZZZ1JZXW000001", At: time.UnixMilli(1_795_420_800_000 + int64(i)).UTC(), Seq: uint64(i), BootID: "b",
			Signals: telemetry.Signals{telemetry.Speed: telemetry.Number(float64(i))},
		}
	}
	return list
}

func TestHistoryWritesTwentyFiveRowsACallWithTheirExpiry(t *testing.T) {
	var mu sync.Mutex
	var calls []int
	h := dynamo.NewHistory(api{batchWrite: func(in *dynamodb.BatchWriteItemInput) (*dynamodb.BatchWriteItemOutput, error) {
		mu.Lock()
		defer mu.Unlock()
		calls = append(calls, len(in.RequestItems["t"]))
		for _, r := range in.RequestItems["t"] {
			assert.Equal(t, &types.AttributeValueMemberN{Value: fmt.Sprint(1_795_420_800 + 3600)}, r.PutRequest.Item["expiresAt"])
			assert.Equal(t, &types.AttributeValueMemberS{Value: "WVWZZZ1JZXW000001#2026-11-23"}, r.PutRequest.Item["pk"])
		}
		return &dynamodb.BatchWriteItemOutput{}, nil
	}}, "t", time.Hour)
	left, err := h.PutRows(t.Context(), rows(60))
	require.NoError(t, err)
	assert.Empty(t, left)
	assert.ElementsMatch(t, []int{25, 25, 10}, calls)
}

func TestHistoryTriesAgainWhatIsHandedBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		written := map[string]bool{}
		h := dynamo.NewHistory(api{batchWrite: func(in *dynamodb.BatchWriteItemInput) (*dynamodb.BatchWriteItemOutput, error) {
			requests := in.RequestItems["t"]
			taken := min(3, len(requests))
			for _, r := range requests[:taken] {
				written[r.PutRequest.Item["sk"].(*types.AttributeValueMemberS).Value] = true
			}
			return &dynamodb.BatchWriteItemOutput{UnprocessedItems: map[string][]types.WriteRequest{"t": requests[taken:]}}, nil
		}}, "t", time.Hour)
		started := time.Now()
		left, err := h.PutRows(t.Context(), rows(10))
		require.NoError(t, err)
		assert.Empty(t, left)
		assert.Len(t, written, 10)
		assert.Greater(t, time.Since(started), 100*time.Millisecond, "it waits between tries")
	})
}

func TestHistoryNamesTheRowsThatItCouldNotWrite(t *testing.T) {
	refusal := errors.New("boom")
	tests := map[string]struct {
		answer func(requests []types.WriteRequest) ([]types.WriteRequest, error)
		left   int
		want   fault.Category
	}{
		"a table that hands back the last two for good": {
			answer: func(r []types.WriteRequest) ([]types.WriteRequest, error) { return r[max(0, len(r)-2):], nil },
			left:   2, want: fault.Throttled,
		},
		"a call that fails": {
			answer: func([]types.WriteRequest) ([]types.WriteRequest, error) { return nil, refusal },
			left:   10, want: fault.Internal,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := dynamo.NewHistory(api{batchWrite: func(in *dynamodb.BatchWriteItemInput) (*dynamodb.BatchWriteItemOutput, error) {
					requests := in.RequestItems["t"]
					if requests[0].PutRequest.Item["seq"].(*types.AttributeValueMemberN).Value == "0" {
						return &dynamodb.BatchWriteItemOutput{}, nil // the first 25 go well
					}
					left, err := tc.answer(requests)
					return &dynamodb.BatchWriteItemOutput{UnprocessedItems: map[string][]types.WriteRequest{"t": left}}, err
				}}, "t", time.Hour)
				left, err := h.PutRows(t.Context(), rows(35))
				require.Error(t, err)
				assert.Equal(t, tc.want, fault.Of(err))
				require.Len(t, left, tc.left)
				assert.Equal(t, 34, left[tc.left-1])
				assert.Equal(t, 35-tc.left, left[0])
			})
		})
	}
}

func TestHistoryStopsWaitingWhenTheTimeIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Millisecond)
		defer cancel()
		h := dynamo.NewHistory(api{batchWrite: func(in *dynamodb.BatchWriteItemInput) (*dynamodb.BatchWriteItemOutput, error) {
			return &dynamodb.BatchWriteItemOutput{UnprocessedItems: in.RequestItems}, nil
		}}, "t", time.Hour)
		left, err := h.PutRows(ctx, rows(2))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, []int{0, 1}, left)
	})
}

func TestStatesReadAHundredCarsACallAndWhatIsHandedBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls []int
		s := dynamo.NewStates(api{batchGet: func(in *dynamodb.BatchGetItemInput) (*dynamodb.BatchGetItemOutput, error) {
			keys := in.RequestItems["t"].Keys
			calls = append(calls, len(keys))
			out := &dynamodb.BatchGetItemOutput{}
			if len(keys) == 100 {
				out.UnprocessedKeys = map[string]types.KeysAndAttributes{"t": {Keys: keys[90:]}}
			}
			return out, nil
		}}, "t")
		cars := make([]vin.VIN, 130)
		for n := range cars {
			cars[n] = vin.VIN(fmt.Sprintf("WVWZZZ1JZXW%06d", n))
		}
		states, err := s.States(t.Context(), cars)
		require.NoError(t, err)
		assert.Len(t, states, 130)
		assert.Equal(t, []int{100, 10, 30}, calls)
	})
}
