package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"
)

// Index is a global secondary index of a table, by one or two string keys.
type Index struct {
	Name string
	Keys []string
}

// AddIndexes adds indexes to a table that Table created. DynamoDB allows one at a time.
func AddIndexes(t *testing.T, c *dynamodb.Client, table string, indexes ...Index) {
	t.Helper()
	for _, index := range indexes {
		create := &types.CreateGlobalSecondaryIndexAction{
			IndexName: aws.String(index.Name), Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
		}
		in := &dynamodb.UpdateTableInput{TableName: &table, GlobalSecondaryIndexUpdates: []types.GlobalSecondaryIndexUpdate{{Create: create}}}
		for i, key := range index.Keys {
			kind := []types.KeyType{types.KeyTypeHash, types.KeyTypeRange}[i]
			create.KeySchema = append(create.KeySchema, types.KeySchemaElement{AttributeName: aws.String(key), KeyType: kind})
			in.AttributeDefinitions = append(in.AttributeDefinitions,
				types.AttributeDefinition{AttributeName: aws.String(key), AttributeType: types.ScalarAttributeTypeS})
		}
		_, err := c.UpdateTable(t.Context(), in)
		if !asked(err) {
			require.NoError(t, err)
		}
		waitForIndex(t, c, table, index.Name)
	}
}

// asked reports whether the index exists because of an earlier try of the same call, whose response was lost.
func asked(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && strings.Contains(api.ErrorMessage(), "duplicate index")
}

func waitForIndex(t *testing.T, c *dynamodb.Client, table, name string) {
	t.Helper()
	require.Eventually(t, func() bool {
		out, err := c.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: &table})
		if err != nil {
			return false
		}
		for _, i := range out.Table.GlobalSecondaryIndexes {
			if aws.ToString(i.IndexName) == name {
				return i.IndexStatus == types.IndexStatusActive
			}
		}
		return false
	}, 10*time.Minute, 50*time.Millisecond, "index %s becomes active", name)
}
