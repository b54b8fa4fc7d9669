package snapshot_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/lib/cdktest"
)

// alarms returns the names of metrics that have an alarm with an action, for the resource or rule that the dimension names.
func alarms(in cdktest.Template, dimension string, is func(value any) bool) []string {
	var metrics []string
	for _, a := range in.OfType("AWS::CloudWatch::Alarm") {
		if len(list(a.Properties["AlarmActions"])) == 0 || a.Properties["AlarmDescription"] == nil {
			continue
		}
		for _, d := range list(a.Properties["Dimensions"]) {
			if at(d, "Name") == dimension && is(at(d, "Value")) {
				metrics = append(metrics, fmt.Sprint(a.Properties["MetricName"]))
			}
		}
	}
	slices.Sort(metrics)
	return metrics
}

func refersTo(id string) func(any) bool {
	return func(v any) bool { return at(v, "Ref") == id || slices.Contains(list(at(v, "Fn::GetAtt")), any(id)) }
}

func TestQueuesWhereFailuresEndHaveAlarms(t *testing.T) {
	each(t, "AWS::SQS::Queue", func(t *testing.T, in cdktest.Template, id string, r cdktest.Resource) {
		if target := at(r.Properties, "RedrivePolicy", "deadLetterTargetArn"); target != nil {
			failures, _ := list(at(target, "Fn::GetAtt"))[0].(string)
			assert.Equal(t, "AWS::SQS::Queue", in.Resources[failures].Type)
			return
		}
		metrics := alarms(in, "QueueName", refersTo(id))
		assert.Equal(t, []string{"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"}, metrics)
	})
}

func TestFunctionsAreBuiltTracedLoggedAndWatched(t *testing.T) {
	each(t, "AWS::Lambda::Function", func(t *testing.T, in cdktest.Template, id string, r cdktest.Resource) {
		architecture := "arm64"
		if strings.HasPrefix(in.Stack, "connectedcar-local-") {
			architecture = "x86_64"
		}
		assert.Equal(t, "provided.al2023", r.Properties["Runtime"])
		assert.Equal(t, "bootstrap", r.Properties["Handler"])
		assert.Equal(t, []any{architecture}, r.Properties["Architectures"])
		assert.Equal(t, "Active", at(r.Properties, "TracingConfig", "Mode"))
		group, _ := at(r.Properties, "LoggingConfig", "LogGroup", "Ref").(string)
		assert.Equal(t, "AWS::Logs::LogGroup", in.Resources[group].Type)
		metrics := alarms(in, "FunctionName", refersTo(id))
		assert.Subset(t, metrics, []string{"Errors", "Throttles"})
	})
}

func TestLogGroupsKeepWhatTheSettingsSay(t *testing.T) {
	days := map[string]int{"dev": 14, "local": 1, "prod": 90}
	each(t, "AWS::Logs::LogGroup", func(t *testing.T, in cdktest.Template, _ string, r cdktest.Resource) {
		assert.EqualValues(t, days[strings.Split(in.Stack, "-")[1]], r.Properties["RetentionInDays"])
	})
}

// TestEventSourcesGiveUpSomewhere: a stream's event source needs a failure destination, a queue needs a dead-letter queue.
func TestEventSourcesGiveUpSomewhere(t *testing.T) {
	each(t, "AWS::Lambda::EventSourceMapping", func(t *testing.T, in cdktest.Template, _ string, r cdktest.Resource) {
		assert.Equal(t, []any{"ReportBatchItemFailures"}, r.Properties["FunctionResponseTypes"])
		queue := ""
		if source := list(at(r.Properties, "EventSourceArn", "Fn::GetAtt")); source != nil {
			queue, _ = source[0].(string)
		}
		if of := in.Resources[queue].Type; queue != "" && of != "AWS::Kinesis::Stream" && of != "AWS::Kinesis::StreamConsumer" {
			require.Equal(t, "AWS::SQS::Queue", in.Resources[queue].Type)
			assert.NotNil(t, in.Resources[queue].Properties["RedrivePolicy"])
			assert.NotNil(t, at(r.Properties, "ScalingConfig", "MaximumConcurrency"), "registrations would flood AWS IoT's control plane")
			visibility, _ := in.Resources[queue].Properties["VisibilityTimeout"].(float64)
			function, _ := at(r.Properties, "FunctionName", "Ref").(string)
			timeout, _ := in.Resources[function].Properties["Timeout"].(float64)
			assert.GreaterOrEqual(t, visibility, 6*timeout, "messages would be seen twice")
			return
		}
		assert.Equal(t, true, r.Properties["BisectBatchOnFunctionError"])
		assert.NotNil(t, at(r.Properties, "DestinationConfig", "OnFailure", "Destination"))
		assert.Positive(t, r.Properties["MaximumRetryAttempts"])
		assert.Positive(t, r.Properties["MaximumRecordAgeInSeconds"])
	})
}
