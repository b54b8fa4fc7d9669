package fleetanomaly

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
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

// FindingsProps configures Findings. All are required.
type FindingsProps struct {
	Runtime  function.Runtime
	Alerts   awsdynamodb.ITableV2 // receives the alerts
	Vehicles awsdynamodb.ITableV2 // for a car's model and manufacturer
	GivenUp  awss3.IBucket        // findings whose retries were exhausted
}

// Findings is the stream of the job's findings, and the function that turns them into alerts.
type Findings struct {
	constructs.Construct
	Stream   awskinesis.Stream
	Failures awssqs.Queue // findings that cannot be parsed, each with the reason
	Function awslambda.Function
}

const (
	findingsTime    = 30 * time.Second
	findingsBatch   = 20
	findingsRetries = 20            // with back-off about a quarter of an hour
	findingsMaxAge  = 6 * time.Hour // age after which a finding is not retried: later windows repeat its statement
	findingsWaiting = 15 * time.Minute
)

// NewFindings makes the stream and the function. Findings are rare, so one shard is enough. The stream is not protected: the job can
// compute its findings again from the sources.
func NewFindings(scope constructs.Construct, id string, props FindingsProps) *Findings {
	f := &Findings{Construct: constructs.NewConstruct(scope, jsii.String(id))}
	f.Stream = awskinesis.NewStream(f.Construct, jsii.String("Stream"), &awskinesis.StreamProps{
		StreamMode: awskinesis.StreamMode_PROVISIONED, ShardCount: jsii.Number(1), Encryption: awskinesis.StreamEncryption_MANAGED,
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	f.Failures = function.DeadLetterQueue(f.Construct, "Failures", "The windows over the fleet wrote what the function fleetanomaly cannot read: their versions do not match. "+
		"Each message says why.", props.Runtime.Alarm)
	f.Function = function.New(f.Construct, "Function", function.Props{
		Runtime: props.Runtime, Name: "fleetanomaly", Description: "Raises alerts of what the windows over the whole fleet find", Timeout: findingsTime,
		Environment: map[string]*string{
			names.EnvAlertsTable: props.Alerts.TableName(), names.EnvVehiclesTable: props.Vehicles.TableName(),
			names.EnvFailureQueueURL: f.Failures.QueueUrl(),
		},
	})
	grant.Actions(f.Function, props.Alerts.TableArn(), "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem")
	grant.Actions(f.Function, props.Vehicles.TableArn(), "dynamodb:GetItem")
	grant.Actions(f.Function, f.Failures.QueueArn(), "sqs:SendMessage")
	f.read(props)
	return f
}

func (f *Findings) read(props FindingsProps) {
	function.ReadStream(f.Function, f.Stream, awslambda.EventSourceMappingOptions{
		StartingPosition:        awslambda.StartingPosition_TRIM_HORIZON,
		BatchSize:               jsii.Number(findingsBatch),
		BisectBatchOnError:      jsii.Bool(true),
		ReportBatchItemFailures: jsii.Bool(true),
		RetryAttempts:           jsii.Number(findingsRetries),
		MaxRecordAge:            awscdk.Duration_Hours(jsii.Number(findingsMaxAge.Hours())),
		OnFailure:               function.DeadLetterBucket(props.GivenUp),
	})
	alarm.On(f.Construct, "Waiting", f.Function.Metric(jsii.String("IteratorAge"), alarm.Maximum()), alarm.Limit{
		AtLeast: float64(findingsWaiting.Milliseconds()),
		Advice:  "What the windows over the fleet found waits for a quarter of an hour. The function fleetanomaly fails: see its log.",
	}, props.Runtime.Alarm)
}
