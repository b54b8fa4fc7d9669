// Package fleetanomaly makes stream analytics on Amazon Managed Service for Apache Flink: a job with windows over the whole fleet, which
// functions cannot compute because each run sees single cars, and the function that turns the job's findings into alerts.
package fleetanomaly

import (
	"strconv"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesis"
	kinesisanalytics "github.com/aws/aws-cdk-go/awscdk/v2/awskinesisanalyticsv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3assets"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/lib/function"
	"connectedcar/lib/grant"
)

// Runtime is the version of Flink that the job is built for; analytics/flink/pom.xml must have the same.
const Runtime = "FLINK-1_20"

// JobProps configures Job. All fields are required except Thresholds.
type JobProps struct {
	Jar       string             // path of the job's artifact
	Telemetry awskinesis.IStream // stream of telemetry from the rules
	Reports   awskinesis.IStream // diagnostics, and connect and disconnect events
	Findings  awskinesis.IStream // receives the job's findings
	// Thresholds override the job's defaults, by name.
	Thresholds       map[string]float64
	LogRetentionDays int
	Alarm            awscloudwatch.IAlarmAction
}

// Job is the Flink application.
type Job struct {
	constructs.Construct
	Application kinesisanalytics.CfnApplication
}

const (
	checkpoint = 1 * time.Minute // between two checkpoints: a restart repeats at most this much work
	pause      = 5 * time.Second // minimum pause between the end of a checkpoint and the next one
)

// NewJob creates the application. The service creates every application in a stopped state: see Start.
func NewJob(scope constructs.Construct, id string, props JobProps) *Job {
	props.check(id)
	j := &Job{Construct: constructs.NewConstruct(scope, jsii.String(id))}
	jar := awss3assets.NewAsset(j.Construct, jsii.String("Jar"), &awss3assets.AssetProps{Path: jsii.String(props.Jar)})
	role := newRole(j.Construct, jar, props)
	j.Application = kinesisanalytics.NewCfnApplication(j.Construct, jsii.String("Application"), &kinesisanalytics.CfnApplicationProps{
		RuntimeEnvironment:     jsii.String(Runtime),
		ServiceExecutionRole:   role.RoleArn(),
		ApplicationMode:        jsii.String("STREAMING"),
		ApplicationDescription: jsii.String("Looks for what only many cars together show"),
		ApplicationConfiguration: &kinesisanalytics.CfnApplication_ApplicationConfigurationProperty{
			ApplicationCodeConfiguration:           code(jar),
			ApplicationSnapshotConfiguration:       &kinesisanalytics.CfnApplication_ApplicationSnapshotConfigurationProperty{SnapshotsEnabled: true},
			ApplicationSystemRollbackConfiguration: &kinesisanalytics.CfnApplication_ApplicationSystemRollbackConfigurationProperty{RollbackEnabled: true},
			EnvironmentProperties:                  properties(j.Construct, props),
			FlinkApplicationConfiguration:          settings(),
		},
	})
	// The service reads the code with the role when it creates the application.
	j.Application.Node().AddDependency(role)
	j.log(role, props.LogRetentionDays)
	j.watch(props.Alarm)
	return j
}

func (p JobProps) check(id string) {
	for _, f := range []struct {
		name    string
		missing bool
	}{
		{"Jar", p.Jar == ""}, {"Telemetry", p.Telemetry == nil}, {"Reports", p.Reports == nil}, {"Findings", p.Findings == nil},
		{"Alarm", p.Alarm == nil}, {"LogRetentionDays", p.LogRetentionDays == 0},
	} {
		if f.missing {
			panic("flink.NewJob " + id + ": " + f.name + " is required")
		}
	}
}

// newRole makes the application's role, which may read the application's code and two streams, and write one stream.
func newRole(scope constructs.Construct, jar awss3assets.Asset, props JobProps) awsiam.Role {
	stack := awscdk.Stack_Of(scope)
	role := awsiam.NewRole(scope, jsii.String("Role"), &awsiam.RoleProps{
		Description: jsii.String("What the windows over the fleet may do"),
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("kinesisanalytics.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": stack.Account()}},
		}),
	})
	grant.Actions(role, jar.Bucket().ArnForObjects(jar.S3ObjectKey()), "s3:GetObject", "s3:GetObjectVersion")
	for _, stream := range []awskinesis.IStream{props.Telemetry, props.Reports} {
		grant.Actions(role, stream.StreamArn(), "kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards")
	}
	grant.Actions(role, props.Findings.StreamArn(), "kinesis:DescribeStream", "kinesis:PutRecords")
	return role
}

