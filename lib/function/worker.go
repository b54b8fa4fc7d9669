package function

import (
	"fmt"
	"maps"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/lib/alarm"
	"connectedcar/lib/grant"
)

// WorkerProps configures a worker.
type WorkerProps struct {
	// Function configures the function. Its timeout must be enough for one batch. Required.
	Function Props
	// Queue configures the queue. Required.
	Queue WorkerQueue
	// Failed explains a message in the dead-letter queue, and the action to take. Required.
	Failed string
	// OwnQueue is the environment variable with the URL of the work queue, for a function that sends messages to itself. Default: it may
	// not.
	OwnQueue string
	// OwnFailures is the environment variable with the URL of the dead-letter queue, for a function that itself rejects messages that no
	// retry can help. Default: it may not.
	OwnFailures string
}

// WorkerQueue configures a queue.
type WorkerQueue struct {
	// Batch is the maximum number of messages in one invocation. Required, at most 10.
	Batch int
	// Concurrency is the maximum number of concurrent invocations. Lambda's minimum for this limit is 2. Required.
	// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
	Concurrency int
	// Attempts is the number of deliveries after which a message goes to the dead-letter queue. Deliveries are six times the function's
	// timeout apart. Required.
	Attempts int
	// Patience is the age of the oldest message that raises the alarm. Required.
	Patience time.Duration
	// Slow explains the alarm on the age of messages, and the action to take. Required.
	Slow string
}

// Worker is a function that consumes a queue.
type Worker struct {
	constructs.Construct
	Queue    awssqs.Queue // messages to process
	Failures awssqs.Queue // the dead-letter queue
	Function awslambda.Function
}

// visibility is the visibility timeout as a multiple of the function's timeout, as AWS recommends.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
const visibility = 6

// NewWorker makes the queue, its dead-letter queue and the function.
func NewWorker(scope constructs.Construct, id string, props WorkerProps) *Worker {
	props.check(id)
	w := &Worker{Construct: constructs.NewConstruct(scope, jsii.String(id))}
	alarm := props.Function.Runtime.Alarm
	w.Failures = DeadLetterQueue(w.Construct, "Failures", props.Failed, alarm)
	w.Queue = WorkQueue(w.Construct, "Queue", visibility*props.Function.Timeout, float64(props.Queue.Attempts), w.Failures)
	w.Function = New(w.Construct, "Function", w.withQueues(props))
	ReadQueue(w.Function, w.Queue, awslambda.EventSourceMappingOptions{
		BatchSize:               jsii.Number(float64(props.Queue.Batch)),
		MaxConcurrency:          jsii.Number(float64(props.Queue.Concurrency)),
		ReportBatchItemFailures: jsii.Bool(true),
	})
	if props.OwnQueue != "" {
		grant.Actions(w.Function, w.Queue.QueueArn(), "sqs:SendMessage")
	}
	if props.OwnFailures != "" {
		grant.Actions(w.Function, w.Failures.QueueArn(), "sqs:SendMessage")
	}
	w.watch(props.Queue, alarm)
	return w
}

func (p WorkerProps) check(id string) {
	refuse := func(what string, args ...any) { panic("function.NewWorker " + id + ": " + fmt.Sprintf(what, args...)) }
	switch {
	case p.Queue.Batch < 1 || p.Queue.Batch > 10:
		refuse("Queue.Batch = %d: SQS hands out 1 to 10 messages at once", p.Queue.Batch)
	case p.Queue.Concurrency < 2:
		refuse("Queue.Concurrency = %d: Lambda can be held to 2 runs at once, not fewer", p.Queue.Concurrency)
	case p.Queue.Attempts < 1:
		refuse("Queue.Attempts = %d: a message is tried at least once", p.Queue.Attempts)
	case p.Queue.Patience <= 0 || p.Queue.Slow == "":
		refuse("Queue.Patience and Queue.Slow are required")
	case p.Failed == "":
		refuse("Failed is required")
	}
}

// withQueues adds the URLs of the worker's own queues to the function's environment.
func (w *Worker) withQueues(props WorkerProps) Props {
	f := props.Function
	f.Environment = maps.Clone(f.Environment)
	if f.Environment == nil {
		f.Environment = map[string]*string{}
	}
	if props.OwnQueue != "" {
		f.Environment[props.OwnQueue] = w.Queue.QueueUrl()
	}
	if props.OwnFailures != "" {
		f.Environment[props.OwnFailures] = w.Failures.QueueUrl()
	}
	return f
}

func (w *Worker) watch(q WorkerQueue, action awscloudwatch.IAlarmAction) {
	age := w.Queue.MetricApproximateAgeOfOldestMessage(alarm.Maximum())
	alarm.On(w.Construct, "Waiting", age, alarm.Limit{AtLeast: q.Patience.Seconds(), Advice: q.Slow}, action)
}
