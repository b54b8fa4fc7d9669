package readback_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	rows "connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/tool/readback"
	"connectedcar/internal/vin"
)

const car vin.VIN = "1ACEV26S0TA000001"

// tables is a fake DynamoDB, with rows written by the platform's own adapters.
type tables struct {
	rows.API
	state   map[string]types.AttributeValue
	samples []map[string]types.AttributeValue // in order of time
}

func (d *tables) UpdateItem(_ context.Context, in *dynamodb.UpdateItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	d.state = map[string]types.AttributeValue{
		"vin": in.Key["vin"], "ts": in.ExpressionAttributeValues[":ts"], "signals": in.ExpressionAttributeValues[":signals"],
	}
	return &dynamodb.UpdateItemOutput{}, nil
}

func (d *tables) BatchWriteItem(_ context.Context, in *dynamodb.BatchWriteItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error) {
	for _, requests := range in.RequestItems {
		for _, r := range requests {
			d.samples = append(d.samples, r.PutRequest.Item)
		}
	}
	return &dynamodb.BatchWriteItemOutput{}, nil
}

func (d *tables) BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	var found []map[string]types.AttributeValue
	if d.state != nil {
		found = append(found, d.state)
	}
	return &dynamodb.BatchGetItemOutput{Responses: map[string][]map[string]types.AttributeValue{"states": found}}, nil
}

// Query returns pages of one row each, the newest of the partition first.
func (d *tables) Query(_ context.Context, in *dynamodb.QueryInput, _ ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	var left []map[string]types.AttributeValue
	for n := len(d.samples) - 1; n >= 0; n-- {
		if it := d.samples[n]; same(it["pk"], in.ExpressionAttributeValues[":pk"]) {
			left = append(left, it)
		}
	}
	for n, it := range left {
		if in.ExclusiveStartKey != nil && same(it["sk"], in.ExclusiveStartKey["sk"]) {
			left = left[n+1:]
			break
		}
	}
	if len(left) == 0 {
		return &dynamodb.QueryOutput{}, nil
	}
	return &dynamodb.QueryOutput{Items: left[:1], LastEvaluatedKey: map[string]types.AttributeValue{"sk": left[0]["sk"]}}, nil
}

func same(a, b types.AttributeValue) bool {
	return a.(*types.AttributeValueMemberS).Value == b.(*types.AttributeValueMemberS).Value
}

func TestReadsWhatTheAdaptersWrite(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Second)
	signals := telemetry.Signals{telemetry.Speed: telemetry.Number(88.5), telemetry.DTCList: telemetry.Texts("P0301")}
	db := &tables{}
	state := vehicle.NewState(car)
	state.Newest.At = now.UnixMilli()
	state.Signals[telemetry.Speed] = vehicle.Reading{Value: telemetry.Number(88.5), At: now.UnixMilli()}
	require.NoError(t, rows.NewStates(db, "states").PutState(t.Context(), state))
	var written []telemetry.Row
	for n := range 3 {
		written = append(written, telemetry.Row{VIN: car, At: now.Add(time.Duration(n-3) * 24 * time.Hour), Seq: uint64(n), TripID: "trip", Signals: signals})
	}
	_, err := rows.NewHistory(db, "samples", time.Hour).PutRows(t.Context(), written)
	require.NoError(t, err)
	store := readback.Store{DB: db, StateTable: "states", HistoryTable: "samples"}

	all, err := store.Read(t.Context(), car, now.Add(-72*time.Hour), 0)
	require.NoError(t, err)
	at := now.Format("2006-01-02T15:04:05.000Z")
	assert.Equal(t, at, all.At)
	assert.Equal(t, map[string]readback.Reading{telemetry.Speed: {Value: 88.5, At: at}}, all.State)
	require.Len(t, all.Samples, 3, "samples of three days")
	assert.Equal(t, uint64(0), all.Samples[0].Seq, "in order of time")
	assert.Equal(t, map[string]any{telemetry.Speed: 88.5, telemetry.DTCList: []string{"P0301"}}, all.Samples[0].Signals)

	newest, err := store.Read(t.Context(), car, now.Add(-72*time.Hour), 2)
	require.NoError(t, err)
	require.Len(t, newest.Samples, 2)
	assert.Equal(t, uint64(2), newest.Samples[1].Seq)
}

func TestACarThatSentNothingHasAnEmptyState(t *testing.T) {
	got, err := readback.Store{DB: &tables{}, StateTable: "states", HistoryTable: "samples"}.Read(t.Context(), car, time.Now().Add(-time.Hour), 0)
	require.NoError(t, err)
	assert.Equal(t, readback.Stored{State: map[string]readback.Reading{}, Samples: []readback.Sample{}}, got)
}
