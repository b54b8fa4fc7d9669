// Package alarm makes CloudWatch alarms, and the encrypted SNS topic that they go to.
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

// TopicProps configures a topic of alarms.
type TopicProps struct {
	// Name is the topic's name, unique in an account and region, by which To finds it. Required.
	Name string
	// Email is told of every alarm. Default: nobody is.
	Email string
}

// NewTopic makes the one topic of an environment's alarms. Its key is one of ours, because CloudWatch may not use the one that AWS manages
// for SNS. It has a name, so that other stacks know its ARN without an export, which could not change while they import it.
func NewTopic(scope constructs.Construct, id string, props TopicProps) awssns.Topic {
	if props.Name == "" {
		panic("alarm.NewTopic " + id + ": Name is required")
	}
	this := constructs.NewConstruct(scope, jsii.String(id))
	key := awskms.NewKey(this, jsii.String("Key"), &awskms.KeyProps{
		Description:       jsii.String("Alarms on their way to people"),
		EnableKeyRotation: jsii.Bool(true),
		RemovalPolicy:     awscdk.RemovalPolicy_DESTROY, // nothing is stored under it
	})
	cloudwatch := awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), &awsiam.ServicePrincipalOpts{
		Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": awscdk.Aws_ACCOUNT_ID()}},
	})
	key.Grant(cloudwatch, jsii.String("kms:Decrypt"), jsii.String("kms:GenerateDataKey"))
	topic := awssns.NewTopic(this, jsii.String("Topic"), &awssns.TopicProps{
		TopicName: jsii.String(props.Name), MasterKey: key, EnforceSSL: jsii.Bool(true),
	})
	// The topic's own grant would allow more of the key than CloudWatch asks for.
	topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Principals: &[]awsiam.IPrincipal{cloudwatch}, Actions: jsii.Strings("sns:Publish"), Resources: &[]*string{topic.TopicArn()},
	}))
	if props.Email != "" {
		topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(jsii.String(props.Email), nil))
	}
	return topic
}

// To is the action of alarms that go to the topic of that name, in whichever stack it is.
func To(stack awscdk.Stack, id, topic string) awscloudwatch.IAlarmAction {
	arn := awscdk.Fn_Sub(jsii.String("arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:"+topic), nil) // a line in each alarm; an ARN of parts takes twelve
	return awscloudwatchactions.NewSnsAction(awssns.Topic_FromTopicArn(stack, jsii.String(id), arn))
}