func code(jar awss3assets.Asset) *kinesisanalytics.CfnApplication_ApplicationCodeConfigurationProperty {
	return &kinesisanalytics.CfnApplication_ApplicationCodeConfigurationProperty{
		CodeContentType: jsii.String("ZIPFILE"), // ZIPFILE includes JAR files
		CodeContent: &kinesisanalytics.CfnApplication_CodeContentProperty{
			S3ContentLocation: &kinesisanalytics.CfnApplication_S3ContentLocationProperty{BucketArn: jar.Bucket().BucketArn(), FileKey: jar.S3ObjectKey()},
		},
	}
}

// properties are the runtime properties that connectedcar.windows.FleetWindows reads.
func properties(scope constructs.Construct, props JobProps) *kinesisanalytics.CfnApplication_EnvironmentPropertiesProperty {
	groups := []any{&kinesisanalytics.CfnApplication_PropertyGroupProperty{
		PropertyGroupId: jsii.String("streams"),
		PropertyMap: map[string]*string{
			"region": awscdk.Stack_Of(scope).Region(), "telemetry": props.Telemetry.StreamName(), "reports": props.Reports.StreamName(),
			"findings": props.Findings.StreamName(),
		},
	}}
	if len(props.Thresholds) > 0 {
		windows := map[string]*string{}
		for name, value := range props.Thresholds {
			windows[name] = jsii.String(strconv.FormatFloat(value, 'f', -1, 64))
		}
		groups = append(groups, &kinesisanalytics.CfnApplication_PropertyGroupProperty{PropertyGroupId: jsii.String("windows"), PropertyMap: windows})
	}
	return &kinesisanalytics.CfnApplication_EnvironmentPropertiesProperty{PropertyGroups: groups}
}

// settings start the application with its minimum of one KPU; the service scales it automatically.
func settings() *kinesisanalytics.CfnApplication_FlinkApplicationConfigurationProperty {
	const custom = "CUSTOM"
	return &kinesisanalytics.CfnApplication_FlinkApplicationConfigurationProperty{
		CheckpointConfiguration: &kinesisanalytics.CfnApplication_CheckpointConfigurationProperty{
			ConfigurationType: jsii.String(custom), CheckpointingEnabled: true,
			CheckpointInterval: jsii.Number(checkpoint.Milliseconds()), MinPauseBetweenCheckpoints: jsii.Number(pause.Milliseconds()),
		},
		MonitoringConfiguration: &kinesisanalytics.CfnApplication_MonitoringConfigurationProperty{
			ConfigurationType: jsii.String(custom), LogLevel: jsii.String("WARN"), MetricsLevel: jsii.String("APPLICATION"),
		},
		ParallelismConfiguration: &kinesisanalytics.CfnApplication_ParallelismConfigurationProperty{
			ConfigurationType: jsii.String(custom), Parallelism: jsii.Number(1), ParallelismPerKpu: jsii.Number(1), AutoScalingEnabled: true,
		},
	}
}

func (j *Job) log(role awsiam.Role, days int) {
	group := function.LogGroup(j.Construct, "Log", days)
	stream := group.AddStream(jsii.String("Stream"), nil)
	arn := awscdk.Stack_Of(j.Construct).FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("logs"), Resource: jsii.String("log-group"), ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
		ResourceName: jsii.String(*group.LogGroupName() + ":log-stream:" + *stream.LogStreamName()),
	})
	grant.Actions(role, arn, "logs:PutLogEvents")
	grant.Actions(role, group.LogGroupArn(), "logs:DescribeLogStreams")
	grant.Actions(role, awscdk.Stack_Of(j.Construct).FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("logs"), Resource: jsii.String("log-group"), ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME, ResourceName: jsii.String("*"),
	}), "logs:DescribeLogGroups")
	cdknag.NagSuppressions_AddResourceSuppressions(role, &[]*cdknag.NagPackSuppression{{
		Id:     jsii.String("AwsSolutions-IAM5"),
		Reason: jsii.String("The service lists log groups to find the one that it is told: AWS's guide asks for this action on all of them."),
	}}, jsii.Bool(true))
	kinesisanalytics.NewCfnApplicationCloudWatchLoggingOption(j.Construct, jsii.String("Logging"), &kinesisanalytics.CfnApplicationCloudWatchLoggingOptionProps{
		ApplicationName: j.Application.Ref(),
		CloudWatchLoggingOption: &kinesisanalytics.CfnApplicationCloudWatchLoggingOption_CloudWatchLoggingOptionProperty{
			LogStreamArn: arn,
		},
	})
}
