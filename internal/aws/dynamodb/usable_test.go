package dynamodb_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/domain/realtime"
	"connectedcar/internal/vin"
)

// lagging is a fake DynamoDB whose indexes differ from its tables.
type lagging struct {
	dynamodb.API
	t       *testing.T
	indexes map[string][]string                                   // by name: VINs, one per page
	tables  map[string]map[string]map[string]types.AttributeValue // rows, by table and VIN
	refuse  int                                                   // number of keys that the first call leaves unprocessed
}

func (l *lagging) Query(_ context.Context, in *awsdynamodb.QueryInput, _ ...func(*awsdynamodb.Options)) (*awsdynamodb.QueryOutput, error) {
	vins := l.indexes[aws.ToString(in.IndexName)]
	n := 0
	if in.ExclusiveStartKey != nil {
		n, _ = strconv.Atoi(in.ExclusiveStartKey["n"].(*types.AttributeValueMemberS).Value)
	}
	out := &awsdynamodb.QueryOutput{}
	if n < len(vins) {
		out.Items = []map[string]types.AttributeValue{{"vin": s(vins[n])}}
		out.LastEvaluatedKey = map[string]types.AttributeValue{"n": s(strconv.Itoa(n + 1))}
	}
	return out, nil
}

func (l *lagging) BatchGetItem(_ context.Context, in *awsdynamodb.BatchGetItemInput, _ ...func(*awsdynamodb.Options)) (*awsdynamodb.BatchGetItemOutput, error) {
	out := &awsdynamodb.BatchGetItemOutput{
		Responses: map[string][]map[string]types.AttributeValue{}, UnprocessedKeys: map[string]types.KeysAndAttributes{},
	}
	for table, request := range in.RequestItems {
		assert.True(l.t, aws.ToBool(request.ConsistentRead), "a table that lags too would let former owners listen")
		for _, key := range request.Keys {
			if l.refuse > 0 {
				l.refuse--
				out.UnprocessedKeys[table] = types.KeysAndAttributes{Keys: append(out.UnprocessedKeys[table].Keys, key)}
				continue
			}
			if row, ok := l.tables[table][key["vin"].(*types.AttributeValueMemberS).Value]; ok {
				out.Responses[table] = append(out.Responses[table], row)
			}
		}
	}
	return out, nil
}

func s(text string) types.AttributeValue { return &types.AttributeValueMemberS{Value: text} }

func TestIndexesOnlyProposeCars(t *testing.T) {
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	until := noon.Add(time.Hour)
	row := func(v, owner string) map[string]types.AttributeValue {
		return map[string]types.AttributeValue{"vin": s(v), "ownerId": s(owner), "thingName": s(v)}
	}
	grant := func(v, by string) map[string]types.AttributeValue {
		return map[string]types.AttributeValue{
			"vin": s(v), "userId": s("ana"), "grantedBy": s(by), "expiresAt": &types.AttributeValueMemberN{Value: strconv.FormatInt(until.Unix(), 10)},
		}
	}
	elsewhere := row("ELSEWHERE", "ana") // not registered here: the thing may belong to another environment of the account
	delete(elsewhere, "thingName")
	l := &lagging{
		t: t, refuse: 2,
		indexes: map[string][]string{"byOwner": {"KEPT", "SOLD", "ELSEWHERE"}, "byUser": {"LENT", "TAKEN BACK", "LENT BY THE SELLER"}},
		tables: map[string]map[string]map[string]types.AttributeValue{
			"vehicles": {
				"ELSEWHERE": elsewhere,
				"KEPT":      row("KEPT", "ana"), "SOLD": row("SOLD", "ben"), "BOUGHT": row("BOUGHT", "ana"),
				"LENT": row("LENT", "ben"), "TAKEN BACK": row("TAKEN BACK", "ben"),
				"LENT BY THE SELLER": row("LENT BY THE SELLER", "ben"),
			},
			"grants": {"LENT": grant("LENT", "ben"), "LENT BY THE SELLER": grant("LENT BY THE SELLER", "seller")},
		},
	}
	cars, err := dynamodb.NewUsableCars(l, "vehicles", "grants").CarsOf(t.Context(), "ana", noon, vin.VIN("BOUGHT"))
	require.NoError(t, err)
	assert.Equal(t, []realtime.Car{{VIN: "BOUGHT"}, {VIN: "KEPT"}, {VIN: "LENT", Until: until}}, cars)
}
