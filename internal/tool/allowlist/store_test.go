package allowlist_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	rows "connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/tool/allowlist"
)

// table is a fake table, with its rows by VIN.
type table struct {
	rows.API
	byVIN map[string]map[string]types.AttributeValue
}

func key(item map[string]types.AttributeValue) string {
	return item["vin"].(*types.AttributeValueMemberS).Value
}

func (t table) GetItem(_ context.Context, in *dynamodb.GetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	return &dynamodb.GetItemOutput{Item: t.byVIN[key(in.Key)]}, nil
}

func (t table) PutItem(_ context.Context, in *dynamodb.PutItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	if t.byVIN[key(in.Item)] != nil {
		return nil, &types.ConditionalCheckFailedException{}
	}
	t.byVIN[key(in.Item)] = in.Item
	return &dynamodb.PutItemOutput{}, nil
}

func (t table) Scan(context.Context, *dynamodb.ScanInput, ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error) {
	var out dynamodb.ScanOutput
	for _, row := range t.byVIN {
		out.Items = append(out.Items, row)
	}
	return &out, nil
}

func TestACarIsAddedOnce(t *testing.T) {
	cars, at := table{byVIN: map[string]map[string]types.AttributeValue{}}, now.Add(5*time.Millisecond)
	store := allowlist.Store{DB: cars, Table: "vehicles", Now: func() time.Time { return at }}
	car, err := good().Check(now)
	require.NoError(t, err)

	added, err := store.Add(t.Context(), car)
	require.NoError(t, err)
	assert.True(t, added)
	stored, err := store.Get(t.Context(), car.VIN)
	require.NoError(t, err)
	car.CreatedAt = at
	assert.Equal(t, car, stored, "times have milliseconds, as in the rows that functions write")

	added, err = store.Add(t.Context(), car)
	require.NoError(t, err, "the same again changes nothing")
	assert.False(t, added)

	car.Model = "Comet"
	_, err = store.Add(t.Context(), car)
	var conflict *allowlist.ConflictError
	require.ErrorAs(t, err, &conflict)
	assert.Equal(t, `model ("Comet GT", not "Comet")`, conflict.Differences)

	var listed []vehicle.Vehicle
	require.NoError(t, store.List(t.Context(), "", func(v vehicle.Vehicle) bool { listed = append(listed, v); return true }))
	assert.Equal(t, []vehicle.Vehicle{stored}, listed)
}
