// Package config reads the settings of every environment from the CDK's context, validates them and reports all problems together. It does
// not import the CDK, so that its tests do not need it.
package config

import (
	"time"

	"connectedcar/internal/names"
)

// Environment is the name of an environment.
type Environment string

// The supported environments.
const (
	Dev   Environment = "dev"
	Prod  Environment = "prod"
	Local Environment = "local" // an AWS emulator on this machine
)

// Environments returns all environments, in the order in which they are synthesised.
func Environments() []Environment { return []Environment{Dev, Prod, Local} }

// Settings are all values that may differ between two environments.
type Settings struct {
	Environment Environment
	// Account is the 12-digit AWS account; empty: the account of the deploying credentials.
	Account string
	// Region is the AWS region; empty: the default region of the deploying credentials.
	Region string
	// Application is the second level of every topic and the prefix of every rule's name. It must be unique among the environments of an
	// account and region.
	Application names.Application
	// Manufacturers are the manufacturers whose cars may register.
	Manufacturers []Manufacturer
	// Things are registered by name, such as test cars. All other cars are registered just in time.
	Things []Thing
	// IoTLogging is the level of AWS IoT's own log, which an account has once in a region; Off leaves the account's setting unchanged.
	IoTLogging LogLevel
	// LogRetentionDays is the retention of log groups in days.
	LogRetentionDays int
	// TelemetryRetention is the retention of the hot history of telemetry; whole days.
	TelemetryRetention time.Duration
	// RawRetentionDays is the retention in days of raw events and diagnostics, and of stream batches whose retries were exhausted.
	RawRetentionDays int
	// AlarmEmail receives alarms; empty: nobody is subscribed.
	AlarmEmail string
	// Stream is the capacity of the telemetry stream.
	Stream Stream
	// Engine is the stream processor of telemetry.
	Engine Engine
	// Thresholds configure the fleet-wide windows of Flink, by name; a missing one has the job's default.
	Thresholds map[string]float64
	// Analytics is the store of telemetry for analysis.
	Analytics Analytics
	// Architecture is the functions' processor architecture.
	Architecture Architecture
	// Protected protects data: tables refuse deletion, stacks have termination protection, and stateful resources are retained when they
	// leave a stack.
	Protected bool
	// JITRConcurrency is the number of concurrent just-in-time registrations. Each makes about ten calls of AWS IoT's control plane, which
	// allows about ten a second for each operation.
	// https://docs.aws.amazon.com/general/latest/gr/iot-core.html#limits_iot
	JITRConcurrency int
	// CertificateLifetime is the longest accepted validity of a car's certificate; whole days.
	CertificateLifetime time.Duration
	// Workers limits the functions that consume queues.
	Workers Workers
	// Reserved is the reserved concurrency by function; a missing function has none.
	Reserved map[string]int
	// WarmWrites is the warm throughput of the telemetry tables in writes per second; 0: that of new tables.
	WarmWrites int
	// Identity configures the sign-in.
	Identity Identity
	// API is the REST API's domain and limits.
	API API
	// Console is the hosting of the administration console.
	Console Hosting
	// Beanstalk configures the console's instances; nil: the console does not run on Elastic Beanstalk.
	Beanstalk *Beanstalk
	// ConsoleURL is the origin of the console, the only web page that may call the API; empty: no web page may.
	ConsoleURL string
	// EmailSender is the sender address of e-mails; its domain must be verified in Amazon SES. If empty, alerts are not sent by e-mail, and
	// the user pool sends from Amazon's address, at most 50 e-mails a day.
	// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-email.html
	EmailSender string
	// Texts limits text messages.
	Texts Texts
	// Tags are added to every resource that supports tags, besides the tags of the stacks.
	Tags map[string]string
}

// Emulated reports whether the environment runs on an emulator. The emulator's CloudFormation lacks the types AWS::Athena::NamedQuery,
// AWS::Cognito::ManagedLoginBranding, AWS::Cognito::UserPoolIdentityProvider and AWS::WAFv2::WebACLAssociation, so the code checks this
// before it creates one.
func (s Settings) Emulated() bool { return s.Environment == Local }

