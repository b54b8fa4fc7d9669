package snapshot_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/names"
	"connectedcar/lib/cdktest"
	"connectedcar/lib/config"
	"connectedcar/lib/function"
	"connectedcar/lib/stacks"
)

// flinkOutputs are the additional outputs of an environment with Flink.
var flinkOutputs = []string{names.OutputFlinkApplication, names.OutputFindingsStream, names.OutputFindingsFailures}

var streamed sync.Once
var streaming platform

// withFlink returns the templates of the environment dev with Flink, validated like the others.
func withFlink(t *testing.T) map[string]cdktest.Template {
	t.Helper()
	streamed.Do(func() {
		app := cdktest.App(t, nil)
		settings := flinkSettings(t)
		code, err := function.Compile(app, settings)
		require.NoError(t, err, "templates need no jar")
		var stage awscdk.Stage
		cdktest.Check(t, func() {
			stage = stacks.New(app, settings[0], code)
			nag(stage)
		})
		streaming = platform{templates: cdktest.Synth(t, app), findings: findings(t, []awscdk.Stage{stage})}
	})
	all := map[string]cdktest.Template{}
	for _, template := range streaming.templates {
		all[strings.TrimPrefix(template.Stack, "connectedcar-dev-")] = template
	}
	require.Contains(t, all, "stream")
	return all
}

func flinkSettings(t *testing.T) []config.Settings {
	t.Helper()
	context := cdktest.Context(t)
	maps.Copy(context, map[string]any{"env": "dev", "stream": "flink", "streamThresholds": `{"fault.cars": 10, "region.share": 0.25}`})
	settings, err := config.Load(context, ".")
	require.NoError(t, err)
	return settings
}

// one is the only resource of a type.
func one(t *testing.T, in cdktest.Template, typ string) cdktest.Resource {
	t.Helper()
	all := in.OfType(typ)
	require.Len(t, all, 1, typ)
	for _, r := range all {
		return r
	}
	return cdktest.Resource{}
}

func TestFlinkRunsTheJobWithItsState(t *testing.T) {
	app := one(t, withFlink(t)["stream"], "AWS::KinesisAnalyticsV2::Application").Properties
	assert.Equal(t, "FLINK-1_20", app["RuntimeEnvironment"])
	assert.Equal(t, "STREAMING", app["ApplicationMode"])
	configuration := app["ApplicationConfiguration"]
	assert.Equal(t, "ZIPFILE", at(configuration, "ApplicationCodeConfiguration", "CodeContentType"))
	assert.NotNil(t, at(configuration, "ApplicationCodeConfiguration", "CodeContent", "S3ContentLocation", "FileKey"))
	assert.Equal(t, true, at(configuration, "ApplicationSnapshotConfiguration", "SnapshotsEnabled"))
	assert.Equal(t, true, at(configuration, "ApplicationSystemRollbackConfiguration", "RollbackEnabled"))
	flink := at(configuration, "FlinkApplicationConfiguration")
	assert.Equal(t, map[string]any{"ConfigurationType": "CUSTOM", "CheckpointingEnabled": true, "CheckpointInterval": 60000.0, "MinPauseBetweenCheckpoints": 5000.0},
		at(flink, "CheckpointConfiguration"))
	assert.Equal(t, map[string]any{"ConfigurationType": "CUSTOM", "Parallelism": 1.0, "ParallelismPerKPU": 1.0, "AutoScalingEnabled": true},
		at(flink, "ParallelismConfiguration"))
	assert.Equal(t, map[string]any{"ConfigurationType": "CUSTOM", "LogLevel": "WARN", "MetricsLevel": "APPLICATION"}, at(flink, "MonitoringConfiguration"))
	groups := list(at(configuration, "EnvironmentProperties", "PropertyGroups"))
	require.Len(t, groups, 2)
	assert.Equal(t, []string{"findings", "region", "reports", "telemetry"}, slices.Sorted(maps.Keys(at(groups[0], "PropertyMap").(map[string]any))))
	assert.Equal(t, map[string]any{"fault.cars": "10", "region.share": "0.25"}, at(groups[1], "PropertyMap"))
	assert.NotNil(t, at(one(t, withFlink(t)["stream"], "AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption").Properties, "CloudWatchLoggingOption", "LogStreamARN"))
}

