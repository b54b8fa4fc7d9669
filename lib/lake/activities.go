package lake

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiotanalytics"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/analytics"
	"connectedcar/internal/names"
)

// batch is the number of messages in one invocation of the pipeline's function; the service allowed up to 1000. Rows are several times as
// large as their messages, and a response is limited to 6 MB: the rows of a hundred messages fit, at 1 KB as well as at 8 KB each.
// https://docs.aws.amazon.com/iotanalytics/latest/APIReference/API_LambdaActivity.html
const batch = 100

// delay is a column of this data store that the lake does not have: the time from reading to receipt of a row, in milliseconds.
const delay = "delay_ms"

// activities returns the activities of the pipeline, in order. The function converts messages to rows, as it does for the lake, with the
// times of reading and receipt. The service's own activities then flatten the rows, compute the delay, drop rows without a value (the
// channel keeps them for reprocessing), and remove attributes that the data store has no column for.
func (a *IoTAnalytics) activities(function string) *[]any {
	text := func(s string) *string { return jsii.String(s) }
	// Each entry has one activity, which names the next one.
	return &[]any{
		&awsiotanalytics.CfnPipeline_ActivityProperty{Channel: &awsiotanalytics.CfnPipeline_ChannelProperty{
			Name: text("source"), ChannelName: a.Channel.Ref(), Next: text("rows"),
		}},
		&awsiotanalytics.CfnPipeline_ActivityProperty{Lambda: &awsiotanalytics.CfnPipeline_LambdaProperty{
			Name: text("rows"), LambdaName: &function, BatchSize: jsii.Number(batch), Next: text("flat"),
		}},
		&awsiotanalytics.CfnPipeline_ActivityProperty{AddAttributes: &awsiotanalytics.CfnPipeline_AddAttributesProperty{
			Name: text("flat"), Next: text("delayed"), Attributes: flattened(),
		}},
		&awsiotanalytics.CfnPipeline_ActivityProperty{Math: &awsiotanalytics.CfnPipeline_MathProperty{
			Name: text("delayed"), Attribute: text(delay), Math: text(names.LakeReceivedMs + " - " + names.LakeReadMs), Next: text("valued"),
		}},
		&awsiotanalytics.CfnPipeline_ActivityProperty{Filter: &awsiotanalytics.CfnPipeline_FilterProperty{
			Name: text("valued"), Filter: text("quality = 'good'"), Next: text("columns"),
		}},
		&awsiotanalytics.CfnPipeline_ActivityProperty{SelectAttributes: &awsiotanalytics.CfnPipeline_SelectAttributesProperty{
			Name: text("columns"), Attributes: columnNames(a.columns()), Next: text("store"),
		}},
		&awsiotanalytics.CfnPipeline_ActivityProperty{Datastore: &awsiotanalytics.CfnPipeline_DatastoreProperty{
			Name: text("store"), DatastoreName: a.Datastore.Ref(),
		}},
	}
}

// flattened maps nested fields of the function's rows to attributes.
func flattened() map[string]string {
	attributes := map[string]string{}
	for _, name := range []string{names.LakeDay, names.LakeHour, names.LakeReadMs, names.LakeReceivedMs} {
		attributes[names.LakeSample+"."+name] = name
	}
	return attributes
}

// columns returns the columns of this data store.
func (a *IoTAnalytics) columns() []analytics.Column {
	own := analytics.Column{Name: delay, Type: "bigint", Comment: "how late the platform received it"}
	return append(append(analytics.Columns(), own), analytics.Partitions()...)
}

func columnNames(columns []analytics.Column) *[]*string {
	var all []*string
	for _, c := range columns {
		all = append(all, jsii.String(c.Name))
	}
	return &all
}

// pipe makes the pipeline.
func (a *IoTAnalytics) pipe(names, function string) {
	a.Pipeline = awsiotanalytics.NewCfnPipeline(a.Construct, jsii.String("Pipeline"), &awsiotanalytics.CfnPipelineProps{
		PipelineName: jsii.String(names + "_rows"), PipelineActivities: a.activities(function),
	})
}

// schema is the columns in the service's schema format.
func (a *IoTAnalytics) schema() []any {
	var list []any
	for _, c := range a.columns() {
		list = append(list, &awsiotanalytics.CfnDatastore_ColumnProperty{Name: jsii.String(c.Name), Type: jsii.String(strings.ToUpper(c.Type))})
	}
	return list
}
