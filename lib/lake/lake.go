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

// Lake is the backend of today's services: Firehose is the channel, a Go function the pipeline, Parquet in S3 with a table in
// Glue the data store, and Athena answers.
type Lake struct {
	constructs.Construct
	Delivery  awskinesisfirehose.CfnDeliveryStream
	Function  awslambda.Function     // the pipeline
	Failures  awssqs.Queue           // messages that no rows can be made of, with the reason
	Asked     awssqs.Queue           // scheduled questions that got no answer
	Database  awsglue.CfnDatabase    // nil of a data store of Iceberg
	Table     awsglue.CfnTable       // nil of a data store of Iceberg
	Workgroup awsathena.CfnWorkGroup // for people's own questions

	iceberg          *iceberg // nil of a data store of Parquet
	database, source *string  // the database, and the catalogue that it is in, by Athena's names
}

// Place returns Athena's names of the table's catalogue and database.
func (l *Lake) Place() (catalog, database *string) { return l.source, l.database }

// NewLake makes it.
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

// in is the ARN of something of AWS Glue in this account.
func (l *Lake) glue(resource string, name *string) *string {
	return awscdk.Stack_Of(l.Construct).FormatArn(&awscdk.ArnComponents{
		Service: str("glue"), Resource: &resource, ResourceName: name,
	})
}

// asked is SQL over the table of readings, as the data store takes it.
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
