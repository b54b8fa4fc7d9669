package function

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/lib/grant"
)

// DeadLetterBucket stores the batches of an event source whose retries were exhausted in a bucket, with their payload.
func DeadLetterBucket(bucket awss3.IBucket) awslambda.IEventSourceDlq {
	return &deadLetterBucket{bucket}
}

// deadLetterBucket grants the function only the permissions that Lambda requires; the CDK's own class also grants reading and deleting
// every object.
type deadLetterBucket struct{ bucket awss3.IBucket }

// Bind is called by the event source.
func (d *deadLetterBucket) Bind(_ awslambda.IEventSourceMapping, f awslambda.IFunction) *awslambda.DlqDestinationConfig {
	grant.Actions(f, d.bucket.BucketArn(), "s3:ListBucket")
	grant.Actions(f, d.bucket.ArnForObjects(jsii.String("aws/lambda/*")), "s3:PutObject")
	cdknag.NagSuppressions_AddResourceSuppressions(f.Role(), &[]*cdknag.NagPackSuppression{{
		Id:     jsii.String("AwsSolutions-IAM5"),
		Reason: jsii.String("Lambda makes up the keys of what it gives up on, all below aws/lambda/."),
	}}, jsii.Bool(true))
	return &awslambda.DlqDestinationConfig{Destination: d.bucket.BucketArn()}
}

// SendFailures sends the metadata of batches whose retries were exhausted to a queue: their position in the stream, not their payload.
func SendFailures(q awssqs.IQueue) awslambda.IEventSourceDlq { return &failureQueue{q} }

// failureQueue grants the function only sqs:SendMessage; the CDK's own class also grants reading the queue's URL and attributes.
type failureQueue struct{ queue awssqs.IQueue }

// Bind is called by the event source.
func (d *failureQueue) Bind(_ awslambda.IEventSourceMapping, f awslambda.IFunction) *awslambda.DlqDestinationConfig {
	grant.Actions(f, d.queue.QueueArn(), "sqs:SendMessage")
	return &awslambda.DlqDestinationConfig{Destination: d.queue.QueueArn()}
}

// SendAsyncFailures sends the events of failed asynchronous invocations to a queue.
func SendAsyncFailures(q awssqs.IQueue) awslambda.IDestination { return &asyncFailures{q} }

type asyncFailures struct{ queue awssqs.IQueue }

// Bind is called by the function.
func (d *asyncFailures) Bind(_ constructs.Construct, f awslambda.IFunction, _ *awslambda.DestinationOptions) *awslambda.DestinationConfig {
	grant.Actions(f, d.queue.QueueArn(), "sqs:SendMessage")
	return &awslambda.DestinationConfig{Destination: d.queue.QueueArn()}
}
