// Package alarm makes CloudWatch alarms, and the encrypted SNS topic that receives their notifications.
package alarm

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// TopicProps configures a topic for alarms.
type TopicProps struct {
	// Name is the topic's name, unique in an account and region; To refers to the topic by it. Required.
	Name string
	// Email is subscribed to the topic. Default: nobody is subscribed.
	Email string
}

// NewTopic makes the one topic of an environment's alarms. It is encrypted with a customer managed key, because CloudWatch may not use the
// AWS managed key of SNS. It has an explicit name so that other stacks can compute its ARN: an exported ARN could not change while another
// stack imports it.
func NewTopic(scope constructs.Construct, id string, props TopicProps) awssns.Topic {
	if props.Name == "" {
		panic("alarm.NewTopic " + id + ": Name is required")
	}
	this := constructs.NewConstruct(scope, jsii.String(id))
	key := awskms.NewKey(this, jsii.String("Key"), &awskms.KeyProps{
		Description:       jsii.String("Alarms on their way to people"),
		EnableKeyRotation: jsii.Bool(true),
		RemovalPolicy:     awscdk.RemovalPolicy_DESTROY, // no stored data is encrypted with the key
	})
	cloudwatch := awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), &awsiam.ServicePrincipalOpts{
		Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": awscdk.Aws_ACCOUNT_ID()}},
	})
	key.Grant(cloudwatch, jsii.String("kms:Decrypt"), jsii.String("kms:GenerateDataKey"))
	topic := awssns.NewTopic(this, jsii.String("Topic"), &awssns.TopicProps{
		TopicName: jsii.String(props.Name), MasterKey: key, EnforceSSL: jsii.Bool(true),
	})
	// The CDK's grant on the topic would also allow uses of the key that CloudWatch does not need.
	topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Principals: &[]awsiam.IPrincipal{cloudwatch}, Actions: jsii.Strings("sns:Publish"), Resources: &[]*string{topic.TopicArn()},
	}))
	if props.Email != "" {
		topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(jsii.String(props.Email), nil))
	}
	return topic
}

// To is the action of alarms that notify the topic of that name, which may be in another stack.
func To(stack awscdk.Stack, id, topic string) awscloudwatch.IAlarmAction {
	arn := awscdk.Fn_Sub(jsii.String("arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:"+topic), nil) // one line in each alarm's template; an ARN joined from parts takes twelve
	return awscloudwatchactions.NewSnsAction(awssns.Topic_FromTopicArn(stack, jsii.String(id), arn))
}
