package stacks

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"

	questions "connectedcar/analytics"
	"connectedcar/internal/contract"
	"connectedcar/lib/analytics"
	"connectedcar/lib/config"
	"connectedcar/lib/data"
	"connectedcar/lib/gofunction"
	"connectedcar/lib/policy"
	"connectedcar/lib/queue"
	"connectedcar/lib/rules"
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
			Iceberg:  s.Analytics.Table == config.Iceberg, RetentionDays: s.Analytics.RetentionDays,
		},
		Results: d.Results, Name: contract.StackPrefix + "-" + string(s.Application),
		ScanLimitGB: s.Analytics.ScanLimitGB, Protected: s.Protected, Unnamed: s.Emulated(),
	}
	for _, q := range questions.Queries() {
		props.Datasets = append(props.Datasets, analytics.Dataset{Query: q, Schedule: refreshed})
	}
	if s.Analytics.Backend == config.IoTAnalytics {
		fillChannel(stack, s.Application, analytics.NewIoTAnalytics(stack, "Analytics", props), runtime.Alarm)
		return
	}
	lake := analytics.NewLake(stack, "Lake", props)
	if n := s.Analytics.Notebook; n != nil {
		analytics.NewNotebook(stack, "Notebook", analytics.NotebookProps{
			Lake: lake, Props: props, SubnetID: n.SubnetID, SecurityGroupIDs: n.SecurityGroupIDs, Protected: s.Protected,
		})
	}
	if s.Analytics.BI != nil {
		analytics.NewBI(stack, "BI", analytics.BIProps{Lake: lake, Props: props, Principals: s.Analytics.BI.Principals})
	}
	output(stack, contract.OutputLakeFailures, lake.Failures.QueueUrl(), "Telemetry that no rows could be made of, with the reason")
	output(stack, contract.OutputLakeDelivery, lake.Delivery.Ref(), "The delivery stream of telemetry to the lake")
	catalog, database := lake.Place()
	output(stack, contract.OutputLakeCatalog, catalog, "The catalogue of the lake's database, by Athena's name")
	output(stack, contract.OutputLakeDatabase, database, "The lake's database in SQL")
	output(stack, contract.OutputLakeWorkgroup, lake.Workgroup.Ref(), "Athena's workgroup for people's own questions")
}

// fillChannel has a rule put telemetry into the channel of AWS IoT Analytics, beside the rule that puts it on the stream.
func fillChannel(stack awscdk.Stack, app contract.Application, a *analytics.IoTAnalytics, alarm awscloudwatch.IAlarmAction) {
	output(stack, contract.OutputLakeFailures, a.Failures.QueueUrl(), "Telemetry that no rows could be made of, with the reason")
	failures := queue.Failures(stack, "ChannelFailures", "Telemetry did not get into the channel of AWS IoT Analytics. Each message here is AWS IoT's account of it, "+
		"with the original payload.", alarm)
	rules.New(stack, "ChannelRule", rules.Props{
		Name: app.RuleName(contract.RuleChannel), Description: "Telemetry, for analysis", SQL: policy.Messages(app, contract.Telemetry), SQLVersion: policy.SQLVersion,
		Actions: []rules.Action{rules.IoTAnalytics{Channel: a.Channel}}, ErrorAction: rules.SQS{Queue: failures}, Alarm: alarm,
	})
}
