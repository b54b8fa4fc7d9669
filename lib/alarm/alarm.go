package alarm

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

// On alarms when a metric reaches the limit: it says what to do, missing data is no trouble, and recovery is announced like trouble.
func On(scope constructs.Construct, id string, metric awscloudwatch.IMetric, limit Limit, action awscloudwatch.IAlarmAction) awscloudwatch.Alarm {
	if limit.Advice == "" || limit.AtLeast <= 0 {
		panic("alarm.On " + id + ": Limit.AtLeast and Limit.Advice are required")
	}
	a := awscloudwatch.NewAlarm(scope, jsii.String(id), &awscloudwatch.AlarmProps{
		Metric:             metric,
		Threshold:          jsii.Number(limit.AtLeast),
		EvaluationPeriods:  jsii.Number(max(limit.Periods, 1)),
		ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
		TreatMissingData:   awscloudwatch.TreatMissingData_NOT_BREACHING,
		AlarmDescription:   jsii.String(limit.Advice),
	})
	a.AddAlarmAction(action)
	a.AddOkAction(action)
	return a
}

// Sum are the options of a metric that counts.
func Sum() *awscloudwatch.MetricOptions { return statistic("Sum") }

// Maximum are the options of a metric whose worst value matters.
func Maximum() *awscloudwatch.MetricOptions { return statistic("Maximum") }

func statistic(name string) *awscloudwatch.MetricOptions {
	return &awscloudwatch.MetricOptions{Statistic: jsii.String(name), Period: awscdk.Duration_Minutes(jsii.Number(Period))}
}
