//go:build integration

package main

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	awsiot "github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	awsscheduler "github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/aws/iot"
	"connectedcar/internal/domain/realtime"
	"connectedcar/internal/names"
	"connectedcar/internal/testing/storetest"
	"connectedcar/internal/twin/iot/policy"
	"connectedcar/internal/vin"
)

const (
	arn              = "arn:aws:iot:eu-central-1:000000000000"
	identity         = "eu-central-1:0a000000-0000-4000-8000-0000000000f1"
	one, two vin.VIN = "1ACEV26S0TA000001", "1ACEV26S0TA000002"
)

// platform has the tables, this function reading the streams of two of them, and the dependencies of the API.
type platform struct {
	t                            *testing.T
	cfg                          aws.Config
	db                           *awsdynamodb.Client
	vehicles, grants, preference string
	group                        string
	api                          *realtime.Service
}

func newPlatform(t *testing.T) *platform {
	t.Helper()
	cfg := storetest.Cloud(t)
	p := &platform{t: t, cfg: cfg, db: dynamodb.NewClient(cfg), group: storetest.Unique(t, "grants")}
	var streams []string
	p.vehicles = p.table(&streams, "byOwner", []string{"ownerId", "vin"}, "vin")
	p.grants = p.table(&streams, "byUser", []string{"userId", "vin"}, "vin", "userId")
	p.preference = storetest.Table(t, p.db, "userId", "kind")
	schedules := awsscheduler.NewFromConfig(cfg)
	_, err := schedules.CreateScheduleGroup(t.Context(), &awsscheduler.CreateScheduleGroupInput{Name: &p.group})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := schedules.DeleteScheduleGroup(context.WithoutCancel(t.Context()), &awsscheduler.DeleteScheduleGroupInput{Name: &p.group})
		assert.NoError(t, err)
	})
	function := storetest.Function(t, cfg, map[string]string{
		names.EnvVehiclesTable: p.vehicles, names.EnvGrantsTable: p.grants, names.EnvPreferencesTable: p.preference,
		names.EnvApplication: "cars", names.EnvIoTARN: arn, names.EnvScheduleGroup: p.group,
		names.EnvScheduleRole: storetest.Role(t, cfg),
	})
	p.follow(function, streams)
	p.api = &realtime.Service{
		Application: "cars", ARN: arn, Cars: dynamodb.NewUsableCars(p.db, p.vehicles, p.grants),
		Identities: dynamodb.NewIdentities(p.db, p.preference), Policies: iot.NewPolicies(cfg), Now: time.Now,
	}
	return p
}

// table creates a table with an index and a stream, and deletes it after the test.
func (p *platform) table(streams *[]string, index string, indexKeys []string, keys ...string) string {
	p.t.Helper()
	name := storetest.Unique(p.t, "followed")
	in := &awsdynamodb.CreateTableInput{
		TableName: &name, BillingMode: dynamotypes.BillingModePayPerRequest, KeySchema: schema(keys),
		GlobalSecondaryIndexes: []dynamotypes.GlobalSecondaryIndex{{
			IndexName: &index, KeySchema: schema(indexKeys), Projection: &dynamotypes.Projection{ProjectionType: dynamotypes.ProjectionTypeAll},
		}},
		StreamSpecification: &dynamotypes.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: dynamotypes.StreamViewTypeNewAndOldImages},
	}
	for _, k := range map[string][]string{"byOwner": {"vin", "ownerId"}, "byUser": {"vin", "userId"}}[index] {
		in.AttributeDefinitions = append(in.AttributeDefinitions,
			dynamotypes.AttributeDefinition{AttributeName: aws.String(k), AttributeType: dynamotypes.ScalarAttributeTypeS})
	}
	out, err := p.db.CreateTable(p.t.Context(), in)
	require.NoError(p.t, err)
	p.t.Cleanup(func() {
		_, err := p.db.DeleteTable(context.WithoutCancel(p.t.Context()), &awsdynamodb.DeleteTableInput{TableName: &name})
		assert.NoError(p.t, err)
	})
	*streams = append(*streams, aws.ToString(out.TableDescription.LatestStreamArn))
	return name
}

func schema(keys []string) []dynamotypes.KeySchemaElement {
	var out []dynamotypes.KeySchemaElement
	for i, k := range keys {
		kind := []dynamotypes.KeyType{dynamotypes.KeyTypeHash, dynamotypes.KeyTypeRange}[i]
		out = append(out, dynamotypes.KeySchemaElement{AttributeName: aws.String(k), KeyType: kind})
	}
	return out
}

