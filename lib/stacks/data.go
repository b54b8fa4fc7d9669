package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesis"

	"connectedcar/internal/contract"
	"connectedcar/lib/config"
	"connectedcar/lib/data"
)

// stored is what must survive.
type stored struct {
	*data.Tables
	*data.Buckets
	stream  awskinesis.Stream
	reports awskinesis.Stream // nil where nobody looks at the whole fleet
}

func newData(stack awscdk.Stack, s config.Settings) stored {
	d := stored{
		Tables: data.NewTables(stack, "Tables", data.TablesProps{Protected: s.Protected}),
		Buckets: data.NewBuckets(stack, "Buckets", data.BucketsProps{
			Protected: s.Protected, RetentionDays: s.RawRetentionDays, LakeRetentionDays: s.Analytics.RetentionDays, LogRetentionDays: s.LogRetentionDays,
		}),
		stream: data.NewStream(stack, "Telemetry", data.StreamProps{Protected: s.Protected, Shards: s.Stream.Shards}),
	}
	if s.Engine == config.Flink {
		d.reports = data.NewStream(stack, "Reports", data.StreamProps{Shards: s.Stream.Shards})
	}
	output(stack, contract.OutputVehiclesTable, d.Vehicles.TableName(), "The allow-list and what is known of each car")
	output(stack, contract.OutputVehicleStateTable, d.VehicleState.TableName(), "The newest value of each signal of each car")
	output(stack, contract.OutputTelemetryTable, d.Tables.Telemetry.TableName(), "Hot history of telemetry")
	output(stack, contract.OutputHealthReportsTable, d.HealthReports.TableName(), "Health reports of cars")
	output(stack, contract.OutputAlertsTable, d.Alerts.TableName(), "Alerts")
	output(stack, contract.OutputCertificatesTable, d.Certificates.TableName(), "Every certificate that a car ever had")
	output(stack, contract.OutputTripsTable, d.Trips.TableName(), "Trips")
	output(stack, contract.OutputDiagnosticsTable, d.Diagnostics.TableName(), "Trouble codes, open and past")
	output(stack, contract.OutputPreferencesTable, d.Preferences.TableName(), "How people want to be told")
	output(stack, contract.OutputCommandsTable, d.Commands.TableName(), "What cars were asked to do")
	output(stack, contract.OutputGrantsTable, d.Grants.TableName(), "Who else may use a car")
	output(stack, contract.OutputOneTimeTable, d.OneTime.TableName(), "Claim codes, idempotency keys and counters")
	output(stack, contract.OutputRawBucket, d.Raw.BucketName(), "Events and diagnostics as the cars sent them")
	output(stack, contract.OutputFailuresBucket, d.Failures.BucketName(), "Batches that stream consumers gave up on")
	output(stack, contract.OutputLakeBucket, d.Lake.BucketName(), "Telemetry for analysis")
	output(stack, contract.OutputResultsBucket, d.Results.BucketName(), "Answers to analysts' questions")
	output(stack, contract.OutputTelemetryStream, d.stream.StreamName(), "Telemetry on its way from the rules")
	return d
}
