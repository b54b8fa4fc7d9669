package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesis"

	"connectedcar/internal/names"
	"connectedcar/lib/config"
	"connectedcar/lib/data"
	"connectedcar/lib/fleetanomaly"
	"connectedcar/lib/function"
)

// newStreaming makes the Flink stack and returns the stream that rules write reports to. The stream is in this stack, so that the rules
// stop using it before the stack is deleted and `stream: flink` can be switched off again.
func newStreaming(stack awscdk.Stack, s config.Settings, runtime function.Runtime, d stored) awskinesis.IStream {
	reports := data.NewStream(stack, "Reports", data.StreamProps{Shards: s.Stream.Shards})
	findings := fleetanomaly.NewFindings(stack, "Findings", fleetanomaly.FindingsProps{Runtime: runtime, Alerts: d.Alerts, Vehicles: d.Vehicles, GivenUp: d.Buckets.Failures})
	job := fleetanomaly.NewJob(stack, "Windows", fleetanomaly.JobProps{
		Jar: runtime.Code.Built(config.FlinkJar, config.FlinkSource), Telemetry: d.stream, Reports: reports, Findings: findings.Stream,
		Thresholds: s.Thresholds, LogRetentionDays: s.LogRetentionDays, Alarm: runtime.Alarm,
	})
	fleetanomaly.Start(stack, "Start", runtime, job)
	output(stack, names.OutputFlinkApplication, job.Application.Ref(), "The windows over the fleet")
	output(stack, names.OutputFindingsStream, findings.Stream.StreamName(), "What the windows over the fleet find")
	output(stack, names.OutputFindingsFailures, findings.Failures.QueueUrl(), "Findings that could not be read, with the reason")
	return reports
}
