package lake

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/lib/alarm"
)

// watch raises alarms when rows are late or missing.
func (l *Lake) watch(action awscloudwatch.IAlarmAction) {
	metric := func(name, statistic string) awscloudwatch.Metric {
		return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace: jsii.String("AWS/Firehose"), MetricName: jsii.String(name), Statistic: jsii.String(statistic),
			DimensionsMap: &map[string]*string{"DeliveryStreamName": l.Delivery.Ref()},
			Period:        awscdk.Duration_Minutes(jsii.Number(alarm.Period)),
		})
	}
	refused, late := "FailedConversion.Records", "DeliveryToS3.DataFreshness"
	if l.iceberg != nil {
		refused, late = "DeliveryToIceberg.FailedRowCount", "DeliveryToIceberg.DataFreshness"
	}
	alarm.On(l.Construct, "Unconverted", metric(refused, "Sum"), alarm.Limit{AtLeast: 1,
		Advice: "Firehose could not make Parquet of rows: they do not fit the table. They are under the lake's folder of errors with the reason."}, action)
	alarm.On(l.Construct, "Late", metric(late, "Maximum"), alarm.Limit{AtLeast: 3600, Periods: 3,
		Advice: "The oldest telemetry that is not in the lake yet is an hour old. The delivery's log says why; the stream keeps it for a day."}, action)
	alarm.On(l.Construct, "Throttled", metric("KinesisMillisBehindLatest", "Maximum"), alarm.Limit{AtLeast: 3_600_000, Periods: 3,
		Advice: "The delivery to the lake is an hour behind the stream. The stream keeps records for a day: raise its retention or the pipeline's concurrency."}, action)
}
