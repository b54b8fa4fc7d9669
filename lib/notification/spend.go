package notification

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/lib/alarm"
)

// spendShare is the part of the monthly spend limit that raises the alarm: at the limit SNS stops all SMS, including crash notifications.
const spendShare = 0.8

// watchSpend raises an alarm before the SMS spend limit is exhausted. The metric covers the account in the region and has no dimensions.
// CloudFormation cannot set the limit, an attribute of the account; `carctl preflight` compares it with this alarm.
// https://docs.aws.amazon.com/sns/latest/dg/sms_stats_cloudwatch.html
func (a *Alerts) watchSpend(props Props) {
	if props.TextSpendUSD == 0 {
		return
	}
	metric := awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: jsii.String("AWS/SNS"), MetricName: jsii.String("SMSMonthToDateSpentUSD"), Statistic: jsii.String("Maximum"),
		Period: awscdk.Duration_Minutes(jsii.Number(alarm.Period)),
	})
	alarm.On(a.Construct, "TextSpend", metric, alarm.Limit{
		AtLeast: spendShare * float64(props.TextSpendUSD),
		Advice: fmt.Sprintf("80 %% of the month's %d USD for text messages are spent; at the limit SNS sends none, crash notices included. "+
			"Look at the countries in the requests of addPhone and in the SMS usage report for pumping, then raise smsMonthlySpendUsd and the account's limit.", props.TextSpendUSD),
	}, props.Runtime.Alarm)
}
