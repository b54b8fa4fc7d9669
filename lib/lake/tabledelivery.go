package lake

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	firehose "github.com/aws/aws-cdk-go/awscdk/v2/awskinesisfirehose"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/analytics"
)

// tableRetry is the time for which Firehose retries writes to the table, in seconds; failed rows then go to the folder of errors.
const tableRetry = 3600

// deliverTables makes two delivery streams: one writes rows of the table, the other stores unchanged records. The second is needed because
// a delivery to Iceberg stores only failed records unchanged.
func (l *Lake) deliverTables(props Props, role awsiam.Role, group awslogs.LogGroup, hints any) {
	l.iceberg.permit(l, role, true)
	source := &firehose.CfnDeliveryStream_KinesisStreamSourceConfigurationProperty{
		KinesisStreamArn: props.Channel.Stream.StreamArn(), RoleArn: role.RoleArn(),
	}
	// This resource is not the one of the delivery to Parquet: AppendOnly can be set only at creation, so an update could not convert one
	// into the other.
	l.Delivery = firehose.NewCfnDeliveryStream(l.Construct, jsii.String("TableDelivery"), &firehose.CfnDeliveryStreamProps{
		DeliveryStreamType: jsii.String("KinesisStreamAsSource"), KinesisStreamSourceConfiguration: source,
		IcebergDestinationConfiguration: &firehose.CfnDeliveryStream_IcebergDestinationConfigurationProperty{
			RoleArn: role.RoleArn(), AppendOnly: jsii.Bool(true), BufferingHints: hints, ProcessingConfiguration: l.processing(),
			CatalogConfiguration: &firehose.CfnDeliveryStream_CatalogConfigurationProperty{CatalogArn: l.glue("catalog", l.source)},
			// With a single destination table every record becomes one row of it.
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
	// Firehose checks at creation that the table exists.
	l.Delivery.AddResourceDependency(l.iceberg.table, nil)
}
