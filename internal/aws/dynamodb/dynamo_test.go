package dynamodb_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/errs"
	"connectedcar/internal/vin"
)

// api is a fake DynamoDB that implements the methods that a test sets; any other method panics.
type api struct {
	dynamodb.API
	batchWrite func(*awsdynamodb.BatchWriteItemInput) (*awsdynamodb.BatchWriteItemOutput, error)
	batchGet   func(*awsdynamodb.BatchGetItemInput) (*awsdynamodb.BatchGetItemOutput, error)
}

func (a api) BatchWriteItem(_ context.Context, in *awsdynamodb.BatchWriteItemInput, _ ...func(*awsdynamodb.Options)) (*awsdynamodb.BatchWriteItemOutput, error) {
	return a.batchWrite(in)
}

func (a api) BatchGetItem(_ context.Context, in *awsdynamodb.BatchGetItemInput, _ ...func(*awsdynamodb.Options)) (*awsdynamodb.BatchGetItemOutput, error) {
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
	h := dynamodb.NewHistory(api{batchWrite: func(in *awsdynamodb.BatchWriteItemInput) (*awsdynamodb.BatchWriteItemOutput, error) {
		mu.Lock()
		defer mu.Unlock()
		calls = append(calls, len(in.RequestItems["t"]))
		for _, r := range in.RequestItems["t"] {
			assert.Equal(t, &types.AttributeValueMemberN{Value: fmt.Sprint(1_795_420_800 + 3600)}, r.PutRequest.Item["expiresAt"])
			assert.Equal(t, &types.AttributeValueMemberS{Value: "WVWZZZ1JZXW000001#2026-11-23"}, r.PutRequest.Item["pk"])
		}
		return &awsdynamodb.BatchWriteItemOutput{}, nil
	}}, "t", time.Hour)
	left, err := h.PutRows(t.Context(), rows(60))
	require.NoError(t, err)
	assert.Empty(t, left)
	assert.ElementsMatch(t, []int{25, 25, 10}, calls)
}

func TestHistoryTriesAgainWhatIsHandedBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		written := map[string]bool{}
		h := dynamodb.NewHistory(api{batchWrite: func(in *awsdynamodb.BatchWriteItemInput) (*awsdynamodb.BatchWriteItemOutput, error) {
			requests := in.RequestItems["t"]
			taken := min(3, len(requests))
			for _, r := range requests[:taken] {
				written[r.PutRequest.Item["sk"].(*types.AttributeValueMemberS).Value] = true
			}
			return &awsdynamodb.BatchWriteItemOutput{UnprocessedItems: map[string][]types.WriteRequest{"t": requests[taken:]}}, nil
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
		want   errs.Category
	}{
		"a table that hands back the last two for good": {
			answer: func(r []types.WriteRequest) ([]types.WriteRequest, error) { return r[max(0, len(r)-2):], nil },
			left:   2, want: errs.Throttled,
		},
		"a call that fails": {
			answer: func([]types.WriteRequest) ([]types.WriteRequest, error) { return nil, refusal },
			left:   10, want: errs.Internal,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := dynamodb.NewHistory(api{batchWrite: func(in *awsdynamodb.BatchWriteItemInput) (*awsdynamodb.BatchWriteItemOutput, error) {
					requests := in.RequestItems["t"]
					if requests[0].PutRequest.Item["seq"].(*types.AttributeValueMemberN).Value == "0" {
						return &awsdynamodb.BatchWriteItemOutput{}, nil // the first 25 are written
					}
					left, err := tc.answer(requests)
					return &awsdynamodb.BatchWriteItemOutput{UnprocessedItems: map[string][]types.WriteRequest{"t": left}}, err
				}}, "t", time.Hour)
				left, err := h.PutRows(t.Context(), rows(35))
				require.Error(t, err)
				assert.Equal(t, tc.want, errs.Of(err))
				require.Len(t, left, tc.left)
				assert.Equal(t, 34, left[tc.left-1].Row)
				assert.Equal(t, 35-tc.left, left[0].Row)
			})
		})
	}
}

// One row over DynamoDB's limit of 400 KB makes its whole call fail. The other rows of the call are then written, and the large one is
// reported.
func TestHistoryWritesSinglyWhatARefusedCallHeld(t *testing.T) {
	var mu sync.Mutex
	written := map[string]bool{}
	h := dynamodb.NewHistory(api{batchWrite: func(in *awsdynamodb.BatchWriteItemInput) (*awsdynamodb.BatchWriteItemOutput, error) {
		mu.Lock()
		defer mu.Unlock()
		for _, r := range in.RequestItems["t"] {
			if r.PutRequest.Item["seq"].(*types.AttributeValueMemberN).Value == "7" {
				return nil, &smithy.GenericAPIError{Code: "ValidationException", Message: "Item size has exceeded the maximum allowed size"}
			}
		}
		for _, r := range in.RequestItems["t"] {
			written[r.PutRequest.Item["sk"].(*types.AttributeValueMemberS).Value] = true
		}
		return &awsdynamodb.BatchWriteItemOutput{}, nil
	}}, "t", time.Hour)
	left, err := h.PutRows(t.Context(), rows(60))
	require.Error(t, err)
	require.Len(t, left, 1)
	assert.Equal(t, 7, left[0].Row)
	assert.Equal(t, errs.Invalid, errs.Of(left[0].Err))
	assert.Len(t, written, 59)
}

func TestHistoryStopsWaitingWhenTheTimeIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Millisecond)
		defer cancel()
		h := dynamodb.NewHistory(api{batchWrite: func(in *awsdynamodb.BatchWriteItemInput) (*awsdynamodb.BatchWriteItemOutput, error) {
			return &awsdynamodb.BatchWriteItemOutput{UnprocessedItems: in.RequestItems}, nil
		}}, "t", time.Hour)
		left, err := h.PutRows(ctx, rows(2))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, []ingest.Unstored{{Row: 0, Err: err}, {Row: 1, Err: err}}, left)
	})
}

func TestStatesReadAHundredCarsACallAndWhatIsHandedBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls []int
		s := dynamodb.NewStates(api{batchGet: func(in *awsdynamodb.BatchGetItemInput) (*awsdynamodb.BatchGetItemOutput, error) {
			keys := in.RequestItems["t"].Keys
			calls = append(calls, len(keys))
			out := &awsdynamodb.BatchGetItemOutput{}
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
