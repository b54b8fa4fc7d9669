// Package config reads the settings of every environment from the CDK's context, checks them all at once and hands them on as
// types. It knows nothing of the CDK, so that it is tested without it.
package config

import (
	"time"

	"connectedcar/internal/names"
)

// Environment is the name of an environment.
type Environment string

// The environments that there are.
const (
	Dev   Environment = "dev"
	Prod  Environment = "prod"
	Local Environment = "local" // an AWS emulator on this machine
)

// Environments are all environments, in the order in which they are synthesised.
func Environments() []Environment { return []Environment{Dev, Prod, Local} }

// Settings are all that may differ between two environments.
type Settings struct {
	Environment Environment
	// Account is the 12-digit AWS account; empty: the account of whoever deploys.
	Account string
	// Region is the AWS region; empty: the region of whoever deploys.
	Region string
	// Application is the second level of every topic and starts the name of every rule. Environments of one account and
	// region need different ones.
	Application names.Application
	// Manufacturers are those whose cars may register, by id.
	Manufacturers []Manufacturer
	// Things are registered by name: test cars and the like. All other cars are registered just in time.
	Things []Thing
	// IoTLogging is the level of AWS IoT's own log, of which an account has one in a region; Off leaves it alone.
	IoTLogging LogLevel
	// LogRetentionDays is the retention of log groups.
	LogRetentionDays int
	// TelemetryRetention is the retention of the hot history of telemetry; whole days.
	TelemetryRetention time.Duration
	// RawRetentionDays is the retention of raw events and diagnostics, and of the batches that stream consumers gave up on.
	RawRetentionDays int
	// AlarmEmail receives alarms; empty: nobody is subscribed.
	AlarmEmail string
	// Stream is the capacity of the telemetry stream.
	Stream Stream
	// Engine is the stream processor.
	Engine Engine
	// Thresholds are of the fleet-wide windows that Flink looks at, by name; what is missing has its default in the job.
	Thresholds map[string]float64
	// Analytics is the store of telemetry for analysis.
	Analytics Analytics
	// Architecture is the functions' processor architecture.
	Architecture Architecture
	// Protected keeps data: tables refuse deletion, stacks refuse termination, and what a stack loses is kept in the account.
	Protected bool
	// JITRConcurrency is the number of concurrent registrations. Each makes about ten calls of AWS IoT's control plane, which
	// allows about ten a second of each kind.
	// https://docs.aws.amazon.com/general/latest/gr/iot-core.html#limits_iot
	JITRConcurrency int
	// CertificateLifetime is the longest validity of a car's certificate; whole days.
	CertificateLifetime time.Duration
	// Workers limits the functions that work off queues.
	Workers Workers
	// Reserved are concurrent runs that no other function takes, by function; a function that is missing has none reserved.
	Reserved map[string]int
	// WarmWrites is the number of writes per second that the tables of telemetry take from the start; 0: as many as new tables do.
	WarmWrites int
	// Identity configures the sign-in.
	Identity Identity
	// API is the REST API's address and limits.
	API API
	// Console is the hosting of the administration console.
	Console Hosting
	// Beanstalk configures the console's instances; nil: there are none.
	Beanstalk *Beanstalk
	// ConsoleURL is the origin of the console, the only page of the web that may call the API; empty: none may.
	ConsoleURL string
	// EmailSender is the address that e-mail comes from; its domain is verified in Amazon SES. Empty: alerts are not told by e-mail, and
	// the user pool writes through Amazon's own address, 50 times a day.
	// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-email.html
	EmailSender string
	// Texts limits text messages.
	Texts Texts
	// Tags are on every resource that can have them, besides those that the stacks set.
	Tags map[string]string
}

// Emulated reports whether the environment is an emulator's. Its CloudFormation lacks the types AWS::Athena::NamedQuery,
// AWS::Cognito::ManagedLoginBranding, AWS::Cognito::UserPoolIdentityProvider and AWS::WAFv2::WebACLAssociation: whoever makes one asks
// here first.
func (s Settings) Emulated() bool { return s.Environment == Local }

// Manufacturer is one whose cars may register.
type Manufacturer struct {
	ID   string // manufacturerId in the tables
	Name string
	// CAs sign its cars' certificates; without one no car of the manufacturer registers. An old CA and its successor overlap.
	CAs []CA
	// WMIs are the world manufacturer identifiers with which the VINs of its cars begin; none: any that no other manufacturer has.
	WMIs []string
}

// CA is a certificate authority that signs cars' certificates: the issuing intermediate, not its root.
type CA struct {
	// ID is AWS IoT's id of the CA certificate.
	ID string
	// PEM is the certificate, for this app to register; empty: it is registered otherwise, for example by `carctl ca register`.
	PEM string
	// VerificationPEM proves possession of the CA's key; with it the CA is of mode DEFAULT, without it SNI_ONLY.
	VerificationPEM string
}

// Thing is a thing that exists from the start.
type Thing struct {
	Name       string
	Attributes map[string]string
}

// Stream is the capacity of a Kinesis stream.
type Stream struct {
	// Shards is the number of provisioned shards; 0: the stream is on demand and scales by itself.
	Shards int
	// Parallelization is the number of concurrent runs of the function telemetry for each shard. Each car's messages stay in order.
	Parallelization int
	// FanOut gives the function telemetry 2 MB/s of each shard of its own, beside the 2 MB/s that all other readers share.
	FanOut bool
}

// Engine is the stream processor.
type Engine string

// The engines.
const (
	Lambda Engine = "lambda" // each car's messages by themselves
	// Flink adds windows over the whole fleet, by Amazon Managed Service for Apache Flink, which costs by the hour.
	Flink Engine = "flink"
)

// Analytics configures the store of telemetry for analysis.
type Analytics struct {
	Backend Backend
	// Table is the format of the lake's table.
	Table Table
	// BI has the principals of dashboards in Amazon QuickSight; nil: there are none.
	BI *BI
	// Notebook configures a managed notebook; nil: there is none.
	Notebook *Notebook
	// Buffer is the time that telemetry is collected for an object of the lake; whole seconds.
	Buffer time.Duration
	// RetentionDays is the retention of rows.
	RetentionDays int
	// ScanLimitGB is the number of gigabytes that a query may read before it is cancelled.
	ScanLimitGB int
}

// Backend is the service that keeps telemetry for analysis.
type Backend string

// The backends.
const (
	Lake         Backend = "lake"          // Firehose, Parquet in S3, Athena
	IoTAnalytics Backend = "iot-analytics" // AWS IoT Analytics, which was shut down: for templates alone
	NoAnalytics  Backend = "off"
)

// Table is the format of the lake's table.
type Table string

// The formats.
const (
	Parquet Table = "parquet" // files of Parquet by day and hour in a bucket
	Iceberg Table = "iceberg" // Apache Iceberg on Amazon S3 Tables, which joins small files and takes changes of rows
)

// Hosting is a way to run the administration console.
type Hosting string

// The ways.
const (
	NoConsole  Hosting = "off"
	SelfHosted Hosting = "self-hosted" // its program runs elsewhere; the stack has the table of its sessions
	// ElasticBeanstalk runs it on instances behind a load balancer.
	ElasticBeanstalk Hosting = "elastic-beanstalk"
)

// LogLevel is a level of AWS IoT's log.
type LogLevel string

// Off leaves AWS IoT's log as the account has it.
const Off LogLevel = "OFF"

// Architecture is a processor architecture, as Go names it.
type Architecture string

// The architectures that Lambda runs.
const (
	ARM64 Architecture = "arm64"
	AMD64 Architecture = "amd64"
)
