// Package watch makes CloudWatch alarms with this project's ways: an alarm says what to do, missing data is no trouble, and
// recovery is announced like trouble.
package watch

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// Period is the length of an alarm's data point, in minutes.
const Period = 5

// Limit says when a metric is trouble.
type Limit struct {
	// AtLeast is the value from which on it is. Required.
	AtLeast float64
	// Periods is the number of data points in a row that ring the alarm. Default: 1.
	Periods float64
	// Advice explains the alarm, and the action to take. Required.
	Advice string
}

// Alarm tells action when metric reaches the limit.
func Alarm(scope constructs.Construct, id string, metric awscloudwatch.IMetric, limit Limit, action awscloudwatch.IAlarmAction) awscloudwatch.Alarm {
	if limit.Advice == "" || limit.AtLeast <= 0 {
		panic("watch.Alarm " + id + ": Limit.AtLeast and Limit.Advice are required")
	}
	alarm := awscloudwatch.NewAlarm(scope, jsii.String(id), &awscloudwatch.AlarmProps{
		Metric:             metric,
		Threshold:          jsii.Number(limit.AtLeast),
		EvaluationPeriods:  jsii.Number(max(limit.Periods, 1)),
		ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
		TreatMissingData:   awscloudwatch.TreatMissingData_NOT_BREACHING,
		AlarmDescription:   jsii.String(limit.Advice),
	})
	alarm.AddAlarmAction(action)
	alarm.AddOkAction(action)
	return alarm
}

// Sum are the options of a metric that counts.
func Sum() *awscloudwatch.MetricOptions { return statistic("Sum") }

// Maximum are the options of a metric whose worst value matters.
func Maximum() *awscloudwatch.MetricOptions { return statistic("Maximum") }

func statistic(name string) *awscloudwatch.MetricOptions {
	return &awscloudwatch.MetricOptions{Statistic: jsii.String(name), Period: awscdk.Duration_Minutes(jsii.Number(Period))}
}
