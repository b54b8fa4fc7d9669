package names

// MetricNamespace is the CloudWatch namespace of the platform's own metrics.
const MetricNamespace = "ConnectedCar"

// Dimensions of the platform's metrics.
const (
	DimensionFunction = "Function" // name of the Lambda function
	DimensionReason   = "Reason"   // reason of a quarantine, or outcome of a registration
)

// Metrics of the telemetry function. MetricQuarantined is written with and without DimensionReason, the other metrics only with
// DimensionFunction.
const (
	MetricAccepted    = "MessagesAccepted"    // count of messages applied to the state
	MetricQuarantined = "MessagesQuarantined" // count of messages sent to the dead-letter queue
	MetricSuspects    = "CarsQuarantined"     // count of cars with a message in the dead-letter queue; the log has a line for each
	MetricLate        = "MessagesLate"        // count of messages whose time is more than 5 minutes before their reception
	MetricImplausible = "ValuesImplausible"   // count of values outside the range of a working sensor
	MetricUnknown     = "SignalsUnknown"      // count of values of signals that are not in the catalogue
	MetricRetried     = "RecordsRetried"      // count of records of the stream that are retried
	MetricSamples     = "SamplesStored"       // count of rows written to the history table
	MetricLag         = "IngestLag"           // milliseconds from the newest message's reception to its storage
)

// MetricRegistrations counts the events of the registration function, with the outcome in DimensionReason.
const MetricRegistrations = "Registrations"

// Metrics of the lake function. It does not write MetricQuarantined, as the telemetry function already counts the same messages.
const (
	MetricRows    = "LakeRows"       // count of rows made of messages
	MetricPutBack = "RecordsPutBack" // count of records that did not fit into a response and were put back on the stream
	MetricLost    = "RecordsFailed"  // count of records that failed, which Firehose stores under its error prefix
)

// MetricTook is the duration of an API request in milliseconds. DimensionReason has the operation and the class of the status, such as
// 2xx.
const MetricTook = "RequestTime"
