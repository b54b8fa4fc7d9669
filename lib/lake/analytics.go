// Package lake makes the store of all cars' telemetry for analysis. Its terms come from AWS IoT Analytics: a channel receives records and
// stores them unchanged, a pipeline converts them to rows, a data store keeps the rows, and data sets are scheduled queries. The backend
// Lake builds this from current services. The backend IoTAnalytics uses the service itself, which was shut down on 2025-12-15, for users
// who still maintain templates for it.
package lake

import (
	"fmt"
	"regexp"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesis"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"

	"connectedcar/analytics"
	"connectedcar/lib/function"
)

// Channel is the source of records, and the storage of unchanged records.
type Channel struct {
	Stream awskinesis.IStream // of telemetry. Required.
	Bucket awss3.IBucket      // Required.
	Folder string             // prefix of the records in Bucket, with a trailing slash. Required.
	// Buffer is the time for which records are buffered before an object is written. Default: 5 minutes; maximum: 15. A longer buffer makes
	// fewer and larger objects, which cost less to write and read, but delays rows.
	// https://docs.aws.amazon.com/firehose/latest/dev/buffering-hints.html
	Buffer time.Duration
}

// Pipeline configures the function that converts records to rows.
type Pipeline struct {
	Runtime  function.Runtime     // Required.
	Vehicles awsdynamodb.ITableV2 // for the make and model in the rows. Required.
}

// Datastore is the storage of rows.
type Datastore struct {
	Bucket       awss3.IBucket // Required.
	Folder       string        // prefix of the rows in Bucket, with a trailing slash. Required.
	ErrorsFolder string        // prefix of records that could not be converted. Required.
	// Database is the database's name in SQL: lower-case letters, digits and underscores. Required.
	Database string
	// Iceberg stores rows in an Apache Iceberg table on Amazon S3 Tables, instead of Parquet files below Folder.
	Iceberg bool
	// RetentionDays is the retention of rows in Iceberg; Parquet files expire by lifecycle rules of their bucket. Required with Iceberg.
	RetentionDays int
}

// Dataset is a scheduled query.
type Dataset struct {
	Query analytics.Query
	// Schedule is a rate or cron expression of EventBridge Scheduler, in UTC. Empty: the query runs only on demand.
	// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
	Schedule string
}

// Props configures either backend.
type Props struct {
	Channel   Channel
	Pipeline  Pipeline
	Datastore Datastore
	Datasets  []Dataset
	// Results is the bucket of query results; each data set has a folder of its name. Required.
	Results awss3.IBucket
	// Name is the prefix of the workgroups' names. Required.
	Name string
	// ScanLimitGB is the number of gigabytes (1e9 bytes) that a query may read before it is cancelled. Required.
	ScanLimitGB int
	// Unnamed leaves out Athena's named queries, which emulators do not support.
	Unnamed bool
	// Protected retains the query history when the stack is deleted.
	Protected bool
}

// databasePattern matches names that Athena accepts without quotes.
// https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html
var databasePattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

func (p Props) check() {
	missing := ""
	switch {
	case p.Channel.Stream == nil || p.Channel.Bucket == nil || p.Channel.Folder == "":
		missing = "Channel.Stream, Bucket and Folder are"
	case p.Pipeline.Runtime.Alarm == nil || p.Pipeline.Vehicles == nil:
		missing = "Pipeline.Runtime and Vehicles are"
	case p.Datastore.Bucket == nil || p.Datastore.Folder == "" || p.Datastore.ErrorsFolder == "":
		missing = "Datastore.Bucket, Folder and ErrorsFolder are"
	case !databasePattern.MatchString(p.Datastore.Database):
		missing = fmt.Sprintf("Datastore.Database = %q: a name of lower-case letters, digits and underscores is", p.Datastore.Database)
	case p.Datastore.Iceberg && p.Datastore.RetentionDays < 1:
		missing = fmt.Sprintf("Datastore.RetentionDays = %d: 1 or more is", p.Datastore.RetentionDays)
	case p.Results == nil || p.Name == "":
		missing = "Results and Name are"
	case p.ScanLimitGB < 1:
		missing = fmt.Sprintf("ScanLimitGB = %d: 1 or more is", p.ScanLimitGB)
	case p.Channel.Buffer < 0 || p.Channel.Buffer > 15*time.Minute:
		missing = fmt.Sprintf("Channel.Buffer = %s: up to 15m is", p.Channel.Buffer)
	}
	if missing != "" {
		panic("analytics: " + missing + " required")
	}
}
