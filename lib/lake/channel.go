package lake

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	firehose "github.com/aws/aws-cdk-go/awscdk/v2/awskinesisfirehose"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/lib/function"
	"connectedcar/lib/grant"
)

// Quotas and settings of the delivery stream.
const (
	// bufferMB is the input size that completes an object; dynamic partitioning allows 64 to 128.
	// https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning.html
	bufferMB      = 128
	defaultBuffer = 5 * time.Minute
	// inputMB is the input size of one invocation of the pipeline. Rows are about six times as large as their messages, and the response is
	// limited to 6 MB; records that do not fit must pass through the stream again.
	// https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
	inputMB      = "0.8"
	inputSeconds = "60"
	inputRetries = "3"
	// partitionRetry is the time for which Firehose retries failed partitioning, in seconds.
	partitionRetry = 300
)

// deliver makes the delivery stream, which stores unchanged records, and rows by day and hour as Parquet.
func (l *Lake) deliver(props Props) {
	stack := awscdk.Stack_Of(l.Construct)
	role := awsiam.NewRole(l.Construct, jsii.String("DeliveryRole"), &awsiam.RoleProps{
		Description: jsii.String("What the delivery of telemetry to the lake may do"),
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("firehose.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": stack.Account()}},
		}),
	})
	group := function.LogGroup(l.Construct, "DeliveryLogs", props.Pipeline.Runtime.LogRetentionDays)
	l.permit(role, group, props)
	buffer := props.Channel.Buffer
	if buffer == 0 {
		buffer = defaultBuffer
	}
	hints := &firehose.CfnDeliveryStream_BufferingHintsProperty{
		SizeInMBs: jsii.Number(bufferMB), IntervalInSeconds: jsii.Number(buffer.Seconds()),
	}
	if l.iceberg != nil {
		l.deliverTables(props, role, group, hints)
	} else {
		l.deliverParquet(props, role, group, hints)
	}
	l.watch(props.Pipeline.Runtime.Alarm)
}

// Prefixes of unchanged records, below the folders of the channel and of errors.
const (
	rawFolders = "telemetry/day=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/"
	rawErrors  = "raw/!{firehose:error-output-type}/!{timestamp:yyyy-MM-dd}/"
)

// deliverParquet makes the delivery stream of a Parquet data store.
func (l *Lake) deliverParquet(props Props, role awsiam.Role, group awslogs.LogGroup, hints any) {
	l.Delivery = firehose.NewCfnDeliveryStream(l.Construct, jsii.String("Delivery"), &firehose.CfnDeliveryStreamProps{
		DeliveryStreamType: jsii.String("KinesisStreamAsSource"),
		KinesisStreamSourceConfiguration: &firehose.CfnDeliveryStream_KinesisStreamSourceConfigurationProperty{
			KinesisStreamArn: props.Channel.Stream.StreamArn(), RoleArn: role.RoleArn(),
		},
		ExtendedS3DestinationConfiguration: &firehose.CfnDeliveryStream_ExtendedS3DestinationConfigurationProperty{
			BucketArn: props.Datastore.Bucket.BucketArn(), RoleArn: role.RoleArn(), BufferingHints: hints,
			// Parquet has its own compression.
			CompressionFormat: jsii.String("UNCOMPRESSED"),
			Prefix:            jsii.String(props.Datastore.Folder + "day=!{partitionKeyFromLambda:day}/hour=!{partitionKeyFromLambda:hour}/"),
			ErrorOutputPrefix: jsii.String(props.Datastore.ErrorsFolder + "!{firehose:error-output-type}/!{timestamp:yyyy-MM-dd}/"),
			DynamicPartitioningConfiguration: &firehose.CfnDeliveryStream_DynamicPartitioningConfigurationProperty{
				Enabled:      jsii.Bool(true),
				RetryOptions: &firehose.CfnDeliveryStream_RetryOptionsProperty{DurationInSeconds: jsii.Number(partitionRetry)},
			},
			ProcessingConfiguration:           l.processing(),
			DataFormatConversionConfiguration: l.conversion(role),
			S3BackupMode:                      jsii.String("Enabled"),
			S3BackupConfiguration: &firehose.CfnDeliveryStream_S3DestinationConfigurationProperty{
				BucketArn: props.Channel.Bucket.BucketArn(), RoleArn: role.RoleArn(), BufferingHints: hints,
				CompressionFormat:        jsii.String("GZIP"),
				Prefix:                   jsii.String(props.Channel.Folder + rawFolders),
				ErrorOutputPrefix:        jsii.String(props.Datastore.ErrorsFolder + rawErrors),
				CloudWatchLoggingOptions: l.logging(group, "BackupDelivery"),
			},
			CloudWatchLoggingOptions: l.logging(group, "Delivery"),
		},
	})
	encryptedSource(l.Delivery)
	// Firehose checks at creation that the role has its permissions and that the table exists.
	l.Delivery.Node().AddDependency(role, l.Table)
}

