package lake

import (
	"strconv"
	"time"

	"github.com/aws/jsii-runtime-go"

	"connectedcar/internal/names"
	"connectedcar/lib/function"
	"connectedcar/lib/grant"
)

// pipelineTimeout limits one invocation. Firehose allows up to five minutes.
const pipelineTimeout = 2 * time.Minute

// transform makes the pipeline's function, which converts messages to rows.
func (l *Lake) transform(props Props) {
	runtime := props.Pipeline.Runtime
	l.Failures = function.DeadLetterQueue(l.Construct, "Failures", "Cars sent telemetry of which no rows for analysis can be made. Each message says why; "+
		"`carctl redrive` lists them. The function telemetry sets the same messages aside: send them again from one of the two queues.", runtime.Alarm)
	l.Function = function.New(l.Construct, "Function", function.Props{
		Runtime:     runtime,
		Name:        "lake",
		Description: "Makes rows for analysis of telemetry",
		Timeout:     pipelineTimeout,
		MemoryMB:    1024,
		Environment: map[string]*string{
			names.EnvVehiclesTable:   props.Pipeline.Vehicles.TableName(),
			names.EnvFailureQueueURL: l.Failures.QueueUrl(),
			names.EnvTelemetryStream: props.Channel.Stream.StreamName(),
			names.EnvLakeNested:      jsii.String(strconv.FormatBool(props.Datastore.Iceberg)),
		},
	})
	grant.Actions(l.Function, props.Pipeline.Vehicles.TableArn(), "dynamodb:BatchGetItem")
	grant.Actions(l.Function, l.Failures.QueueArn(), "sqs:SendMessage")
	grant.Actions(l.Function, props.Channel.Stream.StreamArn(), "kinesis:PutRecords")
}
