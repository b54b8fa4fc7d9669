package names

// Members of a message as a rule forwards it: the car's original message, and the platform's stamps.
const (
	MemberMessage   = "message"
	StampVIN        = "vin"
	StampClientID   = "clientId"
	StampIngestedAt = "ingestedAt"
	StampCommandID  = "commandId" // only in answers to commands
	StampReportID   = "reportId"  // only in health reports; the sort key of their table
)
