package lake

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsathena"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsglue"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesisfirehose"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"

	"connectedcar/analytics"
)

// Lake is the backend on current services: Firehose is the channel, a Go function the pipeline, Parquet in S3 with a Glue table the data
// store, and Athena runs the queries.
type Lake struct {
	constructs.Construct
	Delivery  awskinesisfirehose.CfnDeliveryStream
	Function  awslambda.Function     // the pipeline's function
	Failures  awssqs.Queue           // messages that cannot be converted to rows, with the reason
	Asked     awssqs.Queue           // failed scheduled queries
	Database  awsglue.CfnDatabase    // nil for an Iceberg data store
	Table     awsglue.CfnTable       // nil for an Iceberg data store
	Workgroup awsathena.CfnWorkGroup // for analysts' own queries

	iceberg          *iceberg // nil for a Parquet data store
	database, source *string  // Athena's names of the database and of its catalogue
}

// Place returns Athena's names of the table's catalogue and database.
func (l *Lake) Place() (catalog, database *string) { return l.source, l.database }

// NewLake makes the lake.
func NewLake(scope constructs.Construct, id string, props Props) *Lake {
	props.check()
	l := &Lake{Construct: constructs.NewConstruct(scope, &id)}
	if props.Datastore.Iceberg {
		l.storeTables(props)
	} else {
		l.store(props.Datastore)
	}
	l.transform(props)
	l.deliver(props)
	l.answer(props)
	return l
}

// glue is the ARN of an AWS Glue resource in this account.
func (l *Lake) glue(resource string, name *string) *string {
	return awscdk.Stack_Of(l.Construct).FormatArn(&awscdk.ArnComponents{
		Service: str("glue"), Resource: &resource, ResourceName: name,
	})
}

// asked adapts SQL over the table of readings to the format of the data store.
func (l *Lake) asked(sql string) string {
	if l.iceberg != nil {
		return analytics.Unnested(sql)
	}
	return sql
}

// catalog returns the ARNs that a reader of Glue's table needs: the catalogue, the database and the table.
func (l *Lake) catalog() []*string {
	table := awscdk.Fn_Join(str("/"), &[]*string{l.Database.Ref(), l.Table.Ref()})
	return []*string{
		awscdk.Stack_Of(l.Construct).FormatArn(&awscdk.ArnComponents{Service: str("glue"), Resource: str("catalog")}),
		l.glue("database", l.Database.Ref()),
		l.glue("table", table),
	}
}

func str(s string) *string { return &s }
