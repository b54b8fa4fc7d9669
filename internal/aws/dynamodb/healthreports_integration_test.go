//go:build integration

package dynamodb_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/testing/storetest"
)

// reports also writes rows as the IoT rule does, with the same client.
type reports struct {
	*dynamodb.HealthReports
	client *awsdynamodb.Client
	table  string
}

func (r reports) PutSent(ctx context.Context, fields map[string]any) error {
	it, err := attributevalue.MarshalMap(fields)
	if err != nil {
		return err
	}
	_, err = r.client.PutItem(ctx, &awsdynamodb.PutItemInput{TableName: &r.table, Item: it})
	return err
}

func TestHealthReports(t *testing.T) {
	c := client(t)
	storetest.HealthReports(t, func(t *testing.T) storetest.HealthReportsStore {
		name := table(t, c, "vin", "reportId")
		return reports{dynamodb.NewHealthReports(c, name), c, name}
	})
}
