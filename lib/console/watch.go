package console

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/lib/alarm"
)

// degraded is the metric value of the health status Degraded; Severe is higher.
// https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/health-enhanced-cloudwatch.html
const degraded = 20

// failures is the number of 5xx responses in a period that raises the alarm.
const failures = 20

func (h *Hosting) watch(b balancer) {
	alarm.On(h.Construct, "Health", metric("AWS/ElasticBeanstalk", "EnvironmentHealth", "Maximum", map[string]*string{"EnvironmentName": jsii.String(h.props.Name)}),
		alarm.Limit{AtLeast: degraded, Periods: 2, Advice: "The console is degraded. `aws elasticbeanstalk describe-environment-health` names the cause, the log group " +
			"web.stdout.log the error; after a deployment, deploy the version before it."}, h.props.Runtime.Alarm)
	of := map[string]*string{"LoadBalancer": b.AttrLoadBalancerFullName()}
	for id, name := range map[string]string{"Failures": "HTTPCode_Target_5XX_Count", "Unreached": "HTTPCode_ELB_5XX_Count"} {
		alarm.On(h.Construct, id, metric("AWS/ApplicationELB", name, "Sum", of), alarm.Limit{AtLeast: failures,
			Advice: "The console answers with 5xx, or its instances are not reached. The log group web.stdout.log of the environment says why: most often the API, " +
				"Amazon Cognito or the table of sessions refuses."}, h.props.Runtime.Alarm)
	}
}

func metric(namespace, name, statistic string, dimensions map[string]*string) awscloudwatch.Metric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: jsii.String(namespace), MetricName: jsii.String(name), DimensionsMap: &dimensions, Statistic: jsii.String(statistic),
		Period: awscdk.Duration_Minutes(jsii.Number(alarm.Period)),
	})
}
