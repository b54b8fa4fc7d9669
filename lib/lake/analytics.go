// Package lake keeps the telemetry of all cars for analysis, in the terms of AWS IoT Analytics: a channel takes records and
// keeps them as they came, a pipeline makes rows of them, a data store keeps the rows, and data sets are questions over it that
// are asked on a schedule. The backend Lake builds this of services that exist; the backend IoTAnalytics of the service that
// gave the terms and was shut down on 2025-12-15, for whoever still keeps templates for it.
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

// Channel has the source of records, and their raw storage.
type Channel struct {
	Stream awskinesis.IStream // of telemetry. Required.
	Bucket awss3.IBucket      // Required.
	Folder string             // of the records in Bucket, with a slash at its end. Required.
	// Buffer is the time that records are collected for an object. Default: 5 minutes, the longest is 15. Longer makes fewer,
	// larger objects, which cost less to write and to read, and rows that are later.
	// https://docs.aws.amazon.com/firehose/latest/dev/buffering-hints.html
	Buffer time.Duration
}

// Pipeline is the function that makes rows of records.
type Pipeline struct {
	Runtime  function.Runtime     // Required.
	Vehicles awsdynamodb.ITableV2 // whose make and model rows tell. Required.
}

// Datastore is the storage of rows.
type Datastore struct {
	Bucket       awss3.IBucket // Required.
	Folder       string        // of the rows in Bucket, with a slash at its end. Required.
	ErrorsFolder string        // of what no rows could be made of. Required.
	// Database is its name in SQL: lower-case letters, digits and underscores. Required.
	Database string
	// Iceberg keeps rows in a table of Apache Iceberg on Amazon S3 Tables, in place of Parquet below Folder.
	Iceberg bool
	// RetentionDays is the retention of rows of Iceberg: those of Parquet have rules of their bucket. Required with Iceberg.
	RetentionDays int
}

// Dataset is a question that is asked on a schedule.
type Dataset struct {
	Query analytics.Query
	// Schedule is its schedule, as EventBridge Scheduler's rate or cron expression, in UTC. Empty: only when somebody asks.
	// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
	Schedule string
}

// Props configures the lake and the other backend alike.
type Props struct {
	Channel   Channel
	Pipeline  Pipeline
	Datastore Datastore
	Datasets  []Dataset
	// Results is the bucket of answers, each data set's in a folder of its name. Required.
	Results awss3.IBucket
	// Name is the prefix of the workgroups' names. Required.
	Name string
	// ScanLimitGB is the number of gigabytes (1e9 bytes) that a query may read before it is cancelled. Required.
	ScanLimitGB int
	// Unnamed leaves out Athena's named queries.
	Unnamed bool
	// Protected keeps the history of queries when the stack goes.
	Protected bool
}

// databasePattern is the form of a name that Athena takes without quotes.
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
