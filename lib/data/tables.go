// Package data makes the stores that must survive: tables, buckets and the stream.
package data

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// expiresAt is the attribute that holds when an item may go, in seconds since 1970, in every table whose items do.
const expiresAt = "expiresAt"

// Tables are the DynamoDB tables.
type Tables struct {
	constructs.Construct
	Vehicles      awsdynamodb.TableV2 // the allow-list and what is known of each car
	VehicleState  awsdynamodb.TableV2 // the newest value of each signal
	Telemetry     awsdynamodb.TableV2 // hot history
	HealthReports awsdynamodb.TableV2
	Alerts        awsdynamodb.TableV2
	Certificates  awsdynamodb.TableV2 // every certificate that a car ever had
	Trips         awsdynamodb.TableV2
	Diagnostics   awsdynamodb.TableV2 // trouble codes, open and past
	Preferences   awsdynamodb.TableV2 // how people want to be told, by user
	Commands      awsdynamodb.TableV2 // what cars were asked to do, by whom, and how it went
	Grants        awsdynamodb.TableV2 // who else may use a car, until when
	OneTime       awsdynamodb.TableV2 // claim codes, idempotency keys and counters, each for a while
}

// TablesProps configures Tables.
type TablesProps struct {
	// Protected refuses to delete the tables and keeps them when the stack goes.
	Protected bool
	// WarmWrites is the number of writes per second that the tables of telemetry take from the start. Default: as many as new tables do.
	WarmWrites int
}

// NewTables makes the tables. CloudFormation makes up the names; functions rely on the keys.
//
// DynamoDB takes one change of a table's indexes in an update, and CloudFormation refuses more: add or drop one index of a table for each
// deployment. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html
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

// schema is the keys of a table; all are texts.
type schema struct {
	partition, sort string
	expires         bool
	stream          bool // functions follow its changes, old and new
	indexes         []index
	warmWrites      int // per second, from the start; 0: as many as a new table takes
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
