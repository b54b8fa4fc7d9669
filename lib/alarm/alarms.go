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

// Props configures Alarms.
type Props struct {
	// Email is told of every alarm. Default: nobody is.
	Email string
}

// Alarms is the destination of alarms.
type Alarms struct {
	constructs.Construct
	Topic  awssns.Topic
	Action awscloudwatch.IAlarmAction // what an alarm does
}

// New makes the topic. Its key is one of ours, because CloudWatch may not use the one that AWS manages for SNS.
func New(scope constructs.Construct, id string, props Props) *Alarms {
	a := &Alarms{Construct: constructs.NewConstruct(scope, jsii.String(id))}
	key := awskms.NewKey(a.Construct, jsii.String("Key"), &awskms.KeyProps{
		Description:       jsii.String("Alarms on their way to people"),
		EnableKeyRotation: jsii.Bool(true),
		RemovalPolicy:     awscdk.RemovalPolicy_DESTROY, // nothing is stored under it
	})
	cloudwatch := awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), &awsiam.ServicePrincipalOpts{
		Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": awscdk.Aws_ACCOUNT_ID()}},
	})
	key.Grant(cloudwatch, jsii.String("kms:Decrypt"), jsii.String("kms:GenerateDataKey"))
	a.Topic = awssns.NewTopic(a.Construct, jsii.String("Topic"), &awssns.TopicProps{MasterKey: key, EnforceSSL: jsii.Bool(true)})
	// The topic's own grant would allow more of the key than CloudWatch asks for.
	a.Topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Principals: &[]awsiam.IPrincipal{cloudwatch}, Actions: jsii.Strings("sns:Publish"), Resources: &[]*string{a.Topic.TopicArn()},
	}))
	if props.Email != "" {
		a.Topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(jsii.String(props.Email), nil))
	}
	a.Action = awscloudwatchactions.NewSnsAction(a.Topic)
	return a
}
