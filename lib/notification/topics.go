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

// makeTopics makes a topic for each audience. Whom a message is about, its attributes say, by which subscribers filter: there is never
// a topic of one car or one company. One key of ours encrypts all, because services may not use the one that AWS manages for SNS; the
// function may use it by its role, and CloudWatch may, so that an operator's alarms can go to the operators' topic.
func (a *Alerts) makeTopics(scope constructs.Construct, action awscloudwatch.IAlarmAction) {
	key := awskms.NewKey(scope, jsii.String("Key"), &awskms.KeyProps{
		Description:       jsii.String("Alerts of cars on their way to people"),
		EnableKeyRotation: jsii.Bool(true),
		RemovalPolicy:     awscdk.RemovalPolicy_DESTROY, // nothing is stored under it
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
