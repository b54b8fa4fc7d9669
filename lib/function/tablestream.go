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
	Table    awsdynamodb.ITableV2 // with a stream
	// Batch is the most changes of one run.
	Batch int
	// Filters are patterns in Lambda's filter syntax, one of which a change has to match. Default: every change counts.
	Filters []map[string]any
	// Failures gets an account of the changes that were retried in vain: their place in the stream, not their content.
	Failures awssqs.IQueue
	// Late explains the alarm on changes that are followed minutes late, and the action to take.
	Late  string
	Alarm awscloudwatch.IAlarmAction
}

const (
	streamWindow  = time.Second    // how long a batch fills
	streamRetries = 50             // with back-off most of an hour
	streamMaxAge  = 12 * time.Hour // of a change that is still retried; DynamoDB forgets it after 24
	// streamLagging is the age of the oldest change not yet followed that is an alarm.
	streamLagging = 5 * time.Minute
)

// FollowTable has a function follow the table. A batch that fails is halved until one change is left, of which Failures gets an account.
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
	// The table's own grant would let the function list the streams of every table. Lambda asks for ListStreams on this one alone:
	// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/iam-policy-example-lamda-process-dynamodb-streams.html
	grant.Actions(props.Function, props.Table.TableStreamArn(),
		"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams")
	source := awslambda.NewEventSourceMapping(scope, jsii.String(id), mapping)
	source.Node().AddDependency(props.Function.Role())
	age := props.Function.Metric(jsii.String("IteratorAge"), alarm.Maximum())
	alarm.On(source, "Late", age, alarm.Limit{AtLeast: float64(streamLagging.Milliseconds()), Advice: props.Late}, props.Alarm)
}
