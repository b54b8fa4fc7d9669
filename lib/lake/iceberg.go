package lake

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3tables"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/analytics"
	"connectedcar/lib/grant"
)

// tableCatalog is AWS Glue's catalogue of all table buckets in an account and region. The account's administrator creates it once, because
// all environments in the account share it.
const tableCatalog = "s3tablescatalog"

// NeedsCatalog is a synthesis note about the prerequisite of an Apache Iceberg data store in the account.
const NeedsCatalog = "lakeTable = \"iceberg\": the account and region need AWS Glue's catalogue " + tableCatalog + " with access by IAM, made once: " +
	"docs/variants.md has the command. Without it the delivery stream is refused."

// NeedsCatalogInfo is the id of that note.
const NeedsCatalogInfo = "connectedcar:iceberg"

// Settings of S3 Tables' maintenance, which compacts small files and expires old snapshots of the table.
const (
	fileSizeMB       = 512
	snapshotHours    = 5 * 24
	unreferencedDays = 3
	noncurrentDays   = 10
)

// iceberg is a data store of Apache Iceberg on Amazon S3 Tables.
// https://docs.aws.amazon.com/firehose/latest/dev/apache-iceberg-destination.html
type iceberg struct {
	bucket     awss3tables.CfnTableBucket
	namespace  awss3tables.CfnNamespace
	table      awss3tables.CfnTable
	bucketName string
}

// storeTables makes the table, with one row for each message, because Firehose converts each record to one row.
func (l *Lake) storeTables(props Props) {
	awscdk.Annotations_Of(l.Construct).AddInfoV2(jsii.String(NeedsCatalogInfo), jsii.String(NeedsCatalog))
	i := &iceberg{bucketName: props.Name + "-tables"}
	i.bucket = awss3tables.NewCfnTableBucket(l.Construct, jsii.String("TableBucket"), &awss3tables.CfnTableBucketProps{
		TableBucketName:         jsii.String(i.bucketName),
		EncryptionConfiguration: &awss3tables.CfnTableBucket_EncryptionConfigurationProperty{SseAlgorithm: jsii.String("AES256")},
		UnreferencedFileRemoval: &awss3tables.CfnTableBucket_UnreferencedFileRemovalProperty{
			Status: jsii.String("Enabled"), UnreferencedDays: jsii.Number(unreferencedDays), NoncurrentDays: jsii.Number(noncurrentDays),
		},
	})
	i.namespace = awss3tables.NewCfnNamespace(l.Construct, jsii.String("Namespace"), &awss3tables.CfnNamespaceProps{
		Namespace: jsii.String(props.Datastore.Database), TableBucketArn: i.bucket.AttrTableBucketArn(),
	})
	i.table = awss3tables.NewCfnTable(l.Construct, jsii.String("Messages"), &awss3tables.CfnTableProps{
		TableBucketArn: i.bucket.AttrTableBucketArn(), Namespace: i.namespace.Namespace(), TableName: jsii.String(analytics.MessagesTable),
		OpenTableFormat: jsii.String("ICEBERG"), IcebergMetadata: schema(),
		Compaction: &awss3tables.CfnTable_CompactionProperty{Status: jsii.String("enabled"), TargetFileSizeMb: jsii.Number(fileSizeMB)},
		SnapshotManagement: &awss3tables.CfnTable_SnapshotManagementProperty{
			Status: jsii.String("enabled"), MaxSnapshotAgeHours: jsii.Number(snapshotHours), MinSnapshotsToKeep: jsii.Number(1),
		},
	})
	i.table.AddResourceDependency(i.namespace, nil)
	policy := awscdk.RemovalPolicy_DESTROY
	if props.Protected {
		policy = awscdk.RemovalPolicy_RETAIN
	}
	for _, r := range []awscdk.CfnResource{i.bucket, i.namespace, i.table} {
		r.ApplyRemovalPolicy(policy, nil)
	}
	l.iceberg = i
	l.database, l.source = jsii.String(props.Datastore.Database), jsii.String(tableCatalog+"/"+i.bucketName)
}

