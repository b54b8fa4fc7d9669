// Package data makes the stores whose data must survive: tables, buckets and the stream.
package data

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// expiresAt is the TTL attribute, in seconds since 1970, of every table whose items expire.
const expiresAt = "expiresAt"

// Tables are the DynamoDB tables.
type Tables struct {
	constructs.Construct
	Vehicles      awsdynamodb.TableV2 // the allow-list and the properties of each car
	VehicleState  awsdynamodb.TableV2 // the newest value of each signal
	Telemetry     awsdynamodb.TableV2 // recent telemetry (hot history)
	HealthReports awsdynamodb.TableV2
	Alerts        awsdynamodb.TableV2
	Certificates  awsdynamodb.TableV2 // every certificate that a car has had
	Trips         awsdynamodb.TableV2
	Diagnostics   awsdynamodb.TableV2 // trouble codes, open and past
	Preferences   awsdynamodb.TableV2 // notification preferences by user
	Commands      awsdynamodb.TableV2 // commands to cars, with their senders and results
	Grants        awsdynamodb.TableV2 // other users' access to a car, with its end
	OneTime       awsdynamodb.TableV2 // claim codes, idempotency keys and counters, all temporary
}

// TablesProps configures Tables.
type TablesProps struct {
	// Protected enables deletion protection, and retains the tables when the stack is deleted.
	Protected bool
	// WarmWrites is the warm throughput of the telemetry tables in writes per second. Default: that of new tables.
	WarmWrites int
}

// NewTables makes the tables. CloudFormation generates their names; functions rely on their keys.
//
// DynamoDB accepts one change of a table's indexes in an update, and CloudFormation refuses more: add or remove at most one index of a
// table in each deployment. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html
func NewTables(scope constructs.Construct, id string, props TablesProps) *Tables {
	t := &Tables{Construct: constructs.NewConstruct(scope, jsii.String(id))}
	add := func(id string, s schema) awsdynamodb.TableV2 { return newTable(t.Construct, id, s, props.Protected) }
	t.Vehicles = add("Vehicles", schema{partition: "vin", stream: true, indexes: []index{
		{name: "byOwner", partition: "ownerId", sort: "vin"},
		{name: "byDealer", partition: "dealerId", sort: "vin"},
		{name: "byManufacturer", partition: "manufacturerId", sort: "vin"},
	}})
	t.VehicleState = add("VehicleState", schema{partition: "vin", warmWrites: props.WarmWrites})
	t.Telemetry = add("Telemetry", schema{partition: "pk", sort: "sk", expires: true, warmWrites: props.WarmWrites})
	t.HealthReports = add("HealthReports", schema{partition: "vin", sort: "reportId"})
	t.Alerts = add("Alerts", schema{partition: "vin", sort: "alertId", expires: true, stream: true, indexes: []index{
		{name: "byAudience", partition: "audience", sort: "alertId"},
		{name: "byDealer", partition: "dealerId", sort: "alertId"},
	}})
	t.Certificates = add("Certificates", schema{partition: "vin", sort: "certificateId", indexes: []index{
		{name: "byCertificate", partition: "certificateId"},
	}})
	t.Trips = add("Trips", schema{partition: "vin", sort: "tripId"})
	t.Diagnostics = add("Diagnostics", schema{partition: "vin", sort: "diagnosticId", indexes: []index{
		{name: "byDealer", partition: "dealerId", sort: "lastSeen"},
	}})
	t.Preferences = add("Preferences", schema{partition: "userId", sort: "kind"})
	t.Commands = add("Commands", schema{partition: "vin", sort: "commandId", expires: true})
	t.Grants = add("Grants", schema{partition: "vin", sort: "userId", expires: true, stream: true, indexes: []index{
		{name: "byUser", partition: "userId", sort: "vin"},
	}})
	t.OneTime = add("OneTime", schema{partition: "id", expires: true})
	return t
}

// schema is the keys of a table and its indexes; all are of type string.
type schema struct {
	partition, sort string
	expires         bool
	stream          bool // a stream of changes with old and new images
	indexes         []index
	warmWrites      int // warm throughput in writes per second; 0: that of a new table
}

type index struct{ name, partition, sort string }

func newTable(scope constructs.Construct, id string, s schema, protected bool) awsdynamodb.TableV2 {
	props := &awsdynamodb.TablePropsV2{
		PartitionKey:       text(s.partition),
		SortKey:            text(s.sort),
		Billing:            awsdynamodb.Billing_OnDemand(nil),
		Encryption:         awsdynamodb.TableEncryptionV2_AwsManagedKey(),
		DeletionProtection: jsii.Bool(protected),
		RemovalPolicy:      removal(protected),
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{
			PointInTimeRecoveryEnabled: jsii.Bool(true),
		},
	}
	if s.expires {
		props.TimeToLiveAttribute = jsii.String(expiresAt)
	}
	if s.warmWrites > 0 {
		props.WarmThroughput = &awsdynamodb.WarmThroughput{WriteUnitsPerSecond: jsii.Number(float64(s.warmWrites))}
	}
	if s.stream {
		props.DynamoStream = awsdynamodb.StreamViewType_NEW_AND_OLD_IMAGES
	}
	if len(s.indexes) > 0 {
		props.GlobalSecondaryIndexes = globalIndexes(s.indexes)
	}
	return awsdynamodb.NewTableV2(scope, jsii.String(id), props)
}

func globalIndexes(indexes []index) *[]*awsdynamodb.GlobalSecondaryIndexPropsV2 {
	var out []*awsdynamodb.GlobalSecondaryIndexPropsV2
	for _, i := range indexes {
		out = append(out, &awsdynamodb.GlobalSecondaryIndexPropsV2{
			IndexName: jsii.String(i.name), PartitionKey: text(i.partition), SortKey: text(i.sort),
		})
	}
	return &out
}

func text(name string) *awsdynamodb.Attribute {
	if name == "" {
		return nil
	}
	return &awsdynamodb.Attribute{Name: jsii.String(name), Type: awsdynamodb.AttributeType_STRING}
}

func removal(protected bool) awscdk.RemovalPolicy {
	if protected {
		return awscdk.RemovalPolicy_RETAIN
	}
	return awscdk.RemovalPolicy_DESTROY
}
