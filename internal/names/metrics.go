package names

// MetricNamespace is the CloudWatch namespace of the platform's own metrics.
const MetricNamespace = "ConnectedCar"

// Dimensions of the platform's metrics.
const (
	DimensionFunction = "Function" // name of the Lambda function
	DimensionReason   = "Reason"   // why a message was quarantined, or what became of a registration
)

// Metrics of the telemetry function. MetricQuarantined comes with and without DimensionReason, the others by function alone.
const (
	MetricAccepted    = "MessagesAccepted"    // count of messages applied
	MetricQuarantined = "MessagesQuarantined" // count of messages quarantined in the failure queue
	MetricSuspects    = "CarsQuarantined"     // count of cars with a quarantined message; the log has a line for each
	MetricLate        = "MessagesLate"        // count of messages whose clock is more than 5 minutes behind reception
	MetricImplausible = "ValuesImplausible"   // count of values that no working sensor says
	MetricUnknown     = "SignalsUnknown"      // count of values of signals that the catalogue lacks
	MetricRetried     = "RecordsRetried"      // count of records retried from the stream
	MetricSamples     = "SamplesStored"       // count of rows of hot history written
	MetricLag         = "IngestLag"           // milliseconds from the newest message's reception to its storing
)

// MetricRegistrations counts the events of the registration function, with DimensionReason for what became of them.
const MetricRegistrations = "Registrations"

// Metrics of the lake function. MetricQuarantined belongs to the function telemetry: both quarantine the same messages.
const (
	MetricRows    = "LakeRows"       // count of rows made
	MetricPutBack = "RecordsPutBack" // count of records that did not fit into an answer and went back to the stream
	MetricLost    = "RecordsFailed"  // count of records left to Firehose, which keeps them under its error prefix
)

// MetricTook is the duration of a request of the API, in milliseconds, with DimensionReason for the operation and its status' class.
const MetricTook = "RequestTime"
