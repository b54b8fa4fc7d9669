// Package ingest makes the consumers of cars' messages: just-in-time registration, the function that stores telemetry, and the log of
// messages on foreign topics.
package ingest

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesis"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/internal/names"
	"connectedcar/lib/alarm"
	"connectedcar/lib/function"
	"connectedcar/lib/grant"
)

// TelemetryProps configures Telemetry. All are required.
type TelemetryProps struct {
	Runtime  function.Runtime
	Stream   awskinesis.IStream
	State    awsdynamodb.ITableV2 // the newest value of each signal
	History  awsdynamodb.ITableV2 // recent telemetry (hot history)
	Alerts   awsdynamodb.ITableV2 // receives alerts that telemetry raises
	Vehicles awsdynamodb.ITableV2 // for a car's manufacturer and dealer, who are notified
	// Parallelization is the number of concurrent invocations for each shard, 1 to 10.
	Parallelization int
	// FanOut gives the function dedicated throughput of each shard (enhanced fan-out).
	FanOut    bool
	Retention time.Duration // retention of the hot history
	GivenUp   awss3.IBucket // batches whose retries were exhausted, with their payload
}

// Telemetry is the function that stores telemetry, with its dead-letter queue.
type Telemetry struct {
	constructs.Construct
	Failures awssqs.Queue // messages that the function rejects, each with the reason
	Function awslambda.Function
}

const (
	records = 500             // maximum of a batch; each row of history is a separate write to DynamoDB
	window  = time.Second     // batching window: a longer one needs fewer invocations and delays data
	timeout = 1 * time.Minute // of one invocation
	retries = 20              // with back-off about a quarter of an hour: longer than DynamoDB usually throttles
	maxAge  = 6 * time.Hour   // age after which a record is not retried
	// lagging is the age of the oldest unprocessed record at which the state shown to users counts as stale.
	lagging = 5 * time.Minute
)

// NewTelemetry makes the function, its dead-letter queue and its alarms.
func NewTelemetry(scope constructs.Construct, id string, props TelemetryProps) *Telemetry {
	if props.Parallelization < 1 {
		panic("ingest.NewTelemetry " + id + ": Parallelization is required")
	}
	if props.Retention <= 0 {
		panic("ingest.NewTelemetry " + id + ": Retention is required")
	}
	t := &Telemetry{Construct: constructs.NewConstruct(scope, jsii.String(id))}
	t.Failures = function.DeadLetterQueue(t.Construct, "Failures", "Cars sent telemetry that could not be used. Each message says why; "+
		"`carctl redrive` lists them and sends them again.", props.Runtime.Alarm)
	t.Function = function.New(t.Construct, "Function", function.Props{
		Runtime:     props.Runtime,
		Name:        "telemetry",
		Description: "Checks telemetry and stores each car's newest state and its hot history",
		Timeout:     timeout,
		MemoryMB:    512,
		Environment: map[string]*string{
			names.EnvVehicleStateTable:  props.State.TableName(),
			names.EnvTelemetryTable:     props.History.TableName(),
			names.EnvAlertsTable:        props.Alerts.TableName(),
			names.EnvVehiclesTable:      props.Vehicles.TableName(),
			names.EnvFailureQueueURL:    t.Failures.QueueUrl(),
			names.EnvTelemetryRetention: jsii.String(props.Retention.String()),
		},
	})
	t.read(props)
	grant.Actions(t.Function, props.State.TableArn(), "dynamodb:BatchGetItem", "dynamodb:UpdateItem")
	grant.Actions(t.Function, props.History.TableArn(), "dynamodb:BatchWriteItem")
	grant.Actions(t.Function, props.Alerts.TableArn(), "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem")
	grant.Actions(t.Function, props.Vehicles.TableArn(), "dynamodb:GetItem")
	grant.Actions(t.Function, t.Failures.QueueArn(), "sqs:SendMessage")
	return t
}

// read makes the function consume the stream. A failing batch is bisected, so that a bad record delays few others. After its last retry the
// record goes to S3 with its payload.
func (t *Telemetry) read(props TelemetryProps) {
	mapping := awslambda.EventSourceMappingOptions{
		StartingPosition:        awslambda.StartingPosition_TRIM_HORIZON,
		BatchSize:               jsii.Number(records),
		MaxBatchingWindow:       awscdk.Duration_Seconds(jsii.Number(window.Seconds())),
		ParallelizationFactor:   jsii.Number(float64(props.Parallelization)),
		BisectBatchOnError:      jsii.Bool(true),
		ReportBatchItemFailures: jsii.Bool(true),
		RetryAttempts:           jsii.Number(retries),
		MaxRecordAge:            awscdk.Duration_Hours(jsii.Number(maxAge.Hours())),
		OnFailure:               function.DeadLetterBucket(props.GivenUp),
	}
	if props.FanOut {
		// A registered consumer has dedicated throughput; other readers share 2 MB/s of each shard.
		// https://docs.aws.amazon.com/streams/latest/dev/enhanced-consumers.html
		consumer := awskinesis.NewStreamConsumer(t.Construct, jsii.String("Consumer"), &awskinesis.StreamConsumerProps{
			Stream: props.Stream, StreamConsumerName: jsii.String("telemetry"),
		})
		function.ReadConsumer(t.Function, consumer, mapping)
	} else {
		function.ReadStream(t.Function, props.Stream, mapping)
	}
	age := t.Function.Metric(jsii.String("IteratorAge"), alarm.Maximum())
	alarm.On(t.Construct, "Lagging", age, alarm.Limit{AtLeast: float64(lagging.Milliseconds()),
		Advice: "Telemetry is stored minutes after it came in. The function telemetry fails (see its errors) or needs more shards."}, props.Runtime.Alarm)
	t.watchGivenUp(props)
}

// watchGivenUp raises an alarm when Lambda exhausts the retries of records and writes them to the failure destination.
func (t *Telemetry) watchGivenUp(props TelemetryProps) {
	delivered := t.Function.Metric(jsii.String("DestinationDeliveryFailures"), alarm.Sum())
	alarm.On(t.Construct, "GivenUpLost", delivered, alarm.Limit{AtLeast: 1,
		Advice: "Records of the telemetry stream were given up on and could not be kept in S3 either: they are lost after the stream's retention."}, props.Runtime.Alarm)
	throttled := props.Stream.Metric(jsii.String("WriteProvisionedThroughputExceeded"), &awscloudwatch.MetricOptions{
		Statistic: jsii.String("Sum"), Period: awscdk.Duration_Minutes(jsii.Number(alarm.Period)),
	})
	alarm.On(t.Construct, "StreamFull", throttled, alarm.Limit{AtLeast: 1, Periods: 2,
		Advice: "The telemetry stream refuses messages; those that AWS IoT could not put in spite of its retries are in the queue of rule failures. Add shards."}, props.Runtime.Alarm)
}
