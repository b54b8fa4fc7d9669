package function

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesis"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/lib/grant"
)

// The CDK's own event sources grant more than Lambda requires: changing message visibility, looking up queue URLs, listing all streams and
// subscribing consumers. The construct ids here equal the CDK's, so that CloudFormation does not replace deployed mappings.

// ReadQueue makes Lambda poll the queue for the function.
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaSQSQueueExecutionRole.html
func ReadQueue(f awslambda.Function, q awssqs.IQueue, options awslambda.EventSourceMappingOptions) {
	options.EventSourceArn = q.QueueArn()
	f.AddEventSourceMapping(jsii.String("SqsEventSource:"+*awscdk.Names_NodeUniqueId(q.Node())), &options)
	grant.Actions(f, q.QueueArn(), "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
}

// ReadStream makes Lambda read the stream for the function with the shards' shared throughput.
// https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html
func ReadStream(f awslambda.Function, s awskinesis.IStream, options awslambda.EventSourceMappingOptions) {
	options.EventSourceArn = s.StreamArn()
	f.AddEventSourceMapping(jsii.String("KinesisEventSource:"+*awscdk.Names_NodeUniqueId(s.Node())), &options)
	grantRead(f, s)
}

// ReadConsumer makes Lambda read a stream for the function with dedicated throughput (enhanced fan-out).
func ReadConsumer(f awslambda.Function, c awskinesis.IStreamConsumer, options awslambda.EventSourceMappingOptions) {
	options.EventSourceArn = c.StreamConsumerArn()
	f.AddEventSourceMapping(jsii.String("KinesisConsumerEventSource:"+*awscdk.Names_NodeUniqueId(c.Node())), &options)
	grantRead(f, c.Stream())
	grant.Actions(f, c.StreamConsumerArn(), "kinesis:DescribeStreamConsumer", "kinesis:SubscribeToShard")
}

func grantRead(f awslambda.Function, s awskinesis.IStream) {
	grant.Actions(f, s.StreamArn(),
		"kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards")
	if key := s.EncryptionKey(); key != nil {
		key.GrantDecrypt(f)
	}
}