func (p *platform) follow(function string, streams []string) {
	p.t.Helper()
	client := lambda.NewFromConfig(p.cfg)
	for _, stream := range streams {
		out, err := client.CreateEventSourceMapping(p.t.Context(), &lambda.CreateEventSourceMappingInput{
			FunctionName: &function, EventSourceArn: &stream, StartingPosition: lambdatypes.EventSourcePositionTrimHorizon,
			BatchSize: aws.Int32(10), FunctionResponseTypes: []lambdatypes.FunctionResponseType{lambdatypes.FunctionResponseTypeReportBatchItemFailures},
		})
		require.NoError(p.t, err)
		p.t.Cleanup(func() {
			_, err := client.DeleteEventSourceMapping(context.WithoutCancel(p.t.Context()), &lambda.DeleteEventSourceMappingInput{UUID: out.UUID})
			assert.NoError(p.t, err)
		})
	}
}

func (p *platform) put(table string, texts map[string]string, expires time.Time) {
	p.t.Helper()
	item := map[string]dynamotypes.AttributeValue{}
	for k, v := range texts {
		item[k] = &dynamotypes.AttributeValueMemberS{Value: v}
	}
	if !expires.IsZero() {
		item["expiresAt"] = &dynamotypes.AttributeValueMemberN{Value: strconv.FormatInt(expires.Unix(), 10)}
	}
	_, err := p.db.PutItem(p.t.Context(), &awsdynamodb.PutItemInput{TableName: &table, Item: item})
	require.NoError(p.t, err)
}

// hears evaluates the policies that are attached to the identity in AWS IoT at present.
func (p *platform) hears(t require.TestingT, car vin.VIN) bool {
	client := awsiot.NewFromConfig(p.cfg)
	names, err := iot.NewPolicies(p.cfg).Attached(p.t.Context(), identity)
	require.NoError(t, err)
	var set []policy.Named
	for _, name := range names {
		out, err := client.GetPolicy(p.t.Context(), &awsiot.GetPolicyInput{PolicyName: &name})
		if err != nil {
			continue // removed in the meantime
		}
		document, err := policy.Parse([]byte(aws.ToString(out.PolicyDocument)))
		require.NoError(t, err)
		set = append(set, policy.Named{Name: name, Document: document})
	}
	return policy.NewSet(set...).Decide(policy.Request{
		Action: policy.Receive, Resource: arn + ":topic/dt/cars/" + string(car) + "/telemetry",
		Connection: &policy.Connection{ClientID: identity},
	}).Allowed
}

// becomes waits until the identity can receive the car's messages, or cannot any longer.
func (p *platform) becomes(car vin.VIN, want bool, why string) {
	p.t.Helper()
	require.EventuallyWithT(p.t, func(c *assert.CollectT) { assert.Equal(c, want, p.hears(c, car)) }, 2*time.Minute, 200*time.Millisecond, why)
}

func TestPoliciesFollowTheTables(t *testing.T) {
	p := newPlatform(t)
	p.put(p.vehicles, map[string]string{"vin": string(one), "thingName": string(one), "ownerId": "ana"}, time.Time{})
	p.put(p.vehicles, map[string]string{"vin": string(two), "thingName": string(two), "ownerId": "ben"}, time.Time{})
	access, err := p.api.Attach(t.Context(), "ana", identity)
	require.NoError(t, err)
	assert.Equal(t, []vin.VIN{one}, access.Cars)
	assert.True(t, p.hears(t, one))
	assert.False(t, p.hears(t, two))

	p.put(p.grants, map[string]string{"vin": string(two), "userId": "ana", "grantedBy": "ben"}, time.Now().Add(time.Hour))
	p.becomes(two, true, "a grant is made")
	p.put(p.vehicles, map[string]string{"vin": string(one), "thingName": string(one), "ownerId": "ben"}, time.Time{})
	p.becomes(one, false, "a car gets another owner")
	assert.True(t, p.hears(t, two))

	_, err = p.db.DeleteItem(t.Context(), &awsdynamodb.DeleteItemInput{TableName: &p.grants, Key: map[string]dynamotypes.AttributeValue{
		"vin": &dynamotypes.AttributeValueMemberS{Value: string(two)}, "userId": &dynamotypes.AttributeValueMemberS{Value: "ana"},
	}})
	require.NoError(t, err)
	p.becomes(two, false, "a grant is taken back")

	p.put(p.vehicles, map[string]string{"vin": string(one), "thingName": string(one), "ownerId": "ana"}, time.Time{})
	p.becomes(one, true, "a car comes back")
	p.put(p.vehicles, map[string]string{"vin": string(one), "thingName": string(one)}, time.Time{})
	p.becomes(one, false, "a car is released")
}

func TestAGrantEndsThoughNobodyDeletesIt(t *testing.T) {
	p := newPlatform(t)
	p.put(p.vehicles, map[string]string{"vin": string(two), "thingName": string(two), "ownerId": "ben"}, time.Time{})
	_, err := p.api.Attach(t.Context(), "ana", identity)
	require.NoError(t, err)
	p.put(p.grants, map[string]string{"vin": string(two), "userId": "ana", "grantedBy": "ben"}, time.Now().Add(10*time.Second))
	p.becomes(two, true, "a grant is made")
	p.becomes(two, false, "it is over")
}
