//go:build integration

package main

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/stretchr/testify/require"
)

// BenchmarkFront measures the emulator with and without the strict front before it: for calls that the rules decide without the emulator,
// and for one whose rules query the emulator.
//
//	go test -tags integration -run '^$' -bench Front ./cmd/localcloud
func BenchmarkFront(b *testing.B) {
	b.Chdir("../..")
	for name, setting := range map[string]string{"emulator alone": "off", "behind the front": "on"} {
		b.Run(name, func(b *testing.B) {
			b.Setenv(strictVariable, setting)
			cfg := benchEmulator(b)
			b.Run("PutItem", func(b *testing.B) { putItems(b, dynamodb.NewFromConfig(cfg)) })
			b.Run("DescribeThing", func(b *testing.B) { describeThings(b, iot.NewFromConfig(cfg)) })
			b.Run("AddThingToThingGroup", func(b *testing.B) { joinGroups(b, iot.NewFromConfig(cfg)) })
		})
	}
}

func benchEmulator(b *testing.B) aws.Config {
	c, err := loneEmulator()
	require.NoError(b, err)
	b.Cleanup(func() {
		c.emulator.stop()
		c.front.stop()
	})
	_, err = c.startEmulator(b.Context())
	require.NoError(b, err)
	return aws.Config{Region: c.region, BaseEndpoint: &c.endpoint, Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}
}

func putItems(b *testing.B, client *dynamodb.Client) {
	table := aws.String(b.Name()[:9])
	_, err := client.CreateTable(b.Context(), &dynamodb.CreateTableInput{TableName: table, BillingMode: types.BillingModePayPerRequest,
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash}},
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS}}})
	var there *types.ResourceInUseException
	if err != nil {
		require.ErrorAs(b, err, &there)
	}
	put := func() {
		_, err := client.PutItem(b.Context(), &dynamodb.PutItemInput{TableName: table,
			Item: map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "car"}}})
		require.NoError(b, err)
	}
	put() // a new table accepts items only after a while
	median(b, put)
}

func describeThings(b *testing.B, client *iot.Client) {
	_, err := client.CreateThing(b.Context(), &iot.CreateThingInput{ThingName: aws.String("car")})
	require.NoError(b, err)
	median(b, func() {
		_, err := client.DescribeThing(b.Context(), &iot.DescribeThingInput{ThingName: aws.String("car")})
		require.NoError(b, err)
	})
}

func joinGroups(b *testing.B, client *iot.Client) {
	_, err := client.CreateThing(b.Context(), &iot.CreateThingInput{ThingName: aws.String("car")})
	require.NoError(b, err)
	_, err = client.CreateThingGroup(b.Context(), &iot.CreateThingGroupInput{ThingGroupName: aws.String("fleet")})
	require.NoError(b, err)
	median(b, func() {
		_, err := client.AddThingToThingGroup(b.Context(), &iot.AddThingToThingGroupInput{ThingGroupName: aws.String("fleet"), ThingName: aws.String("car")})
		require.NoError(b, err)
	})
}

// median measures each call and reports the median duration: other load on the machine delays some calls by far.
func median(b *testing.B, call func()) {
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		call()
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "median-µs")
}
