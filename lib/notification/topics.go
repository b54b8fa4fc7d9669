package notification

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/lib/alarm"
)

// makeTopics makes one topic for each audience. Subscribers filter by message attributes, which name the car and its companies; no car or
// company has its own topic. One customer managed key encrypts all topics, because other services may not use the AWS managed key of SNS.
// The function may use the key by its role, and CloudWatch may use it to send operators' alarms to the operators' topic.
func (a *Alerts) makeTopics(scope constructs.Construct, action awscloudwatch.IAlarmAction) {
	key := awskms.NewKey(scope, jsii.String("Key"), &awskms.KeyProps{
		Description:       jsii.String("Alerts of cars on their way to people"),
		EnableKeyRotation: jsii.Bool(true),
		RemovalPolicy:     awscdk.RemovalPolicy_DESTROY, // no stored data is encrypted with the key
	})
	cloudwatch := awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), &awsiam.ServicePrincipalOpts{
		Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": awscdk.Aws_ACCOUNT_ID()}},
	})
	key.Grant(cloudwatch, jsii.String("kms:Decrypt"), jsii.String("kms:GenerateDataKey"))
	topic := func(id, audience string) awssns.Topic {
		t := awssns.NewTopic(scope, jsii.String(id), &awssns.TopicProps{
			MasterKey: key, EnforceSSL: jsii.Bool(true), DisplayName: jsii.String("Alerts for " + audience),
		})
		alarm.On(t, "Undelivered", t.MetricNumberOfNotificationsFailed(alarm.Sum()), alarm.Limit{AtLeast: 1,
			Advice: "Alerts for " + audience + " did not reach a subscriber. The subscription's dead-letter queue has them, if it was given one."}, action)
		return t
	}
	a.key = key
	a.Manufacturer, a.Dealer, a.Operator = topic("Manufacturer", "manufacturers"), topic("Dealer", "dealers"), topic("Operator", "operators")
	a.Operator.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Principals: &[]awsiam.IPrincipal{cloudwatch}, Actions: jsii.Strings("sns:Publish"), Resources: &[]*string{a.Operator.TopicArn()},
	}))
}
