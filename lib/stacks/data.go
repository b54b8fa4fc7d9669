package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesis"

	"connectedcar/internal/names"
	"connectedcar/lib/config"
	"connectedcar/lib/data"
	"connectedcar/lib/function"
)

// stored are the stores that outlive the other stacks.
type stored struct {
	*data.Tables
	*data.Buckets
	stream awskinesis.Stream
}

func newData(stack awscdk.Stack, s config.Settings, runtimeOf func(awscdk.Stack) function.Runtime) stored {
	d := stored{
		Tables: data.NewTables(stack, "Tables", data.TablesProps{Protected: s.Protected, WarmWrites: s.WarmWrites}),
		Buckets: data.NewBuckets(stack, "Buckets", data.BucketsProps{
			Protected: s.Protected, RetentionDays: s.RawRetentionDays, LakeRetentionDays: s.Analytics.RetentionDays, LogRetentionDays: s.LogRetentionDays,
		}),
		stream: data.NewStream(stack, "Telemetry", data.StreamProps{Protected: s.Protected, Shards: s.Stream.Shards}),
	}
	if !s.Protected {
		data.Dispose(stack, "Empty", runtimeOf(stack), d.AccessLogs, d.Raw, d.Failures, d.Lake, d.Results)
	}
	output(stack, names.OutputVehiclesTable, d.Vehicles.TableName(), "The allow-list and what is known of each car")
	output(stack, names.OutputVehicleStateTable, d.VehicleState.TableName(), "The newest value of each signal of each car")
	output(stack, names.OutputTelemetryTable, d.Tables.Telemetry.TableName(), "Hot history of telemetry")
	output(stack, names.OutputHealthReportsTable, d.HealthReports.TableName(), "Health reports of cars")
	output(stack, names.OutputAlertsTable, d.Alerts.TableName(), "Alerts")
	output(stack, names.OutputCertificatesTable, d.Certificates.TableName(), "Every certificate that a car ever had")
	output(stack, names.OutputTripsTable, d.Trips.TableName(), "Trips")
	output(stack, names.OutputDiagnosticsTable, d.Diagnostics.TableName(), "Trouble codes, open and past")
	output(stack, names.OutputPreferencesTable, d.Preferences.TableName(), "How people want to be told")
	output(stack, names.OutputCommandsTable, d.Commands.TableName(), "What cars were asked to do")
	output(stack, names.OutputGrantsTable, d.Grants.TableName(), "Who else may use a car")
	output(stack, names.OutputOneTimeTable, d.OneTime.TableName(), "Claim codes, idempotency keys and counters")
	output(stack, names.OutputRawBucket, d.Raw.BucketName(), "Events and diagnostics as the cars sent them")
	output(stack, names.OutputFailuresBucket, d.Failures.BucketName(), "Batches that stream consumers gave up on")
	output(stack, names.OutputLakeBucket, d.Lake.BucketName(), "Telemetry for analysis")
	output(stack, names.OutputResultsBucket, d.Results.BucketName(), "Answers to analysts' questions")
	output(stack, names.OutputTelemetryStream, d.stream.StreamName(), "Telemetry on its way from the rules")
	exportAlways(stack, d.Lake.BucketName(), d.Lake.BucketArn(), d.Results.BucketName(), d.Results.BucketArn())
	return d
}

// exportAlways exports values that only the stack of an option imports, whether the option is on or not. When the option is switched off,
// its stack still exists while this one is deployed, and CloudFormation refuses to remove an export that another stack imports.
func exportAlways(stack awscdk.Stack, values ...*string) {
	for _, v := range values {
		stack.ExportValue(v, nil)
	}
}