func encryptedSource(delivery awscdk.CfnResource) {
	cdknag.NagSuppressions_AddResourceSuppressions(delivery, &[]*cdknag.NagPackSuppression{{
		Id:     jsii.String("AwsSolutions-KDF1"),
		Reason: jsii.String("Firehose refuses its own encryption for a delivery stream that reads a Kinesis stream: that one is encrypted."),
	}}, nil)
}

func (l *Lake) processing() any {
	parameter := func(name, value string) *firehose.CfnDeliveryStream_ProcessorParameterProperty {
		return &firehose.CfnDeliveryStream_ProcessorParameterProperty{ParameterName: jsii.String(name), ParameterValue: jsii.String(value)}
	}
	return &firehose.CfnDeliveryStream_ProcessingConfigurationProperty{
		Enabled: jsii.Bool(true),
		Processors: []any{&firehose.CfnDeliveryStream_ProcessorProperty{
			Type: jsii.String("Lambda"),
			Parameters: []any{
				parameter("LambdaArn", *l.Function.FunctionArn()), parameter("BufferSizeInMBs", inputMB),
				parameter("BufferIntervalInSeconds", inputSeconds), parameter("NumberOfRetries", inputRetries),
			},
		}},
	}
}

func (l *Lake) conversion(role awsiam.IRole) any {
	return &firehose.CfnDeliveryStream_DataFormatConversionConfigurationProperty{
		Enabled: jsii.Bool(true),
		InputFormatConfiguration: &firehose.CfnDeliveryStream_InputFormatConfigurationProperty{
			Deserializer: &firehose.CfnDeliveryStream_DeserializerProperty{OpenXJsonSerDe: &firehose.CfnDeliveryStream_OpenXJsonSerDeProperty{}},
		},
		OutputFormatConfiguration: &firehose.CfnDeliveryStream_OutputFormatConfigurationProperty{
			Serializer: &firehose.CfnDeliveryStream_SerializerProperty{
				ParquetSerDe: &firehose.CfnDeliveryStream_ParquetSerDeProperty{Compression: jsii.String("SNAPPY"), EnableDictionaryCompression: jsii.Bool(true)},
			},
		},
		SchemaConfiguration: &firehose.CfnDeliveryStream_SchemaConfigurationProperty{
			CatalogId: awscdk.Stack_Of(l.Construct).Account(), DatabaseName: l.Database.Ref(), TableName: l.Table.Ref(),
			Region: awscdk.Stack_Of(l.Construct).Region(), RoleArn: role.RoleArn(), VersionId: jsii.String("LATEST"),
		},
	}
}

func (l *Lake) logging(group awslogs.LogGroup, name string) any {
	stream := awslogs.NewLogStream(l.Construct, jsii.String(name+"Log"), &awslogs.LogStreamProps{
		LogGroup: group, RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	return &firehose.CfnDeliveryStream_CloudWatchLoggingOptionsProperty{
		Enabled: jsii.Bool(true), LogGroupName: group.LogGroupName(), LogStreamName: stream.LogStreamName(),
	}
}

// permit lets the delivery stream read the stream, invoke the pipeline, read the table's schema and write its three folders.
func (l *Lake) permit(role awsiam.Role, group awslogs.LogGroup, props Props) {
	grant.Actions(role, props.Channel.Stream.StreamArn(),
		"kinesis:DescribeStream", "kinesis:GetShardIterator", "kinesis:GetRecords", "kinesis:ListShards")
	// Firehose invokes the version in the processor's ARN, or $LATEST if the ARN has none; the documentation grants both forms.
	// https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html
	for _, arn := range []*string{l.Function.FunctionArn(), jsii.String(*l.Function.FunctionArn() + ":$LATEST")} {
		grant.Actions(role, arn, "lambda:InvokeFunction", "lambda:GetFunctionConfiguration")
	}
	rows := []string{props.Datastore.Folder, props.Datastore.ErrorsFolder}
	if l.iceberg != nil {
		rows = rows[1:]
	} else {
		for _, arn := range l.catalog() {
			grant.Actions(role, arn, "glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions")
		}
	}
	for _, to := range []struct {
		bucket interface {
			BucketArn() *string
			ArnForObjects(*string) *string
		}
		folders []string
	}{
		{props.Channel.Bucket, []string{props.Channel.Folder}},
		{props.Datastore.Bucket, rows},
	} {
		grant.Actions(role, to.bucket.BucketArn(), "s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads")
		for _, folder := range to.folders {
			grant.Actions(role, to.bucket.ArnForObjects(jsii.String(folder+"*")), "s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject")
		}
	}
	group.GrantWrite(role)
	cdknag.NagSuppressions_AddResourceSuppressions(role, &[]*cdknag.NagPackSuppression{{
		Id:     jsii.String("AwsSolutions-IAM5"),
		Reason: jsii.String("Firehose makes up the names of the objects, all below the named folders."),
	}}, jsii.Bool(true))
}
