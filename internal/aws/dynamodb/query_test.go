package dynamodb_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/trip"
	"connectedcar/internal/paging"
)

// endless is a fake table whose every query returns a page that reached DynamoDB's limit of 1 MB. It counts the queries.
type endless struct {
	dynamodb.API
	item  func(n int) map[string]types.AttributeValue
	items int // in a page
	calls int
}

func (e *endless) Query(_ context.Context, in *awsdynamodb.QueryInput, _ ...func(*awsdynamodb.Options)) (*awsdynamodb.QueryOutput, error) {
	e.calls++
	out := &awsdynamodb.QueryOutput{ScannedCount: int32(e.items)}
	for n := range e.items {
		out.Items = append(out.Items, e.item(e.calls*e.items+n))
	}
	out.LastEvaluatedKey = map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: "p"}, "sk": &types.AttributeValueMemberS{Value: fmt.Sprintf("2026-11-23T12:00:%02d.000Z#1#b", e.calls)},
	}
	return out, nil
}

func TestAReadOfHistoryEndsAtItsBytes(t *testing.T) {
	e := &endless{items: 30, item: func(int) map[string]types.AttributeValue { // projected: the row lacks the requested attribute
		return map[string]types.AttributeValue{"ts": &types.AttributeValueMemberS{Value: "2026-11-23T12:00:00.000Z"}}
	}}
	h := dynamodb.NewHistory(e, "t", time.Hour)
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	part, err := h.Stretch(t.Context(), "WVWZZZ1JZXW000001", noon, noon.Add(time.Hour), 1000, telemetry.Speed)
	require.NoError(t, err)
	assert.Equal(t, telemetry.MaxRead(1000)>>20, e.calls)
	assert.Equal(t, noon.Add(8*time.Second), part.Unread)
}

func TestAPageOfAListEndsAtItsBytes(t *testing.T) {
	e := &endless{items: 8, item: func(n int) map[string]types.AttributeValue {
		return map[string]types.AttributeValue{
			"vin": &types.AttributeValueMemberS{Value: "WVWZZZ1JZXW000001"}, "tripId": &types.AttributeValueMemberS{Value: fmt.Sprint(n)},
			"note": &types.AttributeValueMemberS{Value: strings.Repeat("x", 125<<10)},
		}
	}}
	page, err := dynamodb.NewTrips(e, "t").Trips(t.Context(), "WVWZZZ1JZXW000001", trip.Filter{}, paging.Request{Limit: 100})
	require.NoError(t, err)
	assert.Equal(t, 1, e.calls)
	assert.Len(t, page.Items, 8)
	assert.NotEmpty(t, page.Next, "the list goes on")
}
