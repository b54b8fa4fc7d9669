package function

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/lib/alarm"
)

// retention is the retention of messages in days: the maximum of SQS, so that an operator has time to react.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
const retention = 14

// WorkQueue makes an encrypted queue that a function consumes. A message that fails that many attempts goes to failures.
func WorkQueue(scope constructs.Construct, id string, visibility time.Duration, attempts float64, failures awssqs.IQueue) awssqs.Queue {
	return awssqs.NewQueue(scope, jsii.String(id), &awssqs.QueueProps{
		Encryption:        awssqs.QueueEncryption_SQS_MANAGED,
		EnforceSSL:        jsii.Bool(true),
		RetentionPeriod:   awscdk.Duration_Days(jsii.Number(retention)),
		VisibilityTimeout: awscdk.Duration_Seconds(jsii.Number(visibility.Seconds())),
		DeadLetterQueue:   &awssqs.DeadLetterQueue{Queue: failures, MaxReceiveCount: jsii.Number(attempts)},
	})
}

// DeadLetterQueue makes a queue whose messages wait for an operator, with alarms on its length and age. advice explains the messages and the
// action to take.
func DeadLetterQueue(scope constructs.Construct, id, advice string, action awscloudwatch.IAlarmAction) awssqs.Queue {
	q := awssqs.NewQueue(scope, jsii.String(id), &awssqs.QueueProps{
		Encryption:      awssqs.QueueEncryption_SQS_MANAGED,
		EnforceSSL:      jsii.Bool(true),
		RetentionPeriod: awscdk.Duration_Days(jsii.Number(retention)),
	})
	cdknag.NagSuppressions_AddResourceSuppressions(q, &[]*cdknag.NagPackSuppression{{
		Id:     jsii.String("AwsSolutions-SQS3"),
		Reason: jsii.String("This queue is where failures end: no function reads it, so nothing could fail again."),
	}}, nil)
	alarm.On(q, "Depth", q.MetricApproximateNumberOfMessagesVisible(alarm.Maximum()), alarm.Limit{AtLeast: 1, Advice: advice}, action)
	alarm.On(q, "Age", q.MetricApproximateAgeOfOldestMessage(alarm.Maximum()), alarm.Limit{
		AtLeast: (time.Duration(retention/2) * 24 * time.Hour).Seconds(),
		Advice:  "Half of the time until the oldest of these messages is lost is over. " + advice,
	}, action)
	return q
}
