package storetest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/aws/awsconfig"
)

// Cloud returns the configuration for AWS_ENDPOINT_URL, and fails the test if that is not set: integration tests create and delete
// resources, so the endpoint must be chosen explicitly.
func Cloud(t *testing.T) aws.Config {
	t.Helper()
	if os.Getenv("AWS_ENDPOINT_URL") == "" {
		t.Fatal("integration tests need AWS_ENDPOINT_URL, for example http://127.0.0.1:4566")
	}
	cfg, err := awsconfig.Local(os.Getenv("AWS_ENDPOINT_URL"), os.Getenv("AWS_REGION"), awsconfig.KeyFor(os.Getenv))
	require.NoError(t, err)
	return cfg
}

// Unique returns a name that no other run uses.
func Unique(t *testing.T, prefix string) string {
	t.Helper()
	suffix := make([]byte, 8)
	_, err := rand.Read(suffix)
	require.NoError(t, err)
	return prefix + "-" + hex.EncodeToString(suffix)
}

// Table creates a table with a unique name and one or two string keys, and deletes the table after the test.
func Table(t *testing.T, c *dynamodb.Client, keys ...string) string {
	t.Helper()
	name := Unique(t, "storetest")
	input := &dynamodb.CreateTableInput{TableName: &name, BillingMode: types.BillingModePayPerRequest}
	for i, key := range keys {
		kind := []types.KeyType{types.KeyTypeHash, types.KeyTypeRange}[i]
		input.KeySchema = append(input.KeySchema, types.KeySchemaElement{AttributeName: aws.String(key), KeyType: kind})
		input.AttributeDefinitions = append(input.AttributeDefinitions,
			types.AttributeDefinition{AttributeName: aws.String(key), AttributeType: types.ScalarAttributeTypeS})
	}
	// If a response is lost, the SDK repeats the call, and the table exists, or is deleted, already. As the name is unique, that is no
	// error.
	if _, err := c.CreateTable(t.Context(), input); !is[*types.ResourceInUseException](err) {
		require.NoError(t, err)
	}
	t.Cleanup(func() {
		_, err := c.DeleteTable(context.WithoutCancel(t.Context()), &dynamodb.DeleteTableInput{TableName: &name})
		if !is[*types.ResourceNotFoundException](err) {
			require.NoError(t, err)
		}
	})
	require.NoError(t, dynamodb.NewTableExistsWaiter(c).Wait(t.Context(), &dynamodb.DescribeTableInput{TableName: &name}, time.Minute))
	return name
}

func is[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}
