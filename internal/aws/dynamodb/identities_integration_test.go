//go:build integration

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
	"connectedcar/internal/testing/storetest"
	"connectedcar/internal/vin"
)

func TestIdentities(t *testing.T) {
	c := client(t)
	storetest.Identities(t, func(t *testing.T) storetest.IdentitiesStore {
		return dynamodb.NewIdentities(c, table(t, c, "userId", "kind"))
	})
}

// indexed creates a table with an index and deletes it after the test.
func indexed(t *testing.T, c *awsdynamodb.Client, index string, indexKeys []string, keys ...string) string {
	t.Helper()
	name := storetest.Unique(t, "usable")
	input := &awsdynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest, KeySchema: schema(keys),
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName: &index, KeySchema: schema(indexKeys), Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
		}},
	}
	seen := map[string]bool{}
	for _, k := range append(keys, indexKeys...) {
		if !seen[k] {
			input.AttributeDefinitions = append(input.AttributeDefinitions,
				types.AttributeDefinition{AttributeName: aws.String(k), AttributeType: types.ScalarAttributeTypeS})
		}
		seen[k] = true
	}
	_, err := c.CreateTable(t.Context(), input)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := c.DeleteTable(context.WithoutCancel(t.Context()), &awsdynamodb.DeleteTableInput{TableName: &name})
		assert.NoError(t, err)
	})
	require.NoError(t, awsdynamodb.NewTableExistsWaiter(c).Wait(t.Context(), &awsdynamodb.DescribeTableInput{TableName: &name}, time.Minute))
	return name
}

func schema(keys []string) []types.KeySchemaElement {
	var out []types.KeySchemaElement
	for i, k := range keys {
		out = append(out, types.KeySchemaElement{AttributeName: aws.String(k), KeyType: []types.KeyType{types.KeyTypeHash, types.KeyTypeRange}[i]})
	}
	return out
}

func TestUsableCars(t *testing.T) {
	c := client(t)
	vehicles := indexed(t, c, "byOwner", []string{"ownerId", "vin"}, "vin")
	grants := indexed(t, c, "byUser", []string{"userId", "vin"}, "vin", "userId")
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	row := func(table string, texts map[string]string, expires time.Time) {
		it := map[string]types.AttributeValue{}
		for k, v := range texts {
			it[k] = &types.AttributeValueMemberS{Value: v}
		}
		if !expires.IsZero() {
			it["expiresAt"] = &types.AttributeValueMemberN{Value: strconv.FormatInt(expires.Unix(), 10)}
		}
		_, err := c.PutItem(t.Context(), &awsdynamodb.PutItemInput{TableName: &table, Item: it})
		require.NoError(t, err)
	}
	for v, owner := range map[string]string{"OWN": "ana", "LENT": "ben", "OVER": "ben", "SOLD": "cyd", "FREE": "", "OTHER": "ben"} {
		car := map[string]string{"vin": v, "thingName": v}
		if owner != "" {
			car["ownerId"] = owner
		}
		row(vehicles, car, time.Time{})
	}
	soon := now.Add(time.Hour)
	row(grants, map[string]string{"vin": "LENT", "userId": "ana", "grantedBy": "ben"}, soon)
	row(grants, map[string]string{"vin": "OVER", "userId": "ana", "grantedBy": "ben"}, now)
	row(grants, map[string]string{"vin": "SOLD", "userId": "ana", "grantedBy": "ben"}, soon)
	row(grants, map[string]string{"vin": "FREE", "userId": "ana", "grantedBy": "ben"}, soon)
	row(grants, map[string]string{"vin": "OTHER", "userId": "eve", "grantedBy": "ben"}, soon)
	row(grants, map[string]string{"vin": "OWN", "userId": "ana", "grantedBy": "ben"}, now)

	s := dynamodb.NewUsableCars(c, vehicles, grants)
	got, err := s.CarsOf(t.Context(), "ana", now, vin.VIN("OTHER"), vin.VIN("NONE"))
	require.NoError(t, err)
	assert.Equal(t, []realtime.Car{{VIN: "LENT", Until: soon}, {VIN: "OWN"}}, got,
		"owned, granted and unexpired; not of a car without owner, nor of one that only a caller names")
	got, err = s.CarsOf(t.Context(), "nobody", now)
	require.NoError(t, err)
	assert.Empty(t, got)
}
