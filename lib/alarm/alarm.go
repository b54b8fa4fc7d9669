package alarm

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// Period is the length in minutes of one data point of an alarm.
const Period = 5

// Limit is the threshold of an alarm.
type Limit struct {
	// AtLeast is the lowest value that breaches the limit. Required.
	AtLeast float64
	// Periods is the number of consecutive breaching data points that raise the alarm. Default: 1.
	Periods float64
	// Advice explains the alarm, and the action to take. Required.
	Advice string
}

// On creates an alarm that is raised when the metric reaches the limit. Missing data counts as no breach, and the action runs on recovery
// too.
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

// Sum returns the options of a metric whose values are added up over a period.
func Sum() *awscloudwatch.MetricOptions { return statistic("Sum") }

// Maximum returns the options of a metric whose highest value in a period counts.
func Maximum() *awscloudwatch.MetricOptions { return statistic("Maximum") }

func statistic(name string) *awscloudwatch.MetricOptions {
	return &awscloudwatch.MetricOptions{Statistic: jsii.String(name), Period: awscdk.Duration_Minutes(jsii.Number(Period))}
}
