package fleetanomaly

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/lib/alarm"
)

// behind is the age of the job's oldest unread input that raises the alarm: its alerts are late by that much.
const behind = 15 * time.Minute

// watch makes alarms for a job that is down, restarts repeatedly, or falls behind. The metrics are the service's own ("Metrics and
// dimensions in Managed Service for Apache Flink"); a job that was never started has none.
func (j *Job) watch(action awscloudwatch.IAlarmAction) {
	const look = "Its log group is in this stack, and its Flink dashboard in the service's console."
	add := func(id string, metric awscloudwatch.IMetric, limit alarm.Limit) {
		alarm.On(j.Construct, id, metric, limit, action)
	}
	add("Down", j.metric("downtime"), alarm.Limit{AtLeast: 1, Periods: 2,
		Advice: "The windows over the fleet stand still: nobody is told of faults that spread and of regions that go silent. " + look})
	add("Restarts", rise(j.metric("fullRestarts")), alarm.Limit{AtLeast: 1,
		Advice: "The windows over the fleet failed and started again from their last checkpoint. Now and then that is nothing; if it goes on, their code or a stream is at fault. " + look})
	add("Checkpoints", rise(j.metric("numberOfFailedCheckpoints")), alarm.Limit{AtLeast: 1, Periods: 3,
		Advice: "The windows over the fleet cannot keep their state: a restart would go back far. " + look})
	add("Behind", j.metric("millisBehindLatest"), alarm.Limit{AtLeast: float64(behind.Milliseconds()), Periods: 3,
		Advice: "The windows over the fleet are a quarter of an hour behind the streams. The service adds KPUs by itself, up to the quota of the application. " + look})
}

func (j *Job) metric(name string) awscloudwatch.Metric {
	options := alarm.Maximum()
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: jsii.String("AWS/KinesisAnalytics"), MetricName: jsii.String(name), Statistic: options.Statistic, Period: options.Period,
		DimensionsMap: &map[string]*string{"Application": j.Application.Ref()},
	})
}

// rise is the increase of a metric that counts from the job's start.
func rise(of awscloudwatch.Metric) awscloudwatch.IMetric {
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression: jsii.String("DIFF(total)"), UsingMetrics: &map[string]awscloudwatch.IMetric{"total": of},
		Label: of.MetricName(), Period: awscdk.Duration_Minutes(jsii.Number(alarm.Period)),
	})
}
