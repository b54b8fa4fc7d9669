package stacks

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	questions "connectedcar/analytics"
	"connectedcar/internal/contract"
	"connectedcar/lib/analytics"
	"connectedcar/lib/config"
	"connectedcar/lib/data"
	"connectedcar/lib/gofunction"
)

// refreshed is when the data sets are asked for: after the last rows of the day before came in, with the longest buffer and a
// message as late as the platform takes without calling its clock off.
const refreshed = "cron(30 2 * * ? *)"

func newAnalytics(stack awscdk.Stack, s config.Settings, runtime gofunction.Runtime, d stored) {
	props := analytics.Props{
		Channel:  analytics.Channel{Stream: d.stream, Bucket: d.Lake, Folder: data.LakeRaw, Buffer: s.Analytics.Buffer},
		Pipeline: analytics.Pipeline{Runtime: runtime, Vehicles: d.Vehicles},
		Datastore: analytics.Datastore{
			Bucket: d.Lake, Folder: data.LakeRows, ErrorsFolder: data.LakeErrors,
			Database: strings.ReplaceAll(contract.StackPrefix+"_"+string(s.Application), "-", "_"),
		},
		Results: d.Results, Name: contract.StackPrefix + "-" + string(s.Application),
		ScanLimitGB: s.Analytics.ScanLimitGB, Protected: s.Protected, Unnamed: s.Emulated(),
	}
	for _, q := range questions.Queries() {
		props.Datasets = append(props.Datasets, analytics.Dataset{Query: q, Schedule: refreshed})
	}
	if s.Analytics.Backend == config.IoTAnalytics {
		analytics.NewIoTAnalytics(stack, "Analytics", props)
		return
	}
	lake := analytics.NewLake(stack, "Lake", props)
	output(stack, contract.OutputLakeFailures, lake.Failures.QueueUrl(), "Telemetry that no rows could be made of, with the reason")
	output(stack, contract.OutputLakeDatabase, lake.Database.Ref(), "The lake's database in SQL")
	output(stack, contract.OutputLakeWorkgroup, lake.Workgroup.Ref(), "Athena's workgroup for people's own questions")
}
