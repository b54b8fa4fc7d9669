package rules

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiot"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesisfirehose"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/lib/grant"
)

// Lambda invokes a function asynchronously with each message. The function's own failure destination receives failed invocations.
// https://docs.aws.amazon.com/iot/latest/developerguide/lambda-rule-action.html
type Lambda struct {
	Function awslambda.IFunction // required
}

func (a Lambda) check() string { return firstMissing(field{"Function", a.Function == nil}) }

// bind lets AWS IoT invoke the function for this rule. The function's resource policy grants this, not the rule's role.
func (a Lambda) bind(r *Rule) *awsiot.CfnTopicRule_ActionProperty {
	a.Function.AddPermission(jsii.String("Rule"+*r.Node().Addr()), &awslambda.Permission{
		Principal:     awsiam.NewServicePrincipal(jsii.String("iot.amazonaws.com"), nil),
		SourceArn:     r.ARN,
		SourceAccount: awscdk.Stack_Of(r.Construct).Account(),
		Scope:         r.Construct,
	})
	return &awsiot.CfnTopicRule_ActionProperty{Lambda: &awsiot.CfnTopicRule_LambdaActionProperty{FunctionArn: a.Function.FunctionArn()}}
}

// SNS publishes each message unchanged to a topic.
type SNS struct {
	Topic awssns.ITopic // required
}

func (a SNS) check() string { return firstMissing(field{"Topic", a.Topic == nil}) }

func (a SNS) bind(r *Rule) *awsiot.CfnTopicRule_ActionProperty {
	a.Topic.GrantPublish(r.Role)
	return &awsiot.CfnTopicRule_ActionProperty{Sns: &awsiot.CfnTopicRule_SnsActionProperty{
		TargetArn: a.Topic.TopicArn(), RoleArn: r.Role.RoleArn(), MessageFormat: jsii.String("RAW"),
	}}
}

// Firehose sends each message to a delivery stream, followed by a newline.
type Firehose struct {
	Stream awskinesisfirehose.IDeliveryStream // required
}

func (a Firehose) check() string { return firstMissing(field{"Stream", a.Stream == nil}) }

func (a Firehose) bind(r *Rule) *awsiot.CfnTopicRule_ActionProperty {
	grant.Actions(r.Role, a.Stream.DeliveryStreamArn(), "firehose:PutRecord")
	return &awsiot.CfnTopicRule_ActionProperty{Firehose: &awsiot.CfnTopicRule_FirehoseActionProperty{
		DeliveryStreamName: a.Stream.DeliveryStreamName(), Separator: jsii.String("\n"), RoleArn: r.Role.RoleArn(),
	}}
}

// Republish publishes each message to another MQTT topic.
type Republish struct {
	Topic string // a substitution template. Required.
	Allow string // pattern of the possible topics, with * for variable parts. Required.
}

func (a Republish) check() string {
	return firstMissing(field{"Topic", a.Topic == ""}, field{"Allow", a.Allow == ""})
}

func (a Republish) bind(r *Rule) *awsiot.CfnTopicRule_ActionProperty {
	arn := awscdk.Stack_Of(r.Construct).FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("iot"), Resource: jsii.String("topic"), ResourceName: jsii.String(a.Allow),
	})
	r.permit("iot:Publish", *arn, "The rule makes up the rest of the topic from the message that it republishes.")
	return &awsiot.CfnTopicRule_ActionProperty{Republish: &awsiot.CfnTopicRule_RepublishActionProperty{
		Topic: jsii.String(a.Topic), Qos: jsii.Number(1), RoleArn: r.Role.RoleArn(),
	}}
}
