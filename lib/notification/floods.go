package notification

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/internal/names"
	"connectedcar/lib/alarm"
)

// watchFloods alarms on a car with more new alerts in an hour than are announced.
func (a *Alerts) watchFloods(props Props) {
	metric := awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: jsii.String(names.MetricNamespace), MetricName: jsii.String(names.MetricAlertsUnannounced), Statistic: jsii.String("Sum"),
		Period: awscdk.Duration_Minutes(jsii.Number(alarm.Period)),
	})
	alarm.On(a.Construct, "Flood", metric, alarm.Limit{AtLeast: 1,
		Advice: "A car raises more new alerts in an hour than people are told of. The log of notification has the alerts' ids: look at the car, and " +
			"quarantine it or revoke its certificate if it lies."}, props.Runtime.Alarm)
}
