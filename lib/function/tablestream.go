package function

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/lib/alarm"
	"connectedcar/lib/grant"
)

// TableStreamProps configures FollowTable. All are required but Filters.
type TableStreamProps struct {
	Function awslambda.Function
	Table    awsdynamodb.ITableV2 // needs an enabled stream
	// Batch is the maximum number of changes in one invocation.
	Batch int
	// Filters are patterns in Lambda's filter syntax; a change must match at least one. Default: every change matches.
	Filters []map[string]any
	// Failures receives the stream position of changes whose retries were exhausted, without their content.
	Failures awssqs.IQueue
	// Late explains the alarm on changes that are processed minutes late, and the action to take.
	Late  string
	Alarm awscloudwatch.IAlarmAction
}

const (
	streamWindow  = time.Second    // batching window
	streamRetries = 50             // with back-off nearly an hour
	streamMaxAge  = 12 * time.Hour // age after which a change is not retried; DynamoDB keeps changes for 24 hours
	// streamLagging is the age of the oldest unprocessed change that raises the alarm.
	streamLagging = 5 * time.Minute
)

// FollowTable invokes a function with the changes of a table. A failing batch is bisected down to one change, whose stream position goes to
// Failures.
func FollowTable(scope constructs.Construct, id string, props TableStreamProps) {
	filters := make([]*map[string]any, len(props.Filters))
	for i, f := range props.Filters {
		filters[i] = awslambda.FilterCriteria_Filter(&f)
	}
	mapping := &awslambda.EventSourceMappingProps{
		Target:                  props.Function,
		EventSourceArn:          props.Table.TableStreamArn(),
		StartingPosition:        awslambda.StartingPosition_TRIM_HORIZON,
		BatchSize:               jsii.Number(float64(props.Batch)),
		MaxBatchingWindow:       awscdk.Duration_Seconds(jsii.Number(streamWindow.Seconds())),
		BisectBatchOnError:      jsii.Bool(true),
		ReportBatchItemFailures: jsii.Bool(true),
		RetryAttempts:           jsii.Number(streamRetries),
		MaxRecordAge:            awscdk.Duration_Hours(jsii.Number(streamMaxAge.Hours())),
		OnFailure:               SendFailures(props.Failures),
	}
	if len(filters) > 0 {
		mapping.Filters = &filters
	}
	// The CDK's grant on the table would allow listing the streams of every table. Lambda needs ListStreams for this table only:
	// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/iam-policy-example-lamda-process-dynamodb-streams.html
	grant.Actions(props.Function, props.Table.TableStreamArn(),
		"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams")
	source := awslambda.NewEventSourceMapping(scope, jsii.String(id), mapping)
	source.Node().AddDependency(props.Function.Role())
	age := props.Function.Metric(jsii.String("IteratorAge"), alarm.Maximum())
	alarm.On(source, "Late", age, alarm.Limit{AtLeast: float64(streamLagging.Milliseconds()), Advice: props.Late}, props.Alarm)
}