// schema is the schema of the table: the columns of a message, and its readings as a list of structures. The table is partitioned by day
// and sorted by car.
func schema() *awss3tables.CfnTable_IcebergMetadataProperty {
	id := 0
	next := func() int { id++; return id }
	var fields []any
	ids := map[string]int{}
	for _, c := range analytics.MessageColumns() {
		ids[c.Name] = next()
		fields = append(fields, &awss3tables.CfnTable_SchemaV2FieldProperty{
			Id: jsii.Number(ids[c.Name]), Name: jsii.String(c.Name), Type: jsii.String(icebergType(c.Type)), Required: jsii.Bool(false), Doc: jsii.String(c.Comment),
		})
	}
	list, element := next(), next()
	var inner []any
	for _, c := range analytics.ReadingColumns() {
		inner = append(inner, map[string]any{"id": next(), "name": c.Name, "type": icebergType(c.Type), "required": false, "doc": c.Comment})
	}
	fields = append(fields, &awss3tables.CfnTable_SchemaV2FieldProperty{
		Id: jsii.Number(list), Name: jsii.String(analytics.ReadingsColumn), Required: jsii.Bool(false), Doc: jsii.String("what was read, an element a signal and sample"),
		Type: map[string]any{"type": "list", "element-id": element, "element-required": false, "element": map[string]any{"type": "struct", "fields": inner}},
	})
	return &awss3tables.CfnTable_IcebergMetadataProperty{
		IcebergSchemaV2: &awss3tables.CfnTable_IcebergSchemaV2Property{SchemaV2FieldType: jsii.String("struct"), SchemaV2FieldList: fields},
		IcebergPartitionSpec: &awss3tables.CfnTable_IcebergPartitionSpecProperty{Fields: []any{&awss3tables.CfnTable_IcebergPartitionFieldProperty{
			Name: jsii.String("day"), SourceId: jsii.Number(ids["day"]), Transform: jsii.String("identity"),
		}}},
		IcebergSortOrder: &awss3tables.CfnTable_IcebergSortOrderProperty{Fields: []any{&awss3tables.CfnTable_IcebergSortFieldProperty{
			SourceId: jsii.Number(ids["vin"]), Transform: jsii.String("identity"), Direction: jsii.String("asc"), NullOrder: jsii.String("nulls-last"),
		}}},
	}
}

// icebergType is the Iceberg name of a Hive type.
func icebergType(hive string) string {
	if hive == "bigint" {
		return "long"
	}
	return hive
}

// catalogs returns the ARNs of the table's AWS Glue resources: the catalogues, the database and the table.
func (i *iceberg) catalogs(l *Lake) []*string {
	path := func(parts ...string) *string {
		return jsii.String(strings.Join(append([]string{tableCatalog, i.bucketName}, parts...), "/"))
	}
	return []*string{
		awscdk.Stack_Of(l.Construct).FormatArn(&awscdk.ArnComponents{Service: str("glue"), Resource: str("catalog")}),
		l.glue("catalog", jsii.String(tableCatalog)), l.glue("catalog", path()),
		l.glue("database", path(*l.database)), l.glue("table", path(*l.database, analytics.MessagesTable)),
	}
}

// permit lets a role read the table, or also write it.
func (i *iceberg) permit(l *Lake, role awsiam.Role, write bool) {
	reads := []string{"glue:GetCatalog", "glue:GetDatabase", "glue:GetTable"}
	data := []string{"s3tables:GetTable", "s3tables:GetTableMetadataLocation", "s3tables:GetTableData"}
	if write {
		reads = append(reads, "glue:UpdateTable")
		data = append(data, "s3tables:PutTableData", "s3tables:UpdateTableMetadataLocation")
	}
	for _, arn := range i.catalogs(l) {
		grant.Actions(role, arn, reads...)
	}
	grant.Actions(role, i.bucket.AttrTableBucketArn(), "s3tables:GetTableBucket", "s3tables:GetNamespace")
	grant.Actions(role, i.table.AttrTableArn(), data...)
	cdknag.NagSuppressions_AddResourceSuppressions(role, &[]*cdknag.NagPackSuppression{{
		Id: jsii.String("AwsSolutions-IAM5"), Reason: jsii.String("Athena and Firehose make up the names of the objects, all below the named folders."),
	}}, jsii.Bool(true))
}
