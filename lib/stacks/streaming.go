package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"

	"connectedcar/internal/names"
	"connectedcar/lib/config"
	"connectedcar/lib/fleetanomaly"
	"connectedcar/lib/function"
)

func newStreaming(stack awscdk.Stack, s config.Settings, code function.Code, d stored) {
	runtime := runtimeOf(stack, s, code)
	findings := fleetanomaly.NewFindings(stack, "Findings", fleetanomaly.FindingsProps{Runtime: runtime, Alerts: d.Alerts, Vehicles: d.Vehicles, GivenUp: d.Buckets.Failures})
	job := fleetanomaly.NewJob(stack, "Windows", fleetanomaly.JobProps{
		Jar: code.Built(config.FlinkJar, config.FlinkSource), Telemetry: d.stream, Reports: d.reports, Findings: findings.Stream,
		Thresholds: s.Thresholds, LogRetentionDays: s.LogRetentionDays, Alarm: runtime.Alarm,
	})
	fleetanomaly.Start(stack, "Start", runtime, job)
	output(stack, names.OutputFlinkApplication, job.Application.Ref(), "The windows over the fleet")
	output(stack, names.OutputFindingsStream, findings.Stream.StreamName(), "What the windows over the fleet find")
	output(stack, names.OutputFindingsFailures, findings.Failures.QueueUrl(), "Findings that could not be read, with the reason")
}
