package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"

	"connectedcar/internal/contract"
	"connectedcar/lib/config"
	"connectedcar/lib/flink"
	"connectedcar/lib/gofunction"
)

func newStreaming(stack awscdk.Stack, s config.Settings, code gofunction.Code, d stored) {
	runtime := runtimeOf(stack, s, code)
	findings := flink.NewFindings(stack, "Findings", flink.FindingsProps{Runtime: runtime, Alerts: d.Alerts, Vehicles: d.Vehicles, GivenUp: d.Buckets.Failures})
	job := flink.NewJob(stack, "Windows", flink.JobProps{
		Jar: code.Built(config.FlinkJar, config.FlinkSource), Telemetry: d.stream, Reports: d.reports, Findings: findings.Stream,
		Thresholds: s.Thresholds, LogRetentionDays: s.LogRetentionDays, Alarm: runtime.Alarm,
	})
	flink.Start(stack, "Start", runtime, job)
	output(stack, contract.OutputFlinkApplication, job.Application.Ref(), "The windows over the fleet")
	output(stack, contract.OutputFindingsStream, findings.Stream.StreamName(), "What the windows over the fleet find")
	output(stack, contract.OutputFindingsFailures, findings.Failures.QueueUrl(), "Findings that could not be read, with the reason")
}
