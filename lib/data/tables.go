// Package data is what must survive: tables, buckets and the stream.
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
}

// TablesProps configures Tables.
type TablesProps struct {
	// Protected refuses to delete the tables and keeps them when the stack goes.
	Protected bool
}

// NewTables makes the tables. Names are CloudFormation's, keys are the contract with the functions.
func NewTables(scope constructs.Construct, id string, props TablesProps) *Tables {
	t := &Tables{Construct: constructs.NewConstruct(scope, jsii.String(id))}
	add := func(id string, s schema) awsdynamodb.TableV2 { return newTable(t.Construct, id, s, props.Protected) }
	t.Vehicles = add("Vehicles", schema{partition: "vin", indexes: []index{
		{name: "byOwner", partition: "ownerId", sort: "vin"},
		{name: "byDealer", partition: "dealerId", sort: "vin"},
		{name: "byManufacturer", partition: "manufacturerId", sort: "vin"},
	}})
	t.VehicleState = add("VehicleState", schema{partition: "vin"})
	t.Telemetry = add("Telemetry", schema{partition: "pk", sort: "sk", expires: true})
	t.HealthReports = add("HealthReports", schema{partition: "vin", sort: "reportId"})
	t.Alerts = add("Alerts", schema{partition: "vin", sort: "alertId", expires: true, indexes: []index{
		{name: "byAudience", partition: "audience", sort: "alertId"},
	}})
	t.Certificates = add("Certificates", schema{partition: "vin", sort: "certificateId", indexes: []index{
		{name: "byCertificate", partition: "certificateId"},
	}})
	return t
}

// schema is the keys of a table; all are texts.
type schema struct {
	partition, sort string
	expires         bool
	indexes         []index
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
