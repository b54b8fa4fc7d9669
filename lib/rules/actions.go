package rules

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiot"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiotanalytics"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesis"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/lib/grant"
)

// Kinesis writes each message to a stream.
type Kinesis struct {
	Stream       awskinesis.IStream // required
	PartitionKey string             // a substitution template; messages with the same key stay in order. Required.
}

func (a Kinesis) check() string {
	return firstMissing(field{"Stream", a.Stream == nil}, field{"PartitionKey", a.PartitionKey == ""})
}

func (a Kinesis) bind(r *Rule) *awsiot.CfnTopicRule_ActionProperty {
	grant.Actions(r.Role, a.Stream.StreamArn(), "kinesis:PutRecord")
	return &awsiot.CfnTopicRule_ActionProperty{Kinesis: &awsiot.CfnTopicRule_KinesisActionProperty{
		StreamName: a.Stream.StreamName(), PartitionKey: jsii.String(a.PartitionKey), RoleArn: r.Role.RoleArn(),
	}}
}

// S3 writes each message as a separate object.
type S3 struct {
	Bucket awss3.IBucket // required
	Folder string        // prefix of every key, without a trailing slash. Required.
	Key    string        // a substitution template for the key below Folder; must be unique for each message. Required.
}

func (a S3) check() string {
	return firstMissing(field{"Bucket", a.Bucket == nil}, field{"Folder", a.Folder == ""}, field{"Key", a.Key == ""})
}

func (a S3) bind(r *Rule) *awsiot.CfnTopicRule_ActionProperty {
	// The CDK's grants on a bucket allow more than writing objects.
	r.permit("s3:PutObject", *a.Bucket.ArnForObjects(jsii.String(a.Folder + "/*")), "The rule makes up the rest of the objects' keys.")
	return &awsiot.CfnTopicRule_ActionProperty{S3: &awsiot.CfnTopicRule_S3ActionProperty{
		BucketName: a.Bucket.BucketName(), Key: jsii.String(a.Folder + "/" + a.Key), RoleArn: r.Role.RoleArn(),
	}}
}

// DynamoDBv2 writes each message to a table, with one attribute for each top-level member. An existing item is replaced.
// https://docs.aws.amazon.com/iot/latest/developerguide/dynamodb-v2-rule-action.html
type DynamoDBv2 struct {
	Table awsdynamodb.ITableV2 // required
}

func (a DynamoDBv2) check() string { return firstMissing(field{"Table", a.Table == nil}) }

func (a DynamoDBv2) bind(r *Rule) *awsiot.CfnTopicRule_ActionProperty {
	grant.Actions(r.Role, a.Table.TableArn(), "dynamodb:PutItem")
	return &awsiot.CfnTopicRule_ActionProperty{DynamoDBv2: &awsiot.CfnTopicRule_DynamoDBv2ActionProperty{
		PutItem: &awsiot.CfnTopicRule_PutItemInputProperty{TableName: a.Table.TableName()}, RoleArn: r.Role.RoleArn(),
	}}
}

// SQS sends each message to a standard queue.
type SQS struct {
	Queue awssqs.IQueue // required
}

func (a SQS) check() string { return firstMissing(field{"Queue", a.Queue == nil}) }

func (a SQS) bind(r *Rule) *awsiot.CfnTopicRule_ActionProperty {
	grant.Actions(r.Role, a.Queue.QueueArn(), "sqs:SendMessage")
	return &awsiot.CfnTopicRule_ActionProperty{Sqs: &awsiot.CfnTopicRule_SqsActionProperty{
		QueueUrl: a.Queue.QueueUrl(), RoleArn: r.Role.RoleArn(), UseBase64: jsii.Bool(false),
	}}
}

// CloudwatchLogs writes each message as a log event.
type CloudwatchLogs struct {
	LogGroup awslogs.ILogGroup // required
}

func (a CloudwatchLogs) check() string { return firstMissing(field{"LogGroup", a.LogGroup == nil}) }

func (a CloudwatchLogs) bind(r *Rule) *awsiot.CfnTopicRule_ActionProperty {
	grant.Actions(r.Role, a.LogGroup.LogGroupArn(), "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
	return &awsiot.CfnTopicRule_ActionProperty{CloudwatchLogs: &awsiot.CfnTopicRule_CloudwatchLogsActionProperty{
		LogGroupName: a.LogGroup.LogGroupName(), RoleArn: r.Role.RoleArn(),
	}}
}

// IoTAnalytics sends each message to a channel of AWS IoT Analytics, which was shut down on 2025-12-15.
// https://docs.aws.amazon.com/iotanalytics/latest/userguide/iotanalytics-end-of-support.html
type IoTAnalytics struct {
	Channel awsiotanalytics.CfnChannel // required
}

func (a IoTAnalytics) check() string { return firstMissing(field{"Channel", a.Channel == nil}) }

func (a IoTAnalytics) bind(r *Rule) *awsiot.CfnTopicRule_ActionProperty {
	grant.Actions(r.Role, awscdk.Stack_Of(r.Construct).FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("iotanalytics"), Resource: jsii.String("channel"), ResourceName: a.Channel.Ref(),
	}), "iotanalytics:BatchPutMessage")
	awscdk.Validations_Of(r.Construct).Acknowledge(&awscdk.Acknowledgment{
		Id: jsii.String("CloudFormation-Validate::W9009"), Reason: jsii.String("The action of a service that was shut down, for who keeps templates of it."),
	})
	return &awsiot.CfnTopicRule_ActionProperty{IotAnalytics: &awsiot.CfnTopicRule_IotAnalyticsActionProperty{
		ChannelName: a.Channel.Ref(), RoleArn: r.Role.RoleArn(),
	}}
}

type field struct {
	name    string
	missing bool
}

func firstMissing(fields ...field) string {
	for _, f := range fields {
		if f.missing {
			return f.name
		}
	}
	return ""
}

// permit allows the role one action on a resource whose ARN ends in a wildcard. why is the justification for cdk-nag.
func (r *Rule) permit(action, resource, why string) {
	grant.Actions(r.Role, jsii.String(resource), action)
	cdknag.NagSuppressions_AddResourceSuppressions(r.Role, &[]*cdknag.NagPackSuppression{{
		Id: jsii.String("AwsSolutions-IAM5"), Reason: jsii.String(why),
	}}, jsii.Bool(true))
}
