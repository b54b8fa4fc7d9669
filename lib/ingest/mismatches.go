package ingest

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/internal/names"
	"connectedcar/lib/alarm"
	"connectedcar/lib/function"
)

// NewMismatches makes the log of messages that came on a car's topic from another client, and an alarm on it. The device policy
// keeps cars from sending such messages, so one means a policy too wide or a client that is no car.
func NewMismatches(scope constructs.Construct, id string, retentionDays int, action awscloudwatch.IAlarmAction) awslogs.LogGroup {
	group := function.LogGroup(scope, id, retentionDays)
	filter := group.AddMetricFilter(jsii.String("Count"), &awslogs.MetricFilterOptions{
		FilterPattern:   awslogs.FilterPattern_AllEvents(),
		MetricNamespace: jsii.String(names.MetricNamespace),
		MetricName:      jsii.String(*awscdk.Stack_Of(scope).StackName() + "-identity-mismatch"), // a metric filter's dimensions come from the events alone
		MetricValue:     jsii.String("1"),
	})
	alarm.On(group, "Mismatch", filter.Metric(alarm.Sum()), alarm.Limit{AtLeast: 1,
		Advice: "A client published on the topic of a car that it is not; the messages were dropped. The log group of this alarm names client and topic."}, action)
	return group
}
