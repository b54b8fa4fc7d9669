//go:build integration

package rules_test

import (
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/aws/awsconfig"
)

// The tests below run the rules that query existing resources against the real emulator behind the front.

func config(t *testing.T) aws.Config {
	t.Helper()
	if os.Getenv("LOCALCLOUD_STRICT") != "on" {
		t.Skip("no front stands before this endpoint")
	}
	cfg, err := awsconfig.Load(t.Context())
	require.NoError(t, err)
	return cfg
}

func refusedAs(t *testing.T, err error, code string) {
	t.Helper()
	var refused smithy.APIError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, code, refused.ErrorCode(), refused.ErrorMessage())
}

func TestAThingJoinsOneGroupOfAHierarchyOfTheEmulator(t *testing.T) {
	client := iot.NewFromConfig(config(t))
	root, child, other, thing := aws.String("rules-root"), aws.String("rules-child"), aws.String("rules-other"), aws.String("rules-thing")
	for group, parent := range map[*string]*string{root: nil, other: nil} {
		_, err := client.CreateThingGroup(t.Context(), &iot.CreateThingGroupInput{ThingGroupName: group, ParentGroupName: parent})
		require.NoError(t, err)
	}
	_, err := client.CreateThingGroup(t.Context(), &iot.CreateThingGroupInput{ThingGroupName: child, ParentGroupName: root})
	require.NoError(t, err)
	_, err = client.CreateThing(t.Context(), &iot.CreateThingInput{ThingName: thing})
	require.NoError(t, err)
	join := func(group *string) error {
		_, err := client.AddThingToThingGroup(t.Context(), &iot.AddThingToThingGroupInput{ThingGroupName: group, ThingName: thing})
		return err
	}
	require.NoError(t, join(child))
	require.NoError(t, join(child), "again")
	require.NoError(t, join(other))
	refusedAs(t, join(root), "InvalidRequestException")
	_, err = client.DeleteThingGroup(t.Context(), &iot.DeleteThingGroupInput{ThingGroupName: root})
	refusedAs(t, err, "InvalidRequestException")
	for _, group := range []*string{child, root, other} {
		_, err := client.DeleteThingGroup(t.Context(), &iot.DeleteThingGroupInput{ThingGroupName: group})
		require.NoError(t, err)
	}
	_, err = client.DeleteThing(t.Context(), &iot.DeleteThingInput{ThingName: thing})
	require.NoError(t, err)
}

func TestABatchOfTheEmulatorsTableWritesEveryItemOnce(t *testing.T) {
	client := dynamodb.NewFromConfig(config(t))
	table := aws.String("rules-table")
	_, err := client.CreateTable(t.Context(), &dynamodb.CreateTableInput{TableName: table, BillingMode: dynamotypes.BillingModePayPerRequest,
		KeySchema:            []dynamotypes.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: dynamotypes.KeyTypeHash}},
		AttributeDefinitions: []dynamotypes.AttributeDefinition{{AttributeName: aws.String("pk"), AttributeType: dynamotypes.ScalarAttributeTypeS}}})
	require.NoError(t, err)
	write := func(keys ...string) error {
		var requests []dynamotypes.WriteRequest
		for _, k := range keys {
			requests = append(requests, dynamotypes.WriteRequest{PutRequest: &dynamotypes.PutRequest{
				Item: map[string]dynamotypes.AttributeValue{"pk": &dynamotypes.AttributeValueMemberS{Value: k}}}})
		}
		_, err := client.BatchWriteItem(t.Context(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]dynamotypes.WriteRequest{*table: requests}})
		return err
	}
	require.NoError(t, write("a", "b"))
	refusedAs(t, write("a", "a"), "ValidationException")
	refusedAs(t, write(""), "ValidationException")
	_, err = client.DeleteTable(t.Context(), &dynamodb.DeleteTableInput{TableName: table})
	require.NoError(t, err)
}

func TestABucketOfTheEmulatorIsDeletedWhenItIsEmpty(t *testing.T) {
	cfg := config(t)
	client := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	bucket, key := aws.String("rules-bucket"), aws.String("a/b c")
	_, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: bucket,
		CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(cfg.Region)}})
	require.NoError(t, err)
	_, err = client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: key})
	require.NoError(t, err)
	_, err = client.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: bucket})
	refusedAs(t, err, "BucketNotEmpty")
	_, err = client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: bucket, Key: key})
	require.NoError(t, err)
	_, err = client.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: bucket})
	require.NoError(t, err)
}
