package names

// Members of a message as a rule hands it on: the car's own, whole, and the platform's stamps.
const (
	MemberMessage   = "message"
	StampVIN        = "vin"
	StampClientID   = "clientId"
	StampIngestedAt = "ingestedAt"
	StampCommandID  = "commandId" // of answers to commands
	StampReportID   = "reportId"  // of health reports: the key of their table
)
