package lake

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsglue"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/analytics"
)

// firstDay is the first day with telemetry; partition projection does not search earlier partitions.
const firstDay = "2026-01-01"

// ordinaryCatalog is Athena's name of the default AWS Glue catalogue of an account.
const ordinaryCatalog = "AwsDataCatalog"

// store makes the table. Its partitions are computed from the folder names (partition projection), so that none needs to be registered and
// a query reads only the folders of its days.
func (l *Lake) store(d Datastore) {
	stack := awscdk.Stack_Of(l.Construct)
	l.Database = awsglue.NewCfnDatabase(l.Construct, jsii.String("Database"), &awsglue.CfnDatabaseProps{
		CatalogId: stack.Account(),
		DatabaseInput: &awsglue.CfnDatabase_DatabaseInputProperty{
			Name: jsii.String(d.Database), Description: jsii.String("What cars sent, for analysis"),
		},
	})
	l.database, l.source = l.Database.Ref(), jsii.String(ordinaryCatalog)
	location := *d.Bucket.S3UrlForObject(jsii.String(d.Folder))
	l.Table = awsglue.NewCfnTable(l.Construct, jsii.String("Table"), &awsglue.CfnTableProps{
		CatalogId: stack.Account(), DatabaseName: l.Database.Ref(),
		TableInput: &awsglue.CfnTable_TableInputProperty{
			Name: jsii.String(analytics.Table), TableType: jsii.String("EXTERNAL_TABLE"),
			Description:   jsii.String("Telemetry, a row a signal and sample; rows of one message_id, ts and signal are the same row"),
			PartitionKeys: columns(analytics.Partitions()),
			Parameters: map[string]any{
				"classification": "parquet", "EXTERNAL": "TRUE",
				"projection.enabled":   "true",
				"projection.day.type":  "date",
				"projection.day.range": firstDay + ",NOW+1DAY", "projection.day.format": "yyyy-MM-dd",
				"projection.hour.type": "integer", "projection.hour.range": "0,23", "projection.hour.digits": "2",
				"storage.location.template": location + "day=${day}/hour=${hour}/",
			},
			StorageDescriptor: &awsglue.CfnTable_StorageDescriptorProperty{
				Columns: columns(analytics.Columns()), Location: jsii.String(location), Compressed: jsii.Bool(true),
				InputFormat:  jsii.String("org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"),
				OutputFormat: jsii.String("org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"),
				SerdeInfo: &awsglue.CfnTable_SerdeInfoProperty{
					SerializationLibrary: jsii.String("org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"),
					Parameters:           map[string]any{"serialization.format": "1"},
				},
			},
		},
	})
}

func columns(list []analytics.Column) *[]any {
	var out []any
	for _, c := range list {
		out = append(out, &awsglue.CfnTable_ColumnProperty{
			Name: jsii.String(c.Name), Type: jsii.String(c.Type), Comment: jsii.String(c.Comment),
		})
	}
	return &out
}
