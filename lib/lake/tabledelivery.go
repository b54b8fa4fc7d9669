package lake

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	firehose "github.com/aws/aws-cdk-go/awscdk/v2/awskinesisfirehose"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/analytics"
)

// tableRetry is the time that Firehose retries writing to the table, in seconds; then rows go to the errors' folder.
const tableRetry = 3600

// deliverTables makes two delivery streams: one writes rows of the table, and one keeps what comes in as it came, which a delivery to
// Iceberg does of failed records alone.
func (l *Lake) deliverTables(props Props, role awsiam.Role, group awslogs.LogGroup, hints any) {
	l.iceberg.permit(l, role, true)
	source := &firehose.CfnDeliveryStream_KinesisStreamSourceConfigurationProperty{
		KinesisStreamArn: props.Channel.Stream.StreamArn(), RoleArn: role.RoleArn(),
	}
	// It is another resource than the delivery to Parquet: Firehose takes AppendOnly at creation alone, so one cannot become the other.
	l.Delivery = firehose.NewCfnDeliveryStream(l.Construct, jsii.String("TableDelivery"), &firehose.CfnDeliveryStreamProps{
		DeliveryStreamType: jsii.String("KinesisStreamAsSource"), KinesisStreamSourceConfiguration: source,
		IcebergDestinationConfiguration: &firehose.CfnDeliveryStream_IcebergDestinationConfigurationProperty{
			RoleArn: role.RoleArn(), AppendOnly: jsii.Bool(true), BufferingHints: hints, ProcessingConfiguration: l.processing(),
			CatalogConfiguration: &firehose.CfnDeliveryStream_CatalogConfigurationProperty{CatalogArn: l.glue("catalog", l.source)},
			// With one table named here every record is one row of it.
			DestinationTableConfigurationList: []any{&firehose.CfnDeliveryStream_DestinationTableConfigurationProperty{
				DestinationDatabaseName: l.database, DestinationTableName: jsii.String(analytics.MessagesTable),
			}},
			RetryOptions: &firehose.CfnDeliveryStream_RetryOptionsProperty{DurationInSeconds: jsii.Number(tableRetry)},
			S3BackupMode: jsii.String("FailedDataOnly"),
			S3Configuration: &firehose.CfnDeliveryStream_S3DestinationConfigurationProperty{
				BucketArn: props.Datastore.Bucket.BucketArn(), RoleArn: role.RoleArn(), BufferingHints: hints, CompressionFormat: jsii.String("GZIP"),
				ErrorOutputPrefix: jsii.String(props.Datastore.ErrorsFolder + "!{firehose:error-output-type}/!{timestamp:yyyy-MM-dd}/"),
			},
			CloudWatchLoggingOptions: l.logging(group, "Delivery"),
		},
	})
	raw := firehose.NewCfnDeliveryStream(l.Construct, jsii.String("RawDelivery"), &firehose.CfnDeliveryStreamProps{
		DeliveryStreamType: jsii.String("KinesisStreamAsSource"), KinesisStreamSourceConfiguration: source,
		ExtendedS3DestinationConfiguration: &firehose.CfnDeliveryStream_ExtendedS3DestinationConfigurationProperty{
			BucketArn: props.Channel.Bucket.BucketArn(), RoleArn: role.RoleArn(), BufferingHints: hints, CompressionFormat: jsii.String("GZIP"),
			Prefix:                   jsii.String(props.Channel.Folder + rawFolders),
			ErrorOutputPrefix:        jsii.String(props.Datastore.ErrorsFolder + rawErrors),
			CloudWatchLoggingOptions: l.logging(group, "RawDelivery"),
		},
	})
	for _, d := range []awscdk.CfnResource{l.Delivery, raw} {
		encryptedSource(d)
		d.Node().AddDependency(role)
	}
	// Firehose looks at creation whether the table is there.
	l.Delivery.AddResourceDependency(l.iceberg.table, nil)
}
