//go:build integration

package dynamodb_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/testing/storetest"
	"connectedcar/internal/vin"
)

// client returns a client for AWS_ENDPOINT_URL.
func client(t *testing.T) *awsdynamodb.Client {
	t.Helper()
	return dynamodb.NewClient(storetest.Cloud(t))
}

// table creates a table with a unique name and deletes it after the test.
func table(t *testing.T, c *awsdynamodb.Client, keys ...string) string {
	t.Helper()
	return storetest.Table(t, c, keys...)
}

func TestVehicles(t *testing.T) {
	c := client(t)
	storetest.Vehicles(t, func(t *testing.T) storetest.VehiclesStore { return dynamodb.NewVehicles(c, table(t, c, "vin")) })
}

func TestCertificates(t *testing.T) {
	c := client(t)
	storetest.Certificates(t, func(t *testing.T) storetest.CertificatesStore {
		return dynamodb.NewCertificates(c, table(t, c, "vin", "certificateId"))
	})
}

func TestDismissals(t *testing.T) {
	c := client(t)
	storetest.Dismissals(t, func(t *testing.T) storetest.DismissalStates { return dynamodb.NewStates(c, table(t, c, "vin")) })
}

func TestStates(t *testing.T) {
	c := client(t)
	storetest.States(t, func(t *testing.T) ingest.States { return dynamodb.NewStates(c, table(t, c, "vin")) })
}

// history reads rows back with the same client with which it writes.
type history struct {
	*dynamodb.History
	client *awsdynamodb.Client
}

func (h history) Day(ctx context.Context, partition string) ([]telemetry.Row, error) {
	return h.History.Day(ctx, h.client, partition)
}

func TestHistory(t *testing.T) {
	c := client(t)
	storetest.History(t, func(t *testing.T) storetest.HistoryStore {
		return history{dynamodb.NewHistory(c, table(t, c, "pk", "sk"), time.Hour), c}
	})
}

func TestStateLeavesWhatOthersWroteInTheRow(t *testing.T) {
	c := client(t)
	name := table(t, c, "vin")
	key := map[string]types.AttributeValue{"vin": &types.AttributeValueMemberS{Value: "WVWZZZ1JZXW000001"}}
	_, err := c.UpdateItem(t.Context(), &awsdynamodb.UpdateItemInput{
		TableName: &name, Key: key, UpdateExpression: aws.String("SET connected = :yes"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":yes": &types.AttributeValueMemberBOOL{Value: true}},
	})
	require.NoError(t, err)

	states := dynamodb.NewStates(c, name)
	read, err := states.States(t.Context(), []vin.VIN{"WVWZZZ1JZXW000001"})
	require.NoError(t, err)
	require.NoError(t, states.PutState(t.Context(), read["WVWZZZ1JZXW000001"]))
	out, err := c.GetItem(t.Context(), &awsdynamodb.GetItemInput{TableName: &name, Key: key})
	require.NoError(t, err)
	require.Contains(t, out.Item, "connected")
	require.Contains(t, out.Item, "version")
}
