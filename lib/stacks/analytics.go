package stacks

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"

	questions "connectedcar/analytics"
	"connectedcar/internal/names"
	"connectedcar/lib/config"
	"connectedcar/lib/data"
	"connectedcar/lib/function"
	"connectedcar/lib/lake"
	"connectedcar/lib/policy"
	"connectedcar/lib/rules"
)

// refreshed is the daily schedule of the data sets, after the last rows of the previous day have arrived: with the longest buffer, and with
// messages as late as the platform accepts without marking their clock as wrong.
const refreshed = "cron(30 2 * * ? *)"

func newAnalytics(stack awscdk.Stack, s config.Settings, runtime function.Runtime, d stored) {
	props := lake.Props{
		Channel:  lake.Channel{Stream: d.stream, Bucket: d.Lake, Folder: data.LakeRaw, Buffer: s.Analytics.Buffer},
		Pipeline: lake.Pipeline{Runtime: runtime, Vehicles: d.Vehicles},
		Datastore: lake.Datastore{
			Bucket: d.Lake, Folder: data.LakeRows, ErrorsFolder: data.LakeErrors,
			Database: strings.ReplaceAll(names.StackPrefix+"_"+string(s.Application), "-", "_"),
			Iceberg:  s.Analytics.Table == config.Iceberg, RetentionDays: s.Analytics.RetentionDays,
		},
		Results: d.Results, Name: names.StackPrefix + "-" + string(s.Application),
		ScanLimitGB: s.Analytics.ScanLimitGB, Protected: s.Protected, Unnamed: s.Emulated(),
	}
	for _, q := range questions.Queries() {
		props.Datasets = append(props.Datasets, lake.Dataset{Query: q, Schedule: refreshed})
	}
	if s.Analytics.Backend == config.IoTAnalytics {
		fillChannel(stack, s.Application, lake.NewIoTAnalytics(stack, "Analytics", props), runtime.Alarm)
		return
	}
	rows := lake.NewLake(stack, "Lake", props)
	if n := s.Analytics.Notebook; n != nil {
		lake.NewNotebook(stack, "Notebook", lake.NotebookProps{
			Lake: rows, Props: props, SubnetID: n.SubnetID, SecurityGroupIDs: n.SecurityGroupIDs, Protected: s.Protected,
		})
	}
	if s.Analytics.BI != nil {
		lake.NewBI(stack, "BI", lake.BIProps{Lake: rows, Props: props, Principals: s.Analytics.BI.Principals})
	}
	output(stack, names.OutputLakeFailures, rows.Failures.QueueUrl(), "Telemetry that no rows could be made of, with the reason")
	output(stack, names.OutputLakeDelivery, rows.Delivery.Ref(), "The delivery stream of telemetry to the lake")
	catalog, database := rows.Place()
	output(stack, names.OutputLakeCatalog, catalog, "The catalogue of the lake's database, by Athena's name")
	output(stack, names.OutputLakeDatabase, database, "The lake's database in SQL")
	output(stack, names.OutputLakeWorkgroup, rows.Workgroup.Ref(), "Athena's workgroup for people's own questions")
}

// fillChannel makes a rule that sends telemetry to the channel of AWS IoT Analytics, besides the rule that sends it to the stream.
func fillChannel(stack awscdk.Stack, app names.Application, a *lake.IoTAnalytics, alarm awscloudwatch.IAlarmAction) {
	output(stack, names.OutputLakeFailures, a.Failures.QueueUrl(), "Telemetry that no rows could be made of, with the reason")
	failures := function.DeadLetterQueue(stack, "ChannelFailures", "Telemetry did not get into the channel of AWS IoT Analytics. Each message here is AWS IoT's account of it, "+
		"with the original payload.", alarm)
	rules.New(stack, "ChannelRule", rules.Props{
		Name: app.RuleName(names.RuleChannel), Description: "Telemetry, for analysis", SQL: policy.Messages(app, names.Telemetry), SQLVersion: policy.SQLVersion,
		Actions: []rules.Action{rules.IoTAnalytics{Channel: a.Channel}}, ErrorAction: rules.SQS{Queue: failures}, Alarm: alarm,
	})
}