func TestFlinkMayReadItsStreamsAndWriteFindings(t *testing.T) {
	stack := withFlink(t)["stream"]
	var actions []string
	for id, policy := range stack.OfType("AWS::IAM::Policy") {
		if !strings.HasPrefix(id, "Windows") {
			continue
		}
		for _, s := range list(at(policy.Properties, "PolicyDocument", "Statement")) {
			for _, action := range list(at(s, "Action")) {
				actions = append(actions, action.(string))
			}
			for _, resource := range list(at(s, "Resource")) {
				text, err := json.Marshal(resource)
				require.NoError(t, err)
				assert.NotContains(t, string(text), `"*"`)
			}
		}
	}
	slices.Sort(actions)
	assert.Equal(t, []string{
		"kinesis:DescribeStream", "kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards",
		"kinesis:PutRecords", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents", "s3:GetObject", "s3:GetObjectVersion",
	}, actions)
}

func TestReportsGoToFlinkTooWhereItIsThere(t *testing.T) {
	rules := func(in cdktest.Template, name string) int {
		for _, r := range in.OfType("AWS::IoT::TopicRule") {
			if at(r.Properties, "RuleName") == name {
				streams := 0
				for _, action := range list(at(r.Properties, "TopicRulePayload", "Actions")) {
					if at(action, "Kinesis") != nil {
						streams++
					}
				}
				return streams
			}
		}
		t.Fatalf("no rule %s", name)
		return 0
	}
	for _, name := range []string{"cars_dev_diagnostics", "cars_dev_presence"} {
		assert.Equal(t, 1, rules(withFlink(t)["ingest"], name), name)
		for _, template := range synthesise(t).templates {
			if template.Stack == "connectedcar-dev-ingest" {
				assert.Zero(t, rules(template, name), "without Flink nobody pays for %s", name)
			}
		}
	}
	assert.Len(t, withFlink(t)["stream"].OfType("AWS::Kinesis::Stream"), 2, "findings, and the reports that the rules let go of before the stack goes")
}

func TestFlinkIsWatched(t *testing.T) {
	var metrics []string
	for id, a := range withFlink(t)["stream"].OfType("AWS::CloudWatch::Alarm") {
		if !strings.HasPrefix(id, "Windows") {
			continue
		}
		assert.NotEmpty(t, a.Properties["AlarmActions"])
		name := at(a.Properties, "MetricName")
		if name == nil {
			for _, m := range list(a.Properties["Metrics"]) {
				if stat := at(m, "MetricStat", "Metric", "MetricName"); stat != nil {
					name = "rise of " + stat.(string)
				}
			}
		}
		metrics = append(metrics, name.(string))
	}
	slices.Sort(metrics)
	assert.Equal(t, []string{"downtime", "millisBehindLatest", "rise of fullRestarts", "rise of numberOfFailedCheckpoints"}, metrics)
}

func TestFlinkIsStartedWhenItIsMade(t *testing.T) {
	stack := withFlink(t)["stream"]
	started := one(t, stack, "Custom::StartedApplication").Properties
	for id := range stack.OfType("AWS::KinesisAnalyticsV2::Application") {
		assert.Equal(t, map[string]any{"Ref": id}, started["Application"])
	}
	for id, policy := range stack.OfType("AWS::IAM::Policy") {
		if !strings.HasPrefix(id, "Start") {
			continue
		}
		text, err := json.Marshal(policy.Properties)
		require.NoError(t, err)
		assert.Contains(t, string(text), `"kinesisanalytics:DescribeApplication","kinesisanalytics:StartApplication"`)
		assert.Contains(t, string(text), `:application/`)
	}
}

func TestFlinkHasItsOutputs(t *testing.T) {
	assert.Subset(t, slices.Collect(maps.Keys(withFlink(t)["stream"].Outputs)), flinkOutputs)
}

func TestNoFindingsOfCDKNagWithFlink(t *testing.T) {
	withFlink(t)
	assert.Empty(t, streaming.findings)
}

func TestWithoutItsJarFlinkSaysWhatBuildsIt(t *testing.T) {
	settings := flinkSettings(t)
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: jsii.String(t.TempDir())}) // the CDK's default: code is needed
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module empty\n"), 0o600))
	t.Chdir(dir)
	_, err := function.Compile(app, settings)
	assert.ErrorContains(t, err, "environment dev has stream = flink, whose job is not built: run `make flink` first")
}
