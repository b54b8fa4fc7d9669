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

// NewMismatches makes the log of messages on a car's topic that another client sent, and an alarm on it. The device policy denies such
// messages, so each one shows that a policy is too wide or that the sender is not a car.
func NewMismatches(scope constructs.Construct, id string, retentionDays int, action awscloudwatch.IAlarmAction) awslogs.LogGroup {
	group := function.LogGroup(scope, id, retentionDays)
	filter := group.AddMetricFilter(jsii.String("Count"), &awslogs.MetricFilterOptions{
		FilterPattern:   awslogs.FilterPattern_AllEvents(),
		MetricNamespace: jsii.String(names.MetricNamespace),
		MetricName:      jsii.String(*awscdk.Stack_Of(scope).StackName() + "-identity-mismatch"), // dimensions come from events only
		MetricValue:     jsii.String("1"),
	})
	alarm.On(group, "Mismatch", filter.Metric(alarm.Sum()), alarm.Limit{AtLeast: 1,
		Advice: "A client published on the topic of a car that it is not; the messages were dropped. The log group of this alarm names client and topic."}, action)
	return group
}