// Manufacturer is a manufacturer whose cars may register.
type Manufacturer struct {
	ID   string // manufacturerId in the tables
	Name string
	// CAs sign the certificates of its cars; without a CA no car of the manufacturer can register. During a rotation the list has the old
	// CA and the new one.
	CAs []CA
	// WMIs are the world manufacturer identifiers with which the VINs of its cars begin; none: any that no other manufacturer lists.
	WMIs []string
}

// CA is a certificate authority that signs cars' certificates: the issuing intermediate CA, not its root.
type CA struct {
	// ID is AWS IoT's id of the CA certificate.
	ID string
	// PEM is the certificate if this app registers the CA; empty if it is registered by other means, such as `carctl ca register`.
	PEM string
	// VerificationPEM proves possession of the CA's key. With it the CA is registered in mode DEFAULT, without it in mode SNI_ONLY.
	VerificationPEM string
}

// Thing is a thing that is deployed with the stacks.
type Thing struct {
	Name       string
	Attributes map[string]string
}

// Stream is the capacity of a Kinesis stream.
type Stream struct {
	// Shards is the number of provisioned shards; 0: on-demand capacity.
	Shards int
	// Parallelization is the number of concurrent runs of the function telemetry for each shard. The messages of each car stay in order.
	Parallelization int
	// FanOut gives the function telemetry its own 2 MB/s of each shard (enhanced fan-out), besides the 2 MB/s that all other readers share.
	FanOut bool
}

// Engine is the stream processor.
type Engine string

// The engines.
const (
	Lambda Engine = "lambda" // handles each car's messages separately
	// Flink adds windows over the whole fleet with Amazon Managed Service for Apache Flink, which is billed by the hour.
	Flink Engine = "flink"
)

// Analytics configures the store of telemetry for analysis.
type Analytics struct {
	Backend Backend
	// Table is the format of the lake's table.
	Table Table
	// BI configures dashboards in Amazon QuickSight; nil: no dashboards.
	BI *BI
	// Notebook configures a managed notebook; nil: no notebook.
	Notebook *Notebook
	// Buffer is the time that telemetry is buffered before an object is written to the lake; whole seconds.
	Buffer time.Duration
	// RetentionDays is the retention of the lake's rows in days.
	RetentionDays int
	// ScanLimitGB is the number of gigabytes that a query may read before it is cancelled.
	ScanLimitGB int
}

// Backend is the service that stores telemetry for analysis.
type Backend string

// The backends.
const (
	Lake         Backend = "lake"          // Firehose, Parquet in S3, Athena
	IoTAnalytics Backend = "iot-analytics" // AWS IoT Analytics, which was shut down: only templates can be made, not deployed
	NoAnalytics  Backend = "off"
)

// Table is the format of the lake's table.
type Table string

// The formats.
const (
	Parquet Table = "parquet" // Parquet files by day and hour in a bucket
	Iceberg Table = "iceberg" // Apache Iceberg on Amazon S3 Tables, which compacts small files and supports updates of rows
)

// Hosting is a way to run the administration console.
type Hosting string

// The kinds of hosting.
const (
	NoConsole  Hosting = "off"
	SelfHosted Hosting = "self-hosted" // the console's program runs elsewhere; the stack has only its session table
	// ElasticBeanstalk runs the console on instances behind a load balancer.
	ElasticBeanstalk Hosting = "elastic-beanstalk"
)

// LogLevel is a level of AWS IoT's log.
type LogLevel string

// Off keeps the account's setting of AWS IoT's log.
const Off LogLevel = "OFF"

// Architecture is a processor architecture, as Go names it.
type Architecture string

// The architectures that Lambda runs.
const (
	ARM64 Architecture = "arm64"
	AMD64 Architecture = "amd64"
)
