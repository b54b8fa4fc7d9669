package lake

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiotanalytics"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/analytics"
	"connectedcar/internal/names"
)

// batch is the number of messages that the pipeline hands to its function at once; the service allowed up to 1000. Rows take several times the
// room of their messages, and an answer ends at 6 MB: a hundred messages of a kilobyte are far below, and of 8 KB still are.
// https://docs.aws.amazon.com/iotanalytics/latest/APIReference/API_LambdaActivity.html
const batch = 100

// delay is a column that this data store has beside those of the lake: how late a row was received, in milliseconds.
const delay = "delay_ms"

// activities are the activities of the pipeline, in order. The function makes rows of messages, as it does for the lake, and says of each when it was
// read and received. Then the service's own activities flatten that, compute the delay, keep rows with a value (those without stay in the
// channel, which can be processed again), and leave out what the data store has no column for.
func (a *IoTAnalytics) activities(function string) *[]any {
	text := func(s string) *string { return jsii.String(s) }
	// Each entry has one activity, and names the next.
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

// flattened makes attributes of the row of what the function says of it in an object.
func flattened() map[string]string {
	attributes := map[string]string{}
	for _, name := range []string{names.LakeDay, names.LakeHour, names.LakeReadMs, names.LakeReceivedMs} {
		attributes[names.LakeSample+"."+name] = name
	}
	return attributes
}

// columns are those of this data store.
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

// schema is the columns in the service's words.
func (a *IoTAnalytics) schema() []any {
	var list []any
	for _, c := range a.columns() {
		list = append(list, &awsiotanalytics.CfnDatastore_ColumnProperty{Name: jsii.String(c.Name), Type: jsii.String(strings.ToUpper(c.Type))})
	}
	return list
}
